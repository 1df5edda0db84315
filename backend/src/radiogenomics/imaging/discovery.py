"""Finding cases in a folder: which files are segmentations, which images, of which patient.

Two layouts are known: a flat folder with one labelmap a patient, and a tree such as BraTS
distributes, with a folder a patient that holds ``<patient>_seg``, ``<patient>_t1ce`` and so on.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.imaging.volumes import strip_suffix
from radiogenomics.study.names import check_patient_id

_SEGMENTATION = re.compile(
    r"(?:^|[_.-])(?:seg|segmentation|labels?|labelmap|mask|glistrboost(?:_manuallycorrected)?)$",
    re.IGNORECASE,
)
# The names that BraTS used over the years.
_IMAGES = {
    "t1c": re.compile(r"(?:^|[_.-])(?:t1c|t1ce|t1gd|t1post)$", re.IGNORECASE),
    "flair": re.compile(r"(?:^|[_.-])(?:flair|t2f)$", re.IGNORECASE),
    "t2": re.compile(r"(?:^|[_.-])(?:t2|t2w)$", re.IGNORECASE),
    "t1": re.compile(r"(?:^|[_.-])(?:t1|t1n|t1w)$", re.IGNORECASE),
}


@dataclass(frozen=True)
class FoundCase:
    """A segmentation file, the patient that its name says, and the images that lie with it."""

    patient_id: str
    segmentation: Path
    images: dict[str, Path] = field(default_factory=dict)

    def checked_patient_id(self) -> str:
        """Return the patient id if it is usable.

        Raises
        ------
        InputError
            Otherwise, with the file that it came from.
        """
        try:
            return check_patient_id(self.patient_id)
        except InputError as error:
            raise InputError(
                f"{self.segmentation}: {error} Rename the file, or add it to a study with "
                "--patient."
            ) from error


@dataclass(frozen=True)
class Discovery:
    """What was found: the cases, and how many other volumes there were that are no case's image."""

    cases: list[FoundCase]
    passed_over: int


def find_cases(paths: Sequence[Path]) -> Discovery:
    """Find the segmentations among files and folders, folders searched to any depth.

    A file that is named itself is taken as a segmentation whatever it is called. In a folder,
    files called ``..._seg``, ``..._mask`` and the like are; where there is none, every volume that
    is not called like an image.

    Returns
    -------
    Discovery
        The cases by path. Several may name the same patient; the caller decides.

    Raises
    ------
    InputError
        If a path does not exist or no segmentation is found at all.
    """
    cases: list[FoundCase] = []
    volumes = 0
    for path in paths:
        if path.is_dir():
            found = _in_folder(path)
            cases += found.cases
            volumes += found.passed_over
        elif path.is_file():
            cases.append(FoundCase(_patient_of(path), path))
        else:
            raise InputError(f"There is no file or folder {path}.")
    if not cases:
        raise InputError(
            f"No segmentation was found in {', '.join(map(str, paths))}. Expected volumes such as "
            "TCGA-02-0006_seg.nii.gz, or .seg.nrrd files that Slicer saved."
        )
    return Discovery(cases, volumes)


def _in_folder(folder: Path) -> Discovery:
    volumes = [
        path
        for path in sorted(folder.rglob("*"))
        if strip_suffix(path.name) is not None
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and path.is_file()
    ]
    images = {path: name for path in volumes if (name := _image_name(path)) is not None}
    segmentations = [path for path in volumes if _is_segmentation(path)]
    if not segmentations:
        segmentations = [path for path in volumes if path not in images]
    beside: dict[Path, list[Path]] = {}
    for path in images:
        beside.setdefault(path.parent, []).append(path)

    cases = []
    for path in segmentations:
        patient_id = _patient_of(path)
        mine = {
            images[image]: image
            for image in beside.get(path.parent, [])
            if _patient_of(image) == patient_id
        }
        cases.append(FoundCase(patient_id, path, mine))
    used = sum(1 + len(case.images) for case in cases)
    return Discovery(cases, len(volumes) - used)


def _stem(path: Path) -> str:
    return strip_suffix(path.name) or path.stem


def _is_segmentation(path: Path) -> bool:
    return path.name.lower().endswith(".seg.nrrd") or bool(_SEGMENTATION.search(_stem(path)))


def _image_name(path: Path) -> str | None:
    if _is_segmentation(path):
        return None
    stem = _stem(path)
    return next((name for name, pattern in _IMAGES.items() if pattern.search(stem)), None)


def _patient_of(path: Path) -> str:
    """Patient id from a file name; from the folder's where the file is called just ``seg``."""
    stem = _stem(path)
    for pattern in (_SEGMENTATION, *_IMAGES.values()):
        stem = pattern.sub("", stem)
    return stem or path.resolve().parent.name
