"""What the page shows of the review: steps, raters, log, agreement and consensus."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from radiogenomics.agreement import Consensus, RoiAgreement
from radiogenomics.mrml.reviewing import Review
from radiogenomics.mrml.session import Session
from radiogenomics.shape.wording import significant
from radiogenomics.study import Segmentation, State

_FEWEST_FOR_STAPLE = 3
_MM3_IN_CM3 = 1000


def review_shown(review: Review, session: Session) -> dict[str, Any] | None:
    """Return what may be done with the open case, and what was; None without one."""
    current = session.open
    if current is None or session.rater is None:
        return None
    steps = review.possible_steps()
    return {
        "state": _state_words(session),
        "can": {str(state): state in steps for state in State},
        "raters": [
            {"name": one.rater, "version": one.version, "shown": one.rater == current.rater}
            for one in review.visible()
        ],
        "hidden": len(review.hidden()),
        "log": [
            {
                "time": event.time.replace("T", " ").removesuffix("Z"),
                "who": event.who,
                "what": f"{event.rater}, version {event.version}",
                "state": str(event.state),
                "comment": event.comment,
            }
            for event in reversed(review.log())
        ],
    }


def agreement_shown(rater: str, rows: Sequence[RoiAgreement]) -> dict[str, Any]:
    """Return how the open segmentation and a rater's agree, region by region."""
    return {
        "rater": rater,
        "rows": [
            {
                "roi": one.roi,
                "dice": significant(one.dice, 3),
                "volume": significant(one.volume_difference / _MM3_IN_CM3, 3),
                "percent": significant(one.volume_difference_percent, 3),
                "hausdorff": significant(one.hausdorff_95, 3),
                "distance": significant(one.mean_surface_distance, 3),
            }
            for one in rows
        ],
    }


def consensus_words(saved: Segmentation, agreed: Consensus) -> list[str]:
    """Return what became of a consensus, and what to think of it."""
    words = [
        f"Saved as consensus version {saved.version}, by {agreed.method} of "
        f"{', '.join(agreed.raters)}.",
        f"{agreed.disputed_voxels} voxels were disputed, {agreed.tie_voxels} of them decided by "
        "the tie rule.",
    ]
    if agreed.method == "staple":
        if len(agreed.raters) < _FEWEST_FOR_STAPLE:
            words.append("STAPLE cannot tell two raters apart; take it for three or more.")
        if not agreed.converged:
            words.append("STAPLE did not converge; look at the result before using it.")
        for rater, by_roi in agreed.performance.items():
            told = ", ".join(
                f"{roi} sensitivity {significant(one.sensitivity, 3)}"
                for roi, one in by_roi.items()
            )
            words.append(f"{rater}: {told}")
    return words


def _state_words(session: Session) -> str:
    current = session.open
    if current is None:
        return ""
    if current.version == 0:
        return f"Nothing is saved by {current.rater} yet."
    state = "a draft" if current.state is State.DRAFT else str(current.state)
    return f"Version {current.version} by {current.rater} is {state}."
