"""Laying the series of a case over each other, on one grid of 1 mm. SimpleITK."""

from radiogenomics.imaging.registration.bias import correct_bias
from radiogenomics.imaging.registration.resampling import VOXEL_MM, one_mm_grid, resample
from radiogenomics.imaging.registration.rigid import (
    OVERLAP_THRESHOLD,
    QUALITY_THRESHOLD,
    Registration,
    register_rigid,
)
from radiogenomics.imaging.registration.settings import BiasSettings, RigidSettings

__all__ = [
    "OVERLAP_THRESHOLD",
    "QUALITY_THRESHOLD",
    "VOXEL_MM",
    "BiasSettings",
    "Registration",
    "RigidSettings",
    "correct_bias",
    "one_mm_grid",
    "register_rigid",
    "resample",
]
