"""One case of a study: its images, its segmentations by rater and version, its review.

Standard library only. The case does not know the formats of volumes: who adds an image or a
segmentation gives a function that writes the file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from radiogenomics import __version__
from radiogenomics.errors import InputError, StudyError
from radiogenomics.study.atomic import replacing, write_json
from radiogenomics.study.lock import exclusive
from radiogenomics.study.names import CONSENSUS, check_rater
from radiogenomics.study.review import (
    LOG_NAME,
    ReviewEvent,
    Role,
    State,
    append_event,
    read_events,
    state_of,
)

WriteFile = Callable[[Path], None]
"""Writes a whole file at the path it is given."""

IMAGE_NAMES = ("t1c", "flair", "t2", "t1")

# Not the temporary file of a writer who is at work or was killed: those begin with a dot.
_SEGMENTATION = re.compile(r"(?P<rater>[^.].*)\.v(?P<version>\d{2,})\.json")


@dataclass(frozen=True)
class Segmentation:
    """One saved version of one rater's segmentation.

    Attributes
    ----------
    rater, version
        Who, and the number of the version from 1.
    path
        The ``.seg.nrrd`` file.
    record
        What the file beside it says: rater, version, time, software, sha256, and what the writer
        added.
    """

    rater: str
    version: int
    path: Path
    record: Mapping[str, Any]

    def verify(self) -> None:
        """Raise `StudyError` if the file is not the one that was saved."""
        verify_file(self.path, str(self.record.get("sha256")))


@dataclass(frozen=True)
class Case:
    """One patient's imaging study inside a study folder; made by `Study`."""

    patient_id: str
    folder: Path

    @property
    def images(self) -> dict[str, Path]:
        """The images that are there, by name in the order of `IMAGE_NAMES`."""
        paths = {name: self.folder / "images" / f"{name}.nii.gz" for name in IMAGE_NAMES}
        return {name: path for name, path in paths.items() if path.exists()}

    def image_hashes(self, name: str) -> set[str]:
        """SHA-256 of an image as it is kept, and of the file that it came from, where known."""
        entry = self._provenance().get(name)
        if not isinstance(entry, dict):
            return set()
        return {str(entry[key]) for key in ("sha256", "source_sha256") if key in entry}

    def _provenance(self) -> dict[str, Any]:
        record = self.folder / "images" / "provenance.json"
        if not record.exists():
            return {}
        return _read_record(record, "Restore it from a backup, or move it away.")

    def add_image(self, name: str, write: WriteFile, provenance: Mapping[str, Any]) -> Path:
        """Add or replace an image; ``provenance`` is kept in ``images/provenance.json``.

        Raises
        ------
        InputError
            If the name is not one of `IMAGE_NAMES`.
        StudyError, StudyLockedError
            If it cannot be written; what was there is unchanged.
        """
        if name not in IMAGE_NAMES:
            raise InputError(
                f"{name!r} is no image of a case; use one of {', '.join(IMAGE_NAMES)}."
            )
        path = self.folder / "images" / f"{name}.nii.gz"
        with exclusive(self.folder):
            with replacing(path) as temporary:
                write(temporary)
            known = self._provenance()
            known[name] = {"sha256": sha256_of(path), **_stamp(), **provenance}
            write_json(path.with_name("provenance.json"), known)
        return path

    def segmentations(self, rater: str | None = None) -> list[Segmentation]:
        """List the saved versions, by rater and version; of one rater where one is named.

        Names are compared as `add_segmentation` writes them, in one Unicode form.

        A version counts as saved once the file beside it (``.json``) is there: that is written
        last, so a killed writer leaves no half version.
        """
        found = []
        name = None if rater is None else rater_name(rater)
        folder = self.folder / "segmentations"
        for sidecar in sorted(folder.glob("*.json")) if folder.exists() else []:
            match = _SEGMENTATION.fullmatch(sidecar.name)
            if match is None or name not in (None, match["rater"]):
                continue
            record = _read_record(
                sidecar, "Restore it from a backup, or move it and its .seg.nrrd away."
            )
            path = sidecar.with_name(sidecar.name.removesuffix(".json") + ".seg.nrrd")
            found.append(Segmentation(match["rater"], int(match["version"]), path, record))
        return sorted(found, key=lambda one: (one.rater, one.version))

    def latest(self, rater: str) -> Segmentation | None:
        """Return the newest version of a rater, or None."""
        versions = self.segmentations(rater)
        return versions[-1] if versions else None

    def latest_by_rater(self) -> list[Segmentation]:
        """Return the newest version of every rater, by rater."""
        return list({one.rater: one for one in self.segmentations()}.values())

    def add_segmentation(
        self, rater: str, write: WriteFile, provenance: Mapping[str, Any] | None = None
    ) -> Segmentation:
        """Save the next version of a rater's segmentation; no version is ever overwritten.

        Parameters
        ----------
        rater
            A rater's name, or `names.CONSENSUS`.
        write
            Writes a ``.seg.nrrd`` file at the path it is given.
        provenance
            Kept in the file beside it, after rater, version, time, software and hash. With the
            ``source_sha256`` of the newest version nothing is saved and that version is returned.

        Raises
        ------
        InputError
            If the name cannot be used, or differs from another's only by upper and lower case.
        StudyError, StudyLockedError
            If it cannot be written; earlier versions are unchanged.
        """
        name = rater_name(rater)
        folder = self.folder / "segmentations"
        with exclusive(self.folder):
            for other in self.segmentations():
                if other.rater != name and other.rater.casefold() == name.casefold():
                    raise InputError(
                        f"{name!r} differs from the rater {other.rater!r} only by upper and lower "
                        "case, which some systems cannot keep apart."
                    )
            saved = self.latest(name)
            source = (provenance or {}).get("source_sha256")
            if saved and source and saved.record.get("source_sha256") == source:
                # Two imports of one file at once: the second finds that it is there.
                return saved
            version = saved.version + 1 if saved else 1
            stem = f"{name}.v{version:02d}"
            path = folder / f"{stem}.seg.nrrd"
            with replacing(path) as temporary:
                write(temporary)
            record = {
                "rater": name,
                "version": version,
                **_stamp(),
                "sha256": sha256_of(path),
                **(provenance or {}),
            }
            try:
                write_json(folder / f"{stem}.json", record)
            except StudyError:
                # No version without its record; on a full disk it only takes up space.
                path.unlink(missing_ok=True)
                raise
        return Segmentation(name, version, path, record)

    def review_events(self) -> list[ReviewEvent]:
        """All entries of the review log, oldest first."""
        return read_events(self.folder / LOG_NAME)

    def state(self, rater: str, version: int) -> State:
        """Where the review of one version stands."""
        return state_of(self.review_events(), rater_name(rater), version)

    @property
    def status(self) -> State | None:
        """How far the latest version of any rater has come; None without segmentations."""
        events = self.review_events()
        states = {state_of(events, one.rater, one.version) for one in self.latest_by_rater()}
        order = (State.APPROVED, State.SUBMITTED, State.RETURNED, State.DRAFT)
        return next((state for state in order if state in states), None)

    def review(
        self, state: State, *, who: str, role: Role, rater: str, version: int, comment: str = ""
    ) -> ReviewEvent:
        """Add to the review log.

        Raises
        ------
        InputError
            If there is no such version, or `append_event` refuses the step.
        StudyError, StudyLockedError
            If the log cannot be written.
        """
        if all(one.version != version for one in self.segmentations(rater)):
            raise InputError(f"{self.patient_id} has no version {version} by {rater!r}.")
        event = ReviewEvent(now(), check_rater(who), state, rater_name(rater), version, comment)
        with exclusive(self.folder):
            append_event(self.folder / LOG_NAME, event, role)
        return event


def rater_name(rater: str) -> str:
    """Return the name as files have it, of a person or of the consensus.

    Raises
    ------
    InputError
        If it cannot be used.
    """
    return CONSENSUS if rater == CONSENSUS else check_rater(rater)


def _read_record(path: Path, advice: str) -> dict[str, Any]:
    """Read a JSON object; raises `StudyError` with ``advice`` if it is unreadable or damaged."""
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StudyError(f"Cannot read {path}: {error.strerror or error}. {advice}") from error
    except ValueError as error:
        raise StudyError(f"{path} is damaged ({error}). {advice}") from error
    if not isinstance(record, dict):
        raise StudyError(f"{path} is damaged (it holds no record). {advice}")
    return record


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def verify_file(path: Path, sha256: str) -> None:
    """Raise `StudyError` if a segmentation file is not the one whose hash was recorded."""
    if not path.exists() or sha256_of(path) != sha256:
        raise StudyError(
            f"{path} is not the file that was saved (its SHA-256 differs from the one in "
            f"{path.name.removesuffix('.seg.nrrd')}.json). Restore it from a backup, or save a new "
            "version."
        )


def _stamp() -> dict[str, str]:
    return {"time": now(), "software": f"radiogenomics {__version__}"}


def now() -> str:
    """Return the time in UTC, ISO 8601, such as ``2026-11-24T09:30:00Z``."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
