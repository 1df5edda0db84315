"""The features of a segmentation node, measured again after each change. slicer, vtk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import slicer

from radiogenomics.errors import InputError
from radiogenomics.mrml.segments import SegmentGrid, find_roi_segments, segment_grid
from radiogenomics.shape import RoiMeasurement, measure_mask
from radiogenomics.study.labels import MEASURED_ROIS

DELAY_MS = 60
"""Between a change and the measuring: one stroke fires several events, some of them half-way."""

Schedule = Callable[[int, Callable[[], None]], None]
"""Calls a function once, that many milliseconds later, on the thread that owns the scene."""


@dataclass(frozen=True)
class LiveRoi:
    """What is known of one ROI at this moment.

    Attributes
    ----------
    roi
        Its name.
    measurement
        Its features and where lengths were found; None where there is nothing to measure.
    problem
        Why there is no measurement, and what to do; empty otherwise.
    """

    roi: str
    measurement: RoiMeasurement | None
    problem: str = ""


class LiveFeatures:
    """Keeps the features of a segmentation node up to date.

    It observes the node, marks itself as out of date on any of its events, and measures once,
    `DELAY_MS` later, only the ROIs whose voxels or place changed. What an event carries is never
    looked at: it differs between versions and is sometimes half-way through a change.

    Parameters
    ----------
    node
        A ``vtkMRMLSegmentationNode`` in a scene.
    schedule
        Calls a function later; ``qt.QTimer.singleShot`` in the desktop application.
    changed
        Called with this object after a change of any ROI.
    touched
        Called at once on any event of the node, also one that changes no voxel.
    rois
        The ROIs to measure.
    segment_ids
        Segment of each ROI, chosen by hand; None to find them by terminology.
    """

    def __init__(
        self,
        node: Any,
        schedule: Schedule,
        changed: Callable[[LiveFeatures], None],
        touched: Callable[[], None] | None = None,
        *,
        rois: Sequence[str] = MEASURED_ROIS,
        segment_ids: Mapping[str, str] | None = None,
    ) -> None:
        self.node = node
        self.rois: dict[str, LiveRoi] = {roi: LiveRoi(roi, None) for roi in rois}
        self.measured = 0
        """How many times an ROI was measured."""
        self.touches = 0
        """How many events the node has fired: unchanged means that nothing was drawn since."""
        self._schedule = schedule
        self._changed = changed
        self._touched = touched
        self._segment_ids = None if segment_ids is None else dict(segment_ids)
        self._fingerprints: dict[str, bytes] = {}
        self._pending = False
        self._stopped = False
        self._tags = [node.AddObserver(event, self._on_event) for event in _events()]
        self.update()

    def stop(self) -> None:
        """Observe the node no more; safe to call twice, and after the node has left the scene."""
        self._stopped = True
        for tag in self._tags:
            self.node.RemoveObserver(tag)
        self._tags = []

    @property
    def is_empty(self) -> bool:
        """Whether no ROI holds a voxel, as far as they could be measured."""
        measured = [one.measurement for one in self.rois.values() if one.measurement is not None]
        return all(not one.features["volume"] for one in measured)

    @property
    def is_stopped(self) -> bool:
        """Whether it observes the node no more."""
        return self._stopped

    @property
    def is_pending(self) -> bool:
        """Whether a change has not been measured yet."""
        return self._pending

    def choose_segments(self, segment_ids: Mapping[str, str] | None) -> None:
        """Set which segment is which ROI by hand, or None to go by terminology again."""
        self._segment_ids = None if segment_ids is None else dict(segment_ids)
        self.update()

    def update(self) -> None:
        """Measure now what changed, without waiting; calls ``changed`` if anything did."""
        self._pending = False
        before = dict(self.rois)
        try:
            segments = self._segment_ids
            if segments is None:
                segments = find_roi_segments(self.node)
        except InputError as error:
            self._fingerprints.clear()
            self.rois = {roi: LiveRoi(roi, None, str(error)) for roi in self.rois}
        else:
            self.rois = {roi: self._measure(roi, segments.get(roi)) for roi in self.rois}
        if any(self.rois[roi] is not before[roi] for roi in self.rois):
            self._changed(self)

    def _measure(self, roi: str, segment_id: str | None) -> LiveRoi:
        if segment_id is None:
            return self._without(roi, f"There is no segment for {roi}.")
        try:
            grid = segment_grid(self.node, segment_id)
            fingerprint = grid.fingerprint()
            if self._fingerprints.get(roi) == fingerprint:
                return self.rois[roi]
            measurement = measure(grid)
        except InputError as error:
            return self._without(roi, str(error))
        self.measured += 1
        self._fingerprints[roi] = fingerprint
        return LiveRoi(roi, measurement)

    def _without(self, roi: str, problem: str) -> LiveRoi:
        self._fingerprints.pop(roi, None)
        now = self.rois[roi]
        return now if now == LiveRoi(roi, None, problem) else LiveRoi(roi, None, problem)

    def _on_event(self, *_: object) -> None:
        if self._stopped:
            return
        self.touches += 1
        if self._touched is not None:
            self._touched()
        if not self._pending:
            self._pending = True
            self._schedule(DELAY_MS, self._on_time)

    def _on_time(self) -> None:
        # Measured by `update` in the meantime, or no longer wanted.
        if self._pending and not self._stopped:
            self.update()


def measure(grid: SegmentGrid) -> RoiMeasurement:
    """Measure a segment: the one function that serves the panel, the table and the exports."""
    return measure_mask(grid.mask, grid.spacing, grid.affine)


def _events() -> tuple[int, ...]:
    segmentation = slicer.vtkSegmentation
    return (
        segmentation.SourceRepresentationModified,
        segmentation.SegmentModified,
        segmentation.SegmentAdded,
        segmentation.SegmentRemoved,
        slicer.vtkMRMLSegmentationNode.SegmentationChangedEvent,
        slicer.vtkMRMLTransformableNode.TransformModifiedEvent,
    )
