"""How wide the interval about a prediction is, from errors on patients the model had not seen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

METHOD = (
    "predicted value plus and minus the conformal quantile (the ceil((n + 1) * level)-th smallest, "
    "at most the largest) of the absolute out-of-fold errors of the same feature and model; for "
    "an out-of-fold prediction over the patients of the other folds, for a new patient over all; "
    "the lower end is at least 0 unless the predicted value itself is below 0, which it can be "
    "where no weight is held nonnegative"
)


def half_width(errors: NDArray[np.float64], level: float) -> NDArray[np.float64]:
    """Return the conformal quantile of absolute errors.

    Parameters
    ----------
    errors
        Shape ``(n_patients, n_targets)``, in the targets' units; signs are ignored.
    level
        Share of patients that the interval is meant to cover.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_targets,)``.
    """
    n_patients = len(errors)
    rank = min(math.ceil((n_patients + 1) * level), n_patients)
    ordered: NDArray[np.float64] = np.sort(np.abs(errors), axis=0)
    quantile: NDArray[np.float64] = ordered[rank - 1]
    return quantile


def half_width_of_other_folds(
    errors: NDArray[np.float64], fold_of: NDArray[np.intp], level: float
) -> NDArray[np.float64]:
    """Return for each patient the half width from the patients of the other folds.

    Parameters
    ----------
    errors
        Out-of-fold errors, ``(n_patients, n_targets)``.
    fold_of
        Number of the fold that holds the patient out, ``(n_patients,)``.
    level
        As in `half_width`.
    """
    widths = np.empty_like(errors)
    for number in np.unique(fold_of):
        here = fold_of == number
        widths[here] = half_width(errors[~here], level)
    return widths
