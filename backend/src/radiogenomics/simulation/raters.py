"""Raters who outline the same tumour and disagree a little.

Each rater has habits, the same for every patient (outlines a little generously or tightly), and
draws each boundary with a smooth error of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.phantom.anatomy import HALF_EXTENT
from radiogenomics.phantom.fields import FloatArray, SplineNoise
from radiogenomics.phantom.sampling import Phantom, labelmap_of

BOUNDARY_SD: dict[str, float] = {"outer": 0.45, "core": 0.45, "edema": 0.85}
"""Standard deviation in mm of a rater's smooth error at each boundary."""

BIAS_SD: dict[str, float] = {"outer": 0.15, "core": 0.15, "edema": 0.30}
"""Standard deviation in mm between raters of their habit at each boundary."""

_PITCH = 7.0  # mm: an error goes on over about two centimetres of boundary
_FURTHER_RATER = 0.6


@dataclass(frozen=True)
class RaterBias:
    """How far a rater draws each boundary outside the truth, in mm; negative is inside."""

    outer: float
    core: float
    edema: float


def draw_bias(rng: np.random.Generator) -> RaterBias:
    """Return the habits of one rater."""
    outer, core, edema = (float(rng.normal(0.0, BIAS_SD[name])) for name in BIAS_SD)
    return RaterBias(outer=outer, core=core, edema=edema)


def draw_readers(rng: np.random.Generator, n_raters: int) -> tuple[int, ...]:
    """Return the indices of the raters who read a patient: the first, and chance for the others."""
    further = rng.random(n_raters - 1) < _FURTHER_RATER
    return (0, *(int(index) + 1 for index in np.flatnonzero(further)))


def segment(rng: np.random.Generator, phantom: Phantom, bias: RaterBias) -> NDArray[np.uint8]:
    """Return a rater's labelmap of a phantom, uint8 of shape (nz, ny, nx), labels 0, 1, 2, 4.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of the rater's errors on this patient.
    phantom : Phantom
        The patient.
    bias : RaterBias
        The rater's habits.
    """
    grid = phantom.grid.crop(phantom.box)

    def moved(boundary: str, habit: float) -> FloatArray:
        error = SplineNoise(rng, HALF_EXTENT, _PITCH)(grid)
        return np.float32(habit) + np.float32(BOUNDARY_SD[boundary]) * error

    outer, core = moved("outer", bias.outer), moved("core", bias.core)
    return labelmap_of(phantom, outer=outer, core=core, edema=moved("edema", bias.edema))
