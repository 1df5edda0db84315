"""How features, numbers and links are written for people, the same on every page."""

from __future__ import annotations

import math
from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from radiogenomics.shape import SHOWN_UNITS
from radiogenomics.study.labels import ROI_COLOURS

_OTHER_COLOURS = ("#c667a0", "#b3a000")


def feature_label(feature: str) -> str:
    """Return ``Max diameter`` for ``max_diameter``."""
    return feature.replace("_", " ").capitalize()


def shown_unit(unit: str) -> str:
    """Return the unit for people: cm³ and cm² for mm3 and mm2, nothing for a pure number."""
    return SHOWN_UNITS[unit][0]


def in_shown_unit(value: float, unit: str) -> float:
    """Convert a value from the unit of the table to that of `shown_unit`."""
    return value * SHOWN_UNITS[unit][1]


def significant(value: float | None, digits: int = 4) -> str:
    """Write a number with that many significant digits, without an exponent where readable."""
    if value is None:
        return "—"
    if value == 0 or not math.isfinite(value):
        return f"{value:g}".replace("-", "−").replace("inf", "∞")
    # Rounded first: 9.9996 becomes 10.00, not 10.000.
    exponent = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if exponent < -5:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    return f"{value:.{max(0, digits - 1 - exponent)}f}".replace("-", "−")


def voxel_words(count: int) -> str:
    """Return ``1 voxel`` or ``1,234 voxels``."""
    return f"{count:,} voxel" + ("" if count == 1 else "s")


def roi_colour(roi: str, position: int) -> str:
    """Return the colour of a ROI, the same on every page; ``position`` is for other names."""
    if roi not in ROI_COLOURS:
        return _OTHER_COLOURS[position % len(_OTHER_COLOURS)]
    red, green, blue = (round(255 * part) for part in ROI_COLOURS[roi])
    return f"#{red:02x}{green:02x}{blue:02x}"


def link(address: str | None) -> str | None:
    """Return the relative address of a page, safe to link to.

    What is percent-encoded already stays so. Everything else with a meaning in an address is
    encoded here, the colon of a scheme too.
    """
    return None if address is None else quote(address, safe="/%")


@cache
def templates() -> Environment:
    """Return the page templates; whatever is filled in is escaped."""
    return Environment(
        loader=PackageLoader("radiogenomics.checking"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
