"""The study folder: its settings and its cases. Standard library only."""

from __future__ import annotations

import json
import shlex
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from radiogenomics.errors import InputError, NotAStudyError, StudyError
from radiogenomics.study.atomic import remove_unfinished, write_text
from radiogenomics.study.case import Case
from radiogenomics.study.lock import LOCK_NAME, exclusive
from radiogenomics.study.names import check_patient_id, check_rater
from radiogenomics.study.review import Role

FORMAT = 1
"""Version of the folder's layout. A study of an older format opens; one of a newer is refused."""

SETTINGS_NAME = "study.toml"


@dataclass(frozen=True)
class StudySettings:
    """What ``study.toml`` says.

    Attributes
    ----------
    name
        For people.
    labels
        The label preset of the study's labelmaps, such as ``brats``.
    raters
        Role of each rater by name.
    protocol
        Free text: how the regions are to be segmented.
    """

    name: str
    labels: str
    raters: dict[str, Role]
    protocol: str = ""


class Study:
    """An open study folder. Use `Study.create` or `Study.open`."""

    def __init__(self, root: Path, settings: StudySettings) -> None:
        self.root = root
        self.settings = settings

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        name: str,
        labels: str,
        raters: dict[str, Role] | None = None,
        protocol: str = "",
    ) -> Study:
        """Create a study in a new or empty folder.

        Raises
        ------
        InputError
            If the folder already holds something, or a rater's name cannot be used.
        StudyError
            If it cannot be written.
        """
        if root.exists() and (not root.is_dir() or any(root.iterdir())):
            raise InputError(f"{root} already holds something; a study begins in an empty folder.")
        people: dict[str, Role] = {}
        for person, role in (raters or {}).items():
            people = _with_rater(people, person, role)
        study = cls(root, StudySettings(name, labels, people, protocol))
        write_text(root / SETTINGS_NAME, _to_toml(study.settings))
        return study

    @classmethod
    def open(cls, root: Path) -> Study:
        """Open a study folder.

        Raises
        ------
        NotAStudyError
            If there is none, its settings are damaged, or it was made by a newer version.
        StudyError
            If the settings cannot be read.
        """
        path = root / SETTINGS_NAME
        try:
            raw = tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise NotAStudyError(
                f"{root} is not a study folder: it has no {SETTINGS_NAME}. "
                f"Create one with: radiogenomics study init {shlex.quote(str(root))}"
            ) from error
        except OSError as error:
            raise StudyError(f"Cannot read {path}: {error.strerror or error}.") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise NotAStudyError(
                f"{path} is damaged: {error}. Restore it from a backup."
            ) from error
        return cls(root, _from_toml(raw, path))

    @staticmethod
    def is_study(folder: Path) -> bool:
        """Whether a folder is a study's."""
        return (folder / SETTINGS_NAME).is_file()

    def cases(self) -> list[Case]:
        """All cases, by patient id."""
        folder = self.root / "cases"
        if not folder.exists():
            return []
        return [
            Case(path.name, path)
            for path in sorted(folder.iterdir())
            if path.is_dir() and not path.name.startswith(".")
        ]

    def case(self, patient_id: str) -> Case:
        """Return one case.

        Raises
        ------
        InputError
            If the patient id is not usable or the study has no such case.
        """
        case = Case(check_patient_id(patient_id), self.root / "cases" / patient_id)
        if not case.folder.is_dir():
            raise InputError(f"The study {self.root} has no case {patient_id}.")
        return case

    def add_case(self, patient_id: str) -> Case:
        """Return the case of a patient, added where it is new.

        Raises
        ------
        InputError
            If the patient id is not usable, or differs from another's only by upper and lower case.
        StudyError
            If the folder cannot be written to.
        """
        case = Case(check_patient_id(patient_id), self.root / "cases" / patient_id)
        for other in self.cases():
            twin = other.patient_id
            if twin != patient_id and twin.casefold() == patient_id.casefold():
                raise InputError(
                    f"{patient_id!r} differs from the case {twin!r} only by upper and lower case, "
                    "which some systems cannot keep apart."
                )
        try:
            case.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StudyError(
                f"Cannot create {case.folder}: {error.strerror or error}. "
                "Choose a folder that you may write to."
            ) from error
        return case

    def discard_empty(self, case: Case) -> bool:
        """Remove a case that nothing was saved in; return whether that was so.

        For a case whose first save failed. One that holds anything, or that somebody is writing
        to, stays.
        """
        try:
            with exclusive(case.folder, wait=0):
                remove_unfinished(case.folder)
                for name in ("images", "segmentations"):
                    if (case.folder / name).exists():
                        (case.folder / name).rmdir()
                if any(entry.name != LOCK_NAME for entry in case.folder.iterdir()):
                    return False
                (case.folder / LOCK_NAME).unlink()
                case.folder.rmdir()
        except (OSError, StudyError):
            return False
        return True

    def add_rater(self, name: str, role: Role) -> None:
        """Add a rater, or change a rater's role.

        Raises
        ------
        InputError
            If the name cannot be used, or differs from another's only by upper and lower case.
        StudyError, StudyLockedError
            If the settings cannot be written.
        """
        with exclusive(self.root):
            settings = Study.open(self.root).settings
            changed = replace(settings, raters=_with_rater(settings.raters, name, role))
            write_text(self.root / SETTINGS_NAME, _to_toml(changed))
        self.settings = changed

    def remove_unfinished(self, wait: float = 10.0) -> int:
        """Clear what killed writers left; return how many files. Nothing saved is touched."""
        with exclusive(self.root, wait):
            cleared = remove_unfinished(self.root)
        for case in self.cases():
            # The lock that writers of the case hold: what one is writing now is not litter.
            with exclusive(case.folder, wait):
                for folder in (case.folder, case.folder / "images", case.folder / "segmentations"):
                    cleared += remove_unfinished(folder)
        return cleared


def _with_rater(raters: dict[str, Role], name: str, role: Role) -> dict[str, Role]:
    person = check_rater(name)
    for other in raters:
        if other != person and other.casefold() == person.casefold():
            raise InputError(
                f"{name!r} differs from the rater {other!r} only by upper and lower case."
            )
    return {**raters, person: role}


def _to_toml(settings: StudySettings) -> str:
    # JSON strings without ASCII escapes are TOML basic strings, apart from DEL, which no name has.
    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")

    lines = [
        f"format = {FORMAT}",
        f"name = {quoted(settings.name)}",
        f"labels = {quoted(settings.labels)}",
        f"protocol = {quoted(settings.protocol)}",
        "",
        "[raters]",
        *(f"{quoted(name)} = {quoted(role)}" for name, role in settings.raters.items()),
    ]
    return "\n".join(lines) + "\n"


def _from_toml(raw: dict[str, Any], path: Path) -> StudySettings:
    found = raw.get("format")
    if not isinstance(found, int):
        raise NotAStudyError(f"{path} has no format number. Restore it from a backup.")
    if found > FORMAT:
        raise NotAStudyError(
            f"{path} was written by a newer version (format {found}; this version knows {FORMAT}). "
            "Upgrade radiogenomics to open it."
        )
    try:
        raters = {str(name): Role(role) for name, role in raw.get("raters", {}).items()}
        return StudySettings(str(raw["name"]), str(raw["labels"]), raters, str(raw["protocol"]))
    except (KeyError, ValueError) as error:
        raise NotAStudyError(f"{path} is incomplete: {error}. Restore it from a backup.") from error
