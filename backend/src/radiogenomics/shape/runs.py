"""A mask as runs of voxels, and the connected pieces of it. numpy only.

A run is a maximal row of foreground voxels along x. A tumour of 100,000 voxels has a few thousand
runs, so everything that can be said of runs is cheaper than the same said of voxels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

# Earlier rows that touch a row, as (dz, dy): with a tolerance of one voxel along x these are the
# 26-connected neighbours in space and the 8-connected neighbours within an axial slice.
IN_SPACE = ((0, -1), (-1, -1), (-1, 0), (-1, 1))
IN_SLICE = ((0, -1),)


@dataclass(frozen=True)
class Runs:
    """Runs of voxels in x-fastest order: row ``(z, y)`` holds voxels ``start <= x < stop``.

    All arrays are integers of shape ``(n_runs,)``; ``shape`` is the grid's ``(nz, ny, nx)``.
    """

    z: IntArray
    y: IntArray
    start: IntArray
    stop: IntArray
    shape: tuple[int, int, int]

    @property
    def length(self) -> IntArray:
        """Voxels in each run, ``(n_runs,)``."""
        return self.stop - self.start

    @property
    def n_voxels(self) -> int:
        """Voxels in all runs together."""
        return int(self.length.sum())

    def select(self, keep: BoolArray) -> Runs:
        """Return the runs where ``keep`` (``(n_runs,)``) is true, in the same grid."""
        return Runs(self.z[keep], self.y[keep], self.start[keep], self.stop[keep], self.shape)

    def cropped(self) -> tuple[Runs, tuple[int, int, int]]:
        """Return the same runs in the smallest grid that holds them, and its corner (z, y, x)."""
        z, y, x = int(self.z[0]), int(self.y.min()), int(self.start.min())
        shape = (int(self.z[-1]) - z + 1, int(self.y.max()) - y + 1, int(self.stop.max()) - x)
        return Runs(self.z - z, self.y - y, self.start - x, self.stop - x, shape), (z, y, x)


def find_runs(mask: BoolArray) -> Runs:
    """Scan a mask ``(nz, ny, nx)`` for its runs."""
    nz, ny, nx = mask.shape
    # One empty column after each row ends a run there; one empty voxel starts the first row.
    width = nx + 1
    flat = np.zeros(1 + nz * ny * width, dtype=np.bool_)
    flat[1:].reshape(nz, ny, width)[:, :, :nx] = mask
    transitions = np.flatnonzero(flat[1:] != flat[:-1])
    row, start = np.divmod(transitions[0::2], width)
    z, y = np.divmod(row, ny)
    return Runs(z, y, start, transitions[1::2] - row * width, (nz, ny, nx))


def connected_pieces(runs: Runs, neighbours: tuple[tuple[int, int], ...]) -> IntArray:
    """Give each connected piece a number, in the order in which x-fastest order meets them.

    Parameters
    ----------
    runs
        The runs of a mask.
    neighbours
        `IN_SPACE` for 26-connected pieces, `IN_SLICE` for the 8-connected pieces of each slice.

    Returns
    -------
    ndarray of int, shape (n_runs,)
        The piece of each run, 0 for the first.
    """
    n_runs = runs.start.size
    later, earlier = _touching(runs, neighbours)
    root = np.arange(n_runs)
    # Union-find, all runs at once: hook the larger root of every touching pair under the smaller
    # one, then point every run at its root. A parent is always smaller, so no cycle can form.
    while later.size:
        root[np.maximum(later, earlier)] = np.minimum(later, earlier)
        while True:
            above = root[root]
            if np.array_equal(above, root):
                break
            root = above
        later, earlier = root[later], root[earlier]
        apart = later != earlier
        later, earlier = later[apart], earlier[apart]
    # The root of a piece is its first run, so numbering roots by position numbers by first meeting.
    is_root = root == np.arange(n_runs)
    return (np.cumsum(is_root) - 1)[root]


def largest_piece(runs: Runs) -> Runs:
    """Return the largest 26-connected piece; of equal ones the first in x-fastest order."""
    piece = connected_pieces(runs, IN_SPACE)
    if piece[-1] == 0 and not piece.any():
        return runs
    # Weights are voxel counts below 2**53, so the float sums of bincount are exact.
    return runs.select(piece == np.bincount(piece, weights=runs.length).argmax())


def _touching(runs: Runs, neighbours: tuple[tuple[int, int], ...]) -> tuple[IntArray, IntArray]:
    """Pairs of runs (later, earlier) in neighbouring rows that touch, diagonally included."""
    _, ny, nx = runs.shape
    # Place all rows on one line, two voxels apart and with an empty row around each slice's rows,
    # so that "one row up" is one shift and a run at a row's edge never meets the next row's.
    width, rows = nx + 2, ny + 2
    origin = ((runs.z + 1) * rows + runs.y + 1) * width + 1
    first, last = origin + runs.start, origin + runs.stop

    later, earlier = [], []
    for dz, dy in neighbours:
        shift = (dz * rows + dy) * width
        # In the shifted row, of the runs that end within this run's reach or beyond, the first: it
        # touches if it starts within that reach, and then the next one may too.
        run = np.arange(first.size)
        other = np.searchsorted(last, first + (shift - 1), side="right")
        while True:
            touches = first[other] <= last[run] + shift
            run, other = run[touches], other[touches]
            if not run.size:
                break
            later.append(run)
            earlier.append(other)
            other = other + 1
    if not later:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.concatenate(later), np.concatenate(earlier)
