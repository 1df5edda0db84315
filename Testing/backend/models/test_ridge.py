"""Ridge: scikit-learn's fit at every lambda, and the lambda that held-out rows choose."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from radiogenomics.errors import InputError
from radiogenomics.models.baseline_settings import RidgeGrid
from radiogenomics.models.ridge import fit_ridge, lambdas_of

N_LAMBDAS = 9


def silent(share, what):
    assert 0 <= share <= 1
    assert what


def problem(rng, n, p):
    inputs = rng.normal(size=(n, p)) * rng.uniform(0.05, 3, p) + rng.normal(size=p)
    signal = inputs[:, :2] @ rng.normal(size=(2, 3))
    return inputs, 0.4 + 0.1 * signal + rng.normal(size=(n, 3)) * [0.05, 0.3, 1]


def folds_of(n, n_folds):
    parts = np.array_split(np.arange(n), n_folds)
    return [(np.setdiff1d(np.arange(n), part), part) for part in parts]


def by_scikit_learn(inputs, targets, lambda_):
    model = Ridge(alpha=lambda_ * len(inputs), solver="svd", tol=1e-12)
    return make_pipeline(StandardScaler(), model).fit(inputs, targets)


@pytest.mark.parametrize(("n", "p"), [(23, 60), (40, 6)], ids=["n < p", "p < n"])
def test_every_lambda_gives_the_fit_of_scikit_learn(rng, n, p):
    inputs, targets = problem(rng, n, p)
    folds = folds_of(n, 4)
    for lambda_ in lambdas_of(RidgeGrid(n_lambdas=N_LAMBDAS), p):
        share = lambda_ / p
        chosen = fit_ridge(inputs, targets, folds, [1], silent, RidgeGrid(share, share, 1))
        for fitted, (learned, held_out) in zip(chosen.by_fold, folds, strict=True):
            expected = by_scikit_learn(inputs[learned], targets[learned], lambda_)
            wanted = expected.predict(inputs[held_out])
            np.testing.assert_allclose(fitted.predict(inputs[held_out]), wanted, rtol=1e-9)
            np.testing.assert_allclose(chosen.out_of_fold[held_out], wanted, rtol=1e-9)
        expected = by_scikit_learn(inputs, targets, lambda_)
        coefficients = expected[1].coef_.T / expected[0].scale_[:, None]
        np.testing.assert_allclose(chosen.final.coefficients, coefficients, rtol=1e-7, atol=1e-11)


def test_the_lambda_with_the_highest_mean_r2_of_the_folds_is_chosen(rng):
    inputs, targets = problem(rng, 30, 50)
    folds = folds_of(30, 5)
    grid = RidgeGrid(n_lambdas=N_LAMBDAS)
    chosen = fit_ridge(inputs, targets, folds, [1], silent, grid)
    r2 = np.zeros((3, N_LAMBDAS))
    for place, lambda_ in enumerate(lambdas_of(grid, 50)):
        for learned, held_out in folds:
            model = by_scikit_learn(inputs[learned], targets[learned], lambda_)
            off = np.sum((model.predict(inputs[held_out]) - targets[held_out]) ** 2, axis=0)
            r2[:, place] += (1 - off / (len(held_out) * targets[held_out].var(axis=0))) / 5
    places = r2.argmax(axis=1)
    assert len(set(places)) > 1
    assert [own["lambda"] for own in chosen.settings] == pytest.approx(lambdas_of(grid, 50)[places])
    assert [own["r2"] for own in chosen.settings] == pytest.approx(r2.max(axis=1))


def test_degrees_of_freedom_are_the_trace_of_the_hat_matrix(rng):
    inputs, targets = problem(rng, 12, 30)
    chosen = fit_ridge(inputs, targets, folds_of(12, 3), [1], silent)
    scaled = StandardScaler().fit_transform(inputs)
    for own in chosen.settings:
        penalty = 12 * own["lambda"] * np.eye(30)
        hat = scaled @ np.linalg.solve(scaled.T @ scaled + penalty, scaled.T)
        assert own["degrees_of_freedom"] == pytest.approx(np.trace(hat))


def test_the_grid_reaches_from_the_mean_to_the_values_themselves(rng):
    inputs, targets = problem(rng, 20, 200)
    folds = folds_of(20, 4)
    mean, values = (
        fit_ridge(inputs, targets, folds, [1], silent, RidgeGrid(share, share, 1)).final
        for share in (RidgeGrid().largest, RidgeGrid().smallest)
    )
    spread = targets.std(axis=0)
    assert np.all(np.abs(mean.predict(inputs) - targets.mean(axis=0)) < 0.03 * spread)
    assert np.all(np.abs(values.predict(inputs) - targets) < 0.03 * spread)


def test_duplicated_inputs_share_their_coefficient_and_constant_ones_have_none(rng):
    inputs, targets = problem(rng, 20, 30)
    inputs[:, 7] = inputs[:, 3]
    inputs[:, 5] = 0.3
    coefficients = fit_ridge(inputs, targets, folds_of(20, 4), [1], silent).final.coefficients
    np.testing.assert_allclose(coefficients[7], coefficients[3], rtol=1e-9)
    assert np.all(coefficients[5] == 0)
    assert np.all(coefficients[3] != 0)


@pytest.mark.parametrize("grid", [(0.1, 1.0, 5), (1.0, 0.0, 5), (1.0, 0.1, 0)])
def test_a_grid_that_is_none_is_refused(grid):
    with pytest.raises(InputError, match=r"ridge\.(n_lambdas|largest)"):
        RidgeGrid(*grid)
