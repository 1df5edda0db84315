"""A healthy brain as level sets: hemispheres, cerebellum, stem, sulci, ventricles, deep nuclei.

It is drawn, not taken from an atlas: enough for a picture that reads as a brain and for a tumour
that has to stay inside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiogenomics.phantom.fields import FloatArray, Grid, Point, SplineNoise, ellipsoid

# Half the box that holds every brain, (z, y, x) in mm: 88 x 112 x 96 voxels of 1.5 mm.
HALF_EXTENT: Point = (66.0, 84.0, 72.0)

_CEREBRUM_CENTRE: Point = (6.0, -1.0, 0.0)
_CEREBRUM: Point = (52.0, 74.0, 63.0)
_CEREBELLUM_CENTRE: Point = (-35.0, 40.0, 0.0)
_CEREBELLUM: Point = (22.0, 30.0, 46.0)
_STEM_CENTRE: Point = (-40.0, 12.0, 0.0)
_STEM: Point = (24.0, 13.0, 13.0)
_TEMPORAL_CENTRE: Point = (-19.0, -8.0, 38.0)
_TEMPORAL: Point = (21.0, 38.0, 22.0)
_SULCUS_DEPTH = 17.0


@dataclass(frozen=True)
class AnatomyFields:
    """The anatomy sampled on a grid; every array is float32 with the grid's shape, in mm.

    Attributes
    ----------
    brain : below 0 inside the brain.
    pial : distance to the nearest sulcus, fissure or outer surface, meaningful inside the brain.
    ventricles : below 0 inside the ventricles.
    deep_grey : below 0 inside the thalamus and the putamen.
    """

    brain: FloatArray
    pial: FloatArray
    ventricles: FloatArray
    deep_grey: FloatArray


class Anatomy:
    """One patient's healthy brain.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of what differs between people: size, asymmetry, folding, ventricles.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._scale = float(np.clip(rng.normal(1.0, 0.02), 0.96, 1.03))
        self._ventricle_scale = float(np.clip(rng.normal(1.0, 0.18), 0.65, 1.5))
        self._asymmetry = SplineNoise(rng, HALF_EXTENT, 26.0)
        self._folds = SplineNoise(rng, HALF_EXTENT, 6.5)
        self._midline = SplineNoise(rng, HALF_EXTENT, 22.0)

    def depth_at(self, point: Point) -> float:
        """Return the depth in mm of `point` (z, y, x) below the brain's outer surface."""
        z, y, x = (np.array([value], dtype=np.float32) for value in point)
        return -float(self._brain(Grid(z, y, x))[0, 0, 0])

    def fields(self, grid: Grid) -> AnatomyFields:
        """Return the anatomy's level sets on `grid`."""
        brain = self._brain(grid)
        return AnatomyFields(
            brain=brain,
            pial=self._pial(grid, -brain),
            ventricles=self._ventricles(grid),
            deep_grey=_deep_grey(grid),
        )

    def _brain(self, grid: Grid) -> FloatArray:
        z, y, _ = grid.broadcast
        scale = self._scale
        cerebrum_axes = (_CEREBRUM[0] * scale, _CEREBRUM[1] * scale, _CEREBRUM[2] * scale)
        cerebrum = (ellipsoid(grid, _CEREBRUM_CENTRE, cerebrum_axes) - 1.0) * 62.0
        # The skull base cuts the hemispheres off; the temporal lobes hang below at the sides.
        base = -14.0 - z - 0.1 * y
        cerebrum = 0.5 * (cerebrum + base + np.hypot(cerebrum - base, 9.0))
        folded = Grid(grid.z, grid.y, np.abs(grid.x))
        temporal = (ellipsoid(folded, _TEMPORAL_CENTRE, _TEMPORAL) - 1.0) * 22.0
        cerebrum = 0.5 * (cerebrum + temporal - np.hypot(cerebrum - temporal, 7.0))
        cerebellum = (ellipsoid(grid, _CEREBELLUM_CENTRE, _CEREBELLUM) - 1.0) * 28.0
        stem = (ellipsoid(grid, _STEM_CENTRE, _STEM) - 1.0) * 13.0
        brain: FloatArray = np.minimum(np.minimum(cerebrum, cerebellum), stem)
        brain += np.clip(2.2 * self._asymmetry(grid), -4.4, 4.4)
        return brain

    def _pial(self, grid: Grid, depth: FloatArray) -> FloatArray:
        z, y, x = grid.broadcast
        # The zero set of the folding noise serves as sulci; 3.2 mm turns its values into distances.
        sulcus = np.hypot(3.2 * self._folds(grid), np.maximum(depth - _SULCUS_DEPTH, 0.0))
        # The falx lies in the midplane everywhere but around the corpus callosum.
        around_callosum = np.sqrt(((y - 2.0) / 52.0) ** 2 + ((z + 6.0) / 34.0) ** 2)
        covered = 30.0 * np.maximum(1.0 - around_callosum, 0.0)
        fissure = np.hypot(x + 1.2 * self._midline(grid), covered)
        pial: FloatArray = np.minimum(np.minimum(depth + 1.5, sulcus), fissure)
        return pial

    def _ventricles(self, grid: Grid) -> FloatArray:
        z, y, x = grid.broadcast
        # Two arched tubes, apart at both ends; their centre lines are functions of y alone.
        along = (y + 2.0) / 40.0
        middle_x = 7.5 + 9.0 * along**2 + 5.0 * np.maximum(along, 0.0)
        middle_z = 12.0 - 7.0 * along**2 - 4.0 * along
        taper = np.sqrt(np.maximum(1.0 - along**2, 0.0))
        radius_x, radius_z = 5.0 * self._ventricle_scale, 8.0 * self._ventricle_scale
        across = np.hypot((np.abs(x) - middle_x) / radius_x, (z - middle_z) / radius_z)
        lateral = (across - taper) * radius_x
        third = (ellipsoid(grid, (0.0, 2.0, 0.0), (9.0, 13.0, 2.2)) - 1.0) * 2.2
        ventricles: FloatArray = np.minimum(lateral, third).astype(np.float32)
        return ventricles


def _deep_grey(grid: Grid) -> FloatArray:
    folded = Grid(grid.z, grid.y, np.abs(grid.x))
    thalamus = (ellipsoid(folded, (2.0, 9.0, 11.0), (9.0, 13.0, 8.0)) - 1.0) * 8.0
    putamen = (ellipsoid(folded, (2.0, -6.0, 27.0), (11.0, 18.0, 6.0)) - 1.0) * 6.0
    deep: FloatArray = np.minimum(thalamus, putamen)
    return deep
