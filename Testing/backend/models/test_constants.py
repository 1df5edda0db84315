"""The floors: what each minimises, where it ties, and what they reach on the real masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics.errors import InputError
from radiogenomics.imaging import MEASURED_ROIS
from radiogenomics.measuring import jobs_from_files, measure_cohort
from radiogenomics.models.constants import CENTRES, ConstantPredictor, least_mape
from radiogenomics.training.folds import make_folds
from radiogenomics.training.targets import read_targets

FEATURES = st.lists(st.floats(0.01, 100), min_size=1, max_size=12)


def fit(column, centre):
    return ConstantPredictor.fit(np.array(column, dtype=float)[:, None], centre).values[0]


def percentage(column, constant):
    values = np.array([value for value in column if value != 0])
    return np.mean(np.abs(values - constant) / np.abs(values))


LOSSES = {
    "median": lambda column, constant: np.mean(np.abs(np.array(column) - constant)),
    "mean": lambda column, constant: np.mean((np.array(column) - constant) ** 2),
    "least_mape": percentage,
}


@pytest.mark.parametrize("centre", CENTRES)
@given(column=FEATURES, other=st.floats(0, 200))
def test_no_other_constant_has_a_lower_loss(centre, column, other):
    loss = LOSSES[centre]
    assert loss(column, fit(column, centre)) <= loss(column, other) * (1 + 1e-12)


@given(column=st.lists(st.integers(-12, 12).filter(bool), min_size=1, max_size=9))
def test_least_mape_is_the_lowest_of_the_best_values_of_either_sign(column):
    losses = {value: percentage(column, value) for value in sorted(column)}
    best = min(losses.values())
    lowest = next(value for value, loss in losses.items() if loss <= best * (1 + 1e-9))
    assert fit(column, "least_mape") == lowest


@given(column=FEATURES)
def test_least_mape_of_positive_values_is_not_above_their_median(column):
    assert fit(column, "least_mape") <= fit(column, "median")


def test_least_mape_takes_the_lower_value_where_the_weights_divide_evenly():
    # Weights 1/2 against 1/3 + 1/6: every constant from 2 to 3 is as good.
    assert percentage([2, 3, 6], 2) == pytest.approx(percentage([2, 3, 6], 2.5))
    assert fit([6, 2, 3], "least_mape") == 2
    # Weights 1 against 3 times 1/3: evenly but for rounding.
    assert fit([0.3, 0.1, 0.3, 0.3], "least_mape") == 0.1


def test_least_mape_leaves_zeros_out():
    assert fit([0, 0, 0, 5, 5], "least_mape") == 5
    assert fit([0, 0], "least_mape") == 0


def test_least_mape_bears_values_of_any_size():
    assert fit([5e-324, 1e-300, 1e300], "least_mape") == 5e-324
    assert fit([1e300, 2e300, 3e300], "least_mape") == 1e300


def test_a_constant_target_is_its_own_floor():
    assert [fit([0.3] * 7, centre) for centre in CENTRES] == pytest.approx([0.3] * 3, rel=1e-15)


def test_columns_are_taken_one_by_one():
    targets = np.array([[1.0, 6], [4, 2], [4, 3]])
    np.testing.assert_array_equal(least_mape(targets), [1, 2])
    predicted = ConstantPredictor.fit(targets, "least_mape").predict(3)
    np.testing.assert_array_equal(predicted, [[1, 2]] * 3)


@pytest.mark.parametrize("centre", CENTRES)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_target_that_is_no_finite_number_is_refused_with_its_place(centre, value):
    targets = np.ones((4, 3))
    targets[2, 1] = value
    with pytest.raises(InputError, match="Target 2 of patient 3"):
        ConstantPredictor.fit(targets, centre)


def test_no_patient_is_refused():
    with pytest.raises(InputError, match="at least one patient"):
        ConstantPredictor.fit(np.empty((0, 2)), "mean")


@pytest.mark.slow
def test_real_masks_have_the_floors_that_were_stated(shared_data, tmp_path):
    """The stated numbers are of one division into folds; the mean of ten others is near them."""
    folder = shared_data / "tcga_gbm" / "segmentations"
    jobs, _, _ = jobs_from_files([folder], "brats", "brats", MEASURED_ROIS)
    measure_cohort(jobs, tmp_path / "features.csv", processes=2)
    measured = read_targets(tmp_path / "features.csv").values
    scaled = measured / measured.max(axis=0)
    assert scaled.shape == (102, 20)
    errors = np.mean([_errors(scaled, seed) for seed in range(10)], axis=0)
    stated = {"median": (0.1448, 48.96), "mean": (0.1464, 55.24), "least_mape": (0.1648, 37.84)}
    for centre, (mae, mape) in zip(CENTRES, errors, strict=True):
        assert (mae, mape) == (
            pytest.approx(stated[centre][0], abs=0.0005),
            pytest.approx(stated[centre][1], abs=0.15),
        ), centre


def _errors(scaled, seed):
    predicted = np.empty((len(CENTRES), *scaled.shape))
    for fold in make_folds(len(scaled), 10, seed):
        for row, centre in zip(predicted, CENTRES, strict=True):
            constant = ConstantPredictor.fit(scaled[fold.train], centre)
            row[fold.held_out] = constant.predict(len(fold.held_out))
    off = np.abs(predicted - scaled)
    return [(off[k].mean(), 100 * (off[k] / scaled).mean()) for k in range(len(CENTRES))]
