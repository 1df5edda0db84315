"""What the sections of the panel share: the session, its review, overlays and plots."""

import qt
import slicer

from radiogenomics.mrml.agreement_table import AgreementTable
from radiogenomics.mrml.case import attribute
from radiogenomics.mrml.highlight import FeatureHighlight
from radiogenomics.mrml.reviewing import Review
from radiogenomics.mrml.session import Change, Session


class Workplace:
    """Connects a session to the application and tells the sections what changed.

    Attributes
    ----------
    session : Session
        The rater at work.
    review : Review
        Of the open case.
    highlight : FeatureHighlight
        The selected feature, drawn and plotted.
    agreement : AgreementTable
        Of the raters of the study.
    """

    def __init__(self, scene):
        self.scene = scene
        self._listeners = []
        self.trouble = ""
        self.session = Session(scene, qt.QTimer.singleShot, self._onChange, self._onTrouble)
        self.review = Review(self.session)
        self.highlight = FeatureHighlight(self.session)
        self.agreement = AgreementTable(scene)

    def listen(self, listener):
        """Call ``listener(change)`` after every change of the session."""
        self._listeners.append(listener)

    def end(self):
        """Keep what is unsaved and take out of the scene what follows from it."""
        self._listeners.clear()
        self.session.end()
        self.highlight.remove()
        self.agreement.remove()

    def tell(self, change):
        """Tell the sections of a change that came from elsewhere."""
        self._onChange(change)

    def forgetScene(self):
        """Select and plot nothing any more: the scene that held it closes."""
        self.highlight.forget()

    def adopt(self):
        """Measure a segmentation of ours that came with a loaded scene, where nothing is open."""
        if self.session.live is not None:
            return
        node = next(
            (
                node
                for node in slicer.util.getNodesByClass("vtkMRMLSegmentationNode", self.scene)
                if attribute(node, "PatientId")
            ),
            None,
        )
        if node is not None:
            self.session.follow(node)

    def _onChange(self, change):
        self.highlight.follow(change)
        if change is Change.SAVED:
            self.trouble = ""
        for listener in self._listeners:
            listener(change)

    def _onTrouble(self, message):
        # While somebody draws: shown in the panel, where it does not get in the way.
        self.trouble = message
        slicer.util.showStatusMessage(message, 10000)
        for listener in self._listeners:
            listener(Change.SAVED)
