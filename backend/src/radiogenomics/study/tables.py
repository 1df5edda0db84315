"""The feature table as CSV: long (one row a value), wide (one row an ROI), and its dictionary.

Standard library only. Numbers are written with the fewest digits that read back as the same number.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.study.atomic import write_text

LONG_COLUMNS = ("patient_id", "rater", "version", "roi", "feature", "value", "unit", "counts")
# Tables of earlier versions lack the last column.
_REQUIRED = LONG_COLUMNS[:-1]


@dataclass(frozen=True)
class FeatureRow:
    """One measured value.

    Attributes
    ----------
    patient_id, rater, version, roi, feature
        What was measured; ``version`` is that of the rater's segmentation.
    value
        In ``unit``; None where the ROI is empty and the feature has no value.
    unit
        Such as ``mm3``, or ``1`` for a pure number.
    counts
        Whether this version is the one of its case that counts, and why: see
        `radiogenomics.study.counting`. Empty where nobody has decided.
    """

    patient_id: str
    rater: str
    version: int
    roi: str
    feature: str
    value: float | None
    unit: str
    counts: str = ""


def feature_rows(
    patient_id: str,
    rater: str,
    version: int,
    roi: str,
    features: Mapping[str, float | None],
    units: Mapping[str, str],
) -> list[FeatureRow]:
    """Return the rows of one measured ROI, in the order of ``units``, which has every feature."""
    return [
        FeatureRow(patient_id, rater, version, roi, name, features[name], unit)
        for name, unit in units.items()
    ]


def write_features(path: Path, rows: Iterable[FeatureRow]) -> None:
    """Write the long table atomically.

    Raises
    ------
    StudyError
        If it cannot be written; an earlier table is unchanged.
    """
    table = (
        (
            row.patient_id,
            row.rater,
            row.version,
            row.roi,
            row.feature,
            _text(row.value),
            row.unit,
            row.counts,
        )
        for row in rows
    )
    write_csv(path, LONG_COLUMNS, table)


def write_features_wide(path: Path, rows: Iterable[FeatureRow]) -> None:
    """Write one row a patient, rater and ROI, the unit in each column's name: ``volume [mm3]``.

    Raises
    ------
    StudyError
        If it cannot be written; an earlier table is unchanged.
    """
    by_roi: dict[tuple[str, str, int, str], dict[str, str]] = {}
    counts: dict[tuple[str, str, int, str], str] = {}
    columns: dict[str, None] = {}
    for row in rows:
        column = f"{row.feature} [{row.unit}]"
        columns[column] = None
        key = (row.patient_id, row.rater, row.version, row.roi)
        by_roi.setdefault(key, {})[column] = _text(row.value)
        counts[key] = row.counts
    table = (
        (*key, *(values.get(column, "") for column in columns), counts[key])
        for key, values in by_roi.items()
    )
    write_csv(path, (*LONG_COLUMNS[:4], *columns, LONG_COLUMNS[-1]), table)


def write_dictionary(path: Path, meanings: Iterable[tuple[str, str, str]]) -> None:
    """Write the data dictionary: rows of (name, unit, meaning)."""
    write_csv(path, ("name", "unit", "meaning"), meanings)


def read_features(path: Path) -> list[FeatureRow]:
    """Read a long table.

    Raises
    ------
    InputError
        If the file is not a long feature table; the message names the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the feature table {path}: {error}.") from error
    reader = csv.DictReader(io.StringIO(text))
    missing = set(_REQUIRED) - set(reader.fieldnames or ())
    if missing:
        raise InputError(
            f"{path} is not a feature table: it lacks the columns {', '.join(sorted(missing))}. "
            "Make one with: radiogenomics measure"
        )
    rows = []
    for record in reader:
        try:
            rows.append(
                FeatureRow(
                    patient_id=record["patient_id"],
                    rater=record["rater"],
                    version=int(record["version"]),
                    roi=record["roi"],
                    feature=record["feature"],
                    value=float(record["value"]) if record["value"] else None,
                    unit=record["unit"],
                    counts=record.get("counts") or "",
                )
            )
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}.") from error
    return rows


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table atomically, with line ends of one character.

    Raises
    ------
    StudyError
        If it cannot be written; an earlier table is unchanged.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    write_text(path, buffer.getvalue())
