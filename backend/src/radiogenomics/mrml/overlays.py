"""Draws in the scene what a feature measured, and the predicted length beside it.

The nodes follow from a segmentation and are never saved, edited or listed; they are used again
for the next feature, and made anew where the user or a closed scene has removed them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import slicer
import vtk

from radiogenomics.errors import InputError
from radiogenomics.mrml.overlay_shapes import Drawing, Vector, drawings_of, place_of
from radiogenomics.shape import FEATURE_NAMES, RoiMeasurement
from radiogenomics.study.labels import ROIS

TEXT_SCALE = 3.0

_CLASSES = {"line": "vtkMRMLMarkupsLineNode", "outline": "vtkMRMLMarkupsClosedCurveNode"}


class FeatureOverlays:
    """Shows one feature of one ROI in the slice and 3D views of a scene.

    Parameters
    ----------
    scene
        The MRML scene to draw in. One set of overlays serves a scene.
    text_scale
        Height of the words, in percent of the screen's: less where the views are small.
    """

    def __init__(self, scene: slicer.vtkMRMLScene, text_scale: float = TEXT_SCALE) -> None:
        self._scene = scene
        self._text_scale = text_scale
        self._nodes: dict[str, Any] = {}

    def show(
        self,
        roi: str,
        feature: str,
        measurement: RoiMeasurement,
        predicted: float | None = None,
        *,
        jump: bool = True,
    ) -> None:
        """Show where a feature was measured; what was shown before is replaced.

        `max_diameter` is a line between its ends. `major_axis` and `minor_axis` are the ellipse
        with both axes, on its own slice of the segmentation. Other features have no place of
        their own: nothing is drawn. An empty ROI shows nothing and moves no view.

        Parameters
        ----------
        roi, feature
            What to show: a name of `ROIS` and of `FEATURE_NAMES`.
        measurement
            Of that ROI, with an affine that leads to RAS.
        predicted
            The predicted length in mm, drawn parallel beside the measured one; None or what is
            not above 0 is not drawn.
        jump
            Whether to bring the slice views there: to the middle of the diameter, else to the
            centre of the ellipse. False while somebody paints.

        Raises
        ------
        InputError
            For another ROI or feature.
        """
        if roi not in ROIS or feature not in FEATURE_NAMES:
            raise InputError(
                f"There is nothing to show for {roi!r} and {feature!r}; the ROIs are "
                f"{', '.join(ROIS)}, the features {', '.join(FEATURE_NAMES)}."
            )
        drawings = drawings_of(roi, feature, measurement, predicted)
        for drawing in drawings:
            self._draw(drawing)
        self._hide(set(self._nodes) - {drawing.role for drawing in drawings})
        place = place_of(feature, measurement)
        if jump and place is not None:
            # Centred: the place may lie outside what a view has zoomed to.
            slicer.vtkMRMLSliceNode.JumpAllSlices(
                self._scene, *place.tolist(), slicer.vtkMRMLSliceNode.CenteredJumpSlice
            )

    def hide(self) -> None:
        """Hide everything; the nodes stay for the next feature."""
        self._hide(set(self._nodes))

    def remove(self) -> None:
        """Remove every node from the scene."""
        for node in self._nodes.values():
            if self._scene.IsNodePresent(node):
                display = node.GetDisplayNode()
                self._scene.RemoveNode(node)
                if display is not None and self._scene.IsNodePresent(display):
                    self._scene.RemoveNode(display)
        self._nodes.clear()

    def _draw(self, drawing: Drawing) -> None:
        node = self._node(drawing)
        if node.GetName() != drawing.name:
            node.SetName(drawing.name)
        _style(node.GetDisplayNode(), drawing, self._text_scale)
        changing = node.StartModify()
        _place(node, drawing.points)
        if drawing.kind == "outline":
            # The points are dense enough to be joined by straight lines, and are not to be seen.
            node.SetCurveTypeToLinear()
            node.SetNumberOfPointsPerInterpolatingSegment(1)
            for index in range(len(drawing.points)):
                node.SetNthControlPointVisibility(index, False)
        else:
            for index, label in enumerate(drawing.labels):
                node.SetNthControlPointLabel(index, label)
        node.EndModify(changing)

    def _node(self, drawing: Drawing) -> Any:
        """Return the node of a drawing's role, with a display node; make what is missing."""
        node = self._nodes.get(drawing.role)
        if node is None or not self._scene.IsNodePresent(node):
            node = self._scene.CreateNodeByClass(_CLASSES[drawing.kind])
            node.UnRegister(None)  # the caller of CreateNodeByClass owns what it returns
            for switch_off in (node.SetSaveWithScene, node.SetSelectable, node.SetUndoEnabled):
                switch_off(False)
            node.SetHideFromEditors(True)
            node.SetLocked(True)
            with _place_mode_kept(self._scene):
                self._scene.AddNode(node)
            self._nodes[drawing.role] = node
        node.CreateDefaultDisplayNodes()
        return node

    def _hide(self, roles: set[str]) -> None:
        for role in roles:
            node = self._nodes[role]
            if self._scene.IsNodePresent(node) and node.GetDisplayNode() is not None:
                node.GetDisplayNode().SetVisibility(False)


@contextmanager
def _place_mode_kept(scene: slicer.vtkMRMLScene) -> Iterator[None]:
    """Leave the list that the user places points in as it is.

    The markups logic makes every list that is added to the scene the one that clicks go to.
    """
    selection = scene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
    if selection is None:
        yield
        return
    class_name, node_id = selection.GetActivePlaceNodeClassName(), selection.GetActivePlaceNodeID()
    yield
    if selection.GetActivePlaceNodeClassName() != class_name:
        selection.SetReferenceActivePlaceNodeClassName(class_name)
    if selection.GetActivePlaceNodeID() != node_id:
        selection.SetReferenceActivePlaceNodeID(node_id)


def _style(display: Any, drawing: Drawing, text_scale: float) -> None:
    """Set how a node looks, with one event, and none where it looks so already."""
    changing = display.StartModify()
    display.SetSaveWithScene(False)
    display.SetVisibility(True)
    display.SetVisibility2D(True)
    display.SetVisibility3D(True)
    display.SetOpacity(1.0)
    display.SetColor(*drawing.colour)
    display.SetSelectedColor(*drawing.colour)
    display.SetActiveColor(*drawing.colour)
    display.SetPointLabelsVisibility(any(drawing.labels))
    display.SetPropertiesLabelVisibility(False)
    display.SetTextScale(text_scale)
    # Off the line, so that the words cover neither it nor the words at its other end.
    words = display.GetTextProperty()
    if drawing.labels[1]:
        words.SetJustificationToRight()
    else:
        words.SetJustificationToLeft()
    display.SetUseGlyphScale(True)
    display.SetGlyphScale(2.0)
    display.SetCurveLineSizeMode(display.UseLineThickness)
    display.SetLineThickness(drawing.thickness)
    # Slicer tints what lies before and behind the slice, from the start of the fading to twice as
    # far. With the end there, the tint is hardly seen and colours keep their meaning.
    display.SetLineColorFadingStart(drawing.faded_at_mm / 2)
    display.SetLineColorFadingEnd(drawing.faded_at_mm)
    display.SetSliceProjection(drawing.projected)
    display.SetSliceProjectionUseFiducialColor(True)
    display.SetSliceProjectionOpacity(0.7)
    # Inside the body in 3D, still to be seen.
    display.SetOccludedVisibility(True)
    display.SetOccludedOpacity(0.4)
    display.SetHandlesInteractive(False)
    display.EndModify(changing)


def _place(node: Any, points: Vector) -> None:
    """Give a node its points; no event where they are there already."""
    held = [node.GetNthControlPointPositionWorld(i) for i in range(node.GetNumberOfControlPoints())]
    if len(held) == len(points) and (np.array(held) == points).all():
        return
    positions = vtk.vtkPoints()
    positions.SetDataTypeToDouble()
    for point in points:
        positions.InsertNextPoint(*point)
    node.SetControlPointPositionsWorld(positions)
