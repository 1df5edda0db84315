"""Threads that share the parts of one piece of arithmetic. Standard library only."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait


class Crew:
    """Some threads, of which the caller is one.

    Which thread takes which part is chance. What comes out must not depend on it.
    """

    def __init__(self, n_threads: int) -> None:
        self._n_others = n_threads - 1
        self._pool = ThreadPoolExecutor(self._n_others) if self._n_others > 0 else None

    def share(self, task: Callable[[int], None], n_parts: int) -> None:
        """Call the task with 0 to ``n_parts - 1``, and return when all is done.

        What a task raises is raised here, when no thread is at work any more.
        """
        left = iter(range(n_parts))  # each number is taken once, by whichever thread comes first

        def take() -> None:
            for part in left:
                task(part)

        if self._pool is None or n_parts == 1:
            take()
            return
        others = [self._pool.submit(take) for _ in range(min(self._n_others, n_parts - 1))]
        try:
            take()
        finally:
            wait(others)
        for other in others:
            other.result()
