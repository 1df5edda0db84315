"""Slicer's segmentation files (``.seg.nrrd``): which segment is which ROI, and writing them.

The file is a NRRD volume whose header has, for each segment, its name, value, layer and a
terminology entry. Segments that overlap lie in further layers (components) of the volume.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from radiogenomics.errors import LabelmapError
from radiogenomics.study.labels import (
    ROI_CODES,
    ROI_COLOURS,
    roi_of_terminology,
    terminology_entry,
)

_LARGEST_BYTE = 255


@dataclass(frozen=True)
class _Segment:
    name: str
    value: int
    layer: int
    roi: str | None


def is_segmentation(image: sitk.Image) -> bool:
    """Whether a volume carries Slicer's description of segments."""
    return bool(image.HasMetaDataKey("Segment0_ID"))


def labels_by_terminology(
    image: sitk.Image, path: Path
) -> tuple[sitk.Image, dict[str, int] | None]:
    """Find the ROIs among the segments of a file.

    Returns
    -------
    image
        With one layer: as it was, or with the ROIs brought together from several layers.
    labels
        Value of each ROI, or None where no segment has the terminology of an ROI and the values
        are left to the preset.

    Raises
    ------
    LabelmapError
        If two segments claim one ROI, or the ROIs overlap.
    """
    segments = _segments(image, path)
    labels: dict[str, int] = {}
    chosen: dict[str, _Segment] = {}
    for segment in segments:
        if segment.roi is None:
            continue
        if segment.roi in chosen:
            raise LabelmapError(
                f"{path} has two segments for {segment.roi}: {chosen[segment.roi].name!r} and "
                f"{segment.name!r}. Keep one, or give the other its own terminology."
            )
        chosen[segment.roi] = segment
        labels[segment.roi] = segment.value
    if image.GetNumberOfComponentsPerPixel() == 1:
        if len(set(labels.values())) < len(labels):
            raise LabelmapError(
                f"{path} gives one label value to several of {', '.join(labels)}, so their voxels "
                "cannot be told apart. Save it again in Slicer."
            )
        return image, labels or None
    if not chosen:
        raise LabelmapError(
            f"{path} has overlapping segments, none with the terminology of an ROI. Set the "
            "terminology of the segments in Slicer and save again."
        )
    return _merged(image, chosen, path)


def _merged(
    image: sitk.Image, chosen: dict[str, _Segment], path: Path
) -> tuple[sitk.Image, dict[str, int]]:
    """Bring ROIs from several layers into one labelmap with values 1, 2, ..."""
    layers = sitk.GetArrayFromImage(image)
    merged = np.zeros(layers.shape[:3], dtype=np.uint8)
    labels = {}
    for value, (roi, segment) in enumerate(chosen.items(), start=1):
        if not 0 <= segment.layer < layers.shape[-1]:
            raise LabelmapError(
                f"{path} puts {roi} into layer {segment.layer} and has {layers.shape[-1]}. "
                "Save it again in Slicer."
            )
        inside = layers[..., segment.layer] == segment.value
        shared = np.count_nonzero(merged[inside])
        if shared:
            raise LabelmapError(
                f"{path}: {roi} overlaps another ROI in {shared} voxels; ROIs are disjoint. "
                "Correct it in Slicer (overwrite other segments) and save again."
            )
        merged[inside] = value
        labels[roi] = value
    result = sitk.GetImageFromArray(merged)
    result.CopyInformation(image)
    return result, labels


def _segments(image: sitk.Image, path: Path) -> list[_Segment]:
    def entry(index: int, key: str, default: str) -> str:
        name = f"Segment{index}_{key}"
        return image.GetMetaData(name) if image.HasMetaDataKey(name) else default

    segments = []
    index = 0
    while image.HasMetaDataKey(f"Segment{index}_ID"):
        tags = entry(index, "Tags", "")
        roi = roi_of_terminology(tags)
        try:
            value, layer = int(entry(index, "LabelValue", "1")), int(entry(index, "Layer", "0"))
        except ValueError as error:
            raise LabelmapError(
                f"{path} has a damaged description of segment {index} ({error}). Save it again in "
                "Slicer."
            ) from error
        segments.append(_Segment(entry(index, "Name", ""), value, layer, roi))
        index += 1
    return segments


def segmentation_image(array: NDArray[np.integer[Any]], labels: dict[str, int]) -> sitk.Image:
    """Make the volume of a ``.seg.nrrd``: one segment an ROI, with terminology and colour.

    Parameters
    ----------
    array
        Labelmap [z, y, x].
    labels
        Value of each ROI; other values are left out of the file.
    """
    # Values as they were where a byte holds them, else 1, 2, ...: the file says which is which.
    fit = all(0 < value <= _LARGEST_BYTE for value in labels.values())
    written = labels if fit else {roi: number for number, roi in enumerate(labels, start=1)}
    kept = np.zeros(array.shape, dtype=np.uint8)
    for roi, value in labels.items():
        kept[array == value] = written[roi]
    image = sitk.GetImageFromArray(kept)
    nz, ny, nx = array.shape
    for index, (roi, value) in enumerate(written.items()):
        entries = {
            "ID": f"Segment_{roi}",
            "Name": ROI_CODES[roi].meaning,
            "NameAutoGenerated": "0",
            "Color": " ".join(map(str, ROI_COLOURS[roi])),
            "ColorAutoGenerated": "0",
            "LabelValue": str(value),
            "Layer": "0",
            "Extent": f"0 {nx - 1} 0 {ny - 1} 0 {nz - 1}",
            "Tags": f"TerminologyEntry:{terminology_entry(roi)}|",
        }
        for key, entry in entries.items():
            image.SetMetaData(f"Segment{index}_{key}", entry)
    image.SetMetaData("Segmentation_ContainedRepresentationNames", "Binary labelmap|")
    image.SetMetaData("Segmentation_MasterRepresentation", "Binary labelmap")
    image.SetMetaData("Segmentation_ReferenceImageExtentOffset", "0 0 0")
    return image
