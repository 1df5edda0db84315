"""Folds and the width of intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics.errors import InputError
from radiogenomics.training.folds import fold_numbers, make_folds
from radiogenomics.training.intervals import half_width, half_width_of_other_folds


@given(st.integers(2, 40), st.integers(2, 10), st.integers(0, 2**32 - 1))
def test_every_patient_is_held_out_once_and_never_in_its_own_training(n_patients, n_folds, seed):
    if n_patients < n_folds:
        return
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


def test_new_patients_of_the_same_kind_are_covered_as_often_as_promised():
    generator = np.random.default_rng(0)
    covered = [
        abs(generator.normal()) <= half_width(generator.normal(size=(30, 1)), 0.9)[0]
        for _ in range(4000)
    ]

    assert np.mean(covered) == pytest.approx(28 / 31, abs=0.015)
