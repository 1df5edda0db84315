"""How raters agree on a case: overlap, distances, consensus. numpy and scipy only."""

from radiogenomics.agreement.consensus import (
    DEFAULT_LABELS,
    TIE_ORDER,
    Consensus,
    Method,
    RaterPerformance,
    consensus,
)
from radiogenomics.agreement.labelmaps import GRID_TOLERANCE, RaterLabelmap, check_same_grid
from radiogenomics.agreement.overlap import RoiAgreement, compare
from radiogenomics.agreement.surfaces import SurfaceDistances, surface_distances

__all__ = [
    "DEFAULT_LABELS",
    "GRID_TOLERANCE",
    "TIE_ORDER",
    "Consensus",
    "Method",
    "RaterLabelmap",
    "RaterPerformance",
    "RoiAgreement",
    "SurfaceDistances",
    "check_same_grid",
    "compare",
    "consensus",
    "surface_distances",
]
