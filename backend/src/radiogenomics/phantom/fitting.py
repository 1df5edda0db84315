"""Searches that give a level set the volume and the sphericity that are asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import ndimage

from radiogenomics.phantom.fields import BoolArray, FloatArray

_BISECTIONS = 7
_LEVEL_STEPS = 8
_CONNECTED = np.ones((3, 3, 3), dtype=np.bool_)


def largest_component(mask: BoolArray) -> BoolArray:
    """Return the largest 26-connected component of `mask`, all False where the mask is empty."""
    labels, count = ndimage.label(mask, _CONNECTED)
    if count <= 1:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    component: BoolArray = labels == sizes.argmax()
    return component


def without_specks(mask: BoolArray) -> BoolArray:
    """Return `mask` without the components smaller than a twentieth of the largest."""
    labels, count = ndimage.label(mask, _CONNECTED)
    if count <= 1:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    kept: BoolArray = (sizes >= 0.05 * sizes.max())[labels] & mask
    return kept


def level_for(
    field: FloatArray, allowed: BoolArray, voxels: float, *, connected: bool = True
) -> tuple[float, BoolArray]:
    """Return the level at which `field` holds about `voxels` inside `allowed`, and the set there.

    With `connected` the largest component is what counts and what is returned.
    """
    values = field[allowed]
    if values.size == 0 or voxels < 0.5:
        return float(field.min()) - 1.0, np.zeros(field.shape, dtype=np.bool_)
    low, rank, high = 0.0, voxels, 3.0 * voxels
    for _ in range(_LEVEL_STEPS):
        place = int(min(rank, values.size - 1))
        level = float(np.partition(values, place)[place])
        found = allowed & (field < np.float32(level))
        if not connected:
            break
        found = largest_component(found)
        size = int(found.sum())
        if abs(size - voxels) < 0.01 * voxels or (size < voxels and place == values.size - 1):
            break
        # Islands are missing at first; when one joins the rest, the size may jump past the aim.
        if size < voxels:
            low = rank
            rank = min(rank + 1.1 * (voxels - size), 0.5 * (rank + high))
        else:
            high = rank
            rank = 0.5 * (low + rank)
    return level, found


def sphericity_of(mask: BoolArray) -> float:
    """Return the sphericity by counts along the three axes: cheap, and enough to search with."""
    padded = np.pad(mask, 1)
    voxels = int(mask.sum())
    if voxels == 0:
        return 0.0
    # Cauchy-Crofton with three directions; a chord has two crossings, hence 4/3 / 2.
    crossings = sum(int(np.count_nonzero(np.diff(padded, axis=axis))) for axis in range(mask.ndim))
    surface = 2.0 / 3.0 * crossings
    return float(np.cbrt(36.0 * np.pi * voxels**2) / surface)


def bisect(measure: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    """Return where the falling function `measure` is about `wanted`, or the nearer end.

    The last call of `measure` is made with the value returned.
    """
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        if measure(middle) > wanted:
            low = middle
        else:
            high = middle
    best = 0.5 * (low + high)
    measure(best)
    return best
