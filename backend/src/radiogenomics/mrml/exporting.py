"""Feature tables of a case or of a study, written from inside Slicer. slicer, vtk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from radiogenomics.errors import InputError, RadiogenomicsError
from radiogenomics.mrml.board import FEATURES_NAME
from radiogenomics.mrml.case import read_apart
from radiogenomics.mrml.live import LiveRoi, measure
from radiogenomics.mrml.opened import Rater
from radiogenomics.mrml.segments import find_roi_segments, segment_grid
from radiogenomics.mrml.session import Session
from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.shape.dictionary import data_dictionary
from radiogenomics.study import Case, FeatureRow, Segmentation, Study
from radiogenomics.study.blinding import hidden_raters, visible_segmentations
from radiogenomics.study.counting import Counting, marked, version_that_counts
from radiogenomics.study.labels import MEASURED_ROIS
from radiogenomics.study.progress import Progress, silent
from radiogenomics.study.tables import (
    feature_rows,
    write_dictionary,
    write_features,
    write_features_wide,
)

UNNAMED = "unnamed"
"""Patient and rater of a segmentation that lies in no study."""


@dataclass
class StudyRows:
    """The feature rows of a study's newest versions, and what could not be measured.

    Attributes
    ----------
    rows
        By patient, rater and ROI.
    failures
        Patient, rater and reason.
    hidden
        How many segmentations were left out because the rater may not see them yet.
    """

    rows: list[FeatureRow] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    hidden: int = 0


def case_rows(session: Session) -> list[FeatureRow]:
    """Return the rows of what a session shows, as it is now.

    Raises
    ------
    InputError
        If nothing is measured.
    """
    session.update()
    if session.live is None:
        raise InputError("There is nothing to export. Open a case or choose a segmentation first.")
    current = session.open
    rater = UNNAMED if current is None else current.rater
    version = 0 if current is None else current.version
    return _rows(session.patient_id or UNNAMED, rater, version, session.live.rois.values())


def study_rows(session: Session, progress: Progress = silent) -> StudyRows:
    """Measure the newest version of every rater of every case, as far as they may be seen.

    As in the study's own table, the rows say which version of a case counts. The open case is taken
    as it was saved. The values are those of ``radiogenomics measure``.

    Raises
    ------
    InputError
        If no study is open or nobody is signed in.
    """
    found = StudyRows()
    for done, total, patient_id in measuring_study(session, found):
        progress("export", done, total, patient_id)
    return found


def measuring_study(session: Session, found: StudyRows) -> Iterator[tuple[int, int, str]]:
    """Measure as `study_rows` does, case by case: whoever has other work does it in between.

    Parameters
    ----------
    session
        With an open study and a signed-in rater.
    found
        Filled with what is measured.

    Yields
    ------
    tuple of int, int and str
        How many cases are done, of how many, and whose turn it is; at the end nobody's.

    Raises
    ------
    InputError
        If no study is open or nobody is signed in.
    """
    study, person = session.at_work()
    cases = study.cases()
    for done, case in enumerate(cases):
        yield done, len(cases), case.patient_id
        try:
            counting = version_that_counts(case)
            seen = _seen(case, counting, person)
            found.hidden += len(hidden_raters(case, person.name, person.role))
        except RadiogenomicsError as error:
            found.failures.append(f"{case.patient_id}: {error}")
            continue
        for one in seen:
            try:
                found.rows += marked(_version_rows(case.patient_id, one), counting)
            except RadiogenomicsError as error:
                found.failures.append(f"{case.patient_id}, {one.rater}: {error}")
    yield len(cases), len(cases), ""


def write_tables(path: Path, rows: Iterable[FeatureRow], *, wide: bool) -> None:
    """Write the feature table, long or wide, and the data dictionary beside it.

    Raises
    ------
    StudyError
        If a file cannot be written; an earlier one is unchanged.
    """
    (write_features_wide if wide else write_features)(path, list(rows))
    write_dictionary(path.with_name(f"{path.stem}.dictionary.csv"), data_dictionary())


def refuse_study_table(path: Path, study: Study | None) -> None:
    """Raise `InputError` for the study's own table, which ``radiogenomics measure`` keeps."""
    if study is not None and path.resolve() == (study.root / FEATURES_NAME).resolve():
        raise InputError(
            f"{path} is the study's own table, written by radiogenomics measure. Choose another "
            "name or folder for the export."
        )


def _seen(case: Case, counting: Counting, person: Rater) -> list[Segmentation]:
    """Return what may be seen of a case, and with it the version that counts, by rater."""
    seen = visible_segmentations(case, person.name, person.role)
    counted = counting.segmentation
    # An older version than the newest handed in may be the one that was approved.
    if counted is not None and counted not in seen and counted.rater in {one.rater for one in seen}:
        seen.append(counted)
    return sorted(seen, key=lambda saved: (saved.rater, saved.version))


def _version_rows(patient_id: str, saved: Segmentation) -> list[FeatureRow]:
    saved.verify()
    with read_apart(saved.path) as node:
        segments = find_roi_segments(node)
        missing = [roi for roi in MEASURED_ROIS if roi not in segments]
        if missing:
            raise InputError(f"{saved.path} has no segment for {', '.join(missing)}.")
        rois = [LiveRoi(roi, measure(segment_grid(node, segments[roi]))) for roi in MEASURED_ROIS]
    return _rows(patient_id, saved.rater, saved.version, rois)


def _rows(patient_id: str, rater: str, version: int, rois: Iterable[LiveRoi]) -> list[FeatureRow]:
    return [
        row
        for live in rois
        if live.measurement is not None
        for row in feature_rows(
            patient_id, rater, version, live.roi, live.measurement.features, FEATURE_UNITS
        )
    ]
