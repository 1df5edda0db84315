"""The page of a prepared case: where its images came from, how they fit, where the brain is."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from radiogenomics import __version__
from radiogenomics.checking.panels import Panel
from radiogenomics.checking.preparation_pictures import PreparationPictures
from radiogenomics.checking.wording import link, templates
from radiogenomics.errors import StudyError
from radiogenomics.imaging.preparing import PreparedImages
from radiogenomics.imaging.series import Contrast
from radiogenomics.shape.wording import significant
from radiogenomics.study.atomic import write_text

_STATE = re.compile(r'<meta name="radiogenomics-state" content="([0-9a-f]{64})">')
_BEGINNING = 20_000


@dataclass(frozen=True)
class PreparationSummary:
    """What the index says of a prepared case.

    Attributes
    ----------
    patient_id
        Of which patient.
    images
        Names of the images.
    what
        How they came into the study.
    quality
        The lowest of its registrations; None where nothing was registered.
    mask
        How the brain mask was made.
    warnings
        How many there are.
    """

    patient_id: str
    images: tuple[str, ...]
    what: str
    quality: float | None
    mask: str
    warnings: int


@dataclass(frozen=True)
class _Row:
    """One image in the table."""

    name: str
    label: str
    reason: str
    files: int
    acquired: str
    moved: str = ""
    turned: str = ""
    covers: str = ""
    quality: str = ""
    is_low: bool = False


@dataclass(frozen=True)
class _Section:
    title: str
    words: str
    panels: list[Panel]
    columns: int = 3


def preparation_page_name(patient_id: str) -> str:
    """Return the file name of a prepared case's page; no segmentation's page is called so."""
    return f"{patient_id}.preparation.html"


def write_preparation_page(
    path: Path, patient_id: str, images: Path, *, index_name: str | None = None
) -> PreparationSummary:
    """Write the page of a prepared case as one HTML file that needs no other.

    A page that shows the case as it is already is left alone.

    Parameters
    ----------
    path
        The page; an earlier one is replaced atomically.
    patient_id
        Of which patient.
    images
        The folder of the prepared images.
    index_name
        Address of the index, relative to the page; default: no link.

    Raises
    ------
    StudyError
        If the images cannot be read or the page cannot be written.
    """
    prepared = PreparedImages(images)
    summary = _summary(patient_id, prepared)
    # Another version may draw otherwise.
    shown = f"{prepared.state()} {index_name} {__version__}"
    state = hashlib.sha256(shown.encode("utf-8")).hexdigest()
    if _state_of(path) == state:
        return summary
    pictures = PreparationPictures(prepared)
    rows = [_row(prepared, contrast, pictures) for contrast in prepared.contrasts]
    write_text(
        path,
        templates()
        .get_template("preparation.html")
        .render(
            patient_id=patient_id,
            state=state,
            what=summary.what.capitalize(),
            grid=_grid(prepared),
            mask_words=f"Brain mask: {summary.mask}",
            notes=_notes(prepared),
            rows=rows,
            registered=any(row.quality for row in rows),
            threshold=_threshold(prepared),
            sections=_sections(prepared, pictures),
            index_href=link(index_name),
        ),
    )
    return summary


def _summary(patient_id: str, prepared: PreparedImages) -> PreparationSummary:
    known = prepared.provenance
    qualities = [
        float(registration["quality"])
        for contrast in prepared.contrasts
        if (registration := known[contrast].get("registration")) is not None
    ]
    return PreparationSummary(
        patient_id=patient_id,
        images=tuple(map(str, prepared.contrasts)),
        what=str(known["preparation"]["outcome"]),
        quality=min(qualities, default=None),
        mask=_mask_words(known["brain_mask"]),
        warnings=len(_notes(prepared)),
    )


def _mask_words(mask: dict[str, Any]) -> str:
    words = f"{mask['method']} {mask['version']}".strip()
    if "corrected_from" in mask:
        words += f" by hand, from {_mask_words(mask['corrected_from'])}"
    return words


def _notes(prepared: PreparedImages) -> list[str]:
    notes = [str(warning) for warning in prepared.provenance["preparation"]["warnings"]]
    if prepared.mask_changed:
        notes.append(
            "The brain mask was changed since the images were stripped by it. Apply it with: "
            "radiogenomics prepare --again"
        )
    missing = [one.full_name for one in Contrast if one not in prepared.contrasts]
    if missing:
        notes.append(f"There is no {', no '.join(missing)}.")
    return notes


def _row(prepared: PreparedImages, contrast: Contrast, pictures: PreparationPictures) -> _Row:
    entry = prepared.provenance[contrast]
    source = entry["source"]
    size = " × ".join(map(str, source["size"]))
    spacing = " × ".join(f"{part:.3g}" for part in source["spacing_mm"])
    row = {
        "name": contrast.full_name,
        "label": source["label"],
        "reason": source["named"],
        "files": source["files"],
        "acquired": f"{size} voxels of {spacing} mm",
    }
    registration = entry.get("registration")
    if registration is None:
        return _Row(**row)
    matrix = np.array(registration["matrix_lps_mm"])
    middle = prepared.grid.affine @ (*pictures.middle, 1)
    moved = float(np.linalg.norm((matrix @ middle - middle)[:3]))
    cosine = np.clip((np.trace(matrix[:3, :3]) - 1) / 2, -1, 1)
    return _Row(
        **row,
        moved=f"{moved:.1f} mm",
        turned=f"{np.degrees(np.arccos(cosine)):.1f}°",
        covers=f"{registration['overlap']:.0%}",
        quality=significant(registration["quality"], 2),
        is_low=registration["warning"] is not None,
    )


def _threshold(prepared: PreparedImages) -> str:
    for contrast in prepared.contrasts:
        registration = prepared.provenance[contrast].get("registration")
        if registration is not None:
            return f"{registration['quality_threshold']:g}"
    return ""


def _sections(prepared: PreparedImages, pictures: PreparationPictures) -> list[_Section]:
    where = "with the skull" if prepared.has_skull else "as it came, without the skull"
    sections = [
        _Section(
            "The brain",
            f"T1 with contrast {where}, from the bottom of the brain to its top, and the outline "
            "of what is kept as brain.",
            pictures.outlined(),
        )
    ]
    for contrast in prepared.contrasts[1:]:
        sections.append(
            _Section(
                f"{contrast.full_name} with T1 with contrast",
                "Tiles of one and the other by turns. Edges run on from tile to tile where they "
                "fit. Before: as the headers had placed them, drawn back from the registered "
                "image.",
                pictures.chequered(contrast),
            )
        )
    sections.append(
        _Section("As raters get them", "The images of the case.", pictures.stripped(), columns=4)
    )
    return sections


def _grid(prepared: PreparedImages) -> str:
    sizes = " × ".join(map(str, prepared.grid.size))
    return f"{sizes} voxels of {prepared.grid.spacing[0]:.3g} mm"


def _state_of(path: Path) -> str | None:
    """Return the state that a page shows; None where there is no page of a prepared case."""
    try:
        with path.open(encoding="utf-8") as page:
            found = _STATE.search(page.read(_BEGINNING))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"Cannot read {path}: {error}. Remove it, then run again.") from error
    return None if found is None else found[1]
