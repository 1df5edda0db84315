"""How the raters of a study agree: case by case, and over the cohort feature by feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from radiogenomics.agreement import (
    CaseAgreement,
    CohortAgreement,
    RaterLabelmap,
    cohort_agreement,
    compare,
)
from radiogenomics.agreement.tables import (
    CASES,
    DICTIONARY,
    DIFFERENCES,
    FEATURES,
    write_agreement_dictionary,
    write_cases,
    write_differences,
    write_feature_agreement,
)
from radiogenomics.errors import InputError, RadiogenomicsError, reason_of
from radiogenomics.imaging import MEASURED_ROIS
from radiogenomics.measuring.raters import read_raters
from radiogenomics.parallel import in_processes
from radiogenomics.shape import FEATURE_UNITS, measure_labelmap
from radiogenomics.study import Case, FeatureRow, Segmentation, Study
from radiogenomics.study.counting import handed_in
from radiogenomics.study.progress import Progress, silent
from radiogenomics.study.tables import feature_rows

# Starting worker processes costs about as much as comparing the raters of this many cases.
_WORTH_WORKERS = 8


@dataclass(frozen=True)
class StudyAgreement:
    """How the raters of a study agree.

    Attributes
    ----------
    name
        Of the study.
    cases
        One a case, ROI and pair of raters, by patient.
    cohort
        Over all cases, feature by feature.
    rows
        The feature rows behind it: of each rater the version that was compared.
    one_rater
        Cases that fewer than two raters have handed in.
    failures
        Patient and reason of the cases that could not be compared.
    drafts
        Whether drafts were taken for handed in.
    """

    name: str
    cases: tuple[CaseAgreement, ...]
    cohort: CohortAgreement
    rows: tuple[FeatureRow, ...]
    one_rater: int
    failures: tuple[tuple[str, str], ...]
    drafts: bool


@dataclass(frozen=True)
class _Job:
    case: Case
    versions: tuple[Segmentation, ...]
    preset: str


@dataclass(frozen=True)
class _Compared:
    cases: list[CaseAgreement] = field(default_factory=list)
    rows: list[FeatureRow] = field(default_factory=list)


def study_agreement(
    study: Study, *, drafts: bool = False, processes: int = 1, progress: Progress = silent
) -> StudyAgreement:
    """Compare the raters of every case that two or more have handed in.

    A consensus is no rater: it was made of what it would be compared with.

    Parameters
    ----------
    study
        The study.
    drafts
        Take the newest version of each rater, also if it was never submitted.
    processes
        Worker processes.
    progress
        Told of every case.

    Raises
    ------
    InputError
        If no case has two raters.
    """
    jobs, failures, one_rater = _jobs(study, drafts)
    if not jobs and not failures:
        raise InputError(_nothing_to_compare(study, drafts))
    cases: list[CaseAgreement] = []
    rows: list[FeatureRow] = []
    with in_processes(_try_one, jobs, processes, worth_it=_WORTH_WORKERS) as finished:
        for done, (job, answer) in enumerate(finished, start=1):
            progress("agree", done, len(jobs), job.case.patient_id)
            if isinstance(answer, str):
                failures.append((job.case.patient_id, answer))
            else:
                cases += answer.cases
                rows += answer.rows
    # Within a case as compared; cases finish in any order.
    cases.sort(key=lambda one: one.patient_id)
    rows.sort(key=lambda row: row.patient_id)
    return StudyAgreement(
        study.settings.name,
        tuple(cases),
        cohort_agreement(rows),
        tuple(rows),
        one_rater,
        tuple(sorted(failures)),
        drafts,
    )


def write_agreement(folder: Path, found: StudyAgreement) -> None:
    """Write the three tables and their dictionary into a folder.

    Raises
    ------
    StudyError
        If a file cannot be written; an earlier one is unchanged.
    """
    write_cases(folder / CASES, found.cases)
    write_feature_agreement(folder / FEATURES, found.cohort.features)
    write_differences(folder / DIFFERENCES, found.cohort.differences)
    write_agreement_dictionary(folder / DICTIONARY)


def _jobs(study: Study, drafts: bool) -> tuple[list[_Job], list[tuple[str, str]], int]:
    """Return the cases to compare, those that cannot be read, and how many have one rater."""
    jobs, failures, one_rater = [], [], 0
    for case in study.cases():
        try:
            versions = handed_in(case, drafts=drafts)
        except RadiogenomicsError as error:
            failures.append((case.patient_id, str(error)))
            continue
        if len(versions) < 2:
            one_rater += 1
        else:
            jobs.append(_Job(case, tuple(versions), study.settings.labels))
    return jobs, failures, one_rater


def _nothing_to_compare(study: Study, drafts: bool) -> str:
    words = f"No case of {study.root} has versions of two raters that were submitted."
    if drafts:
        return f"No case of {study.root} has segmentations by two raters."
    if any(len(handed_in(case, drafts=True)) > 1 for case in study.cases()):
        return (
            f"{words} Some have drafts by two or more, as imports are: compare them with --drafts."
        )
    return words


def _try_one(job: _Job) -> _Compared | str:
    """Compare the raters of one case, or say why not; runs in a worker process."""
    try:
        return _one(job)
    except (RadiogenomicsError, OSError) as error:
        return reason_of(error)


def _one(job: _Job) -> _Compared:
    labelmaps = read_raters(job.case, job.versions, job.preset)
    versions = {one.rater: one.version for one in job.versions}
    patient_id = job.case.patient_id
    cases = [
        CaseAgreement(
            patient_id,
            (first.rater, second.rater),
            (versions[first.rater], versions[second.rater]),
            agreement,
        )
        for first, second in combinations(labelmaps, 2)
        for agreement in compare(first, second, MEASURED_ROIS)
    ]
    rows = [
        row
        for labelmap in labelmaps
        for row in _feature_rows(patient_id, labelmap, versions[labelmap.rater])
    ]
    return _Compared(cases, rows)


def _feature_rows(patient_id: str, labelmap: RaterLabelmap, version: int) -> Sequence[FeatureRow]:
    labels = {roi: labelmap.labels[roi] for roi in MEASURED_ROIS}
    measured = measure_labelmap(labelmap.array, labelmap.spacing, labels)
    return [
        row
        for roi, one in measured.items()
        for row in feature_rows(
            patient_id, labelmap.rater, version, roi, one.features, FEATURE_UNITS
        )
    ]
