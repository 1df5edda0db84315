"""The floors of a run: constants that every model must beat. Imports no Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.constants import CENTRES, ConstantPredictor
from radiogenomics.training.cohort import Cohort
from radiogenomics.training.folds import Fold


def predict_floors(cohort: Cohort, folds: tuple[Fold, ...]) -> dict[str, NDArray[np.float64]]:
    """Return what each constant of the training folds predicts for the held-out patients.

    Returns
    -------
    dict
        By the constant's name, ``(n_patients, n_targets)`` in the targets' units.
    """
    measured = cohort.measured
    predicted: dict[str, NDArray[np.float64]] = {name: np.empty_like(measured) for name in CENTRES}
    for fold in folds:
        for centre in CENTRES:
            constant = ConstantPredictor.fit(measured[fold.train], centre)
            predicted[centre][fold.held_out] = constant.predict(len(fold.held_out))
    return predicted


def record_of_floors(cohort: Cohort, folds: tuple[Fold, ...]) -> dict[str, Any]:
    """Return what the constants answer as plain values: for new patients, and in each fold."""
    measured = cohort.measured
    return {
        "features": [vars(target) for target in cohort.targets],
        **{
            centre: {
                "final": ConstantPredictor.fit(measured, centre).values.tolist(),
                "folds": [
                    ConstantPredictor.fit(measured[fold.train], centre).values.tolist()
                    for fold in folds
                ],
            }
            for centre in CENTRES
        },
    }
