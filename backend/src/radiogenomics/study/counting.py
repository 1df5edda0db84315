"""Which version of a case counts: approved, else consensus, else that of the only rater.

The one place of this rule; the feature table carries what it says (column ``counts``), and
training and the percentiles follow the table. Standard library only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from radiogenomics.study.case import Case, Segmentation
from radiogenomics.study.names import CONSENSUS
from radiogenomics.study.review import ReviewEvent, State, state_of
from radiogenomics.study.tables import FeatureRow

_NONE = "no: "
# Of many patients a message names this many.
_NAMED = 3


class Basis(StrEnum):
    """Why a version counts."""

    APPROVED = "approved"
    CONSENSUS = "consensus"
    ONLY_RATER = "only rater"


@dataclass(frozen=True)
class Counting:
    """Which version of one case counts.

    Attributes
    ----------
    segmentation
        The version; None where none counts.
    basis
        Why it counts; None where none does.
    reason
        Why none counts; empty where one does.
    """

    segmentation: Segmentation | None
    basis: Basis | None
    reason: str = ""

    def mark(self, rater: str, version: int) -> str:
        """Return what the column ``counts`` says of a version of this case.

        The basis for the version that counts, nothing for the others, and where none counts the
        reason, after ``no:``.
        """
        if self.segmentation is None:
            return f"{_NONE}{self.reason}"
        if (rater, version) != (self.segmentation.rater, self.segmentation.version):
            return ""
        return str(self.basis)


def handed_in(case: Case, *, drafts: bool = False) -> list[Segmentation]:
    """Return the version of each rater that a consensus is made of, by rater.

    It is the newest that the rater has submitted, unless that was returned. The consensus itself
    is not among them.

    Parameters
    ----------
    case
        The case.
    drafts
        Take the newest version of each rater also if it is a draft, as imported ones are.
    """
    return _handed_in(case.segmentations(), case.review_events(), drafts)


def version_that_counts(case: Case) -> Counting:
    """Return which version of a case counts.

    1. An approved version: the newest approved consensus or, where only one rater has an approved
       version, the newest of those. Where several raters have, approval does not choose.
    2. Otherwise the newest consensus, unless it was returned, and as long as it is of the very
       versions that are handed in now (see `handed_in`): a consensus of older ones would carry on
       what its raters have withdrawn.
    3. Otherwise the version of the only rater who has handed in; where nobody has, the draft of
       the case's only rater. A version that was returned does not count.

    In all other cases none counts: who of several raters is right is not for a program to say.
    """
    versions, events = case.segmentations(), case.review_events()
    approved = {
        one.rater: one
        for one in versions
        if state_of(events, one.rater, one.version) is State.APPROVED
    }
    if CONSENSUS in approved:
        return Counting(approved[CONSENSUS], Basis.APPROVED)
    if len(approved) == 1:
        return Counting(next(iter(approved.values())), Basis.APPROVED)
    consensus = [one for one in versions if one.rater == CONSENSUS]
    problem = _problem_of(consensus[-1], versions, events) if consensus else "no consensus"
    if not problem:
        return Counting(consensus[-1], Basis.CONSENSUS)
    ready = _handed_in(versions, events, drafts=False)
    if len(ready) > 1:
        several = "several approved versions" if approved else "several raters"
        return Counting(None, None, f"{several} and {problem}")
    return Counting(ready[0], Basis.ONLY_RATER) if ready else _of_drafts(versions, events, problem)


def measured_versions(case: Case, counting: Counting) -> list[Segmentation]:
    """Return what a feature table holds of a case, by rater and version.

    The newest version of each rater, and the one that counts where that is an older one.
    """
    chosen = {(one.rater, one.version): one for one in case.latest_by_rater()}
    counted = counting.segmentation
    if counted is not None:
        chosen[counted.rater, counted.version] = counted
    return [chosen[key] for key in sorted(chosen)]


@dataclass(frozen=True)
class CountedRows:
    """The rows of a feature table that count.

    Attributes
    ----------
    rows
        Of one version a patient.
    basis
        Why that version counts, by patient.
    without
        Why none counts, by patient; these patients have no rows here.
    """

    rows: list[FeatureRow]
    basis: dict[str, Basis]
    without: dict[str, str]

    def describe(self) -> str:
        """Return ``62 approved, 3 consensus, 1 only rater; 2 without: several raters ...``."""
        return describe_counts(self.basis.values(), self.without)


def rows_that_count(rows: Iterable[FeatureRow]) -> CountedRows | None:
    """Return the rows of a feature table that count; None for a table that does not say.

    A table says it if it was measured from a study; older ones, and tables of loose files, do not.
    """
    rows = list(rows)
    names = {str(basis) for basis in Basis}
    counted = [row for row in rows if row.counts in names]
    if not any(row.counts for row in rows):
        return None
    basis = {row.patient_id: Basis(row.counts) for row in counted}
    without = {
        row.patient_id: row.counts.removeprefix(_NONE) or "its version is not in the table"
        for row in rows
        if row.patient_id not in basis
    }
    return CountedRows(counted, basis, without)


def marked(rows: Iterable[FeatureRow], counting: Counting) -> list[FeatureRow]:
    """Return rows of one case with the column ``counts`` filled in."""
    return [replace(row, counts=counting.mark(row.rater, row.version)) for row in rows]


def describe_counts(basis: Iterable[Basis], without: Mapping[str, str]) -> str:
    """Put into words which versions count, and of which patients none does.

    Parameters
    ----------
    basis
        Why, once for each patient with a version that counts.
    without
        Why none counts, by patient.
    """
    counts = Counter(basis)
    words = [", ".join(f"{counts[one]} {one}" for one in Basis if counts[one]) or "none"]
    for reason in dict.fromkeys(without.values()):
        patients = [patient_id for patient_id, why in without.items() if why == reason]
        named = ", ".join(patients[:_NAMED]) + (", ..." if len(patients) > _NAMED else "")
        cases = "1 case has none" if len(patients) == 1 else f"{len(patients)} cases have none"
        words.append(f"{cases}: {reason} ({named})")
    return "; ".join(words)


def _handed_in(
    versions: Sequence[Segmentation], events: Sequence[ReviewEvent], drafts: bool
) -> list[Segmentation]:
    newest = {}
    for one in versions:
        state = state_of(events, one.rater, one.version)
        if one.rater != CONSENSUS and (drafts or state is not State.DRAFT):
            newest[one.rater] = (one, state)
    return [one for one, state in newest.values() if state is not State.RETURNED]


def _problem_of(
    consensus: Segmentation, versions: Sequence[Segmentation], events: Sequence[ReviewEvent]
) -> str:
    """Return why a consensus does not count; nothing where it does."""
    if state_of(events, CONSENSUS, consensus.version) is not State.SUBMITTED:
        return "a consensus that was returned"
    if "of" not in consensus.record:
        return ""
    # One made of drafts goes on counting once they are submitted, whatever is drafted after that.
    ways = (False, True) if consensus.record.get("drafts") else (False,)
    if any(is_made_of(consensus, _handed_in(versions, events, drafts=way)) for way in ways):
        return ""
    return "a consensus of older versions"


def is_made_of(consensus: Segmentation, versions: Iterable[Segmentation]) -> bool:
    """Whether the record of a consensus names these very versions, in whatever order."""
    recorded = consensus.record.get("of")
    if not isinstance(recorded, list):
        return False
    named = {(one.get("rater"), one.get("version")) for one in recorded if isinstance(one, dict)}
    return named == {(one.rater, one.version) for one in versions}


def _of_drafts(
    versions: Sequence[Segmentation], events: Sequence[ReviewEvent], problem: str
) -> Counting:
    """Decide where nobody has handed in anything that was not returned."""
    raters = {one.rater: one for one in versions if one.rater != CONSENSUS}
    if not raters:
        return Counting(None, None, problem if versions else "no segmentation")
    if len(raters) > 1:
        return Counting(None, None, f"several raters and {problem}")
    if any(
        state_of(events, one.rater, one.version) is State.RETURNED
        for one in versions
        if one.rater != CONSENSUS
    ):
        return Counting(None, None, "returned to its rater")
    (only,) = raters.values()
    return Counting(only, Basis.ONLY_RATER)
