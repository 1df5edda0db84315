"""The regions' surfaces in the 3D view, made anew when the rater pauses. slicer, vtk.

The segmentation itself holds no surface: Slicer would make it anew within every stroke, before the
features are measured.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import slicer
import vtk

from radiogenomics.errors import InputError
from radiogenomics.mrml.live import LiveFeatures, LiveRoi, Schedule
from radiogenomics.mrml.segments import find_roi_segments
from radiogenomics.study.labels import MEASURED_ROIS, ROI_COLOURS

_PAUSE_MS = 700
# The edema lies around the enhancing region, which is to be seen through it.
_OPACITY = {"enhancing": 1.0, "edema": 0.35}


class Surfaces:
    """Shows the regions of one segmentation in 3D.

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
        self._shown: dict[str, LiveRoi | None] = {}
        self._live: LiveFeatures | None = None
        self._asked = 0

    def show(self, live: LiveFeatures | None) -> None:
        """Show the regions that are measured, now; None for none."""
        self._live = live
        self._asked += 1
        self._make()

    def follow(self, live: LiveFeatures | None) -> None:
        """Show the regions as they are, once nothing has changed for a moment."""
        self._live = live
        self._asked += 1
        asked = self._asked
        self._schedule(_PAUSE_MS, lambda: self._make() if asked == self._asked else None)

    def _make(self) -> None:
        """Make the surfaces of the regions that were measured anew since."""
        live = self._live
        segments: dict[str, str] = {}
        if live is not None:
            with suppress(InputError):  # told of beside the features
                segments = find_roi_segments(live.node)
        for roi in MEASURED_ROIS:
            measured = None if live is None else live.rois.get(roi)
            if roi in self._shown and self._shown[roi] is measured:
                continue
            self._shown[roi] = measured
            surface = vtk.vtkPolyData()
            # Slicer prints errors for a surface of nothing.
            if live is not None and roi in segments and _has_voxels(measured):
                self._logic.GetSegmentClosedSurfaceRepresentation(live.node, segments[roi], surface)
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


def _has_voxels(measured: LiveRoi | None) -> bool:
    if measured is None or measured.measurement is None:
        return False
    return bool(measured.measurement.features["volume"])
