"""The exact largest distance between two voxel centres. numpy only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.shape.runs import Runs

# Pairs that are compared at once: fits the cache, and bounds the memory whatever the surface.
_PAIRS_AT_ONCE = 1 << 13

# A value that no coordinate reaches and whose double does not overflow 32 bits.
_NOTHING = np.int32(-(1 << 28))


@dataclass(frozen=True)
class Diameter:
    """Largest distance between two voxel centres of a set, in the grid of the runs.

    Attributes
    ----------
    length
        The distance in mm.
    first, second
        The two voxels (x, y, z).
    """

    length: float
    first: tuple[int, int, int]
    second: tuple[int, int, int]


def largest_distance(runs: Runs, spacing: tuple[float, float, float]) -> Diameter:
    """Find the two voxels that are farthest apart.

    Only corners of the convex hull can be farthest apart, so most voxels are ruled out first; what
    is left is searched exhaustively, outermost voxels first, until no pair can beat the best.

    Parameters
    ----------
    runs
        A voxel set with at least one voxel.
    spacing
        Voxel size (sx, sy, sz) in mm.
    """
    voxels = _corner_candidates(runs)
    points = voxels * np.array(spacing)
    first, second = _farthest_by_walking(points, voxels, spacing)
    first, second = _farthest(points, voxels, spacing, first, second)
    length = float(np.sqrt(_squared_distances(voxels[[first]], voxels[[second]], spacing)[0, 0]))
    return Diameter(length, _as_voxel(voxels[first]), _as_voxel(voxels[second]))


def _as_voxel(row: NDArray[np.int32]) -> tuple[int, int, int]:
    x, y, z = row.tolist()
    return x, y, z


def _corner_candidates(runs: Runs) -> NDArray[np.int32]:
    """Voxels (x, y, z) among which are all corners of the convex hull, shape (n, 3)."""
    nz, ny, nx = runs.shape
    row = runs.z * ny + runs.y
    change = np.flatnonzero(row[1:] != row[:-1])
    first_of_row = np.concatenate([[0], change + 1])
    last_of_row = np.concatenate([change, [row.size - 1]])

    # The two ends of each row as height maps over (z, y), the left one mirrored; along x nothing
    # else can be a corner.
    heights = np.full((2, nz, ny), _NOTHING)
    right, left = heights.reshape(2, -1)
    right[row[last_of_row]] = runs.stop[last_of_row] - 1
    left[row[first_of_row]] = nx - 1 - runs.start[first_of_row]

    mirrored, z, y = np.nonzero(_may_be_corner(heights))
    x = heights[mirrored, z, y]
    x[mirrored == 1] = nx - 1 - x[mirrored == 1]
    return np.stack([x, y, z], axis=1).astype(np.int32)


# Steps (dz, dy) at which a row end is compared with the chord between the ends on either side.
_CHORDS = tuple(
    (dz * reach, dy * reach)
    for reach in (1, 3, 8)
    for dz, dy in ((0, 1), (1, 0), (1, 1), (1, -1), (1, 2), (1, -2), (2, 1), (2, -1))
)


def _may_be_corner(heights: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Where a row end sticks out beyond every chord: elsewhere it is no corner of the hull.

    A voxel at or below the middle of two others of the set is inside their hull. The opposite is
    not true, so this keeps all corners and some more. Input and result are (maps, nz, ny).
    """
    corner = heights > _NOTHING
    _, nz, ny = heights.shape
    twice = 2 * heights
    for dz, dy in _CHORDS:
        if 2 * dz >= nz or 2 * abs(dy) >= ny:
            continue
        y_low, y_high = abs(dy), ny - abs(dy)
        before = heights[:, : nz - 2 * dz, y_low - dy : y_high - dy]
        after = heights[:, 2 * dz :, y_low + dy : y_high + dy]
        here = twice[:, dz : nz - dz, y_low:y_high]
        corner[:, dz : nz - dz, y_low:y_high] &= here > before + after
    return corner


def _squared_distances(
    some: NDArray[np.int32], others: NDArray[np.int32], spacing: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Squared distances in mm2 between voxels (n, 3) and (m, 3), shape (n, m).

    From integer differences, so that the value does not depend on where in the grid the set lies.
    """
    total = np.zeros((some.shape[0], others.shape[0]))
    for axis, size in enumerate(spacing):
        step = np.subtract.outer(some[:, axis], others[:, axis]) * size
        total += step * step
    return total


def _farthest_by_walking(
    points: NDArray[np.float64], voxels: NDArray[np.int32], spacing: tuple[float, float, float]
) -> tuple[int, int]:
    """Find a long pair quickly: walk from the outermost point to its farthest, and on."""
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    here = int(((points - middle) ** 2).sum(axis=1).argmax())
    best, pair = -1.0, (here, here)
    while True:
        distances = _squared_distances(voxels[[here]], voxels, spacing)[0]
        there = int(distances.argmax())
        if distances[there] <= best:
            return pair
        best, pair = float(distances[there]), (here, there)
        here = there


def _farthest(
    points: NDArray[np.float64],
    voxels: NDArray[np.int32],
    spacing: tuple[float, float, float],
    first: int,
    second: int,
) -> tuple[int, int]:
    """Compare all pairs that could be longer than the given one; ties go to the first in order."""
    # Two points at distances r and s from any centre are at most r + s apart. Around the middle of
    # a long pair few points are far enough out.
    centre = (points[first] + points[second]) / 2
    radius = np.sqrt(((points - centre) ** 2).sum(axis=1))
    order = np.argsort(-radius, kind="stable")
    radius, ordered = radius[order], voxels[order]
    best = _squared_distances(voxels[[first]], voxels[[second]], spacing)[0, 0]
    pair = (first, second)

    begin = 0
    while begin < order.size:
        # A relative slack of 1e-9 keeps rounding from hiding a pair; it only costs comparisons.
        needed = np.sqrt(best) * (1 - 1e-9)
        reach = int(np.searchsorted(-radius, radius[begin] - needed, side="right"))
        if reach <= begin:
            break
        block = max(1, _PAIRS_AT_ONCE // (reach - begin))
        distances = _squared_distances(
            ordered[begin : begin + block], ordered[begin:reach], spacing
        )
        row, column = divmod(int(distances.argmax()), distances.shape[1])
        if distances[row, column] > best:
            best = distances[row, column]
            pair = (int(order[begin + row]), int(order[begin + column]))
        begin += block
    return pair
