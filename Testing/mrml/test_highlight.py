"""The selected feature is drawn and plotted, and follows what is drawn and which case is open."""

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.mrml.grids import LABELS, fill_segments
from radiogenomics.mrml.highlight import FeatureHighlight
from radiogenomics.mrml.live import DELAY_MS
from radiogenomics.mrml.predicted import PredictionSource
from radiogenomics.mrml.segments import find_roi_segments
from radiogenomics.mrml.session import Session
from radiogenomics.study import Role

from .conftest import tumour_array
from .made_up_predictions import made_up_predictions


@pytest.fixture
def session(scene, clock, study):
    listeners = []
    session = Session(
        scene,
        clock.schedule,
        lambda change: [listener(change) for listener in listeners],
        lambda _: None,
    )
    session.open_study(study.root)
    session.sign_in("Eva Nová", Role.READER)
    session.listeners = listeners
    yield session
    session.end()


@pytest.fixture
def highlight(session):
    highlight = FeatureHighlight(session)
    session.listeners.append(highlight.follow)
    return highlight


@pytest.fixture
def source(tmp_path):
    rows = made_up_predictions(np.random.default_rng(3))
    return PredictionSource(tmp_path / "predictions.csv", tuple(rows))


def draw(session, clock):
    node = session.open.nodes.segmentations[session.open.rater]
    fill_segments(node, tumour_array(), LABELS)
    clock.advance(DELAY_MS)


def drawn(scene):
    """Names of the lines and outlines that are to be seen."""
    names = set()
    for class_name in ("vtkMRMLMarkupsLineNode", "vtkMRMLMarkupsClosedCurveNode"):
        for index in range(scene.GetNumberOfNodesByClass(class_name)):
            node = scene.GetNthNodeByClass(index, class_name)
            if node.GetDisplayNode().GetVisibility():
                names.add(node.GetName())
    return names


def test_a_selected_feature_is_drawn_until_it_is_deselected(session, highlight, scene, clock):
    session.open_case("P1")
    draw(session, clock)
    highlight.select("enhancing", "max_diameter")
    assert highlight.selected == ("enhancing", "max_diameter")
    assert drawn(scene) == {"Max diameter, enhancing"}
    highlight.set_draws_measured(False)
    assert drawn(scene) == set()
    highlight.set_draws_measured(True)
    assert drawn(scene) == {"Max diameter, enhancing"}
    highlight.deselect()
    assert highlight.selected is None
    assert drawn(scene) == set()


def test_the_drawing_follows_a_stroke_and_leaves_with_the_region(session, highlight, scene, clock):
    session.open_case("P1")
    highlight.select("enhancing", "max_diameter")
    assert drawn(scene) == set()
    draw(session, clock)
    assert drawn(scene) == {"Max diameter, enhancing"}
    node = session.live.node
    segment_id = find_roi_segments(node)["enhancing"]
    node.GetSegmentation().ClearSegment(segment_id)
    clock.advance(DELAY_MS)
    assert drawn(scene) == set()


def test_nothing_is_plotted_without_a_feature_or_a_run(session, highlight):
    session.open_case("P1")
    with pytest.raises(InputError, match="Select a feature"):
        highlight.plot_feature()
    with pytest.raises(InputError, match="Choose a run"):
        highlight.plot_case()
    highlight.select("enhancing", "volume")
    with pytest.raises(InputError, match="Choose a run"):
        highlight.plot_feature()
    assert highlight.plotted is None
    assert highlight.chart is None


def test_the_plot_follows_the_model_and_goes_with_the_predictions(session, highlight, source):
    session.open_case("P1")
    highlight.use_predictions(source, "network")
    highlight.select("enhancing", "volume")
    assert "network" in highlight.plot_feature().GetTitle()
    highlight.use_predictions(source, "median")
    assert "median" in highlight.chart.GetTitle()
    highlight.use_predictions(None)
    assert highlight.plotted is None
    assert highlight.chart is None
