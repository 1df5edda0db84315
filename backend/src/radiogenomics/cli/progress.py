"""Progress on the terminal as a bar with the remaining time, otherwise as ``progress.jsonl``."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bars

from radiogenomics.study.progress import Progress, ProgressLog, silent


@contextmanager
def stoppable(advice: str) -> Iterator[None]:
    """End a command in order on Ctrl-C: say what became of the work, exit with 130."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        print(f"Interrupted. {advice}", file=sys.stderr)
        raise typer.Exit(130) from interrupt


@contextmanager
def reporting(log: Path | None) -> Iterator[Progress]:
    """Yield a `Progress` that draws bars on a terminal, and else writes the log.

    Parameters
    ----------
    log
        Where ``progress.jsonl`` goes when standard error is no terminal; None for nowhere.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield ProgressLog(log) if log is not None else silent
        return
    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[message]}"),
        console=console,
        transient=True,
    ) as bars:
        stages: dict[str, TaskID] = {}

        def report(stage: str, done: int, total: int, message: str) -> None:
            if stage not in stages:
                stages[stage] = bars.add_task(stage, message=message)
            bars.update(stages[stage], completed=done, total=total or None, message=message)

        yield report
