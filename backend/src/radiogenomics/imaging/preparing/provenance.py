"""What ``images/provenance.json`` says of a prepared case: no date, no path, nobody's name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from radiogenomics import __version__
from radiogenomics.errors import StudyError
from radiogenomics.imaging.preparing.inputs import Input
from radiogenomics.imaging.preparing.settings import Outcome
from radiogenomics.imaging.preparing.versions import versions
from radiogenomics.imaging.preparing.work import Result
from radiogenomics.imaging.series import Contrast
from radiogenomics.imaging.volumes import Grid

PREPARATION = "preparation"
"""Name of the entry about the case as a whole; the others are named as the images."""

BRAIN_MASK = "brain_mask"

FORMAT = 1


def read_provenance(images: Path) -> dict[str, Any]:
    """Read the provenance of a folder of images; empty where there is none.

    Raises
    ------
    StudyError
        If it cannot be read or is damaged.
    """
    path = images / "provenance.json"
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise StudyError(f"Cannot read {path}: {error.strerror or error}.") from error
    except ValueError as error:
        raise StudyError(f"{path} is damaged ({error}). Restore it from a backup.") from error
    if not isinstance(known, dict):
        raise StudyError(f"{path} is damaged (it holds no record). Restore it from a backup.")
    return known


def image_entry(
    given: Input,
    result: Result,
    *,
    step: str,
    unstripped_sha256: str | None = None,
    bias_correction: Mapping[str, Any] | None = None,
    registration: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the entry of one image."""
    ((_, sha256),) = result.hashes.items()
    entry: dict[str, Any] = {
        "sha256": sha256,
        "software": f"radiogenomics {__version__}",
        "step": step,
        "source_sha256": given.files_sha256,
        "source": given.as_record(),
    }
    if unstripped_sha256 is not None:
        entry["unstripped_sha256"] = unstripped_sha256
        entry["bias_correction"] = bias_correction
        entry["registration"] = registration
    return entry


def mask_entry(result: Result) -> dict[str, Any]:
    """Return the entry of the brain mask."""
    ((_, sha256),) = result.hashes.items()
    return {"sha256": sha256, **result.record}


def preparation_entry(
    key: str, outcome: Outcome, grid: Grid, warnings: Sequence[str]
) -> dict[str, Any]:
    """Return the entry about the case as a whole."""
    return {
        "format": FORMAT,
        "key": key,
        "outcome": str(outcome),
        "grid": asdict(grid),
        "interpolation": "none" if outcome is Outcome.READY else "linear, once",
        "warnings": list(warnings),
        "versions": versions(),
    }


def hashes_of(known: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of every file that a provenance names, by its path among the images."""
    hashes = {}
    for name in (*Contrast, BRAIN_MASK):
        entry = known.get(name)
        if entry is not None:
            hashes[f"{name}.nii.gz"] = str(entry["sha256"])
            if "unstripped_sha256" in entry:
                hashes[f"unstripped/{name}.nii.gz"] = str(entry["unstripped_sha256"])
    return hashes
