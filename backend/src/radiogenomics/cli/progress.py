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
    except KeyboardInterrupt:
        print(f"Interrupted. {advice}", file=sys.stderr)
        raise typer.Exit(130) from None


@contextmanager
def reporting(log: Path | None, *, always_log: bool = False) -> Iterator[Progress]:
    """Yield a `Progress` that draws bars on a terminal, and else writes the log.

    An earlier log is replaced when something is told for the first time, and not before: until the
    work has begun, the log there may be that of another process.

    Parameters
    ----------
    log
        Where ``progress.jsonl`` goes when standard error is no terminal; None for nowhere.
    always_log
        Whether it is written beside the bars, too.
    """
    console = Console(stderr=True)
    is_terminal = console.is_terminal
    logs = log is not None and (always_log or not is_terminal)
    logged: Progress = _begun_when_told(log) if log is not None and logs else silent
    if not is_terminal:
        yield logged
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
            logged(stage, done, total, message)
            if stage not in stages:
                # What was done before this session says nothing about the speed of this one.
                stages[stage] = bars.add_task(
                    stage, message=message, completed=done, total=total or None
                )
            bars.update(stages[stage], completed=done, total=total or None, message=message)

        yield report


def _begun_when_told(path: Path) -> Progress:
    begun: list[ProgressLog] = []

    def report(stage: str, done: int, total: int, message: str) -> None:
        if not begun:
            begun.append(ProgressLog(path))
        begun[0](stage, done, total, message)

    return report
