"""Rigid registration of one series of a case to another, by mutual information."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.registration.information import information
from radiogenomics.imaging.registration.pyramid import thinned
from radiogenomics.imaging.registration.settings import RigidSettings
from radiogenomics.imaging.registration.threads import one_thread
from radiogenomics.study.progress import Progress, silent

QUALITY_THRESHOLD = 0.1
"""Below this a registration is not to be trusted."""

STAGE = "registering"


@dataclass(frozen=True, eq=False)
class Registration:
    """Where one image lies in another.

    Attributes
    ----------
    transform
        Maps points of the fixed image to points of the moving one, in mm.
    quality
        Mutual information over the overlap as a fraction of the smaller entropy, 0 to 1.
    warning
        What is doubtful about it and what to do; None where nothing is.
    parameters
        What it was run with.
    """

    transform: sitk.Euler3DTransform
    quality: float
    warning: str | None
    parameters: RigidSettings

    def as_record(self) -> dict[str, Any]:
        """Plain values for ``provenance.json``; the matrix (4, 4) maps fixed to moving points."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.reshape(self.transform.GetMatrix(), (3, 3))
        matrix[:3, 3] = self.transform.TransformPoint((0.0, 0.0, 0.0))
        return {
            "matrix_lps_mm": matrix.tolist(),
            "centre_mm": list(self.transform.GetCenter()),
            "angles_radians": list(self.transform.GetParameters()[:3]),
            "translation_mm": list(self.transform.GetParameters()[3:]),
            "quality": self.quality,
            "quality_threshold": QUALITY_THRESHOLD,
            "warning": self.warning,
            "parameters": self.parameters.as_record(),
            "simpleitk": sitk.Version.VersionString(),
        }


def register_rigid(
    moving: sitk.Image,
    fixed: sitk.Image,
    *,
    settings: RigidSettings | None = None,
    progress: Progress = silent,
) -> Registration:
    """Find the rigid transform that lays a series over another of the same patient.

    Starts from the headers, from the middles of the images and of their contents, each also turned
    about every axis; the best are refined, coarse to fine. The same images give the same transform
    bit for bit, on any number of processors.

    Parameters
    ----------
    moving, fixed
        Three-dimensional images of intensities.
    settings
        By default `RigidSettings()`.
    progress
        Told after every level.

    Raises
    ------
    InputError
        If an image is even, not three-dimensional or not finite.
    """
    settings = settings or RigidSettings()
    fixed, moving = _usable(fixed, "fixed"), _usable(moving, "moving")
    steps = len(settings.level_mm)
    with one_thread():
        progress(STAGE, 0, steps, "looking for a start")
        small_fixed = thinned(fixed, settings.level_mm[0])
        small_moving = thinned(moving, settings.level_mm[0])

        def agreement(transform: sitk.Transform) -> float:
            return information(small_fixed, small_moving, transform, settings.bins)

        ranked = sorted(_starts(small_fixed, small_moving, settings), key=agreement, reverse=True)
        candidates = [
            _refined(small_fixed, small_moving, start, settings, 0)
            for start in ranked[: settings.starts_refined]
        ]
        best = max(candidates, key=agreement)
        progress(STAGE, 1, steps, f"{settings.level_mm[0]:g} mm")
        for level, voxel_mm in enumerate(settings.level_mm[1:], 1):
            best = _refined(
                thinned(fixed, voxel_mm), thinned(moving, voxel_mm), best, settings, level
            )
            progress(STAGE, level + 1, steps, f"{voxel_mm:g} mm")
        quality = agreement(best)
    return Registration(best, quality, _warning(quality), settings)


def _usable(image: sitk.Image, role: str) -> sitk.Image:
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(
            f"The {role} image of a registration has {image.GetDimension()} dimensions and "
            f"{image.GetNumberOfComponentsPerPixel()} value(s) a voxel; a volume with three "
            "dimensions and one value is needed. Choose another series."
        )
    values = sitk.GetArrayViewFromImage(image)
    if not np.isfinite(values).all():
        raise InputError(
            f"The {role} image of a registration holds values that are no numbers. Export it again."
        )
    if values.min() == values.max():
        raise InputError(
            f"The {role} image of a registration is empty: all its voxels are {values.max():g}. "
            "Choose another series."
        )
    floats: sitk.Image = sitk.Cast(image, sitk.sitkFloat32)
    return floats


def _starts(
    fixed: sitk.Image, moving: sitk.Image, settings: RigidSettings
) -> Iterator[sitk.Euler3DTransform]:
    middle = _centre_of_mass(fixed)
    offsets: list[tuple[float, ...]] = [
        (0.0, 0.0, 0.0),
        tuple(np.subtract(_centre(moving), _centre(fixed)).tolist()),
        tuple(np.subtract(_centre_of_mass(moving), middle).tolist()),
    ]
    turns = [np.zeros(3)]
    for axis, angle, sign in product(range(3), settings.turns_degrees, (1, -1)):
        turns.append(np.eye(3)[axis] * sign * np.deg2rad(angle))
    for offset, turn in product(offsets, turns):
        start = sitk.Euler3DTransform()
        start.SetCenter(middle)
        start.SetRotation(*turn.tolist())
        start.SetTranslation(offset)
        yield start


def _refined(
    fixed: sitk.Image,
    moving: sitk.Image,
    start: sitk.Euler3DTransform,
    settings: RigidSettings,
    level: int,
) -> sitk.Euler3DTransform:
    step = settings.first_step_mm / 2**level
    smallest = settings.last_step_mm * 2 ** (len(settings.level_mm) - 1 - level)
    transform = sitk.Euler3DTransform(start)
    method = sitk.ImageRegistrationMethod()
    method.SetMetricAsMattesMutualInformation(settings.bins)
    method.SetMetricSamplingStrategy(method.REGULAR)
    share = min(1.0, settings.samples / fixed.GetNumberOfPixels())
    method.SetMetricSamplingPercentage(share, settings.seed)
    # The gradient filter smooths by the largest spacing, which blurs thick slices in plane.
    method.MetricUseMovingImageGradientFilterOff()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        step, smallest, settings.iterations, gradientMagnitudeTolerance=1e-8
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError:
        # Too few points of the fixed image fall into the moving one: this start leads nowhere.
        return start
    return transform


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


def _warning(quality: float) -> str | None:
    if quality >= QUALITY_THRESHOLD:
        return None
    return (
        f"The registration may have failed: its quality is {quality:.3f}, under "
        f"{QUALITY_THRESHOLD:g}. Look at the pictures of the case, and choose another series or "
        "register it by hand if they do not match."
    )
