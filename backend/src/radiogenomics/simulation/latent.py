"""The latent factors of a simulated cohort: what they are and which features they drive."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radiogenomics.phantom.tumour import TYPICAL_TARGETS, TumourTargets

FACTORS: tuple[str, ...] = (
    "enhancing_size",
    "enhancing_irregularity",
    "edema_extent",
    "edema_irregularity",
)
"""The factors behind the shapes, in the order of `SimulatedTruth.factors`."""

GENE_DRIVEN_FACTORS: tuple[str, ...] = FACTORS[:3]
"""The factors that genes load on; no gene says anything about the others."""

_SIZE = ("volume", "surface_area", "max_diameter", "major_axis", "minor_axis")
# A ragged ROI has more surface and longer arms at the same volume.
_REACH = ("surface_area", "surface_to_volume", "max_diameter", "major_axis")
_FORM = ("sphericity", "spherical_disproportion", "compactness_1", "compactness_2")

FACTOR_FEATURES: dict[str, dict[str, tuple[str, ...]]] = {
    "enhancing_size": {"enhancing": (*_SIZE, "surface_to_volume")},
    "enhancing_irregularity": {"enhancing": (*_FORM, *_REACH)},
    "edema_extent": {"edema": (*_SIZE, "surface_to_volume")},
    "edema_irregularity": {"edema": (*_FORM, *_REACH)},
}
"""The shape features of each ROI that a factor is meant to move."""

# Factors beyond this make tumours that no brain holds, so that they are cut off for the shapes.
_FACTOR_LIMIT = 2.2
# Median and spread of the logarithm, from the published ranges; volumes in mm³.
_ENHANCING_VOLUME = (TYPICAL_TARGETS.enhancing_volume, 0.72)
_ENHANCING_SPHERICITY = (TYPICAL_TARGETS.enhancing_sphericity, 0.26)
_EDEMA_VOLUME = (TYPICAL_TARGETS.edema_volume, 0.50)
_EDEMA_SPHERICITY = (TYPICAL_TARGETS.edema_sphericity, 0.20)


def draw_factors(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return one patient's factors, independent standard normal, shape (n_factors,)."""
    return rng.standard_normal(len(FACTORS))


def targets_of(factors: NDArray[np.float64]) -> TumourTargets:
    """Return the volumes and sphericities that `factors`, shape (n_factors,), ask for."""
    size, irregularity, extent, fingers = np.clip(factors, -_FACTOR_LIMIT, _FACTOR_LIMIT)
    return TumourTargets(
        enhancing_volume=_ENHANCING_VOLUME[0] * float(np.exp(_ENHANCING_VOLUME[1] * size)),
        enhancing_sphericity=_ENHANCING_SPHERICITY[0]
        * float(np.exp(-_ENHANCING_SPHERICITY[1] * irregularity)),
        edema_volume=_EDEMA_VOLUME[0] * float(np.exp(_EDEMA_VOLUME[1] * extent)),
        edema_sphericity=_EDEMA_SPHERICITY[0] * float(np.exp(-_EDEMA_SPHERICITY[1] * fingers)),
    )


def parameters() -> dict[str, float]:
    """Return the constants that turn factors into shapes, for the truth record."""
    return {
        "factor_limit": _FACTOR_LIMIT,
        "enhancing_volume_median_mm3": _ENHANCING_VOLUME[0],
        "enhancing_volume_log_sd": _ENHANCING_VOLUME[1],
        "enhancing_sphericity_median": _ENHANCING_SPHERICITY[0],
        "enhancing_sphericity_log_sd": _ENHANCING_SPHERICITY[1],
        "edema_volume_median_mm3": _EDEMA_VOLUME[0],
        "edema_volume_log_sd": _EDEMA_VOLUME[1],
        "edema_sphericity_median": _EDEMA_SPHERICITY[0],
        "edema_sphericity_log_sd": _EDEMA_SPHERICITY[1],
    }
