"""Colours, counts and links on pages, and the templates that they fill."""

from __future__ import annotations

from functools import cache
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from radiogenomics.study.labels import ROI_COLOURS

_OTHER_COLOURS = ("#c667a0", "#b3a000")


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
