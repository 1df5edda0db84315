"""From a folder of a scanner's files to a case in the study, ready to be drawn on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from radiogenomics.imaging.preparing.finishing import finish, warnings_of
from radiogenomics.imaging.preparing.inputs import Input, key_of, read_inputs
from radiogenomics.imaging.preparing.masking import (
    MaskSource,
    check_mask,
    make_mask,
    mask_image,
    mask_source,
)
from radiogenomics.imaging.preparing.patients import folder_of, patient_of
from radiogenomics.imaging.preparing.provenance import (
    BRAIN_MASK,
    PREPARATION,
    image_entry,
    mask_entry,
    preparation_entry,
)
from radiogenomics.imaging.preparing.publishing import (
    check_place,
    check_segmentations,
    is_there,
    publish,
    settle,
)
from radiogenomics.imaging.preparing.ready import are_ready, is_stripped
from radiogenomics.imaging.preparing.settings import (
    DoubtfulError,
    Outcome,
    Prepared,
    PrepareSettings,
)
from radiogenomics.imaging.preparing.steps import (
    Hashed,
    even_out,
    lay_on_grid,
    register,
    strip_skull,
    take,
)
from radiogenomics.imaging.preparing.work import IMAGES, WorkFolder, clear, working_in
from radiogenomics.imaging.registration import BiasSettings, one_mm_grid
from radiogenomics.imaging.series import Contrast, choose_series, find_series
from radiogenomics.imaging.volumes import Grid, grid_of
from radiogenomics.study import Case, Study, check_patient_id
from radiogenomics.study.progress import Progress, silent

WORK = "preparing"
"""Folder of a study in which cases are prepared; removed when they are in it."""


def prepare_case(
    study: Study,
    source: Path,
    *,
    patient_id: str | None = None,
    patient_number: int | None = None,
    settings: PrepareSettings | None = None,
    progress: Progress = silent,
) -> Prepared:
    """Prepare the images of one patient and put them into the study.

    The other series are registered to T1 with contrast, all are laid on one grid of 1 mm by one
    linear interpolation, and the brain is cut out. Images that are so already are taken as they
    are. What an interrupted run computed is taken over, and the result is the same bit for bit.

    Parameters
    ----------
    study
        Where the case goes.
    source
        A folder of DICOM, NIfTI, NRRD or MetaImage files, or of BIDS, or one file.
    patient_id
        Of the case; by default as public collections and BIDS name their files.
    patient_number
        Which patient of a folder of DICOM that holds several, by the number in the message.
    settings
        By default `PrepareSettings()`.
    progress
        Told of every step.

    Raises
    ------
    InputError
        If the source cannot be used, the case has other images, or segmentations were drawn on
        another grid.
    DoubtfulError
        If a registration or the brain mask looks wrong.
    StudyError, StudyLockedError
        If the study cannot be written to, or another process prepares the same case.
    """
    settings = settings or PrepareSettings()
    check_mask(settings)
    if patient_id is not None:
        check_patient_id(patient_id)
    source = folder_of(source, patient_id)
    found = find_series(source, progress, patient=patient_number)
    chosen = choose_series(found, settings.chosen)
    patient = patient_id or patient_of(list(chosen.values()), source)
    case = check_place(study, patient)
    inputs = read_inputs(chosen, progress)
    key = key_of(inputs, settings)
    folder = study.root / WORK / patient
    with working_in(folder) as work:
        settle(case, folder)
        if is_there(case, key, replace=settings.replace):
            prepared = Prepared(case, Outcome.UNCHANGED)
        else:
            prepared = _prepare(study, case, work, inputs, key, settings, progress)
        clear(folder)
    return replace(prepared, notes=found.notes)


def _prepare(
    study: Study,
    case: Case,
    work: WorkFolder,
    inputs: Mapping[Contrast, Input],
    key: str,
    settings: PrepareSettings,
    progress: Progress,
) -> Prepared:
    t1c = inputs[Contrast.T1C].image
    ready = not settings.asks_for_steps and are_ready([one.image for one in inputs.values()])
    grid = grid_of(t1c) if ready else one_mm_grid(t1c)
    check_segmentations(case, grid)
    if ready:
        outcome, entries = Outcome.READY, _as_given(work, inputs, progress)
    else:
        mask_from = mask_source(settings, stripped=is_stripped(t1c))
        outcome = Outcome.PREPARED
        entries = _step_by_step(work, inputs, grid, mask_from, settings, progress)
    warnings, doubts = warnings_of(entries)
    entries[PREPARATION] = preparation_entry(key, outcome, grid, warnings)
    finish(work, entries)
    if doubts and not settings.accept_doubtful:
        raise DoubtfulError(case.patient_id, work.folder / IMAGES, doubts)
    return Prepared(publish(study, case.patient_id, work.folder), outcome, warnings)


def _as_given(
    work: WorkFolder, inputs: Mapping[Contrast, Input], progress: Progress
) -> dict[str, Any]:
    """Take images that are ready, voxel for voxel; only texts of their headers are left out."""
    entries: dict[str, Any] = {}
    for done, (contrast, given) in enumerate(inputs.items()):
        progress("take", done, len(inputs), str(contrast))
        taken = take(work, contrast, Hashed(given.image, given.voxels_sha256))
        entries[contrast] = image_entry(given, taken, step="taken as it was")
    t1c = inputs[Contrast.T1C]
    mask = make_mask(work, MaskSource(), Hashed(t1c.image, t1c.voxels_sha256), progress)
    entries[BRAIN_MASK] = mask_entry(mask)
    return entries


def _step_by_step(
    work: WorkFolder,
    inputs: Mapping[Contrast, Input],
    grid: Grid,
    mask_from: MaskSource,
    settings: PrepareSettings,
    progress: Progress,
) -> dict[str, Any]:
    sources = _sources(work, inputs, settings, progress)
    registrations: dict[Contrast, Mapping[str, Any] | None] = {Contrast.T1C: None}
    for contrast in sources:
        if contrast is not Contrast.T1C:
            registrations[contrast] = register(
                work, contrast, sources[contrast], sources[Contrast.T1C], progress
            )
    laid = {}
    for done, (contrast, source) in enumerate(sources.items()):
        progress("resample", done, len(sources), str(contrast))
        laid[contrast] = lay_on_grid(work, contrast, source, grid, registrations[contrast])
    made = make_mask(work, mask_from, laid[Contrast.T1C], progress)
    mask = mask_image(made)
    entries: dict[str, Any] = {}
    for done, (contrast, unstripped) in enumerate(laid.items()):
        progress("strip", done, len(laid), str(contrast))
        stripped = strip_skull(work, contrast, unstripped, mask)
        entries[contrast] = image_entry(
            inputs[contrast],
            stripped,
            step="prepared",
            unstripped_sha256=unstripped.sha256,
            bias_correction=BiasSettings().as_record() if settings.bias_correction else None,
            registration=registrations[contrast],
        )
    entries[BRAIN_MASK] = mask_entry(made)
    return entries


def _sources(
    work: WorkFolder,
    inputs: Mapping[Contrast, Input],
    settings: PrepareSettings,
    progress: Progress,
) -> dict[Contrast, Hashed]:
    """Return what is registered and resampled: the images as read, or evened out."""
    sources = {}
    for done, (contrast, read) in enumerate(inputs.items()):
        source = Hashed(read.image, read.voxels_sha256)
        if settings.bias_correction:
            progress("bias correction", done, len(inputs), str(contrast))
            source = even_out(work, contrast, source)
        sources[contrast] = source
    return sources
