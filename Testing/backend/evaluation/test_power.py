"""Power against what normal theory says, and against the test's own level where nothing is."""

import numpy as np
import pytest
from scipy import stats

from radiogenomics.errors import InputError
from radiogenomics.evaluation.aligned import align
from radiogenomics.evaluation.gain import Gains, Partners
from radiogenomics.evaluation.power import _Cohort, _Wanted, in_words, power_of, share_from

from .reference import rows_of


def normal_cohort(n_patients, n_features=1, spread=0.6, seed=0):
    """Measured values about a constant reference, and a model that differs from it by noise."""
    generator = np.random.default_rng(seed)
    measured = 20 + generator.normal(size=(n_patients, n_features))
    reference = np.full_like(measured, 20.0)
    model = reference + spread * generator.normal(size=measured.shape)
    return align(rows_of(measured, model) + rows_of(measured, reference, model="linear"))


def all_of(n_patients):
    return np.ones(n_patients, dtype=bool)


def same_mean_error(model, reference):
    return model * np.abs(reference).mean() / np.abs(model).mean()


def test_a_gain_takes_the_effect_off_the_mean_error(rng):
    for residuals in (rng.normal(size=80), rng.lognormal(size=80) - 1.5, rng.laplace(size=80)):
        gains = Gains(residuals + rng.normal(size=80), residuals, Partners(80, seed=1))
        for effect in (0.02, 0.1, 0.5, 1.0):
            assert gains.table(effect).mean() == pytest.approx(
                -effect * np.abs(residuals).mean(), abs=1e-4
            )


def test_a_gain_in_normal_errors_explains_the_variance_that_theory_says(rng):
    # A model that leaves the share 1 - r of the variance has sqrt(1 - r) of the absolute error.
    gains = Gains(rng.normal(size=4000), rng.normal(size=4000), Partners(4000, seed=1))

    assert gains._explained(0.1) == pytest.approx(1 - 0.9**2, abs=0.02)


def test_without_an_effect_the_observed_differences_are_there_with_either_sign(rng):
    reference = rng.normal(size=50)
    model = same_mean_error(reference + 0.5 * rng.laplace(size=50), reference)
    table = Gains(model, reference, Partners(50, seed=1)).table(0.0)
    observed = np.abs(model) - np.abs(reference)

    np.testing.assert_allclose(table[:, 0], np.repeat(observed[:, np.newaxis], 64, axis=1))
    np.testing.assert_allclose(table[:, 1], -table[:, 0])


def test_no_error_is_below_zero_and_a_model_without_error_has_only_the_references_to_show(rng):
    reference, model = rng.laplace(size=50), 5 * rng.standard_cauchy(size=50)
    gains = Gains(model, reference, Partners(50, seed=1))
    errors = np.abs(np.stack([reference, same_mean_error(model, reference)], axis=1))

    for effect in (0.0, 0.1, 0.7, 1.0):
        assert (gains.table(effect) + errors[:, :, np.newaxis] >= -1e-12).all()
    np.testing.assert_allclose(gains.table(1.0), -np.repeat(errors[:, :, np.newaxis], 64, axis=2))


def test_no_effect_is_found_at_the_level(rng):
    reference = rng.laplace(size=60)
    gains = Gains(2 * reference + rng.normal(size=60) + 0.3, reference, Partners(60, seed=1))
    cohort = _Cohort(all_of(60), gains.table, level=0.05)
    found = cohort.power(0.0, 60, _Wanted(0.1, 0.8, 4000, seed=3))

    # Half of the rejections have the model better: 0.025, with four standard errors.
    assert found == pytest.approx(0.025, abs=4 * np.sqrt(0.025 * 0.975 / 4000))


def test_power_is_that_of_normal_theory(rng):
    """Normal differences with a fixed shift: Wilcoxon needs pi/3 of the t-test's patients."""
    scatter = rng.normal(size=3000)
    scatter = (scatter - scatter.mean()) / scatter.std()
    both_ways = np.stack([scatter, -scatter], axis=1)[:, :, np.newaxis]
    cohort = _Cohort(all_of(3000), lambda effect: both_ways - effect, level=0.05)
    for n_patients, effect in ((40, 0.5), (80, 0.3), (150, 0.25)):
        found = cohort.power(effect, n_patients, _Wanted(effect, 0.8, 2000, seed=1))
        root = np.sqrt(n_patients * 3 / np.pi)
        expected = stats.norm.cdf(effect * root - stats.norm.ppf(0.975))

        assert found == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize("together", [0.0, 0.7, 1.0])
def test_power_for_normal_errors_is_noethers(rng, together):
    """Errors of both are normal with a known correlation, so those with the effect are, too.

    A model with the error 1 - f has the variance (1 - f)^2. Noether (1987): the test's z is
    sqrt(3 n) (P(d + d' < 0) - 1/2) for the differences d, d' of two patients.
    """
    effect, n_patients, n_drawn = 0.3, 60, 400_000
    reference, other = rng.normal(size=(2, 4000))
    model = together * reference + np.sqrt(1 - together**2) * other
    cohort = _Cohort(all_of(4000), Gains(model, reference, Partners(4000, 1)).table, level=0.05)
    found = cohort.power(effect, n_patients, _Wanted(effect, 0.8, 2000, seed=1))

    left = (1 - effect) ** 2
    covariance = [[left, left * together], [left * together, 1.0]]
    errors = np.abs(rng.multivariate_normal([0, 0], covariance, (2, n_drawn)))
    differences = errors[..., 0] - errors[..., 1]
    below = (differences.sum(axis=0) < 0).mean()
    expected = stats.norm.cdf(np.sqrt(3 * n_patients) * (below - 0.5) - stats.norm.ppf(0.975))

    assert found == pytest.approx(expected, abs=0.06)


@pytest.mark.parametrize("n_patients", [10, 15, 40, 100])
@pytest.mark.parametrize("tails", ["normal", "heavy"])
def test_a_model_without_error_is_always_found(rng, n_patients, tails):
    drawn = rng.normal if tails == "normal" else rng.standard_cauchy
    measured = 100 + rng.normal(size=(n_patients, 2))
    rows = rows_of(measured, measured + 3 * drawn(size=measured.shape))
    rows += rows_of(measured, measured + rng.normal(size=measured.shape), model="linear")
    found = power_of(rows, effect=1.0, level=0.005, simulations=100)

    # Ten patients of one sign have p = 2 / 2^10, below 0.005 / 2 as below 0.05 / 20.
    assert {each.power for each in (*found.features, found.average)} == {1.0}
    assert found.detectable is not None


def test_power_rises_with_the_effect_and_with_the_patients(rng):
    reference = rng.laplace(size=70)
    gains = Gains(reference + rng.laplace(size=70), reference, Partners(70, seed=1))
    cohort = _Cohort(all_of(70), gains.table, level=0.01)
    wanted = _Wanted(0.1, 0.8, 1000, seed=2)
    by_effect = [cohort.power(effect, 50, wanted) for effect in (0, 0.1, 0.2, 0.35, 0.5, 0.8, 1)]
    by_patients = [cohort.power(0.3, n_patients, wanted) for n_patients in (10, 20, 50, 100, 300)]

    # Up to what 1000 simulated cohorts differ by.
    assert (np.diff(by_effect) > -0.02).all()
    assert (np.diff(by_patients) > -0.02).all()
    assert by_effect[0] < 0.02
    assert by_effect[-1] == 1.0
    assert by_patients[-1] > 0.99


def test_a_cohort_of_the_size_that_is_needed_has_the_power():
    aligned = normal_cohort(70)
    needed = power_of(aligned, effect=0.2, simulations=1000, seed=4).features[0].patients_needed
    rows = np.arange(needed) % 70  # the same patients again, as many as it takes
    larger = align(
        rows_of(aligned.measured[rows], aligned.predicted["network"][rows])
        + rows_of(aligned.measured[rows], aligned.predicted["linear"][rows], model="linear")
    )
    found = power_of(larger, effect=0.2, simulations=1000, seed=5).features[0]

    assert found.n_patients == needed
    assert found.power == pytest.approx(0.8, abs=0.1)


def test_what_is_detectable_is_detected_with_the_power_wanted():
    aligned = normal_cohort(60)
    smallest = power_of(aligned, simulations=1000, seed=2).features[0].detectable
    found = power_of(aligned, effect=smallest, simulations=1000, seed=9).features[0]

    assert found.power == pytest.approx(0.8, abs=0.05)


def test_larger_effects_and_looser_levels_have_more_power():
    aligned = normal_cohort(60, 2)
    few = power_of(aligned, effect=0.1, simulations=400).features[0]
    more = power_of(aligned, effect=0.3, simulations=400).features[0]
    loose = power_of(aligned, effect=0.1, level=0.5, simulations=400).features[0]

    assert few.power < more.power
    assert few.power < loose.power
    assert more.patients_needed < few.patients_needed
    assert few.detectable == more.detectable
    assert loose.detectable < few.detectable


def test_models_that_disagree_more_need_more_patients():
    close, far = (
        power_of(normal_cohort(60, spread=spread), effect=0.2, simulations=400).features[0]
        for spread in (0.1, 2.0)
    )

    assert far.patients_needed > 1.2 * close.patients_needed


def test_the_level_is_bonferronis_for_features_and_the_familys_for_the_average():
    found = power_of(normal_cohort(40, 4), level=0.04, simulations=100)

    assert {each.level for each in found.features} == {0.01}
    assert found.average.level == 0.04


def test_the_same_seed_gives_the_same_power():
    aligned = normal_cohort(40, 2)
    one, again, other = (power_of(aligned, simulations=300, seed=seed) for seed in (1, 1, 2))

    assert one == again
    assert one != other


def test_few_patients_are_told_that_nothing_can_be_shown():
    # With five patients no two-sided test gets below 2 / 2^5.
    found = power_of(normal_cohort(5), simulations=200)

    assert found.features[0].detectable is None
    assert found.detectable is None
    assert "shows not even an error of 0 with 80% power" in in_words(found.features[0], found)


def test_an_effect_too_small_for_any_cohort_is_said():
    found = power_of(normal_cohort(40), effect=0.002, simulations=200)

    assert found.features[0].patients_needed is None
    assert "needs more than 5000 patients" in in_words(found.features[0], found)


def test_the_words_hold_the_numbers():
    found = power_of(normal_cohort(40, 2), effect=0.2, simulations=200)
    one = found.features[0]
    said = in_words(one, found)

    assert said.startswith("With 40 patients")
    assert f"{one.detectable:.0%} lower than that of linear" in said
    assert f"at level 0.025; 20% needs about {one.patients_needed} patients" in said


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"effect": 0.0}, "above 0 %"),
        ({"effect": 1.5}, "effect is 150 %; .* above 0 %"),
        ({"target": 1.0}, "between 0 and 1"),
        ({"level": 0.0}, "between 0 and 1"),
        ({"simulations": 0}, "at least 1 simulation"),
        ({"seed": -1}, "a seed from 0"),
        ({"model": "linear"}, "linear is compared with itself"),
        ({"reference": "ridge"}, "no predictions of 'ridge'"),
    ],
)
def test_bad_numbers_are_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        power_of(normal_cohort(10), **wrong)


@pytest.mark.parametrize(("text", "share"), [("10%", 0.1), (" 12.5 % ", 0.125), ("0.1", 0.1)])
def test_a_share_is_read_as_people_write_it(text, share):
    assert share_from(text, "--effect") == pytest.approx(share)


def test_what_is_no_share_is_refused_by_its_name():
    with pytest.raises(InputError, match="--effect is 'ten'; give a share such as 10%"):
        share_from("ten", "--effect")
