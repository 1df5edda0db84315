"""One phantom patient by seed, with the labels that its images show."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.phantom.sampling import (
    EDEMA,
    ENHANCING,
    NECROSIS,
    SPACING_RANGE,
    build_phantom,
    images_of,
    labelmap_of,
)
from radiogenomics.phantom.tumour import TYPICAL_TARGETS


@dataclass(frozen=True)
class PhantomCase:
    """A phantom patient's images and what is true in them.

    Attributes
    ----------
    seed : int
        What it was made from.
    spacing : tuple of float
        Voxel size (sx, sy, sz) in mm.
    origin : tuple of float
        Position (x, y, z) in mm of the first voxel's centre, x to the patient's left, y to the
        back, z up (LPS), so that the middle of the volume is at 0. The array's axes run along
        these directions.
    images : dict of str to ndarray of int16, shape (nz, ny, nx)
        ``t1c``, ``flair`` and ``t2``, skull-stripped: 0 outside the brain and above 0 inside.
    labelmap : ndarray of uint8, shape (nz, ny, nx)
        The regions that the images show, which no rater has drawn; 0 elsewhere.
    labels : dict of str to int
        The value of each region in the labelmap: ``enhancing``, ``edema``, ``necrosis``.
    """

    seed: int
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    images: dict[str, NDArray[np.int16]]
    labelmap: NDArray[np.uint8]
    labels: dict[str, int]

    def ijk_to_ras(self) -> NDArray[np.float64]:
        """Return the 4 x 4 matrix from voxel indices (i, j, k) to Slicer's (R, A, S) in mm."""
        lps_to_ras = np.array((-1.0, -1.0, 1.0))
        matrix = np.eye(4)
        matrix[:3, :3] = np.diag(lps_to_ras * self.spacing)
        matrix[:3, 3] = lps_to_ras * self.origin
        return matrix


def phantom_case(seed: int, spacing: float = 1.0) -> PhantomCase:
    """Return the phantom patient of a seed.

    The seed decides the brain, the place of the tumour and its outline; its volumes and
    sphericities are about the medians of published cohorts, for every seed.

    Parameters
    ----------
    seed : int
        Not negative; the same seed gives the same patient, at every spacing.
    spacing : float
        Voxel size of the images in mm, 0.5 to 4.

    Raises
    ------
    InputError
        If an argument is outside what is stated above.
    """
    if seed < 0:
        raise InputError(f"the seed of a phantom must not be negative, and is {seed}")
    low, high = SPACING_RANGE
    if not (math.isfinite(spacing) and low <= spacing <= high):
        raise InputError(f"the spacing of a phantom is {low} to {high} mm, not {spacing}")
    shapes, noise = (np.random.default_rng(key) for key in np.random.SeedSequence(seed).spawn(2))
    phantom = build_phantom(shapes, TYPICAL_TARGETS, spacing)
    grid = phantom.grid
    return PhantomCase(
        seed=seed,
        spacing=(spacing, spacing, spacing),
        origin=(float(grid.x[0]), float(grid.y[0]), float(grid.z[0])),
        images=images_of(phantom, noise),
        labelmap=labelmap_of(phantom),
        labels={"enhancing": ENHANCING, "edema": EDEMA, "necrosis": NECROSIS},
    )
