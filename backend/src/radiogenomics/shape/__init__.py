"""Shape features: from a mask and its spacing to ten numbers. numpy and scipy only."""

from radiogenomics.shape.features import (
    FEATURE_NAMES,
    FEATURE_UNITS,
    SHOWN_UNITS,
    SMALL_ROI_VOXELS,
    Features,
    LocatedEllipse,
    LocatedLength,
    RoiMeasurement,
    labelmap_features,
    measure_labelmap,
    measure_mask,
    shape_features,
)

__all__ = [
    "FEATURE_NAMES",
    "FEATURE_UNITS",
    "SHOWN_UNITS",
    "SMALL_ROI_VOXELS",
    "Features",
    "LocatedEllipse",
    "LocatedLength",
    "RoiMeasurement",
    "labelmap_features",
    "measure_labelmap",
    "measure_mask",
    "shape_features",
]
