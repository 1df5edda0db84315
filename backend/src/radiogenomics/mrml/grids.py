"""Whole-image labelmaps from and to a segmentation node, on its reference geometry. slicer, vtk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

from radiogenomics.agreement import RaterLabelmap
from radiogenomics.errors import InputError
from radiogenomics.mrml.segments import add_roi_segment, as_array, find_roi_segments
from radiogenomics.study.labels import ROIS

LABELS: dict[str, int] = {roi: number for number, roi in enumerate(ROIS, start=1)}
"""Value of each ROI in the labelmaps of this module."""


def reference_geometry(node: Any) -> Any:
    """Return the grid that a segmentation belongs to, as a ``vtkOrientedImageData`` of bytes.

    Raises
    ------
    InputError
        If the node has none: nothing was loaded into it and no image was chosen.
    """
    name = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()
    text = node.GetSegmentation().GetConversionParameter(name)
    image = slicer.vtkOrientedImageData()
    if not text or not slicer.vtkSegmentationConverter.DeserializeImageGeometry(text, image, False):
        raise InputError(
            f"{node.GetName()} has no reference geometry. Choose its source volume in the segment "
            "editor first."
        )
    return image


def set_reference_geometry(
    node: Any, shape: tuple[int, int, int], affine: NDArray[np.float64]
) -> None:
    """Let a segmentation belong to a grid that need not be an image's.

    Parameters
    ----------
    node
        A ``vtkMRMLSegmentationNode``.
    shape
        Voxels [z, y, x].
    affine
        Matrix (4, 4) from voxel indices (x, y, z, 1) to RAS in mm.
    """
    matrix = vtk.vtkMatrix4x4()
    matrix.DeepCopy(affine.ravel().tolist())
    image = slicer.vtkOrientedImageData()
    image.SetExtent(0, shape[2] - 1, 0, shape[1] - 1, 0, shape[0] - 1)
    image.SetGeometryFromImageToWorldMatrix(matrix)
    converter = slicer.vtkSegmentationConverter
    node.GetSegmentation().SetConversionParameter(
        converter.GetReferenceImageGeometryParameterName(), converter.SerializeImageGeometry(image)
    )


def rater_labelmap(node: Any, rater: str) -> RaterLabelmap:
    """Return a segmentation as an array on its reference geometry, for comparing raters.

    Raises
    ------
    InputError
        If the node has no reference geometry, or two of its ROIs overlap.
    """
    geometry = reference_geometry(node)
    segments = find_roi_segments(node)
    array = _disjoint_array(node, segments, geometry)
    matrix = vtk.vtkMatrix4x4()
    geometry.GetImageToWorldMatrix(matrix)
    affine = as_array(matrix)
    x0, _, y0, _, z0, _ = geometry.GetExtent()
    affine[:3, 3] += affine[:3, :3] @ (x0, y0, z0)
    labels = {roi: LABELS[roi] for roi in segments}
    return RaterLabelmap(rater, array, labels, tuple(geometry.GetSpacing()), affine)


def refuse_overlap(node: Any) -> None:
    """Raise `InputError` if two ROIs of a segmentation share voxels: they are disjoint.

    Segments in one shared labelmap are disjoint by construction, which is nearly always so.
    """
    segments = find_roi_segments(node)
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    labelmaps = [
        node.GetSegmentation().GetSegment(segment_id).GetRepresentation(name)
        for segment_id in segments.values()
    ]
    if len({id(labelmap) for labelmap in labelmaps if labelmap is not None}) > 1:
        _disjoint_array(node, segments, reference_geometry(node))


def fill_segments(node: Any, array: NDArray[np.integer[Any]], labels: Mapping[str, int]) -> None:
    """Write the ROIs of an array into the segments of a node, which are made where missing.

    Parameters
    ----------
    node
        A ``vtkMRMLSegmentationNode`` with a reference geometry.
    array
        Labelmap [z, y, x] on that geometry.
    labels
        Value of each ROI in ``array``.

    Raises
    ------
    InputError
        If the array is not of the geometry's shape.
    """
    geometry = reference_geometry(node)
    if array.shape != _shape(geometry):
        raise InputError(
            f"A labelmap of shape {array.shape} does not fit the grid of {node.GetName()}, "
            f"{_shape(geometry)} [z, y, x]."
        )
    segments = find_roi_segments(node)
    for roi, value in labels.items():
        segment_id = segments.get(roi) or add_roi_segment(node, roi)
        image = _image(array == value, geometry)
        slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
            image, node, segment_id, slicer.vtkSlicerSegmentationsModuleLogic.MODE_REPLACE
        )


def _disjoint_array(node: Any, segments: Mapping[str, str], geometry: Any) -> NDArray[np.uint8]:
    array = np.zeros(_shape(geometry), dtype=np.uint8)
    for roi, segment_id in segments.items():
        inside = segment_array(node, segment_id, geometry)
        overlap = int(np.count_nonzero(array[inside]))
        if overlap:
            raise InputError(
                f"In {node.GetName()} {roi} overlaps another region in {overlap} voxels; regions "
                "are disjoint. Erase one of them there (the segment editor of this module keeps "
                "them apart)."
            )
        array[inside] = LABELS[roi]
    return array


def _shape(image: Any) -> tuple[int, int, int]:
    x0, x1, y0, y1, z0, z1 = image.GetExtent()
    return z1 - z0 + 1, y1 - y0 + 1, x1 - x0 + 1


def _image(inside: NDArray[np.bool_], geometry: Any) -> Any:
    from vtk.util.numpy_support import numpy_to_vtk  # noqa: PLC0415  (slow; Slicer loads it late)

    image = slicer.vtkOrientedImageData()
    image.CopyDirections(geometry)
    image.SetSpacing(geometry.GetSpacing())
    image.SetOrigin(geometry.GetOrigin())
    image.SetExtent(geometry.GetExtent())
    # Deep: the array belongs to the caller and may be gone while the segment lives.
    scalars = numpy_to_vtk(inside.ravel().view(np.uint8), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    return image


def segment_array(node: Any, segment_id: str, geometry: Any) -> NDArray[np.bool_]:
    """Return the voxels of one segment [z, y, x] on a grid, such as its reference geometry.

    Raises
    ------
    InputError
        If they cannot be placed on it.
    """
    from vtk.util.numpy_support import vtk_to_numpy  # noqa: PLC0415  (slow; Slicer loads it late)

    shape = _shape(geometry)
    own = slicer.vtkOrientedImageData()
    if not node.GetBinaryLabelmapRepresentation(segment_id, own) or own.IsEmpty():
        return np.zeros(shape, dtype=np.bool_)
    placed = slicer.vtkOrientedImageData()
    if not slicer.vtkOrientedImageDataResample.ResampleOrientedImageToReferenceOrientedImage(
        own, geometry, placed, False
    ):
        raise InputError(
            f"The segment {segment_id!r} of {node.GetName()} cannot be placed on the grid of its "
            "image. Save it again in Slicer with that image as its source volume."
        )
    array: NDArray[Any] = vtk_to_numpy(placed.GetPointData().GetScalars())
    inside: NDArray[np.bool_] = array.reshape(shape) != 0
    return inside
