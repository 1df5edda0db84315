"""A plot chart node becomes a drawing with the same values in the same places."""

import math
import re

import pytest
import slicer

from radiogenomics.mrml.plots import CohortPlots
from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study.predictions import Prediction
from radiogenomics.viewer.charts import HEIGHT, WIDTH, chart_shown

PATIENTS = ("P1", "P2", "P3", "P4")


def prediction(patient_id, feature, measured, predicted):
    return Prediction(
        patient_id=patient_id,
        roi="enhancing",
        feature=feature,
        unit=FEATURE_UNITS[feature],
        measured=measured,
        predicted=predicted,
        lower=predicted - 10,
        upper=predicted + 10,
        model="network",
        kind="out_of_fold",
        fold=1,
        run_id="first",
    )


@pytest.fixture
def plots():
    scene = slicer.vtkMRMLScene()
    plots = CohortPlots(scene)
    yield plots
    plots.remove()


@pytest.fixture
def shown(plots):
    """The cohort in one feature, with P4 marked; the first axis is as long as the second."""
    rows = [
        prediction(patient, "max_diameter", 20.0 * number, 15.0 * number)
        for number, patient in enumerate(PATIENTS, start=1)
    ]
    plots.show_feature(rows, "enhancing", "max_diameter", "P4", 70.0)
    return chart_shown(plots.feature_chart)


def series(shown, legend):
    return next(one for one in shown["series"] if legend in one["legend"])


def on_axis(ticks, place):
    """The value at a place, by the two outermost ticks."""
    first, last = ticks[0], ticks[-1]
    low, high = (float(one["text"].replace("−", "-")) for one in (first, last))
    return low + (place - first["place"]) / (last["place"] - first["place"]) * (high - low)


def test_no_chart_is_no_drawing():
    assert chart_shown(None) is None


def test_points_lie_where_the_ticks_say(shown):
    marks = series(shown, "Cohort")["marks"]
    assert [mark["label"] for mark in marks] == ["P1", "P2", "P3"]
    for number, mark in enumerate(marks, start=1):
        assert on_axis(shown["x_ticks"], mark["x"]) == pytest.approx(20 * number, abs=0.3)
        assert on_axis(shown["y_ticks"], mark["y"]) == pytest.approx(15 * number, abs=0.3)


def test_more_is_further_right_and_higher_up(shown):
    marks = series(shown, "Cohort")["marks"]
    assert marks[0]["x"] < marks[1]["x"] < marks[2]["x"]
    assert marks[0]["y"] > marks[1]["y"] > marks[2]["y"]


def test_this_case_is_marked_once_with_its_interval(shown):
    (mark,) = series(shown, "P4")["marks"]
    assert on_axis(shown["x_ticks"], mark["x"]) == pytest.approx(70, abs=0.3)
    begin, end = re.findall(r"[ML]([\d.]+) ([\d.]+)", series(shown, "interval")["path"])
    assert float(begin[0]) == float(end[0]) == mark["x"]
    assert on_axis(shown["y_ticks"], float(begin[1])) == pytest.approx(50, abs=0.3)
    assert on_axis(shown["y_ticks"], float(end[1])) == pytest.approx(70, abs=0.3)


def test_everything_lies_on_the_drawing_and_ticks_are_round(shown):
    for one in shown["series"]:
        for mark in one["marks"]:
            assert 0 <= mark["x"] <= WIDTH
            assert 0 <= mark["y"] <= HEIGHT
    values = [float(tick["text"]) for tick in shown["x_ticks"]]
    assert 4 <= len(values) <= 11
    assert all(value % 10 == 0 for value in values)


def test_black_is_drawn_in_the_colour_of_the_text(shown):
    assert series(shown, "Predicted = measured")["colour"] == "currentColor"


def test_titles_say_what_is_plotted_in_which_unit(shown):
    assert shown["x_title"] == "Measured (mm)"
    assert shown["y_title"] == "Predicted (mm)"
    assert shown["numbered"] == []


def test_the_features_of_a_case_are_numbered_and_lines_break_between_them(plots):
    rows = [
        prediction(patient, feature, 50.0, 60.0)
        for patient in PATIENTS
        for feature in ("volume", "max_diameter")
    ]
    plots.show_case(rows, "P1", {"enhancing": {"volume": 40.0, "max_diameter": 45.0}})
    shown = chart_shown(plots.case_chart)
    assert shown["numbered"][0] == "1 volume"
    assert len(shown["numbered"]) == 10
    assert [tick["text"] for tick in shown["x_ticks"]] == [str(n) for n in range(1, 11)]
    assert series(shown, "interval")["path"].count("M") == 2
    assert not any(math.isnan(mark["x"]) for one in shown["series"] for mark in one["marks"])
