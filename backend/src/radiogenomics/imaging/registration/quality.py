"""How well one image matches another, by a measure that the registration did not optimise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray
from scipy import ndimage

from radiogenomics.imaging.registration.pyramid import thinned

_VOXEL_MM = 3.0
_NEIGHBOURHOOD_MM = 15.0

# Where an image hardly varies there is nothing to correlate but noise.
_LEAST_VARIANCE = 1e-3


@dataclass(frozen=True)
class Match:
    """How well a moving image matches a fixed one.

    Attributes
    ----------
    quality
        The squared correlation of the two images within neighbourhoods of 15 mm, averaged over the
        head: 0 to 1, the share of the local differences in brightness that one tells about the
        other, whatever their contrasts.
    overlap
        The part of the fixed image's head that the moving image covers, 0 to 1.
    """

    quality: float
    overlap: float


def match(fixed: sitk.Image, moving: sitk.Image, transform: sitk.Transform) -> Match:
    """Compare two images of floats at a transform from fixed to moving points."""
    small = thinned(fixed, _VOXEL_MM)
    moved = sitk.Resample(
        thinned(moving, _VOXEL_MM), small, transform, sitk.sitkLinear, float("nan")
    )
    here = sitk.GetArrayFromImage(small).astype(float)
    there = sitk.GetArrayFromImage(moved).astype(float)
    head = sitk.GetArrayFromImage(sitk.OtsuThreshold(small, 0, 1)) != 0
    covered = np.isfinite(there)
    if not (head & covered).any():
        return Match(0.0, 0.0)
    overlap = float((head & covered).sum() / head.sum())
    box = [
        max(1, round(_NEIGHBOURHOOD_MM / spacing)) | 1 for spacing in reversed(small.GetSpacing())
    ]
    squared, varied = _local_correlation(here, np.where(covered, there, 0.0), box)
    # A voxel beside the moving image's edge would be compared with the nothing outside it.
    counted = head & ndimage.binary_erosion(covered, border_value=1) & varied
    quality = float(squared[counted].mean()) if counted.any() else 0.0
    # Sums may differ in the last digit between kinds of processors; a record should not.
    return Match(round(quality, 6), round(overlap, 6))


def _local_correlation(
    first: NDArray[np.float64], second: NDArray[np.float64], box: list[int]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Squared correlation in the box around every voxel, and where both vary."""

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        averaged: NDArray[np.float64] = ndimage.uniform_filter(values, box, mode="nearest")
        return averaged

    # About zero and of variance 1, so that the differences of squares keep their digits.
    first, second = ((values - values.mean()) / (values.std() or 1.0) for values in (first, second))
    mean_first, mean_second = mean(first), mean(second)
    variance_first = mean(first**2) - mean_first**2
    variance_second = mean(second**2) - mean_second**2
    covariance = mean(first * second) - mean_first * mean_second
    varied = (variance_first > _LEAST_VARIANCE) & (variance_second > _LEAST_VARIANCE)
    squared = np.zeros_like(first)
    squared[varied] = covariance[varied] ** 2 / (variance_first * variance_second)[varied]
    return np.minimum(squared, 1.0), varied
