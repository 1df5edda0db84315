"""Rigid registration of one series of a case to another, by mutual information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.registration.information import information
from radiogenomics.imaging.registration.pyramid import thinned
from radiogenomics.imaging.registration.quality import Match, match
from radiogenomics.imaging.registration.settings import RigidSettings
from radiogenomics.imaging.registration.starts import starts
from radiogenomics.imaging.registration.threads import one_thread
from radiogenomics.study.progress import Progress, silent

QUALITY_THRESHOLD = 0.25
"""Below this a registration is not to be trusted. Where it worked, the quality was 0.39 to 0.74;
between different patients or parts of the body, or with the head upside down, 0.07 to 0.16; with a
good registration then spoiled by 10 mm or 20 degrees, at most 0.21. See docs/imaging.md."""

OVERLAP_THRESHOLD = 0.8
"""Below this part of the head a series is too short to be used without a word."""

STAGE = "registering"

_LEAST_VOXELS = 5


@dataclass(frozen=True, eq=False)
class Registration:
    """Where one image lies in another.

    Attributes
    ----------
    transform
        Maps points of the fixed image to points of the moving one, in mm.
    quality
        How well the images match there, 0 to 1; see `Match`.
    overlap
        The part of the fixed image's head that the moving image covers, 0 to 1.
    warning
        What is doubtful about it and what to do; None where nothing is.
    parameters
        What it was run with.
    """

    transform: sitk.Euler3DTransform
    quality: float
    overlap: float
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
            "overlap": self.overlap,
            "overlap_threshold": OVERLAP_THRESHOLD,
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
        If an image is even, not three-dimensional, not finite, or has fewer than five slices.
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

        tried = starts(small_fixed, small_moving, settings.turns_degrees)
        ranked = sorted(tried, key=agreement, reverse=True)
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
        found = match(fixed, moving, best)
    return Registration(best, found.quality, found.overlap, _warning(found), settings)


def _usable(image: sitk.Image, role: str) -> sitk.Image:
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise InputError(
            f"The {role} image of a registration has {image.GetDimension()} dimensions and "
            f"{image.GetNumberOfComponentsPerPixel()} value(s) a voxel; a volume with three "
            "dimensions and one value is needed. Choose another series."
        )
    if min(image.GetSize()) < _LEAST_VOXELS:
        raise InputError(
            f"The {role} image of a registration has {' x '.join(map(str, image.GetSize()))} "
            f"voxels; at least {_LEAST_VOXELS} each way are needed. Is it a localiser? Choose "
            "another series."
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
    head = _head(fixed, settings.margin_mm)
    method.SetMetricFixedMask(head)
    # The share is one of the whole image, of which only the points inside the mask are kept.
    inside = int((sitk.GetArrayViewFromImage(head) != 0).sum())
    method.SetMetricSamplingPercentage(min(1.0, settings.samples / max(1, inside)), settings.seed)
    # The gradient filter smooths by the largest spacing, which blurs thick slices in plane.
    method.MetricUseMovingImageGradientFilterOff()
    method.SetInterpolator(sitk.sitkLinear)
    method.SetOptimizerAsRegularStepGradientDescent(
        step,
        smallest,
        settings.iterations,
        relaxationFactor=settings.shortening,
        gradientMagnitudeTolerance=1e-8,
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    try:
        method.Execute(fixed, moving)
    except RuntimeError:
        # Too few points of the fixed image fall into the moving one: this start leads nowhere.
        return start
    return transform


def _head(image: sitk.Image, margin_mm: float) -> sitk.Image:
    """Mask what Otsu's threshold tells from air, and a margin around it."""
    radius = [max(1, round(margin_mm / spacing)) for spacing in image.GetSpacing()]
    head: sitk.Image = sitk.BinaryDilate(sitk.OtsuThreshold(image, 0, 1), radius)
    return head


def _warning(found: Match) -> str | None:
    if found.quality < QUALITY_THRESHOLD:
        return (
            f"The registration may have failed: its quality is {found.quality:.2f}, under "
            f"{QUALITY_THRESHOLD:g}. Are both series of the same patient and of the head? Look at "
            "the pictures of the case; if they do not match, choose another series."
        )
    if found.overlap < OVERLAP_THRESHOLD:
        return (
            f"The series covers only {found.overlap:.0%} of the head in the other one; the rest "
            "will be 0. Choose a series that covers all of it, if there is one."
        )
    return None
