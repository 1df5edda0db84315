"""The verdict says who wins, also where that is not the network, and what the tests allow."""

import numpy as np
import pytest

from radiogenomics.evaluation import averages, feature_errors
from radiogenomics.evaluation.aligned import align
from radiogenomics.evaluation.comparison import compare_with_each
from radiogenomics.evaluation.metrics import Average
from radiogenomics.evaluation.power import power_of
from radiogenomics.evaluation.verdict import lead_of, reference_of, verdict, verdict_with_tests

from .reference import rows_of


def of(**errors):
    return {name: Average(name, *both) for name, both in errors.items()}


FLOORS = {"median": (0.14, 48.0), "mean": (0.15, 55.0), "least_mape": (0.16, 38.0)}


@pytest.mark.parametrize(
    ("mae", "mape", "said"),
    [
        (0.10, 30.0, "has lower errors than the best constant"),
        (0.10, 50.0, "in scaled MAE only"),
        (0.15, 30.0, "in MAPE only"),
        (0.15, 40.0, "does not beat a constant"),
        (0.14, 38.0, "does not beat a constant"),  # a tie is no victory
    ],
)
def test_the_best_constant_of_each_error_is_what_must_be_beaten(mae, mape, said):
    assert said in verdict(of(network=(mae, mape), **FLOORS))


@pytest.mark.parametrize(
    ("linear", "said"),
    [
        ((0.13, 40.0), "Both errors are lower than those of the linear model"),
        ((0.13, 20.0), "only the scaled MAE is lower"),
        ((0.11, 40.0), "only the MAPE is lower"),
        ((0.11, 20.0), "The linear model is at least as good in both errors"),
        ((0.12, 30.0), "The linear model is at least as good in both errors"),
    ],
)
def test_the_linear_model_is_told_of(linear, said):
    assert said in verdict(of(network=(0.12, 30.0), linear=linear, **FLOORS))


def test_a_baseline_that_wins_is_named():
    said = verdict(of(network=(0.12, 30.0), ridge=(0.11, 50.0), trees=(0.13, 20.0), **FLOORS))

    assert said.endswith("Lower in scaled MAE than the network: ridge (0.1100).")


def test_errors_of_folds_that_chose_are_called_optimistic():
    models = of(network=(0.1, 30.0), **FLOORS)

    assert "optimistic" in verdict(models, reporting_folds_chose=True)
    assert "optimistic" not in verdict(models)


def test_without_comparisons_it_is_said_that_nothing_was_tested():
    assert "is not tested here" in verdict(of(network=(0.1, 30.0), **FLOORS))


@pytest.mark.parametrize(
    ("models", "lead", "reference"),
    [
        (("median", "network_pca", "network", "linear"), "network", "linear"),
        (("linear", "network_pca", "median"), "network_pca", "linear"),
        (("mean", "median", "linear", "ridge"), "linear", "median"),
        (("network", "mean", "median"), "network", "median"),
    ],
)
def test_lead_and_reference_are_the_papers_where_they_are_there(models, lead, reference):
    assert (lead_of(models), reference_of(models)) == (lead, reference)


def run_of(rng, gain):
    measured = rng.lognormal(2, 0.4, (60, 4))
    errors = rng.normal(0, 3, (2, 60, 4))
    errors[0] *= gain
    rows = rows_of(measured, measured + errors[0])
    rows += rows_of(measured, measured + errors[1], model="linear")
    rows += rows_of(measured, np.tile(np.median(measured, axis=0), (60, 1)), model="median")
    aligned = align(rows)
    return averages(feature_errors(rows)), compare_with_each(aligned, "network", resamples=99), rows


def test_a_clear_difference_is_called_more_than_chance(rng):
    means, comparisons, _ = run_of(rng, gain=0.2)
    said = verdict(means, comparisons)

    assert "from median is more than chance gives" in said
    assert "from linear is more than chance gives" in said
    assert "significantly lower in 4 and significantly higher in 0" in said


def test_a_verdict_with_its_own_tests_is_that_of_the_comparisons(rng):
    means, comparisons, rows = run_of(rng, gain=0.2)

    assert verdict_with_tests(rows) == verdict(means, comparisons)
    assert verdict_with_tests(rows, reporting_folds_chose=True) == verdict(
        means, comparisons, reporting_folds_chose=True
    )


def test_no_difference_without_a_power_is_no_proof_either(rng):
    *_, rows = run_of(rng, gain=1.0)

    assert "no proof of equality; the report says what would have been found" in verdict_with_tests(
        rows
    )


def test_no_difference_comes_with_what_would_have_been_found(rng):
    means, comparisons, rows = run_of(rng, gain=1.0)
    power = power_of(rows, simulations=200)
    said = verdict(means, comparisons, power)

    assert "from linear is no more than chance gives" in said
    assert "significantly lower in 0 and significantly higher in 0" in said
    assert "no proof of equality" in said
    assert f"an error at least {power.detectable:.0%} lower than that of linear" in said
    assert f"takes about {power.patients_needed:.0f} patients" in said


def test_a_difference_that_only_the_lenient_test_finds_is_told_as_that(rng):
    measured = rng.lognormal(2, 0.4, (60, 1))
    errors = rng.normal(0, 3, (2, 60, 1))
    folds = np.arange(60) % 10 + 1
    for gain in np.arange(1.0, 0.0, -0.02):
        rows = rows_of(measured, measured + gain * errors[0], folds)
        rows += rows_of(measured, measured + errors[1], folds, model="median")
        comparisons = compare_with_each(rows, "network", resamples=2)
        p = comparisons["median"].average.scaled
        if p.significant() and not p.significant(cautious=True):
            break
    said = verdict(averages(feature_errors(rows)), comparisons)

    assert "by the paired test, which is too lenient" in said
