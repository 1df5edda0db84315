"""The ten shape features of a region of interest (ROI), and where each length was found.

One function serves the live panel, the command line and every test, so a value is the same
wherever it is shown. numpy and scipy only: this runs inside Slicer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiogenomics.errors import InputError
from radiogenomics.shape.diameter import largest_distance
from radiogenomics.shape.ellipse import PlanarEllipse, largest_ellipse
from radiogenomics.shape.runs import find_runs, largest_piece
from radiogenomics.shape.surface import surface_area

Point = tuple[float, float, float]
Features = dict[str, float | None]

FEATURE_UNITS: dict[str, str] = {
    "volume": "mm3",
    "surface_area": "mm2",
    "surface_to_volume": "1/mm",
    "sphericity": "1",
    "spherical_disproportion": "1",
    "max_diameter": "mm",
    "major_axis": "mm",
    "minor_axis": "mm",
    "compactness_1": "1",
    "compactness_2": "1",
}
"""The ten features in their fixed order, and the unit of each."""

FEATURE_NAMES: tuple[str, ...] = tuple(FEATURE_UNITS)

SHOWN_UNITS: dict[str, tuple[str, float]] = {
    "mm3": ("cm³", 1e-3),
    "mm2": ("cm²", 1e-2),
    "1/mm": ("1/mm", 1.0),
    "mm": ("mm", 1.0),
    "1": ("", 1.0),
}
"""For each unit of the files what people read instead, and the factor that leads there."""

SMALL_ROI_VOXELS = 200
"""Below about this many voxels the surface estimate is biased and sphericity can exceed 1."""


# Far beyond any scanner; within them no formula overflows and the 26 directions stay distinct.
_SMALLEST_MM, _LARGEST_MM, _RATIO = 1e-6, 1e6, 1e5


@dataclass(frozen=True)
class LocatedLength:
    """A length in mm and its two ends.

    Attributes
    ----------
    length
        In mm.
    ends_voxel
        Both ends (x, y, z) in voxels of the array that was given; fractions for an axis.
    ends_mm
        Both ends (x, y, z) in physical space, in mm.
    """

    length: float
    ends_voxel: tuple[Point, Point]
    ends_mm: tuple[Point, Point]


@dataclass(frozen=True)
class LocatedEllipse:
    """The ellipse behind `major_axis` and `minor_axis`.

    Attributes
    ----------
    slice_index
        The axial slice (index z) of the array that was given.
    centre_voxel, centre_mm
        Centroid (x, y, z) of the piece, in voxels and in mm.
    major, minor
        The two axes, centred there.
    """

    slice_index: int
    centre_voxel: Point
    centre_mm: Point
    major: LocatedLength
    minor: LocatedLength


@dataclass(frozen=True)
class RoiMeasurement:
    """What was measured of one ROI.

    Attributes
    ----------
    features
        The ten features in the order of `FEATURE_NAMES`; for an empty ROI volume 0, else None.
    voxels
        Voxels of the largest component, which alone is measured.
    voxels_left_out
        Voxels of the other components.
    diameter, ellipse
        Where the lengths were found; None for an empty ROI.
    """

    features: Features
    voxels: int
    voxels_left_out: int
    diameter: LocatedLength | None
    ellipse: LocatedEllipse | None

    @property
    def is_small(self) -> bool:
        """Whether the ROI has so few voxels that its sphericity can exceed 1."""
        return 0 < self.voxels < SMALL_ROI_VOXELS


def shape_features(mask: ArrayLike, spacing: Sequence[float]) -> Features:
    """Measure the ten shape features of the largest 26-connected component of a mask.

    With N voxels, V = N sx sy sz and the surface area SA of `surface.surface_area`:

    ========================= ============================================ ======
    key                       definition                                   unit
    ========================= ============================================ ======
    volume                    V                                            mm3
    surface_area              SA                                           mm2
    surface_to_volume         SA / V                                       1/mm
    sphericity                (36 pi V^2)^(1/3) / SA                       1
    spherical_disproportion   1 / sphericity                               1
    max_diameter              largest distance between two voxel centres   mm
    major_axis, minor_axis    of the slice piece with largest major axis   mm
    compactness_1             V / sqrt(pi SA^3)                            1
    compactness_2             36 pi V^2 / SA^3                             1
    ========================= ============================================ ======

    Parameters
    ----------
    mask
        Array indexed [z, y, x], of any dtype and memory order; nonzero is inside. What lies
        outside the array counts as background.
    spacing
        Voxel size (sx, sy, sz) in mm, each finite and above 0.

    Returns
    -------
    dict
        The ten keys in the order of `FEATURE_NAMES`. An empty mask has volume 0 and None for the
        others. Nothing is clipped: below about `SMALL_ROI_VOXELS` voxels sphericity can exceed 1.
        A single voxel has a max_diameter of 0.

    Raises
    ------
    InputError
        If the mask is not three-dimensional or holds NaN, or the spacing is not usable.

    Examples
    --------
    >>> features = shape_features(np.ones((2, 3, 4)), (1.0, 1.0, 2.0))
    >>> features["volume"]
    48.0
    """
    return measure_mask(mask, spacing).features


def labelmap_features(
    labelmap: ArrayLike, spacing: Sequence[float], labels: Mapping[str, int]
) -> dict[str, Features]:
    """Measure the shape features of several ROIs of one labelmap, from one pass over the volume.

    Parameters
    ----------
    labelmap
        Array of label values indexed [z, y, x]; 0 is background.
    spacing
        Voxel size (sx, sy, sz) in mm.
    labels
        Label value of each ROI by its name, such as ``{"enhancing": 4, "edema": 2}``.

    Returns
    -------
    dict of dict
        For each ROI what `shape_features` gives for ``labelmap == value``.

    Raises
    ------
    InputError
        As `shape_features`, and for a label value of 0.
    """
    measured = measure_labelmap(labelmap, spacing, labels)
    return {roi: measurement.features for roi, measurement in measured.items()}


def measure_mask(
    mask: ArrayLike, spacing: Sequence[float], affine: ArrayLike | None = None
) -> RoiMeasurement:
    """Measure a mask as `shape_features` does, and say where the lengths were found.

    Parameters
    ----------
    mask, spacing
        As for `shape_features`.
    affine
        Matrix (4, 4) from voxel indices (x, y, z, 1) to physical space in mm, in whatever
        orientation the caller uses. Default: the spacing on the diagonal.

    Returns
    -------
    RoiMeasurement
    """
    array, size, matrix = _checked(mask, spacing, affine)
    box = _bounding_box(array)
    inside = np.ascontiguousarray(array[box]) != 0
    return _measure(inside, _corner(box), size, matrix)


def measure_labelmap(
    labelmap: ArrayLike,
    spacing: Sequence[float],
    labels: Mapping[str, int],
    affine: ArrayLike | None = None,
) -> dict[str, RoiMeasurement]:
    """Measure several ROIs of one labelmap, and say where the lengths were found.

    Parameters are those of `labelmap_features` and `measure_mask`.
    """
    array, size, matrix = _checked(labelmap, spacing, affine)
    for roi, value in labels.items():
        if value == 0:
            raise InputError(f"ROI {roi!r} has the label value 0, which is the background.")
    box = _bounding_box(array)
    crop = np.ascontiguousarray(array[box])
    corner = _corner(box)
    return {roi: _measure(crop == value, corner, size, matrix) for roi, value in labels.items()}


def _measure(
    inside: NDArray[np.bool_],
    corner: tuple[int, int, int],
    spacing: tuple[float, float, float],
    affine: NDArray[np.float64],
) -> RoiMeasurement:
    """Measure a cropped mask whose first voxel lies at ``corner`` (z, y, x) of the whole array."""
    runs = find_runs(inside)
    if runs.start.size == 0:
        nothing: Features = dict.fromkeys(FEATURE_NAMES)
        nothing["volume"] = 0.0
        return RoiMeasurement(nothing, 0, 0, None, None)
    everything = runs.n_voxels
    runs, offset = largest_piece(runs).cropped()
    z, y, x = (a + b for a, b in zip(corner, offset, strict=True))
    place = _Placement((x, y, z), affine)

    sx, sy, sz = spacing
    n_voxels = runs.n_voxels
    volume = n_voxels * sx * sy * sz
    area = surface_area(runs, spacing)
    diameter = largest_distance(runs, spacing)
    ellipse = largest_ellipse(runs, spacing)
    sphericity = (36 * math.pi * volume**2) ** (1 / 3) / area
    features: Features = {
        "volume": volume,
        "surface_area": area,
        "surface_to_volume": area / volume,
        "sphericity": sphericity,
        "spherical_disproportion": 1 / sphericity,
        "max_diameter": diameter.length,
        "major_axis": ellipse.major,
        "minor_axis": ellipse.minor,
        "compactness_1": volume / math.sqrt(math.pi * area**3),
        "compactness_2": 36 * math.pi * volume**2 / area**3,
    }
    return RoiMeasurement(
        features=features,
        voxels=n_voxels,
        voxels_left_out=everything - n_voxels,
        diameter=place.length(diameter.length, diameter.first, diameter.second),
        ellipse=place.ellipse(ellipse, spacing),
    )


@dataclass(frozen=True)
class _Placement:
    """Carries points from the grid of the cropped ROI to the whole array and to physical space."""

    corner: tuple[int, int, int]
    affine: NDArray[np.float64]

    def voxel(self, point: Sequence[float]) -> Point:
        x, y, z = (a + b for a, b in zip(point, self.corner, strict=True))
        return x, y, z

    def physical(self, voxel: Point) -> Point:
        x, y, z = (self.affine @ (*voxel, 1.0))[:3].tolist()
        return x, y, z

    def length(
        self, length: float, first: Sequence[float], second: Sequence[float]
    ) -> LocatedLength:
        ends = self.voxel(first), self.voxel(second)
        return LocatedLength(length, ends, (self.physical(ends[0]), self.physical(ends[1])))

    def ellipse(
        self, ellipse: PlanarEllipse, spacing: tuple[float, float, float]
    ) -> LocatedEllipse:
        cos, sin = ellipse.direction
        x, y = ellipse.centre

        def axis(length: float, along_x: float, along_y: float) -> LocatedLength:
            dx, dy = length / 2 * along_x / spacing[0], length / 2 * along_y / spacing[1]
            return self.length(length, (x - dx, y - dy, ellipse.z), (x + dx, y + dy, ellipse.z))

        centre = self.voxel((x, y, ellipse.z))
        return LocatedEllipse(
            slice_index=ellipse.z + self.corner[2],
            centre_voxel=centre,
            centre_mm=self.physical(centre),
            major=axis(ellipse.major, cos, sin),
            minor=axis(ellipse.minor, -sin, cos),
        )


def _checked(
    array: ArrayLike, spacing: Sequence[float], affine: ArrayLike | None
) -> tuple[NDArray[Any], tuple[float, float, float], NDArray[np.float64]]:
    """Refuse what cannot be measured, with the offending value in the message."""
    volume = np.asarray(array)
    if volume.ndim != 3:
        raise InputError(f"A mask needs three dimensions [z, y, x], not shape {volume.shape}.")
    if volume.dtype.kind not in "buif":
        raise InputError(f"A mask needs numbers or booleans, not dtype {volume.dtype}.")
    if volume.dtype.kind == "f" and np.isnan(volume).any():
        raise InputError("The mask holds NaN (not a number); give label values or booleans.")

    size = np.asarray(spacing, dtype=np.float64)
    if size.shape != (3,) or not np.isfinite(size).all() or (size <= 0).any():
        raise InputError(
            f"The spacing must be three finite numbers above 0 (sx, sy, sz in mm), not {spacing}."
        )
    if size.min() < _SMALLEST_MM or size.max() > _LARGEST_MM or size.max() > _RATIO * size.min():
        raise InputError(
            f"A spacing of {spacing} mm cannot be that of an image: sizes from {_SMALLEST_MM:g} to "
            f"{_LARGEST_MM:g} mm, at most {_RATIO:g} times each other, are measured. Is the header "
            "right?"
        )
    sx, sy, sz = size.tolist()
    matrix = np.diag([sx, sy, sz, 1.0]) if affine is None else np.asarray(affine, dtype=np.float64)
    if matrix.shape != (4, 4):
        raise InputError(f"The affine must be a (4, 4) matrix, not of shape {matrix.shape}.")
    return volume, (sx, sy, sz), matrix


def _bounding_box(array: NDArray[Any]) -> tuple[slice, slice, slice]:
    """Smallest box [z, y, x] with all nonzero voxels; an empty one where there are none."""
    if array.size == 0:
        return slice(0, 0), slice(0, 0), slice(0, 0)
    bits = array
    if array.dtype.kind == "f":
        bits = array != 0
    if bits.dtype.kind == "b":
        bits = bits.view(np.uint8)
    # One pass in memory order: collapse the axis with the longest stride, which is what the
    # processor does at the speed of its memory; the other axes are then searched in small arrays.
    slowest = int(np.argmax(np.abs(bits.strides)))
    projection = np.bitwise_or.reduce(bits, axis=slowest)
    if not projection.any():
        return slice(0, 0), slice(0, 0), slice(0, 0)
    ranges = [_extent(projection.any(axis=1)), _extent(projection.any(axis=0))]
    box = [*ranges[:slowest], slice(None), *ranges[slowest:]]
    others = tuple(axis for axis in range(3) if axis != slowest)
    box[slowest] = _extent(np.bitwise_or.reduce(bits[tuple(box)], axis=others) != 0)
    return box[0], box[1], box[2]


def _extent(occupied: NDArray[np.bool_]) -> slice:
    where = np.flatnonzero(occupied)
    return slice(int(where[0]), int(where[-1]) + 1)


def _corner(box: tuple[slice, slice, slice]) -> tuple[int, int, int]:
    return box[0].start, box[1].start, box[2].start
