"""What there is to measure: one job a segmentation, from files, folders or a study."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.errors import InputError, RadiogenomicsError, StudyError
from radiogenomics.imaging import (
    MEASURED_ROIS,
    find_cases,
    find_inside,
    find_preset,
    read_grid,
    read_labelmap,
)
from radiogenomics.shape import FEATURE_UNITS, measure_labelmap
from radiogenomics.study import FeatureRow, Study
from radiogenomics.study.case import verify_file
from radiogenomics.study.counting import measured_versions, version_that_counts
from radiogenomics.study.tables import feature_rows

UNNAMED_RATER = "unnamed"
"""Rater of a labelmap that lies in no study and of which nobody said who drew it."""


@dataclass(frozen=True)
class MeasureJob:
    """One segmentation to measure.

    Attributes
    ----------
    patient_id, rater, version
        What the rows will say.
    path
        The segmentation file.
    labels
        Name of the label preset, or None.
    rois
        The ROIs to measure, in the order of the rows.
    images
        The images that it was drawn on, as far as they are there; it must lie on their grid.
    sha256
        Hash that the study recorded when the file was saved; None for a file outside a study.
    counts
        What the table says on whether this version is the one of its case that counts.
    """

    patient_id: str
    rater: str
    version: int
    path: Path
    labels: str | None
    rois: tuple[str, ...] = MEASURED_ROIS
    images: tuple[Path, ...] = ()
    sha256: str | None = None
    counts: str = ""


@dataclass(frozen=True)
class Failure:
    """A segmentation that could not be measured, and why.

    Attributes
    ----------
    path, reason
        What, and why.
    bad_input
        Whether the file itself is at fault, not the disk or this program.
    """

    path: Path
    reason: str
    bad_input: bool = True


@dataclass(frozen=True)
class Measured:
    """What came of one segmentation.

    Attributes
    ----------
    rows
        Ten an ROI.
    small
        The ROIs with so few voxels that their sphericity can exceed 1.
    """

    rows: list[FeatureRow]
    small: list[str]


def jobs_from_files(
    paths: Sequence[Path], labels: str | None, rater: str, rois: tuple[str, ...]
) -> tuple[list[MeasureJob], list[Failure], int]:
    """Make the jobs for files and folders.

    Returns
    -------
    jobs
        By patient id.
    failures
        Files whose name gives no usable patient id, or one that another file has already.
    passed_over
        Volumes that are neither a segmentation nor a case's image by their name.

    Raises
    ------
    InputError
        If the preset is unknown, or nothing is found.
    """
    if labels is not None:
        find_preset(labels)
    jobs: dict[str, MeasureJob] = {}
    failures = []
    discovery = find_cases(paths)
    for found in discovery.cases:
        try:
            patient_id = found.checked_patient_id()
            if patient_id in jobs:
                raise InputError(
                    f"{found.segmentation} and {jobs[patient_id].path} are both of patient "
                    f"{patient_id}. Measure one rater's files at a time, or make a study."
                )
        except InputError as error:
            failures.append(Failure(found.segmentation, str(error)))
            continue
        images = tuple(found.images.values())
        jobs[patient_id] = MeasureJob(
            patient_id, rater, 1, found.segmentation, labels, rois, images
        )
    return [jobs[patient_id] for patient_id in sorted(jobs)], failures, discovery.passed_over


def jobs_from_study(study: Study, rois: tuple[str, ...]) -> tuple[list[MeasureJob], list[Failure]]:
    """Make the jobs for a study: the latest version of every rater of every case.

    The version that counts, too, where that is an older one; see `radiogenomics.study.counting`.

    Returns
    -------
    jobs
        By patient id and rater.
    failures
        Cases whose records are damaged.

    Raises
    ------
    InputError
        If the study holds no segmentation yet.
    """
    jobs: list[MeasureJob] = []
    failures = []
    for case in study.cases():
        try:
            counting = version_that_counts(case)
            versions = measured_versions(case, counting)
        except StudyError as error:
            failures.append(Failure(case.folder, str(error), bad_input=False))
            continue
        jobs += [
            MeasureJob(
                case.patient_id,
                one.rater,
                one.version,
                one.path,
                study.settings.labels,
                rois,
                tuple(case.images.values()),
                str(one.record.get("sha256")),
                counting.mark(one.rater, one.version),
            )
            for one in versions
        ]
    if not jobs and not failures:
        raise InputError(
            f"The study {study.root} holds no segmentation yet. "
            "Bring some in with: radiogenomics study import "
            f"{shlex.quote(str(study.root))} FOLDER"
        )
    return jobs, failures


def measure(job: MeasureJob) -> Measured:
    """Measure one segmentation.

    Raises
    ------
    LabelmapError
        If the file cannot be read, or does not lie on the grid of its images.
    InputError
        If it has no label for one of the ROIs.
    """
    if job.sha256 is not None:
        verify_file(job.path, job.sha256)
    labelmap = read_labelmap(job.path, find_preset(job.labels) if job.labels else None)
    for image in job.images:
        find_inside(labelmap.grid, job.path, read_grid(image), image)
    missing = [roi for roi in job.rois if roi not in labelmap.labels]
    if missing:
        raise InputError(
            f"{job.path} has no label or segment for {', '.join(missing)} "
            f"(it has {', '.join(labelmap.labels)}). Name those to measure, such as: "
            f"--roi {next(iter(labelmap.labels))}"
        )
    labels = {roi: labelmap.labels[roi] for roi in job.rois}
    measured = measure_labelmap(labelmap.array, labelmap.grid.spacing, labels)
    rows = [
        row
        for roi, measurement in measured.items()
        for row in feature_rows(
            job.patient_id, job.rater, job.version, roi, measurement.features, FEATURE_UNITS
        )
    ]
    return Measured(rows, [roi for roi, measurement in measured.items() if measurement.is_small])


def try_measure(job: MeasureJob) -> Measured | Failure:
    """Measure one segmentation, or say why not; runs in a worker process."""
    try:
        return measure(job)
    except RadiogenomicsError as error:
        return Failure(job.path, str(error), bad_input=isinstance(error, InputError))
    except OSError as error:
        reason = f"{job.path} cannot be read: {error.strerror or error}."
        return Failure(job.path, reason, bad_input=False)
    except Exception as error:  # one file must not stop the others, whatever is wrong with it
        return Failure(
            job.path,
            f"{job.path} could not be measured: {type(error).__name__}: {error}. This is a fault "
            "of radiogenomics; please report it.",
            bad_input=False,
        )


def in_table_order(rows: Iterable[FeatureRow]) -> list[FeatureRow]:
    """Rows by patient, rater and version; within these as measured."""
    return sorted(rows, key=lambda row: (row.patient_id, row.rater, row.version))
