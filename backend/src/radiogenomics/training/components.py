"""Principal components of the expression, in place of what an autoencoder learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Components:
    """Directions of largest variance, and what scales the scores along them.

    Attributes
    ----------
    mean
        Of the standardised genes in the patients of the fit, ``(n_genes,)``.
    directions
        Orthonormal, ``(n_genes, n_components)``; the entry of largest size in each is positive.
    scale
        What every score is divided by, an array of no dimensions: largest less smallest score along
        the first direction among the patients of the fit. One for all of them, since each divided
        by its own would make the noise of the last as large as the first.
    """

    mean: NDArray[np.float64]
    directions: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def fit(cls, inputs: Matrix, at_most: int) -> Components:
        """Learn them from standardised expression ``(n_patients, n_genes)``.

        There are ``at_most``, fewer where the patients or genes give fewer: n patients span
        n - 1 directions.
        """
        values = inputs.astype(np.float64)
        mean = values.mean(axis=0)
        left, sizes, right = np.linalg.svd(values - mean, full_matrices=False)
        kept = min(at_most, max(1, int((sizes > 1e-6 * sizes[0]).sum())))
        directions = right[:kept].T
        largest = np.abs(directions).argmax(axis=0)
        signs = np.sign(directions[largest, np.arange(kept)])
        return cls(mean, directions * signs, np.asarray(np.ptp(left[:, 0] * sizes[0])))

    def transform(self, inputs: Matrix) -> Matrix:
        """Return the scaled scores, float32 ``(n_patients, n_components)``."""
        scores = (inputs.astype(np.float64) - self.mean) @ self.directions
        scaled: Matrix = (scores / self.scale).astype(np.float32)
        return scaled
