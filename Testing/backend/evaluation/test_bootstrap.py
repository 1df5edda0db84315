"""Bootstrap intervals against SciPy's on the same draws, and against what they promise."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from radiogenomics.errors import InputError
from radiogenomics.evaluation.bootstrap import PatientBootstrap, bca_interval


def of_scipy(values, draws, level):
    """SciPy takes up an earlier result's draws where it is asked for no more."""
    return stats.bootstrap(
        (values,),
        np.mean,
        n_resamples=0,
        method="BCa",
        confidence_level=level,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=draws),
    ).confidence_interval


@pytest.mark.parametrize("level", [0.9, 0.95])
def test_intervals_are_those_of_scipy_on_the_same_draws(level, rng):
    values = rng.lognormal(size=(40, 3))
    counts = np.random.default_rng(6).multinomial(40, np.full(40, 1 / 40), size=2000)
    draws = counts @ values / 40
    found = PatientBootstrap(40, 2000, seed=6, level=level).mean(values)

    for column, each in enumerate(found):
        expected = of_scipy(values[:, column], draws[:, column], level)
        assert [each.lower, each.upper] == pytest.approx(list(expected), rel=1e-9)


def test_a_gap_in_the_values_is_a_smaller_sample(rng):
    values = rng.lognormal(size=(25, 1))
    draws = values[rng.integers(25, size=(500, 25)), 0].mean(axis=1)[:, np.newaxis]
    with_gap = np.vstack([values, [[np.nan]]])
    _, _, without_one = PatientBootstrap(26, 2)._means(with_gap)
    # The patient without a value changes nothing by being left out.
    assert without_one[-1, 0] == pytest.approx(values.mean())
    assert without_one[3, 0] == pytest.approx(np.delete(values, 3).mean())

    found = bca_interval(values.mean(axis=0), draws, without_one[:-1], 0.95)
    expected = of_scipy(values[:, 0], draws[:, 0], 0.95)
    assert [end[0] for end in found] == pytest.approx(list(expected), rel=1e-9)


def test_intervals_are_near_those_of_scipy_with_its_own_draws(rng):
    values = rng.lognormal(size=50)
    (found,) = PatientBootstrap(50, 20000).mean(values[:, np.newaxis])
    expected = stats.bootstrap(
        (values,), np.mean, n_resamples=20000, rng=np.random.default_rng(1)
    ).confidence_interval

    assert found.value == pytest.approx(values.mean())
    assert [found.lower, found.upper] == pytest.approx(list(expected), rel=0.02)


def test_ninety_five_per_cent_of_the_intervals_hold_the_mean():
    rng = np.random.default_rng(3)
    values = rng.gamma(3, size=(60, 1000))
    held = [each.lower <= 3 <= each.upper for each in PatientBootstrap(60, 1999).mean(values)]

    # A little less, as with any interval of a skewed mean: 93.9 % in 10,000 repetitions.
    assert np.mean(held) == pytest.approx(0.939, abs=0.02)


def test_a_patient_goes_with_all_its_values():
    """Two columns that add up to a constant have opposite intervals, and an average without any."""
    values = np.arange(20.0)[:, np.newaxis] * [1, -1]
    bootstrap = PatientBootstrap(20, 999)
    up, down = bootstrap.mean(values)
    average = bootstrap.average(values)

    assert up.lower == pytest.approx(-down.upper)
    assert (average.value, average.lower, average.upper) == (0, 0, 0)


def test_columns_weigh_the_same_in_the_average_however_many_have_a_value():
    values = np.array([[1.0, 10.0], [2.0, np.nan], [3.0, 30.0], [2.0, np.nan]])
    found = PatientBootstrap(4, 199).average(values)

    assert found.value == pytest.approx((2 + 20) / 2)


def test_a_missing_value_changes_no_other_column(rng):
    values = rng.normal(size=(30, 2))
    with_gap = values.copy()
    with_gap[3, 1] = np.nan
    whole, gap = (PatientBootstrap(30, 499).mean(each) for each in (values, with_gap))

    assert whole[0] == gap[0]
    assert gap[1].value == pytest.approx(np.delete(values[:, 1], 3).mean())


@pytest.mark.parametrize("arguments", [(1, 99), (10, 1), (10, 99, 0, 1.0)])
def test_what_gives_no_interval_is_refused(arguments):
    with pytest.raises(InputError, match="A bootstrap needs"):
        PatientBootstrap(*arguments)


def test_a_column_with_one_value_is_refused():
    with pytest.raises(InputError, match="two patients with a value"):
        PatientBootstrap(3, 99).mean(np.array([[1.0], [np.nan], [np.nan]]))
