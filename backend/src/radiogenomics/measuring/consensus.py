"""The consensus of every case of a study."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path

from radiogenomics.agreement import Consensus, Method, is_saved, save_consensus
from radiogenomics.errors import RadiogenomicsError, reason_of
from radiogenomics.imaging import Labelmap, write_segmentation_file
from radiogenomics.measuring.raters import grid_of, read_raters
from radiogenomics.parallel import in_processes
from radiogenomics.study import Case, Study
from radiogenomics.study.counting import handed_in
from radiogenomics.study.progress import Progress, silent

# Starting worker processes costs about as much as this many cases.
_WORTH_WORKERS = 8


class Outcome(StrEnum):
    """What became of one case."""

    SAVED = "saved"
    UNCHANGED = "unchanged"
    TOO_FEW = "fewer than two raters"


@dataclass(frozen=True)
class CaseConsensus:
    """What became of one case.

    Attributes
    ----------
    patient_id, outcome
        Which, and what.
    raters
        Whose versions were handed in.
    converged
        Whether STAPLE ended before its limit of steps.
    drafts
        Whether it was passed over, and would not be if drafts were taken.
    """

    patient_id: str
    outcome: Outcome
    raters: tuple[str, ...] = ()
    converged: bool = True
    drafts: bool = False


@dataclass
class ConsensusResult:
    """What came of a study.

    Attributes
    ----------
    cases
        All but the failures, by patient.
    failures
        Patient and reason.
    interrupted
        Whether the user stopped it; what is saved by then stays.
    """

    cases: list[CaseConsensus] = field(default_factory=list)
    failures: list[tuple[str, str]] = field(default_factory=list)
    interrupted: bool = False

    def count(self, outcome: Outcome) -> int:
        """How many cases ended so."""
        return Counter(one.outcome for one in self.cases)[outcome]


@dataclass(frozen=True)
class _Job:
    case: Case
    method: Method
    drafts: bool
    preset: str


def make_consensus(
    study: Study,
    method: Method = "majority",
    *,
    drafts: bool = False,
    processes: int = 1,
    progress: Progress = silent,
) -> ConsensusResult:
    """Save a consensus for every case that two raters or more have handed in.

    A case whose newest consensus is of the same versions and by the same method is left as it is,
    so that a command that was stopped goes on where it ended. A case that fails is reported and the
    others go on.

    Parameters
    ----------
    study
        The study.
    method
        ``majority`` or ``staple``, see `radiogenomics.agreement.consensus`.
    drafts
        Take the newest version of each rater, also if it was never submitted.
    processes
        Worker processes.
    progress
        Told of every case.
    """
    jobs = [_Job(case, method, drafts, study.settings.labels) for case in study.cases()]
    result = ConsensusResult()
    try:
        with in_processes(_try_one, jobs, processes, worth_it=_WORTH_WORKERS) as finished:
            for done, (job, answer) in enumerate(finished, start=1):
                if isinstance(answer, str):
                    result.failures.append((job.case.patient_id, answer))
                else:
                    result.cases.append(answer)
                progress("consensus", done, len(jobs), job.case.patient_id)
    except KeyboardInterrupt:
        result.interrupted = True
    result.cases.sort(key=lambda one: one.patient_id)
    result.failures.sort()
    return result


def _try_one(job: _Job) -> CaseConsensus | str:
    """Make one consensus, or say why not; runs in a worker process."""
    try:
        return _one(job)
    except (RadiogenomicsError, OSError) as error:
        return reason_of(error)


def _one(job: _Job) -> CaseConsensus:
    sources = handed_in(job.case, drafts=job.drafts)
    raters = tuple(one.rater for one in sources)
    if len(sources) < 2:
        drafts = len(handed_in(job.case, drafts=True)) > 1
        return CaseConsensus(job.case.patient_id, Outcome.TOO_FEW, raters, drafts=drafts)
    if is_saved(job.case, sources, job.method):
        return CaseConsensus(job.case.patient_id, Outcome.UNCHANGED, raters)
    read = partial(read_raters, job.case, preset=job.preset)
    _, agreed = save_consensus(job.case, sources, job.method, read, _write, drafts=job.drafts)
    return CaseConsensus(job.case.patient_id, Outcome.SAVED, raters, agreed.converged)


def _write(path: Path, agreed: Consensus) -> None:
    labelmap = Labelmap(agreed.array, grid_of(agreed.as_labelmap()), dict(agreed.labels))
    write_segmentation_file(path, labelmap)
