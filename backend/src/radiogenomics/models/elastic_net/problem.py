"""What an elastic net is fitted to: inputs and targets on glmnet's scale. Imports NumPy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from radiogenomics.errors import InputError
from radiogenomics.models.regression import Matrix, Rows

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


def check(inputs: Matrix, targets: Matrix, folds: Sequence[tuple[Rows, Rows]]) -> None:
    """Refuse what no elastic net can be chosen on.

    Raises
    ------
    InputError
        If the shapes do not fit, a number is not finite, or the folds do not fit the rows.
    """
    if inputs.ndim != 2 or targets.ndim != 2 or len(inputs) != len(targets):
        raise InputError(
            f"An elastic net was given inputs of shape {inputs.shape} and targets of shape "
            f"{targets.shape}; give two tables with a row for each patient."
        )
    for name, values in (("input", inputs), ("target", targets)):
        finite = np.isfinite(values)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise InputError(
                f"The {name} in row {row + 1}, column {column + 1} is {values[row, column]}; an "
                f"elastic net needs finite numbers. Leave the patient or the column out, or fill "
                "missing values in first."
            )
    if not folds or len(folds) > len(inputs):
        raise InputError(
            f"{len(folds)} folds of {len(inputs)} patients; an elastic net needs at least one fold "
            "and no more folds than patients."
        )
    for number, (learned, held_out) in enumerate(folds, start=1):
        if len(learned) < 2 or not len(held_out):
            raise InputError(
                f"Fold {number} learns from {len(learned)} patients and holds out "
                f"{len(held_out)}; an elastic net needs at least 2 and 1. Use fewer folds."
            )
