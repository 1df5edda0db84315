"""Out-of-fold predictions of several models, side by side: the same patients and features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.study.predictions import Prediction

NEAR_ZERO = 0.01
"""A measured value below this share of its feature's median is called near zero."""

_MISSING_SHOWN = 3


@dataclass(frozen=True)
class Feature:
    """What is predicted, and the unit of its values."""

    roi: str
    feature: str
    unit: str


@dataclass(frozen=True)
class Aligned:
    """Predictions as arrays.

    Attributes
    ----------
    patients
        The patients with at least one measured value, in the order they were met.
    features
        The features, in the order they were met.
    measured
        ``(n_patients, n_features)`` in the features' units; NaN where not measured.
    predicted
        By model, ``(n_patients, n_features)``; NaN exactly where ``measured`` is.
    folds
        The fold that held each patient out, ``(n_patients,)``; 0 where none is told.
    """

    patients: tuple[str, ...]
    features: tuple[Feature, ...]
    measured: NDArray[np.float64]
    predicted: Mapping[str, NDArray[np.float64]]
    folds: NDArray[np.intp]

    @property
    def models(self) -> tuple[str, ...]:
        """The models, in the order they were met."""
        return tuple(self.predicted)

    @property
    def scale(self) -> NDArray[np.float64]:
        """Each feature's largest measured value, ``(n_features,)``; scaled errors are over it."""
        largest: NDArray[np.float64] = np.nanmax(self.measured, axis=0)
        return largest

    @property
    def n_measured(self) -> NDArray[np.intp]:
        """Patients with a measured value, ``(n_features,)``."""
        number: NDArray[np.intp] = np.isfinite(self.measured).sum(axis=0)
        return number

    @property
    def n_zero(self) -> NDArray[np.intp]:
        """Measured values of 0, which have no percentage error, ``(n_features,)``."""
        number: NDArray[np.intp] = (self.measured == 0).sum(axis=0)
        return number

    @property
    def n_near_zero(self) -> NDArray[np.intp]:
        """Measured values of 0 or below 1 % of their feature's median, ``(n_features,)``.

        Their percentage errors are huge whatever is predicted, and rule a MAPE.
        """
        median = np.nanmedian(self.measured, axis=0)
        near = np.abs(self.measured) < NEAR_ZERO * np.abs(median)
        number: NDArray[np.intp] = (near | (self.measured == 0)).sum(axis=0)
        return number

    def residuals(self, model: str) -> NDArray[np.float64]:
        """Return measured - predicted in the features' units, NaN where not measured."""
        if model not in self.predicted:
            raise InputError(
                f"There are no predictions of {model!r}; there are {', '.join(self.models)}."
            )
        return self.measured - self.predicted[model]

    def absolute_errors(self, model: str) -> NDArray[np.float64]:
        """Return |measured - predicted| in the features' units, NaN where not measured."""
        return np.abs(self.residuals(model))

    def scaled_errors(self, model: str) -> NDArray[np.float64]:
        """Return the absolute errors over each feature's largest measured value."""
        return self.absolute_errors(model) / self.scale

    def percentage_errors(self, model: str) -> NDArray[np.float64]:
        """Return 100 |measured - predicted| / |measured|; NaN where that is 0 or missing."""
        size = np.where(self.measured == 0, np.nan, np.abs(self.measured))
        percentages: NDArray[np.float64] = 100 * self.absolute_errors(model) / size
        return percentages


def align(predictions: Iterable[Prediction]) -> Aligned:
    """Put out-of-fold predictions of measured values side by side.

    Rows of the final models and rows without a measured value are left out: the first saw the
    patient, the second have no error.

    Raises
    ------
    InputError
        If nothing is left, if a model lacks a value that another predicts, if two rows of a model
        are of the same value, or if every measured value of a feature is 0.
    """
    rows = [one for one in predictions if one.kind == "out_of_fold" and one.measured is not None]
    if not rows:
        raise InputError(
            "No out-of-fold prediction has a measured value beside it; there is no error to state."
        )
    patients = {name: i for i, name in enumerate(dict.fromkeys(one.patient_id for one in rows))}
    of = {Feature(one.roi, one.feature, one.unit): None for one in rows}
    features = {each: i for i, each in enumerate(of)}
    shape = (len(patients), len(features))
    measured = np.full(shape, np.nan)
    predicted = {one.model: np.full(shape, np.nan) for one in rows}
    folds = np.zeros(len(patients), dtype=np.intp)
    for one in rows:
        cell = (patients[one.patient_id], features[Feature(one.roi, one.feature, one.unit)])
        if np.isfinite(predicted[one.model][cell]):
            raise InputError(
                f"{one.model} predicts {one.roi} {one.feature} of {one.patient_id} twice; "
                "give one row for each."
            )
        value = float(one.measured) if one.measured is not None else np.nan
        if np.isfinite(measured[cell]) and measured[cell] != value:
            raise InputError(
                f"{one.roi} {one.feature} of {one.patient_id} is {measured[cell]:g} in one row and "
                f"{value:g} in another; compare models on the same measured values."
            )
        measured[cell], predicted[one.model][cell] = value, one.predicted
        folds[cell[0]] = one.fold or 0
    aligned = Aligned(tuple(patients), tuple(features), measured, predicted, folds)
    _check(aligned)
    return aligned


def _check(aligned: Aligned) -> None:
    there = np.isfinite(aligned.measured)
    for model, values in aligned.predicted.items():
        lacking = np.argwhere(np.isfinite(values) != there)
        if len(lacking):
            names = [
                f"{aligned.features[column].roi} {aligned.features[column].feature} of "
                f"{aligned.patients[row]}"
                for row, column in lacking[:_MISSING_SHOWN]
            ]
            raise InputError(
                f"{model} lacks {len(lacking)} of the values that other models predict, such as "
                f"{', '.join(names)}; models are compared on the same patients and features."
            )
    for column, feature in enumerate(aligned.features):
        if not np.nanmax(np.abs(aligned.measured[:, column])):
            raise InputError(
                f"{feature.roi} {feature.feature}: every measured value is 0; errors have no scale."
            )
