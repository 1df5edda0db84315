"""Median regression: scikit-learn's optimum, its conditions, and the choice by held-out rows."""

import numpy as np
import pytest
from sklearn.linear_model import QuantileRegressor
from sklearn.preprocessing import StandardScaler

from radiogenomics.errors import InputError
from radiogenomics.models.absolute import fit_absolute
from radiogenomics.models.absolute_paths import largest_penalty, lasso_path, ridge_path
from radiogenomics.models.baseline_settings import AbsoluteGrid


def silent(share, what):
    assert 0 <= share <= 1
    assert what


def problem(rng, n, p):
    """Standardised inputs, more than are added to a program at a time, and a target."""
    inputs = StandardScaler().fit_transform(rng.normal(size=(n, p)))
    return inputs, 3 + inputs[:, :3] @ [1.0, -0.7, 0.4] + rng.standard_t(3, size=n)


def folds_of(n, n_folds):
    parts = np.array_split(np.arange(n), n_folds)
    return [(np.setdiff1d(np.arange(n), part), part) for part in parts]


def by_scikit_learn(inputs, target, lambda_):
    """It halves the absolute error, so the penalty is halved too."""
    return QuantileRegressor(quantile=0.5, alpha=lambda_ / 2, solver="highs").fit(inputs, target)


SIZES = pytest.mark.parametrize(("n", "p"), [(29, 200), (40, 6)], ids=["n < p", "p < n"])


@SIZES
def test_the_lasso_path_has_the_optimum_of_scikit_learn_over_all_columns(rng, n, p):
    inputs, target = problem(rng, n, p)
    lambdas = largest_penalty(inputs, target) / n * np.geomspace(0.9, 0.02, 7)
    for lambda_, point in zip(lambdas, lasso_path(inputs, target, n * lambdas), strict=True):
        model = by_scikit_learn(inputs, target, lambda_)
        expected = np.abs(target - model.predict(inputs)).mean()
        expected += lambda_ * np.abs(model.coef_).sum()
        own = point.coefficients(inputs)
        reached = np.abs(target - inputs @ own - point.intercept).mean()
        reached += lambda_ * np.abs(own).sum()
        assert reached == pytest.approx(expected, rel=1e-9)
        assert 0 < np.count_nonzero(own) <= min(n, p)


@SIZES
def test_the_ridge_path_meets_the_conditions_of_an_optimum(rng, n, p):
    """Signs t in [-1, 1] of the residuals, summing to 0, with b = x't / penalty."""
    inputs, target = problem(rng, n, p)
    products = inputs @ inputs.T
    penalties = p * np.geomspace(30, 0.03, 7)
    n_between = []
    for penalty, point in zip(penalties, ridge_path(products, target, penalties), strict=True):
        own = point.coefficients(inputs)
        signs = point.weights * penalty
        left = target - inputs @ own - point.intercept
        np.testing.assert_allclose(inputs.T @ signs / penalty, own, rtol=0, atol=1e-12)
        assert np.abs(signs).max() <= 1 + 1e-9
        assert signs.sum() == pytest.approx(0, abs=1e-9)
        between = np.abs(signs) < 1 - 1e-9
        assert np.abs(left[between]).max(initial=0.0) < 1e-10
        np.testing.assert_allclose(signs[~between], np.sign(left[~between]))
        n_between.append(np.count_nonzero(between))
        loss = penalty / 2 * own @ own + np.abs(left).sum()
        dual = signs @ target - own @ own * penalty / 2
        assert abs(loss - dual) < 1e-12 * loss
    assert n_between[-1] > n_between[0]


def test_a_fit_that_meets_every_row_is_the_solution_at_smaller_penalties(rng):
    inputs, target = problem(rng, 25, 120)
    smaller = np.array([1e-2, 1e-4])
    first, second = lasso_path(inputs, target, smaller)
    assert second is first
    assert np.abs(target - first.predict(inputs, inputs @ inputs.T)).max() < 1e-7
    alone = lasso_path(inputs, target, smaller[1:])[0].coefficients(inputs)
    assert np.abs(alone).sum() == pytest.approx(np.abs(first.coefficients(inputs)).sum())
    first, second = ridge_path(inputs @ inputs.T, target, smaller)
    assert second is first
    assert np.abs(target - first.predict(inputs, inputs @ inputs.T)).max() < 1e-10


def test_the_lasso_begins_below_the_largest_penalty(rng):
    inputs, target = problem(rng, 29, 200)
    largest = largest_penalty(inputs, target)
    above, below = lasso_path(inputs, target, largest * np.array([1.0001, 0.9999]))
    assert above.is_intercept_only
    assert above.intercept == pytest.approx(np.median(target))
    assert not below.is_intercept_only


@pytest.mark.parametrize("penalised", ["lasso", "ridge"])
def test_how_far_an_outlier_is_off_does_not_matter(rng, penalised):
    inputs, target = problem(rng, 31, 100)
    outlier = target.argmax()
    target[outlier] += 10
    further = target.copy()
    further[outlier] += 1e4

    def fit(values):
        if penalised == "lasso":
            return lasso_path(inputs, values, np.array([0.7 * largest_penalty(inputs, target)]))[0]
        return ridge_path(inputs @ inputs.T, values, np.array([300.0]))[0]

    one, other = fit(target), fit(further)
    assert not one.is_intercept_only
    np.testing.assert_allclose(
        other.coefficients(inputs), one.coefficients(inputs), rtol=0, atol=1e-6
    )


def test_the_penalty_with_the_lowest_held_out_error_is_chosen(rng):
    inputs, target = problem(rng, 41, 60)
    folds = folds_of(41, 4)
    grid = AbsoluteGrid(lasso=(0.8, 0.4, 0.2, 0.1), ridge=())
    chosen = fit_absolute(inputs, target[:, None], folds, [1], silent, grid)
    lambdas = largest_penalty(inputs, target) / 41 * np.array(grid.lasso)
    errors = []
    for lambda_ in lambdas:
        off = []
        for learned, held_out in folds:
            scaler = StandardScaler().fit(inputs[learned])
            model = by_scikit_learn(scaler.transform(inputs[learned]), target[learned], lambda_)
            off.extend(np.abs(model.predict(scaler.transform(inputs[held_out])) - target[held_out]))
        errors.append(np.mean(off))
    best = int(np.argmin(errors))
    assert 0 < best < 3
    (settings,) = chosen.settings
    assert settings["alpha"] == 1
    assert settings["lambda"] == pytest.approx(lambdas[best])
    assert settings["mae"] == pytest.approx(errors[best], rel=1e-7)
    assert np.abs(chosen.out_of_fold[:, 0] - target).mean() == pytest.approx(errors[best], rel=1e-7)
    final = by_scikit_learn(inputs, target, lambdas[best])
    np.testing.assert_allclose(chosen.final.coefficients[:, 0], final.coef_, rtol=0, atol=1e-6)
    assert settings["n_coefficients"] == np.count_nonzero(final.coef_)


def test_ridge_and_lasso_compete(rng):
    """Ridge wins where every input carries a little, the lasso where one carries all."""
    inputs = rng.normal(size=(60, 80))
    dense = inputs @ rng.choice([-0.2, 0.2], 80)
    sparse = 2 * inputs[:, 5] + 0.1 * rng.normal(size=60)
    grid = AbsoluteGrid(lasso=(0.5, 0.3, 0.1), ridge=(10.0, 1.0, 0.1))
    targets = np.column_stack([dense, sparse])
    chosen = fit_absolute(inputs, targets, folds_of(60, 4), [1], silent, grid)
    assert [own["alpha"] for own in chosen.settings] == [0, 1]
    for own, grid_alone in ((0, AbsoluteGrid((), grid.ridge)), (1, AbsoluteGrid(grid.lasso, ()))):
        alone = fit_absolute(inputs, targets, folds_of(60, 4), [1], silent, grid_alone)
        assert alone.settings[own] == pytest.approx(chosen.settings[own])
        np.testing.assert_allclose(
            alone.final.coefficients[:, own], chosen.final.coefficients[:, own], atol=1e-9
        )


def test_the_final_ridge_fit_is_optimal_in_the_units_of_the_target(rng):
    """With lambda as it is told: b = x't / (n lambda) for signs t of the residuals."""
    inputs, target = problem(rng, 31, 60)
    target = 250 * target
    grid = AbsoluteGrid(lasso=(), ridge=(1.0,))
    chosen = fit_absolute(inputs, target[:, None], folds_of(31, 3), [1], silent, grid)
    own = chosen.final.coefficients[:, 0]
    signs = np.linalg.lstsq(inputs.T, 31 * chosen.settings[0]["lambda"] * own)[0]
    left = target - chosen.final.predict(inputs)[:, 0]
    sure = np.abs(left) > 1e-6
    assert 5 < np.count_nonzero(sure) < 31
    # The inputs' columns have mean 0, so a constant in the signs cannot be seen.
    shift = np.median((np.sign(left) - signs)[sure])
    np.testing.assert_allclose((signs + shift)[sure], np.sign(left[sure]), atol=1e-6)
    assert np.abs(signs + shift).max() < 1 + 1e-6


def test_predictions_follow_the_unit_of_the_target(rng):
    inputs, target = problem(rng, 33, 50)
    folds = folds_of(33, 3)
    targets = np.column_stack([target, 1000 * target + 5e4])
    grid = AbsoluteGrid(lasso=(0.6, 0.3), ridge=(1.0, 0.3))
    chosen = fit_absolute(inputs, targets, folds, [1], silent, grid)
    moved = 1000 * chosen.out_of_fold[:, 0] + 5e4
    np.testing.assert_allclose(chosen.out_of_fold[:, 1], moved, rtol=1e-6)
    assert chosen.settings[1]["mae"] == pytest.approx(1000 * chosen.settings[0]["mae"], rel=1e-6)


def test_fits_without_a_coefficient_do_not_compete(rng):
    inputs, target = problem(rng, 33, 50)
    folds = folds_of(33, 3)
    grid = AbsoluteGrid(lasso=(5.0, 2.0), ridge=())
    chosen = fit_absolute(inputs, target[:, None], folds, [1], silent, grid)
    (settings,) = chosen.settings
    assert settings["alpha"] is None
    assert settings["note"].startswith("intercept only")
    for learned, held_out in folds:
        np.testing.assert_allclose(chosen.out_of_fold[held_out], np.median(target[learned]))
    assert settings["mae"] == pytest.approx(np.abs(chosen.out_of_fold[:, 0] - target).mean())
    assert not chosen.final.coefficients.any()


@pytest.mark.parametrize("grid", [((0.1, 0.5), ()), ((), (1.0, 0.0)), ((), ())])
def test_a_grid_that_is_none_is_refused(grid):
    with pytest.raises(InputError, match="give"):
        AbsoluteGrid(*grid)
