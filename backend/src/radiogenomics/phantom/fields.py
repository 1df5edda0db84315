"""Axis-aligned grids in millimetres and smooth random fields on them (numpy only).

Every shape of the phantom is a level set of functions of position, so that the same patient can be
sampled at any spacing: coarse while its size is fitted, fine in its images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float32]
BoolArray: TypeAlias = NDArray[np.bool_]
Point: TypeAlias = tuple[float, float, float]

# Mean over all phases of the sum of squared cubic B-spline weights, for one axis: dividing by its
# square root for each axis gives the field unit variance.
_SPLINE_POWER = 151.0 / 315.0


@dataclass(frozen=True)
class Grid:
    """The voxel centres of a box.

    Attributes
    ----------
    z, y, x : ndarray of float32, one-dimensional
        Coordinates in mm along the array axes [z, y, x]; x to the patient's left, y to the back,
        z up, the origin at the centre of the head.
    """

    z: FloatArray
    y: FloatArray
    x: FloatArray

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels, (nz, ny, nx)."""
        return (self.z.size, self.y.size, self.x.size)

    @property
    def broadcast(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """The three axes with shapes (nz, 1, 1), (1, ny, 1) and (1, 1, nx)."""
        return self.z[:, None, None], self.y[None, :, None], self.x[None, None, :]

    def crop(self, box: tuple[slice, slice, slice]) -> Grid:
        """Return the part of the grid inside `box`, slices of the axes [z, y, x]."""
        return Grid(self.z[box[0]], self.y[box[1]], self.x[box[2]])

    def box_around(self, lower: Point, upper: Point) -> tuple[slice, slice, slice]:
        """Return the slices that hold the corners `lower` and `upper`, (z, y, x) in mm."""
        first = [
            max(int(np.searchsorted(axis, low, side="left")) - 1, 0)
            for axis, low in zip((self.z, self.y, self.x), lower, strict=True)
        ]
        last = [
            int(np.searchsorted(axis, high, side="right")) + 1
            for axis, high in zip((self.z, self.y, self.x), upper, strict=True)
        ]
        box = [slice(low, high) for low, high in zip(first, last, strict=True)]
        return box[0], box[1], box[2]


def centred_grid(half_extent: Point, spacing: float, centre: Point = (0.0, 0.0, 0.0)) -> Grid:
    """Return an isotropic grid that covers `centre` ± `half_extent`, both (z, y, x) in mm.

    Parameters
    ----------
    half_extent : tuple of float
        Half the length of the box along z, y and x, in mm.
    spacing : float
        Distance between voxel centres, in mm.
    centre : tuple of float
        The box's centre (z, y, x), in mm.
    """
    axes = []
    for half, middle in zip(half_extent, centre, strict=True):
        count = max(int(np.ceil(2.0 * half / spacing)), 1)
        steps = np.arange(count) - (count - 1) / 2.0
        axes.append((middle + spacing * steps).astype(np.float32))
    return Grid(*axes)


class SplineNoise:
    """Smooth Gaussian noise of mean 0 and variance 1: a cubic B-spline with random coefficients.

    Evaluated with four taps per axis rather than matrix products, so that the result does not
    depend on the linear algebra library or on its number of threads.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the coefficients.
    half_extent : tuple of float
        Half the length (z, y, x) of the box around the origin that the noise covers; beyond it
        the noise goes on constant.
    pitch : float or sequence of float
        Distance between coefficients, along all axes or along (z, y, x): structures are about twice
        as wide.
    """

    def __init__(
        self, rng: np.random.Generator, half_extent: Point, pitch: float | Sequence[float]
    ) -> None:
        pitches = (pitch, pitch, pitch) if isinstance(pitch, float | int) else tuple(pitch)
        self._pitch = tuple(float(value) for value in pitches)
        counts = [
            2 * int(np.ceil(half / step)) + 5
            for half, step in zip(half_extent, self._pitch, strict=True)
        ]
        coefficients = rng.standard_normal(counts, dtype=np.float32)
        self._coefficients = coefficients * np.float32(_SPLINE_POWER**-1.5)

    def __call__(
        self, grid: Grid, *, origin: Point = (0.0, 0.0, 0.0), scale: float = 1.0
    ) -> FloatArray:
        """Return the noise at ``(position - origin) / scale`` for every voxel of `grid`.

        Returns
        -------
        ndarray of float32, shape ``grid.shape``
        """
        values = self._coefficients
        # x first and z last: the expensive, last step then copies whole planes.
        for axis in (2, 1, 0):
            coordinate = (grid.z, grid.y, grid.x)[axis]
            position = (coordinate - origin[axis]) / (scale * self._pitch[axis])
            values = _expand(values, position.astype(np.float32), axis)
        return values


def _expand(values: FloatArray, position: FloatArray, axis: int) -> FloatArray:
    """Evaluate the spline along one axis at `position`, in steps from the middle coefficient."""
    count = values.shape[axis]
    place = np.clip(position + (count - 1) / 2.0, 1.0, count - 2.001)
    index = np.floor(place).astype(np.intp)
    f = (place - index).astype(np.float32)
    weights = (
        (1.0 - f) ** 3 / 6.0,
        (3.0 * f**3 - 6.0 * f**2 + 4.0) / 6.0,
        (-3.0 * f**3 + 3.0 * f**2 + 3.0 * f + 1.0) / 6.0,
        f**3 / 6.0,
    )
    shape = [1, 1, 1]
    shape[axis] = -1
    terms = (
        np.take(values, index + offset, axis=axis) * weight.reshape(shape).astype(np.float32)
        for offset, weight in zip((-1, 0, 1, 2), weights, strict=True)
    )
    total: FloatArray = next(terms)
    for term in terms:
        total += term
    return total


def ellipsoid(grid: Grid, centre: Point, semi_axes: Point) -> FloatArray:
    """Return the radius relative to an ellipsoid's surface: 0 at its centre, 1 on the surface.

    `centre` and `semi_axes` are (z, y, x) in mm; the result has the shape of the grid.
    """
    squares = [
        ((axis - middle) / semi) ** 2
        for axis, middle, semi in zip(grid.broadcast, centre, semi_axes, strict=True)
    ]
    radius: FloatArray = np.sqrt(squares[0] + squares[1] + squares[2])
    return radius


def soft_inside(field: FloatArray, width: float) -> FloatArray:
    """Return the share of a voxel inside ``field < 0``: a ramp of `width` mm, from 1 to 0."""
    share: FloatArray = np.clip(0.5 - field / np.float32(width), 0.0, 1.0)
    return share
