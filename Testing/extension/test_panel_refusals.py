"""What the panel does when something is refused, and that it then shows what is so."""

import pytest
from panelsteps import draw


@pytest.fixture
def predicted(folder):
    """A run of the study that predicts one feature of each case."""
    from radiogenomics.study.predictions import Prediction, write_predictions

    rows = [
        Prediction(
            f"PHANTOM-{number}", "edema", "volume", "mm3", 5e4, 6e4, 5e4, 7e4, model,
            "out_of_fold", 2, "first",
        )
        for number in (1, 2, 3)
        for model in ("network", "median")
    ]  # fmt: skip
    path = folder / "runs" / "first" / "predictions.csv"
    write_predictions(path, rows)
    return path


def under_a_transform(panel):
    import slicer

    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    panel.workplace.session.live.node.SetAndObserveTransformNodeID(transform.GetID())


def test_a_study_that_cannot_be_left_says_why_and_stays_open(working, slicerApplication):
    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    under_a_transform(working)
    working.study.ui.closeStudyButton.click()
    assert "under the transform moved" in slicerApplication.dialogs[-1].text
    assert working.workplace.session.open is not None
    working.workplace.session.live.node.SetAndObserveTransformNodeID(None)
    working.study.ui.closeStudyButton.click()
    assert working.workplace.session.study is None


def test_another_rater_sees_the_predictions_that_are_chosen(working, predicted):
    ui = working.predictions.ui
    working.predictions.choose(str(predicted.parent))
    ui.modelBox.currentIndex = ui.modelBox.findText("median")
    working.rater.signIn("Jan Malý", "reviewer")
    assert (ui.runBox.currentText, ui.modelBox.currentText) == ("first", "median")
    ui.runBox.currentIndex = 0
    assert working.workplace.session.board.source is None
    assert ui.kindLabel.text == "No predictions are shown."


def test_predictions_that_cannot_be_read_leave_those_that_are_shown(
    working, predicted, slicerApplication, tmp_path
):
    working.predictions.choose(str(predicted.parent))
    working.predictions.choose(str(tmp_path / "nothing.csv"))
    assert "nothing.csv" in slicerApplication.dialogs[-1].text
    assert working.workplace.session.board.source is not None
    assert working.predictions.ui.runBox.currentText == "first"


def test_a_comparison_that_is_refused_leaves_nothing_behind(working, slicerApplication):
    import numpy as np

    from radiogenomics.mrml.grids import set_reference_geometry

    for name in ("Eva Nová", "Olga"):
        working.rater.signIn(name, "reader")
        working.study.openCase("PHANTOM-1")
        if name == "Olga":
            node = working.workplace.session.live.node
            affine = np.diag([-3.0, -3.0, 3.0, 1.0])
            affine[:3, 3] = (61.5, 61.5, -61.5)
            set_reference_geometry(node, (20, 20, 20), affine)
            from radiogenomics.mrml.grids import fill_segments

            array = np.zeros((20, 20, 20), dtype=np.uint8)
            array[5:15, 5:15, 5:10], array[5:15, 5:15, 10:15] = 1, 2
            fill_segments(node, array, {"enhancing": 1, "edema": 2})
            slicerApplication.runTimers(100)
        else:
            draw(working, slicerApplication)
        working.review.take("submit")
    assert slicerApplication.dialogs == []
    working.review.compare("Eva Nová")
    assert "grid" in slicerApplication.dialogs[-1].text
    assert list(working.workplace.session.open.nodes.segmentations) == ["Olga"]
    assert not working.review.ui.compareButton.checked


def test_a_section_without_a_case_can_still_be_folded(panel):
    assert not panel.review.ui.content.enabled
    assert panel.review.ui.sectionButton.enabled


def test_missing_percentiles_say_what_makes_them(working):
    working.study.openCase("PHANTOM-1")
    assert "radiogenomics measure" in working.features.ui.noteLabel.text
