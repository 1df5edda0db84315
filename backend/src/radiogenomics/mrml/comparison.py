"""Measured beside predicted, and where the measured value stands in the cohort. No vtk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from radiogenomics.mrml.live import LiveRoi
from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study.cohort import CohortValues, percentile
from radiogenomics.study.predictions import Prediction

PredictedValues = Mapping[tuple[str, str], Prediction]
"""The prediction of each ROI and feature, for one patient and one model."""


@dataclass(frozen=True)
class ComparedFeature:
    """One feature of one ROI, all values in ``unit``.

    Attributes
    ----------
    roi, feature, unit
        As in the feature table.
    measured
        None where the ROI is empty or has no segment.
    prediction
        What a model predicts; None without a prediction of this patient.
    percentile
        Share of the other patients of the cohort with a smaller value, in percent.
    """

    roi: str
    feature: str
    unit: str
    measured: float | None
    prediction: Prediction | None = None
    percentile: float | None = None

    @property
    def difference(self) -> float | None:
        """Predicted less measured, in ``unit``."""
        if self.measured is None or self.prediction is None:
            return None
        return self.prediction.predicted - self.measured

    @property
    def percent(self) -> float | None:
        """The difference in percent of the measured value; None where that is 0."""
        return (
            None
            if not self.measured or self.difference is None
            else (100 * self.difference / abs(self.measured))
        )

    @property
    def is_outside(self) -> bool:
        """Whether the measured value lies outside the interval of the prediction."""
        if self.measured is None or self.prediction is None:
            return False
        return not self.prediction.lower <= self.measured <= self.prediction.upper


def compare_features(
    rois: Iterable[LiveRoi],
    *,
    patient_id: str = "",
    predictions: PredictedValues | None = None,
    cohort: CohortValues | None = None,
) -> list[ComparedFeature]:
    """Return the ten features of each ROI beside what is known of them elsewhere.

    Parameters
    ----------
    rois
        The live measurements.
    patient_id
        Left out of the cohort: a value is compared with those of the others.
    predictions, cohort
        Of this patient, and of the study.
    """
    compared = []
    for live in rois:
        for feature, unit in FEATURE_UNITS.items():
            measured = None if live.measurement is None else live.measurement.features[feature]
            place = None
            if measured is not None:
                by_patient = (cohort or {}).get((live.roi, feature), {})
                others = [value for other, value in by_patient.items() if other != patient_id]
                place = percentile(measured, others)
            prediction = (predictions or {}).get((live.roi, feature))
            compared.append(ComparedFeature(live.roi, feature, unit, measured, prediction, place))
    return compared
