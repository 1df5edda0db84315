"""Plots hold what they say, follow the case cheaply, and survive saving and closing the scene."""

import itertools
import math
import time
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.mrml.plots import CohortPlots
from radiogenomics.shape import FEATURE_NAMES
from radiogenomics.study.labels import MEASURED_ROIS

from .made_up_predictions import CASE, made_up_predictions


@pytest.fixture
def predictions(rng):
    return made_up_predictions(rng)


@pytest.fixture
def plots(scene):
    return CohortPlots(scene)


def of(predictions, roi, feature, model="network"):
    return {
        row.patient_id: row
        for row in predictions
        if (row.roi, row.feature, row.model) == (roi, feature, model)
    }


def series(chart):
    """The series of a chart by name, each with its points as a plot view takes them."""
    found = {}
    for index in range(chart.GetNumberOfPlotSeriesNodes()):
        node = chart.GetNthPlotSeriesNode(index)
        table = node.GetTableNode().GetTable()
        columns = [
            table.GetColumnByName(name) for name in (node.GetXColumnName(), node.GetYColumnName())
        ]
        # A plot view refuses text on an axis, and VTK prints an error for a series of one row.
        assert all(column.IsNumeric() for column in columns)
        assert table.GetNumberOfRows() > 1
        assert node.GetPlotType() == node.PlotTypeScatter
        found[node.GetName()] = [
            tuple(column.GetValue(row) for column in columns)
            for row in range(table.GetNumberOfRows())
        ]
    return found


def labels(chart, name):
    for index in range(chart.GetNumberOfPlotSeriesNodes()):
        node = chart.GetNthPlotSeriesNode(index)
        if node.GetName() == name:
            column = node.GetTableNode().GetTable().GetColumnByName(node.GetLabelColumnName())
            return [column.GetValue(row) for row in range(column.GetNumberOfValues())]
    raise AssertionError(name)


def drawn(points):
    return [point for point in points if not any(math.isnan(value) for value in point)]


def test_the_cohort_is_predicted_against_measured_in_the_unit_people_read(plots, predictions):
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    chart = plots.feature_chart
    assert chart.GetTitle() == "Volume, edema: predicted by network, out-of-fold"
    assert (chart.GetXAxisTitle(), chart.GetYAxisTitle()) == ("Measured (cm³)", "Predicted (cm³)")
    rows = of(predictions, "edema", "volume")
    cohort = "Cohort, 10 patients (1 more without a measured value)"
    expected = {
        patient_id: (row.measured / 1000, row.predicted / 1000)
        for patient_id, row in rows.items()
        if patient_id not in (CASE, "TCGA-02-0011")
    }
    points = series(chart)
    told = dict(zip(labels(chart, cohort), points[cohort], strict=True))
    assert set(told) == set(expected)
    for patient_id, point in expected.items():
        assert told[patient_id] == pytest.approx(point)
    own = rows[CASE]
    for point in points[f"{CASE}, out-of-fold"]:
        assert point == pytest.approx((31.5, own.predicted / 1000))
    assert points["Its interval"] == [
        (31.5, pytest.approx(own.lower / 1000)),
        (31.5, pytest.approx(own.upper / 1000)),
    ]
    for x, y in points["Predicted = measured"]:
        assert x == y


def test_a_pure_number_has_no_unit(plots, predictions):
    plots.show_feature(predictions, "edema", "sphericity")
    assert plots.feature_chart.GetXAxisTitle() == "Measured"


def test_all_that_is_drawn_lies_inside_the_axes(plots, predictions):
    for measured in (1.0, 31500.0, 900000.0):
        plots.show_feature(predictions, "enhancing", "volume", CASE, measured)
        chart = plots.feature_chart
        (left, right), (bottom, top) = chart.GetXAxisRange(), chart.GetYAxisRange()
        for x, y in itertools.chain.from_iterable(series(chart).values()):
            assert left <= x <= right
            assert bottom <= y <= top


@pytest.mark.parametrize("measured", [None, math.nan])
def test_a_case_without_a_value_is_not_marked(plots, predictions, measured):
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    plots.show_feature(predictions, "edema", "volume", CASE, measured)
    assert len(series(plots.feature_chart)) == 2
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    assert len(series(plots.feature_chart)) == 4


def test_a_case_outside_the_predictions_leaves_the_cohort(plots, predictions):
    plots.show_feature(predictions, "edema", "volume", "TCGA-99-0001", 31500.0)
    assert (
        len(series(plots.feature_chart)["Cohort, 11 patients (1 more without a measured value)"])
        == 11
    )


def test_a_patient_of_the_training_is_shown_out_of_fold_only(plots, predictions):
    final = [
        replace(row, predicted=row.predicted * 50, kind="final", fold=None)
        for row in predictions
        if row.patient_id != "TCGA-02-0011"
    ]
    for rows in (predictions + final, final + predictions):
        plots.show_feature(rows, "edema", "volume", CASE, 31500.0)
        _, point = series(plots.feature_chart)[f"{CASE}, out-of-fold"][0]
        assert point == pytest.approx(of(predictions, "edema", "volume")[CASE].predicted / 1000)


def test_a_cohort_of_one_is_drawn_without_an_error(plots, predictions):
    two = [row for row in predictions if row.patient_id in (CASE, "TCGA-02-0001")]
    plots.show_feature(two, "edema", "volume", CASE, 31500.0)
    points = series(plots.feature_chart)["Cohort, 1 patient"]
    assert len(set(points)) == 1


def test_an_unknown_model_is_refused_with_those_there_are(plots, predictions):
    with pytest.raises(InputError, match="mean, median, network"):
        plots.show_feature(predictions, "edema", "volume", model="forest")
    with pytest.raises(InputError, match="TCGA-99-0001"):
        plots.show_case(predictions, "TCGA-99-0001", {})
    assert plots.feature_chart is None


def measured_now(predictions, factor=1.0):
    return {
        roi: {
            feature: of(predictions, roi, feature)[CASE].measured * factor
            for feature in FEATURE_NAMES
        }
        for roi in MEASURED_ROIS
    }


def test_a_case_is_scaled_by_the_largest_measured_value(plots, predictions):
    plots.show_case(predictions, CASE, measured_now(predictions))
    chart = plots.case_chart
    assert "largest measured value" in chart.GetYAxisTitle()
    points = series(chart)
    assert len(points) == 6
    for roi in MEASURED_ROIS:
        name = roi.capitalize()
        for column in ("measured", "predicted"):
            values = drawn(points[f"{name}, {column}"])
            assert len(values) == 10
            for number, (feature, (x, y)) in enumerate(zip(FEATURE_NAMES, values, strict=True), 1):
                rows = of(predictions, roi, feature)
                largest = max(row.measured for row in rows.values() if row.measured is not None)
                assert round(x) == number
                assert y == pytest.approx(getattr(rows[CASE], column) / largest)
                assert f"{number} {feature.replace('_', ' ')}" in chart.GetXAxisTitle()
        # Lower and upper end of each interval, then a gap before the next.
        interval = points[f"{name}, interval"]
        assert [math.isnan(y) for _, y in interval] == [False, False, True] * 10
        own = of(predictions, roi, "volume")[CASE]
        assert interval[1][1] / interval[0][1] == pytest.approx(own.upper / own.lower)


def test_the_mouse_is_told_the_values_themselves(plots, predictions):
    now = measured_now(predictions)
    now["edema"]["volume"] = 31500.0
    plots.show_case(predictions, CASE, now)
    told = labels(plots.case_chart, "Edema, measured")
    assert told[0].startswith("Volume: measured 31.50, predicted ")
    assert told[0].endswith(" cm³")
    assert told[9].startswith("Sphericity: measured ")


def test_an_empty_region_has_predictions_and_no_measurement(plots, predictions):
    empty = dict.fromkeys(FEATURE_NAMES) | {"volume": 0.0}
    plots.show_case(predictions, CASE, {"edema": empty})
    points = series(plots.case_chart)
    assert "Enhancing, measured" not in points
    assert len(drawn(points["Edema, measured"])) == 1
    assert len(drawn(points["Edema, predicted"])) == 10


def test_a_stroke_moves_the_mark_and_nothing_else(scene, plots, predictions):
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    plots.show_case(predictions, CASE, measured_now(predictions))
    nodes = scene.GetNumberOfNodes()
    events = []
    for chart in (plots.feature_chart, plots.case_chart):
        chart.AddObserver("ModifiedEvent", lambda node, _: events.append(node.GetName()))
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    plots.show_case(predictions, CASE, measured_now(predictions))
    assert events == []
    plots.show_feature(predictions, "edema", "volume", CASE, 31600.0)
    plots.show_case(predictions, CASE, measured_now(predictions, 1.01))
    # A plot view draws anew at each.
    assert events == ["Volume, edema: predicted and measured", f"Features of {CASE}"]
    assert series(plots.feature_chart)[f"{CASE}, out-of-fold"][0][0] == pytest.approx(31.6)
    assert scene.GetNumberOfNodes() == nodes


def test_what_the_user_zoomed_to_is_kept_through_a_stroke(plots, predictions):
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    plots.feature_chart.SetXAxisRange(20.0, 40.0)
    plots.show_feature(predictions, "edema", "volume", CASE, 31600.0)
    assert plots.feature_chart.GetXAxisRange() == (20.0, 40.0)
    plots.show_feature(predictions, "edema", "max_diameter", CASE, 50.0)
    assert plots.feature_chart.GetXAxisRange() != (20.0, 40.0)


def test_a_stroke_takes_less_than_five_milliseconds(plots, predictions):
    cohort = [
        replace(row, patient_id=f"{row.patient_id}-{copy}")
        for copy in range(10)
        for row in predictions
    ]
    case = f"{CASE}-0"
    now = {roi: dict.fromkeys(FEATURE_NAMES, 0.5) for roi in MEASURED_ROIS}
    plots.show_feature(cohort, "edema", "volume", case, 31000.0)
    plots.show_case(cohort, case, now)
    times = []
    for stroke in range(20):
        now["edema"]["volume"] = 31000.0 + stroke
        start = time.perf_counter()
        plots.show_feature(cohort, "edema", "volume", case, 31000.0 + stroke)
        plots.show_case(cohort, case, now)
        times.append(time.perf_counter() - start)
    assert np.median(times) < 0.005


def test_the_next_case_and_feature_use_the_same_nodes(scene, plots, predictions):
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    plots.show_case(predictions, CASE, measured_now(predictions))
    nodes = scene.GetNumberOfNodes()
    for feature in FEATURE_NAMES:
        plots.show_feature(predictions, "enhancing", feature, "TCGA-02-0005", 1.0)
    plots.show_case(predictions, "TCGA-02-0005", {})
    assert scene.GetNumberOfNodes() == nodes
    plots.remove()
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotSeriesNode") == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLPlotChartNode") == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 0
    plots.remove()


def test_removing_leaves_other_peoples_tables(scene, plots, predictions):
    own = scene.AddNewNodeByClass("vtkMRMLTableNode", "own")
    plots.show_feature(predictions, "edema", "volume")
    plots.remove()
    assert scene.IsNodePresent(own)


def test_what_was_deleted_or_closed_is_made_anew(scene, plots, predictions):
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    expected = series(plots.feature_chart)
    scene.RemoveNode(plots.feature_chart.GetNthPlotSeriesNode(1).GetTableNode())
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    assert series(plots.feature_chart) == expected
    scene.RemoveNode(plots.feature_chart.GetNthPlotSeriesNode(2))
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    assert series(plots.feature_chart) == expected
    scene.Clear(False)
    assert plots.feature_chart is None
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    assert series(plots.feature_chart) == expected


def test_plots_are_saved_with_the_scene_and_used_again(scene, plots, predictions, tmp_path):
    plots.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    plots.show_case(predictions, CASE, measured_now(predictions))
    feature, case = series(plots.feature_chart), series(plots.case_chart)
    scene.SetRootDirectory(str(tmp_path))
    assert scene.WriteToMRB(str(tmp_path / "saved.mrb"))
    zipfile.ZipFile(tmp_path / "saved.mrb").extractall(tmp_path)

    scene.Clear(False)
    scene.SetURL(str(next(tmp_path.glob("*/*.mrml"))))
    assert scene.Import()
    opened = CohortPlots(scene)
    for chart, before in ((opened.feature_chart, feature), (opened.case_chart, case)):
        after = series(chart)
        assert list(after) == list(before)
        for name, points in before.items():
            # The table file holds six digits.
            assert np.array(after[name]) == pytest.approx(np.array(points), rel=1e-5, nan_ok=True)
    nodes = scene.GetNumberOfNodes()
    opened.show_feature(predictions, "edema", "volume", CASE, 31500.0)
    opened.show_case(predictions, CASE, measured_now(predictions))
    assert scene.GetNumberOfNodes() == nodes
    assert series(opened.feature_chart) == feature
