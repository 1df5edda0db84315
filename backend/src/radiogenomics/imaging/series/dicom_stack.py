"""From the places of single slices to one regular volume, or why there is none.

The slices are sorted by where they lie along their normal, so neither the order nor the names of
the files matter, and the geometry comes from the tags alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.imaging.series.dicom_frames import Frame

# In mm, and as a part of the spacing: positions are written with a few digits.
_SAME_PLACE = 0.01
_SPACING_TOLERANCE = 0.02
# Cosines, also written with a few digits.
_COSINE_TOLERANCE = 1e-3
# How far slices may slide sideways, in mm over the whole volume and as a tangent (0.1 degree).
_SLIDE, _SLIDE_TANGENT = 0.1, 0.00175

_REPAIR = (
    "Ask for the complete series, or load it into 3D Slicer, which can bring it to a regular grid "
    "(acquisition geometry regularization), and save it as NIfTI."
)


@dataclass(frozen=True)
class Stack:
    """A regular volume.

    Attributes
    ----------
    order
        Which slice comes at which place, first to last along the normal.
    spacing
        Voxel size (sx, sy, sz) in mm.
    origin
        Centre of the first voxel in mm, left-posterior-superior.
    direction
        Unit vectors of the three axes, the columns of a (3, 3) matrix, row by row.
    """

    order: tuple[int, ...]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]


def stack_slices(frames: Sequence[Frame], names: Sequence[str]) -> Stack:
    """Sort slices to a volume.

    Parameters
    ----------
    frames
        The slices in any order.
    names
        What each is called in a message: its file.

    Raises
    ------
    InputError
        If they are no regular volume. The message says what is wrong, without saying of which
        series.
    """
    if len(frames) < 2:
        raise InputError(
            "It is a single slice, no volume. Choose a series that covers the head, or give the "
            "folder of all its slices."
        )
    rows, columns, normal = _axes(frames)
    spacing = _pixel_size(frames)
    positions = np.array([_told(frame.position, "position") for frame in frames])
    along = positions @ normal
    order = np.argsort(along, kind="stable")
    gaps = np.diff(along[order])
    named = [names[place] for place in order]
    _refuse_doubled(gaps, along[order], named)
    _refuse_uneven(gaps, named)
    _refuse_tilted(positions[order], normal)
    first = positions[order[0]]
    thickness = float(along[order[-1]] - along[order[0]]) / (len(frames) - 1)
    matrix = np.stack([rows, columns, normal], axis=1)
    return Stack(
        order=tuple(int(place) for place in order),
        spacing=(spacing[1], spacing[0], thickness),
        origin=(float(first[0]), float(first[1]), float(first[2])),
        direction=tuple(matrix.ravel().tolist()),
    )


_Vector = NDArray[np.float64]


def _told(value: tuple[float, ...] | None, what: str) -> tuple[float, ...]:
    if value is None:
        raise InputError(
            f"Slices have no {what} in their tags, so where they lie is not known. Export the "
            "series from the archive again, as the scanner sent it."
        )
    return value


def _axes(frames: Sequence[Frame]) -> tuple[_Vector, _Vector, _Vector]:
    """Directions of x, y and z; x and y as the tags of the first slice say."""
    told = np.array([_told(frame.orientation, "orientation") for frame in frames])
    if np.abs(told - told[0]).max() > _COSINE_TOLERANCE:
        raise InputError(f"Its slices are turned against each other. {_REPAIR}")
    # The mean would depend on the order of the files in its last digit, the smallest does not.
    rows, columns = np.reshape(min(told.tolist()), (2, 3))
    lengths = np.linalg.norm([rows, columns], axis=1)
    off = max(float(np.abs(lengths - 1).max()), abs(float(rows @ columns)))
    if off > _COSINE_TOLERANCE:
        raise InputError(
            "The directions of its rows and columns in the tags are no unit vectors at right "
            "angles. Export the series from the archive again, as the scanner sent it."
        )
    normal = np.cross(rows, columns)
    return rows, columns, normal / np.linalg.norm(normal)


def _pixel_size(frames: Sequence[Frame]) -> tuple[float, float]:
    told = np.array([_told(frame.spacing, "pixel spacing") for frame in frames])
    if told.min() <= 0:
        raise InputError(
            f"It has a pixel spacing of {told.min():g} mm, which cannot be. Export the series from "
            "the archive again, as the scanner sent it."
        )
    if (np.ptp(told, axis=0) > 1e-4 * told.min()).any():
        raise InputError(
            f"Its slices have pixels of {told.min():g} to {told.max():g} mm, so they are no one "
            f"volume. {_REPAIR}"
        )
    smallest = min(told.tolist())
    return smallest[0], smallest[1]


def _refuse_doubled(gaps: _Vector, along: _Vector, names: Sequence[str]) -> None:
    doubled = np.flatnonzero(gaps < _SAME_PLACE)
    if doubled.size:
        at = int(doubled[0])
        raise InputError(
            f"{doubled.size} of {len(names)} slices lie where another lies, first "
            f"{names[at]} and {names[at + 1]} at {along[at]:.2f} mm: several volumes, such as "
            "repetitions or echoes, in one series. Move the files of one volume to a folder of "
            "their own."
        )


def _refuse_uneven(gaps: _Vector, names: Sequence[str]) -> None:
    usual = float(np.median(gaps))
    tolerance = max(_SAME_PLACE, _SPACING_TOLERANCE * usual)
    uneven = np.flatnonzero(np.abs(gaps - usual) > tolerance)
    if not uneven.size:
        return
    at = int(uneven[0])
    between = f"{names[at]} and {names[at + 1]}"
    missing = gaps[uneven] / usual
    whole = np.rint(missing)
    if (whole >= 2).all() and (np.abs(missing - whole) * usual <= 2 * tolerance).all():
        raise InputError(
            f"{int(whole.sum() - uneven.size)} slice(s) are missing: {between} are {gaps[at]:.2f} "
            f"mm apart, the others {usual:.2f} mm. {_REPAIR}"
        )
    raise InputError(
        f"Its slices are not evenly spaced, {gaps.min():.2f} to {gaps.max():.2f} mm apart (such "
        f"as {between}). {_REPAIR}"
    )


def _refuse_tilted(positions: _Vector, normal: _Vector) -> None:
    way = positions - positions[0]
    along = way @ normal
    sideways = np.linalg.norm(way - np.outer(along, normal), axis=1)
    bad = sideways > np.maximum(_SLIDE, _SLIDE_TANGENT * along)
    if not bad.any():
        return
    angle = np.degrees(np.arctan2(sideways[-1], along[-1]))
    straight = way[-1] / np.linalg.norm(way[-1])
    off_line = np.linalg.norm(way - np.outer(way @ straight, straight), axis=1).max()
    if off_line <= max(_SLIDE, 0.01 * sideways[-1]):
        raise InputError(
            f"It was taken with a tilted gantry: its slices slide by {angle:.1f} degrees against "
            f"each other, so its voxels are sheared. {_REPAIR}"
        )
    raise InputError(
        f"Its slices do not lie on one line (up to {sideways.max():.1f} mm beside it). {_REPAIR}"
    )
