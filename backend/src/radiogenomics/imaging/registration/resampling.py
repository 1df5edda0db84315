"""The 1 mm grid of a case, and bringing an image onto it in one interpolation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import numpy as np
import SimpleITK as sitk

from radiogenomics.imaging.volumes import Grid

VOXEL_MM = 1.0
"""Voxel size of a prepared case."""

# Extents are kept by programs to about the precision of 32-bit floats.
_EXTENT_TOLERANCE_MM = 1e-3


def one_mm_grid(image: sitk.Image) -> Grid:
    """Lay an isotropic 1 mm grid over an image's whole extent, with slices as axial as can be.

    The grid keeps the image's own axes, so that nothing is turned that need not be and the slices
    as acquired stay slices. Their order and signs are chosen nearest to left, posterior, superior:
    two shape features are measured in the slices across the third axis, so they must be the
    axial ones for a sagittal or coronal acquisition too. The grid is centred on the image; an
    image of 1 mm keeps its voxels.

    Parameters
    ----------
    image
        Three-dimensional, of any spacing and direction.

    Returns
    -------
    Grid
        Right-handed; every voxel centre lies inside the image.
    """
    columns = np.reshape(image.GetDirection(), (3, 3))
    # sorted() is stable, so that axes at exactly 45 degrees give one order too.
    order = sorted(permutations(range(3)), key=lambda axes: -_along(columns, axes))[0]
    direction = columns[:, order]
    direction = direction * np.where(np.diag(direction) < 0, -1.0, 1.0)
    size = np.array(image.GetSize())
    extent = (size * image.GetSpacing())[list(order)]
    voxels = np.maximum(1, np.ceil(extent / VOXEL_MM - _EXTENT_TOLERANCE_MM)).astype(int)
    centre = image.TransformContinuousIndexToPhysicalPoint(((size - 1) / 2).tolist())
    origin = np.array(centre) - direction @ ((voxels - 1) / 2 * VOXEL_MM)
    nx, ny, nz = voxels.tolist()
    x, y, z = origin.tolist()
    return Grid((nx, ny, nz), (VOXEL_MM,) * 3, (x, y, z), tuple(direction.flatten().tolist()))


def resample(
    image: sitk.Image, grid: Grid, transform: sitk.Transform | Sequence[sitk.Transform] = ()
) -> sitk.Image:
    """Bring an image onto a grid in one linear interpolation; outside the image is 0.

    Parameters
    ----------
    image
        Three-dimensional, as read.
    grid
        Of the result.
    transform
        Maps points of the grid to points of the image, in mm. Of several, the last is applied to
        the points of the grid, the first yields points of the image; they are composed, and the
        image is interpolated once.

    Returns
    -------
    SimpleITK.Image
        32-bit floats on the grid.
    """
    steps = [transform] if isinstance(transform, sitk.Transform) else list(transform)
    composed = sitk.CompositeTransform(3)
    for step in steps:
        composed.AddTransform(step)
    resampler = sitk.ResampleImageFilter()
    resampler.SetSize(grid.size)
    resampler.SetOutputSpacing(grid.spacing)
    resampler.SetOutputOrigin(grid.origin)
    resampler.SetOutputDirection(grid.direction)
    resampler.SetInterpolator(sitk.sitkLinear)
    resampler.SetDefaultPixelValue(0.0)
    resampler.SetTransform(composed)
    resampled: sitk.Image = resampler.Execute(sitk.Cast(image, sitk.sitkFloat32))
    return resampled


def _along(columns: np.ndarray, axes: tuple[int, ...]) -> float:
    """How well axes taken in this order go along left, posterior, superior: 1 to 3."""
    return float(np.round(np.abs(np.diag(columns[:, axes])).sum(), 9))
