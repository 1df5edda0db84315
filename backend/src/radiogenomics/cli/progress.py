"""Progress on the terminal as a bar with the remaining time, otherwise as ``progress.jsonl``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
