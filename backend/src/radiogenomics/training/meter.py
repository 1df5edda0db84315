"""Counts the epochs of a stage that consists of many fits. Standard library only."""

from __future__ import annotations

from collections.abc import Callable

from radiogenomics.study.progress import Progress


class Meter:
    """Tells a `Progress` how far one stage is.

    What was done in an earlier session counts as done and is not reported one by one, so that the
    remaining time is told from the work of this session alone.

    Parameters
    ----------
    progress
        Told after each epoch.
    stage
        Its name.
    total
        Epochs of all its fits.
    """

    def __init__(self, progress: Progress, stage: str, total: int) -> None:
        self._progress = progress
        self._stage = stage
        self._total = total
        self._done = 0

    def during(self, label: str, fits: int = 1) -> Callable[[int, float, float | None], None]:
        """Return what a fit, or so many that train together, calls after each of its epochs."""

        def report(number: int, training: float, held_out: float | None) -> None:
            losses = f"loss {training:.4f}"
            if held_out is not None:
                losses += f", held out {held_out:.4f}"
            self._progress(
                self._stage,
                min(self._done + number * fits, self._total),
                self._total,
                f"{label}, {losses}" if label else losses,
            )

        return report

    def say(self, message: str) -> None:
        """Tell something that is not an epoch."""
        self._progress(self._stage, min(self._done, self._total), self._total, message)

    def count(self, epochs: int) -> None:
        """Count a fit as done, whether it was made now or in an earlier session."""
        self._done += epochs
