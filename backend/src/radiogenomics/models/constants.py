"""The floors: predictors that ignore the expression and answer with a centre of the patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError

Values = NDArray[np.float64]

Centre = Literal["median", "mean", "least_mape"]

# Sums of the same weights in another order differ by about this much.
_ROUNDING = 1e-12


def least_mape(targets: Values) -> Values:
    """Return for each column the constant c with the smallest sum of |y - c| / |y|.

    This is the median of the values y under the weights 1 / |y|: exact, and one of the values.
    It lies at or below the median of positive values, since a percentage punishes answers above a
    small value most. Patients with y = 0 are left out, as they are left out of the MAPE. Where the
    weights divide evenly, so that every c between two values is as good, the lower of the two is
    taken; where all values are 0 the constant is 0.

    Parameters
    ----------
    targets
        ``(n_patients, n_targets)``, finite.
    """
    return np.array([_least_mape(column) for column in targets.T], dtype=np.float64)


def _least_mape(column: Values) -> float:
    values = np.sort(column[column != 0])
    if not len(values):
        return 0.0
    # Relative to the smallest size, so that no weight overflows.
    cumulated = np.cumsum(np.abs(values).min() / np.abs(values))
    return float(values[np.argmax(cumulated >= cumulated[-1] * (0.5 - _ROUNDING))])


def _median(targets: Values) -> Values:
    return np.asarray(np.median(targets, axis=0))


def _mean(targets: Values) -> Values:
    return np.asarray(np.mean(targets, axis=0))


_CENTRE: dict[Centre, Callable[[Values], Values]] = {
    "median": _median,
    "mean": _mean,
    "least_mape": least_mape,
}
CENTRES: tuple[Centre, ...] = tuple(_CENTRE)
"""The names of the floors, in the order in which they are shown."""


@dataclass(frozen=True)
class ConstantPredictor:
    """Predicts one value a feature for everybody.

    Attributes
    ----------
    values
        float64 of shape ``(n_targets,)``, in the unit of the targets of the fit.
    """

    values: Values

    @classmethod
    def fit(cls, targets: Values, centre: Centre) -> ConstantPredictor:
        """Take a centre of each column of targets ``(n_patients, n_targets)``.

        Parameters
        ----------
        centre
            ``median`` has the smallest mean absolute error on these patients, ``mean`` the smallest
            mean squared error, `least_mape` the smallest mean absolute percentage error.

        Raises
        ------
        InputError
            If there is no patient, or a target is not a finite number.
        """
        if not len(targets):
            raise InputError("A constant needs at least one patient; there is none to learn from.")
        finite = np.isfinite(targets)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise InputError(
                f"Target {column + 1} of patient {row + 1} is {targets[row, column]}; a constant "
                "is taken of finite numbers only. Leave the patient or the target out."
            )
        return cls(_CENTRE[centre](targets))

    def predict(self, n_patients: int) -> Values:
        """Return the values once a patient, ``(n_patients, n_targets)``."""
        return np.tile(self.values, (n_patients, 1))
