"""What the steps of a registration are run with, as it stands in a case's provenance.

Standard library only.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class RigidSettings:
    """How two images are registered.

    Attributes
    ----------
    level_mm
        Voxel size that the images are thinned to at each level, coarse to fine, in mm. An axis
        that is coarser already is left as it is: thick slices are neither smoothed nor thinned.
    bins
        Intensities a side of the joint histogram of the mutual information.
    samples
        Most points of the fixed image that the metric is computed from, in its head.
    margin_mm
        How much air around the head takes part, in mm: its outline is worth matching.
    seed
        Of the displacement of these points off the voxel centres, which keeps the grid from
        showing in the metric. Not 0, which would mean the time of day.
    turns_degrees
        Angles that the head is turned by about each axis, either way, for more starts.
    starts_refined
        Starts, best first, that are refined at the coarsest level.
    first_step_mm
        Longest first step of the optimiser at the coarsest level.
    last_step_mm
        Shortest step at the finest level, where the optimiser ends.
    shortening
        What a step is multiplied by when the optimiser turns back.
    iterations
        Most steps a level.
    """

    level_mm: tuple[float, ...] = (6.0, 3.0, 1.5)
    bins: int = 32
    samples: int = 100_000
    margin_mm: float = 6.0
    seed: int = 2018
    turns_degrees: tuple[float, ...] = (15.0,)
    starts_refined: int = 4
    first_step_mm: float = 4.0
    last_step_mm: float = 0.01
    shortening: float = 0.8
    iterations: int = 100

    def as_record(self) -> dict[str, Any]:
        """Plain values for ``provenance.json``."""
        return _plain(asdict(self))


@dataclass(frozen=True)
class BiasSettings:
    """How the slow change of brightness across an image is estimated (N4).

    Attributes
    ----------
    working_mm
        Voxel size that the image is thinned to while the field is estimated, in mm.
    iterations
        Most iterations at each doubling of the field's control points.
    convergence
        Relative change of the field that ends a level.
    """

    working_mm: float = 4.0
    iterations: tuple[int, ...] = (50, 50, 50, 50)
    convergence: float = 0.001

    def as_record(self) -> dict[str, Any]:
        """Plain values for ``provenance.json``."""
        return _plain(asdict(self))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {key: list(v) if isinstance(v, tuple) else v for key, v in values.items()}
