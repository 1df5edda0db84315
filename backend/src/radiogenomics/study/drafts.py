"""A rater's unsaved work, kept beside the saved versions so that a crash does not lose it.

One draft a rater and case, written over in one step. It is no version: no table is measured from
it and no review is of it. Standard library only.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.errors import StudyError
from radiogenomics.study.atomic import replacing, write_json
from radiogenomics.study.case import Case, WriteFile, now, rater_name
from radiogenomics.study.lock import exclusive


@dataclass(frozen=True)
class Draft:
    """Unsaved work of one rater on one case.

    Attributes
    ----------
    path
        The ``.seg.nrrd`` file.
    time
        When it was kept, UTC, ISO 8601.
    based_on
        The version that the rater had begun from; 0 for none.
    """

    path: Path
    time: str
    based_on: int


def keep_draft(case: Case, rater: str, write: WriteFile, *, based_on: int) -> Draft:
    """Keep a rater's unsaved work in place of what was kept before.

    Parameters
    ----------
    case, rater
        Whose work on what.
    write
        Writes a ``.seg.nrrd`` file at the path it is given.
    based_on
        The version that the rater began from; 0 for none.

    Raises
    ------
    StudyError, StudyLockedError
        If it cannot be written; what was kept before is unchanged.
    """
    path, record = _paths(case, rater)
    time = now()
    with exclusive(case.folder):
        with replacing(path) as temporary:
            write(temporary)
        write_json(record, {"time": time, "based_on": based_on})
    return Draft(path, time, based_on)


def find_draft(case: Case, rater: str) -> Draft | None:
    """Return a rater's unsaved work, or None.

    A draft whose record a kill or a fault kept from being written is found all the same, as one
    that is based on no version.
    """
    path, record = _paths(case, rater)
    if not path.exists():
        return None
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        return Draft(path, str(known["time"]), int(known["based_on"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Draft(path, "", 0)


def discard_draft(case: Case, rater: str) -> None:
    """Remove a rater's unsaved work, since it was saved or is not wanted."""
    path, record = _paths(case, rater)
    try:
        with exclusive(case.folder):
            path.unlink(missing_ok=True)
            record.unlink(missing_ok=True)
    except OSError as error:
        raise StudyError(
            f"Cannot remove {path}: {error.strerror or error}. It does no harm; remove it by hand."
        ) from error


def set_draft_aside(case: Case, draft: Draft) -> Path:
    """Rename a draft that began from an older version than the newest; return its new path.

    It is never restored on its own: two computers worked on one case, and a person has to choose.
    """
    stem = draft.path.name.removesuffix(".draft.seg.nrrd")
    with exclusive(case.folder):
        number = 1
        while (kept := draft.path.with_name(f"{stem}.aside{number:02d}.seg.nrrd")).exists():
            number += 1
        try:
            draft.path.rename(kept)
        except OSError as error:
            raise StudyError(
                f"Cannot rename {draft.path}: {error.strerror or error}. Move it away by hand."
            ) from error
        _record_of(draft.path).unlink(missing_ok=True)
    return kept


def _paths(case: Case, rater: str) -> tuple[Path, Path]:
    path = case.folder / "segmentations" / f"{rater_name(rater)}.draft.seg.nrrd"
    return path, _record_of(path)


def _record_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".seg.nrrd") + ".json")
