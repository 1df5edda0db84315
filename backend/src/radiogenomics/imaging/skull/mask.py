"""A brain mask: what it is, and whether it can be one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import SimpleITK as sitk


@dataclass(frozen=True, eq=False)
class BrainMask:
    """The voxels of an image that are brain.

    Attributes
    ----------
    mask
        8-bit image on the grid of the image that was stripped: 1 is brain, 0 is not.
    method
        What made it, such as ``robex`` or ``file``.
    version
        Version of what made it; empty for a mask that was given.
    parameters
        What it was made with, for the record: plain values by name.
    warning
        Why the mask may be wrong, for the user; None where nothing speaks against it.
    """

    mask: sitk.Image
    method: str
    version: str
    parameters: Mapping[str, str | float] = field(default_factory=dict)
    warning: str | None = None


def strip(image: sitk.Image, brain: BrainMask) -> sitk.Image:
    """Return the image with 0 outside of the brain; it lies on the grid of the mask."""
    stripped: sitk.Image = sitk.Mask(image, brain.mask)
    return stripped
