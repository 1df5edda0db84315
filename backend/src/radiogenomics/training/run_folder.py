"""The run folder: what a training leaves behind, and reading it back. Never unpickles anything.

``config.json`` is written first and ``manifest.json`` last, so a folder with the first alone is of
a training that did not finish; its finished work is in ``shards``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiogenomics.errors import InputError, StudyLockedError, TrainingError
from radiogenomics.expression import GeneScaler
from radiogenomics.study.atomic import remove_unfinished, write_json
from radiogenomics.study.case import sha256_of
from radiogenomics.study.lock import LOCK_NAME, exclusive
from radiogenomics.study.predictions import Prediction, read_predictions
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.protocols import settings_from

FORMAT_VERSION = 3
CONFIG = "config.json"
FOLDS = "folds.json"
HISTORY = "history.csv"
SEARCH = "search.csv"
CHOSEN = "chosen.csv"
REPEATS = "repeats.csv"
PREDICTIONS = "predictions.csv"
METRICS = "metrics.csv"
MANIFEST = "manifest.json"
PROGRESS = "progress.jsonl"
TIMES = "times.jsonl"
SHARDS = "shards"
MODELS = "models"
CONSTANTS = "constants.json"

# In the folder of each model.
WEIGHTS = "weights.keras"
ARRAYS = "model.npz"
SCALER = "scaler.npz"
COMPONENTS = "components.npz"
FEATURES = "features.json"
SETTINGS = "settings.json"
CARD = "card.json"

_AGAIN = "Copy the run folder again, or train anew."

TOLD = (
    "run_id", "seed", "versions", "machine", "inputs", "expression", "data_sha256", "patients",
    "genes", "chosen", "repeats", "methods", "wall_time_s", "files",
)  # fmt: skip
"""What every manifest tells, whatever was trained."""


@dataclass(frozen=True)
class SavedRun:
    """A finished run, read back.

    Attributes
    ----------
    path, run_id
        Its folder, and the folder's name at the time of the training.
    config
        Its settings.
    predictions
        The out-of-fold predictions of the patients it was trained on.
    manifest
        As written.
    """

    path: Path
    run_id: str
    config: TrainingConfig
    predictions: tuple[Prediction, ...]
    manifest: Mapping[str, Any]

    @property
    def models(self) -> tuple[str, ...]:
        """The models that predict, in the order of the file of predictions."""
        return tuple(dict.fromkeys(one.model for one in self.predictions))

    @property
    def genes(self) -> tuple[str, ...]:
        """The genes that its models use."""
        scalers = sorted((self.path / MODELS).glob(f"*/{SCALER}"))
        return GeneScaler.load(scalers[0]).genes if scalers else ()


@contextmanager
def held(path: Path, record: Mapping[str, Any], *, resume: bool) -> Iterator[bool]:
    """Make the folder of a run, or take up one that did not finish, and hold it.

    Nothing of a run that another process works on is touched.

    Parameters
    ----------
    path
        The folder.
    record
        What determines the run; written to ``config.json``, and compared with what is there.
    resume
        Whether a folder with unfinished work is gone on with.

    Yields
    ------
    bool
        Whether the run was finished before, so that nothing is left to do.

    Raises
    ------
    InputError
        If there is something that a run would mix with, unfinished work without ``resume``, or a
        run with other settings or data.
    TrainingError
        If another process trains there, or the system refuses.
    """
    check(path, record, resume=resume)
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / SHARDS).mkdir(exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error
    with alone(path):
        # Another process may have ended in the meantime.
        check(path, record, resume=resume)
        try:
            for folder in (path, path / MODELS, *(path / MODELS).glob("*")):
                remove_unfinished(folder)
        except OSError as error:
            raise _unwritable(path, error) from error
        if not (path / CONFIG).exists():
            write_json(path / CONFIG, dict(record))
        yield (path / MANIFEST).exists()


def check(path: Path, record: Mapping[str, Any], *, resume: bool) -> None:
    """Refuse a folder that `held` would refuse, without changing anything."""
    if path.exists() and not path.is_dir():
        raise InputError(f"{path} is a file; name a new folder with --out.")
    if not (path / CONFIG).exists():
        try:
            held = sorted(entry.name for entry in path.iterdir()) if path.exists() else []
        except OSError as error:
            raise TrainingError(f"Cannot read {path}: {error.strerror or error}.") from error
        # What a run leaves that was stopped before it wrote its settings.
        own = {PROGRESS, SHARDS}
        foreign = [name for name in held if name not in own and not name.startswith(".writing-")]
        if foreign or any(f for f in (path / SHARDS).glob("*") if f.name != LOCK_NAME):
            raise _already(path, held)
        return
    stored = _read_json(path / CONFIG, path)
    if "format_version" not in stored or "settings" not in stored:
        raise _already(path, sorted(entry.name for entry in path.iterdir()))
    finished = (path / MANIFEST).exists()
    if not resume:
        if finished:
            raise _already(path, sorted(entry.name for entry in path.iterdir()))
        raise InputError(
            f"{path} holds a run that did not finish. Run the same command with --resume to go on "
            "where it stopped, name another folder with --out, or delete this one."
        )
    _check_version(path, stored)
    others = _differences(stored, json.loads(json.dumps(dict(record))))
    if others:
        raise InputError(
            f"{path} cannot be resumed: it was begun with {'; '.join(others)}. Give the same "
            "settings and files as then, or name a new folder with --out."
        )


def check_new(path: Path, *, resume: bool) -> None:
    """Refuse a folder that no run with these words could use, before any data is read."""
    if not resume or not (path / CONFIG).exists():
        check(path, {}, resume=resume)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the folder, so that no second process trains in it.

    Raises
    ------
    TrainingError
        If another does, or the folder cannot be written to.
    """
    try:
        with exclusive(path / SHARDS, wait=0.0):
            yield
    except StudyLockedError as error:
        raise TrainingError(
            f"Another process is training in {path}. Let it finish, or name another folder "
            "with --out."
        ) from error


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
        If it is no run folder, unfinished, of another format version, or its manifest is damaged.
    TrainingError
        If a file of it is not the one that the training wrote.
    """
    if path.is_file():
        raise InputError(
            f"{path} is a file and no run; name the folder that radiogenomics train --out made."
        )
    manifest = _read_json(path / MANIFEST, path)
    _check_version(path, manifest)
    _check_whole(path / MANIFEST, manifest)
    _check_seals(path, manifest)
    stored = _read_json(path / CONFIG, path)
    return SavedRun(
        path=path,
        run_id=str(manifest["run_id"]),
        config=settings_from(stored["settings"], str(path / CONFIG)),
        predictions=read_predictions(path / PREDICTIONS),
        manifest=manifest,
    )


def check_shard(run: SavedRun, name: str) -> Path | None:
    """Return the path of a sealed shard; None if it was removed to save space.

    Raises
    ------
    TrainingError
        If it was altered.
    """
    path = run.path / name
    if not path.exists():
        return None
    _check_seal(path, name, run.manifest.get("files", {}))
    return path


def seals(path: Path) -> dict[str, str]:
    """Hash the files of a run that later work rests on, for its manifest."""
    names = [CONFIG, FOLDS, HISTORY, SEARCH, CHOSEN, PREDICTIONS, METRICS, REPEATS]
    files = [path / name for name in names if (path / name).exists()]
    files += sorted(file for file in (path / MODELS).rglob("*") if file.is_file())
    files += sorted((path / SHARDS / "fold").glob("*.npz"))
    return {file.relative_to(path).as_posix(): sha256(file) for file in files}


def _unwritable(path: Path, error: OSError) -> TrainingError:
    return TrainingError(
        f"Cannot make the folder {path}: {error.strerror or error}. "
        "Name one with --out where you may write, then run again."
    )


def _already(path: Path, held: list[str]) -> InputError:
    return InputError(
        f"{path} already holds {', '.join(held[:3])}{' ...' if len(held) > 3 else ''}; "
        "name a new folder with --out, or delete this one first."
    )


def _check_version(path: Path, stored: Mapping[str, Any]) -> None:
    version = stored.get("format_version")
    if version != FORMAT_VERSION:
        raise InputError(
            f"{path} is a run of format {version}; this program reads format {FORMAT_VERSION}. "
            "Train anew, or use the version of the program that wrote it "
            f"({stored.get('versions', {}).get('radiogenomics', 'unknown')})."
        )


def _differences(before: object, now: object, name: str = "") -> list[str]:
    """Say, setting by setting, what was otherwise."""
    if isinstance(before, dict) and isinstance(now, dict):
        return [
            said
            for key in dict.fromkeys((*before, *now))
            for said in _differences(
                before.get(key), now.get(key), f"{name}.{key}" if name else str(key)
            )
        ]
    return [] if before == now else [f"{name} = {before} (now {now})"]


def _check_whole(path: Path, manifest: Mapping[str, Any]) -> None:
    absent = [name for name in TOLD if name not in manifest]
    absent += [f"the seal of {name}" for name in (CONFIG, PREDICTIONS)
               if "files" in manifest and name not in manifest["files"]]  # fmt: skip
    if absent:
        raise InputError(f"{path} lacks {', '.join(absent)}: it was cut short or altered. {_AGAIN}")


def _check_seals(path: Path, manifest: Mapping[str, Any]) -> None:
    files = manifest.get("files", {})
    for name in files:
        # A model of a fold is checked where it is used: all of them are gigabytes.
        if not name.startswith(f"{SHARDS}/"):
            if not (path / name).is_file():
                raise TrainingError(
                    f"{path / name} is absent; copy the run folder whole, or train anew."
                )
            _check_seal(path / name, name, files)


def _check_seal(path: Path, name: str, files: Mapping[str, str]) -> None:
    if sha256(path) != files.get(name):
        raise TrainingError(
            f"{path} is not the file that the training wrote: it was altered or damaged "
            f"afterwards. {_AGAIN}"
        )


def _read_json(path: Path, run: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            f"{run} is no finished run: it has no {path.name}. Name the folder that "
            "radiogenomics train --out made"
            + (", or finish it with --resume." if (run / CONFIG).exists() else ".")
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {path}: {error}. {_AGAIN}") from error
    if not isinstance(values, dict):
        raise InputError(f"{path} does not hold what a run writes there. {_AGAIN}")
    return values
