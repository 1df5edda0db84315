"""Bringing segmentations and images from elsewhere into a study folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from radiogenomics.errors import InputError, RadiogenomicsError
from radiogenomics.imaging.discovery import FoundCase, find_cases
from radiogenomics.imaging.labels import find_preset
from radiogenomics.imaging.segments import segmentation_image
from radiogenomics.imaging.volumes import (
    Labelmap,
    find_inside,
    place,
    read_labelmap,
    read_volume,
    write_image,
    write_volume,
)
from radiogenomics.study import Case, Segmentation, Study, check_patient_id
from radiogenomics.study.case import sha256_of
from radiogenomics.study.progress import Progress, silent


@dataclass(frozen=True)
class PlannedCase:
    """What an import would do with one found case.

    Attributes
    ----------
    found
        The files.
    action
        In words: a new case, a further version, or nothing because it is there already.
    problem
        Why it cannot be imported; empty where it can.
    """

    found: FoundCase
    action: str
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
            check_patient_id(found.patient_id)
            if found.patient_id in seen:
                raise InputError(
                    f"Also {seen[found.patient_id]} is of patient {found.patient_id}; "
                    "import one rater's segmentations at a time."
                )
        except InputError as error:
            planned.append(PlannedCase(found, "leave out", str(error)))
            continue
        seen[found.patient_id] = found.segmentation
        planned.append(PlannedCase(found, _action(existing.get(found.patient_id), found, rater)))
    return planned


def _action(case: Case | None, found: FoundCase, rater: str) -> str:
    if case is None:
        return "new case"
    latest = case.latest(rater)
    if latest is None:
        return f"first version by {rater}"
    if latest.record.get("source_sha256") == sha256_of(found.segmentation):
        return "nothing (already there)"
    return f"version {latest.version + 1} by {rater}"


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
        if planned.problem:
            failed.append((planned.found, planned.problem))
        elif not planned.action.startswith("nothing"):
            try:
                import_case(study, planned.found, rater)
            except RadiogenomicsError as error:
                failed.append((planned.found, str(error)))
    progress("import", len(plan), len(plan), "")
    return failed


def import_case(study: Study, found: FoundCase, rater: str) -> None:
    """Import one case: its images and one version of one rater's segmentation.

    Raises
    ------
    LabelmapError
        If a file cannot be read, or the segmentation does not lie on its images' grid.
    StudyError
        If the study cannot be written to.
    """
    labelmap = read_labelmap(found.segmentation, find_preset(study.settings.labels))
    volumes = {name: read_volume(path) for name, path in found.images.items()}
    for name, volume in volumes.items():
        find_inside(labelmap.grid, found.segmentation, volume.grid, found.images[name])
    case = study.add_case(found.patient_id)
    for name, volume in volumes.items():
        source = {"source_sha256": sha256_of(found.images[name]), "step": "copied as it was"}
        case.add_image(name, partial(write_volume, array=volume.array, grid=volume.grid), source)
    save_segmentation(
        case, rater, labelmap, {"source_sha256": sha256_of(found.segmentation), "step": "imported"}
    )


def save_segmentation(
    case: Case, rater: str, labelmap: Labelmap, provenance: dict[str, str]
) -> Segmentation:
    """Save a labelmap as the next version of a rater's segmentation (``.seg.nrrd``).

    Raises
    ------
    StudyError
        If it cannot be written; earlier versions are unchanged.
    """

    def write(path: Path) -> None:
        image = segmentation_image(labelmap.array, labelmap.labels)
        place(image, labelmap.grid)
        write_image(path, image)

    return case.add_segmentation(rater, write, provenance)
