"""The results of the steps of one preparation, kept until the case is in the study.

A step's files are written first and its record last, each atomically. A result is taken over only
if its record was made of the same input, parameters and versions and every file still has the hash
that the record says; so a killed program leaves nothing that could be mistaken for a result. What
a step returns is always read back from its files: a preparation that was interrupted goes on from
the same bytes as one that was not.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from radiogenomics.errors import StudyError
from radiogenomics.imaging.preparing.hashing import hash_of_values
from radiogenomics.imaging.preparing.versions import versions
from radiogenomics.imaging.volumes import write_image
from radiogenomics.study.atomic import remove_unfinished, replacing, write_json
from radiogenomics.study.case import sha256_of
from radiogenomics.study.lock import LOCK_NAME, exclusive

IMAGES = "images"
"""Folder of what becomes the images of the case."""


@dataclass(frozen=True)
class Computed:
    """What a step computed: images by their path in the work folder, and plain values."""

    images: Mapping[str, sitk.Image] = field(default_factory=dict)
    record: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What a step left on disk.

    Attributes
    ----------
    files
        Its files by their path in the work folder.
    hashes
        SHA-256 of each.
    record
        Its plain values.
    """

    files: Mapping[str, Path]
    hashes: Mapping[str, str]
    record: Mapping[str, Any]


@dataclass(frozen=True)
class WorkFolder:
    """The folder of one preparation, held by one process."""

    folder: Path

    def step(
        self,
        name: str,
        inputs: Mapping[str, Any],
        parameters: Mapping[str, Any],
        compute: Callable[[], Computed],
    ) -> Result:
        """Return what a step left, computed if it is not there.

        Parameters
        ----------
        name
            Of the step; it names a file.
        inputs
            Hashes of all that goes in.
        parameters
            Plain values of all that decides the result beside the input.
        compute
            Computes it.

        Raises
        ------
        StudyError
            If the result cannot be written.
        """
        key = hash_of_values(
            {"step": name, "in": inputs, "with": parameters, "versions": versions()}
        )
        saved = self._saved(name, key)
        if saved is not None:
            return saved
        computed = compute()
        hashes = {}
        for relative, image in computed.images.items():
            path = self.folder / relative
            with replacing(path) as temporary:
                write_image(temporary, without_texts(image))
            hashes[relative] = sha256_of(path)
        write_json(
            self._record(name), {"key": key, "files": hashes, "record": dict(computed.record)}
        )
        saved = self._saved(name, key)
        if saved is None:
            raise StudyError(
                f"What was written to {self.folder} is not what can be read from it. Check the "
                "disk, then run again."
            )
        return saved

    def _record(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _saved(self, name: str, key: str) -> Result | None:
        try:
            saved = json.loads(self._record(name).read_text(encoding="utf-8"))
            files = {relative: self.folder / relative for relative in saved["files"]}
            if saved["key"] != key:
                return None
            for relative, path in files.items():
                if sha256_of(path) != saved["files"][relative]:
                    return None
            return Result(files, saved["files"], saved["record"])
        except (OSError, ValueError, KeyError, TypeError):
            # Not there, or cut short by something that is no part of this program.
            return None


def without_texts(image: sitk.Image) -> sitk.Image:
    """Return the voxels and their place, without the texts that a header carried."""
    bare = sitk.Image(image)
    # Copies share their texts until one of them is made to stand for itself.
    bare.MakeUnique()
    for key in bare.GetMetaDataKeys():
        bare.EraseMetaData(key)
    return bare


@contextmanager
def working_in(folder: Path) -> Iterator[WorkFolder]:
    """Hold a work folder; what a killed process left half written is cleared.

    A folder in which nothing was kept is removed at the end.

    Raises
    ------
    StudyLockedError
        If another process prepares the same case.
    StudyError
        If the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StudyError(
            f"Cannot create {folder}: {error.strerror or error}. Choose a study that you may "
            "write to."
        ) from error
    with exclusive(folder, wait=0):
        for part in (folder, folder / IMAGES, folder / IMAGES / "unstripped"):
            remove_unfinished(part)
        try:
            yield WorkFolder(folder)
        finally:
            if folder.exists() and all(entry.name == LOCK_NAME for entry in folder.iterdir()):
                clear(folder)


def clear(folder: Path) -> None:
    """Remove a work folder that is not needed any more; what stays of it does no harm."""
    shutil.rmtree(folder, ignore_errors=True)
    # It is not empty while another case is being prepared.
    with suppress(OSError):
        folder.parent.rmdir()
