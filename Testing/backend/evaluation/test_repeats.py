"""Repeats against numbers worked out by hand and against the comparison of one run."""

import dataclasses

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.evaluation.comparison import compare_models
from radiogenomics.evaluation.repeats import (
    COLUMNS,
    RepeatedPrediction,
    read_repeats,
    summarise_repeats,
)
from radiogenomics.training import repeats as training_repeats

from .reference import rows_of


def repeated(measured, predicted_by_model, repeat):
    return [
        RepeatedPrediction(
            row.patient_id,
            row.roi,
            row.feature,
            row.model,
            repeat,
            1,
            row.measured,
            row.predicted,
        )
        for model, predicted in predicted_by_model.items()
        for row in rows_of(measured, predicted, model=model)
    ]


@pytest.fixture
def by_hand():
    """Two patients, one feature, three repeats: network wins, linear wins, a tie."""
    measured = np.array([[5.0], [10.0]])
    errors = [(1.0, 2.0), (3.0, 1.0), (2.0, 2.0)]
    return [
        row
        for repeat, (network, linear) in enumerate(errors, start=1)
        for row in repeated(
            measured, {"network": measured + network, "linear": measured - linear}, repeat
        )
    ]


def test_errors_spread_and_wins_are_those_worked_out_by_hand(by_hand):
    network, linear = summarise_repeats(by_hand).models

    assert network.mae_scaled == pytest.approx((0.1, 0.3, 0.2))
    assert network.mape == pytest.approx((15, 45, 30))
    assert network.mean == pytest.approx((0.2, 30))
    assert network.spread == pytest.approx((0.1, 15))
    assert (network.wins_mae, linear.wins_mae) == (0.5, 0.5)
    assert linear.wins_mape == 0.5


def test_two_models_are_compared_in_every_repeat(by_hand):
    found = summarise_repeats(by_hand).compare("network", "linear")

    assert found.differences == pytest.approx((-0.1, 0.2, 0))
    assert found.better == pytest.approx(1 / 3)
    assert found.p_values[2] == 1


def test_a_repeat_is_what_a_comparison_of_its_predictions_says(rng):
    measured = rng.lognormal(size=(30, 4))
    predicted = {"network": measured + 0.3, "linear": measured + rng.normal(size=(30, 4))}
    found = summarise_repeats(repeated(measured, predicted, 7))
    rows = [row for name, each in predicted.items() for row in rows_of(measured, each, model=name)]
    expected = compare_models(rows, resamples=99).average

    assert found.repeats == (7,)
    assert found.models[0].mae_scaled[0] == pytest.approx(expected.scaled.model.value)
    assert found.models[1].mape[0] == pytest.approx(expected.percentage.reference.value)
    assert found.compare("network", "linear").p_values[0] == pytest.approx(
        expected.scaled.p.p_value
    )
    assert np.isnan(found.models[0].spread[0])


def test_the_file_reads_back(by_hand, tmp_path):
    lines = [",".join(COLUMNS)]
    lines += [",".join(str(value) for value in dataclasses.astuple(row)) for row in by_hand]
    (tmp_path / "repeats.csv").write_text("\n".join(lines) + "\n")

    assert list(read_repeats(tmp_path / "repeats.csv")) == by_hand


def test_the_columns_are_those_that_a_training_writes():
    assert training_repeats.COLUMNS == COLUMNS


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n", "lacks the columns"),
        (",".join(COLUMNS) + "\nP1,edema,volume,network,1,1,nan,2\n", "line 2: .* not finite"),
        (",".join(COLUMNS) + "\nP1,edema,volume,network,x,1,1,2\n", "line 2"),
    ],
)
def test_a_file_of_something_else_is_refused(text, message, tmp_path):
    (tmp_path / "repeats.csv").write_text(text)
    with pytest.raises(InputError, match=message):
        read_repeats(tmp_path / "repeats.csv")


def test_repeats_of_different_patients_or_models_are_refused(by_hand):
    with pytest.raises(InputError, match="repeats 1 and 3 are not of the same patients"):
        summarise_repeats([r for r in by_hand if (r.repeat, r.patient_id) != (3, "P0001")])
    with pytest.raises(InputError, match="repeats 1 and 2 are not of the same models"):
        summarise_repeats([r for r in by_hand if (r.repeat, r.model) != (2, "linear")])
    with pytest.raises(InputError, match="no repeats"):
        summarise_repeats([])
