"""What an elastic net is fitted to: inputs and targets on glmnet's scale. Imports NumPy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiogenomics.errors import InputError
from radiogenomics.models.choosing import Folds, check_folds, check_tables
from radiogenomics.models.regression import Matrix

# A column whose spread is rounding beside its size carries nothing.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Problem:
    """Rows to learn from, standardised with the standard deviation that divides by n.

    Attributes
    ----------
    inputs
        ``(n_rows, n_inputs)``; mean 0 and standard deviation 1, constant columns 0.
    means, scales
        ``(n_inputs,)``; of the columns, the scale of a constant column is 1.
    targets
        ``(n_rows, n_targets)``; mean 0 and standard deviation 1, constant columns 0.
    target_means, target_scales
        ``(n_targets,)``; the scale of a constant target is 0.
    """

    inputs: Matrix
    means: Matrix
    scales: Matrix
    targets: Matrix
    target_means: Matrix
    target_scales: Matrix

    @classmethod
    def of(cls, inputs: Matrix, targets: Matrix) -> Problem:
        """Standardise the rows to learn from."""
        scaled, means, scales = _standardised(inputs)
        scaled_targets, target_means, target_scales = _standardised(targets)
        return cls(
            scaled,
            means,
            np.where(scales == 0, 1.0, scales),
            scaled_targets,
            target_means,
            target_scales,
        )

    @property
    def largest_gradients(self) -> Matrix:
        """For each target the largest |x'y|/n, in the target's unit."""
        gradients = np.abs(self.inputs.T @ self.targets).max(axis=0, initial=0.0)
        return np.asarray(gradients / len(self.inputs) * self.target_scales)


def _standardised(columns: Matrix) -> tuple[Matrix, Matrix, Matrix]:
    means = columns.mean(axis=0)
    centred = columns - means
    scales = np.sqrt(np.mean(centred**2, axis=0))
    constant = scales <= _ROUNDING * np.abs(columns).max(axis=0, initial=0.0)
    scales[constant] = 0.0
    centred[:, constant] = 0.0
    return centred / np.where(constant, 1.0, scales), means, scales


def check(inputs: Matrix, targets: Matrix, folds: Folds) -> None:
    """Refuse what no elastic net can be chosen on.

    Raises
    ------
    InputError
        If the shapes do not fit, a number is not finite, or the folds do not fit the rows.
    """
    check_tables(inputs, targets, "an elastic net")
    if not folds or len(folds) > len(inputs):
        raise InputError(
            f"{len(folds)} folds of {len(inputs)} patients; an elastic net needs at least one fold "
            "and no more folds than patients."
        )
    check_folds(folds, "an elastic net")
