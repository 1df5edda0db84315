"""A package of files as a folder or a zip archive, read without writing any of its paths."""

from __future__ import annotations

import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from radiogenomics.errors import InputError


class Package(Protocol):
    """Files with their paths inside the package, separated by ``/``."""

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file, unpacked, by its path."""
        ...

    def open(self, name: str) -> IO[bytes]:
        """Open a file of the package for reading."""
        ...


class FolderPackage:
    """A package that lies unpacked in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file by its path."""
        return {
            path.relative_to(self._folder).as_posix(): path.stat().st_size
            for path in sorted(self._folder.rglob("*"))
            if path.is_file()
        }

    def open(self, name: str) -> IO[bytes]:
        """Open a file for reading."""
        return (self._folder / name).open("rb")


class ZipPackage:
    """A package in a zip archive."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def sizes(self) -> dict[str, int]:
        """Return the bytes of every file, unpacked, by its path.

        Raises
        ------
        InputError
            If a member's path leads out of the archive's folder, is a link, or is encrypted: no
            publisher packs so.
        """
        members = [member for member in self._archive.infolist() if not member.is_dir()]
        for member in members:
            reason = _why_unsafe(member)
            if reason:
                raise InputError(
                    f"{self._archive.filename}: the member {member.filename!r} {reason}. Nothing "
                    "was taken from this archive; fetch it again from its publisher."
                )
        return {member.filename: member.file_size for member in members}

    def open(self, name: str) -> IO[bytes]:
        """Open a member for reading; its checksum is compared at its end."""
        return self._archive.open(name)


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open a folder or a zip archive.

    Raises
    ------
    InputError
        If it is neither.
    """
    if path.is_dir():
        yield FolderPackage(path)
        return
    if not path.exists():
        raise InputError(f"There is no folder or archive {path}.")
    if not zipfile.is_zipfile(path):
        raise InputError(f"{path} is neither a folder nor a zip archive. Unpack it and name that.")
    with zipfile.ZipFile(path) as archive:
        yield ZipPackage(archive)


def _why_unsafe(member: zipfile.ZipInfo) -> str:
    # The name as it is in the file: Python shows another where it holds a NUL or a backslash.
    name = member.orig_filename
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        return "has a path that leads out of the folder"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & 1:
        return "is encrypted"
    return ""
