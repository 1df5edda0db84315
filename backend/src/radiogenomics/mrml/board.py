"""What is shown of the features: the table, with predictions and the cohort beside. slicer, vtk."""

from __future__ import annotations

from typing import Any

from radiogenomics.mrml.comparison import ComparedFeature, PredictedValues, compare_features
from radiogenomics.mrml.live import LiveFeatures
from radiogenomics.mrml.predicted import PredictionSource
from radiogenomics.mrml.table import FeatureTable
from radiogenomics.shape import RoiMeasurement
from radiogenomics.study import Study
from radiogenomics.study.cohort import CohortValues, cohort_values
from radiogenomics.study.tables import read_features

FEATURES_NAME = "features.csv"
"""The study's feature table, against which a case is compared."""


class FeatureBoard:
    """Puts live features beside predictions and the cohort, in the scene's feature table.

    Attributes
    ----------
    table
        The table node's writer.
    features
        What the table shows, with every digit.
    cohort
        Values of the study's patients; empty without a feature table.
    source, model
        The run whose predictions are shown, and which of its models.
    """

    def __init__(self, scene: Any) -> None:
        self.table = FeatureTable(scene)
        self.features: list[ComparedFeature] = []
        self.cohort: CohortValues = {}
        self.source: PredictionSource | None = None
        self.model = ""
        self._live: LiveFeatures | None = None
        self._patient_id = ""

    def use_study(self, study: Study | None) -> None:
        """Compare with the cohort of a study, and forget the predictions of the one before.

        Raises
        ------
        InputError
            If the study's feature table is damaged; nothing changes then.
        """
        path = None if study is None else study.root / FEATURES_NAME
        self.cohort = (
            cohort_values(read_features(path)) if path is not None and path.exists() else {}
        )
        self.source, self.model = None, ""
        self.show(None, "")

    def use_predictions(self, source: PredictionSource | None, model: str = "") -> None:
        """Show a run's predictions, by its first model where none is named; None for none."""
        self.source = source
        self.model = model or (source.models[0] if source else "")
        self.show(self._live, self._patient_id)

    @property
    def predicted(self) -> PredictedValues:
        """The chosen model's predictions of the patient that is shown."""
        if self.source is None or not self._patient_id:
            return {}
        return self.source.of_patient(self._patient_id, self.model)

    def show(self, live: LiveFeatures | None, patient_id: str) -> None:
        """Show the features of a patient as they are now; None empties the table."""
        self._live, self._patient_id = live, patient_id
        self.features = compare_features(
            [] if live is None else live.rois.values(),
            patient_id=patient_id,
            predictions=self.predicted,
            cohort=self.cohort,
        )
        self.table.show(self.features)

    def measurement(self, roi: str) -> RoiMeasurement | None:
        """Return what was measured of an ROI, with where lengths were found; None without."""
        if self._live is None or roi not in self._live.rois:
            return None
        return self._live.rois[roi].measurement
