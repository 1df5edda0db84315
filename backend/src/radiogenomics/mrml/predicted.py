"""The predictions of one run, as the viewer shows them. Standard library only.

A patient that the run was trained on is shown with its out-of-fold prediction, never with the
final model's.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.mrml.comparison import PredictedValues
from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study import Study
from radiogenomics.study.predictions import (
    Prediction,
    preferring_out_of_fold,
    read_predictions,
)

_FILE = "predictions.csv"
_MANIFEST = "manifest.json"
_METRICS = "metrics.csv"

KIND_WORDS = {
    "out_of_fold": "out-of-fold: predicted by a model that has not seen this patient",
    "final": "final model: this patient was not part of the training",
}


@dataclass(frozen=True)
class PredictionSource:
    """A predictions file, and what is known of the run behind it.

    Attributes
    ----------
    path
        The file.
    predictions
        All its rows.
    """

    path: Path
    predictions: tuple[Prediction, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """The models that predict, in the order of the file."""
        return tuple(dict.fromkeys(one.model for one in self.predictions))

    def of_patient(self, patient_id: str, model: str) -> PredictedValues:
        """Return a patient's predictions by ROI and feature; empty where there are none."""
        return self._by_patient.get((patient_id, model), {})

    @cached_property
    def _by_patient(self) -> dict[tuple[str, str], dict[tuple[str, str], Prediction]]:
        """Looked up after every stroke, so made once."""
        found: dict[tuple[str, str], dict[tuple[str, str], Prediction]] = {}
        for one in preferring_out_of_fold(self.predictions):
            found.setdefault((one.patient_id, one.model), {})[one.roi, one.feature] = one
        return found

    def model_card(self, model: str) -> list[tuple[str, str]]:
        """Return what a reader should know of a model before believing it: names and texts."""
        runs = sorted({one.run_id for one in self.predictions if one.model == model})
        kinds = sorted({one.kind for one in self.predictions if one.model == model})
        patients = {one.patient_id for one in self.predictions if one.model == model}
        card = [
            ("Model", model),
            ("Run", ", ".join(runs)),
            ("Kind", ", ".join(kind.replace("_", "-") for kind in kinds)),
            ("Patients with predictions", str(len(patients))),
        ]
        return (
            card
            + _from_manifest(self.path.with_name(_MANIFEST))
            + _errors(self.path.with_name(_METRICS), model)
        )


def read_prediction_source(path: Path) -> PredictionSource:
    """Read a predictions file, or that of a run folder.

    Raises
    ------
    InputError
        If there is none, it is damaged, it has no row, or its units are not those measured here.
    """
    file = path / _FILE if path.is_dir() else path
    if not file.exists():
        raise InputError(
            f"{path} holds no {_FILE}. Choose the folder of a finished run, or a file that "
            "radiogenomics predict wrote."
        )
    predictions = read_predictions(file)
    if not predictions:
        raise InputError(f"{file} holds no prediction. Choose another run.")
    for one in predictions:
        unit = FEATURE_UNITS.get(one.feature, one.unit)
        if one.unit != unit:
            raise InputError(
                f"{file}: {one.feature} of {one.patient_id} is in {one.unit!r}, and here it is "
                f"measured in {unit!r}, so that the two cannot be compared. Convert the file, or "
                "choose another run."
            )
    return PredictionSource(file, predictions)


def find_runs(study: Study) -> list[Path]:
    """Return the folders of a study's finished runs, by name."""
    return sorted(path.parent for path in (study.root / "runs").glob(f"*/{_FILE}"))


def _from_manifest(path: Path) -> list[tuple[str, str]]:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return [("Manifest", "none beside the file: how it was trained is not known")]
    patients = _part(manifest, "patients")
    methods = _part(manifest, "methods")
    inputs = _part(manifest, "inputs")
    card = [
        ("Trained on", f"{patients.get('trained', '?')} patients"),
        ("Genes", str(_part(manifest, "genes").get("used", "?"))),
        ("Seed", str(manifest.get("seed", "?"))),
        ("Software", f"radiogenomics {_part(manifest, 'versions').get('radiogenomics', '?')}"),
    ]
    card += [
        (
            f"Data: {name}",
            f"{_part(inputs, name).get('file')}, SHA-256 "
            f"{str(_part(inputs, name).get('sha256'))[:12]}…",
        )
        for name in inputs
    ]
    return card + [
        (name.replace("_", " ").capitalize(), str(methods[name]))
        for name in ("protocol", "gene_scaling", "pre_training", "intervals")
        if name in methods
    ]


def _part(values: object, name: str) -> Mapping[str, object]:
    part = values.get(name) if isinstance(values, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _errors(path: Path, model: str) -> list[tuple[str, str]]:
    """Return a model's average errors from the run's table of metrics, where there is one."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row.get("model") == model]
        average = next(row for row in rows if row["feature"] == "average")
        return [
            ("Average scaled MAE", f"{float(average['mae_scaled']):.4f}"),
            ("Average MAPE", f"{float(average['mape']):.1f} %"),
        ]
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return []
