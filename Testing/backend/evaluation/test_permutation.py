"""The test against chance, against all permutations there are and where the truth is known."""

import itertools

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.evaluation.aligned import align
from radiogenomics.evaluation.permutation import better_than_chance, can_be_exchanged

from .reference import rows_of


def test_the_p_value_nears_the_share_of_all_permutations(rng):
    measured = rng.normal(size=(6, 2))
    predicted = measured + 1.2 * rng.normal(size=(6, 2))
    all_errors = np.array(
        [
            np.abs(measured - predicted[list(order)]).mean(axis=0)
            for order in itertools.permutations(range(6))
        ]
    )
    expected = (all_errors <= all_errors[0] * (1 + 1e-12)).mean(axis=0)
    found = better_than_chance(rows_of(measured, predicted), permutations=20000)

    assert [each.p.p_value for each in found.features] == pytest.approx(expected, abs=0.012)
    assert found.features[0].mae == pytest.approx(all_errors[0, 0])
    assert found.features[0].mae_by_chance == pytest.approx(all_errors[:, 0].mean(), rel=0.02)


def test_the_average_keeps_the_predictions_of_a_patient_together(rng):
    """Two features that always err together are no more evidence than one."""
    measured = rng.normal(10, 1, size=(40, 1)) @ [[1, 2.0]]
    predicted = measured + rng.normal(0, 2.2, size=(40, 1)) @ [[1, 2.0]]
    found = better_than_chance(rows_of(measured, predicted), permutations=499)

    assert found.average.p.p_value == found.features[0].p.p_value == found.features[1].p.p_value


def test_a_constant_of_each_fold_is_never_better_than_chance(rng):
    measured = rng.lognormal(size=(60, 3))
    folds = np.arange(60) % 6 + 1
    predicted = np.empty_like(measured)
    for fold in range(1, 7):
        predicted[folds == fold] = np.median(measured[folds != fold], axis=0)
    found = better_than_chance(rows_of(measured, predicted, folds), permutations=99)

    for each in (*found.features, found.average):
        assert (each.p.p_value, each.cautious.p_value) == (1, 1)


def test_predictions_are_exchanged_within_their_fold_only():
    """Right between folds, wrong within: exchanging across folds would call this a success."""
    folds = np.repeat([1, 2], 10)
    measured = np.where(folds == 1, 10.0, 100.0) + np.tile(np.arange(10.0), 2)
    predicted = np.where(folds == 1, 10.0, 100.0) + np.tile(np.arange(10.0)[::-1], 2)
    rows = measured[:, np.newaxis], predicted[:, np.newaxis]

    assert better_than_chance(rows_of(*rows, folds), permutations=99).average.p.p_value > 0.9
    assert better_than_chance(rows_of(*rows), permutations=99).average.p.p_value == 0.01


def test_a_clear_success_has_the_smallest_p_value_there_is(rng):
    measured = rng.normal(size=(50, 2))
    found = better_than_chance(rows_of(measured, measured * 0.9), permutations=199)

    assert found.average.p.p_value == pytest.approx(1 / 200)
    assert found.average.cautious.p_value < 1e-3
    assert found.features[0].p.bonferroni == pytest.approx(2 / 200)


def test_without_any_relation_the_p_values_are_uniform():
    rng = np.random.default_rng(8)
    p_values = []
    for _ in range(300):
        measured, predicted = rng.normal(size=(2, 20, 1))
        found = better_than_chance(rows_of(measured, predicted), permutations=99)
        p_values.append(found.average.p.p_value)

    assert np.mean(np.array(p_values) <= 0.05) == pytest.approx(0.05, abs=0.04)
    assert np.mean(p_values) == pytest.approx(0.5, abs=0.06)


def test_patients_without_a_feature_stay_out_and_those_alone_in_a_fold_are_counted(rng):
    measured = rng.normal(10, 1, size=(8, 2))
    measured[0, 1] = np.nan
    found = better_than_chance(
        rows_of(measured, np.full((8, 2), 10.0), [1, 1, 1, 2, 2, 2, 2, 3]), permutations=9
    )

    assert (found.n_patients, found.n_alone) == (7, 1)
    assert found.features[0].mae == pytest.approx(np.abs(measured[1:, 0] - 10).mean())


def test_the_same_seed_gives_the_same_p_values(rng):
    rows = rows_of(rng.normal(size=(20, 2)), rng.normal(size=(20, 2)))
    one, again, other = (better_than_chance(rows, permutations=99, seed=seed) for seed in (1, 1, 2))

    assert one == again
    assert one.features != other.features


def test_folds_of_one_patient_leave_nothing_to_exchange(rng):
    rows = rows_of(rng.normal(size=(4, 1)), rng.normal(size=(4, 1)), [1, 2, 3, 4])
    with pytest.raises(InputError, match="nothing to exchange"):
        better_than_chance(rows)
    assert not can_be_exchanged(align(rows), "network")


def test_two_patients_of_one_fold_can_be_exchanged_if_both_have_every_feature(rng):
    measured = rng.normal(size=(4, 2))
    predicted = rng.normal(size=(4, 2))
    assert can_be_exchanged(align(rows_of(measured, predicted, [1, 1, 2, 3])), "network")
    measured[0, 0] = np.nan
    assert not can_be_exchanged(align(rows_of(measured, predicted, [1, 1, 2, 3])), "network")


def test_no_permutation_is_no_test(rng):
    with pytest.raises(InputError, match="at least 1 permutation"):
        better_than_chance(
            rows_of(rng.normal(size=(4, 1)), rng.normal(size=(4, 1))), permutations=0
        )
