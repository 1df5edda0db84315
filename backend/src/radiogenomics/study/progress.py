"""How long work tells what it has done. Standard library only.

A function that takes long accepts a `Progress` and calls it with ``(stage, done, total, message)``.
The terminal's bar, the Slicer panel and the browser show the same four values.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from radiogenomics.errors import StudyError

Progress = Callable[[str, int, int, str], None]
"""Called as ``progress(stage, done, total, message)``; ``total`` is 0 while it is not known."""


def silent(stage: str, done: int, total: int, message: str) -> None:
    """Report nothing."""


class ProgressLog:
    """Writes ``progress.jsonl``: one object a line with stage, done, total, message and eta_s.

    Each line stands for itself, so a reader may follow the file while it grows. The log is a
    convenience: it is not flushed to the disk line by line, losing it loses nothing else, and once
    it cannot be written any more the work goes on without it.

    Parameters
    ----------
    path
        The log; an earlier one is replaced.
    clock
        Seconds, never going back; given by tests.

    Raises
    ------
    StudyError
        If the log cannot be begun.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("", encoding="utf-8")
        except OSError as error:
            raise StudyError(
                f"Cannot write {path}: {error.strerror or error}. "
                "Choose a folder that you may write to."
            ) from error
        self._path = path
        self._clock = clock
        self._stage = ""
        self._stage_began = (0.0, 0)
        self._broken = False

    def __call__(self, stage: str, done: int, total: int, message: str) -> None:
        """Append one line; the remaining time is that of this stage, null while unknown."""
        now = self._clock()
        if stage != self._stage:
            self._stage, self._stage_began = stage, (now, done)
        began, done_then = self._stage_began
        eta = None
        if done > done_then and total >= done:
            eta = round((now - began) * (total - done) / (done - done_then), 1)
        line = {"stage": stage, "done": done, "total": total, "message": message, "eta_s": eta}
        if self._broken:
            return
        try:
            with self._path.open("a", encoding="utf-8") as log:
                log.write(json.dumps(line, ensure_ascii=False) + "\n")
        except OSError as error:
            # Hours of work must not end because nobody can be told how far it is.
            self._broken = True
            print(
                f"Progress is no longer logged: {self._path}: {error.strerror or error}.",
                file=sys.stderr,
            )
