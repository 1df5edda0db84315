"""Whose segmentation a rater may see: nobody's but the own, until both have submitted.

Standard library only.
"""

from __future__ import annotations

from radiogenomics.errors import InputError
from radiogenomics.study.case import Case, Segmentation
from radiogenomics.study.review import Role, State, state_of


def visible_segmentations(case: Case, viewer: str, role: Role) -> list[Segmentation]:
    """Return one version of every rater whose work ``viewer`` may see, the own first.

    The own newest version is always seen. Of another rater it is the newest that was handed in:
    submitted and not withdrawn, whatever the review said since. A draft is nobody else's. It is
    seen by a reviewer, or by a reader who has handed in too: what a reader draws does not depend
    on what others drew. A consensus counts as handed in.

    Parameters
    ----------
    case
        The case.
    viewer, role
        Who looks, and as what.
    """
    events = case.review_events()
    own: Segmentation | None = None
    others: dict[str, Segmentation] = {}
    may_see_others = role is Role.REVIEWER
    for one in case.segmentations():
        handed_in = state_of(events, one.rater, one.version) is not State.DRAFT
        if one.rater == viewer:
            own = one
            may_see_others = may_see_others or handed_in
        elif handed_in:
            others[one.rater] = one
    seen = [others[rater] for rater in sorted(others)] if may_see_others else []
    return seen if own is None else [own, *seen]


def hidden_raters(case: Case, viewer: str, role: Role) -> list[str]:
    """Return who has segmented a case but may not be seen by ``viewer`` yet."""
    seen = {one.rater for one in visible_segmentations(case, viewer, role)}
    return [one.rater for one in case.latest_by_rater() if one.rater not in seen]


def visible_version(case: Case, rater: str, viewer: str, role: Role) -> Segmentation:
    """Return the version by ``rater`` that ``viewer`` may see.

    Raises
    ------
    InputError
        If there is none.
    """
    for one in visible_segmentations(case, viewer, role):
        if one.rater == rater:
            return one
    raise InputError(
        f"The segmentation of {case.patient_id} by {rater} cannot be shown: there is none, it "
        "is not submitted yet, or you have not submitted yours."
    )


def refuse_withdrawal(case: Case, viewer: str, role: Role) -> None:
    """Raise `InputError` if a reader who may have seen another's work wants to draw again."""
    if role is Role.REVIEWER:
        return
    others = [one.rater for one in visible_segmentations(case, viewer, role) if one.rater != viewer]
    if others:
        raise InputError(
            f"You can see the segmentation by {' and '.join(others)} now, so yours stays as it "
            "was submitted. A reviewer can return it to you."
        )
