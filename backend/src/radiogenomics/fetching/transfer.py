"""Fetching one file over HTTP: continued where it was cut, checked, and named only when whole."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from radiogenomics import __version__
from radiogenomics.errors import InputError
from radiogenomics.fetching.addresses import check_redirect, is_loopback, shown
from radiogenomics.fetching.errors import FetchError
from radiogenomics.fetching.partial import Part, Whole, alone_in
from radiogenomics.fetching.provenance import Origin, is_there, write_provenance
from radiogenomics.fetching.replies import (
    NotThereError,
    PassingProblem,
    UnreachableError,
    check_status,
    continues,
    whole_of,
)
from radiogenomics.fetching.sources import Source
from radiogenomics.fetching.space import check_space, megabytes, no_space
from radiogenomics.fetching.verifying import verify
from radiogenomics.study.progress import Progress, silent

try:
    import requests
    import urllib3
except ImportError as missing:
    raise InputError(
        "Fetching needs the package requests, which is not installed. Run in the folder of the "
        "sources: pip install './backend[fetch]'"
    ) from missing

_CHUNK = 1 << 17
_REDIRECTS = 5
_REDIRECT_CODES = frozenset({301, 302, 303, 307, 308})
_NOT_SATISFIABLE = 416


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Attributes
    ----------
    tries
        Attempts in a row that bring nothing, before giving up.
    first_wait, longest_wait
        Seconds before the second attempt, doubled each time up to the longest.
    longest_asked
        The longest wait in seconds that a server may ask for.
    connect, read
        Seconds to wait for a connection, and for the next bytes.
    """

    tries: int = 6
    first_wait: float = 1.0
    longest_wait: float = 60.0
    longest_asked: float = 300.0
    connect: float = 15.0
    read: float = 60.0


@dataclass(frozen=True)
class Fetched:
    """A file that is whole; ``new`` is False where it was there before."""

    path: Path
    new: bool


def fetch_file(
    source: Source,
    folder: Path,
    *,
    addresses: Sequence[str] = (),
    progress: Progress = silent,
    patience: Patience | None = None,
    pause: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Fetch a source's file into a folder, or go on where an earlier attempt ended.

    Parameters
    ----------
    source
        What to fetch.
    folder
        Where it goes; created if need be.
    addresses
        Where to fetch it from in place of the source's own addresses, tried in turn.
    progress
        Told the kilobytes that have arrived.
    patience
        How long servers are waited for.
    pause
        Waits; given by tests.

    Raises
    ------
    FetchError
        If no address has it, the network does not get better, the disk is too full, or what came
        is damaged. No file is ever left under the final name unless all checks passed.
    InputError
        If another file has its name.
    """
    target = folder / source.file
    with alone_in(folder):
        if is_there(target):
            return Fetched(target, new=False)
        part = Part(target)
        failed: list[FetchError] = []
        for address in addresses or source.addresses:
            transfer = _Transfer(address, part, progress, patience or Patience(), pause)
            try:
                origin = transfer.run()
            except (NotThereError, UnreachableError) as error:
                failed.append(error)
                continue
            _settle(part, target, source, origin, progress)
            return Fetched(target, new=True)
    reasons = " ".join(map(str, failed))
    if all(isinstance(error, NotThereError) for error in failed):
        reasons += (
            f" Look on {source.page} for the present address and run again with: --from ADDRESS"
        )
    raise FetchError(reasons)


def _settle(part: Part, target: Path, source: Source, origin: Origin, progress: Progress) -> None:
    """Check what arrived, record it, and give it its name; remove it where a check fails."""
    known = part.known()
    if known is None:
        part.discard()
        raise FetchError(f"{origin.address} sent an empty file. Look on {source.page}.")
    try:
        sha256, checked = verify(part.path, source, known, progress)
    except FetchError as error:
        part.discard()
        raise FetchError(
            f"What came from {origin.address} is damaged: {error}. It was removed. Run "
            f"again; if it happens again, look on {source.page} whether the file has changed."
        ) from error
    size = part.size
    write_provenance(target, source, origin, size=size, sha256=sha256, checked=checked)
    part.finish(target)


class _Transfer:
    """Brings one address's bytes into a part, however often the connection breaks."""

    def __init__(
        self,
        address: str,
        part: Part,
        progress: Progress,
        patience: Patience,
        pause: Callable[[float], None],
    ) -> None:
        self._address = address
        self._part = part
        self._progress = progress
        self._patience = patience
        self._pause = pause

    def run(self) -> Origin:
        """Return where the bytes came from, once the part is as long as the whole."""
        failures = 0
        with requests.Session() as session:
            # A proxy could not reach this computer.
            session.trust_env = not is_loopback(self._address)
            session.headers["User-Agent"] = f"radiogenomics/{__version__}"
            # What is wanted is the file as it lies there, not packed once more for the way.
            session.headers["Accept-Encoding"] = "identity"
            while True:
                before = self._part.size
                try:
                    return self._attempt(session)
                except PassingProblem as problem:
                    failures = 1 if self._part.size > before else failures + 1
                    self._wait(problem, failures)

    def _wait(self, problem: PassingProblem, failures: int) -> None:
        kept = f"{megabytes(self._part.size)} are kept; run the same again to go on."
        host = urlsplit(self._address).hostname
        if failures >= self._patience.tries:
            raise UnreachableError(
                f"{host}: {problem}, {failures} times in a row. Check the network and a proxy's "
                f"settings. {kept}"
            ) from problem
        wait = min(self._patience.first_wait * 2 ** (failures - 1), self._patience.longest_wait)
        if problem.wait is not None:
            if problem.wait > self._patience.longest_asked:
                raise FetchError(
                    f"{host}: {problem} and asks to come back in {problem.wait / 60:.0f} minutes. "
                    f"{kept}"
                ) from problem
            wait = max(problem.wait, self._patience.first_wait)
        self._tell(self._part.known(), f"{problem}; again in {wait:.0f} s")
        self._pause(wait)

    def _attempt(self, session: requests.Session) -> Origin:
        known = self._part.known()
        if known is not None and known.address != shown(self._address):
            known = None
        if known is not None and known.total == self._part.size:
            # Stopped between the last byte and the checks.
            return self._origin(self._address, known)
        with self._ask(session, known) as reply:
            if reply.status_code == _NOT_SATISFIABLE:
                self._part.discard()
                raise PassingProblem("the server has another version now")
            check_status(reply.status_code, reply.headers, shown(self._address))
            whole = whole_of(shown(self._address), reply.headers)
            if reply.status_code == requests.codes.partial_content:
                if known is None or not continues(reply.headers, known, self._part.size):
                    self._part.discard()
                    raise PassingProblem("the server sent another part than was asked for")
                whole = known
            else:
                self._part.begin(whole)
            if whole.total is not None:
                check_space(self._part.path.parent, whole.total - self._part.size)
            self._receive(reply, whole)
            return self._origin(reply.url, whole)

    def _origin(self, served_by: str, whole: Whole) -> Origin:
        """Say where the bytes came from, without what a query may hold of keys."""
        return Origin(shown(self._address), shown(served_by), whole.etag, whole.last_modified)

    @contextmanager
    def _ask(self, session: requests.Session, known: Whole | None) -> Iterator[requests.Response]:
        headers = {}
        if known is not None and known.mark:
            headers = {"Range": f"bytes={self._part.size}-", "If-Range": known.mark}
        address = self._address
        timeout = (self._patience.connect, self._patience.read)
        for _ in range(_REDIRECTS + 1):
            with _passing():
                reply = session.get(
                    address, headers=headers, stream=True, allow_redirects=False, timeout=timeout
                )
            with reply:
                if reply.status_code not in _REDIRECT_CODES:
                    yield reply
                    return
                there = urljoin(address, reply.headers.get("Location", ""))
                address = check_redirect(self._address, there)
        raise NotThereError(f"{shown(self._address)}: the server points from place to place.")

    def _receive(self, reply: requests.Response, whole: Whole) -> None:
        told = 0.0
        try:
            # Unbuffered: what has come is on its way to the disk when the program is killed.
            with self._part.path.open("ab", buffering=0) as file, _passing():
                # As it comes, so that a slow server's bytes are kept, too.
                while chunk := reply.raw.read1(_CHUNK, decode_content=False):
                    _write_all(file, chunk)
                    if time.monotonic() - told > 0.2:
                        told = time.monotonic()
                        self._tell(whole, "")
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
            needed = None if whole.total is None else whole.total - self._part.size
            raise no_space(self._part.path.parent, needed) from error
        self._tell(whole, "")

    def _tell(self, whole: Whole | None, message: str) -> None:
        total = 0 if whole is None or whole.total is None else whole.total
        name = self._part.path.name.removesuffix(".part")
        self._progress(f"fetching {name} (kB)", self._part.size // 1000, total // 1000, message)


@contextmanager
def _passing() -> Iterator[None]:
    """Tell faults of the network that may pass from those that will not."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise FetchError(
            f"The server's certificate could not be verified ({error}). Nothing was taken. If your "
            "institution's proxy stands between, set REQUESTS_CA_BUNDLE to its certificate."
        ) from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise PassingProblem("the server did not answer in time") from error
    except (requests.exceptions.ConnectionError, urllib3.exceptions.HTTPError) as error:
        raise PassingProblem(f"the connection failed ({type(error).__name__})") from error
    except requests.exceptions.RequestException as error:
        raise FetchError(f"The request failed: {error}.") from error


def _write_all(file: RawIOBase, data: bytes) -> None:
    """Write to an unbuffered file, which may take a part only, as where a disk becomes full."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) or 0 :]
