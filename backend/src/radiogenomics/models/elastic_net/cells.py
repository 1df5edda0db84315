"""Fits of cells of the grid on one set of rows: errors of all of them, coefficients of some."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.elastic_net.choosing import Cell
from radiogenomics.models.elastic_net.course import Space
from radiogenomics.models.elastic_net.fitted import ElasticNets
from radiogenomics.models.elastic_net.following import Paths, follow
from radiogenomics.models.elastic_net.grid import LEAST_ALPHA, ElasticNetGrid
from radiogenomics.models.elastic_net.problem import Problem
from radiogenomics.models.elastic_net.ridge import Ridge
from radiogenomics.models.regression import Matrix

# Paths side by side: enough that a product with all genes runs at full speed, few enough that what
# they hold stays near the processor.
_SIDE_BY_SIDE = 40
_MOST_BYTES = 1 << 26

Places = Sequence[tuple[int, int]]
"""Of paths: the number of the target and that of the alpha."""


@dataclass(frozen=True)
class Cells:
    """The grid's cells on the rows of a problem.

    Attributes
    ----------
    grid, lambdas
        What is tried; ``(n_targets, n_alphas, n_lambdas)``, in the unit of each target.
    problem
        The rows to learn from.
    """

    grid: ElasticNetGrid
    lambdas: Matrix
    problem: Problem

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Targets of which some cell may be more than an intercept, ``(n_targets,)``."""
        found: NDArray[np.bool_] = self.problem.largest_gradients > 0
        return found & (self.lambdas[:, 0, 0] > 0)

    @property
    def intercept_only(self) -> NDArray[np.bool_]:
        """Which fits have no coefficient: those from the largest lambda of their path upwards."""
        alphas = np.asarray(self.grid.alphas)
        largest = self.problem.largest_gradients[:, None] / np.maximum(alphas, LEAST_ALPHA)
        above = (self.lambdas >= largest[:, :, None]) & (alphas >= LEAST_ALPHA)[:, None]
        return np.asarray(above | ~self.usable[:, None, None])

    def parts(self) -> Iterator[Places]:
        """Divide the paths into parts to follow at once; the slowest, at low alpha, come first."""
        alphas = self.grid.alphas
        order = sorted(range(len(alphas)), key=lambda place: alphas[place])
        targets = np.flatnonzero(self.usable).tolist()
        # Each path holds two square matrices.
        square = 16 * min(self.problem.inputs.shape) ** 2
        count = max(1, min(_SIDE_BY_SIDE, _MOST_BYTES // square))
        for kind in ("mixed", "lasso", "ridge"):
            places = [
                (target, place)
                for place in order
                if _kind(alphas[place]) == kind
                for target in targets
            ]
            for start in range(0, len(places), count):
                yield places[start : start + count]

    def space(self, held_inputs: Matrix, held_targets: Matrix) -> Space:
        """Return the space of the rows, with rows held out in the units as given."""
        return Space.of(self.problem, held_inputs, held_targets)

    def errors_of_means(self, held_targets: Matrix) -> Matrix:
        """Return the sums of squares over held-out rows of the mean, for every cell."""
        errors = np.sum((held_targets - self.problem.target_means) ** 2, axis=0)
        return np.broadcast_to(errors[:, None, None], self.lambdas.shape).copy()

    def errors(self, space: Space, places: Places) -> Matrix:
        """Return sums of squares over the held-out rows, ``(n_paths, n_lambdas)``."""
        scales = self.problem.target_scales
        if _kind(self.grid.alphas[places[0][1]]) == "ridge":
            ridge = Ridge.of(space)
            errors = np.array(
                [ridge.errors(target, self._penalties(target, alpha)) for target, alpha in places]
            )
        else:
            last = [self.lambdas.shape[2] - 1] * len(places)
            errors = follow(space, self._paths(places, last)).errors
        return np.asarray(errors * scales[[target for target, _ in places], None] ** 2)

    def fit(self, chosen: Sequence[Cell | None]) -> ElasticNets:
        """Fit one cell for each target; an intercept alone where there is none."""
        problem, alphas = self.problem, self.grid.alphas
        n_targets, n_inputs = len(chosen), problem.inputs.shape[1]
        space = self.space(np.zeros((0, n_inputs)), np.zeros((0, n_targets)))
        standardised = np.zeros((n_inputs, n_targets))
        wanted = {
            target: cell
            for target, cell in enumerate(chosen)
            if cell is not None and self.usable[target]
        }
        for kind in ("mixed", "lasso"):
            places = [(t, c.alpha) for t, c in wanted.items() if _kind(alphas[c.alpha]) == kind]
            if places:
                paths = self._paths(places, [wanted[target].place for target, _ in places])
                found = follow(space, paths, with_coefficients=True).coefficients
                standardised[:, [target for target, _ in places]] = found.T
        ridges = [t for t, c in wanted.items() if _kind(alphas[c.alpha]) == "ridge"]
        if ridges:
            ridge = Ridge.of(space)
            for target in ridges:
                cell = wanted[target]
                penalty = self._penalties(target, cell.alpha)[cell.place]
                standardised[:, target] = ridge.coefficients(target, penalty)
        coefficients = standardised * problem.target_scales / problem.scales[:, None]
        return ElasticNets.of(problem.target_means - problem.means @ coefficients, coefficients)

    def _factor(self, target: int) -> float:
        """Return what stands before the ridge part for a target of standard deviation 1."""
        scale = float(self.problem.target_scales[target])
        return 1.0 if self.grid.ridge == "per_sd" else scale

    def _penalties(self, target: int, alpha: int) -> Matrix:
        """Return the penalties of a ridge path for a target of standard deviation 1."""
        scale = self.problem.target_scales[target]
        return np.asarray(self.lambdas[target, alpha] / scale * self._factor(target))

    def _paths(self, places: Places, last: Sequence[int]) -> Paths:
        scales = self.problem.target_scales
        return Paths(
            targets=np.array([target for target, _ in places], dtype=np.intp),
            alphas=np.array([self.grid.alphas[alpha] for _, alpha in places], dtype=np.float64),
            factors=np.array([self._factor(target) for target, _ in places]),
            lambdas=np.array(
                [self.lambdas[target, alpha] / scales[target] for target, alpha in places]
            ),
            last=np.array(last, dtype=np.intp),
        )


def _kind(alpha: float) -> str:
    return "ridge" if alpha == 0 else "lasso" if alpha == 1 else "mixed"
