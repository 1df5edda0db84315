"""One case of a study in a MRML scene: images, one segmentation, their folder. slicer, vtk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import slicer
import vtk

from radiogenomics import __version__
from radiogenomics.errors import InputError, StudyError
from radiogenomics.mrml.brain_mask import BrainMaskLayer, load_brain_mask
from radiogenomics.mrml.segments import (
    add_roi_segment,
    find_roi_segments,
    holds_same_voxels,
    lies_on_grid_of,
)
from radiogenomics.study import Case, State
from radiogenomics.study.brain_mask import find_unstripped
from radiogenomics.study.case import sha256_of
from radiogenomics.study.labels import MEASURED_ROIS, ROI_CODES
from radiogenomics.study.whole import check_whole_image, check_whole_segmentation

SOURCES: dict[str, tuple[str, ...]] = {
    "enhancing": ("t1c", "t1", "flair", "t2"),
    "edema": ("flair", "t2", "t1c", "t1"),
    "necrosis": ("t1c", "t1", "flair", "t2"),
}
"""The images on which each ROI is drawn, the best first."""

_ATTRIBUTE = "Radiogenomics."


class CaseScene:
    """The nodes of one case in a scene; made by `load_case`.

    Attributes
    ----------
    patient_id
        Of the case.
    scene
        The ``vtkMRMLScene``.
    volumes
        Volume node of each image, by the image's name.
    segmentations
        Segmentation node of each rater whose work is shown.
    brain_mask
        The outline of the brain; None where the case has no mask.
    unstripped
        Volume node of each image before the skull was stripped, as far as it was asked for.
    """

    def __init__(self, scene: Any, patient_id: str) -> None:
        self.scene = scene
        self.patient_id = patient_id
        self.volumes: dict[str, Any] = {}
        self.segmentations: dict[str, Any] = {}
        self.brain_mask: BrainMaskLayer | None = None
        self.unstripped: dict[str, Any] = {}
        self._folder = _folder_item(scene, patient_id)

    def source_volume(self, roi: str) -> Any | None:
        """Return the volume on which an ROI is drawn, or None where the scene has none of them."""
        names = SOURCES.get(roi, tuple(self.volumes))
        loaded = [self.volumes[name] for name in names if name in self.volumes]
        return next((volume for volume in loaded if self.scene.IsNodePresent(volume)), None)

    def head_volume(self, case: Case) -> Any | None:
        """Return an image on which a brain mask is corrected: before stripping, where it was kept.

        Raises
        ------
        StudyError
            If the file cannot be read.
        """
        for name, path in find_unstripped(case).items():
            if not self.scene.IsNodePresent(self.unstripped.get(name)):
                check_whole_image(path)
                title = f"{case.patient_id} {name} before stripping"
                self.unstripped[name] = _load_volume(self.scene, path, title)
                self.file_under_folder(self.unstripped[name])
            return self.unstripped[name]
        return self.source_volume(MEASURED_ROIS[0])

    def add_segmentation(
        self, rater: str, path: Path | None, attributes: Mapping[str, str] | None = None
    ) -> Any:
        """Add a rater's segmentation from a file, or an empty one; return its node.

        Missing segments of the two ROIs are added. It belongs to the grid of the image, or stays
        on its own where its voxels are others. Nothing in the scene refers to the file, so that
        saving the scene never writes over a version of the study.

        Raises
        ------
        StudyError
            If the file cannot be read; nothing is left in the scene then.
        """
        node = self.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{self.patient_id} {rater}")
        node.CreateDefaultDisplayNodes()
        if path is not None:
            try:
                read_segmentation(path, node)
            except StudyError:
                self.scene.RemoveNode(node)
                raise
        volume = self.source_volume(MEASURED_ROIS[0])
        if volume is not None and lies_on_grid_of(node, volume):
            node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
        with suppress(InputError):
            # Two segments of one ROI, in a draft: the rater is told where it is measured.
            present = find_roi_segments(node)
            for roi in MEASURED_ROIS:
                if roi not in present:
                    add_roi_segment(node, roi)
        values = {"PatientId": self.patient_id, "Rater": rater, **(attributes or {})}
        for name, value in values.items():
            node.SetAttribute(_ATTRIBUTE + name, value)
        self.file_under_folder(node)
        self.segmentations[rater] = node
        return node

    def remove_segmentation(self, rater: str) -> None:
        """Take a rater's segmentation out of the scene, if it is there."""
        node = self.segmentations.pop(rater, None)
        if node is not None:
            _remove(self.scene, node)

    def file_under_folder(self, node: Any) -> None:
        """Put a node into the case's folder of the subject hierarchy."""
        _hierarchy(self.scene).CreateItem(self._folder, node)

    def close(self) -> None:
        """Take the case out of the scene."""
        for rater in list(self.segmentations):
            self.remove_segmentation(rater)
        for node in [*self.volumes.values(), *self.unstripped.values()]:
            _remove(self.scene, node)
        self.volumes.clear()
        self.unstripped.clear()
        if self.brain_mask is not None:
            _remove(self.scene, self.brain_mask.node)
            self.brain_mask = None
        hierarchy = _hierarchy(self.scene)
        # Without its children: what a user filed there stays in the scene. In a scene that was
        # cleared meanwhile the number is nobody's, or another's.
        if _has_item(hierarchy, self._folder, self.patient_id):
            hierarchy.RemoveItem(self._folder, False, False)


def load_case(scene: Any, case: Case) -> CaseScene:
    """Load the images of a case into a scene, and the outline of its brain mask.

    Raises
    ------
    StudyError
        If a file cannot be read; nothing is left in the scene then.
    """
    loaded = CaseScene(scene, case.patient_id)
    try:
        for name, path in case.images.items():
            _check_image(case, name, path)
            loaded.volumes[name] = _load_volume(scene, path, f"{case.patient_id} {name}")
            loaded.file_under_folder(loaded.volumes[name])
        loaded.brain_mask = load_brain_mask(scene, case)
        if loaded.brain_mask is not None:
            loaded.file_under_folder(loaded.brain_mask.node)
    except StudyError:
        loaded.close()
        raise
    return loaded


def read_segmentation(path: Path, node: Any) -> None:
    """Read a ``.seg.nrrd`` file into a segmentation node that is in a scene.

    Raises
    ------
    StudyError
        If it cannot be read.
    """
    check_whole_segmentation(path)
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    if not storage.ReadData(node):
        raise StudyError(
            f"{path} cannot be read as a segmentation: {_messages(storage) or 'it is damaged'}. "
            "Restore it from a backup."
        )


@contextmanager
def read_apart(path: Path) -> Iterator[Any]:
    """Yield the node of a ``.seg.nrrd`` file in a scene of its own, where nothing is drawn.

    The user's scene is not touched; without any, Slicer logs an error.

    Raises
    ------
    StudyError
        If it cannot be read.
    """
    scene = slicer.vtkMRMLScene()
    node = slicer.vtkMRMLSegmentationNode()
    scene.AddNode(node)
    read_segmentation(path, node)
    yield node


def write_segmentation(path: Path, node: Any) -> None:
    """Write a segmentation node to a ``.seg.nrrd`` file, compressed, in its own grid.

    Raises
    ------
    InputError
        If the node lies under a transform, which the file could not hold, or holds surfaces in
        place of voxels.
    StudyError
        If it cannot be written whole.
    """
    labelmap = slicer.vtkSegmentationConverter.GetBinaryLabelmapRepresentationName()
    if node.GetSegmentation().GetSourceRepresentationName() != labelmap:
        raise InputError(
            f"{node.GetName()} is kept as {node.GetSegmentation().GetSourceRepresentationName()}, "
            "not as voxels. In the Segmentations module, under Representations, create Binary "
            "labelmap and make it the source; then save again."
        )
    transform = node.GetParentTransformNode()
    if transform is not None:
        raise InputError(
            f"{node.GetName()} lies under the transform {transform.GetName()}, and a file would "
            "lose it. Take the segmentation out of the transform, or harden it, and save again."
        )
    storage = slicer.vtkMRMLSegmentationStorageNode()
    storage.SetFileName(str(path))
    storage.SetUseCompression(True)
    if not storage.WriteData(node):
        raise StudyError(
            f"{path} cannot be written: {_messages(storage) or 'is the disk full?'}. Free some "
            "space or choose a folder that you may write to, then save again."
        )
    check_whole_segmentation(path)


def write_version(path: Path, node: Any, case: Case, rater: str) -> None:
    """Write a segmentation that becomes a rater's next version, if it may and reads back the same.

    The case's lock is held: what the review says now is still so when the file is in its place.

    Raises
    ------
    InputError
        If the rater's newest version was submitted or approved meanwhile, a region has no segment,
        the file would not hold the voxels that are measured, or `write_segmentation` refuses.
    StudyError
        If it cannot be written whole.
    """
    newest = case.latest(rater)
    if newest is not None:
        state = case.state(rater, newest.version)
        if state in (State.SUBMITTED, State.APPROVED):
            raise InputError(
                f"Version {newest.version} of {case.patient_id} by {rater} is {state} since this "
                "case was opened. Open it again; what you have drawn is kept beside it."
            )
    segments = find_roi_segments(node)
    missing = [roi for roi in MEASURED_ROIS if roi not in segments]
    if missing:
        raise InputError(
            f"{node.GetName()} has no segment for {' and '.join(missing)}, so that nobody could "
            "tell an empty region from a lost one. Undo what removed it, or give the segment the "
            f"terminology {ROI_CODES[missing[0]].meaning}."
        )
    write_segmentation(path, node)
    with read_apart(path) as written:
        is_same = holds_same_voxels(node, written)
    if not is_same:
        raise InputError(
            f"{node.GetName()} has segments on several grids, and a file has one: it would hold "
            "other voxels than those measured. In the Segmentations module, export the segments to "
            "a labelmap on the grid of the image, and import them again."
        )


def stamp_segments(node: Any, rater: str, time: str) -> None:
    """Write who and when, and by which software, into a tag of each segment.

    Node attributes are lost in ``.seg.nrrd``; tags of segments are kept.
    """
    segmentation = node.GetSegmentation()
    for index in range(segmentation.GetNumberOfSegments()):
        segment = segmentation.GetNthSegment(index)
        segment.SetTag(f"{_ATTRIBUTE}Rater", rater)
        segment.SetTag(f"{_ATTRIBUTE}Time", time)
        segment.SetTag(f"{_ATTRIBUTE}Software", f"radiogenomics {__version__}")


def attribute(node: Any, name: str) -> str:
    """Return what this package wrote about a node, such as its ``PatientId``; empty if nothing."""
    return node.GetAttribute(_ATTRIBUTE + name) or ""


def _check_image(case: Case, name: str, path: Path) -> None:
    """Raise `StudyError` unless an image is the one that was imported, or at least a whole one."""
    with suppress(StudyError, OSError):
        # Several times as fast as unpacking it, which is left to an image of unknown origin.
        if sha256_of(path) in case.image_hashes(name):
            return
    check_whole_image(path)


def _load_volume(scene: Any, path: Path, name: str) -> Any:
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    storage = slicer.vtkMRMLVolumeArchetypeStorageNode()
    storage.SetFileName(str(path))
    # One file, not a series of all that lie beside it; placed where its header says.
    storage.SetSingleFile(True)
    storage.SetCenterImage(False)
    if not storage.ReadData(node) or node.GetImageData() is None:
        scene.RemoveNode(node)
        raise StudyError(
            f"{path} cannot be read as an image: {_messages(storage) or 'it is damaged'}. Restore "
            "it from a backup."
        )
    node.CreateDefaultDisplayNodes()
    return node


def _messages(storage: Any) -> str:
    return str(storage.GetUserMessages().GetAllMessagesAsString() or "").strip().replace("\n", " ")


def _hierarchy(scene: Any) -> Any:
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)


def _folder_item(scene: Any, name: str) -> int:
    hierarchy = _hierarchy(scene)
    item: int = hierarchy.CreateFolderItem(hierarchy.GetSceneItemID(), name)
    return item


def _has_item(hierarchy: Any, item: int, name: str) -> bool:
    """Tell whether an item is there under that name; to ask for the name alone logs an error."""
    items = vtk.vtkIdList()
    hierarchy.GetItemChildren(hierarchy.GetSceneItemID(), items, True)
    known = {items.GetId(index) for index in range(items.GetNumberOfIds())}
    return item in known and hierarchy.GetItemName(item) == name


def _remove(scene: Any, node: Any) -> None:
    """Remove a node with its display nodes, if the scene has it still."""
    if not scene.IsNodePresent(node):
        return
    hierarchy = _hierarchy(scene)
    item = hierarchy.GetItemByDataNode(node)
    if item != hierarchy.GetInvalidItemID():
        hierarchy.RemoveItem(item, False, False)
    displays = [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    scene.RemoveNode(node)
    for display in displays:
        if display is not None and scene.IsNodePresent(display):
            scene.RemoveNode(display)
