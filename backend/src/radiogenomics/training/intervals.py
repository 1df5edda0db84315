"""How wide the interval about a prediction is, from errors on patients the model had not seen."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

METHOD = (
    "An out-of-fold prediction: plus and minus the conformal quantile (the "
    "ceil((n + 1) * level)-th smallest, at most the largest) of the absolute out-of-fold errors of "
    "the same feature and model over the patients of the other folds. No lower end is below 0 "
    "unless the predicted value itself is, which it can be where no weight is held nonnegative."
)
NEW_BY_FOLDS = (
    "A new patient: CV+ (Barber et al. 2021), which holds the spread of the fold models and the "
    "out-of-fold errors: for each patient of the training, what the fold model that had not seen "
    "it predicts for the new one, less and plus that patient's absolute error; the ends are "
    "conformal quantiles of these, widened to hold the final model's prediction."
)
NEW_BY_ERRORS = (
    "A new patient: as above, over all patients; the fold models were not kept, so their spread is "
    "not in it."
)


def cv_plus(
    by_fold: NDArray[np.float64],
    fold_of: NDArray[np.intp],
    errors: NDArray[np.float64],
    level: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of intervals for new patients by CV+ (Barber et al., Ann. Statist. 2021).

    Parameters
    ----------
    by_fold
        What the model of each fold predicts, ``(n_folds, n_new, n_targets)``.
    fold_of
        Number of the fold that held each patient of the training out, from 1, ``(n_patients,)``.
    errors
        Out-of-fold errors, ``(n_patients, n_targets)``; signs are ignored.
    level
        Share of new patients that the interval is meant to cover; 2 * level - 1 is guaranteed, and
        about level is usual.

    Returns
    -------
    tuple
        Two arrays of shape ``(n_new, n_targets)``.
    """
    n_patients = len(errors)
    rank = min(math.ceil((n_patients + 1) * level), n_patients)
    sizes = np.abs(errors)
    shape = by_fold.shape[1:]
    lower, upper = np.empty(shape), np.empty(shape)
    for row in range(shape[0]):
        centres = by_fold[fold_of - 1, row]
        upper[row] = np.sort(centres + sizes, axis=0)[rank - 1]
        lower[row] = np.sort(centres - sizes, axis=0)[n_patients - rank]
    return lower, upper


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
