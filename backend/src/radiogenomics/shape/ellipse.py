"""The ellipse with the second moments of the largest piece of an axial slice. numpy only."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.shape.runs import IN_SLICE, Runs, connected_pieces

# Sums of 4 * x**2 over a piece, times its voxels, stay below 2**63 up to this many voxels a side.
_LARGEST_SIDE_IN_INT64 = 1000

_TIE = 1e-9


@dataclass(frozen=True)
class PlanarEllipse:
    """The ellipse of one 8-connected piece of one axial slice, in the grid of the runs.

    Attributes
    ----------
    z
        Slice index.
    centre
        Centroid (x, y) in voxels.
    major, minor
        Full axis lengths in mm.
    direction
        Unit vector (x, y) of the major axis in physical space; the minor axis is at right angles.
    """

    z: int
    centre: tuple[float, float]
    major: float
    minor: float
    direction: tuple[float, float]


def largest_ellipse(runs: Runs, spacing: tuple[float, float, float]) -> PlanarEllipse:
    """Find the piece with the largest major axis among all pieces of all axial slices.

    The axes follow regionprops of MATLAB: second central moments with 1/12 for the extent of a
    pixel, ``uxx = (var(x) + 1/12) * sx**2``, ``uyy`` alike, ``uxy = cov(x, y) * sx * sy``,
    ``q = sqrt((uxx - uyy)**2 + 4 * uxy**2)``, axes ``2 * sqrt(2) * sqrt(uxx + uyy +- q)``.
    Of pieces with equal major axes (to a relative 1e-9) the one with the largest minor axis is
    taken, so that mirroring or scaling the image cannot change the choice; then the first.

    Parameters
    ----------
    runs
        A voxel set with at least one voxel.
    spacing
        Voxel size (sx, sy, sz) in mm.
    """
    piece = connected_pieces(runs, IN_SLICE)
    n_pieces = int(piece.max()) + 1
    count, var_x, var_y, cov = _moments(runs, piece, n_pieces)
    sx, sy, _ = spacing
    uxx = (var_x + 1 / 12) * (sx * sx)
    uyy = (var_y + 1 / 12) * (sy * sy)
    uxy = cov * (sx * sy)
    q = np.sqrt((uxx - uyy) ** 2 + 4 * uxy**2)
    # Pieces that mirror each other tie but for rounding; which one is taken must not hang on that.
    largest = uxx + uyy + q
    ties = largest >= largest.max() * (1 - _TIE)
    chosen = int(np.argmax(np.where(ties, uxx + uyy - q, -np.inf)))

    xx, yy, xy, root = (float(moment[chosen]) for moment in (uxx, uyy, uxy, q))
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    members = runs.select(piece == chosen)
    length = members.length
    return PlanarEllipse(
        z=int(members.z[0]),
        centre=(
            float(((members.start + members.stop - 1) * length).sum()) / (2 * int(count[chosen])),
            float((members.y * length).sum()) / int(count[chosen]),
        ),
        major=2 * math.sqrt(2) * math.sqrt(xx + yy + root),
        # Not below zero: a row of voxels one thick has uyy = 1/12 and q slightly off by rounding.
        minor=2 * math.sqrt(2) * math.sqrt(max(xx + yy - root, 0.0)),
        direction=(math.cos(angle), math.sin(angle)),
    )


def _moments(
    runs: Runs, piece: NDArray[np.int64], n_pieces: int
) -> tuple[NDArray[np.float64], ...]:
    """Voxels, variances and covariance (in voxels) of each piece, from sums kept in integers."""
    # Twice the coordinates from the middle of the grid: integers, small, and mirrored by a flip.
    _, ny, nx = runs.shape
    first = 2 * runs.start - (nx - 1)
    last = 2 * (runs.stop - 1) - (nx - 1)
    y = 2 * runs.y - (ny - 1)
    n = runs.length
    middle = (first + last) // 2
    # Sum of (middle + 2k)**2 over a run, k symmetric around 0.
    sum_x = n * middle
    sum_xx = n * middle**2 + n * (n**2 - 1) // 3

    exact = np.int64 if max(ny, nx) <= _LARGEST_SIDE_IN_INT64 else np.object_

    def total(values: NDArray[np.int64]) -> NDArray[Any]:
        sums: NDArray[Any] = np.zeros(n_pieces, dtype=exact)
        np.add.at(sums, piece, values.astype(exact))
        return sums

    count, sx, sy = total(n), total(sum_x), total(n * y)
    sxx, syy, sxy = total(sum_xx), total(n * y**2), total(sum_x * y)
    scale = 4.0 * count.astype(np.float64) ** 2
    return (
        count.astype(np.float64),
        (count * sxx - sx * sx).astype(np.float64) / scale,
        (count * syy - sy * sy).astype(np.float64) / scale,
        (count * sxy - sx * sy).astype(np.float64) / scale,
    )
