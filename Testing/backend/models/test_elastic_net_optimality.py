"""The elastic net is the optimum: by its conditions, by scikit-learn, and in closed form."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import ElasticNet, Ridge

from radiogenomics.models.elastic_net.problem import Problem

from .elastic_net_problems import cells_of, fit, stationarity, wavy

LINEAR = {
    "independent": lambda rng, n, p: rng.normal(size=(n, p)),
    "one strong direction": lambda rng, n, p: (
        rng.normal(size=(n, 1)) + 0.05 * rng.normal(size=(n, p))
    ),
    "low rank": lambda rng, n, p: rng.normal(size=(n, 3)) @ rng.normal(size=(3, p)),
    "three values": lambda rng, n, p: rng.integers(0, 3, size=(n, p)).astype(float),
    "two values": lambda rng, n, p: rng.choice([-1.0, 1.0], size=(n, p)),
    "opposites": lambda rng, n, p: (
        np.repeat(rng.normal(size=(n, p)), 2, axis=1)[:, :p] * np.where(np.arange(p) % 2, 1, -1)
    ),
    "spikes": lambda rng, n, p: np.eye(n)[:, rng.integers(0, n, p)],
}


@given(
    seed=st.integers(0, 10_000),
    kind=st.sampled_from(sorted(LINEAR)),
    n=st.integers(4, 40),
    p=st.integers(1, 70),
    alpha=st.sampled_from([0.0, 0.01, 0.05, 0.3, 0.5, 0.8, 0.95, 0.999, 1.0]),
    n_lambdas=st.sampled_from([5, 40, 300]),
    ridge=st.sampled_from(["per_sd", "plain"]),
)
@settings(max_examples=120)
def test_every_fit_is_stationary(seed, kind, n, p, alpha, n_lambdas, ridge):
    rng = np.random.default_rng(seed)
    inputs = LINEAR[kind](rng, n, p) * rng.uniform(0.1, 10, p) + rng.normal(size=p)
    target = rng.normal(size=n) + inputs[:, 0]
    cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=n_lambdas, ridge=ridge)
    if cells.usable[0]:
        for place in (1, n_lambdas // 2, n_lambdas - 1):
            assert stationarity(cells, place, inputs, target) < 1e-8


@pytest.mark.parametrize("alpha", [0.05, 0.5, 0.95, 1.0])
@pytest.mark.parametrize(("n", "p"), [(60, 400), (90, 30)], ids=["n < p", "p < n"])
def test_fits_at_lambdas_all_along_a_path_are_stationary(alpha, n, p):
    # In the middle of a block, too, a gene must not be missed that nobody watched.
    rng = np.random.default_rng(n)
    inputs = rng.normal(size=(n, 4)) @ rng.normal(size=(4, p)) + rng.normal(size=(n, p))
    target = inputs[:, :5].sum(axis=1) + 3 * rng.normal(size=n)
    cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=1000)
    for place in range(1, 1000, 13):
        assert stationarity(cells, place, inputs, target) < 1e-10


@pytest.mark.slow
@pytest.mark.parametrize("alpha", [0.05, 0.5, 1.0])
def test_fits_to_real_profiles_are_stationary_over_all_genes(shared_data, alpha):
    rows = np.loadtxt(
        shared_data / "gbm_hgu133a_12180x185.tsv.gz",
        delimiter="\t",
        skiprows=1,
        usecols=range(1, 99),
        max_rows=12_042,
    )
    inputs = rows.T
    rng = np.random.default_rng(1)
    target = inputs[:, rng.integers(0, 12_042, 20)] @ rng.normal(size=20)
    target += target.std() * rng.normal(size=len(target))
    cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=4000)
    for place in (100, 1500, 3999):
        assert stationarity(cells, place, inputs, target) < 1e-10


def by_scikit_learn(inputs, target, alpha, lambda_):
    """Intercept and coefficients, by coordinate descent on standardised inputs."""
    scales = inputs.std(axis=0)
    model = ElasticNet(alpha=lambda_, l1_ratio=alpha, tol=1e-14, max_iter=1_000_000)
    model.fit((inputs - inputs.mean(axis=0)) / scales, target)
    coefficients = model.coef_ / scales
    return target.mean() - inputs.mean(axis=0) @ coefficients, coefficients


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9, 1.0])
@pytest.mark.parametrize(("n", "p"), [(25, 50), (50, 8)], ids=["n < p", "p < n"])
def test_the_plain_formula_is_that_of_scikit_learn(alpha, n, p):
    inputs, target = wavy(n, p)
    cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=40, smallest=0.05, ridge="plain")
    for place in (3, 15, 39):
        expected = by_scikit_learn(inputs, target, alpha, cells.lambdas[0, 0, place])
        intercept, coefficients = fit(cells, place)
        np.testing.assert_allclose(intercept, expected[0], rtol=1e-6)
        np.testing.assert_allclose(coefficients, expected[1], atol=1e-6)


@pytest.mark.parametrize(("n", "p"), [(25, 50), (50, 8)], ids=["n < p", "p < n"])
def test_ridge_has_its_closed_form(n, p):
    inputs, target = wavy(n, p)
    cells = cells_of(inputs, target, alphas=(0.0,), n_lambdas=30)
    for place in (0, 12, 29):
        # R's scale: the ridge part is divided by the target's standard deviation.
        penalty = cells.lambdas[0, 0, place] / target.std()
        scales = inputs.std(axis=0)
        scaled = (inputs - inputs.mean(axis=0)) / scales
        expected = np.linalg.solve(
            scaled.T @ scaled / n + penalty * np.eye(p), scaled.T @ (target - target.mean()) / n
        )
        np.testing.assert_allclose(fit(cells, place)[1], expected / scales, rtol=1e-9)
        peer = Ridge(alpha=n * penalty, solver="svd").fit(scaled, target)
        np.testing.assert_allclose(fit(cells, place)[1], peer.coef_ / scales, rtol=1e-9)


def test_one_gene_has_its_closed_form():
    inputs, target = wavy(20, 1)
    scale, size = inputs.std(), target.std()
    slope = ((inputs[:, 0] - inputs.mean()) @ (target - target.mean())) / 20 / scale
    for alpha in (0.2, 1.0):
        cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=25)
        for place in (1, 8, 24):
            lambda_ = cells.lambdas[0, 0, place]
            shrunk = np.sign(slope) * max(abs(slope) - alpha * lambda_, 0)
            expected = shrunk / (1 + (1 - alpha) * lambda_ / size) / scale
            assert fit(cells, place)[1][0] == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("alpha", [0.0, 0.05, 0.5, 0.95, 1.0])
@pytest.mark.parametrize(("n", "p", "n_lambdas"), [(40, 120, 700), (60, 9, 60)])
def test_errors_of_held_out_rows_are_those_of_the_coefficients_at_every_lambda(
    alpha, n, p, n_lambdas
):
    # The followed path tells errors without coefficients; these come from another way.
    inputs, target = wavy(n + 9, p)
    cells = cells_of(inputs[:n], target[:n], alphas=(alpha,), n_lambdas=n_lambdas)
    space = cells.space(inputs[n:], target[n:, None])
    errors = cells.errors(space, [(0, 0)])[0]
    for place in range(0, n_lambdas, n_lambdas // 20):
        intercept, coefficients = fit(cells, place)
        expected = np.sum((inputs[n:] @ coefficients + intercept - target[n:]) ** 2)
        assert errors[place] == pytest.approx(expected, rel=1e-8)


def test_lambdas_follow_glmnets_rule():
    for n, p, smallest in ((20, 30, 0.01), (30, 30, 1e-4), (30, 20, 1e-4)):
        inputs, target = wavy(n, p)
        cells = cells_of(inputs, target, alphas=(0.0, 0.25, 1.0), n_lambdas=7)
        scaled = Problem.of(inputs, target[:, None]).inputs
        largest = np.abs(scaled.T @ (target - target.mean())).max() / n
        np.testing.assert_allclose(
            cells.lambdas[0, :, 0], largest / np.array([0.001, 0.25, 1]), rtol=1e-12
        )
        np.testing.assert_allclose(cells.lambdas[0, :, -1] / cells.lambdas[0, :, 0], smallest)
        steps = cells.lambdas[0, :, 1:] / cells.lambdas[0, :, :-1]
        np.testing.assert_allclose(steps, smallest ** (1 / 6))


def test_a_fit_follows_the_unit_of_the_target_as_in_r():
    inputs, target = wavy(30, 45)
    one = cells_of(inputs, target, alphas=(0.3,), n_lambdas=20)
    other = cells_of(inputs, 1000 * target - 5, alphas=(0.3,), n_lambdas=20)
    np.testing.assert_allclose(1000 * fit(one, 15)[1], fit(other, 15)[1], rtol=1e-9, atol=1e-9)
