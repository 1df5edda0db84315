"""What the JSON file beside a NIfTI file tells of the acquisition (BIDS, dcm2niix)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from radiogenomics.imaging.series.naming import Parameters
from radiogenomics.imaging.volumes import strip_suffix

_AGENTS = ("ContrastBolusIngredient", "ContrastBolusAgent")


def read_sidecar(path: Path) -> Parameters | None:
    """Read the side-car of an image file; None where there is none that describes an acquisition.

    Only what names a series is taken from it; the rest is not kept.
    """
    stem = strip_suffix(path.name) or path.stem
    try:
        content = json.loads((path.parent / f"{stem}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or not {"EchoTime", "SeriesDescription"} & set(content):
        return None
    return Parameters(
        description=str(content.get("SeriesDescription", "")),
        protocol=str(content.get("ProtocolName", "")),
        repetition_time=_milliseconds(content.get("RepetitionTime")),
        echo_time=_milliseconds(content.get("EchoTime")),
        inversion_time=_milliseconds(content.get("InversionTime")),
        sequences=frozenset(_values(content.get("ScanningSequence"))),
        image_type=tuple(_values(content.get("ImageType"))),
        agent=any(names_agent(str(content.get(key, ""))) for key in _AGENTS),
    )


def names_agent(text: str) -> bool:
    """Whether the tag of the contrast agent names one: scanners also write that there is none."""
    plain = text.strip().casefold()
    return bool(plain) and plain not in {
        "no",
        "none",
        "n",
        "0",
        "-",
        "no contrast",
        "without",
        "na",
    }


def _milliseconds(seconds: Any) -> float | None:
    return float(seconds) * 1000 if isinstance(seconds, (int, float)) else None


def _values(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(part) for part in value]
    return str(value or "").replace("\\", "_").split("_") if value else []
