"""Shards: the units of work of a run, each with its result in one file that appears whole.

A run that was killed keeps the shards that were finished, and computes the others when it goes on.
A shard holds arrays and a few plain values, in NumPy's ``.npz`` without pickle.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import StudyError, TrainingError
from radiogenomics.study.atomic import remove_unfinished, replacing

_SUFFIX = ".npz"
_VALUES = "values.json"


@dataclass(frozen=True)
class Shard:
    """The result of one unit of work.

    Attributes
    ----------
    arrays
        By name.
    values
        What JSON can hold, by name.
    """

    arrays: Mapping[str, NDArray[Any]]
    values: Mapping[str, Any] = field(default_factory=dict)


def fold_shard(model: str, fold: int) -> str:
    """Return the name of the shard of a model without a fold's patients."""
    return f"fold/{model}-{fold:02d}"


@dataclass(frozen=True)
class Shards:
    """The folder of a run's shards.

    Attributes
    ----------
    folder
        Where they are.
    log
        Gets one line a shard with the seconds that it took.
    part
        What their names begin with in the log: the part of the run that is kept in a folder of its
        own.
    """

    folder: Path
    log: Path
    part: str = ""

    def within(self, part: str) -> Shards:
        """Return the shards of a part of the run, in a folder of their own."""
        return Shards(self.folder / part, self.log, f"{part}/")

    def path(self, name: str) -> Path:
        """Return where the shard of this name is or will be."""
        return self.folder / (name + _SUFFIX)

    def has(self, name: str) -> bool:
        """Whether the shard is there."""
        return self.path(name).is_file()

    def load(self, name: str) -> Shard | None:
        """Read a shard; None if it is absent or damaged, so that it is computed anew."""
        return read_shard(self.path(name))

    def result(self, name: str, compute: Callable[[], Shard]) -> Shard:
        """Return the result of a unit of work, from its file or else by doing it.

        Raises
        ------
        TrainingError
            If the result cannot be written.
        """
        found = self.load(name)
        if found is None:
            began = time.monotonic()
            found = compute()
            self._save(name, found)
            line = {"shard": self.part + name, "seconds": round(time.monotonic() - began, 3)}
            # The times are a convenience; losing them loses no result.
            with suppress(OSError), self.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")
        return found

    def clear_unfinished(self) -> None:
        """Remove what a killed program has left half written."""
        for folder in (self.folder, *(path for path in self.folder.rglob("*") if path.is_dir())):
            remove_unfinished(folder)

    def _save(self, name: str, shard: Shard) -> None:
        path = self.path(name)
        try:
            with replacing(path) as temporary, temporary.open("wb") as file:
                write_shard(file, shard)
        except StudyError as error:
            raise TrainingError(
                f"{error} Every result before this one is kept: run the same command with --resume."
            ) from error


def write_shard(file: Any, shard: Shard) -> None:
    """Write a shard to an open binary file; NaN among the plain values is refused."""
    text = json.dumps(dict(shard.values), allow_nan=False)
    np.savez(file, allow_pickle=False, **{_VALUES: np.array(text)}, **dict(shard.arrays))


def read_shard(path: Path) -> Shard | None:
    """Read a shard whole; None if it is absent or damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files if name != _VALUES}
            return Shard(arrays, json.loads(str(stored[_VALUES])))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
