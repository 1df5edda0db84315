"""Writing files so that a killed program or a full disk loses nothing that was there.

A file is written under a temporary name beside its place, flushed to the disk, and renamed over
its place in one step: a reader sees the old content or the new, never a part.
Standard library only.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from radiogenomics.errors import StudyError

TEMPORARY_PREFIX = ".writing-"
"""Names of unfinished files begin so; `remove_unfinished` clears them."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to; on success it takes the place of ``path`` atomically.

    The temporary file lies in the same folder and ends in the same name, so that a library that
    chooses the format by suffix does the right thing. On any exception it is removed and ``path``
    is left as it was.

    Raises
    ------
    StudyError
        If the system refuses (disk full, read-only, no permission); the message names the file.
    """
    temporary = path.with_name(f"{TEMPORARY_PREFIX}{secrets.token_hex(4)}-{path.name}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(temporary)
        temporary.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise StudyError(
            f"Cannot write {path}: {error.strerror or error}. What was there before is unchanged; "
            "free some space or choose a folder that you may write to, then run again."
        ) from error
    finally:
        # On a read-only disk there is nothing to remove and the attempt fails too; that must not
        # take the place of the error that says why.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file atomically; raises as `replacing`."""
    with replacing(path) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 text file atomically, with line ends as given; raises as `replacing`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path: Path, values: object) -> None:
    """Write plain values as JSON atomically; NaN is refused, since JSON has none."""
    text = json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def append_line(path: Path, line: str) -> None:
    """Append one line to a log so that it is on the disk when this returns.

    A line cut short by a kill stays behind without its end; the next append ends it first, and
    readers pass over it.

    Raises
    ------
    StudyError
        If the system refuses; a partly written line is taken back.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as log:
            size = log.seek(0, os.SEEK_END)
            ends_open = False
            if size:
                log.seek(-1, os.SEEK_END)
                ends_open = log.read(1) != b"\n"
            try:
                log.write((b"\n" if ends_open else b"") + line.encode("utf-8") + b"\n")
                log.flush()
                os.fsync(log.fileno())
            except OSError:
                os.ftruncate(log.fileno(), size)
                raise
    except OSError as error:
        raise StudyError(
            f"Cannot add to {path}: {error.strerror or error}. The entries before are unchanged; "
            "free some space or make the folder writable, then run again."
        ) from error


def remove_unfinished(folder: Path) -> int:
    """Remove temporary files that a killed writer left in a folder; return how many there were."""
    left = list(folder.glob(f"{TEMPORARY_PREFIX}*"))
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _flush(path: Path) -> None:
    # Opened for writing because Windows refuses to flush a file that is open for reading only.
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can (Windows cannot open folders)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
