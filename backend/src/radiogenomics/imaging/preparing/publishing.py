"""Putting prepared images into a case in one step, and what may not be put over."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from radiogenomics.errors import InputError, StudyError
from radiogenomics.imaging.preparing.hashing import hash_of_files
from radiogenomics.imaging.preparing.provenance import PREPARATION, hashes_of, read_provenance
from radiogenomics.imaging.preparing.work import IMAGES
from radiogenomics.imaging.volumes import Grid, find_inside, read_grid
from radiogenomics.study import Case, Study
from radiogenomics.study.brain_mask import MASK_NAME, UNSTRIPPED
from radiogenomics.study.case import IMAGE_NAMES
from radiogenomics.study.lock import exclusive

_REPLACED = "replaced"
_OURS = {*(f"{name}.nii.gz" for name in IMAGE_NAMES), MASK_NAME, UNSTRIPPED, "provenance.json"}


def check_place(study: Study, patient_id: str) -> Case:
    """Return the case of a patient, new or not, without adding it.

    Raises
    ------
    InputError
        If the patient id is not usable.
    StudyError
        If the study cannot be written to.
    """
    case = study.add_case(patient_id)
    # A case appears in the study together with its images.
    study.discard_empty(case)
    return case


def is_there(case: Case, key: str, *, replace: bool) -> bool:
    """Whether a case has the images of this very preparation, unchanged.

    Raises
    ------
    InputError
        If it has others, and they may not be replaced; with what to do.
    StudyError
        If its provenance cannot be read.
    """
    images = case.folder / IMAGES
    known = read_provenance(images)
    if not case.images and not known:
        return False
    if known.get(PREPARATION, {}).get("key") == key:
        changed = changed_files(images, known)
        if not changed:
            return True
        if not replace and changed == [MASK_NAME]:
            raise InputError(
                f"{case.patient_id} is prepared, and its brain mask was changed since. Apply the "
                f"changed mask with: radiogenomics prepare --again --patient {case.patient_id} "
                "--study STUDY"
            )
        if not replace:
            raise InputError(
                f"{case.patient_id} was prepared from these images, but {', '.join(changed)} in "
                f"{images} changed since. Restore them from a backup, or prepare the case anew "
                "with --replace."
            )
    elif not replace:
        raise InputError(
            f"{case.patient_id} has images already ({', '.join(case.images)}), of other files or "
            "prepared in another way. Nothing was changed. To replace them, run again with "
            "--replace; to keep both, take another patient id or study."
        )
    return False


def changed_files(images: Path, known: dict[str, Any]) -> list[str]:
    """Return the files of a prepared case that are missing or not those that were written."""
    return [
        name
        for name, sha256 in hashes_of(known).items()
        if not (images / name).is_file() or hash_of_files([images / name]) != sha256
    ]


def check_segmentations(case: Case, grid: Grid) -> None:
    """Refuse images on another grid than that on which raters drew.

    Raises
    ------
    InputError
        If a segmentation or a draft of the case does not lie on the grid, or cannot be read.
    """
    folder = case.folder / "segmentations"
    for path in sorted(folder.glob("*.seg.nrrd")):
        if path.name.startswith("."):
            continue
        drawn = read_grid(path)
        try:
            find_inside(drawn, path, grid, case.folder / IMAGES)
        except InputError as error:
            raise InputError(
                f"{path} was drawn on other images: it has {drawn.describe()}, and these images "
                f"would have {grid.describe()}. What raters drew is kept with the images that they "
                "drew on. Take another patient id or study."
            ) from error


def settle(case: Case, work: Path) -> None:
    """Finish or take back a replacement in the middle of which the program was killed."""
    replaced = work / _REPLACED
    if not replaced.exists():
        return
    images = case.folder / IMAGES
    case.folder.mkdir(parents=True, exist_ok=True)
    with exclusive(case.folder):
        if images.exists():
            _carry_over(replaced, images)
        else:
            replaced.rename(images)


def publish(study: Study, patient_id: str, work: Path, *, mask_sha256: str | None = None) -> Case:
    """Make the images in a work folder those of the case, all at once.

    A file in the case's folder of images that is none of a preparation's is kept.

    Parameters
    ----------
    study, patient_id
        Which case; added where it is new.
    work
        The work folder.
    mask_sha256
        Of the case's brain mask that was applied; None where none of its was.

    Raises
    ------
    StudyError, StudyLockedError
        If the study cannot be written to, or somebody saved another brain mask meanwhile; the case
        is as it was before.
    """
    case = study.add_case(patient_id)
    images, replaced = case.folder / IMAGES, work / _REPLACED
    try:
        with exclusive(case.folder):
            if mask_sha256 and hash_of_files([images / MASK_NAME]) != mask_sha256:
                raise StudyError(
                    f"The brain mask of {patient_id} was corrected again while it was being "
                    "applied. Nothing was changed; run again."
                )
            if images.exists():
                images.rename(replaced)
            (work / IMAGES).rename(images)
            if replaced.exists():
                _carry_over(replaced, images)
    except OSError as error:
        settle(case, work)
        raise StudyError(
            f"Cannot put the images into {case.folder}: {error.strerror or error}. What was there "
            "before is unchanged; make the folder writable, then run again."
        ) from error
    return case


def _carry_over(replaced: Path, images: Path) -> None:
    for entry in sorted(replaced.iterdir()):
        if entry.name not in _OURS and not (images / entry.name).exists():
            entry.rename(images / entry.name)
    shutil.rmtree(replaced)
