"""The elastic net against R's glmnet: as it is installed, and as it was when it was frozen.

The frozen file is what `freeze` wrote with R 4.2.2 and glmnet 4.1-6; call it by hand to renew it.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from .elastic_net_problems import cells_of, fit, from_r, stationarity, stored, wavy

ALPHAS = (0, 0.05, 0.3, 0.7, 0.95, 1)
N_LAMBDAS = 50
PROBLEMS = {"fewer rows than inputs": (30, 45), "more rows than inputs": (40, 12)}
PLACES = (1, 10, 25, 40)
FROZEN = Path(__file__).with_name("elastic_net_of_r.json")
# At this threshold R's coefficients have converged to about 1e-10; at 1e-14 they have not.
CONVERGED = "1e-26"


def freeze(folder):
    """Write what R gives now; each number with 12 digits."""
    frozen = {}
    for name, (n, p) in PROBLEMS.items():
        tables = from_r(folder, *wavy(n, p), ALPHAS, N_LAMBDAS, CONVERGED)
        frozen[name] = {
            str(alpha): {
                str(place): " ".join(f"{value:.12g}" for value in (lambdas[place], *rows[:, place]))
                for place in PLACES
                if place < len(lambdas)
            }
            for alpha, (lambdas, rows) in tables.items()
        }
    FROZEN.write_text(json.dumps(frozen, indent=1) + "\n", encoding="utf-8")


@pytest.mark.parametrize("name", PROBLEMS)
def test_coefficients_and_lambdas_are_those_that_r_gave(name):
    inputs, target = wavy(*PROBLEMS[name])
    frozen = stored(FROZEN)[name]
    assert set(frozen) == set(map(str, ALPHAS))
    for alpha, places in frozen.items():
        cells = cells_of(inputs, target, alphas=(float(alpha),), n_lambdas=N_LAMBDAS)
        assert places
        for place, numbers in places.items():
            lambda_, *expected = map(float, numbers.split())
            assert cells.lambdas[0, 0, int(place)] == pytest.approx(lambda_, rel=1e-11)
            intercept, coefficients = fit(cells, int(place))
            np.testing.assert_allclose(
                [intercept, *coefficients], expected, rtol=1e-8, atol=1e-9, err_msg=f"alpha {alpha}"
            )
            zero = np.array(expected[1:]) == 0
            assert np.array_equal(coefficients == 0, zero)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize(("thresh", "allowed"), [("1e-14", 5e-4), (CONVERGED, 1e-8)])
def test_coefficients_are_those_of_r_as_far_as_r_has_converged(name, thresh, allowed, tmp_path):
    inputs, target = wavy(*PROBLEMS[name])
    tables = from_r(tmp_path, inputs, target, ALPHAS, N_LAMBDAS, thresh)
    for alpha, (lambdas, rows) in tables.items():
        cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=N_LAMBDAS)
        kept = len(lambdas)
        assert kept > N_LAMBDAS // 2
        # R's first lambda of a ridge path is infinite in all but name.
        np.testing.assert_allclose(cells.lambdas[0, 0, 1:kept], lambdas[1:], rtol=1e-12)
        for place in range(1, kept, 4):
            intercept, coefficients = fit(cells, place)
            np.testing.assert_allclose([intercept, *coefficients], rows[:, place], atol=allowed)


def test_r_at_its_default_threshold_has_not_converged_where_lambdas_lie_close(tmp_path):
    inputs, target = wavy(*PROBLEMS["fewer rows than inputs"])
    lambdas, rows = from_r(tmp_path, inputs, target, (0.5,), 4000, "1e-7")[0.5]
    cells = cells_of(inputs, target, alphas=(0.5,), n_lambdas=4000)
    place = len(lambdas) - 1
    assert stationarity(cells, place, inputs, target) < 1e-11
    assert 1e-3 < np.abs(fit(cells, place)[1] - rows[1:, -1]).max() < 1


@pytest.mark.parametrize("alpha", [0.0, 0.4])
def test_the_plain_formula_is_r_at_the_alpha_and_lambda_that_the_grid_states(alpha, tmp_path):
    inputs, target = wavy(*PROBLEMS["more rows than inputs"])
    scale = target.std()
    plain = cells_of(inputs, target, alphas=(alpha,), n_lambdas=30, ridge="plain", smallest=0.01)
    lambda_ = plain.lambdas[0, 0, 20]
    of_r = lambda_ * (alpha + (1 - alpha) * scale)
    share = alpha * lambda_ / of_r
    lambdas, rows = from_r(tmp_path, inputs, target, (share,), 4000, CONVERGED)[share]
    # Between the two lambdas of R on either side.
    after = int(np.searchsorted(-lambdas, -of_r))
    weight = (lambdas[after - 1] - of_r) / (lambdas[after - 1] - lambdas[after])
    expected = (1 - weight) * rows[:, after - 1] + weight * rows[:, after]
    intercept, coefficients = fit(plain, 20)
    np.testing.assert_allclose([intercept, *coefficients], expected, atol=2e-5)
