"""Running ITK so that the same input gives the same output bit for bit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import SimpleITK as sitk

# The number is one for the whole process: whoever restores it must be alone.
_alone = threading.RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Let ITK's filters that are made inside use one thread.

    The sums of ITK's metrics and spline fits depend on the order in which threads finish. The
    number of threads of a filter is not enough: the metric inside takes the global one. Other
    threads of this process that ask for the same wait; to use more processors, use processes.
    """
    with _alone:
        before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
        try:
            yield
        finally:
            sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
