"""What the columns and features of the feature table mean, for the file beside it."""

from __future__ import annotations

from radiogenomics.shape.features import FEATURE_UNITS

_COLUMNS = (
    ("patient_id", "", "Patient, such as TCGA-02-0006"),
    ("rater", "", "Who segmented"),
    ("version", "", "Version of this rater's segmentation, from 1"),
    ("roi", "", "Region: enhancing, edema or necrosis; its largest 26-connected component counts"),
    ("feature", "", "One of the ten shape features below"),
    ("value", "", "In the unit of the same row; empty where the region is empty"),
    ("unit", "", "mm3, mm2, 1/mm, mm, or 1 for a pure number"),
    (
        "counts",
        "",
        "Of a study: approved, consensus or only rater for the version of its case that counts; "
        "empty for its others; no: and the reason where none does. Empty for loose files",
    ),
)
_FEATURES = {
    "volume": "V: voxels times the voxel's volume; 0 for an empty region",
    "surface_area": "SA: discretised Crofton formula with 13 directions (Legland et al. 2007)",
    "surface_to_volume": "SA / V",
    "sphericity": "(36 pi V^2)^(1/3) / SA; can exceed 1 below about 200 voxels",
    "spherical_disproportion": "1 / sphericity",
    "max_diameter": "Largest distance between two voxel centres",
    "major_axis": "Largest major axis among the 8-connected pieces of all axial slices",
    "minor_axis": "Minor axis of that same piece",
    "compactness_1": "V / sqrt(pi SA^3)",
    "compactness_2": "36 pi V^2 / SA^3",
}


def data_dictionary() -> list[tuple[str, str, str]]:
    """Rows of (name, unit, meaning): the table's columns, then the features in their order."""
    return [*_COLUMNS, *((name, unit, _FEATURES[name]) for name, unit in FEATURE_UNITS.items())]
