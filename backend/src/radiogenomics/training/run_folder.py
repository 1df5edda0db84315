"""The run folder: what a training leaves behind, and reading it back. Never unpickles anything.

``manifest.json`` is written last, so a folder without it is of a training that did not finish.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.expression import GeneScaler
from radiogenomics.study.atomic import write_text
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.predictions import Prediction, read_predictions
from radiogenomics.training.targets import Target

FORMAT_VERSION = 1
CONFIG = "config.json"
FOLDS = "folds.json"
HISTORY = "history.csv"
PREDICTIONS = "predictions.csv"
METRICS = "metrics.csv"
MANIFEST = "manifest.json"
PROGRESS = "progress.jsonl"
NETWORK = "models/network.keras"
SCALER = "models/scaler.npz"
TARGETS = "models/targets.json"
# What a later prediction rests on; their hashes stand in the manifest.
SEALED = (CONFIG, FOLDS, PREDICTIONS, NETWORK, SCALER, TARGETS)


@dataclass(frozen=True)
class TargetScales:
    """What turns the final model's outputs into predictions.

    Attributes
    ----------
    targets
        The outputs in their order.
    maximum
        Of each target among all patients of the training, ``(n_targets,)``, in its unit.
    constants
        ``median`` and ``mean`` of each target among them, each ``(n_targets,)``.
    half_widths
        Of the interval for a new patient, by model, each ``(n_targets,)``.
    """

    targets: tuple[Target, ...]
    maximum: NDArray[np.float64]
    constants: Mapping[str, NDArray[np.float64]]
    half_widths: Mapping[str, NDArray[np.float64]]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for ``models/targets.json``."""
        return {
            "targets": [vars(target) for target in self.targets],
            "maximum": self.maximum.tolist(),
            "constants": {name: values.tolist() for name, values in self.constants.items()},
            "half_widths": {name: values.tolist() for name, values in self.half_widths.items()},
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TargetScales:
        """Rebuild what `to_json` returned."""
        return cls(
            targets=tuple(Target(**target) for target in values["targets"]),
            maximum=np.array(values["maximum"], dtype=np.float64),
            constants={name: np.array(row) for name, row in values["constants"].items()},
            half_widths={name: np.array(row) for name, row in values["half_widths"].items()},
        )


@dataclass(frozen=True)
class SavedRun:
    """A finished run, read back.

    Attributes
    ----------
    path, run_id
        Its folder, and the folder's name at the time of the training.
    config
        Its settings.
    scaler, scales
        From expression to inputs, and from outputs to predictions.
    predictions
        The out-of-fold predictions of the patients it was trained on.
    """

    path: Path
    run_id: str
    config: TrainingConfig
    scaler: GeneScaler
    scales: TargetScales
    predictions: tuple[Prediction, ...]

    @property
    def network_path(self) -> Path:
        """Where the final network lies."""
        return self.path / NETWORK


def prepare(path: Path) -> None:
    """Make the folder for a new run; one that an interrupted training left is taken over.

    Raises
    ------
    InputError
        If there is something in it that a run would overwrite or mix with.
    """
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file; name a new folder with --out.")
    if path.is_dir():
        kept = sorted(entry.name for entry in path.iterdir() if entry.name != PROGRESS)
        if kept:
            raise InputError(
                f"{path} already holds {', '.join(kept[:3])}{' ...' if len(kept) > 3 else ''}; "
                "name a new folder with --out, or delete this one first."
            )
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"Cannot make the folder {path}: {error.strerror or error}.") from error


def write_json(path: Path, values: object) -> None:
    """Write plain values as JSON, atomically; NaN is refused, since JSON has none."""
    text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def sha256(path: Path) -> str:
    """Return the hash of a file's content, in hexadecimal.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error


def load_run(path: Path) -> SavedRun:
    """Read a finished run.

    Raises
    ------
    InputError
        If it is no run folder, unfinished, or of another format version.
    TrainingError
        If a file of it is not the one that the training wrote.
    """
    manifest = _read_json(path / MANIFEST, path)
    version = manifest.get("format_version")
    if version != FORMAT_VERSION:
        raise InputError(
            f"{path} is a run of format {version}; this program reads format {FORMAT_VERSION}. "
            "Train anew, or use the version of the program that wrote it "
            f"({manifest.get('versions', {}).get('radiogenomics', 'unknown')})."
        )
    _check_seals(path, manifest)
    try:
        scales = TargetScales.from_json(_read_json(path / TARGETS, path))
        run_id = str(manifest["run_id"])
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(f"{path / TARGETS} cannot be read: {error}. Train anew.") from error
    return SavedRun(
        path=path,
        run_id=run_id,
        config=TrainingConfig.from_json(_read_json(path / CONFIG, path)),
        scaler=GeneScaler.load(path / SCALER),
        scales=scales,
        predictions=read_predictions(path / PREDICTIONS),
    )


def _check_seals(path: Path, manifest: Mapping[str, Any]) -> None:
    seals = manifest.get("files", {})
    for name in SEALED:
        if not (path / name).is_file():
            raise TrainingError(
                f"{path / name} is absent; copy the run folder whole, or train anew."
            )
        if sha256(path / name) != seals.get(name):
            raise TrainingError(
                f"{path / name} is not the file that the training wrote: it was altered or damaged "
                "afterwards. Copy the run folder again, or train anew."
            )


def _read_json(path: Path, run: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{run} is no finished run: it has no {path.name}. Name the folder that "
            "radiogenomics train --out made."
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {path}: {error}.") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} does not hold what a run writes there.")
    return values
