"""The last of the work folder: what is doubtful, the provenance, and nothing beside it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from radiogenomics.errors import StudyError
from radiogenomics.imaging.preparing.provenance import BRAIN_MASK, hashes_of
from radiogenomics.imaging.preparing.work import IMAGES, WorkFolder
from radiogenomics.imaging.series import Contrast
from radiogenomics.imaging.skull import methods
from radiogenomics.study.atomic import write_json


def warnings_of(entries: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return all warnings of a case, and those for which its images are not taken unasked.

    A mask that a person gave, or that came with the image, only warns: somebody answers for it.
    """
    doubts = []
    for contrast in Contrast:
        registration = entries.get(contrast, {}).get("registration")
        if registration is not None and registration["warning"]:
            doubts.append(f"{contrast.full_name} to T1 with contrast: {registration['warning']}")
    mask = entries[BRAIN_MASK]
    by_program = mask["method"] in {one.name for one in methods()}
    if mask["warning"] and by_program:
        doubts.append(mask["warning"])
    warnings = [*doubts, mask["warning"]] if mask["warning"] and not by_program else doubts
    return tuple(warnings), tuple(doubts)


def finish(work: WorkFolder, entries: Mapping[str, Any]) -> None:
    """Write the provenance, and remove what an earlier run with other series left.

    Raises
    ------
    StudyError
        If the folder cannot be written to.
    """
    images = work.folder / IMAGES
    kept = {"provenance.json", *hashes_of(entries)}
    try:
        for path in sorted(images.rglob("*"), reverse=True):
            name = path.relative_to(images).as_posix()
            if name not in kept and not any(other.startswith(f"{name}/") for other in kept):
                _remove(path)
    except OSError as error:
        raise StudyError(f"Cannot remove {error.filename}: {error.strerror or error}.") from error
    write_json(images / "provenance.json", dict(entries))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
