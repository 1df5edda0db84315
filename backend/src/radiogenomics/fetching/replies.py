"""Reading what a server replies: whether it sends, and what; when to come back; where to go on."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from radiogenomics.fetching.errors import FetchError
from radiogenomics.fetching.partial import Whole

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_MD5 = re.compile(r"[0-9a-f]{32}")
# Codes of a server that may do better a moment later.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})


class PassingProblem(Exception):
    """What may be gone a moment later: a cut connection, a busy server.

    Attributes
    ----------
    wait
        Seconds that the server asked to wait; None where it said nothing.
    """

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


class NotThereError(FetchError):
    """A server does not have the file, or does not hand it out; another address may."""


class UnreachableError(FetchError):
    """A server cannot be reached, or breaks off again and again; another may do better."""


def check_status(status: int, headers: Mapping[str, str], address: str) -> None:
    """Raise unless a server sends the file, or the rest of it.

    Raises
    ------
    PassingProblem
        If asking again may help.
    NotThereError
        If it will not.
    """
    if status in {200, 206}:
        return
    if status in _PASSING:
        raise PassingProblem(f"the server replied {status}", retry_after(headers))
    why = {
        401: "asks for a login",
        403: "refuses to hand it out",
        404: "does not have it",
        410: "does not have it any more",
    }.get(status, f"replied {status}")
    raise NotThereError(f"{address}: the server {why} ({status}).")


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds that a server asks to wait, from seconds or a date; None where it says nothing."""
    value = headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        then = parsedate_to_datetime(value).timestamp()
    except ValueError:
        return None
    return max(0.0, then - (time.time() if now is None else now))


def whole_of(address: str, headers: Mapping[str, str]) -> Whole:
    """Say what the server tells about the whole file."""
    etag = headers.get("ETag", "")
    ranged = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    length = ranged[2] if ranged else headers.get("Content-Length", "")
    return Whole(
        address=address,
        etag=etag,
        last_modified=headers.get("Last-Modified", ""),
        total=int(length) if length.isdecimal() else None,
        md5=_md5_of_store(headers),
    )


def continues(headers: Mapping[str, str], known: Whole, size: int) -> bool:
    """Whether a reply with a part of the file goes on where ours ends, in the same version."""
    ranged = _CONTENT_RANGE.fullmatch(headers.get("Content-Range", ""))
    if ranged is None or int(ranged[1]) != size:
        return False
    now = whole_of(known.address, headers)
    same_size = now.total is None or known.total is None or now.total == known.total
    return same_size and (not now.etag or not known.etag or now.etag == known.etag)


def _md5_of_store(headers: Mapping[str, str]) -> str:
    """Return the MD5 that Amazon's store gives as ETag, unless it encrypted or joined the object.

    See "Common response headers" in Amazon's S3 reference: an ETag is the MD5 of the content for
    objects that were uploaded at once and are stored plainly or with SSE-S3.
    """
    etag = headers.get("ETag", "").strip('"')
    encrypted = headers.get("x-amz-server-side-encryption", "AES256") != "AES256"
    customer = "x-amz-server-side-encryption-customer-algorithm" in headers
    if headers.get("Server") != "AmazonS3" or encrypted or customer or not _MD5.fullmatch(etag):
        return ""
    return etag
