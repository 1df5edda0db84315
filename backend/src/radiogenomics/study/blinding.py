"""Whose segmentation a rater may see: nobody's but the own, until both have submitted.

Standard library only.
"""

from __future__ import annotations

from radiogenomics.errors import InputError
from radiogenomics.study.case import Case, Segmentation
from radiogenomics.study.names import CONSENSUS
from radiogenomics.study.review import ReviewEvent, Role, State


def visible_segmentations(case: Case, viewer: str, role: Role) -> list[Segmentation]:
    """Return the newest version of every rater whose work ``viewer`` may see, the own first.

    The own is always seen. Another's is seen once that rater has submitted some version of it, and
    then by a reviewer, or by a reader who has submitted too: what a reader draws does not depend on
    what others drew. A consensus counts as submitted.

    Parameters
    ----------
    case
        The case.
    viewer, role
        Who looks, and as what.
    """
    events = case.review_events()
    may_see_others = role is Role.REVIEWER or _has_submitted(events, viewer)
    seen = [
        one
        for one in case.latest_by_rater()
        if one.rater == viewer
        or (may_see_others and (one.rater == CONSENSUS or _has_submitted(events, one.rater)))
    ]
    return sorted(seen, key=lambda one: (one.rater != viewer, one.rater))


def hidden_raters(case: Case, viewer: str, role: Role) -> list[str]:
    """Return who has segmented a case but may not be seen by ``viewer`` yet."""
    seen = {one.rater for one in visible_segmentations(case, viewer, role)}
    return [one.rater for one in case.latest_by_rater() if one.rater not in seen]


def refuse_hidden(case: Case, rater: str, viewer: str, role: Role) -> None:
    """Raise `InputError` if ``viewer`` may not see the segmentation by ``rater``."""
    if all(one.rater != rater for one in visible_segmentations(case, viewer, role)):
        raise InputError(
            f"The segmentation of {case.patient_id} by {rater} cannot be shown: there is none, it "
            "is not submitted yet, or you have not submitted yours."
        )


def _has_submitted(events: list[ReviewEvent], rater: str) -> bool:
    return any(event.rater == rater and event.state is State.SUBMITTED for event in events)
