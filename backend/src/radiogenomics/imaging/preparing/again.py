"""Stripping a prepared case anew, by its corrected brain mask; nothing is registered again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.preparing.finishing import finish, warnings_of
from radiogenomics.imaging.preparing.hashing import hash_of_files
from radiogenomics.imaging.preparing.masking import MaskSource, make_mask, mask_image, mask_source
from radiogenomics.imaging.preparing.preparing import WORK
from radiogenomics.imaging.preparing.provenance import (
    BRAIN_MASK,
    PREPARATION,
    mask_entry,
    read_provenance,
)
from radiogenomics.imaging.preparing.publishing import changed_files, publish, settle
from radiogenomics.imaging.preparing.settings import (
    DoubtfulError,
    Outcome,
    Prepared,
    PrepareSettings,
)
from radiogenomics.imaging.preparing.steps import Hashed, strip_skull
from radiogenomics.imaging.preparing.work import IMAGES, WorkFolder, clear, working_in
from radiogenomics.imaging.series import Contrast
from radiogenomics.study import Case, Study
from radiogenomics.study.atomic import replacing
from radiogenomics.study.brain_mask import MASK_NAME, UNSTRIPPED
from radiogenomics.study.progress import Progress, silent


def strip_again(
    study: Study,
    patient_id: str,
    settings: PrepareSettings | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Strip the images of a prepared case by another brain mask.

    Parameters
    ----------
    study, patient_id
        Which case.
    settings
        Of these the brain mask or the method of skull stripping counts; with neither, the mask
        is ``images/brain_mask.nii.gz`` of the case, as somebody corrected it.
    progress
        Told of every step.

    Raises
    ------
    InputError
        If there is no such case, it was not prepared, its mask cannot be used, or more is asked
        for than a mask.
    StudyError, StudyLockedError
        If the study cannot be read or written to; the case is as it was before.
    """
    settings = settings or PrepareSettings()
    if settings.bias_correction or settings.chosen:
        raise InputError(
            "With --again only the brain is cut out anew. To choose other images or even out their "
            "brightness, prepare the case from its source, with --replace."
        )
    case = study.case(patient_id)
    folder = study.root / WORK / patient_id
    with working_in(folder) as work:
        settle(case, folder)
        known = _prepared_before(case)
        if not settings.names_a_mask and not changed_files(case.folder / IMAGES, known):
            prepared = Prepared(case, Outcome.UNCHANGED, tuple(known[PREPARATION]["warnings"]))
        else:
            prepared = _strip(study, case, work, known, settings, progress)
        clear(folder)
    return prepared


def _strip(
    study: Study,
    case: Case,
    work: WorkFolder,
    known: dict[str, Any],
    settings: PrepareSettings,
    progress: Progress,
) -> Prepared:
    images = case.folder / IMAGES
    if settings.names_a_mask:
        mask_from, applied = mask_source(settings, stripped=False), None
    else:
        mask_from = MaskSource(file=images / MASK_NAME)
        applied = hash_of_files([images / MASK_NAME])
    names = [contrast for contrast in Contrast if "unstripped_sha256" in known.get(contrast, {})]
    made = make_mask(work, mask_from, _unstripped(images, known, Contrast.T1C), progress)
    mask = mask_image(made)
    entries = dict(known)
    entries[BRAIN_MASK] = mask_entry(made)
    if applied is not None:
        before = known[BRAIN_MASK]
        entries[BRAIN_MASK]["method"] = "corrected"
        entries[BRAIN_MASK]["corrected_from"] = before.get("corrected_from", before)
    for done, contrast in enumerate(names):
        progress("strip", done, len(names), str(contrast))
        unstripped = _unstripped(images, known, contrast)
        _keep(images, work, f"{UNSTRIPPED}/{contrast}.nii.gz")
        ((_, sha256),) = strip_skull(work, contrast, unstripped, mask).hashes.items()
        entries[contrast] = {**known[contrast], "sha256": sha256}
    for contrast in Contrast:
        if contrast in known and contrast not in names:
            # Added to the case afterwards, as it was.
            _keep(images, work, f"{contrast}.nii.gz")
    warnings, doubts = warnings_of(entries)
    entries[PREPARATION] = {**known[PREPARATION], "warnings": list(warnings)}
    finish(work, entries)
    # What was accepted before is not asked about again.
    new = tuple(doubt for doubt in doubts if doubt not in known[PREPARATION]["warnings"])
    if new and not settings.accept_doubtful:
        raise DoubtfulError(case.patient_id, work.folder / IMAGES, new)
    published = publish(study, case.patient_id, work.folder, mask_sha256=applied)
    return Prepared(published, Outcome.MASK_APPLIED, warnings)


def _prepared_before(case: Case) -> dict[str, Any]:
    """Return the provenance of a case that can be stripped again."""
    images = case.folder / IMAGES
    known = read_provenance(images)
    if PREPARATION not in known:
        raise InputError(
            f"{case.patient_id} was not prepared by this command, so there are no images with the "
            "skull to begin from. Prepare it from its source."
        )
    if known[PREPARATION]["outcome"] == Outcome.READY:
        raise InputError(
            f"The images of {case.patient_id} came without the skull, so there is nothing outside "
            "of the brain to take in again. Prepare it from images with the skull."
        )
    damaged = [name for name in changed_files(images, known) if name.startswith(UNSTRIPPED)]
    if damaged:
        raise InputError(
            f"{', '.join(damaged)} in {images} changed since {case.patient_id} was prepared. "
            "Restore them from a backup, or prepare the case anew with --replace."
        )
    return known


def _unstripped(images: Path, known: dict[str, Any], contrast: Contrast) -> Hashed:
    path = images / UNSTRIPPED / f"{contrast}.nii.gz"
    return Hashed(sitk.ReadImage(str(path)), str(known[contrast]["unstripped_sha256"]))


def _keep(images: Path, work: WorkFolder, name: str) -> None:
    with replacing(work.folder / IMAGES / name) as temporary:
        shutil.copyfile(images / name, temporary)
