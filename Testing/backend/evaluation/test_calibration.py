"""Coverage against counts by hand and against Clopper and Pearson's own formula."""

import dataclasses

import numpy as np
import pytest
from scipy.stats import beta

from radiogenomics.errors import InputError
from radiogenomics.evaluation.calibration import calibration
from radiogenomics.training.intervals import half_width_of_other_folds

from .reference import rows_of


def test_coverage_width_and_sides_are_counted():
    measured = np.array([[10.0], [12.0], [20.0], [30.0], [21.0]])
    predicted = np.array([[10.5], [14.0], [19.0], [28.0], [22.0]])  # in, below, end, above, end
    (found,) = calibration(rows_of(measured, predicted))

    assert (found.n_patients, found.n_covered, found.n_below, found.n_above) == (5, 3, 1, 1)
    assert found.coverage.value == 0.6
    assert found.width == pytest.approx(2)
    assert found.width_relative == pytest.approx(2 / 20)


def test_the_interval_of_the_coverage_is_clopper_and_pearsons():
    measured = np.zeros((30, 1)) + 5
    predicted = measured + np.where(np.arange(30) < 26, 0, 9)[:, np.newaxis]
    (found,) = calibration(rows_of(measured, predicted))

    assert found.coverage.lower == pytest.approx(beta.ppf(0.025, 26, 5))
    assert found.coverage.upper == pytest.approx(beta.ppf(0.975, 27, 4))
    assert found.holds(0.9)
    assert not found.holds(0.99)
    assert np.isnan(found.width_relative)


def test_the_intervals_of_a_training_cover_what_they_promise(rng):
    folds = np.arange(400) % 10 + 1
    measured = rng.lognormal(size=(400, 1))
    predicted = np.full_like(measured, np.median(measured))
    half = half_width_of_other_folds(measured - predicted, folds, 0.9)
    rows = [
        dataclasses.replace(row, lower=row.predicted - own, upper=row.predicted + own)
        for row, own in zip(rows_of(measured, predicted, folds), half[:, 0], strict=True)
    ]
    (found,) = calibration(rows)

    assert found.holds(0.9)
    assert found.coverage.value == pytest.approx(0.9, abs=0.04)


def test_models_and_features_are_kept_apart_and_final_predictions_left_out():
    measured, predicted = np.ones((3, 2)), np.ones((3, 2))
    rows = rows_of(measured, predicted) + rows_of(measured, predicted + 5, model="linear")
    final = [dataclasses.replace(row, kind="final", fold=None, measured=99.0) for row in rows]
    found = calibration(rows + final)

    assert [(each.model, each.feature, each.coverage.value) for each in found] == [
        ("network", "f0", 1),
        ("network", "f1", 1),
        ("linear", "f0", 0),
        ("linear", "f1", 0),
    ]


def test_nothing_measured_cannot_be_checked():
    with pytest.raises(InputError, match="intervals cannot be checked"):
        calibration(rows_of(np.full((2, 1), np.nan), np.ones((2, 1))))
