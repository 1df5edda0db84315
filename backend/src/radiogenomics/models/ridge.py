"""Ridge regression of all targets at once, by one decomposition of n x n numbers a fold.

For each target y of n patients with standardised inputs x it minimises, over the intercept b0 and
the coefficients b,

    1/(2n) |y - b0 - x b|^2 + lambda/2 |b|^2

which is glmnet's problem at alpha = 0 as its documentation writes it. R's glmnet divides y by its
standard deviation s (dividing by n) first, so it gives this fit at lambda s; scikit-learn's
``Ridge`` gives it at n lambda on the standardised inputs. Inputs are standardised as glmnet does,
in the learning rows: mean 0, standard deviation (dividing by n) 1; a constant input gets the
coefficient 0 and duplicated inputs share theirs evenly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.baseline_settings import RidgeGrid
from radiogenomics.models.choosing import Folds, check, first_best, put_together
from radiogenomics.models.elastic_net.choosing import Scores
from radiogenomics.models.elastic_net.problem import Problem
from radiogenomics.models.linear import LinearModels
from radiogenomics.models.regression import Chosen, Matrix, OnDone


def lambdas_of(grid: RidgeGrid, n_varying: int) -> Matrix:
    """Return the lambdas of a grid, falling, ``(n_lambdas,)``, for so many inputs that vary."""
    return max(n_varying, 1) * np.geomspace(grid.largest, grid.smallest, grid.n_lambdas)


def fit_ridge(
    inputs: Matrix,
    targets: Matrix,
    folds: Folds,
    seed: Sequence[int],  # noqa: ARG001 - nothing is drawn
    on_done: OnDone,
    grid: RidgeGrid | None = None,
) -> Chosen:
    """Choose lambda for each target over the folds, and fit ridge regressions: a `Family`.

    The lambda with the highest R2 on the held-out rows wins, by the same `Scores` as the elastic
    net; among equals the largest. A target that does not vary has no R2 (None) and gets the
    largest lambda, which predicts its value.

    Parameters
    ----------
    inputs, targets, folds, seed, on_done
        As `Family` says; nothing is drawn.
    grid
        The lambdas that are tried.

    Returns
    -------
    Chosen
        Of `LinearModels`, with settings ``lambda``, ``r2`` and ``degrees_of_freedom`` (the trace
        of the hat matrix on all rows, without the intercept).

    Raises
    ------
    InputError
        If a number is not finite or the folds do not fit the patients.
    """
    check(inputs, targets, folds)
    everyone = _Decomposition.of(inputs, targets)
    lambdas = lambdas_of(grid or RidgeGrid(), everyone.n_varying)
    constant = (np.ptp(targets, axis=0) == 0)[:, None, None]
    scores = Scores((targets.shape[1], 1, len(lambdas)))
    parts = []
    for number, (learned, held_out) in enumerate(folds, start=1):
        on_done((number - 1) / (len(folds) + 1), f"fold {number}")
        part = _Decomposition.of(inputs[learned], targets[learned])
        off = part.path(inputs[held_out], lambdas) - targets[held_out].T[:, None, :]
        errors = np.sum(off**2, axis=2)[:, None, :]
        scores.add(errors, targets[held_out], np.broadcast_to(constant, errors.shape))
        parts.append(part)
    places, r2 = first_best(scores.r2()[:, 0])
    chosen = lambdas[places]
    by_fold = [part.fit(chosen) for part in parts]
    final = everyone.fit(chosen)
    on_done(1.0, "refitted")
    return put_together(
        inputs,
        folds,
        final,
        by_fold,
        [
            {"lambda": float(lambda_), "r2": value, "degrees_of_freedom": everyone.freedom(lambda_)}
            for lambda_, value in zip(chosen, r2, strict=True)
        ],
    )


@dataclass(frozen=True)
class _Decomposition:
    """The eigenvectors of x x'/n of some learning rows, which hold every lambda's fit.

    Attributes
    ----------
    problem
        The standardised rows.
    sizes, vectors
        ``(n,)`` and ``(n, n)``: x x'/n = vectors diag(sizes) vectors'.
    turned
        ``(n, n_targets)``: vectors' y / n, in the unit of the targets.
    """

    problem: Problem
    sizes: Matrix
    vectors: Matrix
    turned: Matrix

    @classmethod
    def of(cls, inputs: Matrix, targets: Matrix) -> _Decomposition:
        problem = Problem.of(inputs, targets)
        n_rows = len(inputs)
        sizes, vectors = np.linalg.eigh(problem.inputs @ problem.inputs.T / n_rows)
        turned = vectors.T @ (problem.targets * problem.target_scales) / n_rows
        return cls(problem, np.maximum(sizes, 0.0), vectors, turned)

    @property
    def n_varying(self) -> int:
        return int(np.count_nonzero(self.problem.inputs.any(axis=0)))

    def path(self, inputs: Matrix, lambdas: Matrix) -> NDArray[np.float64]:
        """Return predictions ``(n_targets, n_lambdas, n_patients)``."""
        problem = self.problem
        turned_inputs = (inputs - problem.means) / problem.scales @ problem.inputs.T @ self.vectors
        shrunk = self.turned.T[:, None, :] / (self.sizes + lambdas[:, None])
        predicted = shrunk @ turned_inputs.T + problem.target_means[:, None, None]
        return np.asarray(predicted)

    def fit(self, lambdas: Matrix) -> LinearModels:
        """Return the fit with one lambda a target."""
        problem = self.problem
        shrunk = self.turned / (self.sizes[:, None] + lambdas)
        coefficients = problem.inputs.T @ (self.vectors @ shrunk)
        return LinearModels.unscaled(
            coefficients, problem.target_means, problem.means, problem.scales
        )

    def freedom(self, lambda_: float) -> float:
        return float(np.sum(self.sizes / (self.sizes + lambda_)))
