"""Elastic nets that were fitted, one a target: they predict, and are kept as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.models.regression import Matrix


@dataclass(frozen=True)
class ElasticNets:
    """One linear model a target; only the inputs that some model uses are kept.

    Attributes
    ----------
    intercepts
        float64 of shape ``(n_targets,)``.
    columns
        Of shape ``(n_used,)``, rising: the inputs with a coefficient in some model.
    values
        ``(n_used, n_targets)``; their coefficients on the original scale of the inputs.
    n_inputs
        Inputs that the models were fitted to.
    """

    intercepts: Matrix
    columns: NDArray[np.intp]
    values: Matrix
    n_inputs: int

    @classmethod
    def of(cls, intercepts: Matrix, coefficients: Matrix) -> ElasticNets:
        """Keep what is not zero of coefficients ``(n_inputs, n_targets)``."""
        columns = np.flatnonzero(coefficients.any(axis=1))
        return cls(intercepts, columns, coefficients[columns], len(coefficients))

    @property
    def coefficients(self) -> Matrix:
        """All coefficients, ``(n_inputs, n_targets)``."""
        full = np.zeros((self.n_inputs, len(self.intercepts)))
        full[self.columns] = self.values
        return full

    def predict(self, inputs: Matrix) -> Matrix:
        """Return predictions ``(n_patients, n_targets)``.

        Raises
        ------
        InputError
            If the inputs have another number of columns than those of the fit.
        """
        if inputs.ndim != 2 or inputs.shape[1] != self.n_inputs:
            raise InputError(
                f"The elastic nets were fitted to {self.n_inputs} inputs and are given a table of "
                f"shape {inputs.shape}; give a row for each patient and the same columns."
            )
        return np.asarray(inputs[:, self.columns] @ self.values + self.intercepts)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return it as arrays that NumPy stores without pickle."""
        return {
            "intercepts": self.intercepts,
            "columns": self.columns.astype(np.int64),
            "values": self.values,
            "n_inputs": np.array(self.n_inputs, dtype=np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> ElasticNets:
        """Make it from what `to_arrays` gave.

        Raises
        ------
        InputError
            If an array is missing or the arrays do not fit each other.
        """
        missing = {"intercepts", "columns", "values", "n_inputs"} - set(arrays)
        if missing:
            raise InputError(
                f"The stored elastic nets lack {', '.join(sorted(missing))}; the file is of "
                "something else or damaged. Train again."
            )
        made = cls(
            np.asarray(arrays["intercepts"], dtype=np.float64),
            np.asarray(arrays["columns"], dtype=np.intp),
            np.asarray(arrays["values"], dtype=np.float64),
            int(arrays["n_inputs"]),
        )
        outside = len(made.columns) and not 0 <= made.columns.min() <= made.columns.max() < (
            made.n_inputs
        )
        if made.values.shape != (len(made.columns), len(made.intercepts)) or outside:
            raise InputError(
                f"The stored elastic nets have {len(made.intercepts)} intercepts, "
                f"{len(made.columns)} columns and values of shape {made.values.shape}, which do "
                "not fit; the file is damaged. Train again."
            )
        return made
