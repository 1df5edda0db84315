"""The brain mask of a case: where it lies, and how a corrected one is kept. Standard library only.

Who corrects a mask changes no image: those follow when the case is prepared again. The mask before
is kept beside it, and a log tells who changed it when.
"""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.study.atomic import append_line, replacing
from radiogenomics.study.case import Case, WriteFile, now, sha256_of
from radiogenomics.study.lock import exclusive
from radiogenomics.study.names import check_rater

MASK_NAME = "brain_mask.nii.gz"
LOG_NAME = "brain_mask.jsonl"

UNSTRIPPED = "unstripped"
"""Folder beside the images with the same images before the skull was stripped."""

_EARLIER = re.compile(r"brain_mask\.v(?P<version>\d{2,})\.nii\.gz")


@dataclass(frozen=True)
class SavedMask:
    """A brain mask that was saved.

    Attributes
    ----------
    path
        The mask that counts now.
    sha256
        Of its file.
    earlier
        Where the mask before is kept; None if there was none.
    """

    path: Path
    sha256: str
    earlier: Path | None


def find_brain_mask(case: Case) -> Path | None:
    """Return the file of the brain mask that counts, or None."""
    path = _images(case) / MASK_NAME
    return path if path.is_file() else None


def find_unstripped(case: Case) -> dict[str, Path]:
    """Return the images before the skull was stripped, by name; empty where none were kept."""
    folder = _images(case) / UNSTRIPPED
    paths = {name: folder / f"{name}.nii.gz" for name in case.images}
    return {name: path for name, path in paths.items() if path.is_file()}


def save_brain_mask(case: Case, write: WriteFile, *, who: str) -> SavedMask:
    """Let a corrected brain mask count; the one before is kept as ``brain_mask.v<NN>.nii.gz``.

    Parameters
    ----------
    case
        Of which patient.
    write
        Writes a ``.nii.gz`` file at the path it is given.
    who
        Who corrected it, for the log.

    Raises
    ------
    InputError
        If the name cannot be used.
    StudyError, StudyLockedError
        If it cannot be written; the mask that counted before still does.
    """
    person = check_rater(who)
    path = _images(case) / MASK_NAME
    with exclusive(case.folder):
        with replacing(path) as temporary:
            write(temporary)
            earlier = _keep_earlier(path) if path.exists() else None
        sha256 = sha256_of(path)
        entry = {
            "time": now(),
            "who": person,
            "sha256": sha256,
            "earlier": None if earlier is None else earlier.name,
        }
        append_line(path.with_name(LOG_NAME), json.dumps(entry, ensure_ascii=False))
    return SavedMask(path, sha256, earlier)


def _keep_earlier(path: Path) -> Path:
    numbers = [
        int(match["version"])
        for other in path.parent.iterdir()
        if (match := _EARLIER.fullmatch(other.name))
    ]
    earlier = path.with_name(f"brain_mask.v{max(numbers, default=0) + 1:02d}.nii.gz")
    with replacing(earlier) as temporary:
        shutil.copyfile(path, temporary)
    return earlier


def _images(case: Case) -> Path:
    return case.folder / "images"
