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
from radiogenomics.study.atomic import replacing, write_text
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

_SEGMENTATION = re.compile(r"(?P<rater>.+)\.v(?P<version>\d{2,})\.json")


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
        if not self.path.exists() or sha256_of(self.path) != self.record.get("sha256"):
            raise StudyError(
                f"{self.path} is not the file that was saved (its SHA-256 differs from the one in "
                f"{self.path.name.removesuffix('.seg.nrrd')}.json). Restore it from a backup, or "
                "save a new version."
            )


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
            record = path.with_name("provenance.json")
            known = json.loads(record.read_text(encoding="utf-8")) if record.exists() else {}
            known[name] = {"sha256": sha256_of(path), **_stamp(), **provenance}
            write_text(record, _json(known))
        return path

    def segmentations(self, rater: str | None = None) -> list[Segmentation]:
        """List the saved versions, by rater and version; of one rater where one is named.

        A version counts as saved once the file beside it (``.json``) is there: that is written
        last, so a killed writer leaves no half version.
        """
        found = []
        folder = self.folder / "segmentations"
        for sidecar in sorted(folder.glob("*.json")) if folder.exists() else []:
            match = _SEGMENTATION.fullmatch(sidecar.name)
            if match is None or rater not in (None, match["rater"]):
                continue
            try:
                record = json.loads(sidecar.read_text(encoding="utf-8"))
            except ValueError as error:
                raise StudyError(
                    f"{sidecar} is damaged ({error}). Restore it from a backup, or move it and its "
                    ".seg.nrrd away."
                ) from error
            path = sidecar.with_name(sidecar.name.removesuffix(".json") + ".seg.nrrd")
            found.append(Segmentation(match["rater"], int(match["version"]), path, record))
        return sorted(found, key=lambda one: (one.rater, one.version))

    def latest(self, rater: str) -> Segmentation | None:
        """Return the newest version of a rater, or None."""
        versions = self.segmentations(rater)
        return versions[-1] if versions else None

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
            Kept in the file beside it, after rater, version, time, software and hash.

        Raises
        ------
        StudyError, StudyLockedError
            If it cannot be written; earlier versions are unchanged.
        """
        name = rater if rater == CONSENSUS else check_rater(rater)
        folder = self.folder / "segmentations"
        with exclusive(self.folder):
            saved = self.latest(name)
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
            write_text(folder / f"{stem}.json", _json(record))
        return Segmentation(name, version, path, record)

    def review_events(self) -> list[ReviewEvent]:
        """All entries of the review log, oldest first."""
        return read_events(self.folder / LOG_NAME)

    def state(self, rater: str, version: int) -> State:
        """Where the review of one version stands."""
        return state_of(self.review_events(), rater, version)

    @property
    def status(self) -> State | None:
        """How far the latest version of any rater has come; None without segmentations."""
        events = self.review_events()
        latest = {one.rater: one.version for one in self.segmentations()}
        states = {state_of(events, rater, version) for rater, version in latest.items()}
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
        event = ReviewEvent(_now(), check_rater(who), state, rater, version, comment)
        with exclusive(self.folder):
            append_event(self.folder / LOG_NAME, event, role)
        return event


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _stamp() -> dict[str, str]:
    return {"time": _now(), "software": f"radiogenomics {__version__}"}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"
