"""The page of one case: where each ROI is largest, what was measured there, and what to mind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath, PureWindowsPath

from radiogenomics.checking.case import CheckedCase
from radiogenomics.checking.panels import Panel
from radiogenomics.checking.pictures import OTHER_LABELS_COLOUR, CasePictures
from radiogenomics.checking.views import DIRECTIONS
from radiogenomics.checking.wording import link, roi_colour, templates, voxel_words
from radiogenomics.shape.features import FEATURE_UNITS, SMALL_ROI_VOXELS, RoiMeasurement
from radiogenomics.shape.wording import feature_label, in_shown_unit, shown_unit, significant
from radiogenomics.study.atomic import write_text


@dataclass(frozen=True)
class _Section:
    """What the page says of one ROI."""

    roi: str
    label: int
    colour: str
    size: str
    image: str | None
    empty: bool
    panels: list[Panel]
    numbers: list[tuple[str, str, str]]
    notes: list[str]


def write_case_page(
    path: Path,
    case: CheckedCase,
    *,
    index_name: str | None = None,
    previous: str | None = None,
    following: str | None = None,
) -> None:
    """Write the page of one case as one HTML file that needs no other.

    Parameters
    ----------
    path
        The page; an earlier one is replaced atomically.
    case
        What to draw.
    index_name, previous, following
        Addresses of the index and of the neighbouring pages, relative to the page; a name that
        holds ``%`` has to be percent-encoded. Default: no link.

    Raises
    ------
    InputError
        If the case's axes are not three anatomical directions.
    StudyError
        If the page cannot be written.
    """
    pictures = CasePictures(case)
    write_text(
        path,
        templates()
        .get_template("case.html")
        .render(
            case=case,
            source=_last_part(case.source),
            grid=_grid(case),
            sections=_sections(case, pictures),
            other_colour=OTHER_LABELS_COLOUR if pictures.shows_other_labels else None,
            index_href=link(index_name),
            previous_href=link(previous),
            following_href=link(following),
        ),
    )


def _sections(case: CheckedCase, pictures: CasePictures) -> list[_Section]:
    sections = []
    for position, (roi, label) in enumerate(case.labels.items()):
        measurement = case.measurements[roi]
        empty = measurement.voxels == 0
        sections.append(
            _Section(
                roi=roi,
                label=label,
                colour=roi_colour(roi, position),
                size="no voxels" if empty else voxel_words(measurement.voxels),
                image=pictures.image_name(roi),
                empty=empty,
                panels=pictures.elsewhere(roi) if empty else pictures.measured(roi),
                numbers=_numbers(measurement),
                notes=_notes(measurement, label, pictures.touched_sides(roi)),
            )
        )
    return sections


def _numbers(measurement: RoiMeasurement) -> list[tuple[str, str, str]]:
    """Return the ten rows of (name, value, unit)."""
    rows = []
    for feature, unit in FEATURE_UNITS.items():
        value = measurement.features[feature]
        shown = None if value is None else in_shown_unit(value, unit)
        rows.append((feature_label(feature), significant(shown), shown_unit(unit)))
    return rows


def _notes(measurement: RoiMeasurement, label: int, touched: str) -> list[str]:
    """Return what a reader has to know before trusting the numbers."""
    if measurement.voxels == 0:
        return [
            f"This ROI is empty: no voxel has the label {label}. Its volume is 0, the other nine "
            "features have no value, and it never reaches a model."
        ]
    notes = []
    if measurement.voxels_left_out:
        everything = measurement.voxels + measurement.voxels_left_out
        share = significant(100 * measurement.voxels_left_out / everything, 2)
        notes.append(
            "Only the largest connected piece is measured. "
            f"{voxel_words(measurement.voxels_left_out)} of {everything:,} ({share} %) lie in "
            "other pieces and are left out; their outlines are dotted."
        )
    if measurement.is_small:
        notes.append(
            f"Small ROI: {voxel_words(measurement.voxels)}. Under about {SMALL_ROI_VOXELS} voxels "
            "the surface area is an uncertain estimate, and sphericity may exceed 1."
        )
    if touched:
        sides = " and ".join(DIRECTIONS[side] for side in touched)
        plural = "s" if len(touched) > 1 else ""
        notes.append(
            f"Touches the border of the volume on the {sides} side{plural}: a part of the "
            "ROI may lie outside, and then every feature is wrong."
        )
    return notes


def _grid(case: CheckedCase) -> str:
    nz, ny, nx = case.labelmap.shape
    sizes = " × ".join(f"{size:.5g}" for size in case.spacing)
    return f"{nx} × {ny} × {nz} voxels of {sizes} mm"


def _last_part(source: str) -> str:
    """Return the file's name, whichever system's path it came with."""
    return PureWindowsPath(PurePath(source).name).name
