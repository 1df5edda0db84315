"""Comparisons of two models against numbers worked out by hand and against the parts."""

import dataclasses

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.evaluation import averages, feature_errors
from radiogenomics.evaluation.aligned import align
from radiogenomics.evaluation.comparison import compare_models, compare_with_each
from radiogenomics.evaluation.multiplicity import adjust
from radiogenomics.evaluation.wilcoxon import signed_rank_test

from .reference import rows_of

MEASURED = np.array([[10.0, 2.0], [20.0, 4.0], [40.0, 8.0]])
NETWORK = np.array([[8.0, 2.0], [25.0, 4.0], [40.0, 10.0]])  # errors 2 5 0 and 0 0 2
LINEAR = np.array([[6.0, 1.0], [21.0, 3.0], [34.0, 8.0]])  # errors 4 1 6 and 1 1 0


@pytest.fixture
def by_hand():
    return rows_of(MEASURED, NETWORK) + rows_of(MEASURED, LINEAR, model="linear")


@pytest.fixture
def cohort(rng):
    """Forty patients and six features, with folds; the network errs less in the first feature."""
    measured = rng.lognormal(2, 0.5, (40, 6))
    noise = rng.normal(0, 2, (2, 40, 6))
    noise[0, :, 0] *= 0.2
    folds = np.arange(40) % 5 + 1
    return rows_of(measured, measured + noise[0], folds) + rows_of(
        measured, measured + noise[1], folds, model="linear"
    )


def test_errors_differences_and_counts_are_those_worked_out_by_hand(by_hand):
    found = compare_models(by_hand, resamples=99)
    first, second = found.features

    assert first.absolute.model.value == pytest.approx(7 / 3)
    assert first.absolute.reference.value == pytest.approx(11 / 3)
    assert first.absolute.difference.value == pytest.approx(-4 / 3)
    assert first.absolute.relative == pytest.approx(-4 / 11)
    assert first.scaled.difference.value == pytest.approx(-4 / 3 / 40)
    assert first.percentage.model.value == pytest.approx((20 + 25 + 0) / 3)
    assert first.percentage.reference.value == pytest.approx((40 + 5 + 15) / 3)
    assert not second.absolute.better  # 2/3 against 2/3 is a tie
    assert second.percentage.model.value == pytest.approx(25 / 3)
    assert second.percentage.reference.value == pytest.approx((50 + 25) / 3)
    assert (found.n_better_mae, found.n_better_mape, found.n_patients) == (1, 2, 3)


def test_errors_and_averages_are_those_of_the_metrics_file(cohort):
    found = compare_models(cohort, resamples=99)
    metrics = {(each.feature, each.model): each for each in feature_errors(cohort)}
    means = averages(list(metrics.values()))

    for each in found.features:
        for pair, name in (
            (each.absolute, "mae"),
            (each.scaled, "mae_scaled"),
            (each.percentage, "mape"),
        ):
            assert pair.model.value == pytest.approx(
                getattr(metrics[each.feature, "network"], name), rel=1e-12
            )
            assert pair.reference.value == pytest.approx(
                getattr(metrics[each.feature, "linear"], name), rel=1e-12
            )
    assert found.average.scaled.model.value == pytest.approx(means["network"].mae_scaled)
    assert found.average.percentage.reference.value == pytest.approx(means["linear"].mape)


def test_the_tests_are_paired_tests_of_the_patients_errors_corrected_over_the_features(cohort):
    found = compare_models(cohort, resamples=99)
    aligned = align(cohort)
    for measure, errors in (
        ("absolute", aligned.absolute_errors),
        ("percentage", aligned.percentage_errors),
    ):
        tests = [
            signed_rank_test(*pair)
            for pair in zip(errors("network").T, errors("linear").T, strict=True)
        ]
        pairs = [getattr(each, measure) for each in found.features]

        assert [pair.test for pair in pairs] == tests
        assert tuple(pair.p for pair in pairs) == adjust([test.p_value for test in tests])


def test_the_average_is_tested_by_the_patients_mean_errors(cohort):
    found = compare_models(cohort, resamples=99).average.scaled
    aligned = align(cohort)
    means = [aligned.scaled_errors(model).mean(axis=1) for model in ("network", "linear")]

    assert found.test.p_value == pytest.approx(signed_rank_test(*means).p_value)
    assert found.p.bonferroni == found.p.p_value


def test_a_clear_difference_is_found_where_it_is_and_nowhere_else(cohort):
    found = compare_models(cohort, resamples=99)
    better, worse = found.significant()

    assert [each.feature for each in better] == ["f0"]
    assert worse == ()
    assert better[0].absolute.difference.upper < 0


def test_exchanging_the_models_changes_every_sign_and_no_p_value(cohort):
    one, other = (
        compare_models(cohort, *pair, resamples=999)
        for pair in (("network", "linear"), ("linear", "network"))
    )

    for here, there in zip(one.features, other.features, strict=True):
        assert here.absolute.difference.value == -there.absolute.difference.value
        assert here.absolute.difference.lower == pytest.approx(-there.absolute.difference.upper)
        assert here.absolute.p == there.absolute.p
    assert [len(side) for side in one.significant()] == [
        len(side) for side in reversed(other.significant())
    ]


def test_a_model_against_its_own_copy_has_no_difference(by_hand):
    copies = [dataclasses.replace(row, model="copy") for row in by_hand if row.model == "network"]
    found = compare_models(by_hand + copies, "network", "copy", resamples=99)

    for each in found.features:
        assert each.absolute.p.p_value == 1
        assert each.absolute.difference.lower == each.absolute.difference.upper == 0


def test_rounding_in_the_last_digit_is_no_difference():
    measured = np.arange(1.0, 21.0)[:, np.newaxis]
    rows = rows_of(measured, measured + 0.1) + rows_of(
        measured, measured + 0.1 * (1 + 1e-14), model="linear"
    )

    assert compare_models(rows, resamples=99).features[0].absolute.p.p_value == 1


def test_measured_zeros_leave_the_percentage_and_near_zeros_are_counted():
    measured = np.array([[0.0], [0.05], [10.0], [10.0], [12.0]])
    rows = rows_of(measured, measured + 1) + rows_of(measured, measured + 2, model="linear")
    (found,) = compare_models(rows, resamples=99).features

    assert (found.n_patients, found.n_zero, found.n_near_zero) == (5, 1, 2)
    assert found.percentage.test.n_used == 4
    assert found.percentage.model.value == pytest.approx(100 * (20 + 0.1 + 0.1 + 1 / 12) / 4)
    assert found.absolute.model.value == pytest.approx(1)


def test_a_value_that_was_not_measured_is_in_no_error():
    measured = MEASURED.copy()
    measured[2, 1] = np.nan
    rows = rows_of(measured, NETWORK) + rows_of(measured, LINEAR, model="linear")
    first, second = compare_models(rows, resamples=99).features

    assert (first.n_patients, second.n_patients) == (3, 2)
    assert second.absolute.model.value == 0
    assert second.absolute.reference.value == 1


def test_a_model_is_compared_with_every_other_one(by_hand):
    floor = rows_of(MEASURED, np.tile([20.0, 4.0], (3, 1)), model="median")
    found = compare_with_each(by_hand + floor, "network", resamples=99)

    assert list(found) == ["linear", "median"]
    assert found["median"].features[0].absolute.reference.value == pytest.approx(10)


def test_final_predictions_are_no_evidence(by_hand):
    final = [
        dataclasses.replace(row, kind="final", predicted=row.measured, fold=None) for row in by_hand
    ]

    assert compare_models(by_hand + final, resamples=99) == compare_models(by_hand, resamples=99)


def test_the_same_seed_gives_the_same_intervals(cohort):
    one, again, other = (compare_models(cohort, resamples=199, seed=seed) for seed in (1, 1, 2))

    assert one == again
    assert one.features[0].absolute.difference != other.features[0].absolute.difference


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: rows[:-1], r"linear lacks 1 of the values .* edema f1 of P0002"),
        (lambda rows: [*rows, rows[0]], "edema f0 of P0000 twice"),
        (
            lambda rows: [*rows[:-1], dataclasses.replace(rows[-1], measured=9.0)],
            "is 8 in one row and 9 in another",
        ),
        (lambda rows: [row for row in rows if row.model != "linear"], "no predictions of 'linear'"),
        (lambda rows: [dataclasses.replace(row, measured=None) for row in rows], "no error to"),
        (lambda rows: [dataclasses.replace(row, measured=0.0) for row in rows], "have no scale"),
    ],
)
def test_predictions_that_cannot_be_compared_are_refused(by_hand, spoil, message):
    with pytest.raises(InputError, match=message):
        compare_models(spoil(by_hand), resamples=99)
