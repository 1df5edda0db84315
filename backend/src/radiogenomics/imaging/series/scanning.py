"""Walking through a source: which files are volumes, and which are none of ours."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.imaging.volumes import strip_suffix
from radiogenomics.study.progress import Progress

# Processed images and originals that BIDS keeps beside the subjects.
_BESIDE_BIDS = {"derivatives", "sourcedata"}


@dataclass(frozen=True)
class Scanned:
    """The files of a source.

    Attributes
    ----------
    volumes
        NIfTI, NRRD and MetaImage files, by path.
    others
        How many files are none of those.
    notes
        What was passed over, in sentences.
    """

    volumes: tuple[Path, ...]
    others: int
    notes: tuple[str, ...]


def scan(source: Path, progress: Progress) -> Scanned:
    """Sort the files of a folder, to any depth, by what they are.

    Raises
    ------
    InputError
        If the source does not exist or a folder in it may not be read.
    """
    notes: list[str] = []
    files = list_files(source, notes)
    volumes = tuple(path for path in files if strip_suffix(path.name) is not None)
    progress("scan", len(files), len(files), "")
    return Scanned(volumes, len(files) - len(volumes), tuple(notes))


def list_files(source: Path, notes: list[str]) -> list[Path]:
    """Return all files of a source by path, hidden ones left out."""
    if source.is_file():
        return [source]
    if not source.is_dir():
        raise InputError(f"There is no file or folder {source}.")

    def refuse(error: OSError) -> None:
        raise InputError(
            f"{error.filename} cannot be read: {error.strerror}. Ask for permission to read it, or "
            "copy the images elsewhere."
        ) from error

    files = []
    is_bids = (source / "dataset_description.json").is_file()
    for folder, folders, names in os.walk(source, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if is_bids and Path(folder) == source:
            beside = _BESIDE_BIDS & set(folders)
            folders[:] = [name for name in folders if name not in beside]
            notes += [f"{name} of the BIDS folder was passed over" for name in sorted(beside)]
        files += [Path(folder, name) for name in names if not name.startswith(".")]
    return sorted(files)
