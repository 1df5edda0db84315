"""Thinning images whose slices are thicker than their pixels."""

from __future__ import annotations

import SimpleITK as sitk


def thinned(image: sitk.Image, voxel_mm: float) -> sitk.Image:
    """Average whole numbers of voxels along those axes that are finer than the size wanted.

    Averages rather than picks (`sitk.Shrink`): that filter takes a voxel beside the middle of an
    even number, on the side that rounding falls to, and so moves an image by up to half a voxel,
    not the same way for all directions of its axes.

    Parameters
    ----------
    image
        Three-dimensional, of floats.
    voxel_mm
        Voxel size wanted; an axis keeps its own where that is more than two thirds of it.

    Returns
    -------
    SimpleITK.Image
        At the same place; spacing a whole multiple of the image's. What is left over at the upper
        end of an axis is dropped.
    """
    wanted = [max(1, round(voxel_mm / spacing)) for spacing in image.GetSpacing()]
    factors = [min(factor, size) for factor, size in zip(wanted, image.GetSize(), strict=True)]
    small: sitk.Image = sitk.BinShrink(image, factors)
    return small
