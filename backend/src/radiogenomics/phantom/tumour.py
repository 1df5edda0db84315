"""A tumour fitted to four numbers: volume and sphericity of the enhancing ROI and of the edema.

The shapes are level sets of a distance plus smooth noise. One parameter of each ROI, its
irregularity, raises the noise; it is searched for the sphericity asked for, and the level of the
set for the volume. So the two numbers of a ROI vary independently of each other and of the
other ROI, as far as geometry lets them: a thin edema around a large tumour cannot be compact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiogenomics.phantom.anatomy import HALF_EXTENT, Anatomy, AnatomyFields
from radiogenomics.phantom.fields import (
    FloatArray,
    Grid,
    Point,
    SplineNoise,
    centred_grid,
    ellipsoid,
)
from radiogenomics.phantom.fitting import bisect, largest_component, level_for, sphericity_of

# The edema is fitted on voxels of this size, the tumour on ones that scale with it.
_EDEMA_FIT_SPACING = 2.4
_TUMOUR_FIT_STEPS = 9.0
_FINGER_VOLUME = 60_000.0  # mm³ of edema at which fingers have the size of their noise
_MARGIN = 0.8  # mm of brain left between a ROI and the outer surface


@dataclass(frozen=True)
class TumourTargets:
    """What a tumour is fitted to: volumes in mm³, sphericities without unit."""

    enhancing_volume: float
    enhancing_sphericity: float
    edema_volume: float
    edema_sphericity: float


TYPICAL_TARGETS = TumourTargets(
    enhancing_volume=22_000.0,
    enhancing_sphericity=0.43,
    edema_volume=60_000.0,
    edema_sphericity=0.38,
)
"""The medians of published cohorts."""


@dataclass(frozen=True)
class TumourFields:
    """The tumour sampled on a grid: float32, the grid's shape, about mm, below 0 inside.

    Attributes
    ----------
    outer : the outer boundary of the enhancing rim.
    core : the necrosis, inside `outer`.
    edema : the edema, which goes on beneath `outer`.
    ventricles : the ventricles, squeezed beside the tumour.
    """

    outer: FloatArray
    core: FloatArray
    edema: FloatArray
    ventricles: FloatArray


class Tumour:
    """A glioblastoma in a brain.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of place, orientation and outline.
    anatomy : Anatomy
        The brain it grows in.
    targets : TumourTargets
        The volumes and sphericities it is fitted to.
    """

    def __init__(self, rng: np.random.Generator, anatomy: Anatomy, targets: TumourTargets) -> None:
        self._targets = targets
        # A more ragged tumour has the larger necrosis, as the thin rim lowers the sphericity too.
        raggedness = float(np.log(0.42 / targets.enhancing_sphericity))
        share = 0.31 + 0.42 * raggedness + rng.normal(0.0, 0.02)
        self._necrosis_share = float(np.clip(share, 0.03, 0.52))
        outer_volume = targets.enhancing_volume / (1.0 - self._necrosis_share)
        self._radius = float(np.cbrt(0.75 * outer_volume / np.pi))
        self._thinnest_rim = max(1.7, 0.09 * self._radius)
        self._side = float(rng.choice((-1.0, 1.0)))
        self._centre = self._place(rng, anatomy)
        stretch = np.exp(rng.normal(0.0, 0.13, 3))
        stretch /= np.cbrt(stretch.prod())
        self._axes = _point(stretch * self._radius)
        self._core_centre = _point(
            np.array(self._centre) + rng.uniform(-0.15, 0.15, 3) * self._radius
        )
        # The noise of the tumour lives in units of its radius, so that its look has no size.
        reach: Point = (3.0, 3.0, 3.0)
        self._outer_noise = SplineNoise(rng, reach, 0.45)
        self._core_noise = SplineNoise(rng, reach, 0.33)
        self._focus = self._edema_focus(rng)
        self._finger_scale = float(
            np.clip(np.cbrt(targets.edema_volume / _FINGER_VOLUME), 0.65, 1.35)
        )
        # Fingers follow the tracts, which run from front to back more than across.
        self._fingers = SplineNoise(rng, HALF_EXTENT, (7.0, 11.0, 6.0))

        self._irregularity, self._outer_level, self._core_level = 0.0, 0.0, 0.0
        self._spread, self._edema_level = 0.0, 0.0
        self._fit_tumour(anatomy)
        self.box = self._fit_edema(anatomy)

    def fields(self, grid: Grid, anatomy: AnatomyFields) -> TumourFields:
        """Return the fitted level sets on `grid`, `anatomy` sampled on the same grid."""
        outer = np.maximum(
            self._outer(grid, self._irregularity) - np.float32(self._outer_level),
            anatomy.brain + np.float32(_MARGIN),
        )
        core = self._core(grid, self._irregularity) - np.float32(self._core_level)
        ventricles = _squeezed(anatomy.ventricles, outer)
        edema = self._edema(grid, outer, anatomy, self._spread) - np.float32(self._edema_level)
        return TumourFields(
            outer=outer,
            core=np.maximum(core, outer + self._rim(self._irregularity)),
            edema=np.maximum(np.maximum(edema, anatomy.brain + np.float32(_MARGIN)), -ventricles),
            ventricles=ventricles,
        )

    def _place(self, rng: np.random.Generator, anatomy: Anatomy) -> Point:
        low, high = (-6.0, -36.0, 22.0), (30.0, 34.0, 42.0)
        place = rng.uniform(low, high) * (1.0, 1.0, self._side)
        deep = np.array((14.0, -2.0, 27.0 * self._side))
        # A tumour too large for its place moves inwards, rather than being cut off by the skull.
        for _ in range(20):
            if anatomy.depth_at(_point(place)) > 0.85 * self._radius:
                break
            place += 0.15 * (deep - place)
        return _point(place)

    def _edema_focus(self, rng: np.random.Generator) -> Point:
        """Return the point that a compact edema gathers around, beside the tumour."""
        white_matter = np.array((20.0, 4.0, 26.0 * self._side)) + rng.normal(0.0, 9.0, 3)
        towards = white_matter - self._centre
        distance = float(np.linalg.norm(towards)) + 1e-6
        edema_radius = float(np.cbrt(0.75 * self._targets.edema_volume / np.pi))
        step = 0.6 * self._radius + 0.45 * edema_radius
        return _point(self._centre + towards * (step / distance))

    def _outer(self, grid: Grid, irregularity: float) -> FloatArray:
        noise = self._outer_noise(grid, origin=self._centre, scale=self._radius)
        relative = ellipsoid(grid, self._centre, self._axes) - np.float32(irregularity) * noise
        return relative * np.float32(self._radius)

    def _rim(self, irregularity: float) -> np.float32:
        """Return the level of `_outer` at which the rim is at its thinnest."""
        # Noise makes the field steeper, so that the same step is a shorter way.
        return np.float32(self._thinnest_rim * np.hypot(1.0, 3.5 * irregularity))

    def _core(self, grid: Grid, irregularity: float) -> FloatArray:
        noise = self._core_noise(grid, origin=self._centre, scale=self._radius)
        relative = ellipsoid(grid, self._core_centre, self._axes)
        relative -= np.float32(0.06 + 1.2 * irregularity) * noise
        return relative * np.float32(self._radius)

    def _edema(
        self, grid: Grid, outer: FloatArray, anatomy: AnatomyFields, spread: float
    ) -> FloatArray:
        z, y, x = grid.broadcast
        focus = self._focus
        from_focus: FloatArray = np.sqrt(
            (z - focus[0]) ** 2 + (y - focus[1]) ** 2 + (x - focus[2]) ** 2
        )
        # Edema spares the cortex and the deep nuclei and hardly crosses the midline.
        grey = np.exp(-((anatomy.pial / 4.5) ** 2)) + 0.5 * (anatomy.deep_grey < 0.0)
        fingers = grey - self._fingers(grid, origin=self._centre, scale=self._finger_scale)
        edema = max(1.0 - spread, 0.0) * from_focus + min(spread, 1.0) * outer
        edema += np.float32((1.0 + 8.0 * spread) * self._finger_scale) * fingers
        edema += np.maximum(-self._side * x, 0.0)
        return edema

    def _fit_tumour(self, anatomy: Anatomy) -> None:
        radius = self._radius
        grid = centred_grid((2.0 * radius,) * 3, radius / _TUMOUR_FIT_STEPS, self._centre)
        voxel = (radius / _TUMOUR_FIT_STEPS) ** 3
        edge = anatomy.fields(grid).brain + np.float32(_MARGIN)
        allowed = edge < 0.0
        enhancing = self._targets.enhancing_volume / voxel
        share = self._necrosis_share

        def sphericity_at(irregularity: float) -> float:
            outer = self._outer(grid, irregularity)
            self._outer_level, tumour = level_for(outer, allowed, enhancing / (1.0 - share))
            core = self._core(grid, irregularity)
            inside = tumour & (
                np.maximum(outer - np.float32(self._outer_level), edge) < -self._rim(irregularity)
            )
            necrosis = int(tumour.sum()) - enhancing
            self._core_level, hole = level_for(core, inside, necrosis, connected=False)
            return sphericity_of(largest_component(tumour & ~hole))

        wanted = self._targets.enhancing_sphericity
        self._irregularity = bisect(sphericity_at, wanted, 0.0, 0.6)

    def _fit_edema(self, anatomy: Anatomy) -> tuple[Point, Point]:
        """Fit the edema; return the corners (z, y, x) in mm of a box around the whole tumour."""
        grid = centred_grid(HALF_EXTENT, _EDEMA_FIT_SPACING)
        # The contralateral half is left out but for what lies near the midline.
        near = grid.x * self._side > -18.0
        grid = Grid(grid.z, grid.y, grid.x[near])
        sampled = anatomy.fields(grid)
        outer = np.maximum(
            self._outer(grid, self._irregularity) - np.float32(self._outer_level),
            sampled.brain + np.float32(_MARGIN),
        )
        allowed = (sampled.brain < -_MARGIN) & (outer > 0.0)
        allowed &= _squeezed(sampled.ventricles, outer) > 0.0
        voxels = self._targets.edema_volume / _EDEMA_FIT_SPACING**3
        edema = allowed

        def sphericity_at(spread: float) -> float:
            nonlocal edema
            field = self._edema(grid, outer, sampled, spread)
            self._edema_level, edema = level_for(field, allowed, voxels)
            return sphericity_of(edema)

        self._spread = bisect(sphericity_at, self._targets.edema_sphericity, 0.05, 1.8)
        corners = []
        both = edema | (outer < 0.0)
        for axis, coordinate in enumerate((grid.z, grid.y, grid.x)):
            others = tuple(other for other in range(3) if other != axis)
            used = coordinate[both.any(axis=others)]
            # Enough for the rater's disagreement and for what the coarse voxels missed.
            corners.append((float(used[0]) - 9.0, float(used[-1]) + 9.0))
        return _point([low for low, _ in corners]), _point([high for _, high in corners])


def _point(values: object) -> Point:
    z, y, x = np.asarray(values, dtype=np.float64)
    return float(z), float(y), float(x)


def _squeezed(ventricles: FloatArray, outer: FloatArray) -> FloatArray:
    """Return the ventricles narrowed by the tumour's mass, by up to 4 mm beside it."""
    push: FloatArray = np.exp(np.maximum(outer, 0.0) / np.float32(-9.0))
    return ventricles + np.float32(4.0) * push
