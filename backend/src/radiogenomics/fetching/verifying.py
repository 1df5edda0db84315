"""Whether a file that arrived is whole: its size, a checksum where there is one, its own CRC."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from pathlib import Path

from radiogenomics.fetching.errors import FetchError
from radiogenomics.fetching.partial import Whole
from radiogenomics.fetching.sources import Kind, Source
from radiogenomics.study.progress import Progress

_CHUNK = 1 << 20


def verify(path: Path, source: Source, whole: Whole, progress: Progress) -> tuple[str, list[str]]:
    """Check a file in every way that there is.

    Returns
    -------
    tuple of str and list of str
        Its SHA-256, and in words what was compared.

    Raises
    ------
    FetchError
        If anything does not fit.
    """
    checked = []
    size = path.stat().st_size
    if whole.total is not None:
        if size != whole.total:
            raise FetchError(f"it has {size} bytes, and the server announced {whole.total}")
        checked.append(f"size ({size} bytes)")
    sha256, md5 = _digests(path, source.file, progress)
    if source.sha256:
        if sha256 != source.sha256:
            raise FetchError(f"its SHA-256 is {sha256}, and the publisher's {source.sha256}")
        checked.append("SHA-256 of the publisher")
    if whole.md5:
        if md5 != whole.md5:
            raise FetchError(f"its MD5 is {md5}, and that of the publisher's store {whole.md5}")
        checked.append("MD5 of the publisher's store")
    if source.kind is Kind.GZIP:
        _check_gzip(path, source.file, progress)
        checked.append("gzip's own checksum")
    elif source.kind is Kind.ZIP:
        _check_zip(path, source.file, progress)
        checked.append("the zip archive's own checksums")
    return sha256, checked


def _digests(path: Path, name: str, progress: Progress) -> tuple[str, str]:
    sha256, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    total, done = path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            sha256.update(chunk)
            md5.update(chunk)
            done += len(chunk)
            progress(f"checking {name} (kB)", done // 1000, total // 1000, "checksum")
    return sha256.hexdigest(), md5.hexdigest()


def _check_gzip(path: Path, name: str, progress: Progress) -> None:
    """Unpack to nowhere: the last bytes of a gzip file are its CRC and size."""
    total = path.stat().st_size
    try:
        with path.open("rb") as raw, gzip.GzipFile(fileobj=raw) as unpacked:
            while unpacked.read(_CHUNK):
                progress(f"unpacking {name} (kB)", raw.tell() // 1000, total // 1000, "gzip")
    except (OSError, EOFError, zlib.error) as error:
        raise FetchError(f"it is no whole gzip file ({error})") from error


def _check_zip(path: Path, name: str, progress: Progress) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            for number, member in enumerate(members, start=1):
                with archive.open(member) as file:
                    while file.read(_CHUNK):
                        pass
                progress(f"unpacking {name} (files)", number, len(members), "zip")
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise FetchError(f"it is no whole zip archive ({error})") from error
