"""Linear models that were fitted, one a target, whatever chose their coefficients."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.models.regression import Matrix


@dataclass(frozen=True)
class LinearModels:
    """One linear model a target.

    Attributes
    ----------
    coefficients
        float64 of shape ``(n_inputs, n_targets)``, on the scale of the inputs as they are given.
    intercepts
        ``(n_targets,)``.
    """

    coefficients: Matrix
    intercepts: Matrix

    @classmethod
    def unscaled(
        cls, coefficients: Matrix, centres: Matrix, means: Matrix, scales: Matrix
    ) -> LinearModels:
        """Make it from coefficients of standardised inputs.

        Parameters
        ----------
        coefficients
            ``(n_inputs, n_targets)`` of the inputs less ``means``, divided by ``scales``.
        centres
            ``(n_targets,)``, the predictions where every input has its mean.
        means, scales
            ``(n_inputs,)``; no scale is 0.
        """
        own = coefficients / scales[:, None]
        return cls(own, centres - means @ own)

    def predict(self, inputs: Matrix) -> Matrix:
        """Return predictions ``(n_patients, n_targets)``.

        Raises
        ------
        InputError
            If the inputs have another number of columns than those of the fit.
        """
        n_inputs = len(self.coefficients)
        if inputs.ndim != 2 or inputs.shape[1] != n_inputs:
            raise InputError(
                f"The linear models were fitted to {n_inputs} inputs and are given a table of "
                f"shape {inputs.shape}; give a row for each patient and the same columns."
            )
        return np.asarray(inputs @ self.coefficients + self.intercepts)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return it as arrays that NumPy stores without pickle."""
        return {"coefficients": self.coefficients, "intercepts": self.intercepts}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> LinearModels:
        """Make it from what `to_arrays` gave.

        Raises
        ------
        TrainingError
            If the arrays are not those of linear models.
        """
        try:
            made = cls(
                np.asarray(arrays["coefficients"], dtype=np.float64),
                np.asarray(arrays["intercepts"], dtype=np.float64),
            )
        except (KeyError, ValueError, TypeError) as error:
            raise TrainingError(
                f"The stored linear models cannot be read ({error}); the file is damaged or of "
                "something else. Train anew."
            ) from error
        if made.coefficients.ndim != 2 or made.intercepts.shape != made.coefficients.shape[1:]:
            raise TrainingError(
                f"The stored linear models have coefficients of shape {made.coefficients.shape} "
                f"and intercepts of shape {made.intercepts.shape}, which do not fit; the file is "
                "damaged. Train anew."
            )
        return made
