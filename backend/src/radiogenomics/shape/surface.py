"""Surface area of a voxel set from its intersections with lines in 13 directions.

After Legland, Kieu and Devaux, "Computation of Minkowski measures on 2D and 3D binary images",
Image Analysis and Stereology 26 (2007) 83-92: the discretised Crofton formula.
numpy and scipy only.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from radiogenomics.shape.runs import Runs

# Steps (dx, dy, dz) to half of the 26 neighbours; the other half are their opposites.
DIRECTIONS = (
    (1, 0, 0),
    (0, 1, 0),
    (0, 0, 1),
    (1, 1, 0),
    (-1, 1, 0),
    (1, 0, 1),
    (-1, 0, 1),
    (0, 1, 1),
    (0, -1, 1),
    (1, 1, 1),
    (-1, 1, 1),
    (1, -1, 1),
    (-1, -1, 1),
)

_WORD = 64


@lru_cache(maxsize=256)
def direction_weights(spacing: tuple[float, float, float]) -> tuple[float, ...]:
    """Weight c_k of each of the 13 directions.

    The fraction of the unit sphere in the spherical Voronoi cells of the directions +e_k and -e_k
    among all 26 *physical* directions, so the weights depend on the ratios of the spacing.

    Parameters
    ----------
    spacing
        Voxel size (sx, sy, sz) in mm.

    Returns
    -------
    tuple of 13 floats
        In the order of `DIRECTIONS`; they sum to 1.
    """
    # Slow to load, and Slicer imports this package while it starts.
    from scipy.spatial import SphericalVoronoi  # noqa: PLC0415

    steps = np.array(DIRECTIONS, dtype=np.float64) * spacing
    unit = steps / np.linalg.norm(steps, axis=1, keepdims=True)
    areas = SphericalVoronoi(np.concatenate([unit, -unit])).calculate_areas()
    fractions = areas[: len(DIRECTIONS)] + areas[len(DIRECTIONS) :]
    return tuple(float(fraction) for fraction in fractions / fractions.sum())


def surface_area(runs: Runs, spacing: tuple[float, float, float]) -> float:
    """Surface area of the voxel set in mm2.

    ``4 * sx * sy * sz * sum(c_k * n_k / len_k)`` over the 13 directions: n_k counts how often a
    family of parallel lines enters the set, len_k is the length of the step in mm.

    Parameters
    ----------
    runs
        The voxel set; outside its grid is background.
    spacing
        Voxel size (sx, sy, sz) in mm.
    """
    n_voxels = runs.n_voxels
    lengths = np.linalg.norm(np.array(DIRECTIONS) * spacing, axis=1)
    entries = [n_voxels - pairs for pairs in count_pairs(runs)]
    terms = [
        weight * entry / length
        for weight, entry, length in zip(
            direction_weights(spacing), entries, lengths.tolist(), strict=True
        )
    ]
    sx, sy, sz = spacing
    return 4.0 * sx * sy * sz * math.fsum(terms)


def count_pairs(runs: Runs) -> list[int]:
    """Count the pairs of voxels (p, p + e_k) that lie in the set, for each of the 13 directions."""
    words, row, plane = _packed(runs)
    # Word i of `ahead` holds for each voxel of word i whether the next voxel along x is set.
    ahead = words >> np.uint64(1)
    ahead[:-1] |= words[1:] << np.uint64(_WORD - 1)

    counts = []
    for dx, dy, dz in DIRECTIONS:
        # Rows and slices end in padding, so a step is one shift of the whole line of words, and
        # a step against x is the step along x taken from the other end of the pair.
        here, there = (ahead, words) if dx < 0 else (words, ahead if dx > 0 else words)
        shift = dz * plane + dy * row
        both = here & there if shift == 0 else here[:-shift] & there[shift:]
        counts.append(int(np.bitwise_count(both).sum(dtype=np.int64)))
    return counts


def _packed(runs: Runs) -> tuple[NDArray[np.uint64], int, int]:
    """Pack the voxels one bit each; also return how many words a row and a slice take.

    Every row ends in at least one empty bit and every slice in one empty row.
    """
    nz, ny, nx = runs.shape
    row = nx // _WORD + 1
    plane = row * (ny + 1)
    origin = (runs.z * plane + runs.y * row) * _WORD
    toggles = np.zeros(nz * plane * _WORD, dtype=np.bool_)
    toggles[origin + runs.start] = True
    toggles[origin + runs.stop] = True
    words = np.packbits(toggles, bitorder="little").view("<u8").astype(np.uint64, copy=False)
    # A voxel is set where the number of toggles up to it is odd: a running parity inside each word,
    for step in (1, 2, 4, 8, 16, 32):
        words ^= words << np.uint64(step)
    # then carried from word to word along the row.
    rows = words.reshape(-1, row)
    for column in range(1, row):
        open_run = rows[:, column - 1] >> np.uint64(_WORD - 1)
        rows[:, column] ^= np.uint64(0) - open_run
    return words, row, plane
