"""Measuring a cohort: in several processes, only what changed, and nothing lost on the way."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from radiogenomics.errors import InputError, RadiogenomicsError
from radiogenomics.imaging import read_grid
from radiogenomics.measuring.jobs import (
    Failure,
    Measured,
    MeasureJob,
    in_table_order,
    try_measure,
)
from radiogenomics.parallel import in_processes
from radiogenomics.shape.dictionary import data_dictionary
from radiogenomics.study import FeatureRow, read_features
from radiogenomics.study.atomic import write_json
from radiogenomics.study.case import sha256_of
from radiogenomics.study.progress import Progress, silent
from radiogenomics.study.tables import write_dictionary, write_features, write_features_wide

DEFINITIONS = 1
"""Raised when the definition of a feature changes, so that no older value is taken over."""

_SECONDS_BETWEEN_SAVES = 5.0
# Starting worker processes costs about as much as measuring this many files.
_WORTH_WORKERS = 8

Key = tuple[str, str, int]
"""Patient, rater and version."""


@dataclass
class CohortResult:
    """What came of measuring a cohort.

    Attributes
    ----------
    rows
        The whole table, in its order.
    failures
        What could not be measured.
    small
        Patient, rater and ROI of the regions so small that their sphericity can exceed 1.
    measured, reused
        Segmentations measured now, and taken over unchanged from the table that was there.
    interrupted
        Whether the user stopped it; the rows so far are whole and saved.
    """

    rows: list[FeatureRow] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    small: list[tuple[str, str, str]] = field(default_factory=list)
    measured: int = 0
    reused: int = 0
    interrupted: bool = False


def measure_cohort(
    jobs: Sequence[MeasureJob],
    out: Path,
    *,
    processes: int = 1,
    wide: bool = False,
    replace: bool = False,
    progress: Progress = silent,
) -> CohortResult:
    """Measure segmentations and write the feature table, its dictionary and what it came from.

    A segmentation whose file, preset and ROIs are those of the table at ``out`` is not measured
    again. The table is saved every few seconds and at the end, also after Ctrl-C; a file that
    cannot be measured is reported and has no rows.

    Parameters
    ----------
    jobs
        One a segmentation; no two with the same patient, rater and version.
    out
        The long table. Beside it come ``<stem>.dictionary.csv``, ``<stem>.sources.json`` and, if
        ``wide``, ``<stem>.wide.csv``.
    processes
        Worker processes.
    wide
        Whether to write the wide form too.
    replace
        Whether rows of other segmentations in an earlier table may be dropped.
    progress
        Told of every segmentation.

    Raises
    ------
    InputError
        If there is such a row and ``replace`` is false.
    StudyError
        If the table cannot be written; an earlier one is unchanged.
    RadiogenomicsError
        If a worker process was killed; the rows so far are saved.
    """
    table = _Table(out, wide)
    table.check_replaced(jobs, replace)
    result = CohortResult()
    sources = {job: _source(job) for job in jobs}
    todo = []
    for job, source in sources.items():
        kept = table.unchanged(job, source)
        if kept is None:
            todo.append(job)
        else:
            table.put(job, source, kept)
            result.reused += 1

    last_save = time.monotonic()
    try:
        with in_processes(try_measure, todo, processes, worth_it=_WORTH_WORKERS) as measured:
            for job, answer in measured:
                if isinstance(answer, Failure):
                    result.failures.append(answer)
                else:
                    table.put(job, sources[job], answer)
                    result.measured += 1
                done = result.measured + len(result.failures)
                progress("measure", done, len(todo), job.patient_id)
                if time.monotonic() - last_save > _SECONDS_BETWEEN_SAVES:
                    table.save()
                    last_save = time.monotonic()
    except KeyboardInterrupt:
        result.interrupted = True
    finally:
        table.save()
    result.rows = table.rows()
    result.small = table.small()
    return result


def companion(out: Path, kind: str) -> Path:
    """Path of a file beside the table: ``features.csv`` has ``features.wide.csv``."""
    return out.with_name(f"{out.stem}.{kind}")


class _Table:
    """The feature table as it grows, with the sources that its rows came from."""

    def __init__(self, out: Path, wide: bool) -> None:
        self._out = out
        self._wide = wide
        self._measured: dict[Key, Measured] = {}
        self._sources: dict[Key, dict[str, Any]] = {}
        self._earlier, self._earlier_sources = _load(out)

    def unchanged(self, job: MeasureJob, source: dict[str, Any]) -> Measured | None:
        """Return what an earlier run measured, if it came from the very same."""
        key = (job.patient_id, job.rater, job.version)
        if self._earlier_sources.get(key) != source or "sha256" not in source:
            return None
        return self._earlier.get(key)

    def check_replaced(self, jobs: Sequence[MeasureJob], replace: bool) -> None:
        """Refuse to write over rows of segmentations that no job is for."""
        if not self._out.exists():
            return
        # Read in any case: what is no feature table is never written over.
        try:
            held = {(row.patient_id, row.rater) for row in read_features(self._out)}
        except InputError as error:
            raise InputError(
                f"{self._out} is there already and is not a feature table, so it is not written "
                "over. Name another table with --out, or move that file away."
            ) from error
        lost = held - {(job.patient_id, job.rater) for job in jobs}
        if lost and not replace:
            patient_id, rater = min(lost)
            raise InputError(
                f"{self._out} holds {len(lost)} segmentations that are not among these files, such "
                f"as {patient_id} by {rater!r}. Name another table with --out, or drop their rows "
                "with --replace."
            )

    def put(self, job: MeasureJob, source: dict[str, Any], measured: Measured) -> None:
        key = (job.patient_id, job.rater, job.version)
        # A review can change which version counts without anything to measure anew.
        rows = [replace(row, counts=job.counts) for row in measured.rows]
        self._measured[key] = replace(measured, rows=rows)
        self._sources[key] = source

    def rows(self) -> list[FeatureRow]:
        return in_table_order(row for one in self._measured.values() for row in one.rows)

    def small(self) -> list[tuple[str, str, str]]:
        return [
            (patient_id, rater, roi)
            for (patient_id, rater, _), one in sorted(self._measured.items())
            for roi in one.small
        ]

    def save(self) -> None:
        if not self._measured:
            return
        rows = self.rows()
        write_features(self._out, rows)
        # An earlier wide form must not stay behind with other values than the table.
        if self._wide or companion(self._out, "wide.csv").exists():
            write_features_wide(companion(self._out, "wide.csv"), rows)
        write_dictionary(companion(self._out, "dictionary.csv"), data_dictionary())
        # Written last and with the table's hash: a table that was edited, or that a kill separated
        # from its sources, is measured anew.
        record = {
            "table_sha256": sha256_of(self._out),
            "sources": [
                {
                    "patient_id": key[0],
                    "rater": key[1],
                    "small": self._measured[key].small,
                    **source,
                }
                for key, source in sorted(self._sources.items())
            ],
        }
        write_json(companion(self._out, "sources.json"), record)


def _load(out: Path) -> tuple[dict[Key, Measured], dict[Key, dict[str, Any]]]:
    """Rows and sources of an earlier run; nothing where they do not belong together."""
    try:
        record = json.loads(companion(out, "sources.json").read_text(encoding="utf-8"))
        if record["table_sha256"] != sha256_of(out):
            return {}, {}
        rows: dict[Key, list[FeatureRow]] = {}
        for row in read_features(out):
            rows.setdefault((row.patient_id, row.rater, row.version), []).append(row)
        measured, sources = {}, {}
        for source in record["sources"]:
            key = (source.pop("patient_id"), source.pop("rater"), source["version"])
            measured[key] = Measured(rows[key], source.pop("small"))
            sources[key] = source
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RadiogenomicsError):
        return {}, {}
    return measured, sources


def _source(job: MeasureJob) -> dict[str, Any]:
    """Describe what a job's rows depend on; without a hash where the file cannot be read."""
    source: dict[str, Any] = {
        "file": job.path.name,
        "version": job.version,
        "labels": job.labels,
        "rois": list(job.rois),
        "definitions": DEFINITIONS,
    }
    with suppress(OSError, RadiogenomicsError):
        source["images"] = {image.name: read_grid(image).describe() for image in job.images}
        source["sha256"] = sha256_of(job.path)
    return source
