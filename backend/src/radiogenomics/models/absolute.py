"""Linear models trained on absolute error: median regression with the elastic net's end penalties.

For each target y of n patients with standardised inputs x it minimises, over the intercept b0
(which is not penalised) and the coefficients b,

    1/n sum |y - b0 - x b| + lambda (alpha |b|_1 + (1 - alpha)/2 |b|^2)

for alpha = 1 (lasso) and alpha = 0 (ridge), both exactly (see `absolute_paths`). Alphas between
would be quadratic programs over all inputs, for which the libraries at hand have no exact solver;
they are not offered. Inputs are standardised in the learning rows as for the elastic net; a
constant input gets the coefficient 0.

Where the elastic net predicts a conditional mean, this predicts a conditional median, as a network
trained on absolute error does: between the two, a difference is not the loss.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from radiogenomics.models.absolute_paths import (
    Point,
    largest_penalty,
    lasso_path,
    median_only,
    ridge_path,
)
from radiogenomics.models.baseline_settings import AbsoluteGrid
from radiogenomics.models.choosing import Folds, check, first_best, put_together
from radiogenomics.models.elastic_net.problem import Problem
from radiogenomics.models.linear import LinearModels
from radiogenomics.models.regression import Chosen, Matrix, OnDone

_NOTE = "intercept only: at every penalty some fold's fit had no coefficient"


def fit_absolute(
    inputs: Matrix,
    targets: Matrix,
    folds: Folds,
    seed: Sequence[int],  # noqa: ARG001 - nothing is drawn
    on_done: OnDone,
    grid: AbsoluteGrid | None = None,
) -> Chosen:
    """Choose the penalty for each target over the folds, and fit: a `Family`.

    The penalty with the lowest mean absolute error over all held-out rows wins; among equals the
    lasso before ridge, and the largest lambda. As for the elastic net, a penalty does not compete
    if the fit of some fold has no coefficient. Where none competes, as for a target that does not
    vary, the median is predicted.

    Parameters
    ----------
    inputs, targets, folds, seed, on_done
        As `Family` says; nothing is drawn.
    grid
        The penalties that are tried.

    Returns
    -------
    Chosen
        Of `LinearModels`, with settings ``alpha``, ``lambda``, ``mae`` (in the unit of the targets
        given) and ``n_coefficients``; and a ``note`` where the median is predicted.

    Raises
    ------
    InputError
        If a number is not finite or the folds do not fit the patients.
    TrainingError
        If a fit cannot be solved.
    """
    check(inputs, targets, folds)
    everyone = _Rows.of(inputs)
    tasks = [_Task.of(everyone, target, grid or AbsoluteGrid()) for target in targets.T]
    losses = np.zeros((len(tasks), len(tasks[0].lasso) + len(tasks[0].ridge)))
    tried: list[tuple[_Rows, list[list[Point]]]] = []
    for number, (learned, held_out) in enumerate(folds):
        rows, paths = _Rows.of(inputs[learned]), []
        for place, task in enumerate(tasks):
            share = (number + place / len(tasks)) / (len(folds) + 1)
            on_done(share, f"fold {number + 1}")
            paths.append(task.solve(rows, targets[learned, place]))
        losses += _losses(tasks, rows, paths, inputs[held_out], targets[held_out])
        tried.append((rows, paths))
    places, best = first_best(-losses)
    cells = [None if loss is None else int(cell) for cell, loss in zip(places, best, strict=True)]
    by_fold = []
    for (rows, paths), (learned, _) in zip(tried, folds, strict=True):
        points = [
            task.median(target) if cell is None else path[cell]
            for task, target, path, cell in zip(
                tasks, targets[learned].T, paths, cells, strict=True
            )
        ]
        by_fold.append(_linear(tasks, rows, points))
    on_done(len(folds) / (len(folds) + 1), "refit")
    points = [
        task.median(target) if cell is None else task.only(cell).solve(everyone, target)[0]
        for task, target, cell in zip(tasks, targets.T, cells, strict=True)
    ]
    final = _linear(tasks, everyone, points)
    on_done(1.0, "refitted")
    settings = [
        _said(task, cell, error, int(np.count_nonzero(coefficients)))
        for task, cell, error, coefficients in zip(
            tasks, cells, _mae(by_fold, inputs, targets, folds), final.coefficients.T, strict=True
        )
    ]
    return put_together(inputs, folds, final, by_fold, settings)


@dataclass(frozen=True)
class _Rows:
    """Rows to learn from: standardised, with their products."""

    problem: Problem
    products: Matrix

    @classmethod
    def of(cls, inputs: Matrix) -> _Rows:
        problem = Problem.of(inputs, np.empty((len(inputs), 0)))
        return cls(problem, problem.inputs @ problem.inputs.T)


@dataclass(frozen=True)
class _Task:
    """The penalties of one target, and the scale on which it is solved.

    Attributes
    ----------
    centre, scale
        The target's median over all rows, and its mean absolute deviation from it.
    lasso, ridge
        Lambdas in the target's own unit; a path has a point for each, the lasso's first.
    """

    centre: float
    scale: float
    lasso: Matrix
    ridge: Matrix

    @classmethod
    def of(cls, everyone: _Rows, target: Matrix, grid: AbsoluteGrid) -> _Task:
        centre = float(np.median(target))
        # A target without spread is never solved for.
        scale = float(np.abs(target - centre).mean()) or 1.0
        inputs = everyone.problem.inputs
        largest = largest_penalty(inputs, target) / len(target)
        unit = np.count_nonzero(inputs.any(axis=0)) / (len(target) * scale)
        return cls(centre, scale, largest * np.array(grid.lasso), unit * np.array(grid.ridge))

    def scaled(self, target: Matrix) -> Matrix:
        return np.asarray((target - self.centre) / self.scale)

    def median(self, target: Matrix) -> Point:
        return median_only(self.scaled(target))

    def only(self, cell: int) -> _Task:
        """Return the task with this penalty alone."""
        n_lasso = len(self.lasso)
        return replace(
            self,
            lasso=self.lasso[cell : cell + 1],
            ridge=self.ridge[max(cell - n_lasso, 0) :][: int(cell >= n_lasso)],
        )

    def solve(self, rows: _Rows, target: Matrix) -> list[Point]:
        """Fit the target ``(n_rows,)`` at every penalty."""
        inputs, scaled = rows.problem.inputs, self.scaled(target)
        if np.ptp(target) == 0 or not inputs.any():
            return [self.median(target)] * (len(self.lasso) + len(self.ridge))
        # On the scaled target coefficients are smaller by the scale. As the loss is too, the lasso
        # keeps its lambda; a square is smaller once more.
        lasso = lasso_path(inputs, scaled, len(target) * self.lasso)
        return lasso + ridge_path(rows.products, scaled, len(target) * self.scale * self.ridge)


def _losses(
    tasks: Sequence[_Task],
    rows: _Rows,
    paths: Sequence[Sequence[Point]],
    inputs: Matrix,
    targets: Matrix,
) -> Matrix:
    """Return the summed absolute errors ``(n_targets, n_penalties)``; NaN without coefficients."""
    others = (inputs - rows.problem.means) / rows.problem.scales
    products = others @ rows.problem.inputs.T
    losses = []
    for task, path, target in zip(tasks, paths, targets.T, strict=True):
        wanted = task.scaled(target)
        losses.append(
            [
                np.nan
                if point.is_intercept_only
                else np.abs(point.predict(others, products) - wanted).sum()
                for point in path
            ]
        )
    return np.array(losses)


def _linear(tasks: Sequence[_Task], rows: _Rows, points: Sequence[Point]) -> LinearModels:
    """Return the points, one a target, as models in the targets' own units."""
    problem = rows.problem
    scales = np.array([task.scale for task in tasks])
    centres = np.array([task.centre for task in tasks])
    intercepts = np.array([point.intercept for point in points])
    coefficients = np.column_stack([point.coefficients(problem.inputs) for point in points])
    return LinearModels.unscaled(
        coefficients * scales, centres + intercepts * scales, problem.means, problem.scales
    )


def _mae(
    by_fold: Sequence[LinearModels], inputs: Matrix, targets: Matrix, folds: Folds
) -> tuple[float, ...]:
    """Return the mean absolute error of each target over all held-out rows."""
    off = [
        np.abs(fitted.predict(inputs[held_out]) - targets[held_out])
        for fitted, (_, held_out) in zip(by_fold, folds, strict=True)
    ]
    return tuple(np.concatenate(off).mean(axis=0).tolist())


def _said(task: _Task, cell: int | None, mae: float, n_coefficients: int) -> dict[str, Any]:
    """Say in plain values what was chosen."""
    if cell is None:
        return {"alpha": None, "lambda": None, "mae": mae, "n_coefficients": 0, "note": _NOTE}
    lambdas = np.concatenate([task.lasso, task.ridge])
    return {
        "alpha": 1.0 if cell < len(task.lasso) else 0.0,
        "lambda": float(lambdas[cell]),
        "mae": mae,
        "n_coefficients": n_coefficients,
    }
