"""Which cell of the grid wins, by R2 on held-out rows. Imports NumPy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.elastic_net.grid import ElasticNetGrid

Table = NDArray[np.float64]


class Scores:
    """Mean over folds of R2 = 1 - sum of squared errors / sum of squares about the fold's mean.

    A fold whose held-out values of a target are all the same (one patient alone, for example) has
    no R2 of it. Where no fold has one, the squares of all folds are summed before dividing, about
    the mean of all held-out values.
    """

    def __init__(self, shape: tuple[int, int, int]) -> None:
        self._sums = np.zeros(shape)
        self._n_folds = np.zeros(shape[0])
        self._errors = np.zeros(shape)
        self._held_out: list[Table] = []
        self._intercept_only = np.zeros(shape, dtype=np.bool_)

    def add(self, errors: Table, held_out: Table, intercept_only: NDArray[np.bool_]) -> None:
        """Take in a fold.

        Parameters
        ----------
        errors
            ``(n_targets, n_alphas, n_lambdas)`` sums of squared errors over the held-out rows.
        held_out
            ``(n_held_out, n_targets)`` what was measured in them.
        intercept_only
            Which fits of the fold, same shape as errors, have no coefficient.
        """
        squares = np.sum((held_out - held_out.mean(axis=0)) ** 2, axis=0)
        varies = np.ptp(held_out, axis=0) > 0
        self._sums[varies] += 1 - errors[varies] / squares[varies, None, None]
        self._n_folds += varies
        self._errors += errors
        self._held_out.append(held_out)
        self._intercept_only |= intercept_only

    def r2(self) -> Table:
        """Return the R2 of every cell, NaN where it has none or a fit of it is intercept only."""
        measured = np.concatenate(self._held_out)
        squares = np.sum((measured - measured.mean(axis=0)) ** 2, axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = self._sums / self._n_folds[:, None, None]
            pooled = 1 - self._errors / squares[:, None, None]
        r2 = np.where(self._n_folds[:, None, None] > 0, mean, pooled)
        r2[self._intercept_only | ~np.isfinite(r2)] = np.nan
        return r2


@dataclass(frozen=True)
class Cell:
    """What was chosen for one target: the number of the alpha, the place of the lambda, the R2."""

    alpha: int
    place: int
    r2: float


def best_cells(r2: Table) -> tuple[Cell | None, ...]:
    """Return for each target the cell with the highest R2; among equals the first in the grid.

    None where no cell competes, since every one is an intercept alone in some fold.
    """
    cells: list[Cell | None] = []
    for table in r2:
        if np.isnan(table).all():
            cells.append(None)
            continue
        alpha, place = np.unravel_index(np.nanargmax(table), table.shape)
        cells.append(Cell(int(alpha), int(place), float(table[alpha, place])))
    return tuple(cells)


def settings_of(
    cell: Cell | None, grid: ElasticNetGrid, lambdas: Table, n_coefficients: int
) -> dict[str, Any]:
    """Say in plain values what was chosen, for lambdas ``(n_alphas, n_lambdas)``."""
    if cell is None:
        return {
            "alpha": None,
            "lambda": None,
            "r2": None,
            "n_coefficients": 0,
            "note": "intercept only: at every alpha and lambda some fold's fit had no coefficient",
        }
    return {
        "alpha": float(grid.alphas[cell.alpha]),
        "lambda": float(lambdas[cell.alpha, cell.place]),
        "r2": cell.r2,
        "n_coefficients": n_coefficients,
    }
