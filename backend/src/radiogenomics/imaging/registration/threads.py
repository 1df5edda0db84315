"""Running ITK so that the same input gives the same output bit for bit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import SimpleITK as sitk


@contextmanager
def one_thread() -> Iterator[None]:
    """Let ITK's filters that are made inside use one thread.

    The sums of ITK's metrics and spline fits depend on the order in which threads finish. The
    number of threads of a filter is not enough: the metric inside takes the global one.
    """
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
