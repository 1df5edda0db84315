"""One writer at a time in a study folder. Standard library only.

The lock belongs to an open file, so the system gives it back when the process ends,
however it ends.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from radiogenomics.errors import StudyError, StudyLockedError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

LOCK_NAME = ".lock"

_SECONDS_BETWEEN_TRIES = 0.05


@contextmanager
def exclusive(folder: Path, wait: float = 10.0) -> Iterator[None]:
    """Hold the write lock of a study folder.

    Parameters
    ----------
    folder
        The study folder.
    wait
        Seconds to wait for another writer to finish.

    Raises
    ------
    StudyLockedError
        If another process still holds the lock after ``wait`` seconds.
    StudyError
        If the folder cannot be written to.
    """
    deadline = time.monotonic() + wait
    while True:
        with _open(folder) as file:
            while not _try_lock(file):
                if time.monotonic() >= deadline:
                    raise StudyLockedError(
                        f"Another process is writing to the study {folder} (waited {wait:g} s). "
                        "Let it finish, or end it, then run again."
                    )
                time.sleep(_SECONDS_BETWEEN_TRIES)
            try:
                # Who held it before may have removed it; then another has its place by now.
                if _is_there(file, folder):
                    yield
                    return
            finally:
                _unlock(file)


def _open(folder: Path) -> BinaryIO:
    try:
        return (folder / LOCK_NAME).open("ab+")
    except OSError as error:
        raise StudyError(
            f"Cannot write to the study {folder}: {error.strerror or error}. "
            "Choose a folder that you may write to."
        ) from error


def _is_there(file: BinaryIO, folder: Path) -> bool:
    """Whether an open lock is still the one that others find."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), (folder / LOCK_NAME).stat())
    except OSError:
        return False


if sys.platform == "win32":

    def _try_lock(file: BinaryIO) -> bool:
        file.seek(0)
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(file: BinaryIO) -> None:
        file.seek(0, os.SEEK_SET)
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:

    def _try_lock(file: BinaryIO) -> bool:
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise StudyError(
                f"Cannot lock {file.name}: {error.strerror or error}. This disk keeps no locks; "
                "ask its administrator to allow them, or keep the study on another disk."
            ) from error
        return True

    def _unlock(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_UN)
