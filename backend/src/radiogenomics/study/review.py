"""The review log of a case: who said what of which segmentation, and when.

Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from radiogenomics.errors import InputError, StudyError
from radiogenomics.study.atomic import append_line
from radiogenomics.study.names import CONSENSUS

LOG_NAME = "review.jsonl"


class State(StrEnum):
    """Where the review of one segmentation version stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


class Role(StrEnum):
    """What a rater may do: readers segment and submit, reviewers also return and approve."""

    READER = "reader"
    REVIEWER = "reviewer"


_BEFORE = {
    State.DRAFT: {State.SUBMITTED, State.RETURNED},
    State.SUBMITTED: {State.DRAFT, State.RETURNED},
    State.RETURNED: {State.SUBMITTED, State.APPROVED},
    State.APPROVED: {State.SUBMITTED},
}
_REVIEWERS_ONLY = {State.RETURNED, State.APPROVED}


@dataclass(frozen=True)
class ReviewEvent:
    """One entry of the log.

    Attributes
    ----------
    time
        UTC, ISO 8601, such as ``2026-11-24T09:30:00Z``.
    who
        The rater who acted.
    state
        What the segmentation became.
    rater, version
        The segmentation that it is about.
    comment
        Required when returned.
    """

    time: str
    who: str
    state: State
    rater: str
    version: int
    comment: str = ""


def read_events(log: Path) -> list[ReviewEvent]:
    """Read all whole entries of a log in order; a line cut short by a kill is passed over.

    Raises
    ------
    StudyError
        If the log is there and the system refuses to read it.
    """
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StudyError(
            f"Cannot read the review log {log}: {error.strerror or error}. Make it readable, or "
            "restore it from a backup."
        ) from error
    events = []
    # Only a newline ends an entry; a comment may hold other characters that count as line ends.
    for line in text.split("\n"):
        try:
            entry = json.loads(line)
            events.append(ReviewEvent(**{**entry, "state": State(entry["state"])}))
        except (ValueError, TypeError, KeyError):
            continue
    return events


def state_of(events: Iterable[ReviewEvent], rater: str, version: int) -> State:
    """Where the review of one version stands.

    Without an entry it is a draft; a consensus, which nobody submits, is submitted from the start.
    """
    state = State.SUBMITTED if rater == CONSENSUS else State.DRAFT
    for event in events:
        if (event.rater, event.version) == (rater, version):
            state = event.state
    return state


def append_event(log: Path, event: ReviewEvent, role: Role) -> None:
    """Add an entry after checking that it may follow. The caller holds the case's lock.

    Parameters
    ----------
    log
        The case's ``review.jsonl``.
    event
        What happened.
    role
        The role of ``event.who``.

    Raises
    ------
    InputError
        If a reader tries to return or approve, a reviewer to return or approve the own work, anyone
        to submit or withdraw another's, a return has no comment, or the state cannot follow the one
        before.
    StudyError
        If the log cannot be written; entries before are unchanged.
    """
    if event.state in _REVIEWERS_ONLY and role is not Role.REVIEWER:
        raise InputError(
            f"{event.who!r} is a reader; only a reviewer can mark a case {event.state}."
        )
    if event.state in _REVIEWERS_ONLY and event.who == event.rater:
        raise InputError(
            f"This is the work of {event.who!r}, who cannot mark it {event.state}. Have another "
            "reviewer look at it."
        )
    if event.state not in _REVIEWERS_ONLY and event.who != event.rater:
        raise InputError(
            f"Only {event.rater!r} can submit or withdraw this segmentation, not {event.who!r}."
        )
    if event.state is State.RETURNED and not event.comment.strip():
        raise InputError("A segmentation is returned with a comment that says what to change.")
    now = state_of(read_events(log), event.rater, event.version)
    if now not in _BEFORE[event.state]:
        raise InputError(
            f"Version {event.version} by {event.rater!r} is {now}; it cannot become {event.state} "
            f"(only what is {' or '.join(sorted(_BEFORE[event.state]))} can)."
        )
    append_line(log, json.dumps(asdict(event), ensure_ascii=False))
