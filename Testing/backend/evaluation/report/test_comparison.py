"""Runs side by side: what is shared, what is warned of, and whose numbers stand there."""

import csv
import dataclasses
import re

import pytest

from radiogenomics.errors import InputError
from radiogenomics.evaluation import averages, feature_errors
from radiogenomics.evaluation.report import write_comparison
from radiogenomics.evaluation.report.side_by_side.joining import join
from radiogenomics.training.run_folder import load_run


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def altered(run, **changes):
    """The run as read, with other predictions."""
    return dataclasses.replace(run, **changes)


@pytest.fixture(scope="module")
def first(run_path):
    return load_run(run_path)


@pytest.fixture(scope="module")
def second(make_run, tmp_path_factory):
    """The same patients and five more, worse network, other protocol."""
    path = tmp_path_factory.mktemp("runs") / "second"
    return load_run(
        make_run(path, n_patients=35, tells={"network": 0.3, "linear": 0.2}, digest="other")
    )


def test_runs_are_compared_on_the_patients_they_share(first, second):
    joined = join([first, second])

    assert set(joined.aligned.patients) == {one.patient_id for one in first.predictions}
    assert any("30 patients that all runs share" in warning for warning in joined.warnings)


def test_averages_are_those_of_the_shared_patients(first, second, tmp_path):
    write_comparison([first, second], tmp_path)

    shared = {one.patient_id for one in first.predictions}
    own = [one for one in second.predictions if one.patient_id in shared]
    expected = averages(feature_errors(own))
    rows = {(row["run"], row["model"]): row for row in rows_of(tmp_path / "averages.csv")}
    assert len(rows) == 10
    for model, average in expected.items():
        row = rows["second", model]
        assert float(row["mae_scaled"]) == pytest.approx(average.mae_scaled, rel=1e-12)
        assert float(row["mape"]) == pytest.approx(average.mape, rel=1e-12)


def test_the_worse_run_is_shown_as_worse_and_daggered(first, second, tmp_path):
    written = write_comparison([first, second], tmp_path)

    assert "significantly higher average MAE" in written.headline
    (row,) = [r for r in rows_of(tmp_path / "differences.csv") if r["model"] == "network"]
    assert float(row["mae_difference_lower"]) > 0
    table = written.page.read_text(encoding="utf-8").split('id="features_mae"')[1]
    assert re.search("[†‡]</sup>", table)


def test_a_run_does_not_differ_from_itself_under_another_name(first, tmp_path):
    again = altered(first, run_id="again", path=tmp_path / "again")

    written = write_comparison([first, again], tmp_path / "out")

    assert "does not differ significantly" in written.headline
    page = written.page.read_text(encoding="utf-8")
    assert "Comparable." in page
    assert "No setting differs." in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"protocol": "other"}, "Protocols differ (first: chosen, second: other)"),
        ({"rater": "bob"}, "Raters differ (first: the only one, second: bob)"),
        (
            {"expression_steps": "training_fold", "protocol": "own"},
            "errors of first are optimistic",
        ),
    ],
)
def test_what_makes_a_difference_doubtful_is_said(first, change, said):
    config = dataclasses.replace(first.config, target_scaling="training_fold", **change)
    other = altered(first, run_id="second", path=first.path / "x", config=config)

    assert any(said in warning for warning in join([first, other]).warnings)


def test_other_data_and_other_folds_are_said(first, second):
    warnings = " ".join(join([first, second]).warnings)
    moved = [dataclasses.replace(one, fold=one.fold % 4 + 1) for one in first.predictions]
    other = altered(first, run_id="moved", path=first.path / "x", predictions=tuple(moved))

    assert "different data" in warnings
    assert any("divided the patients" in each for each in join([first, other]).warnings)


def test_patients_measured_otherwise_are_left_out_and_named(first):
    changed = first.predictions[0].patient_id
    rows = [
        dataclasses.replace(one, measured=one.measured * 1.1) if one.patient_id == changed else one
        for one in first.predictions
    ]
    joined = join(
        [first, altered(first, run_id="b", path=first.path / "x", predictions=tuple(rows))]
    )

    assert changed not in joined.aligned.patients
    assert any(f"1 shared patients ({changed})" in warning for warning in joined.warnings)


def test_runs_without_a_shared_truth_are_refused(first):
    rows = [dataclasses.replace(one, measured=one.measured * 1.1) for one in first.predictions]
    strangers = [
        dataclasses.replace(one, patient_id=f"X{one.patient_id}") for one in first.predictions
    ]
    for predictions, said in ((rows, "different truths"), (strangers, "share no patient")):
        other = altered(first, run_id="b", path=first.path / "x", predictions=tuple(predictions))
        with pytest.raises(InputError, match=said):
            join([first, other])


def test_one_run_or_the_same_run_twice_is_no_comparison(first):
    with pytest.raises(InputError, match="two runs or more"):
        join([first])
    with pytest.raises(InputError, match="given twice"):
        join([first, first])


def test_runs_of_one_name_are_told_apart_by_their_paths(first, tmp_path):
    joined = join([first, altered(first, path=tmp_path / "first")])

    assert joined.names == (first.path.as_posix(), (tmp_path / "first").as_posix())
