"""Whether a brain mask can be one: its volume, pieces, size and symmetry.

The thresholds are wide on purpose: they catch a mask that failed (a part of the brain gone, the
head taken for the brain), not one that is a few millimetres off. That is for the eye, on the page
of pictures.
"""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

VOLUME_LITRES = (0.9, 2.0)
"""Adult brains with the fluid between their folds, and some room on both sides."""

EXTENT_MM = (90.0, 210.0)
"""Of the mask along each axis of the body; a brain cut off by the field of view is smaller."""

LARGEST_PIECE = 0.99
"""Least share of the voxels in the largest connected piece."""

SYMMETRY = 0.85
"""Least overlap (Dice) of the mask with its mirror image, left to right about its centroid."""


def warning_about(mask: sitk.Image) -> str | None:
    """Say why a mask is implausible as an adult's brain; None where it is plausible.

    Parameters
    ----------
    mask
        8-bit image, 1 is brain; not empty.
    """
    # What follows is about the smallest box that holds the brain, with axes of the body.
    oriented = _cropped(sitk.DICOMOrient(mask, "LPS"))
    array = sitk.GetArrayViewFromImage(oriented) != 0
    spacing = oriented.GetSpacing()
    doubts = [*_about_volume(array, spacing), *_about_extent(array, spacing)]
    share = _share_of_largest_piece(oriented, array)
    if share < LARGEST_PIECE:
        doubts.append(f"only {share:.1%} of it is one piece (expected {LARGEST_PIECE:.0%} or more)")
    symmetry = _symmetry(array)
    if symmetry < SYMMETRY:
        doubts.append(
            f"left and right differ (overlap {symmetry:.2f}, expected {SYMMETRY:g} or more)"
        )
    if not doubts:
        return None
    return (
        "The brain mask does not look like a whole adult brain: " + "; ".join(doubts) + ". "
        "Look at its outline; correct it in Slicer, or choose another method or a mask of yours."
    )


def _cropped(mask: sitk.Image) -> sitk.Image:
    """Return the smallest box that holds the brain."""
    shapes = sitk.LabelShapeStatisticsImageFilter()
    shapes.Execute(mask)
    box = shapes.GetBoundingBox(1)
    cropped: sitk.Image = sitk.RegionOfInterest(mask, box[3:], box[:3])
    return cropped


def _about_volume(array: NDArray[np.bool_], spacing: tuple[float, ...]) -> list[str]:
    litres = np.count_nonzero(array) * float(np.prod(spacing)) / 1e6
    low, high = VOLUME_LITRES
    if low <= litres <= high:
        return []
    return [f"its volume is {litres:.2f} litres (expected {low:g} to {high:g})"]


def _about_extent(array: NDArray[np.bool_], spacing: tuple[float, ...]) -> list[str]:
    low, high = EXTENT_MM
    doubts = []
    for axis, name in enumerate(("left to right", "front to back", "bottom to top")):
        extent = array.shape[2 - axis] * spacing[axis]
        if not low <= extent <= high:
            doubts.append(f"it measures {extent:.0f} mm {name} (expected {low:g} to {high:g})")
    return doubts


def _share_of_largest_piece(mask: sitk.Image, array: NDArray[np.bool_]) -> float:
    pieces = sitk.RelabelComponent(sitk.ConnectedComponent(mask, True))
    largest = np.count_nonzero(sitk.GetArrayViewFromImage(pieces) == 1)
    return float(largest) / float(np.count_nonzero(array))


def _symmetry(array: NDArray[np.bool_]) -> float:
    """Overlap with the mirror image about the centroid, to the nearest half voxel."""
    across = array.sum(axis=(0, 1))
    columns = np.arange(array.shape[2])
    # Column c lands on `turn` - c.
    turn = round(2 * float(across @ columns) / float(across.sum()))
    inside = (turn - columns >= 0) & (turn - columns < array.shape[2])
    mirrored = np.zeros_like(array)
    mirrored[:, :, columns[inside]] = array[:, :, turn - columns[inside]]
    return 2.0 * np.count_nonzero(array & mirrored) / (2.0 * np.count_nonzero(array))
