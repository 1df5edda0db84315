"""Whether a volume file is whole, before a program that trusts it opens it. Standard library only.

Slicer shows what it could read of an image that was cut short, without a word, and a segmentation
that was cut short ends the program. Both formats are compressed with a checksum at their end.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from radiogenomics.errors import StudyError

# Every name that the format has for the types of labels.
_BYTES = {
    name: size
    for size, names in {
        1: "signed char,int8,int8_t,unsigned char,uchar,uint8,uint8_t",
        2: "short,short int,signed short,signed short int,int16,int16_t,"
        "unsigned short,ushort,unsigned short int,uint16,uint16_t",
        4: "int,signed int,int32,int32_t,unsigned int,uint,uint32,uint32_t,float",
        8: "double",
    }.items()
    for name in names.split(",")
}
_ADVICE = "Restore it from a backup."
_CHUNK = 1 << 20
_LONGEST_HEADER = 1 << 20
# Zlib's code for data in gzip's format, of any window.
_GZIP = 31


def check_whole_image(path: Path) -> None:
    """Raise `StudyError` if a ``.nii.gz`` file was cut short or altered."""
    try:
        with path.open("rb") as file:
            if sum(_uncompressed(file)) == 0:
                raise ValueError("it is empty")
    except (OSError, ValueError, zlib.error) as error:
        raise StudyError(
            f"{path} cannot be read as an image: {_words(error)}. {_ADVICE}"
        ) from error


def check_whole_segmentation(path: Path) -> None:
    """Raise `StudyError` if a ``.seg.nrrd`` file was cut short, altered, or is something else."""
    try:
        with path.open("rb") as file:
            fields = _header(file)
            expected = _BYTES[fields["type"]] * math.prod(map(int, fields["sizes"].split()))
            encoding = fields["encoding"]
            if "data file" in fields or encoding not in ("gzip", "gz", "raw"):
                raise ValueError("its voxels do not lie in it, compressed or raw")
            found = len(file.read()) if encoding == "raw" else sum(_uncompressed(file))
            if found != expected:
                raise ValueError(f"it holds {found} bytes of voxels and not {expected}")
    except KeyError as error:
        raise StudyError(
            f"{path} cannot be read as a segmentation: its header is damaged at {error}. {_ADVICE}"
        ) from error
    except (OSError, ValueError, zlib.error) as error:
        raise StudyError(
            f"{path} cannot be read as a segmentation: {_words(error)}. {_ADVICE}"
        ) from error


def _header(file: BinaryIO) -> dict[str, str]:
    if not file.readline(_LONGEST_HEADER).startswith(b"NRRD000"):
        raise ValueError("it does not begin as a NRRD file")
    fields: dict[str, str] = {}
    while line := file.readline(_LONGEST_HEADER):
        text = line.decode("utf-8").rstrip("\r\n")
        if not text:
            return fields
        # Lines with := are keys of whoever wrote the file.
        if not text.startswith("#") and ":=" not in text:
            name, _, value = text.partition(":")
            fields[name.strip()] = value.strip()
    raise ValueError("its header has no end")


def _uncompressed(file: BinaryIO) -> Iterator[int]:
    """Yield how many bytes each piece holds; raises where the checksum or the end is not right."""
    member = zlib.decompressobj(_GZIP)
    while piece := file.read(_CHUNK):
        while piece:
            yield len(member.decompress(piece))
            piece = member.unused_data
            if piece and not piece.strip(b"\0"):
                # Padding after the last member, which gzip passes over too.
                piece = b""
            elif piece:
                member = zlib.decompressobj(_GZIP)
    if not member.eof:
        raise ValueError("it was cut short")


def _words(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return f"its voxels are damaged ({error})" if isinstance(error, zlib.error) else str(error)
