"""From level sets to what a study holds: a labelmap and images (T1 with contrast, FLAIR, T2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.phantom.anatomy import HALF_EXTENT, Anatomy, AnatomyFields
from radiogenomics.phantom.fields import (
    BoolArray,
    FloatArray,
    Grid,
    SplineNoise,
    centred_grid,
    soft_inside,
)
from radiogenomics.phantom.fitting import largest_component, without_specks
from radiogenomics.phantom.tumour import Tumour, TumourFields, TumourTargets

NECROSIS, EDEMA, ENHANCING = 1, 2, 4
"""The labels of the preset `brats`."""

SEQUENCES: tuple[str, ...] = ("t1c", "flair", "t2")
"""The images of a patient."""

SPACING_RANGE: tuple[float, float] = (0.5, 4.0)
"""Voxel sizes in mm: finer is slow and large, coarser leaves rims thinner than a voxel."""

_WHITE, _GREY, _FLUID, _CORE, _RIM, _SWOLLEN = range(6)
# Signal of white matter, grey matter, cerebrospinal fluid, necrosis, enhancing rim and edema.
_SIGNAL: dict[str, tuple[float, float, float, float, float, float]] = {
    "t1c": (470.0, 400.0, 190.0, 250.0, 800.0, 385.0),
    "flair": (150.0, 190.0, 50.0, 225.0, 275.0, 345.0),
    "t2": (155.0, 215.0, 480.0, 430.0, 300.0, 370.0),
}
_NOISE = 0.030  # of the white matter's signal
_BIAS = 0.05
_MOSTLY = 0.85  # of a ROI that is to be one piece
_ISLAND = 3.0  # mm outside, where no rater looks for it any more


@dataclass(frozen=True)
class Phantom:
    """A patient's level sets, sampled on the grid of the images.

    Attributes
    ----------
    grid : Grid
        The whole volume.
    anatomy : AnatomyFields
        The healthy brain on `grid`.
    box : tuple of slice
        The part of `grid`, slices of [z, y, x], that holds the tumour and the edema.
    tumour : TumourFields
        The tumour on ``grid.crop(box)``.
    """

    grid: Grid
    anatomy: AnatomyFields
    box: tuple[slice, slice, slice]
    tumour: TumourFields

    @property
    def brain(self) -> BoolArray:
        """Voxels of the brain, (nz, ny, nx)."""
        return self.anatomy.brain < 0.0


def build_phantom(rng: np.random.Generator, targets: TumourTargets, spacing: float) -> Phantom:
    """Return a patient with a tumour fitted to `targets`, sampled at `spacing` mm."""
    healthy = Anatomy(rng)
    tumour = Tumour(rng, healthy, targets)
    grid = centred_grid(HALF_EXTENT, spacing)
    anatomy = healthy.fields(grid)
    box = grid.box_around(*tumour.box)
    part = AnatomyFields(
        brain=anatomy.brain[box],
        pial=anatomy.pial[box],
        ventricles=anatomy.ventricles[box],
        deep_grey=anatomy.deep_grey[box],
    )
    fields = tumour.fields(grid.crop(box), part)
    # The ROI is one piece, in the images as well as in the labels.
    connected = TumourFields(
        outer=_without_islands(fields.outer),
        core=fields.core,
        edema=_without_islands(fields.edema),
        ventricles=fields.ventricles,
    )
    return Phantom(grid, anatomy, box, connected)


def _without_islands(field: FloatArray) -> FloatArray:
    inside = field < 0.0
    islands = inside & ~largest_component(inside)
    return np.where(islands, np.float32(_ISLAND), field)


def labelmap_of(
    phantom: Phantom,
    outer: FloatArray | float = 0.0,
    core: FloatArray | float = 0.0,
    edema: FloatArray | float = 0.0,
) -> NDArray[np.uint8]:
    """Return the labels of a phantom, each boundary moved outwards by so many mm.

    Parameters
    ----------
    phantom : Phantom
        The patient.
    outer, core, edema : ndarray or float
        How far the boundary of the rim, the necrosis and the edema moves outwards, in mm: one
        value, or one for each voxel of the phantom's box.

    Returns
    -------
    ndarray of uint8, shape (nz, ny, nx)
        0 background, 1 necrosis, 2 edema, 4 enhancing.
    """
    fields = phantom.tumour
    brain = phantom.brain[phantom.box]
    inside = largest_component((fields.outer < outer) & brain)
    necrosis = inside & (fields.core < core)
    around = brain & ~inside
    swollen = without_specks((fields.edema < edema) & around)
    if largest_component(swollen).sum() < _MOSTLY * swollen.sum():
        # A tight outline has cut the edema at a neck that the images show: keep to what they show.
        swollen = without_specks((fields.edema < np.maximum(edema, 0.0)) & around)
    labels = np.zeros(inside.shape, dtype=np.uint8)
    labels[swollen] = EDEMA
    labels[inside] = ENHANCING
    labels[necrosis] = NECROSIS
    whole = np.zeros(phantom.grid.shape, dtype=np.uint8)
    whole[phantom.box] = labels
    return whole


def images_of(phantom: Phantom, rng: np.random.Generator) -> dict[str, NDArray[np.int16]]:
    """Return the images of a phantom: int16, (nz, ny, nx), 0 outside the brain.

    The keys are those of `SEQUENCES`.
    """
    anatomy, box = phantom.anatomy, phantom.box
    ventricles = anatomy.ventricles.copy()
    ventricles[box] = phantom.tumour.ventricles
    fluid = np.maximum(soft_inside(ventricles, 1.5), soft_inside(anatomy.pial - 0.7, 1.2))
    grey = np.maximum(
        soft_inside(anatomy.pial - 3.6, 1.8), 0.75 * soft_inside(anatomy.deep_grey, 2.0)
    )
    texture = 1.0 + np.float32(0.025) * SplineNoise(rng, HALF_EXTENT, 4.0)(phantom.grid)
    bias = 1.0 + np.float32(_BIAS) * SplineNoise(rng, HALF_EXTENT, 55.0)(phantom.grid)
    bias *= texture
    shares = _tumour_shares(phantom, rng, fluid[box])
    outside = ~phantom.brain

    images = {}
    for name in SEQUENCES:
        signal = _SIGNAL[name]
        image = signal[_WHITE] + np.float32(signal[_GREY] - signal[_WHITE]) * grey
        image += (np.float32(signal[_FLUID]) - image) * fluid
        for tissue, share, level in shares:
            image[box] += (np.float32(signal[tissue]) * level - image[box]) * share
        image *= bias
        noise = rng.standard_normal(image.shape, dtype=np.float32)
        image += np.float32(_NOISE * signal[_WHITE]) * noise
        # The brain stays above 0, which is the mark of what skull stripping took away.
        np.maximum(image, 1.0, out=image)
        image[outside] = 0.0
        images[name] = np.rint(image).astype(np.int16)
    return images


def _tumour_shares(
    phantom: Phantom, rng: np.random.Generator, fluid: FloatArray
) -> list[tuple[int, FloatArray, FloatArray]]:
    """Return (tissue, share of the voxel, relative signal) in the order they are painted."""
    tumour = phantom.tumour
    grid = phantom.grid.crop(phantom.box)
    patches = SplineNoise(rng, HALF_EXTENT, 5.0)(grid)
    # Edema is strongest by the tumour and fades over its last millimetres; sulci stay visible.
    depth = np.clip(tumour.edema / np.float32(-9.0), 0.0, 1.0)
    swollen = soft_inside(tumour.edema, 2.0) * (0.72 + 0.28 * depth) * (1.0 - 0.8 * fluid)
    rim = soft_inside(tumour.outer, 1.2)
    core = soft_inside(tumour.core, 1.5)
    tissues = ((_SWOLLEN, swollen, 0.04), (_RIM, rim, 0.11), (_CORE, core, 0.07))
    return [
        (tissue, share, 1.0 + np.float32(spread) * patches) for tissue, share, spread in tissues
    ]
