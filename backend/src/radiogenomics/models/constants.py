"""The floors: predictors that ignore the expression and answer with a centre of the patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Centre = Literal["median", "mean"]
CENTRES: tuple[Centre, ...] = ("median", "mean")
_CENTRE: dict[Centre, Callable[..., NDArray[np.float64]]] = {"median": np.median, "mean": np.mean}


@dataclass(frozen=True)
class ConstantPredictor:
    """Predicts one value a feature for everybody.

    Attributes
    ----------
    values
        float64 of shape ``(n_targets,)``, in the unit of the targets of the fit.
    """

    values: NDArray[np.float64]

    @classmethod
    def fit(cls, targets: NDArray[np.float64], centre: Centre) -> ConstantPredictor:
        """Take the median or the mean of each column of targets ``(n_patients, n_targets)``."""
        return cls(_CENTRE[centre](targets, axis=0))

    def predict(self, n_patients: int) -> NDArray[np.float64]:
        """Return the values once a patient, ``(n_patients, n_targets)``."""
        return np.tile(self.values, (n_patients, 1))
