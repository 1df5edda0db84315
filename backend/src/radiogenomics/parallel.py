"""Running one function over many inputs in several processes. Standard library only."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TypeVar

from radiogenomics.errors import RadiogenomicsError

Job = TypeVar("Job")
Result = TypeVar("Result")


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def in_processes(
    function: Callable[[Job], Result],
    jobs: Sequence[Job],
    processes: int,
    *,
    worth_it: int = 2,
) -> Iterator[Iterator[tuple[Job, Result]]]:
    """Yield an iterator over (job, result), in whatever order they finish.

    On leaving, jobs that have not begun are dropped and those under way are waited for, so that
    Ctrl-C leaves order behind.

    Parameters
    ----------
    function
        A function that can be pickled; its exceptions are raised by the iterator.
    jobs
        Its inputs, which can be pickled too.
    processes
        Workers; with 1 everything runs in this process.
    worth_it
        Fewer jobs than this run in this process too, since starting workers takes a second.

    Raises
    ------
    RadiogenomicsError
        From the iterator, if a worker was killed.
    """
    if processes == 1 or len(jobs) < worth_it:
        yield ((job, function(job)) for job in jobs)
        return
    # Fresh processes: a fork of a process with threads (progress bars, ITK) may hang.
    pool = ProcessPoolExecutor(
        min(processes, len(jobs)), mp_context=get_context("spawn"), initializer=_end_with_parent
    )
    try:
        # Workers start here and inherit that Ctrl-C is not for them: the parent lets what is under
        # way finish.
        with _ignored(signal.SIGINT):
            futures = {pool.submit(function, job): job for job in jobs}
        yield ((futures[future], future.result()) for future in as_completed(futures))
    except BrokenProcessPool as error:
        raise RadiogenomicsError(
            "A worker process was killed, perhaps for lack of memory. What was finished is kept; "
            "run again to go on, with a smaller --jobs."
        ) from error
    finally:
        # A second Ctrl-C in here would leave the pool in a state that never ends; the command line
        # takes the request of another program to end for one too.
        with _ignored(signal.SIGINT, signal.SIGTERM):
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _ignored(*signals: signal.Signals) -> Iterator[None]:
    """Ignore signals for a moment; where this is not the main thread they never come anyway."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [(each, signal.signal(each, signal.SIG_IGN)) for each in signals]
    try:
        yield
    finally:
        for each, handler in before:
            signal.signal(each, handler)


def _end_with_parent() -> None:
    """End this worker when its parent ends, however that was; nobody waits for results then."""

    def wait() -> None:
        parent = parent_process()
        if parent is not None:
            parent.join()
            os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
