"""What the parts of the page share: the session, its review, the editor and the views.

trame_slicer, slicer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from radiogenomics.mrml.highlight import FeatureHighlight
from radiogenomics.mrml.live import Schedule
from radiogenomics.mrml.opened import Change
from radiogenomics.mrml.reviewing import Review
from radiogenomics.mrml.session import Session
from radiogenomics.viewer.editor import Editor
from radiogenomics.viewer.surfaces import Surfaces
from radiogenomics.viewer.views import Views


class Workplace:
    """Connects a session to editor and views, and tells the page what changed.

    Parameters
    ----------
    slicer_app
        A ``trame_slicer.core.SlicerApp`` whose views exist.
    views
        Of its scene.
    schedule
        Calls a function once, some milliseconds later, and tells the page afterwards.
    changed
        Called after anything that the page shows has changed.

    Attributes
    ----------
    session, review, highlight, editor, views
        What the page's controls act on.
    trouble
        What no caller waits for, such as a draft that could not be kept; empty for nothing.
    """

    def __init__(
        self, slicer_app: Any, views: Views, schedule: Schedule, changed: Callable[[], None]
    ) -> None:
        # Else painting fails: nodes of the editor are made anew in an empty scene.
        slicer_app.scene.Clear()
        self._changed = changed
        self.trouble = ""
        self.views = views
        self.session = Session(slicer_app.scene, schedule, self._on_change, self._on_trouble)
        self.review = Review(self.session)
        self.highlight = FeatureHighlight(self.session)
        self.editor = Editor(slicer_app, changed)
        self.surfaces = Surfaces(slicer_app.scene, slicer_app.segmentations_logic, schedule)

    def open_case(self, patient_id: str, rater: str | None = None) -> str:
        """Open a case and show it; return what the rater should know, as `Session.open_case`."""
        message = self.session.open_case(patient_id, rater)
        current = self.session.open
        if current is not None:
            self.views.show_volume(self.editor.volume, fit=True)
            self.views.reset_three_d()
        return message

    def choose_roi(self, roi: str) -> None:
        """Draw a region from now on, and show the image on which it is seen best."""
        self.editor.choose_roi(roi)
        self.views.show_volume(self.editor.volume)

    def end(self) -> None:
        """Keep what is unsaved and close the case."""
        self.editor.close()
        self.session.end()

    def _on_change(self, change: Change) -> None:
        if change is Change.CASE:
            self._follow_case()
        elif change is Change.FEATURES:
            self.surfaces.follow()
        elif change is Change.SAVED:
            self.trouble = ""
            self._follow_editable()
        self.highlight.follow(change)
        self._changed()

    def _follow_case(self) -> None:
        current = self.session.open
        if current is None:
            self.editor.close()
            self.surfaces.show(None)
            return
        node = current.nodes.segmentations[current.rater]
        self.editor.open(current.nodes, node, editable=self.session.is_editable)
        self.surfaces.show(node)

    def _follow_editable(self) -> None:
        """Take the tools away from what was submitted, and give them back after a withdrawal."""
        current = self.session.open
        if current is None or self.editor.is_active == self.session.is_editable:
            return
        roi = self.editor.roi
        node = current.nodes.segmentations[current.rater]
        self.editor.open(current.nodes, node, editable=self.session.is_editable)
        self.choose_roi(roi)

    def _on_trouble(self, message: str) -> None:
        self.trouble = message
        self._changed()
