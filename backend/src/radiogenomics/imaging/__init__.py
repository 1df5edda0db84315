"""Reading and writing volumes, what their labels mean, and finding them. SimpleITK."""

from radiogenomics.imaging.discovery import FoundCase, find_cases
from radiogenomics.imaging.importing import (
    Action,
    PlannedCase,
    import_case,
    plan_import,
    run_import,
    save_segmentation,
    write_segmentation_file,
)
from radiogenomics.imaging.volumes import (
    Grid,
    Labelmap,
    Volume,
    find_inside,
    read_grid,
    read_labelmap,
    read_volume,
    write_volume,
)
from radiogenomics.study.labels import MEASURED_ROIS, PRESETS, ROIS, LabelPreset, find_preset

__all__ = [
    "MEASURED_ROIS",
    "PRESETS",
    "ROIS",
    "Action",
    "FoundCase",
    "Grid",
    "LabelPreset",
    "Labelmap",
    "PlannedCase",
    "Volume",
    "find_cases",
    "find_inside",
    "find_preset",
    "import_case",
    "plan_import",
    "read_grid",
    "read_labelmap",
    "read_volume",
    "run_import",
    "save_segmentation",
    "write_segmentation_file",
    "write_volume",
]
