"""A file that has not wholly arrived: its bytes, and what is known of the whole.

``NAME.part`` holds what has come, ``NAME.part.json`` where it came from and by which mark (ETag)
the server will know it again. Both stay when a program is stopped or killed, and both go once the
file is whole or turns out to be wrong.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from radiogenomics.errors import StudyError, StudyLockedError
from radiogenomics.fetching.errors import FetchError
from radiogenomics.study.atomic import write_json
from radiogenomics.study.lock import exclusive


@dataclass(frozen=True)
class Whole:
    """What a server said of the file that it sends.

    Attributes
    ----------
    address
        Where it was asked for, without the query: a key in it is not for the disk, and a new one
        goes on with the same part.
    etag, last_modified
        The server's marks of this version of the file; empty where it gave none.
    total
        Its size in bytes; None where the server did not say.
    md5
        The store's own checksum in hexadecimal; empty where there is none.
    """

    address: str
    etag: str
    last_modified: str
    total: int | None
    md5: str = ""

    @property
    def mark(self) -> str:
        """What to send as If-Range; empty where a part cannot be continued safely.

        A weak ETag promises the same meaning, not the same bytes.
        """
        strong = self.etag if not self.etag.startswith("W/") else ""
        return strong or self.last_modified


class Part:
    """The part of a file that has arrived, beside the place where the whole will be."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._state = target.with_name(f"{target.name}.part.json")

    @property
    def size(self) -> int:
        """Bytes that have arrived."""
        return self.path.stat().st_size if self.path.exists() else 0

    def known(self) -> Whole | None:
        """Return what was said of the whole; None if there is nothing to continue."""
        if not self.size:
            return None
        try:
            return Whole(**json.loads(self._state.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def begin(self, whole: Whole) -> None:
        """Start anew, for this version of the file."""
        self.path.write_bytes(b"")
        write_json(self._state, asdict(whole))

    def discard(self) -> None:
        """Remove the part and what is known of it."""
        self._state.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)

    def finish(self, target: Path) -> None:
        """Give the whole file its name."""
        self.path.replace(target)
        self._state.unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep other fetches out of a folder, which is created if need be.

    Raises
    ------
    FetchError
        If another one is at work there, or the folder cannot be written to.
    """
    with ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(exclusive(folder, wait=0.5))
        except StudyLockedError as error:
            raise FetchError(
                f"Another program is fetching into {folder}. Let it finish, or choose another "
                "--out."
            ) from error
        except (OSError, StudyError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            why = f" ({cause.strerror})" if isinstance(cause, OSError) and cause.strerror else ""
            raise FetchError(
                f"Cannot write into {folder}{why}. Choose another --out, or make it writable."
            ) from error
        yield
