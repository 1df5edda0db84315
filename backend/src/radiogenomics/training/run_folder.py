"""The run folder: what a training leaves behind, and reading it back. Never unpickles anything.

``manifest.json`` is written last, so a folder without it is of a training that did not finish.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.expression import GeneScaler
from radiogenomics.study.atomic import TEMPORARY_PREFIX, write_text
from radiogenomics.study.case import sha256_of
from radiogenomics.study.predictions import Prediction, read_predictions
from radiogenomics.training.config import TrainingConfig
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
_WRITTEN = frozenset({*SEALED, HISTORY, METRICS, PROGRESS})


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
    """Make the folder for a new run; what a training left that did not finish is cleared from it.

    Raises
    ------
    InputError
        If there is something in it that a run would overwrite or mix with.
    TrainingError
        If the system refuses.
    """
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file; name a new folder with --out.")
    try:
        path.mkdir(parents=True, exist_ok=True)
        held = sorted(entry.name for entry in path.iterdir() if entry.name != PROGRESS)
        if not _is_unfinished(path):
            raise InputError(
                f"{path} already holds {', '.join(held[:3])}{' ...' if len(held) > 3 else ''}; "
                "name a new folder with --out, or delete this one first."
            )
        # The settings last: they are what tells that the other files are of a run.
        left = [entry for entry in path.rglob("*") if entry.is_file() and entry.name != PROGRESS]
        for file in sorted(left, key=lambda file: file == path / CONFIG):
            file.unlink()
    except OSError as error:
        raise TrainingError(
            f"Cannot make the folder {path}: {error.strerror or error}. "
            "Name one with --out where you may write, then run again."
        ) from error


def _is_unfinished(path: Path) -> bool:
    """Whether a folder holds nothing, or only what a training that did not finish has left.

    A name alone does not make a file one of a run: ``radiogenomics predict`` writes a
    ``predictions.csv`` too. A run writes its settings first, so they are there and can be read.
    """
    files = set()
    for entry in path.rglob("*"):
        name = entry.relative_to(path).as_posix()
        if entry.is_symlink() or not (entry.is_file() or entry.is_dir()):
            return False
        if entry.is_dir():
            if name != Path(NETWORK).parent.name:
                return False
        elif name in _WRITTEN:
            files.add(name)
        elif not _is_temporary(name):
            return False
    if files <= {PROGRESS}:
        return True
    try:
        stored = _read_json(path / CONFIG, path)
        settings = TrainingConfig.from_json(stored).to_json()
    except InputError:
        return False
    return bool(json.loads(json.dumps(settings)) == stored)


def _is_temporary(name: str) -> bool:
    """Whether it is the temporary file of one that a run writes; see `atomic.replacing`."""
    folder, _, file = name.rpartition("/")
    if not file.startswith(TEMPORARY_PREFIX):
        return False
    final = file.removeprefix(TEMPORARY_PREFIX).partition("-")[2]
    return (f"{folder}/{final}" if folder else final) in {*_WRITTEN, MANIFEST}


def write_json(path: Path, values: object) -> None:
    """Write plain values as JSON, atomically; NaN is refused, since JSON has none."""
    text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def sha256(path: Path) -> str:
    """Return the hash of a file's content, in hexadecimal, as `sha256_of` but for the error.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return sha256_of(path)
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


def seals(path: Path) -> dict[str, str]:
    """Hash the files of a run that later work rests on, for its manifest."""
    names = (*SEALED, METRICS) if (path / METRICS).exists() else SEALED
    return {name: sha256(path / name) for name in names}


def _check_seals(path: Path, manifest: Mapping[str, Any]) -> None:
    seals = manifest.get("files", {})
    for name in (*SEALED, METRICS) if METRICS in seals else SEALED:
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
