"""Segments of a segmentation node: which is which ROI, and their voxels. slicer, vtk."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.study.labels import (
    ROI_CODES,
    ROI_COLOURS,
    roi_of_terminology,
    terminology_entry,
)

# Columns of a rigid matrix that has been through text are orthogonal to about this much.
_ORTHOGONAL = 1e-4
_SAME_SPACING = 1e-6
# In voxels; positions that went through a NIfTI file's single precision differ by less.
_SAME_VOXEL = 0.02
# In mm.
_SAME_PLACE = 1e-3


@dataclass(frozen=True)
class SegmentGrid:
    """The voxels of one segment, on its own grid.

    Attributes
    ----------
    mask
        Boolean array [z, y, x]: the smallest box of the grid that holds the segment.
    spacing
        Voxel size (sx, sy, sz) in mm, after the parent transform.
    affine
        Matrix (4, 4) from voxel indices (x, y, z, 1) of ``mask`` to RAS in mm, in the world.
    """

    mask: NDArray[np.bool_]
    spacing: tuple[float, float, float]
    affine: NDArray[np.float64]

    def fingerprint(self) -> bytes:
        """Return a hash that changes with any voxel and with the place of the grid."""
        digest = hashlib.blake2b(np.packbits(self.mask).data, digest_size=16)
        digest.update(repr((self.mask.shape, self.spacing)).encode())
        digest.update(self.affine.tobytes())
        return digest.digest()


def find_roi_segments(node: Any) -> dict[str, str]:
    """Return the segment id of each ROI, found by terminology and never by name.

    Parameters
    ----------
    node
        A ``vtkMRMLSegmentationNode``.

    Raises
    ------
    InputError
        If two segments have the terminology of one ROI.
    """
    segmentation = node.GetSegmentation()
    found: dict[str, str] = {}
    for index in range(segmentation.GetNumberOfSegments()):
        segment_id = segmentation.GetNthSegmentID(index)
        roi = roi_of_terminology(segmentation.GetSegment(segment_id).GetTerminology() or "")
        if roi is None:
            continue
        if roi in found:
            names = [segmentation.GetSegment(one).GetName() for one in (found[roi], segment_id)]
            raise InputError(
                f"The segments {names[0]!r} and {names[1]!r} both have the terminology of "
                f"{roi}. Keep one of them, or give the other its own terminology."
            )
        found[roi] = segment_id
    return {roi: found[roi] for roi in ROI_CODES if roi in found}


def segmentation_content(node: Any) -> bytes:
    """Return a hash of what saving a segmentation would write: names, terminology and voxels.

    It stays the same through events that change nothing, such as a redrawing or a rearrangement
    of labelmaps.
    """
    digest = hashlib.blake2b(digest_size=16)
    segmentation = node.GetSegmentation()
    for index in range(segmentation.GetNumberOfSegments()):
        segment_id = segmentation.GetNthSegmentID(index)
        segment = segmentation.GetSegment(segment_id)
        digest.update(repr((segment_id, segment.GetName(), segment.GetTerminology())).encode())
        try:
            digest.update(segment_grid(node, segment_id).fingerprint())
        except InputError as error:
            digest.update(str(error).encode())
    return digest.digest()


def lies_on_grid_of(node: Any, volume: Any) -> bool:
    """Whether the voxels of every segment are voxels of an image, or of its grid beyond its ends.

    On another grid Slicer resamples what is saved or drawn, which changes what is measured.
    """
    ijk_to_ras = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(ijk_to_ras)
    to_voxels = np.linalg.inv(as_array(ijk_to_ras))
    name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    segmentation = node.GetSegmentation()
    for index in range(segmentation.GetNumberOfSegments()):
        labelmap = segmentation.GetNthSegment(index).GetRepresentation(name)
        if labelmap is None or labelmap.IsEmpty():
            continue
        step = to_voxels @ _matrix_of(labelmap)
        # Over the longest side the steps may not add up to a part of a voxel.
        turned = np.abs(step[:3, :3] - np.eye(3)).max() * max(volume.GetImageData().GetDimensions())
        shifted = np.abs(step[:3, 3] - np.round(step[:3, 3])).max()
        if max(turned, shifted) > _SAME_VOXEL:
            return False
    return True


def holds_same_voxels(node: Any, other: Any) -> bool:
    """Whether two segmentations have the same segments in the same place, voxel by voxel.

    Parameters
    ----------
    node, other
        ``vtkMRMLSegmentationNode`` without a transform; numbers of ``other`` went through text.
    """
    segmentation = node.GetSegmentation()
    if segmentation.GetNumberOfSegments() != other.GetSegmentation().GetNumberOfSegments():
        return False
    for index in range(segmentation.GetNumberOfSegments()):
        segment_id = segmentation.GetNthSegmentID(index)
        if other.GetSegmentation().GetSegment(segment_id) is None:
            return False
        mine, theirs = (segment_grid(one, segment_id) for one in (node, other))
        if not np.array_equal(mine.mask, theirs.mask):
            return False
        if mine.mask.size and not np.allclose(mine.affine, theirs.affine, rtol=0, atol=_SAME_PLACE):
            return False
    return True


def add_roi_segment(node: Any, roi: str) -> str:
    """Add an empty segment for an ROI, with its terminology, name and colour; return its id."""
    segment_id: str = node.GetSegmentation().AddEmptySegment(
        f"Segment_{roi}", ROI_CODES[roi].meaning
    )
    segment = node.GetSegmentation().GetSegment(segment_id)
    segment.SetTerminology(terminology_entry(roi))
    segment.SetColor(*ROI_COLOURS[roi])
    segment.SetNameAutoGenerated(False)
    segment.SetColorAutoGenerated(False)
    return segment_id


def segment_grid(node: Any, segment_id: str) -> SegmentGrid:
    """Return the voxels of a segment on its own grid, placed in the world.

    A linear parent transform is applied: it may turn, move and scale the grid.

    Parameters
    ----------
    node
        A ``vtkMRMLSegmentationNode``.
    segment_id
        One of its segments.

    Raises
    ------
    InputError
        If there is no such segment, it has no binary labelmap, or it lies under a transform that
        is not linear or that shears its voxels.
    """
    segmentation = node.GetSegmentation()
    segment = segmentation.GetSegment(segment_id)
    if segment is None:
        raise InputError(f"{node.GetName()} has no segment {segment_id!r}. Choose another one.")
    # The names are constants of the class; calling it keeps them right in every version.
    labelmap = segment.GetRepresentation(
        slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    )
    if labelmap is None:
        return _without_labelmap(node, segment)
    voxel_to_world = _world_matrix(node) @ _matrix_of(labelmap)
    spacing = _spacing(voxel_to_world, labelmap.GetSpacing(), node)
    mask, (x, y, z) = _cropped(_labels_of(labelmap) == segment.GetLabelValue())
    x0, _, y0, _, z0, _ = labelmap.GetExtent()
    affine = voxel_to_world.copy()
    affine[:3, 3] += voxel_to_world[:3, :3] @ (x0 + x, y0 + y, z0 + z)
    return SegmentGrid(mask, spacing, affine)


def _without_labelmap(node: Any, segment: Any) -> SegmentGrid:
    """Return an empty grid for a segment that nobody has painted; refuse one of another kind."""
    labelmap_name = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    if node.GetSegmentation().GetSourceRepresentationName() != labelmap_name:
        raise InputError(
            f"The segment {segment.GetName()!r} of {node.GetName()} has no binary labelmap to "
            "measure. In the Segmentations module, under Representations, create Binary labelmap."
        )
    return SegmentGrid(np.zeros((0, 0, 0), dtype=np.bool_), (1.0, 1.0, 1.0), np.eye(4))


def _cropped(mask: NDArray[np.bool_]) -> tuple[NDArray[np.bool_], tuple[int, int, int]]:
    """Return the smallest box with all voxels, and its first voxel (x, y, z).

    The labelmap may be shared, and its extent then changes with the other segments.
    """
    corner = [0, 0, 0]
    for axis in range(3):
        occupied = np.flatnonzero(mask.any(axis=tuple({0, 1, 2} - {axis})))
        if occupied.size == 0:
            return mask[:0, :0, :0], (0, 0, 0)
        corner[axis] = int(occupied[0])
        kept = slice(int(occupied[0]), int(occupied[-1]) + 1)
        mask = mask[(slice(None),) * axis + (kept,)]
    return mask, (corner[2], corner[1], corner[0])


def _labels_of(labelmap: Any) -> NDArray[Any]:
    """Return the scalars of an image as a view [z, y, x]; empty where there is no extent."""
    from vtk.util.numpy_support import vtk_to_numpy  # noqa: PLC0415  (slow; Slicer loads it late)

    x0, x1, y0, y1, z0, z1 = labelmap.GetExtent()
    scalars = labelmap.GetPointData().GetScalars()
    if scalars is None or x1 < x0 or y1 < y0 or z1 < z0:
        return np.zeros((0, 0, 0), dtype=np.uint8)
    array: NDArray[Any] = vtk_to_numpy(scalars)
    return array.reshape(z1 - z0 + 1, y1 - y0 + 1, x1 - x0 + 1)


def _matrix_of(labelmap: Any) -> NDArray[np.float64]:
    matrix = vtk.vtkMatrix4x4()
    labelmap.GetImageToWorldMatrix(matrix)
    return as_array(matrix)


def _world_matrix(node: Any) -> NDArray[np.float64]:
    transform = node.GetParentTransformNode()
    if transform is None:
        return np.eye(4)
    if not transform.IsTransformToWorldLinear():
        raise InputError(
            f"{node.GetName()} lies under the transform {transform.GetName()}, which is not "
            "linear, so its voxels are no boxes and cannot be measured. Harden the transform on "
            "the images and draw on those, or take the segmentation out of it."
        )
    matrix = vtk.vtkMatrix4x4()
    transform.GetMatrixTransformToWorld(matrix)
    return as_array(matrix)


def as_array(matrix: Any) -> NDArray[np.float64]:
    """Return a ``vtkMatrix4x4`` as an array (4, 4)."""
    rows = [[matrix.GetElement(row, column) for column in range(4)] for row in range(4)]
    return np.array(rows, dtype=np.float64)


def _spacing(
    voxel_to_world: NDArray[np.float64], own: tuple[float, float, float], node: Any
) -> tuple[float, float, float]:
    columns = voxel_to_world[:3, :3]
    lengths = np.linalg.norm(columns, axis=0)
    if not (np.isfinite(lengths).all() and (lengths > 0).all()):
        raise InputError(f"The grid of {node.GetName()} has a voxel size of {lengths} mm.")
    cosines = (columns / lengths).T @ (columns / lengths)
    if np.abs(cosines - np.eye(3)).max() > _ORTHOGONAL:
        raise InputError(
            f"{node.GetName()} lies under a transform that shears its voxels, which are then no "
            "boxes and cannot be measured. Take the segmentation out of the transform."
        )
    # The file's own numbers wherever the transform leaves them: the same features everywhere.
    if np.abs(lengths / own - 1).max() < _SAME_SPACING:
        return own
    sx, sy, sz = lengths.tolist()
    return sx, sy, sz
