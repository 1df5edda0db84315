"""What the sections of the panel share: the session, its review, overlays and plots."""

import qt
import slicer
from slicer.i18n import tr as _

from radiogenomics.errors import InputError
from radiogenomics.mrml.case import attribute
from radiogenomics.mrml.overlays import FeatureOverlays
from radiogenomics.mrml.plots import CohortPlots
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
    drawsMeasured : bool
        Whether the selected feature is drawn in the views.
    """

    def __init__(self, scene):
        self.scene = scene
        self._listeners = []
        self._selected = None
        self.drawsMeasured = True
        self.trouble = ""
        self.session = Session(scene, qt.QTimer.singleShot, self._onChange, self._onTrouble)
        self.review = Review(self.session)
        self.overlays = FeatureOverlays(scene)
        self.plots = CohortPlots(scene)
        self._plotted = None

    def listen(self, listener):
        """Call ``listener(change)`` after every change of the session."""
        self._listeners.append(listener)

    def end(self):
        """Keep what is unsaved and take out of the scene what follows from it."""
        self._listeners.clear()
        self.session.end()
        self.overlays.remove()

    def tell(self, change):
        """Tell the sections of a change that came from elsewhere."""
        self._onChange(change)

    def forgetScene(self):
        """Select and plot nothing any more: the scene that held it closes."""
        self._selected = self._plotted = None

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

    def usePredictions(self, source, model=""):
        """Show the predictions of a run beside the measured values; None for none."""
        self.session.board.use_predictions(source, model)
        self._draw(jump=False)
        self._followPlot()

    def select(self, roi, feature):
        """Show what a feature measured, and bring the views there."""
        self._selected = (roi, feature)
        self._draw(jump=True)

    @property
    def selected(self):
        """ROI and feature that are selected, or None."""
        return self._selected

    def setDrawsMeasured(self, draws):
        """Switch the drawing of the selected feature on or off."""
        self.drawsMeasured = draws
        self._draw(jump=False)

    def plotFeature(self):
        """Plot the selected feature over the cohort; return the chart node.

        Raises
        ------
        InputError
            If no feature is selected or no run is chosen.
        """
        if self._selected is None:
            raise InputError(_("Select a feature in the table of features first."))
        self._plotted = "feature"
        self._plot()
        return self.plots.feature_chart

    def plotCase(self):
        """Plot the twenty features of the open case; return the chart node."""
        self._plotted = "case"
        self._plot()
        return self.plots.case_chart

    def _plot(self):
        board = self.session.board
        if board.source is None:
            raise InputError(_("Choose a run with predictions first."))
        patientId = self.session.patient_id
        rows = board.source.predictions
        if self._plotted == "feature":
            roi, feature = self._selected
            measurement = board.measurement(roi)
            now = None if measurement is None else measurement.features[feature]
            self.plots.show_feature(rows, roi, feature, patientId, now, model=board.model)
            return
        live = self.session.live
        measured = {
            roi: one.measurement.features
            for roi, one in (live.rois if live else {}).items()
            if one.measurement is not None
        }
        self.plots.show_case(rows, patientId, measured, model=board.model)

    def _draw(self, jump):
        measurement = None
        if self._selected is not None and self.drawsMeasured:
            measurement = self.session.board.measurement(self._selected[0])
        if measurement is None:
            self.overlays.hide()
            return
        roi, feature = self._selected
        prediction = self.session.board.predicted.get((roi, feature))
        length = None if prediction is None else prediction.predicted
        self.overlays.show(roi, feature, measurement, length, jump=jump)

    def _onChange(self, change):
        if change in (Change.FEATURES, Change.CASE, Change.STUDY):
            self._draw(jump=False)
            self._followPlot()
        if change is Change.SAVED:
            self.trouble = ""
        for listener in self._listeners:
            listener(change)

    def _followPlot(self):
        """Move the mark of this case in the plot that is shown, while somebody draws."""
        if self._plotted is None:
            return
        try:
            self._plot()
        except InputError:
            # No predictions of this case: the plot of the one before would mislead.
            self._plotted = None
            self.plots.remove()

    def _onTrouble(self, message):
        # While somebody draws: shown in the panel, where it does not get in the way.
        self.trouble = message
        slicer.util.showStatusMessage(message, 10000)
        for listener in self._listeners:
            listener(Change.SAVED)
