"""A brain mask that is there already: in a file, or in an image that is stripped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from radiogenomics.errors import LabelmapError
from radiogenomics.imaging.skull.mask import BrainMask
from radiogenomics.imaging.skull.plausibility import warning_about
from radiogenomics.imaging.skull.running import binary, is_empty
from radiogenomics.imaging.volumes import Volume, grid_of, place, read_volume
from radiogenomics.study.case import sha256_of

FROM_FILE = "file"
ALREADY_STRIPPED = "already stripped"

_LEAST_COVERED = 0.99
"""Share of a given mask that must lie inside of the image; the rest would be lost."""


def mask_from_file(path: Path, image: sitk.Image) -> BrainMask:
    """Take a brain mask that the user has.

    Parameters
    ----------
    path
        A volume of two values, 0 and another, in the space of the image.
    image
        The image that is to be stripped. A mask on another grid is resampled to this one by the
        nearest neighbour, and the warning says so.

    Returns
    -------
    BrainMask
        Its parameters name the file and its SHA-256, and whether it was resampled.

    Raises
    ------
    InputError
        If the file is missing.
    LabelmapError
        If it cannot be read, is empty, has more values than two, or lies elsewhere than the image.
    """
    given = read_volume(path)
    mask = _image_of(given, path)
    grid = grid_of(image)
    resampled = not given.grid.matches(grid)
    doubts = []
    if resampled:
        mask = _on_grid(mask, image, path)
        doubts.append(
            f"The brain mask {path.name} ({given.grid.describe()}) does not lie on the grid of the "
            f"image ({grid.describe()}): it was resampled to it by the nearest neighbour."
        )
    mask.CopyInformation(image)
    implausible = warning_about(mask)
    if implausible:
        doubts.append(implausible)
    parameters = {
        "file": path.name,
        "sha256": sha256_of(path),
        "resampled": "nearest neighbour" if resampled else "no",
    }
    return BrainMask(mask, FROM_FILE, "", parameters, " ".join(doubts) or None)


def mask_of_stripped(image: sitk.Image) -> BrainMask:
    """Return the brain of an image that is stripped already: where it is not 0, holes filled.

    Raises
    ------
    LabelmapError
        If the image is 0 everywhere.
    """
    array = sitk.GetArrayViewFromImage(image)
    occupied = sitk.GetImageFromArray((array != 0).astype(np.uint8))
    if is_empty(occupied):
        raise LabelmapError("The image is 0 everywhere; there is no brain in it.")
    # A voxel of the brain may be 0 by chance.
    mask = sitk.BinaryFillhole(occupied, fullyConnected=False)
    mask.CopyInformation(image)
    return BrainMask(mask, ALREADY_STRIPPED, "", {}, warning_about(mask))


def _image_of(given: Volume, path: Path) -> sitk.Image:
    values = np.unique(given.array)
    if values.size == 1 and values[0] == 0:
        raise LabelmapError(f"{path} is empty: it has no voxel of brain. Draw or export it again.")
    if values.size > 2 or 0 not in values:
        shown = ", ".join(f"{value:g}" for value in values[:5]) + (" ..." * (values.size > 5))
        raise LabelmapError(
            f"{path} is no brain mask: a mask has two values, 0 and another, and this has "
            f"{values.size} ({shown}). Give the mask, not the stripped image or a segmentation."
        )
    mask = sitk.GetImageFromArray((given.array != 0).astype(np.uint8))
    place(mask, given.grid)
    return mask


def _on_grid(mask: sitk.Image, image: sitk.Image, path: Path) -> sitk.Image:
    resampled = binary(
        sitk.Resample(mask, image, sitk.Transform(), sitk.sitkNearestNeighbor, 0, sitk.sitkUInt8)
    )
    before, after = (_millilitres(volume) for volume in (mask, resampled))
    if after < _LEAST_COVERED * before:
        raise LabelmapError(
            f"{path} does not cover the image: only {after / before:.0%} of its brain lies inside. "
            "Is it of another patient, or in an atlas's space? Give one in the image's space."
        )
    return resampled


def _millilitres(mask: sitk.Image) -> float:
    voxels = np.count_nonzero(sitk.GetArrayViewFromImage(mask))
    return voxels * float(np.prod(mask.GetSpacing())) / 1e3
