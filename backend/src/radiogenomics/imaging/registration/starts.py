"""Where a rigid registration begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import SimpleITK as sitk


def starts(
    fixed: sitk.Image, moving: sitk.Image, turns_degrees: Sequence[float]
) -> Iterator[sitk.Euler3DTransform]:
    """Yield transforms from fixed to moving points, the one that the headers tell first.

    The headers, the middles of the two images, and those of their contents; each as it is and with
    the head turned about every axis, either way.
    """
    middle = _centre_of_mass(fixed)
    offsets: list[tuple[float, ...]] = [
        (0.0, 0.0, 0.0),
        tuple(np.subtract(_centre(moving), _centre(fixed)).tolist()),
        tuple(np.subtract(_centre_of_mass(moving), middle).tolist()),
    ]
    turns = [np.zeros(3)]
    for axis, angle, sign in product(range(3), turns_degrees, (1, -1)):
        turns.append(np.eye(3)[axis] * sign * np.deg2rad(angle))
    for offset, turn in product(offsets, turns):
        start = sitk.Euler3DTransform()
        start.SetCenter(middle)
        start.SetRotation(*turn.tolist())
        start.SetTranslation(offset)
        yield start


def _centre(image: sitk.Image) -> tuple[float, ...]:
    middle: tuple[float, ...] = image.TransformContinuousIndexToPhysicalPoint(
        [(size - 1) / 2 for size in image.GetSize()]
    )
    return middle


def _centre_of_mass(image: sitk.Image) -> tuple[float, ...]:
    values = sitk.GetArrayFromImage(image).astype(float)
    values -= values.min()
    total = values.sum()
    index = [
        float((values.sum(axis=tuple({0, 1, 2} - {axis})) * np.arange(size)).sum() / total)
        for axis, size in enumerate(values.shape)
    ]
    centre: tuple[float, ...] = image.TransformContinuousIndexToPhysicalPoint(index[::-1])
    return centre
