"""Bringing segmentations and images from elsewhere into a study folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from radiogenomics.errors import InputError, RadiogenomicsError, StudyError
from radiogenomics.imaging.discovery import FoundCase, find_cases
from radiogenomics.imaging.segments import segmentation_image
from radiogenomics.imaging.volumes import (
    Labelmap,
    Volume,
    find_inside,
    place,
    read_grid,
    read_labelmap,
    read_volume,
    write_image,
    write_volume,
)
from radiogenomics.study import Case, Segmentation, Study, check_patient_id
from radiogenomics.study.case import sha256_of
from radiogenomics.study.labels import find_preset
from radiogenomics.study.progress import Progress, silent


class Action(StrEnum):
    """What an import does with a found case."""

    NEW_CASE = "new case"
    FIRST_VERSION = "first version"
    FURTHER_VERSION = "further version"
    NOTHING = "nothing (already there)"
    LEAVE_OUT = "leave out"


@dataclass(frozen=True)
class PlannedCase:
    """What an import would do with one found case.

    Attributes
    ----------
    found
        The files.
    action
        What would happen.
    description
        The same in words, with rater and version.
    problem
        Why it is left out; empty where it is not.
    """

    found: FoundCase
    action: Action
    description: str
    problem: str = ""


def plan_import(study: Study, sources: Sequence[Path], rater: str) -> list[PlannedCase]:
    """Say what an import would take, without writing anything.

    Raises
    ------
    InputError
        If nothing is found.
    """
    planned = []
    seen: dict[str, Path] = {}
    existing = {case.patient_id: case for case in study.cases()}
    for found in find_cases(sources).cases:
        try:
            found.checked_patient_id()
            if found.patient_id in seen:
                raise InputError(
                    f"{found.segmentation} and {seen[found.patient_id]} are both of patient "
                    f"{found.patient_id}; import one rater's segmentations at a time."
                )
            planned.append(_planned(existing.get(found.patient_id), found, rater))
        except (InputError, StudyError) as error:
            planned.append(PlannedCase(found, Action.LEAVE_OUT, Action.LEAVE_OUT.value, str(error)))
            continue
        seen[found.patient_id] = found.segmentation
    return planned


def _planned(case: Case | None, found: FoundCase, rater: str) -> PlannedCase:
    if case is None:
        return PlannedCase(found, Action.NEW_CASE, Action.NEW_CASE.value)
    latest = case.latest(rater)
    if latest is None:
        return PlannedCase(found, Action.FIRST_VERSION, f"first version by {rater}")
    if latest.record.get("source_sha256") == _hash(found.segmentation):
        return PlannedCase(found, Action.NOTHING, Action.NOTHING.value)
    return PlannedCase(found, Action.FURTHER_VERSION, f"version {latest.version + 1} by {rater}")


def run_import(
    study: Study, plan: Sequence[PlannedCase], rater: str, progress: Progress = silent
) -> list[tuple[FoundCase, str]]:
    """Import what was planned; a case that fails is left out and the others go on.

    Returns
    -------
    list of (FoundCase, str)
        The cases that failed, and why.
    """
    failed = []
    for done, planned in enumerate(plan):
        progress("import", done, len(plan), planned.found.patient_id)
        if planned.action is Action.LEAVE_OUT:
            failed.append((planned.found, planned.problem))
        elif planned.action is not Action.NOTHING:
            try:
                import_case(study, planned.found, rater)
            except RadiogenomicsError as error:
                failed.append((planned.found, str(error)))
    progress("import", len(plan), len(plan), "")
    return failed


def import_case(study: Study, found: FoundCase, rater: str) -> Segmentation:
    """Import one case: its images and one version of one rater's segmentation.

    An image that the case has already is left as it is.

    Raises
    ------
    LabelmapError
        If a file cannot be read, or the segmentation does not lie on its images' grid.
    InputError
        If the case has another image of the same name, on which others have drawn.
    StudyError
        If the study cannot be written to.
    """
    check_patient_id(found.patient_id)
    labelmap = read_labelmap(found.segmentation, find_preset(study.settings.labels))
    volumes = {name: read_volume(path) for name, path in found.images.items()}
    for name, volume in volumes.items():
        find_inside(labelmap.grid, found.segmentation, volume.grid, found.images[name])
    case = study.add_case(found.patient_id)
    try:
        return _save(case, found, rater, labelmap, volumes)
    except RadiogenomicsError:
        study.discard_empty(case)
        raise


def _save(
    case: Case, found: FoundCase, rater: str, labelmap: Labelmap, volumes: Mapping[str, Volume]
) -> Segmentation:
    for image in case.images.values():
        find_inside(labelmap.grid, found.segmentation, read_grid(image), image)
    new = {name: path for name, path in found.images.items() if not _has(case, name, path)}
    for name, path in new.items():
        source = {"source_sha256": _hash(path), "step": "copied as it was"}
        write = partial(write_volume, array=volumes[name].array, grid=volumes[name].grid)
        case.add_image(name, write, source)
    provenance = {"source_sha256": _hash(found.segmentation), "step": "imported"}
    return save_segmentation(case, rater, labelmap, provenance)


def _has(case: Case, name: str, path: Path) -> bool:
    """Whether a case has this very image already.

    Raises
    ------
    InputError
        If it has another of that name: what was drawn on it must keep it.
    """
    if name not in case.images:
        return False
    if _hash(path) in case.image_hashes(name):
        return True
    raise InputError(
        f"{case.patient_id} already has another {name} than {path}, and segmentations were drawn "
        "on it. Import the segmentation without its images, or into another study."
    )


def _hash(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}.") from error


def save_segmentation(
    case: Case, rater: str, labelmap: Labelmap, provenance: dict[str, str]
) -> Segmentation:
    """Save a labelmap as the next version of a rater's segmentation (``.seg.nrrd``).

    Raises
    ------
    StudyError
        If it cannot be written; earlier versions are unchanged.
    """
    write = partial(write_segmentation_file, labelmap=labelmap)
    return case.add_segmentation(rater, write, provenance)


def write_segmentation_file(path: Path, labelmap: Labelmap) -> None:
    """Write a labelmap as Slicer's ``.seg.nrrd``; raises `StudyError` as `write_image` does."""
    image = segmentation_image(labelmap.array, labelmap.labels)
    place(image, labelmap.grid)
    write_image(path, image)
