"""Mean absolute (MAE) and mean absolute percentage error (MAPE), per feature and on average."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from radiogenomics.errors import InputError
from radiogenomics.study.atomic import write_text
from radiogenomics.study.predictions import Prediction

METRICS_COLUMNS = (
    "roi",
    "feature",
    "unit",
    "model",
    "n_patients",
    "mae",
    "mae_scaled",
    "mape",
    "n_zero",
)


@dataclass(frozen=True)
class FeatureError:
    """The errors of one model on one feature.

    Attributes
    ----------
    roi, feature, unit
        What was predicted.
    model
        Whose predictions.
    n_patients
        How many patients the errors are taken over.
    mae
        In ``unit``.
    mae_scaled
        In units of the feature's largest measured value, so that features can be averaged.
    mape
        In per cent, over the patients whose measured value is not 0.
    n_zero
        Patients whose measured value is 0, such as the diameter of a single voxel; a percentage of
        it has no meaning, so they are left out of the MAPE and counted.
    """

    roi: str
    feature: str
    unit: str
    model: str
    n_patients: int
    mae: float
    mae_scaled: float
    mape: float
    n_zero: int


@dataclass(frozen=True)
class Average:
    """The mean of a model's scaled MAE and of its MAPE over all features."""

    model: str
    mae_scaled: float
    mape: float


def mean_absolute_error(measured: ArrayLike, predicted: ArrayLike) -> float:
    """Return mean |measured - predicted| over the patients, in the unit of both."""
    return float(np.abs(np.asarray(measured) - np.asarray(predicted)).mean())


def mean_absolute_percentage_error(measured: ArrayLike, predicted: ArrayLike) -> float:
    """Return 100 times the mean of |measured - predicted| / |measured| over the patients.

    Raises
    ------
    InputError
        If a measured value is 0, for which a percentage has no meaning.
    """
    truth = np.asarray(measured, dtype=np.float64)
    if (truth == 0).any():
        raise InputError(
            f"{int((truth == 0).sum())} measured values are 0; a percentage error is not defined."
        )
    return float(100 * np.abs((truth - np.asarray(predicted)) / truth).mean())


def feature_errors(predictions: Iterable[Prediction]) -> tuple[FeatureError, ...]:
    """Return the errors of each feature and model, over the patients that were measured.

    Features and models keep the order in which they are met.

    Raises
    ------
    InputError
        If nothing was measured, or every measured value of a feature is 0.
    """
    groups: dict[tuple[str, str, str, str], list[tuple[float, float]]] = {}
    for row in predictions:
        if row.measured is not None:
            key = (row.roi, row.feature, row.unit, row.model)
            groups.setdefault(key, []).append((row.measured, row.predicted))
    if not groups:
        raise InputError(
            "No prediction has a measured value beside it; there is no error to state."
        )
    errors = []
    for (roi, feature, unit, model), pairs in groups.items():
        measured, predicted = np.array(pairs, dtype=np.float64).T
        if not measured.any():
            raise InputError(f"{roi} {feature}: every measured value is 0; errors have no scale.")
        mae = mean_absolute_error(measured, predicted)
        above = measured != 0
        errors.append(
            FeatureError(
                roi,
                feature,
                unit,
                model,
                n_patients=len(pairs),
                mae=mae,
                mae_scaled=mae / float(measured.max()),
                mape=mean_absolute_percentage_error(measured[above], predicted[above]),
                n_zero=int(np.count_nonzero(~above)),
            )
        )
    return tuple(errors)


def averages(errors: Sequence[FeatureError]) -> dict[str, Average]:
    """Average each model over its features, as the paper's Table 2."""
    models: dict[str, list[FeatureError]] = {}
    for error in errors:
        models.setdefault(error.model, []).append(error)
    return {
        model: Average(
            model,
            float(np.mean([error.mae_scaled for error in own])),
            float(np.mean([error.mape for error in own])),
        )
        for model, own in models.items()
    }


def write_metrics(path: Path, errors: Sequence[FeatureError]) -> None:
    """Write one row a feature and model, then one row of averages a model, atomically.

    The rows of averages have the feature ``average`` and neither an ROI nor an MAE in units.

    Raises
    ------
    StudyError
        If it cannot be written.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(METRICS_COLUMNS)
    for error in errors:
        writer.writerow([getattr(error, column) for column in METRICS_COLUMNS])
    for average in averages(errors).values():
        n_patients = max(error.n_patients for error in errors if error.model == average.model)
        writer.writerow(
            ["", "average", "", average.model, n_patients, "", average.mae_scaled, average.mape, ""]
        )
    write_text(path, buffer.getvalue())
