"""From arrays of predicted values to rows of ``predictions.csv``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from radiogenomics.study.predictions import Prediction

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from radiogenomics.training.targets import Target


def prediction_rows(
    patient_ids: Sequence[str],
    targets: Sequence[Target],
    predicted: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    *,
    model: str,
    run_id: str,
    measured: NDArray[np.float64] | None = None,
    fold_of: NDArray[np.intp] | None = None,
) -> list[Prediction]:
    """Return one row a patient and target, each value in its interval (see `intervals.METHOD`).

    Parameters
    ----------
    patient_ids, targets
        The rows and the columns of the arrays.
    predicted, lower, upper
        ``(n_patients, n_targets)``, in the targets' units; an end on the wrong side of the
        predicted value is moved there.
    model, run_id
        Who predicts.
    measured
        ``(n_patients, n_targets)``; None where the patients were not measured.
    fold_of
        The fold that held each patient out, ``(n_patients,)``; None for the final model.
    """
    rows = []
    for row, patient_id in enumerate(patient_ids):
        for column, target in enumerate(targets):
            value = float(predicted[row, column])
            low = min(float(lower[row, column]), value)
            rows.append(
                Prediction(
                    patient_id=patient_id,
                    roi=target.roi,
                    feature=target.feature,
                    unit=target.unit,
                    measured=None if measured is None else float(measured[row, column]),
                    predicted=value,
                    # No shape feature is negative; but the bound must not pass the value, which
                    # is below 0 at times where no weight is held nonnegative.
                    lower=max(0.0, low) if value >= 0 else low,
                    upper=max(float(upper[row, column]), value),
                    model=model,
                    kind="final" if fold_of is None else "out_of_fold",
                    fold=None if fold_of is None else int(fold_of[row]),
                    run_id=run_id,
                )
            )
    return rows
