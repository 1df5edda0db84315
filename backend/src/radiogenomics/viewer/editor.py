"""The segment editor behind the page's tools: which tool, which region, undo and redo.

trame_slicer, slicer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import vtk
from numpy.typing import NDArray
from trame_slicer.segmentation import (
    BrushDiameterMode,
    ScissorsEffectFillMode,
    ScissorsEffectRangeMode,
    SegmentationEffectDraw,
    SegmentationEffectErase,
    SegmentationEffectIslands,
    SegmentationEffectNoTool,
    SegmentationEffectPaint,
    SegmentationEffectScissors,
    SegmentationEffectSmoothing,
    SegmentationEffectThreshold,
    SegmentationIslandsMode,
    SegmentationOverwriteMode,
)
from trame_slicer.segmentation.segment_modifier import ModificationMode
from trame_slicer.segmentation.segmentation_effect_smoothing import SmoothingEffectMode
from trame_slicer.segmentation.segmentation_paint_pipeline import SegmentationPaintPipeline3D
from undo_stack import UndoStack

from radiogenomics.errors import InputError
from radiogenomics.mrml.case import CaseScene
from radiogenomics.mrml.segments import (
    add_roi_segment,
    as_array,
    find_roi_segments,
    lies_on_grid_of,
)
from radiogenomics.study.labels import MEASURED_ROIS

TOOLS = {
    "none": SegmentationEffectNoTool,
    "paint": SegmentationEffectPaint,
    "erase": SegmentationEffectErase,
    "draw": SegmentationEffectDraw,
    "threshold": SegmentationEffectThreshold,
    "scissors": SegmentationEffectScissors,
    "islands": SegmentationEffectIslands,
    "smoothing": SegmentationEffectSmoothing,
}
"""The editor's effect behind each tool of the page."""

SCISSORS = {
    "erase_inside": ScissorsEffectFillMode.ERASE_INSIDE,
    "erase_outside": ScissorsEffectFillMode.ERASE_OUTSIDE,
    "fill_inside": ScissorsEffectFillMode.FILL_INSIDE,
    "fill_outside": ScissorsEffectFillMode.FILL_OUTSIDE,
}
ISLANDS = {
    "keep_largest": SegmentationIslandsMode.KEEP_LARGEST_ISLAND,
    "remove_small": SegmentationIslandsMode.REMOVE_SMALL_ISLANDS,
    "keep_selected": SegmentationIslandsMode.KEEP_SELECTED,
    "remove_selected": SegmentationIslandsMode.REMOVE_SELECTED,
}
SMOOTHING = {
    "median": SmoothingEffectMode.MEDIAN,
    "opening": SmoothingEffectMode.OPENING,
    "closing": SmoothingEffectMode.CLOSING,
    "gaussian": SmoothingEffectMode.GAUSSIAN,
}
_CHOICES: dict[str, Mapping[str, object]] = {
    "scissors": SCISSORS,
    "islands": ISLANDS,
    "smoothing": SMOOTHING,
}
_BRUSHES = ("paint", "erase")
_BRUSH_MM = (0.5, 100.0)
# Each step keeps two copies of the segmentation.
_UNDO_STEPS = 10


@dataclass
class ToolSettings:
    """What the page's controls say; lengths in mm.

    Attributes
    ----------
    brush_mm, sphere
        Diameter of the brush, and whether it is a ball or stays in its slice.
    lower, upper
        Of the threshold, in the unit of the image.
    scissors, slice_only
        A key of `SCISSORS`, and whether to cut the slice that is shown or all slices.
    islands, minimum_voxels
        A key of `ISLANDS`, and the size below which an island is small.
    smoothing, kernel_mm
        A key of `SMOOTHING`, and how far it reaches.
    """

    brush_mm: float = 6.0
    sphere: bool = False
    lower: float = 0.0
    upper: float = 1.0
    scissors: str = "erase_inside"
    slice_only: bool = False
    islands: str = "keep_largest"
    minimum_voxels: int = 100
    smoothing: str = "median"
    kernel_mm: float = 3.0


class Editor:
    """Draws in the segmentation of one case with Slicer's own effects.

    Parameters
    ----------
    slicer_app
        A ``trame_slicer.core.SlicerApp``.
    changed
        Called after tool, region or undo history changed.
    drawn
        Called after a stroke, or another step, has changed the segmentation.
    """

    def __init__(
        self, slicer_app: Any, changed: Callable[[], None], drawn: Callable[[], None]
    ) -> None:
        self._scene = slicer_app.scene
        self._editor = slicer_app.segmentation_editor
        self._changed, self._drawn = changed, drawn
        self._undo = UndoStack(undo_limit=_UNDO_STEPS)
        self._editor.set_undo_stack(self._undo)
        self._undo.index_changed.connect(self._on_undo_stack)
        self._nodes: CaseScene | None = None
        self._node: Any = None
        self.settings = ToolSettings()
        self.tool = "none"
        self.roi = MEASURED_ROIS[0]
        self.problem = ""

    @property
    def is_active(self) -> bool:
        """Whether there is a segmentation to draw in."""
        return self._node is not None

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to take back."""
        return self.is_active and bool(self._undo.can_undo())

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to do again."""
        return self.is_active and bool(self._undo.can_redo())

    @property
    def volume(self) -> Any | None:
        """The image that is drawn on; None without a case."""
        return None if self._nodes is None else self._nodes.source_volume(self.roi)

    def open(self, nodes: CaseScene, node: Any, *, editable: bool) -> None:
        """Show a case, and draw in a segmentation of it where that is allowed.

        Parameters
        ----------
        nodes, node
            The case, and its segmentation.
        editable
            Whether it may be changed.
        """
        self.close()
        self._nodes = nodes
        volume = self.volume
        if not editable or volume is None:
            self.problem = (
                ""
                if volume is not None
                else "This case has no image; regions cannot be drawn on nothing."
            )
        elif not lies_on_grid_of(node, volume):
            self.problem = (
                "This segmentation lies on another grid than the image and can only be looked at "
                "here. Draw on it in 3D Slicer."
            )
        else:
            self._node = node
            self._editor.set_active_segmentation(node, volume)
            # Regions are disjoint: what is drawn takes the place of what was there.
            self._editor.set_overwrite_mode(SegmentationOverwriteMode.OVERWRITE_ALL)
        self.choose_roi(MEASURED_ROIS[0])

    def close(self) -> None:
        """Let go of the segmentation."""
        if self._node is not None:
            self._editor.clear()
        self._nodes = self._node = None
        self.tool, self.problem = "none", ""
        self._changed()

    def choose_roi(self, roi: str) -> None:
        """Draw a region from now on, on the image where it is seen best.

        Raises
        ------
        InputError
            If two segments have the terminology of one region.
        """
        self.roi = roi
        if self._node is not None:
            segments = find_roi_segments(self._node)
            if roi not in segments:
                segments[roi] = add_roi_segment(self._node, roi)
            self._editor.set_active_segment_id(segments[roi])
            self._use_source()
        self._changed()

    def choose_tool(self, tool: str) -> None:
        """Take a tool; the same one again puts it away.

        Raises
        ------
        InputError
            If nothing can be drawn in.
        """
        if tool not in TOOLS or (tool != "none" and not self.is_active):
            raise InputError(self.problem or "There is nothing to draw in. Open a case of yours.")
        self.tool = "none" if tool == self.tool else tool
        self._editor.set_active_effect_type(TOOLS[self.tool])
        if self.tool == "threshold":
            self._propose_threshold()
        self.apply_settings()
        if self.tool in _BRUSHES:
            self._keep_brush_out_of_3d()
        self._changed()

    def set(self, name: str, value: Any) -> None:
        """Set one of the tools' settings.

        Raises
        ------
        InputError
            If there is no such setting, or it cannot have that value.
        """
        known = vars(self.settings)
        if name not in known:
            raise InputError(f"The tools have no setting {name!r}.")
        if name in _CHOICES and value not in _CHOICES[name]:
            raise InputError(f"{name} cannot be {value!r}; choose {' or '.join(_CHOICES[name])}.")
        try:
            typed = type(known[name])(value)
        except (TypeError, ValueError) as error:
            raise InputError(f"{name} cannot be {value!r}.") from error
        if name == "brush_mm":
            typed = round(min(max(typed, _BRUSH_MM[0]), _BRUSH_MM[1]), 1)
        setattr(self.settings, name, typed)
        self.apply_settings()
        self._changed()

    def scale_brush(self, factor: float) -> None:
        """Make the brush wider or narrower."""
        self.set("brush_mm", self.settings.brush_mm * factor)

    def apply_settings(self) -> None:
        """Pass what the page's controls say to the tool in hand."""
        chosen, effect = self.settings, self._effect()
        if self.tool in _BRUSHES:
            effect.set_brush_diameter(chosen.brush_mm, BrushDiameterMode.Absolute)
            effect.set_use_sphere_brush(chosen.sphere)
        elif self.tool == "threshold":
            effect.set_threshold_min_max_values((chosen.lower, chosen.upper))
            # As in the desktop application: the region becomes what lies between.
            effect.set_mode(ModificationMode.Set)
        elif self.tool == "scissors":
            effect.set_fill_mode(SCISSORS[chosen.scissors])
            effect.set_symmetric_distance(0.0)
            effect.set_range_mode(
                ScissorsEffectRangeMode.SYMMETRIC
                if chosen.slice_only
                else ScissorsEffectRangeMode.UNLIMITED
            )
        elif self.tool == "islands":
            effect.set_minimum_island_size(chosen.minimum_voxels)
            effect.set_island_mode(ISLANDS[chosen.islands])
        elif self.tool == "smoothing":
            effect.set_smoothing_mode(SMOOTHING[chosen.smoothing])
            effect.set_kernel_size(chosen.kernel_mm)
            effect.set_standard_deviation(chosen.kernel_mm / 2)

    def apply(self) -> None:
        """Do what a tool with a button does: threshold, islands or smoothing.

        Raises
        ------
        InputError
            If the tool in hand works in the views instead.
        """
        self.apply_settings()
        if self.tool in ("threshold", "islands"):
            self._effect().apply()
        elif self.tool == "smoothing":
            self._effect().apply_smoothing()
        else:
            raise InputError("This tool works in the views: press the left button and draw.")
        self._changed()

    def undo(self) -> None:
        """Take back the last step, if there is one."""
        if self.can_undo:
            self._undo.undo()

    def redo(self) -> None:
        """Do again what was taken back, if there is anything."""
        if self.can_redo:
            self._undo.redo()

    def threshold_range(self) -> tuple[float, float]:
        """Return the smallest and the largest value of the image that is drawn on."""
        volume = self.volume
        if volume is None:
            return 0.0, 1.0
        lowest, highest = volume.GetImageData().GetScalarRange()
        return float(lowest), float(highest)

    def _propose_threshold(self) -> None:
        effect = self._effect()
        effect.auto_threshold()
        self.settings.lower, self.settings.upper = effect.get_threshold_min_max_values()

    def _effect(self) -> Any:
        return self._editor.get_effect(TOOLS[self.tool])

    def _use_source(self) -> None:
        """Let tools that look at the image look at the region's own, if it has the same grid."""
        volume, segmentation = self.volume, self._editor.active_segmentation
        if volume is None or segmentation is None or segmentation.volume_node is volume:
            return
        if _same_grid(volume, segmentation.volume_node):
            segmentation.volume_node = volume
            segmentation.set_active()
            if self.tool == "threshold":
                self._propose_threshold()
                self.apply_settings()

    def _on_undo_stack(self, *_: object) -> None:
        self._changed()
        self._drawn()

    def _keep_brush_out_of_3d(self) -> None:
        """Show the brush in the slices alone: the 3D view would be drawn at every move of it."""
        name = self._effect().get_effect_name()
        count = self._scene.GetNumberOfNodesByClass("vtkMRMLModelNode")
        for index in range(count):
            model = self._scene.GetNthNodeByClass(index, "vtkMRMLModelNode")
            if model.GetName().startswith(name) and model.GetDisplayNode() is not None:
                model.GetDisplayNode().SetVisibility3D(False)
        for reference in self._effect().pipelines:
            pipeline = reference()
            if isinstance(pipeline, SegmentationPaintPipeline3D):
                pipeline.SetActive(False)


def _same_grid(first: Any, second: Any) -> bool:
    """Whether two volumes have the same voxels in the same places."""
    if first.GetImageData().GetDimensions() != second.GetImageData().GetDimensions():
        return False
    return bool(np.allclose(_ijk_to_ras(first), _ijk_to_ras(second), rtol=0, atol=1e-4))


def _ijk_to_ras(volume: Any) -> NDArray[np.float64]:
    matrix = vtk.vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    return as_array(matrix)
