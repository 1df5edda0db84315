"""Thinning images whose slices are thicker than their pixels."""

from __future__ import annotations

import SimpleITK as sitk

# A Gaussian of half the new voxel size keeps most of what a coarser grid would alias.
_SIGMA_PER_MM = 0.5


def thinned(image: sitk.Image, voxel_mm: float) -> sitk.Image:
    """Smooth and thin an image along those axes that are finer than the voxel size wanted.

    Parameters
    ----------
    image
        Three-dimensional, of floats.
    voxel_mm
        Voxel size wanted; an axis keeps its own where that is more than two thirds of it.

    Returns
    -------
    SimpleITK.Image
        At the same place; spacing a whole multiple of the image's.
    """
    factors = [max(1, round(voxel_mm / spacing)) for spacing in image.GetSpacing()]
    factors = [min(factor, size) for factor, size in zip(factors, image.GetSize(), strict=True)]
    for axis, factor in enumerate(factors):
        # The recursive filter needs four voxels; with fewer there is nothing to thin.
        if factor > 1 and image.GetSize()[axis] >= 4:
            gaussian = sitk.RecursiveGaussianImageFilter()
            gaussian.SetDirection(axis)
            gaussian.SetSigma(_SIGMA_PER_MM * factor * image.GetSpacing()[axis])
            image = gaussian.Execute(image)
    small: sitk.Image = sitk.Shrink(image, factors)
    return small
