"""The regions' surfaces in the 3D view, made anew when the rater pauses. slicer, vtk.

The segmentation itself holds no surface: Slicer would make it anew within every stroke, before the
features are measured.
"""

from __future__ import annotations

from typing import Any

import slicer
import vtk

from radiogenomics.mrml.live import Schedule
from radiogenomics.mrml.segments import find_roi_segments, segment_grid
from radiogenomics.study.labels import MEASURED_ROIS, ROI_COLOURS

_PAUSE_MS = 700
# The edema lies around the enhancing region, which is to be seen through it.
_OPACITY = {"enhancing": 1.0, "edema": 0.35}


class Surfaces:
    """Shows one segmentation in 3D.

    Parameters
    ----------
    scene
        Holds the models, one a region, which are never saved.
    logic
        A ``vtkSlicerSegmentationsModuleLogic``.
    schedule
        Calls a function once, some milliseconds later.
    """

    def __init__(self, scene: Any, logic: Any, schedule: Schedule) -> None:
        self._scene, self._logic, self._schedule = scene, logic, schedule
        self._models: dict[str, Any] = {}
        self._node: Any = None
        self._asked = 0

    def show(self, node: Any | None) -> None:
        """Show a segmentation now; None for none."""
        self._node = node
        self._make()

    def follow(self) -> None:
        """Show the segmentation as it is, once nothing has changed for a moment."""
        self._asked += 1
        asked = self._asked
        self._schedule(_PAUSE_MS, lambda: self._make() if asked == self._asked else None)

    def _make(self) -> None:
        segments = {} if self._node is None else find_roi_segments(self._node)
        for roi in MEASURED_ROIS:
            surface = vtk.vtkPolyData()
            # Slicer prints errors for a surface of nothing.
            if roi in segments and segment_grid(self._node, segments[roi]).mask.size:
                self._logic.GetSegmentClosedSurfaceRepresentation(
                    self._node, segments[roi], surface
                )
            self._model(roi).SetAndObservePolyData(surface)

    def _model(self, roi: str) -> Any:
        model = self._models.get(roi)
        if model is None or not self._scene.IsNodePresent(model):
            model = slicer.vtkMRMLModelNode()
            model.SetName(f"Surface of {roi}")
            model.SetSaveWithScene(False)
            model.SetHideFromEditors(True)
            model.SetSelectable(False)
            self._scene.AddNode(model)
            model.CreateDefaultDisplayNodes()
            display = model.GetDisplayNode()
            display.SetColor(*ROI_COLOURS[roi])
            display.SetOpacity(_OPACITY[roi])
            display.SetVisibility2D(False)
            self._models[roi] = model
        return model
