"""Errors against numbers worked out by hand."""

import csv

import pytest

from radiogenomics.errors import InputError
from radiogenomics.evaluation import (
    averages,
    feature_errors,
    mean_absolute_error,
    mean_absolute_percentage_error,
    write_metrics,
)
from radiogenomics.evaluation.metrics import Average
from radiogenomics.evaluation.verdict import verdict
from radiogenomics.study.predictions import Prediction


def prediction(patient, feature, measured, predicted, model="network"):
    return Prediction(
        patient, "edema", feature, "mm", measured, predicted, 0.0, 9.0, model, "out_of_fold", 1, "r"
    )


# |10-8| = 2, |20-25| = 5, |40-40| = 0: MAE 7/3; in per cent 20, 25 and 0: MAPE 15; maximum 40.
ROWS = [
    prediction("p1", "max_diameter", 10.0, 8.0),
    prediction("p2", "max_diameter", 20.0, 25.0),
    prediction("p3", "max_diameter", 40.0, 40.0),
]


def test_mae_is_the_mean_distance():
    assert mean_absolute_error([10, 20, 40], [8, 25, 40]) == pytest.approx(7 / 3)


def test_mape_is_relative_to_the_measured_value():
    assert mean_absolute_percentage_error([10, 20, 40], [8, 25, 40]) == pytest.approx(15)


def test_patient_with_a_measured_zero_is_left_out_of_the_mape_and_counted():
    rows = [
        prediction(f"P{number}", "max_diameter", measured, predicted)
        for number, (measured, predicted) in enumerate([(0.0, 3.0), (10.0, 8.0), (20.0, 25.0)])
    ]
    (error,) = feature_errors(rows)
    assert error.mape == pytest.approx((20 + 25) / 2)
    assert error.mae == pytest.approx(10 / 3)
    assert (error.n_patients, error.n_zero) == (3, 1)


def test_mape_of_a_measured_zero_is_refused():
    with pytest.raises(InputError, match="1 measured values are 0"):
        mean_absolute_percentage_error([0, 1], [1, 1])


def test_errors_are_stated_in_units_and_in_parts_of_the_maximum():
    (error,) = feature_errors(ROWS)

    assert (error.roi, error.feature, error.model, error.n_patients) == (
        "edema",
        "max_diameter",
        "network",
        3,
    )
    assert error.mae == pytest.approx(7 / 3)
    assert error.mae_scaled == pytest.approx(7 / 120)
    assert error.mape == pytest.approx(15)


def test_averages_weigh_every_feature_the_same():
    other = [prediction("p1", "minor_axis", 1.0, 2.0)]  # scaled MAE 1, MAPE 100
    average = averages(feature_errors(ROWS + other))["network"]

    assert average.mae_scaled == pytest.approx((7 / 120 + 1) / 2)
    assert average.mape == pytest.approx((15 + 100) / 2)


def test_patients_without_a_measurement_are_not_scored():
    assert feature_errors([*ROWS, prediction("p4", "max_diameter", None, 99.0)]) == feature_errors(
        ROWS
    )


def test_predictions_without_any_measurement_have_no_error():
    with pytest.raises(InputError, match="No prediction has a measured value"):
        feature_errors([prediction("p1", "volume", None, 1.0)])


def test_the_metrics_file_reads_back_with_averages_last(tmp_path):
    write_metrics(tmp_path / "metrics.csv", feature_errors(ROWS))
    with (tmp_path / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["feature"] for row in rows] == ["max_diameter", "average"]
    assert float(rows[0]["mae"]) == pytest.approx(7 / 3)
    assert float(rows[1]["mape"]) == pytest.approx(15)


@pytest.mark.parametrize(
    ("mae", "mape", "said"),
    [
        (0.10, 40.0, "has lower errors than the best constant"),
        (0.10, 50.0, "in scaled MAE only"),
        (0.15, 40.0, "in MAPE only"),
        (0.15, 50.0, "does not beat a constant"),
        (0.14, 48.0, "does not beat a constant"),  # a tie is no victory
    ],
)
def test_the_verdict_says_plainly_who_wins(mae, mape, said):
    models = {
        "network": Average("network", mae, mape),
        "median": Average("median", 0.14, 48.0),
        "mean": Average("mean", 0.15, 55.0),
    }

    assert said in verdict(models)
