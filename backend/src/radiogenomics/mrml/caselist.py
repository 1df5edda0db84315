"""The cases of a study as one rater sees them. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from radiogenomics.errors import StudyError
from radiogenomics.study import Case, Role, State, Study
from radiogenomics.study.blinding import visible_segmentations

NOT_BEGUN = "not begun"
DAMAGED = "damaged"
STATUSES = (NOT_BEGUN, *(str(state) for state in State), DAMAGED)
"""What the list can say of a case; also its filter."""


@dataclass(frozen=True)
class ListedCase:
    """One line of the case list.

    Attributes
    ----------
    patient_id
        Of the case.
    status
        One of `STATUSES`. For a reader it is that of the own segmentation, unless the case is
        approved; for a reviewer that of the segmentation that has come furthest.
    note
        What is wrong with a damaged case; empty otherwise.
    """

    patient_id: str
    status: str
    note: str = ""


def list_cases(study: Study, rater: str | None, role: Role | None) -> list[ListedCase]:
    """Return all cases of a study by patient id, as a rater sees them."""
    listed = []
    for case in study.cases():
        try:
            listed.append(ListedCase(case.patient_id, _status(case, rater, role)))
        except StudyError as error:
            listed.append(ListedCase(case.patient_id, DAMAGED, str(error)))
    return listed


def progress_words(cases: Sequence[ListedCase]) -> str:
    """Return ``37 of 102 approved``."""
    approved = sum(one.status == State.APPROVED for one in cases)
    return f"{approved} of {len(cases)} approved"


def neighbour(cases: Sequence[ListedCase], patient_id: str | None, step: int) -> str | None:
    """Return the patient ``step`` lines further on in the list; None beyond its ends.

    Without a current patient, or with one that the filter hides, the walk begins at the top.
    """
    ids = [one.patient_id for one in cases]
    if patient_id not in ids:
        return ids[0] if ids else None
    index = ids.index(patient_id) + step
    return ids[index] if 0 <= index < len(ids) else None


def _status(case: Case, rater: str | None, role: Role | None) -> str:
    overall = case.status
    if overall is None:
        return NOT_BEGUN
    if role is Role.REVIEWER or rater is None or overall is State.APPROVED:
        return str(overall)
    own = case.latest(rater)
    return NOT_BEGUN if own is None else str(case.state(rater, own.version))


def raters_to_show(case: Case, rater: str, role: Role) -> list[str]:
    """Return whose segmentations of a case a rater may open, the own first."""
    return [one.rater for one in visible_segmentations(case, rater, role)]
