"""The brain mask of a case in a MRML scene: an outline that may be corrected. slicer, vtk.

It is a segmentation node of its own, apart from the regions: it is never measured, and no rater's
version holds it.
"""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import Any

import slicer
import vtk

from radiogenomics.errors import InputError, StudyError
from radiogenomics.mrml.grids import reference_geometry, segment_array
from radiogenomics.mrml.segments import segmentation_content
from radiogenomics.study import Case
from radiogenomics.study.brain_mask import SavedMask, find_brain_mask, save_brain_mask
from radiogenomics.study.whole import check_whole_image

NAME = "Brain mask"

# As Slicer's own list of anatomy has it.
_TERMINOLOGY = (
    "Segmentation category and type - 3D Slicer General Anatomy list"
    "~SCT^123037004^Anatomical Structure~SCT^12738006^Brain~^^"
    "~Anatomic codes - DICOM master list~^^~^^"
)
# None of the colours of the regions, or of what is predicted.
_COLOUR = (1.0, 0.9, 0.2)


class BrainMaskLayer:
    """The brain mask of an open case; made by `load_brain_mask`.

    Attributes
    ----------
    node
        Its segmentation node, with one segment.
    """

    def __init__(self, case: Case, node: Any) -> None:
        self.node = node
        self._case = case
        self._saved = segmentation_content(node)

    @property
    def is_changed(self) -> bool:
        """Whether it was corrected and not saved yet."""
        return segmentation_content(self.node) != self._saved

    @property
    def visible(self) -> bool:
        """Whether the outline is shown in slices."""
        display = self.node.GetDisplayNode()
        return display is not None and bool(display.GetVisibility())

    @visible.setter
    def visible(self, visible: bool) -> None:
        display = self.node.GetDisplayNode()
        if display is not None:
            display.SetVisibility(visible)

    def save(self, who: str) -> SavedMask:
        """Let the corrected mask count; the images follow when the case is prepared again.

        Raises
        ------
        InputError
            If it is empty, has another number of segments than one, or lies under a transform.
        StudyError, StudyLockedError
            If it cannot be written; the mask that counted before still does.
        """
        content = segmentation_content(self.node)
        saved = save_brain_mask(self._case, partial(_write, node=self.node), who=who)
        self._saved = content
        return saved

    def save_if_changed(self, who: str) -> str:
        """Save what was corrected, before the case is closed; return what the user should know.

        Raises
        ------
        InputError, StudyError, StudyLockedError
            As `save`.
        """
        if not self.is_changed:
            return ""
        return saved_words(self._case, self.save(who))


def saved_words(case: Case, saved: SavedMask) -> str:
    """Say that a corrected mask was saved, and what to do for the images to follow."""
    before = "" if saved.earlier is None else f" The one before is kept as {saved.earlier.name}."
    command = ["radiogenomics", "prepare", "--again", "--study", str(case.folder.parents[1])]
    return (
        f"The corrected brain mask of {case.patient_id} was saved.{before} The images follow with: "
        f"{shlex.join([*command, '--patient', case.patient_id])}"
    )


def load_brain_mask(scene: Any, case: Case) -> BrainMaskLayer | None:
    """Load the brain mask of a case into a scene as an outline; None where the case has none.

    Raises
    ------
    StudyError
        If the file cannot be read; nothing is left in the scene then.
    """
    path = find_brain_mask(case)
    if path is None:
        return None
    check_whole_image(path)
    apart = slicer.vtkMRMLScene()
    labelmap = slicer.vtkMRMLLabelMapVolumeNode()
    apart.AddNode(labelmap)
    if not _storage(path).ReadData(labelmap) or labelmap.GetImageData() is None:
        raise StudyError(
            f"{path} cannot be read as a brain mask. Restore it from a backup, or prepare the case "
            "again."
        )
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{case.patient_id} {NAME.lower()}")
    node.CreateDefaultDisplayNodes()
    slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(labelmap, node)
    segmentation = node.GetSegmentation()
    if segmentation.GetNumberOfSegments() != 1:
        scene.RemoveNode(node)
        raise StudyError(
            f"{path} is no brain mask: it has {segmentation.GetNumberOfSegments()} values beside "
            "0, and a mask has one. Restore it from a backup, or prepare the case again."
        )
    node.SetReferenceImageGeometryParameterFromVolumeNode(labelmap)
    segment = segmentation.GetNthSegment(0)
    segment.SetName(NAME)
    segment.SetColor(_COLOUR)
    segment.SetTerminology(_TERMINOLOGY)
    _show_as_outline(node)
    return BrainMaskLayer(case, node)


def _show_as_outline(node: Any) -> None:
    display = node.GetDisplayNode()
    display.SetVisibility3D(False)
    display.SetVisibility2DFill(False)
    display.SetVisibility2DOutline(True)


def _write(path: Path, node: Any) -> None:
    """Write the mask to a ``.nii.gz`` file on the grid that it was loaded from."""
    segmentation = node.GetSegmentation()
    if segmentation.GetNumberOfSegments() != 1:
        raise InputError(
            f"{node.GetName()} has {segmentation.GetNumberOfSegments()} segments, and a brain mask "
            "is one. Remove the others, then save again."
        )
    if node.GetParentTransformNode() is not None:
        raise InputError(
            f"{node.GetName()} lies under the transform {node.GetParentTransformNode().GetName()}, "
            "and the images do not. Take it out of the transform, then save again."
        )
    geometry = reference_geometry(node)
    inside = segment_array(node, segmentation.GetNthSegmentID(0), geometry)
    if not inside.any():
        raise InputError(
            f"{node.GetName()} is empty: nothing would be left of the images. Undo what emptied "
            "it, then save again."
        )
    scene = slicer.vtkMRMLScene()
    labelmap = slicer.vtkMRMLLabelMapVolumeNode()
    scene.AddNode(labelmap)
    labelmap.SetAndObserveImageData(_bare_image(inside))
    matrix = vtk.vtkMatrix4x4()
    geometry.GetImageToWorldMatrix(matrix)
    labelmap.SetIJKToRASMatrix(matrix)
    storage = _storage(path)
    storage.SetUseCompression(True)
    if not storage.WriteData(labelmap):
        raise StudyError(
            f"{path} cannot be written. Free some space or choose a folder that you may write to, "
            "then save again."
        )
    check_whole_image(path)


def _bare_image(inside: Any) -> Any:
    """Return an image of bytes without a place; the node has that."""
    from vtk.util.numpy_support import numpy_to_vtk  # noqa: PLC0415  (slow; Slicer loads it late)

    image = vtk.vtkImageData()
    image.SetDimensions(*reversed(inside.shape))
    scalars = numpy_to_vtk(inside.ravel().astype("uint8"), deep=True)
    scalars.SetName("ImageScalars")
    image.GetPointData().SetScalars(scalars)
    return image


def _storage(path: Path) -> Any:
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetFileName(str(path))
    # One file, not a series of all that lie beside it; placed where its header says.
    storage.SetSingleFile(True)
    storage.SetCenterImage(False)
    return storage
