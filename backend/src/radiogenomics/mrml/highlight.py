"""The feature that is looked at: drawn on the image, plotted over the cohort. slicer, vtk."""

from __future__ import annotations

from typing import Any, Literal

from radiogenomics.errors import InputError
from radiogenomics.mrml.opened import Change
from radiogenomics.mrml.overlays import TEXT_SCALE, FeatureOverlays
from radiogenomics.mrml.plots import CohortPlots
from radiogenomics.mrml.predicted import PredictionSource
from radiogenomics.mrml.session import Session


class FeatureHighlight:
    """Keeps overlay and plot of the selected feature in step with a session.

    Whoever shows the session passes each of its changes to `follow`.

    Parameters
    ----------
    session
        Whose feature table is looked at.
    text_scale
        Of the words in the views, see `FeatureOverlays`.

    Attributes
    ----------
    overlays, plots
        The nodes in the session's scene.
    draws_measured
        Whether the selected feature is drawn in the views.
    """

    def __init__(self, session: Session, text_scale: float = TEXT_SCALE) -> None:
        self._session = session
        self.overlays = FeatureOverlays(session.scene, text_scale)
        self.plots = CohortPlots(session.scene)
        self.draws_measured = True
        self._selected: tuple[str, str] | None = None
        self._plotted: Literal["feature", "case"] | None = None

    @property
    def selected(self) -> tuple[str, str] | None:
        """ROI and feature that are selected, or None."""
        return self._selected

    @property
    def plotted(self) -> Literal["feature", "case"] | None:
        """Which plot is shown, or None."""
        return self._plotted

    @property
    def chart(self) -> Any:
        """The ``vtkMRMLPlotChartNode`` of the plot that is shown, or None."""
        charts = {"feature": self.plots.feature_chart, "case": self.plots.case_chart}
        return None if self._plotted is None else charts[self._plotted]

    def forget(self) -> None:
        """Select and plot nothing any more: the scene that held it closes."""
        self._selected = self._plotted = None

    def remove(self) -> None:
        """Take the overlay out of the scene."""
        self.overlays.remove()

    def select(self, roi: str, feature: str, *, jump: bool = True) -> None:
        """Show what a feature measured, and bring the views there."""
        self._selected = (roi, feature)
        self._draw(jump=jump)

    def deselect(self) -> None:
        """Draw no feature any more."""
        self._selected = None
        self._draw(jump=False)

    def set_draws_measured(self, draws: bool) -> None:
        """Switch the drawing of the selected feature on or off."""
        self.draws_measured = draws
        self._draw(jump=False)

    def use_predictions(self, source: PredictionSource | None, model: str = "") -> None:
        """Show the predictions of a run beside the measured values; None for none."""
        self._session.board.use_predictions(source, model)
        self._draw(jump=False)
        self._follow_plot()

    def plot_feature(self) -> Any:
        """Plot the selected feature over the cohort; return the chart node.

        Raises
        ------
        InputError
            If no feature is selected, no run is chosen, or it does not predict the feature.
        """
        if self._selected is None:
            raise InputError("Select a feature in the table of features first.")
        return self._show_plot("feature")

    def plot_case(self) -> Any:
        """Plot the twenty features of the open case; return the chart node.

        Raises
        ------
        InputError
            If no run is chosen, or it predicts nothing for the case.
        """
        return self._show_plot("case")

    def follow(self, change: Change) -> None:
        """Redraw after a change of the session, and move the mark in the plot that is shown."""
        if change in (Change.FEATURES, Change.CASE, Change.STUDY):
            self._draw(jump=False)
            self._follow_plot()

    def _show_plot(self, plot: Literal["feature", "case"]) -> Any:
        self._plot(plot)
        self._plotted = plot
        return self.chart

    def _plot(self, plot: Literal["feature", "case"]) -> None:
        board = self._session.board
        if board.source is None:
            raise InputError("Choose a run with predictions first.")
        patient_id = self._session.patient_id
        rows = board.source.predictions
        if plot == "case":
            live = self._session.live
            measured = {
                roi: one.measurement.features
                for roi, one in (live.rois if live else {}).items()
                if one.measurement is not None
            }
            self.plots.show_case(rows, patient_id, measured, model=board.model)
        elif self._selected is not None:
            roi, feature = self._selected
            measurement = board.measurement(roi)
            now = None if measurement is None else measurement.features[feature]
            self.plots.show_feature(rows, roi, feature, patient_id, now, model=board.model)

    def _follow_plot(self) -> None:
        if self._plotted is None:
            return
        try:
            self._plot(self._plotted)
        except InputError:
            # No predictions of this case: the plot of the one before would mislead.
            self._plotted = None
            self.plots.remove()

    def _draw(self, *, jump: bool) -> None:
        measurement = None
        if self._selected is not None and self.draws_measured:
            measurement = self._session.board.measurement(self._selected[0])
        if self._selected is None or measurement is None:
            self.overlays.hide()
            return
        roi, feature = self._selected
        prediction = self._session.board.predicted.get((roi, feature))
        length = None if prediction is None else prediction.predicted
        self.overlays.show(roi, feature, measurement, length, jump=jump)
