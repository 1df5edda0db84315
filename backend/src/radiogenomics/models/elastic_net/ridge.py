"""Paths at alpha = 0, in closed form from one eigendecomposition. Imports NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiogenomics.models.elastic_net.course import Space
from radiogenomics.models.regression import Matrix

# Values at once, so that memory stays small whatever the number of lambdas.
_AT_ONCE = 1 << 18


@dataclass(frozen=True)
class Ridge:
    """Ridge regression on a `Space`: K w = y turned so that K, over all genes, is diagonal."""

    space: Space
    sizes: Matrix
    directions: Matrix

    @classmethod
    def of(cls, space: Space) -> Ridge:
        """Decompose the sum of z z' over all genes z."""
        sizes, directions = np.linalg.eigh(space.genes.T @ space.genes)
        return cls(space, np.maximum(sizes, 0.0), directions)

    def errors(self, target: int, penalties: Matrix) -> Matrix:
        """Return sums of squares over the held-out rows for penalties ``(n_lambdas,)``."""
        turned = self.directions.T @ self.space.targets[target]
        predictors = turned[:, None] * (self.directions.T @ (self.space.genes.T @ self.space.held))
        step = max(1, _AT_ONCE // len(turned))
        errors = np.empty(len(penalties))
        for start in range(0, len(penalties), step):
            part = penalties[start : start + step]
            predicted = (1 / (self.sizes + part[:, None])) @ predictors
            errors[start : start + step] = np.sum(
                (predicted - self.space.held_targets[target]) ** 2, axis=1
            )
        return errors

    def coefficients(self, target: int, penalty: float) -> Matrix:
        """Return the coefficients ``(n_inputs,)`` of standardised inputs at one penalty."""
        turned = self.directions.T @ self.space.targets[target]
        return np.asarray(self.space.genes @ (self.directions @ (turned / (self.sizes + penalty))))
