"""How features and their values are written for people. Standard library only."""

from __future__ import annotations

import math

from radiogenomics.shape.features import SHOWN_UNITS


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
