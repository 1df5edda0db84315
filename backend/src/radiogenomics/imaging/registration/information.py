"""How much the intensities of one image tell about those of another at the same places."""

from __future__ import annotations

from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray


def information(
    fixed: sitk.Image, moving: sitk.Image, transform: sitk.Transform, bins: int
) -> float:
    """Mutual information over the overlap, as a fraction of the smaller entropy: 0 to 1.

    0 where the images do not overlap or one of them is even.
    """
    here = sitk.GetArrayViewFromImage(fixed).ravel()
    there = sitk.Resample(moving, fixed, transform, sitk.sitkLinear, float("nan"))
    values = sitk.GetArrayViewFromImage(there).ravel()
    overlap = np.isfinite(values)
    if not overlap.any():
        return 0.0
    joint, _, _ = np.histogram2d(here[overlap], values[overlap], bins=bins)
    joint /= joint.sum()
    first, second = _entropy(joint.sum(axis=0)), _entropy(joint.sum(axis=1))
    if min(first, second) <= 0:
        return 0.0
    return (first + second - _entropy(joint.ravel())) / min(first, second)


def _entropy(probabilities: NDArray[Any]) -> float:
    held = probabilities[probabilities > 0]
    return float(-(held * np.log(held)).sum())
