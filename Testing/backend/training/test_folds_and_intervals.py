"""Folds and the width of intervals."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from radiogenomics.errors import InputError
from radiogenomics.training.folds import fold_numbers, make_folds
from radiogenomics.training.intervals import cv_plus, half_width, half_width_of_other_folds
from radiogenomics.training.predictions import prediction_rows
from radiogenomics.training.targets import Target


@given(st.integers(2, 40), st.integers(2, 10), st.integers(0, 2**32 - 1))
def test_every_patient_is_held_out_once_and_never_in_its_own_training(n_patients, n_folds, seed):
    assume(n_patients >= n_folds)
    folds = make_folds(n_patients, n_folds, seed)

    assert sorted(np.concatenate([fold.held_out for fold in folds])) == list(range(n_patients))
    for fold in folds:
        assert not set(fold.train) & set(fold.held_out)
        assert len(fold.train) + len(fold.held_out) == n_patients
    numbers = fold_numbers(folds)
    assert all(numbers[row] == fold.number for fold in folds for row in fold.held_out)


def test_another_seed_divides_otherwise_and_the_same_seed_the_same():
    first, again, other = (fold_numbers(make_folds(30, 5, seed)).tolist() for seed in (1, 1, 2))

    assert first == again
    assert first != other


def test_fewer_patients_than_folds_are_refused_with_both_numbers():
    with pytest.raises(InputError, match=r"4 patients .* fewer than the 10 folds.*--folds 4"):
        make_folds(4, 10, seed=1)


def test_the_half_width_is_the_conformal_quantile():
    errors = np.array([[3.0], [-9.0], [1.0], [-2.0], [5.0], [4.0], [8.0], [-7.0], [6.0]])

    # ceil(10 * 0.5) = 5th smallest of 1..9; ceil(10 * 0.9) = 9th.
    assert half_width(errors, 0.5) == [5.0]
    assert half_width(errors, 0.9) == [9.0]


def test_too_few_errors_for_the_level_give_the_largest():
    assert half_width(np.array([[1.0], [2.0]]), 0.9) == [2.0]


def test_the_width_about_a_patient_ignores_the_errors_of_its_own_fold():
    errors = np.array([[1.0], [2.0], [100.0], [200.0]])
    widths = half_width_of_other_folds(errors, np.array([1, 1, 2, 2]), 0.9)

    np.testing.assert_array_equal(widths[:, 0], [200.0, 200.0, 2.0, 2.0])


@given(
    st.lists(
        st.tuples(st.floats(-1e9, 1e9), st.floats(0, 1e9)).map(list), min_size=1, max_size=5
    ).map(np.array)
)
def test_a_prediction_lies_in_its_interval_which_no_width_takes_below_zero(pairs):
    rows = prediction_rows(
        [f"p{number}" for number in range(len(pairs))],
        [Target("edema", "volume", "mm3")],
        pairs[:, :1],
        pairs[:, :1] - pairs[:, 1:],
        pairs[:, :1] + pairs[:, 1:],
        model="network",
        run_id="r",
    )

    for row, (predicted, width) in zip(rows, pairs, strict=True):
        assert row.lower <= row.predicted <= row.upper
        assert row.upper == predicted + width
        assert row.lower == (max(0.0, predicted - width) if predicted >= 0 else predicted - width)


def test_new_patients_of_the_same_kind_are_covered_as_often_as_promised():
    generator = np.random.default_rng(0)
    covered = [
        abs(generator.normal()) <= half_width(generator.normal(size=(30, 1)), 0.9)[0]
        for _ in range(4000)
    ]

    assert np.mean(covered) == pytest.approx(28 / 31, abs=0.015)


def test_cv_plus_of_fold_models_that_agree_is_the_conformal_interval():
    errors = np.arange(1.0, 10.0)[:, None]
    by_fold = np.full((3, 2, 1), 20.0)
    lower, upper = cv_plus(by_fold, np.repeat([1, 2, 3], 3), errors, 0.5)

    np.testing.assert_array_equal(lower, [[15.0], [15.0]])
    np.testing.assert_array_equal(upper, [[25.0], [25.0]])


def test_cv_plus_takes_each_patients_error_about_what_its_own_fold_model_says():
    # Patient errors 1, 2 about fold 1's 10; 3, 4 about fold 2's 30. At level 0.5 the third of four.
    by_fold = np.array([[[10.0]], [[30.0]]])
    errors = np.array([[1.0], [-2.0], [3.0], [-4.0]])
    lower, upper = cv_plus(by_fold, np.array([1, 1, 2, 2]), errors, 0.5)

    assert upper[0, 0] == 33.0  # of 11, 12, 33, 34
    assert lower[0, 0] == 9.0  # of 8, 9, 26, 27 the third from above


def test_cv_plus_widens_with_the_spread_of_the_fold_models():
    errors, fold_of = np.ones((20, 1)), np.repeat([1, 2], 10)
    agree = cv_plus(np.array([[[5.0]], [[5.0]]]), fold_of, errors, 0.9)
    differ = cv_plus(np.array([[[3.0]], [[7.0]]]), fold_of, errors, 0.9)

    assert [end.item() for end in agree] == [4.0, 6.0]
    assert [end.item() for end in differ] == [2.0, 8.0]


def test_cv_plus_covers_new_patients_about_as_often_as_promised():
    # Ridge-like fold means: the model of a fold is the mean of the others.
    generator = np.random.default_rng(1)
    fold_of = np.repeat(np.arange(1, 6), 6)
    covered = []
    for _ in range(3000):
        values = generator.normal(size=(30, 1))
        models = np.array([values[fold_of != fold].mean() for fold in range(1, 6)])
        errors = values - models[fold_of - 1][:, None]
        lower, upper = cv_plus(models[:, None, None], fold_of, errors, 0.9)
        covered.append(lower.item() <= generator.normal() <= upper.item())

    assert np.mean(covered) == pytest.approx(0.9, abs=0.025)
