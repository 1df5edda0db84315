"""What the parts of the page share: the session, its review, the editor and the views.

trame_slicer, slicer.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import vtk

from radiogenomics.agreement import Consensus, Method, RoiAgreement
from radiogenomics.errors import InputError
from radiogenomics.mrml.highlight import FeatureHighlight
from radiogenomics.mrml.live import Schedule
from radiogenomics.mrml.opened import Change, OpenCase
from radiogenomics.mrml.overlay_shapes import place_of
from radiogenomics.mrml.predicted import find_runs, read_prediction_source
from radiogenomics.mrml.reviewing import Review
from radiogenomics.mrml.session import Session
from radiogenomics.study import Segmentation
from radiogenomics.study.labels import MEASURED_ROIS
from radiogenomics.viewer.display import SegmentDisplay
from radiogenomics.viewer.editor import Editor
from radiogenomics.viewer.surfaces import Surfaces
from radiogenomics.viewer.views import Views


class Part(StrEnum):
    """A part of the page, to be brought up to date."""

    STUDY = "study"
    CASE = "case"
    FEATURES = "features"
    EDITOR = "editor"
    VIEWS = "views"
    REVIEW = "review"
    PREDICTIONS = "predictions"
    PLOT = "plot"


# Without a stroke, before unsaved work is kept.
_PAUSE_MS = 4000
# The views are a quarter of those of the desktop application.
_TEXT_SCALE = 2.2
_PARTS = {
    Change.STUDY: set(Part),
    Change.CASE: set(Part),
    Change.SAVED: {Part.STUDY, Part.CASE, Part.EDITOR, Part.REVIEW},
    Change.FEATURES: {Part.CASE, Part.FEATURES, Part.PLOT},
}


class Workplace:
    """Connects a session to editor and views, and tells the page what changed.

    Parameters
    ----------
    trame_server
        Of the page.
    slicer_app
        A ``trame_slicer.core.SlicerApp``.
    schedule
        Calls a function once, some milliseconds later.
    changed
        Told which parts of the page are out of date.

    Attributes
    ----------
    session, review, highlight, editor, display, views
        What the page's controls act on.
    image
        Name of the image that the slices show, such as ``flair``; empty for none.
    trouble
        What no caller waits for, such as a draft that could not be kept; empty for nothing.
    """

    def __init__(
        self,
        trame_server: Any,
        slicer_app: Any,
        schedule: Schedule,
        changed: Callable[[set[Part]], None],
    ) -> None:
        self._schedule, self._changed = schedule, changed
        self._strokes = 0
        self.trouble = ""
        self.image = ""
        # They warn of an event that VTK 9.6 sends no more, and manage without it.
        vtk.vtkObject.GlobalWarningDisplayOff()
        self.views = Views(trame_server, slicer_app, lambda: changed({Part.VIEWS}))
        vtk.vtkObject.GlobalWarningDisplayOn()
        # Else painting fails: the editor's nodes are made anew in an empty scene.
        slicer_app.scene.Clear()
        self.session = Session(
            slicer_app.scene, schedule, self._on_change, self._on_trouble, "the browser viewer"
        )
        self.review = Review(self.session)
        self.highlight = FeatureHighlight(self.session, _TEXT_SCALE)
        # Measured at once, not when events have calmed down: a step is whole when it is told of.
        self.editor = Editor(slicer_app, lambda: changed({Part.EDITOR}), self.session.update)
        self.display = SegmentDisplay()
        self.surfaces = Surfaces(slicer_app.scene, slicer_app.segmentations_logic, schedule)

    def open_case(self, patient_id: str, rater: str | None = None) -> str:
        """Open a case and show it; return what the rater should know, as `Session.open_case`."""
        message = self.session.open_case(patient_id, rater)
        self.show_image("", fit=True)
        self._go_to_tumour()
        self.views.reset_three_d()
        return message

    def _go_to_tumour(self) -> None:
        """Begin where the first region is that holds anything."""
        for roi in MEASURED_ROIS:
            measurement = self.session.board.measurement(roi)
            place = None if measurement is None else place_of("volume", measurement)
            if place is not None:
                self.views.go_to_point(place.tolist())
                return

    def choose_roi(self, roi: str) -> None:
        """Draw a region from now on, and show the image on which it is seen best."""
        self.editor.choose_roi(roi)
        self.show_image("")

    def switch_roi(self) -> None:
        """Go on with the next region."""
        following = MEASURED_ROIS.index(self.editor.roi) + 1
        self.choose_roi(MEASURED_ROIS[following % len(MEASURED_ROIS)])

    def show_image(self, name: str, *, fit: bool = False) -> None:
        """Show an image of the case in the slices; empty for the one that is drawn on."""
        volumes = {} if self.session.open is None else self.session.open.nodes.volumes
        volume = volumes.get(name) if name else self.editor.volume
        self.image = next((key for key, node in volumes.items() if node is volume), "")
        self.views.show_volume(volume, fit=fit)
        self._changed({Part.VIEWS})

    def use_run(self, name: str, model: str = "") -> None:
        """Show the predictions of a run of the study; an empty name for none.

        Raises
        ------
        InputError
            If the study has no such run, or its predictions cannot be read.
        """
        study = self.session.study
        source = None
        if name and study is not None:
            # By name, out of those that there are: no path leads out of the study.
            runs = {run.name: run for run in find_runs(study)}
            if name not in runs:
                known = ", ".join(runs) or "none"
                raise InputError(
                    f"The study has no run {name!r} with predictions; it has: {known}."
                )
            source = read_prediction_source(runs[name])
        self.highlight.use_predictions(source, model)
        self._changed({Part.FEATURES, Part.PREDICTIONS, Part.PLOT})

    def compare(self, rater: str) -> list[RoiAgreement]:
        """Show another rater's outlines over the open segmentation; return how they agree.

        Raises
        ------
        InputError, StudyError
            As `Review.agreement`.
        """
        rows = self.review.agreement(rater)
        current = self.session.open_case_or_refuse()
        for other, node in current.nodes.segmentations.items():
            if other not in (current.rater, rater):
                self.display.hide(node)
        self.display.show_beside(current.nodes.segmentations[rater])
        return rows

    def end_comparison(self) -> None:
        """Show the open segmentation alone again."""
        if self.session.open is not None:
            self.review.hide_second()

    def make_consensus(self, method: Method) -> tuple[Segmentation, Consensus]:
        """Save the consensus of all raters who have submitted, as `Review.make_consensus`."""
        nodes = self.session.open_case_or_refuse().nodes
        shown = set(nodes.segmentations)
        try:
            return self.review.make_consensus(method)
        finally:
            # Loaded for the vote only: on top of each other nobody could tell them apart.
            for rater in set(nodes.segmentations) - shown:
                nodes.remove_segmentation(rater)

    @property
    def rater(self) -> str:
        """Name of the rater who is signed in; empty for nobody."""
        return self.session.rater.name if self.session.rater else ""

    def leave(self) -> None:
        """Keep unsaved work after the browser has gone, with the stroke that it was drawing."""
        self.views.release_buttons()
        self.keep()

    def keep(self) -> None:
        """Keep unsaved work beside the versions."""
        self.session.keep_draft()
        self._changed({Part.CASE})

    def end(self) -> str:
        """Keep what is unsaved and close the case; return what the rater should know of it."""
        self.trouble = ""
        self.session.end()
        self.editor.close()
        return self.trouble

    def _on_change(self, change: Change) -> None:
        if change is Change.CASE:
            self._follow_case()
        elif change is Change.FEATURES:
            self.surfaces.follow(self.session.live)
            self._keep_after_a_pause()
        elif change is Change.SAVED:
            self.trouble = ""
            self._follow_state()
        self.highlight.follow(change)
        self._changed(_PARTS[change])

    def _follow_case(self) -> None:
        current = self.session.open
        self.editor.close()
        if current is None:
            self.display.use(None)
            self.surfaces.show(None)
            self.image = ""
            return
        self._draw_in(current)
        self.display.use(current.nodes.segmentations[current.rater])
        self.surfaces.show(self.session.live)

    def _follow_state(self) -> None:
        """Take the tools away from what was submitted, and give them back after a withdrawal."""
        current = self.session.open
        if current is not None and self.editor.is_active != self.session.is_editable:
            roi = self.editor.roi
            self._draw_in(current)
            self.choose_roi(roi)

    def _draw_in(self, current: OpenCase) -> None:
        node = current.nodes.segmentations[current.rater]
        try:
            self.editor.open(current.nodes, node, editable=self.session.is_editable)
        except InputError as error:
            # Two segments of one region, in a draft; told beside the features, too.
            self.editor.problem = str(error)

    def _keep_after_a_pause(self) -> None:
        """Keep unsaved work as soon as nobody draws, since writing it takes a moment."""
        self._strokes += 1
        stroke = self._strokes
        self._schedule(_PAUSE_MS, lambda: self.keep() if stroke == self._strokes else None)

    def _on_trouble(self, message: str) -> None:
        self.trouble = message
        self._changed({Part.CASE})
