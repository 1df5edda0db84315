"""Walking through a source: which files are DICOM, which are volumes, and which are none."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.imaging.series.dicom_headers import Header, looks_like_dicom, read_header
from radiogenomics.imaging.volumes import strip_suffix
from radiogenomics.study.progress import Progress

# Processed images and originals that BIDS keeps beside the subjects.
_BESIDE_BIDS = {"derivatives", "sourcedata"}
_TOLD_EVERY = 50


@dataclass(frozen=True)
class Scanned:
    """The files of a source.

    Attributes
    ----------
    volumes
        NIfTI, NRRD and MetaImage files, by path.
    headers
        Headers of the DICOM files that hold pictures, by path.
    others
        How many files are none of those.
    notes
        What was passed over, in sentences.
    """

    volumes: tuple[Path, ...]
    headers: tuple[Header, ...]
    others: int
    notes: tuple[str, ...]


def scan(source: Path, progress: Progress) -> Scanned:
    """Sort the files of a folder, to any depth, by what they are, whatever they are called.

    Raises
    ------
    InputError
        If the source does not exist or a folder in it may not be read.
    """
    notes: list[str] = []
    files = list_files(source, notes)
    volumes: list[Path] = []
    headers: list[Header] = []
    damaged: list[str] = []
    reports = others = 0
    for done, path in enumerate(files):
        if done % _TOLD_EVERY == 0:
            progress("scan", done, len(files), "")
        if strip_suffix(path.name) is not None and not path.name.startswith("."):
            volumes.append(path)
            continue
        header = read_header(path) if _is_dicom(path, damaged) else ""
        if isinstance(header, Header):
            headers.append(header)
        elif header is None:
            reports += 1
        elif header:
            damaged.append(f"{path} {header}")
        else:
            others += 1
    progress("scan", len(files), len(files), "")
    if reports:
        notes.append(f"{reports} DICOM files hold no picture (directory, report and the like)")
    if damaged:
        notes.append(f"{len(damaged)} files were passed over, first: {damaged[0]}")
    return Scanned(tuple(volumes), tuple(headers), others, tuple(notes))


def _is_dicom(path: Path, damaged: list[str]) -> bool:
    try:
        with path.open("rb") as file:
            return looks_like_dicom(file.read(132))
    except OSError as error:
        damaged.append(f"{path} cannot be read: {error.strerror}")
        return False


def list_files(source: Path, notes: list[str]) -> list[Path]:
    """Return all files of a source by path, hidden folders left out."""
    if source.name.upper() == "DICOMDIR" and source.is_file():
        # The directory of a disc: the files it lists lie beside it.
        source = source.parent
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
    seen: set[str] = set()
    for folder, folders, names in os.walk(source, onerror=refuse, followlinks=True):
        # A link may lead to a folder above it.
        here = os.path.realpath(folder)
        if here in seen:
            folders.clear()
            continue
        seen.add(here)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if is_bids and Path(folder) == source:
            beside = _BESIDE_BIDS & set(folders)
            folders[:] = [name for name in folders if name not in beside]
            notes += [f"{name} of the BIDS folder was passed over" for name in sorted(beside)]
        # Beside every file, macOS puts one that begins so.
        paths = (Path(folder, name) for name in names if not name.startswith("._"))
        # A pipe or a device would be waited for.
        files += [path for path in paths if path.is_file()]
    return sorted(files)
