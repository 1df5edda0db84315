"""Refuses NIfTI files that ITK would read with invented geometry or data.

ITK replaces a zero or NaN voxel size by 1, prefers an intact qform over a sheared sform, and fills
a truncated file up with zeros and turns NaN labels into zeros, all without a word. A measurement
must not rest on that.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Callable
from pathlib import Path

import nibabel
import numpy as np
from nibabel.spatialimages import HeaderDataError

from radiogenomics.errors import LabelmapError

# Files store geometry in 32 bits and programs round it; real shear is far above this.
_TOLERANCE = 1e-3

# Header and extension flag; programs disagree on what a smaller offset means.
_SMALLEST_OFFSET = 352

NOT_WHOLE = (
    "{path} holds NaN or infinite values; labels are whole numbers. Export it again from the "
    "program that drew it, with 0 for the background."
)


def check_nifti(path: Path, *, labels: bool) -> None:
    """Read a NIfTI file's bytes and refuse what is damaged or has no proper geometry.

    Parameters
    ----------
    path
        A ``.nii`` or ``.nii.gz`` file.
    labels
        Whether the file is to hold labels: then NaN and infinite values are refused too.

    Raises
    ------
    LabelmapError
        The message names the file and what is wrong with it.
    """
    content = _content(path)
    header = _header(content)
    if header is None:
        raise LabelmapError(
            f"{path} is not a NIfTI file, whatever its name says. Export it again, or give it the "
            "suffix of what it is."
        )
    if isinstance(header, nibabel.Nifti2Header):
        raise LabelmapError(f"{path} is a NIfTI-2 file; SimpleITK reads NIfTI-1. Convert it first.")
    try:
        offset, dtype = int(header["vox_offset"]), header.get_data_dtype()
        count = math.prod(int(number) for number in header.get_data_shape())
    except (KeyError, ValueError, OverflowError, HeaderDataError) as error:
        raise LabelmapError(
            f"{path} has a NIfTI header that makes no sense ({error}). Copy or export it again."
        ) from error
    needed = offset + count * dtype.itemsize
    if offset < _SMALLEST_OFFSET:
        raise LabelmapError(
            f"{path} says that its voxels begin at byte {offset}, inside its header "
            f"({_SMALLEST_OFFSET} bytes). Export it again."
        )
    if len(content) < needed:
        raise LabelmapError(
            f"{path} is truncated: it holds {len(content)} of {needed} bytes. Copy it again."
        )
    if labels and dtype.kind == "f":
        values = np.frombuffer(content, dtype, count, offset)
        if not np.isfinite(values).all():
            raise LabelmapError(NOT_WHOLE.format(path=path))

    size = np.asarray(header["pixdim"][1:4], dtype=np.float64)
    if not np.isfinite(size).all() or (size <= 0).any():
        raise LabelmapError(
            f"{path} has a voxel size of {_listed(size)} mm, which cannot be. Correct its header, "
            "or export the segmentation again."
        )
    if int(header["sform_code"]) > 0:
        _check_sform(path, np.asarray(header.get_sform(), dtype=np.float64)[:3, :3], size)


_VERSIONS: tuple[tuple[Callable[..., nibabel.Nifti1Header], int, bytes], ...] = (
    (nibabel.Nifti1Header, 348, b"n+1"),
    (nibabel.Nifti2Header, 540, b"n+2"),
)


def _header(content: bytes) -> nibabel.Nifti1Header | None:
    """Parse the header of either version of the format; None where there is none."""
    for kind, length, magic in _VERSIONS:
        if len(content) >= length:
            header = kind(content[:length], check=False)
            if bytes(header["magic"].tobytes()[:3]) == magic:
                return header
    return None


def _content(path: Path) -> bytes:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise LabelmapError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not raw:
        raise LabelmapError(f"{path} is empty (0 bytes). Copy or export it again.")
    if not path.name.lower().endswith(".gz"):
        return raw
    try:
        return gzip.decompress(raw)
    except (EOFError, zlib.error) as error:
        raise LabelmapError(f"{path} is truncated or damaged ({error}). Copy it again.") from error
    except gzip.BadGzipFile as error:
        raise LabelmapError(
            f"{path} is not a gzip file, whatever its name says. Export it again, or name it .nii "
            "if it is NIfTI without compression."
        ) from error


def _check_sform(path: Path, matrix: np.ndarray, size: np.ndarray) -> None:
    lengths = np.linalg.norm(matrix, axis=0)
    if not np.isfinite(lengths).all() or (lengths == 0).any():
        raise LabelmapError(
            f"{path} has an affine with voxels of {_listed(lengths)} mm, which cannot be. "
            "Correct its header, or export the segmentation again."
        )
    cosines = (matrix.T @ matrix) / np.outer(lengths, lengths)
    if np.abs(cosines - np.eye(3)).max() > _TOLERANCE:
        raise LabelmapError(
            f"{path} has a sheared affine (its axes are not at right angles). "
            "Resample it to a regular grid first."
        )
    if not np.allclose(lengths, size, rtol=_TOLERANCE, atol=0):
        raise LabelmapError(
            f"{path} contradicts itself: its affine has voxels of {_listed(lengths)} mm, its "
            f"header says {_listed(size)} mm. Correct its header, or export the segmentation again."
        )


def _listed(numbers: np.ndarray) -> str:
    return " x ".join(f"{number:g}" for number in numbers)
