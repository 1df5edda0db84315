"""What the JSON file beside a NIfTI file tells of the acquisition (BIDS, dcm2niix)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from radiogenomics.imaging.series.naming import Parameters
from radiogenomics.imaging.volumes import strip_suffix

_NO_AGENT = {"no", "none", "n", "0", "-", "no contrast", "without", "na"}
_AGENTS = ("ContrastBolusIngredient", "ContrastBolusAgent")


@dataclass(frozen=True)
class Sidecar:
    """What names a series; the rest of the side-car, such as a patient's name, is not kept.

    Attributes
    ----------
    parameters
        How it was acquired.
    study
        The same for files of one examination; None where that is not told.
    acquired
        When it was taken, as a text that sorts by time; None where that is not told.
    """

    parameters: Parameters
    study: str | None
    acquired: str | None


def read_sidecar(path: Path) -> Sidecar | None:
    """Read the side-car of an image file; None where none describes how it was acquired."""
    stem = strip_suffix(path.name) or path.stem
    try:
        content = json.loads((path.parent / f"{stem}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or not {"EchoTime", "SeriesDescription"} & set(content):
        return None
    parameters = Parameters(
        description=str(content.get("SeriesDescription", "")),
        protocol=str(content.get("ProtocolName", "")),
        repetition_time=_milliseconds(content.get("RepetitionTime")),
        echo_time=_milliseconds(content.get("EchoTime")),
        inversion_time=_milliseconds(content.get("InversionTime")),
        sequences=frozenset(_values(content.get("ScanningSequence"))),
        image_type=tuple(_values(content.get("ImageType"))),
        agent=any(names_agent(str(content.get(key, ""))) for key in _AGENTS),
    )
    return Sidecar(
        parameters,
        study=_text(content, "StudyInstanceUID"),
        acquired=_text(content, "AcquisitionDateTime") or _text(content, "AcquisitionTime"),
    )


def names_agent(text: str) -> bool:
    """Whether the tag of the contrast agent names one: scanners also write that there is none."""
    plain = text.strip().casefold()
    return bool(plain) and plain not in _NO_AGENT


def _text(content: dict[str, Any], key: str) -> str | None:
    value = content.get(key)
    return value if isinstance(value, str) and value else None


def _milliseconds(seconds: Any) -> float | None:
    return float(seconds) * 1000 if isinstance(seconds, (int, float)) else None


def _values(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(part) for part in value]
    return str(value or "").replace("\\", "_").split("_") if value else []
