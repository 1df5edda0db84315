"""The family: every path of every fold, the choice, and the fits of what was chosen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.elastic_net.choosing import Cell, Scores, best_cells, settings_of
from radiogenomics.models.elastic_net.fitted import ElasticNets
from radiogenomics.models.elastic_net.grid import LEAST_ALPHA, ElasticNetGrid
from radiogenomics.models.elastic_net.path import path_of
from radiogenomics.models.elastic_net.problem import Problem, check
from radiogenomics.models.regression import Chosen, Matrix, OnDone, Rows


def fit_elastic_nets(
    inputs: Matrix,
    targets: Matrix,
    folds: Sequence[tuple[Rows, Rows]],
    seed: Sequence[int],  # noqa: ARG001 - nothing is drawn
    on_done: OnDone,
    grid: ElasticNetGrid | None = None,
) -> Chosen:
    """Choose an elastic net for each target over the folds, and fit it: a `Family`.

    The lambdas of a path come from all rows and serve every fold, as in ``cv.glmnet``. A cell of
    the grid competes if its fit of every fold has a coefficient; the highest mean R2 over the
    folds' held-out rows wins (`choosing.Scores`), and is refitted on all rows.

    Parameters
    ----------
    inputs, targets, folds, seed, on_done
        As `Family` says; nothing is drawn.
    grid
        The penalties that are tried; the paper's by default.

    Raises
    ------
    InputError
        If a number is not finite or the folds do not fit the patients.
    """
    grid = grid or ElasticNetGrid()
    check(inputs, targets, folds)
    everything = Problem.of(inputs, targets)
    lambdas = grid.lambdas(everything.largest_gradients, *inputs.shape)
    scores = Scores(lambdas.shape)
    for number, (learned, held_out) in enumerate(folds):
        problem = Problem.of(inputs[learned], targets[learned])
        errors = np.zeros(lambdas.shape)
        for target in range(targets.shape[1]):
            for place in range(len(grid.alphas)):
                share = (target + place / len(grid.alphas)) / targets.shape[1]
                on_done((number + share) / (len(folds) + 1), f"fold {number + 1}")
                coefficients, intercepts = path_of(
                    problem, target, grid.alphas[place], lambdas[target, place], grid
                )
                predicted = inputs[held_out] @ coefficients + intercepts
                errors[target, place] = np.sum(
                    (predicted - targets[held_out, target, None]) ** 2, axis=0
                )
        scores.add(errors, targets[held_out], _intercept_only(problem, grid, lambdas))
    cells = best_cells(scores.r2())
    by_fold = []
    out_of_fold = np.full(targets.shape, np.nan)
    for learned, held_out in folds:
        fitted = _fit(Problem.of(inputs[learned], targets[learned]), cells, grid, lambdas)
        out_of_fold[held_out] = fitted.predict(inputs[held_out])
        by_fold.append(fitted)
    final = _fit(everything, cells, grid, lambdas)
    on_done(1.0, "refitted")
    return Chosen(
        final,
        tuple(by_fold),
        out_of_fold,
        tuple(
            settings_of(cell, grid, lambdas[target], int(np.count_nonzero(values)))
            for target, (cell, values) in enumerate(zip(cells, final.values.T, strict=True))
        ),
    )


def _intercept_only(problem: Problem, grid: ElasticNetGrid, lambdas: Matrix) -> NDArray[np.bool_]:
    """Return which fits have no coefficient: at and above the largest lambda of their path."""
    largest = problem.largest_gradients[:, None] / np.maximum(grid.alphas, LEAST_ALPHA)
    ridge = np.asarray(grid.alphas) == 0
    above = lambdas >= largest[:, :, None]
    return np.asarray(np.where(ridge[:, None], largest[:, :, None] == 0, above))


def _fit(
    problem: Problem, cells: Sequence[Cell | None], grid: ElasticNetGrid, lambdas: Matrix
) -> ElasticNets:
    """Fit the chosen cells."""
    intercepts = problem.target_means.copy()
    coefficients = np.zeros((problem.inputs.shape[1], len(cells)))
    for target, cell in enumerate(cells):
        if cell is not None:
            wanted = lambdas[target, cell.alpha, : cell.lambda_ + 1]
            found, offsets = path_of(problem, target, grid.alphas[cell.alpha], wanted, grid)
            coefficients[:, target] = found[:, -1]
            intercepts[target] = offsets[-1]
    return ElasticNets.of(intercepts, coefficients)
