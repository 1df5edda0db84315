"""How raters agree: overlap, distances, consensus, correlation. numpy and scipy only."""

from radiogenomics.agreement.block import Block, largest_block
from radiogenomics.agreement.cohort import (
    CohortAgreement,
    FeatureAgreement,
    FeatureDifference,
    cohort_agreement,
)
from radiogenomics.agreement.consensus import (
    DEFAULT_LABELS,
    TIE_ORDER,
    Consensus,
    Method,
    RaterPerformance,
    consensus,
)
from radiogenomics.agreement.correlation import (
    BANDS,
    Estimate,
    IntraclassCorrelation,
    intraclass_correlation,
)
from radiogenomics.agreement.differences import LimitsOfAgreement, limits_of_agreement
from radiogenomics.agreement.labelmaps import GRID_TOLERANCE, RaterLabelmap, check_same_grid
from radiogenomics.agreement.overlap import RoiAgreement, compare
from radiogenomics.agreement.saving import is_saved, save_consensus
from radiogenomics.agreement.surfaces import SurfaceDistances, surface_distances
from radiogenomics.agreement.tables import CaseAgreement

__all__ = [
    "BANDS",
    "DEFAULT_LABELS",
    "GRID_TOLERANCE",
    "TIE_ORDER",
    "Block",
    "CaseAgreement",
    "CohortAgreement",
    "Consensus",
    "Estimate",
    "FeatureAgreement",
    "FeatureDifference",
    "IntraclassCorrelation",
    "LimitsOfAgreement",
    "Method",
    "RaterLabelmap",
    "RaterPerformance",
    "RoiAgreement",
    "SurfaceDistances",
    "check_same_grid",
    "cohort_agreement",
    "compare",
    "consensus",
    "intraclass_correlation",
    "is_saved",
    "largest_block",
    "limits_of_agreement",
    "save_consensus",
    "surface_distances",
]
