"""Draws in the scene what a feature measured, and the predicted length beside it.

The nodes follow from a segmentation and are never saved, edited or listed; they are used again
for the next feature, and made anew where the user or a closed scene has removed them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import slicer
import vtk
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.shape import FEATURE_NAMES, LocatedEllipse, LocatedLength, RoiMeasurement
from radiogenomics.study.labels import ROI_COLOURS, ROIS

Vector = NDArray[np.float64]
Colour = tuple[float, float, float]

PREDICTED_COLOUR = (1.0, 0.45, 0.95)
"""Told from the colours of the ROIs and from grey tissue with any colour vision."""
PREDICTED_SHIFT_MM = 4.0
"""How far beside the measured length the predicted one is drawn."""

_AXES = ("major_axis", "minor_axis")
_TOWARDS_WHITE = 0.6
_ELLIPSE_POINTS = 72
# Points and lines in slice views are seen up to this distance from the slice, in mm; Slicer's own
# lines fade at this one too.
_FADED_AT_MM = 10.0


@dataclass(frozen=True)
class _Segment:
    """A straight line to draw, from its first to its second end, in RAS and mm."""

    first: Vector
    second: Vector

    @property
    def middle(self) -> Vector:
        return (self.first + self.second) / 2

    @property
    def direction(self) -> Vector:
        """Unit vector along the line; right where it has no length."""
        along = self.second - self.first
        length = float(np.linalg.norm(along))
        return along / length if length > 0 else np.array([1.0, 0.0, 0.0])

    def beside(self, length: float, shift: Vector) -> _Segment:
        """Return a parallel of another length, with its middle moved by ``shift``."""
        half = self.direction * (length / 2)
        return _Segment(self.middle + shift - half, self.middle + shift + half)


class FeatureOverlays:
    """Shows one feature of one ROI in the slice and 3D views of a scene.

    Parameters
    ----------
    scene
        The MRML scene to draw in. One set of overlays serves a scene.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
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
        their own: nothing is drawn. An empty ROI shows nothing.

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
        diameter, ellipse = measurement.diameter, measurement.ellipse
        if diameter is None or ellipse is None:
            self.hide()
            return
        if feature == "max_diameter":
            length = _segment(diameter)
            across = _across(length.direction)
            self._show_lengths(roi, feature, diameter, across, predicted)
            self._hide("other", "ellipse")
            target = length.middle
        elif feature in _AXES:
            self._show_ellipse(roi, feature, ellipse, predicted)
            target = np.array(ellipse.centre_mm)
        else:
            self.hide()
            target = np.array(ellipse.centre_mm)
        if jump:
            # Centred: the place may lie outside what a view has zoomed to.
            slicer.vtkMRMLSliceNode.JumpAllSlices(
                self._scene, *target.tolist(), slicer.vtkMRMLSliceNode.CenteredJumpSlice
            )

    def hide(self) -> None:
        """Hide everything; the nodes stay for the next feature."""
        self._hide(*self._nodes)

    def remove(self) -> None:
        """Remove every node from the scene."""
        for node in self._nodes.values():
            if self._scene.IsNodePresent(node):
                display = node.GetDisplayNode()
                self._scene.RemoveNode(node)
                if display is not None and self._scene.IsNodePresent(display):
                    self._scene.RemoveNode(display)
        self._nodes.clear()

    def _show_ellipse(
        self, roi: str, feature: str, ellipse: LocatedEllipse, predicted: float | None
    ) -> None:
        major, minor = _segment(ellipse.major), _segment(ellipse.minor)
        chosen, other = (
            (ellipse.major, minor) if feature == "major_axis" else (ellipse.minor, major)
        )
        # Aside of one axis is along the other: the predicted length stays in the ellipse's plane.
        self._show_lengths(roi, feature, chosen, _steady(other.direction), predicted)

        colour = _tint(roi)
        other_name = _title(next(axis for axis in _AXES if axis != feature), roi)
        line = self._node("other", "vtkMRMLMarkupsLineNode", other_name)
        _style(line, colour, thickness=0.12, faded_at=_FADED_AT_MM)
        _place(line, (other.first, other.second))

        angle = np.linspace(0.0, 2 * math.pi, _ELLIPSE_POINTS, endpoint=False)
        half_major = (major.second - major.first) / 2
        half_minor = (minor.second - minor.first) / 2
        outline = (
            np.array(ellipse.centre_mm)
            + np.cos(angle)[:, None] * half_major
            + np.sin(angle)[:, None] * half_minor
        )
        curve = self._node(
            "ellipse", "vtkMRMLMarkupsClosedCurveNode", f"Ellipse of the axes, {roi}"
        )
        _style(curve, colour, thickness=0.2, faded_at=_FADED_AT_MM)
        _place_outline(curve, outline)

    def _show_lengths(
        self,
        roi: str,
        feature: str,
        measured: LocatedLength,
        across: Vector,
        predicted: float | None,
    ) -> None:
        """Draw the measured and the predicted length, each with its label at the middle."""
        line = _segment(measured)
        # A diameter crosses slices; all of it is seen, fainter the farther from the slice.
        faded_at = max(_FADED_AT_MM, measured.length) if feature == "max_diameter" else _FADED_AT_MM
        node = self._node("measured", "vtkMRMLMarkupsLineNode", _title(feature, roi))
        _style(node, _tint(roi), thickness=0.3, faded_at=faded_at)
        _place(node, (line.first, line.second))
        labelled = [(line.middle, f"measured {measured.length:.1f} mm")]

        if predicted is not None and math.isfinite(predicted) and predicted > 0:
            beside = line.beside(predicted, across * PREDICTED_SHIFT_MM)
            name = f"Predicted {_title(feature, roi).lower()}"
            node = self._node("predicted", "vtkMRMLMarkupsLineNode", name)
            _style(node, PREDICTED_COLOUR, thickness=0.15, faded_at=faded_at)
            _place(node, (beside.first, beside.second))
            labelled.append((beside.middle, f"predicted {predicted:.1f} mm"))
        else:
            self._hide("predicted")

        labels = self._node(
            "labels", "vtkMRMLMarkupsFiducialNode", f"Lengths of {_title(feature, roi).lower()}"
        )
        _style(labels, PREDICTED_COLOUR, thickness=0.2, faded_at=faded_at, selected=_tint(roi))
        _label(labels, labelled)

    def _node(self, role: str, class_name: str, name: str) -> Any:
        """Return the node of a role, visible and with a display node; make what is missing."""
        node = self._nodes.get(role)
        if node is None or not self._scene.IsNodePresent(node):
            node = self._scene.CreateNodeByClass(class_name)
            node.UnRegister(None)
            for switch_off in (node.SetSaveWithScene, node.SetSelectable, node.SetUndoEnabled):
                switch_off(False)
            node.SetHideFromEditors(True)
            node.SetLocked(True)
            with _place_mode_kept(self._scene):
                self._scene.AddNode(node)
            self._nodes[role] = node
        node.SetName(name)
        node.CreateDefaultDisplayNodes()
        display = node.GetDisplayNode()
        display.SetSaveWithScene(False)
        display.SetVisibility(True)
        return node

    def _hide(self, *roles: str) -> None:
        for role in roles:
            node = self._nodes.get(role)
            if node is not None and self._scene.IsNodePresent(node) and node.GetDisplayNode():
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


def _style(
    node: Any,
    colour: Colour,
    *,
    thickness: float,
    faded_at: float,
    selected: Colour | None = None,
) -> None:
    """Set how a node looks; what is set already fires no event.

    Points have labels where a colour for the selected ones is given.
    """
    display = node.GetDisplayNode()
    changing = display.StartModify()
    display.SetColor(*colour)
    display.SetSelectedColor(*(selected or colour))
    display.SetActiveColor(*colour)
    display.SetOpacity(1.0)
    display.SetVisibility2D(True)
    display.SetVisibility3D(True)
    display.SetPointLabelsVisibility(selected is not None)
    display.SetPropertiesLabelVisibility(False)
    display.SetTextScale(3.0)
    display.SetUseGlyphScale(True)
    display.SetGlyphScale(2.0)
    display.SetLineThickness(thickness)
    display.SetCurveLineSizeMode(display.UseLineThickness)
    display.SetSliceProjection(True)
    display.SetSliceProjectionUseFiducialColor(True)
    display.SetSliceProjectionOpacity(0.5)
    display.SetLineColorFadingStart(1.0)
    display.SetLineColorFadingEnd(faded_at)
    # Inside the body in 3D, still to be seen.
    display.SetOccludedVisibility(True)
    display.SetOccludedOpacity(0.4)
    display.SetHandlesInteractive(False)
    display.EndModify(changing)


def _place(node: Any, points: Sequence[Vector] | Vector) -> None:
    """Give a node its points, with one event, and none where they are there already."""
    wanted = np.array(points)
    held = [node.GetNthControlPointPositionWorld(i) for i in range(node.GetNumberOfControlPoints())]
    if len(held) == len(wanted) and (np.array(held) == wanted).all():
        return
    positions = vtk.vtkPoints()
    positions.SetDataTypeToDouble()
    for point in wanted:
        positions.InsertNextPoint(*point)
    node.SetControlPointPositionsWorld(positions)


def _place_outline(curve: Any, points: Vector) -> None:
    """Give a closed curve points dense enough to need no rounding, which are not seen."""
    changing = curve.StartModify()
    curve.SetCurveTypeToLinear()
    curve.SetNumberOfPointsPerInterpolatingSegment(1)
    _place(curve, points)
    for index in range(len(points)):
        curve.SetNthControlPointVisibility(index, False)
    curve.EndModify(changing)


def _label(node: Any, labelled: Sequence[tuple[Vector, str]]) -> None:
    """Give a list one point a label; the first takes the selected colour."""
    changing = node.StartModify()
    _place(node, [point for point, _ in labelled])
    for index, (_, text) in enumerate(labelled):
        node.SetNthControlPointLabel(index, text)
        node.SetNthControlPointSelected(index, index == 0)
    node.EndModify(changing)


def _segment(length: LocatedLength) -> _Segment:
    first, second = length.ends_mm
    return _Segment(np.array(first), np.array(second))


def _across(direction: Vector) -> Vector:
    """Return a unit vector at right angles, in the axial plane where the line allows it."""
    superior = np.array([0.0, 0.0, 1.0])
    across = np.cross(superior, direction)
    if np.linalg.norm(across) < 0.1:
        across = np.cross(np.array([0.0, 1.0, 0.0]), direction)
    return _steady(across / np.linalg.norm(across))


def _steady(vector: Vector) -> Vector:
    """Return the vector or its opposite, the same whichever end of a line comes first."""
    # No weights avoid a turn at some angle; these keep it away from the axes and the diagonals.
    return vector if vector @ np.array([1.0, 0.37, 0.11]) > 0 else -vector


def _tint(roi: str) -> Colour:
    """Return a lighter tone of the ROI's colour, seen on a segment filled with the colour."""
    red, green, blue = (c + (1 - c) * _TOWARDS_WHITE for c in ROI_COLOURS[roi])
    return red, green, blue


def _title(feature: str, roi: str) -> str:
    return f"{feature.replace('_', ' ').capitalize()}, {roi}"
