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
from radiogenomics.study.case import Case, WriteFile, now, rater_name, sha256_of
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
    sha256
        Of the file: by it a session knows its own draft from another's.
    aside
        Where the draft of another session was moved to make place; None without.
    """

    path: Path
    time: str
    based_on: int
    sha256: str
    aside: Path | None = None


def keep_draft(
    case: Case, rater: str, write: WriteFile, *, based_on: int, replaces: str | None = None
) -> Draft:
    """Keep a rater's unsaved work in place of what was kept before.

    The same rater may be at work in a second window: a draft that is not the one to replace is set
    aside, not written over.

    Parameters
    ----------
    case, rater
        Whose work on what.
    write
        Writes a ``.seg.nrrd`` file at the path it is given.
    based_on
        The version that the rater began from; 0 for none.
    replaces
        SHA-256 of the draft that this work goes on from; None for whatever there is.

    Raises
    ------
    StudyError, StudyLockedError
        If it cannot be written; what was kept before is unchanged.
    """
    path, record = _paths(case, rater)
    time = now()
    aside = None
    with exclusive(case.folder), replacing(path) as temporary:
        write(temporary)
        sha256 = sha256_of(temporary)
        if replaces is not None and path.exists() and sha256_of(path) != replaces:
            aside = _set_aside(path)
        # First: a kill between the two leaves a draft whose version is known.
        write_json(record, {"time": time, "based_on": based_on})
    return Draft(path, time, based_on, sha256, aside)


def find_draft(case: Case, rater: str) -> Draft | None:
    """Return a rater's unsaved work, or None.

    A draft whose record is lost or damaged is found all the same, as one that is based on no
    version.

    Raises
    ------
    StudyError
        If the system refuses to read it.
    """
    path, record = _paths(case, rater)
    try:
        sha256 = sha256_of(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StudyError(
            f"Cannot read the unsaved work {path}: {error.strerror or error}. Make it readable, or "
            "move it away."
        ) from error
    try:
        known = json.loads(record.read_text(encoding="utf-8"))
        return Draft(path, str(known["time"]), int(known["based_on"]), sha256)
    except (OSError, ValueError, KeyError, TypeError):
        return Draft(path, "", 0, sha256)


def discard_draft(case: Case, rater: str, sha256: str | None = None) -> None:
    """Remove a rater's unsaved work, since it was saved or is not wanted.

    With a SHA-256 only the draft that has it: another window's stays.
    """
    path, record = _paths(case, rater)
    try:
        with exclusive(case.folder):
            if sha256 is not None and path.exists() and sha256_of(path) != sha256:
                return
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
    with exclusive(case.folder):
        return _set_aside(draft.path)


def _set_aside(path: Path) -> Path:
    stem = path.name.removesuffix(".draft.seg.nrrd")
    number = 1
    while (kept := path.with_name(f"{stem}.aside{number:02d}.seg.nrrd")).exists():
        number += 1
    try:
        path.rename(kept)
        _record_of(path).unlink(missing_ok=True)
    except OSError as error:
        raise StudyError(
            f"Cannot rename {path}: {error.strerror or error}. Move it away by hand."
        ) from error
    return kept


def _paths(case: Case, rater: str) -> tuple[Path, Path]:
    path = case.folder / "segmentations" / f"{rater_name(rater)}.draft.seg.nrrd"
    return path, _record_of(path)


def _record_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".seg.nrrd") + ".json")
