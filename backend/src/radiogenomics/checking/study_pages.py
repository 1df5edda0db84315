"""Drawing the pages of a whole study: reads the files, measures, and writes page by page.

A page for each rater's newest version, one for each case that was prepared, and an index.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from radiogenomics.checking.case import CheckedCase
from radiogenomics.checking.case_page import write_case_page
from radiogenomics.checking.index_page import PreparedLine, write_index_page
from radiogenomics.checking.preparation_page import (
    PreparationSummary,
    preparation_page_name,
    write_preparation_page,
)
from radiogenomics.errors import InputError, RadiogenomicsError, StudyError, reason_of
from radiogenomics.imaging import (
    MEASURED_ROIS,
    find_inside,
    find_preset,
    read_labelmap,
    read_volume,
)
from radiogenomics.imaging.preparing import is_prepared
from radiogenomics.parallel import in_processes
from radiogenomics.shape import FEATURE_UNITS, measure_labelmap
from radiogenomics.study import Case, FeatureRow, Segmentation, Study
from radiogenomics.study.progress import Progress, silent

INDEX = "index.html"


@dataclass(frozen=True)
class CheckResult:
    """What was drawn: the index page, how many case pages, and what could not be drawn and why."""

    index: Path
    pages: int
    problems: list[tuple[str, str]]


def check_study(
    study: Study, out: Path, *, processes: int = 1, progress: Progress = silent
) -> CheckResult:
    """Write a page for the latest version of every rater and for every prepared case, and an index.

    Parameters
    ----------
    study
        The study.
    out
        Folder for the pages; ``index.html`` is the one to open. Pages of an earlier check are
        written over.
    processes
        Worker processes.
    progress
        Told of every page.

    Raises
    ------
    InputError
        If the study holds neither a segmentation nor a prepared case.
    StudyError
        If a page cannot be written.
    """
    jobs, damaged = _page_jobs(study, out)
    prepared, unreadable = _preparation_jobs(study, out)
    damaged += unreadable
    if not jobs and not prepared and not damaged:
        raise InputError(
            f"The study {study.root} holds no segmentation yet. "
            "Bring some in with: radiogenomics study import "
            f"{shlex.quote(str(study.root))} FOLDER"
        )
    n_pages = len(jobs) + len(prepared)
    rows: list[FeatureRow] = []
    pages: dict[tuple[str, str], str] = {}
    problems = [(what, _without_root(reason, study)) for what, reason in damaged]
    with in_processes(_draw, jobs, processes) as drawn:
        for done, (job, answer) in enumerate(drawn, start=1):
            progress("draw", done, n_pages, job.case.patient_id)
            if isinstance(answer, str):
                what = f"{job.case.patient_id}, {job.segmentation.rater}"
                problems.append((what, _without_root(answer, study)))
            else:
                rows += answer
                pages[job.case.patient_id, job.segmentation.rater] = quote(job.page)
    lines: list[PreparedLine] = []
    with in_processes(_draw_preparation, prepared, processes) as drawn_preparations:
        for done, (of_case, summary) in enumerate(drawn_preparations, start=len(jobs) + 1):
            progress("draw", done, n_pages, of_case.patient_id)
            if isinstance(summary, str):
                what = f"{of_case.patient_id}, preparation"
                problems.append((what, _without_root(summary, study)))
            else:
                lines.append(PreparedLine(summary, quote(of_case.page)))
    rows.sort(key=lambda row: (row.patient_id, row.rater))
    lines.sort(key=lambda line: line.summary.patient_id)
    problems.sort()
    title = study.settings.name
    write_index_page(out / INDEX, rows, pages, problems, title=title, prepared=lines)
    return CheckResult(out / INDEX, len(pages) + len(lines), problems)


@dataclass(frozen=True)
class _PageJob:
    case: Case
    segmentation: Segmentation
    labels: str
    out: Path
    page: str
    previous: str | None
    following: str | None


@dataclass(frozen=True)
class _PreparationJob:
    patient_id: str
    images: Path
    out: Path
    page: str


def _preparation_jobs(
    study: Study, out: Path
) -> tuple[list[_PreparationJob], list[tuple[str, str]]]:
    """Return the pages of prepared cases to draw, and the cases whose records are damaged."""
    jobs = []
    damaged = []
    for case in study.cases():
        images = case.folder / "images"
        try:
            if is_prepared(images):
                page = preparation_page_name(case.patient_id)
                jobs.append(_PreparationJob(case.patient_id, images, out, page))
        except StudyError as error:
            damaged.append((case.patient_id, str(error)))
    return jobs, damaged


def _draw_preparation(job: _PreparationJob) -> PreparationSummary | str:
    """Draw one page and return what the index says of it, or why not; runs in a worker."""
    try:
        return write_preparation_page(
            job.out / job.page, job.patient_id, job.images, index_name=INDEX
        )
    except (RadiogenomicsError, OSError) as error:
        return reason_of(error)


def _without_root(reason: str, study: Study) -> str:
    """Leave out where the study lies on this machine, which is nobody's business on a page."""
    return reason.replace(f"{study.root}{os.sep}", "")


def _page_jobs(study: Study, out: Path) -> tuple[list[_PageJob], list[tuple[str, str]]]:
    """Return the pages to draw, and the cases whose records are damaged with the reason."""
    latest: list[tuple[Case, Segmentation]] = []
    damaged = []
    for case in study.cases():
        try:
            latest += [(case, one) for one in case.latest_by_rater()]
        except StudyError as error:
            damaged.append((case.patient_id, str(error)))
    # A character that neither name can hold, so that no two pages have one name.
    names = [f"{case.patient_id}~{one.rater}.html" for case, one in latest]
    jobs = [
        _PageJob(
            case,
            one,
            study.settings.labels,
            out,
            page,
            previous=quote(names[number - 1]) if number else None,
            following=quote(names[number + 1]) if number + 1 < len(names) else None,
        )
        for number, ((case, one), page) in enumerate(zip(latest, names, strict=True))
    ]
    return jobs, damaged


def _draw(job: _PageJob) -> list[FeatureRow] | str:
    """Draw one page and return its rows, or why it could not be drawn; runs in a worker."""
    try:
        checked = _checked_case(job.case, job.segmentation, job.labels)
    except (RadiogenomicsError, OSError) as error:
        return reason_of(error)
    write_case_page(
        job.out / job.page,
        checked,
        index_name=INDEX,
        previous=job.previous,
        following=job.following,
    )
    return [
        FeatureRow(
            checked.patient_id,
            checked.rater,
            checked.version,
            roi,
            feature,
            measurement.features[feature],
            unit,
        )
        for roi, measurement in checked.measurements.items()
        for feature, unit in FEATURE_UNITS.items()
    ]


def _checked_case(case: Case, segmentation: Segmentation, preset: str) -> CheckedCase:
    segmentation.verify()
    labelmap = read_labelmap(segmentation.path, find_preset(preset))
    images = {name: read_volume(path) for name, path in case.images.items()}
    labels = {roi: labelmap.labels[roi] for roi in MEASURED_ROIS if roi in labelmap.labels}
    return CheckedCase(
        patient_id=case.patient_id,
        rater=segmentation.rater,
        version=segmentation.version,
        state=case.state(segmentation.rater, segmentation.version),
        labelmap=labelmap.array,
        spacing=labelmap.grid.spacing,
        axes=labelmap.grid.axes,
        images={
            name: volume.array[
                find_inside(labelmap.grid, segmentation.path, volume.grid, case.images[name])
            ]
            for name, volume in images.items()
        },
        labels=labels,
        measurements=measure_labelmap(
            labelmap.array, labelmap.grid.spacing, labels, labelmap.grid.affine
        ),
        source=segmentation.path.name,
    )
