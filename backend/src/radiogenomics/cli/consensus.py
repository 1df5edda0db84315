"""``radiogenomics consensus``."""

from __future__ import annotations

import shlex
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiogenomics.cli.printing import print_json
from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon

if TYPE_CHECKING:
    from radiogenomics.measuring import ConsensusResult


_GO_ON = "What was saved is kept; run the same again to go on."


class _Method(StrEnum):
    MAJORITY = "majority"
    STAPLE = "staple"


def consensus(
    study: Annotated[Path, typer.Argument(help="The study folder.")],
    method: Annotated[
        _Method,
        typer.Option(help="majority, or staple, which weighs raters and needs three to do so."),
    ] = _Method.MAJORITY,
    drafts: Annotated[
        bool,
        typer.Option(
            "--drafts", help="Take the newest version of each rater, also if never submitted."
        ),
    ] = False,
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes at once; 0 for one per processor.")
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Make the consensus of the raters of every case of a study.

    Of each rater the newest version counts that was submitted and not returned. The consensus is a
    version of its own; no rater's version is touched. A case whose consensus is of the same
    versions and by the same method is left as it is, so that after a stop the same command goes on.
    A case that fails is reported at the end; the exit code is then 1 and the others are there.

    [bold]Examples[/bold]

      radiogenomics consensus my-study

      radiogenomics consensus my-study --method staple
    """
    from radiogenomics.measuring import make_consensus
    from radiogenomics.parallel import processors
    from radiogenomics.study import Study

    opened = Study.open(study)
    # What a command that was killed left half written would only take up room.
    opened.remove_unfinished()
    with stopping_soon(_GO_ON), reporting(opened.root / "progress.jsonl") as progress:
        result = make_consensus(
            opened,
            "staple" if method is _Method.STAPLE else "majority",
            drafts=drafts,
            processes=jobs or processors(),
            progress=progress,
        )
    if as_json:
        print_json(_as_json(result))
    else:
        _print_result(result, study, method, drafts)
    for patient_id, reason in result.failures:
        print(f"  {patient_id}: {reason}", file=sys.stderr)
    if result.interrupted:
        raise typer.Exit(130)
    if result.failures:
        raise typer.Exit(1)


def _as_json(result: ConsensusResult) -> dict[str, object]:
    return {
        "interrupted": result.interrupted,
        "cases": [
            {
                "patient_id": one.patient_id,
                "outcome": str(one.outcome),
                "raters": list(one.raters),
                "converged": one.converged,
            }
            for one in result.cases
        ],
        "failures": [
            {"patient_id": patient_id, "reason": reason} for patient_id, reason in result.failures
        ],
    }


def _print_result(result: ConsensusResult, study: Path, method: _Method, drafts: bool) -> None:
    from radiogenomics.measuring import Outcome

    saved, unchanged = result.count(Outcome.SAVED), result.count(Outcome.UNCHANGED)
    print(
        f"Consensus by {method}: {saved} saved, {unchanged} unchanged since the last run, "
        f"{result.count(Outcome.TOO_FEW)} cases passed over with fewer than two raters"
        + ("." if drafts else " who have submitted.")
    )
    made = [one for one in result.cases if one.outcome is Outcome.SAVED]
    drafted = sum(one.drafts for one in result.cases)
    if drafted:
        print(
            f"{drafted} of these have drafts by two or more, as imports are: take them with "
            "--drafts."
        )
    if method is _Method.STAPLE:
        pairs = sum(len(one.raters) == 2 for one in made)
        if pairs:
            print(
                f"{pairs} of them are of two raters, whom STAPLE cannot tell apart: majority suits "
                "them better."
            )
        open_ended = [one.patient_id for one in made if not one.converged]
        if open_ended:
            print(f"STAPLE did not converge; look at these: {', '.join(open_ended)}")
    if result.interrupted:
        print(f"Interrupted. {_GO_ON}")
    elif saved:
        print(f"Next: radiogenomics measure {shlex.quote(str(study))}")
    if result.failures:
        print(f"{len(result.failures)} could not be made:", file=sys.stderr)
