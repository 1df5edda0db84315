"""The page of the cohort: its cases, the spread of every feature, outliers, and unread files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.checking import strips
from radiogenomics.checking.outliers import (
    FEWEST_VALUES,
    OUTLIER_THRESHOLD,
    Outlier,
    by_feature,
    empty_rois,
    find_outliers,
)
from radiogenomics.checking.preparation_page import PreparationSummary
from radiogenomics.checking.strips import Strip, draw_strip
from radiogenomics.checking.wording import link, roi_colour, templates
from radiogenomics.shape.wording import feature_label, in_shown_unit, shown_unit, significant
from radiogenomics.study.atomic import write_text
from radiogenomics.study.tables import FeatureRow

# The columns of the table of cases; the other five features follow from these or are near them.
_TABLE_FEATURES = ("volume", "max_diameter", "major_axis", "minor_axis", "sphericity")

Key = tuple[str, str, int]
"""Patient, rater and version."""


@dataclass(frozen=True)
class PreparedLine:
    """A prepared case and the address of its page, relative to the index."""

    summary: PreparationSummary
    page: str


@dataclass(frozen=True)
class _Line:
    """One case and rater in the table of cases; each cell is (number or None, words)."""

    key: Key
    href: str | None
    cells: list[tuple[float | None, str]]
    n_outliers: int
    remark: str


@dataclass(frozen=True)
class _Departure:
    """The outliers of one ROI of one case."""

    key: Key
    href: str | None
    roi: str
    features: list[str]
    farthest: float


def write_index_page(
    path: Path,
    rows: Sequence[FeatureRow],
    pages: Mapping[tuple[str, str], str],
    problems: Sequence[tuple[str, str]],
    title: str,
    prepared: Sequence[PreparedLine] = (),
) -> None:
    """Write the page of the cohort as one HTML file that needs no other.

    Parameters
    ----------
    path
        The page; an earlier one is replaced atomically.
    rows
        The feature table; may be empty.
    pages
        For each (patient id, rater) that has one, the address of its page relative to this one; a
        name that holds ``%`` has to be percent-encoded.
    problems
        What could not be read, and why.
    title
        Name of the cohort.
    prepared
        The cases whose images were prepared, by patient.

    Raises
    ------
    StudyError
        If the page cannot be written.
    """
    rois = list(dict.fromkeys(row.roi for row in rows))
    outliers = find_outliers(rows)
    write_text(
        path,
        templates()
        .get_template("index.html")
        .render(
            title=title,
            rois=[(roi, roi_colour(roi, position)) for position, roi in enumerate(rois)],
            counts=_counts(rows, outliers, problems, len(prepared)),
            columns=_columns(rows),
            lines=_lines(rows, rois, pages, outliers),
            distributions=_distributions(rows, rois, pages),
            departures=_departures(outliers, pages),
            problems=problems,
            prepared=[(line.summary, link(line.page)) for line in prepared],
            threshold=OUTLIER_THRESHOLD,
            fewest_values=FEWEST_VALUES,
            strip_size=(strips.WIDTH, strips.HEIGHT),
        ),
    )


def _counts(
    rows: Sequence[FeatureRow],
    outliers: Sequence[Outlier],
    problems: Sequence[tuple[str, str]],
    n_prepared: int,
) -> list[tuple[int, str]]:
    n_empty = len(empty_rois(rows))
    counts = [
        (count, one if count == 1 else many)
        for count, one, many in (
            (len({row.patient_id for row in rows}), "patient", "patients"),
            (len({row.rater for row in rows}), "rater", "raters"),
            (len({_key(row) for row in rows}), "segmentation", "segmentations"),
            (n_empty, "empty ROI", "empty ROIs"),
            (len(outliers), "outlying value", "outlying values"),
            (len(problems), "file not read", "files not read"),
        )
    ]
    if n_prepared:
        counts.append((n_prepared, "prepared case" if n_prepared == 1 else "prepared cases"))
    return counts


def _columns(rows: Sequence[FeatureRow]) -> list[str]:
    """Return the heads of the columns that every ROI has, with their units."""
    units = {row.feature: shown_unit(row.unit) for row in rows}
    return [
        f"{feature_label(feature)}, {units[feature]}".removesuffix(", ")
        for feature in _TABLE_FEATURES
        if feature in units
    ]


def _lines(
    rows: Sequence[FeatureRow],
    rois: Sequence[str],
    pages: Mapping[tuple[str, str], str],
    outliers: Sequence[Outlier],
) -> list[_Line]:
    values = {(_key(row), row.roi, row.feature): row for row in rows}
    features = [name for name in _TABLE_FEATURES if name in {row.feature for row in rows}]
    outlying = [_key(outlier) for outlier in outliers]
    empty = empty_rois(rows)
    lines = []
    for key in dict.fromkeys(_key(row) for row in rows):
        cells = [_cell(values.get((key, roi, feature))) for roi in rois for feature in features]
        remarks = [f"{roi} empty" for roi in rois if (*key, roi) in empty]
        lines.append(
            _Line(
                key=key,
                href=link(pages.get(key[:2])),
                cells=cells,
                n_outliers=outlying.count(key),
                remark=", ".join(remarks),
            )
        )
    return lines


def _cell(row: FeatureRow | None) -> tuple[float | None, str]:
    if row is None or row.value is None:
        return None, "—"
    shown = in_shown_unit(row.value, row.unit)
    return shown, significant(shown)


def _distributions(
    rows: Sequence[FeatureRow], rois: Sequence[str], pages: Mapping[tuple[str, str], str]
) -> list[tuple[str, list[Strip | None]]]:
    """Return for each feature its strip for each ROI; None where no value exists."""
    groups = by_feature(rows)
    names = _names(rows)
    features = dict.fromkeys(row.feature for row in rows)
    return [
        (
            feature_label(feature),
            [
                draw_strip(feature, groups[roi, feature], names, pages)
                if (roi, feature) in groups
                else None
                for roi in rois
            ],
        )
        for feature in features
    ]


def _departures(
    outliers: Sequence[Outlier], pages: Mapping[tuple[str, str], str]
) -> list[_Departure]:
    """Gather the outliers by case and ROI, those with the farthest value first."""
    groups: dict[tuple[Key, str], list[Outlier]] = {}
    for outlier in outliers:
        groups.setdefault((_key(outlier), outlier.roi), []).append(outlier)
    return [
        _Departure(
            key=key,
            href=link(pages.get(key[:2])),
            roi=roi,
            features=[_departure_words(outlier) for outlier in group],
            farthest=max(abs(outlier.robust_z) for outlier in group),
        )
        for (key, roi), group in groups.items()
    ]


def _departure_words(outlier: Outlier) -> str:
    value, median = (
        significant(in_shown_unit(number, outlier.unit), 3)
        for number in (outlier.value, outlier.median)
    )
    unit = shown_unit(outlier.unit)
    return (
        f"{feature_label(outlier.feature)} {value} {unit}".rstrip()
        + f" (median {median}, z {significant(outlier.robust_z, 2)})"
    )


def _names(rows: Sequence[FeatureRow]) -> dict[Key, str]:
    """Call each segmentation by its patient alone, unless that could mean several."""
    keys = list(dict.fromkeys(_key(row) for row in rows))
    patients = [patient_id for patient_id, _, _ in keys]
    if len(set(patients)) == len(patients):
        return {key: key[0] for key in keys}
    return {key: f"{key[0]} · {key[1]} v{key[2]}" for key in keys}


def _key(row: FeatureRow | Outlier) -> Key:
    return row.patient_id, row.rater, row.version
