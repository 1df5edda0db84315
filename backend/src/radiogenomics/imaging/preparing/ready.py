"""Whether the images of a case are ready as they are: on one grid of 1 mm, without the skull."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from radiogenomics.imaging.registration import VOXEL_MM
from radiogenomics.imaging.skull.files import mask_of_stripped
from radiogenomics.imaging.volumes import Grid, grid_of

SPACING_TOLERANCE_MM = 0.01
"""How far the voxel size of a ready image may be from 1 mm."""

BORDER_ZEROS = 0.95
"""Least share of the voxels on the border of a stripped image that are exactly 0."""

STRIPPED_LITRES = (0.5, 2.2)
"""Volume of what is not 0 in a stripped image, holes filled; a head with its skull has 3 to 6."""

SAME_BRAIN = 0.95
"""Least overlap (Dice) of what is not 0 in two stripped images of one case."""


def are_ready(images: Sequence[sitk.Image]) -> bool:
    """Whether images lie on one axial grid of 1 mm and are stripped to one brain.

    Parameters
    ----------
    images
        As read, T1 with contrast first.
    """
    grids = [grid_of(image) for image in images]
    if not all(grid.matches(grids[0]) for grid in grids) or not _is_axial_1_mm(grids[0]):
        return False
    if not all(is_stripped(image) for image in images):
        return False
    brains = [sitk.GetArrayViewFromImage(image) != 0 for image in images]
    return all(_dice(brains[0], brain) >= SAME_BRAIN for brain in brains[1:])


def is_stripped(image: sitk.Image) -> bool:
    """Whether what lies outside of the brain was set to 0."""
    occupied = sitk.GetArrayViewFromImage(image) != 0
    if not occupied.any():
        return False
    sides = [occupied.take((0, -1), axis=axis).ravel() for axis in range(3)]
    if np.concatenate(sides).mean() > 1 - BORDER_ZEROS:
        return False
    brain = sitk.GetArrayViewFromImage(mask_of_stripped(image).mask)
    litres = np.count_nonzero(brain) * float(np.prod(image.GetSpacing())) / 1e6
    low, high = STRIPPED_LITRES
    return bool(low <= litres <= high)


def _is_axial_1_mm(grid: Grid) -> bool:
    return grid.axes[2] in "SI" and all(
        abs(size - VOXEL_MM) <= SPACING_TOLERANCE_MM for size in grid.spacing
    )


def _dice(first: np.ndarray, second: np.ndarray) -> float:
    both = np.count_nonzero(first & second)
    return 2.0 * both / (np.count_nonzero(first) + np.count_nonzero(second))
