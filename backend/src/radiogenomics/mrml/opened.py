"""Who works in a session, on which case, and what it tells about. slicer, vtk."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from radiogenomics.errors import InputError, RadiogenomicsError
from radiogenomics.mrml.case import CaseScene
from radiogenomics.mrml.unsaved import UnsavedWork
from radiogenomics.study import Case, Role, State, Study

EDITABLE = (State.DRAFT, State.RETURNED)
"""States of a version whose rater may go on drawing."""


class Change(StrEnum):
    """What a session tells about."""

    STUDY = "study"
    CASE = "case"
    FEATURES = "features"
    SAVED = "saved"


@dataclass(frozen=True)
class Rater:
    """Who works, and as what."""

    name: str
    role: Role


def refuse_changed_role(study: Study, rater: Rater) -> None:
    """Raise `InputError` if the study gives a rater another role now than when signing in."""
    role = Study.open(study.root).settings.raters.get(rater.name)
    if role is not rater.role:
        raise InputError(
            f"{rater.name} is signed in as a {rater.role}, and the study now says "
            f"{role or 'nothing of this rater'}. Sign in again."
        )


@dataclass
class OpenCase:
    """The case that is open.

    Attributes
    ----------
    case
        Of the study.
    nodes
        In the scene.
    rater
        Whose segmentation is shown and measured.
    version
        The version that it began from; 0 for none.
    state
        Where that version's review stands.
    unsaved
        What is in no version yet.
    draft
        SHA-256 of the draft that holds it or was restored; empty for none.
    """

    case: Case
    nodes: CaseScene
    rater: str
    version: int
    state: State
    unsaved: UnsavedWork
    draft: str = ""

    @property
    def may_change(self) -> bool:
        """Whether the review leaves the version to its rater."""
        return self.state in EDITABLE

    def keep_mask(self, rater: Rater | None) -> str:
        """Save a corrected brain mask before the case is closed; return what to tell the rater.

        Raises
        ------
        InputError, StudyError, StudyLockedError
            If it cannot be saved; the case should stay open then.
        """
        if rater is None or self.nodes.brain_mask is None:
            return ""
        return self.nodes.brain_mask.save_if_changed(rater.name)

    def keep_mask_or_tell(self, rater: Rater | None) -> str:
        """Save a corrected brain mask as `keep_mask` does, or return that it is lost."""
        try:
            return self.keep_mask(rater)
        except RadiogenomicsError as error:
            return f"The corrected brain mask could not be saved and is lost: {error}"
