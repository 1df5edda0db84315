"""The panel's section for predictions: a run, what it is worth, and its plots."""

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from radiogenomics.mrml.predicted import KIND_WORDS, find_runs, read_prediction_source
from radiogenomics.mrml.session import Change
from RadiogenomicsLib import Views
from RadiogenomicsLib.Messages import busy, errorsShown
from RadiogenomicsLib.Ui import fillBox, loadSection


class PredictionsSection:
    """Chooses the predictions that the feature table shows beside the measured values."""

    def __init__(self, workplace):
        self._workplace = workplace
        self._path = ""
        self._others = []
        self.widget, self.ui = loadSection("Predictions")
        self.ui.runBox.connect("currentIndexChanged(int)", self._onRun)
        self.ui.fileButton.connect("clicked(bool)", self._onFile)
        self.ui.modelBox.connect("currentIndexChanged(int)", self._onModel)
        self.ui.plotFeatureButton.connect("clicked(bool)", self._onPlotFeature)
        self.ui.plotCaseButton.connect("clicked(bool)", self._onPlotCase)
        workplace.listen(self._onChange)
        self._showChoice()
        self._show()

    def choose(self, path):
        """Show the predictions of a run folder or a file; an empty path shows none.

        Where they cannot be read, those that are shown stay.
        """
        with errorsShown(_("Predictions")), busy():
            source = read_prediction_source(Path(path)) if path else None
            if path and path not in [data for _text, data in self._runs()]:
                self._others.append(path)
            self._path = path
            self._workplace.highlight.use_predictions(source)
        self._showChoice()
        self._show()

    def _onRun(self, _index=0):
        self.choose(self.ui.runBox.currentData)

    def _onFile(self, _clicked=False):
        path = qt.QFileDialog.getOpenFileName(
            slicer.util.mainWindow(), _("Predictions"), "", "predictions.csv (*.csv)"
        )
        if path:
            self.choose(path)

    def _onModel(self, _index=0):
        board = self._workplace.session.board
        self._workplace.highlight.use_predictions(board.source, self.ui.modelBox.currentText)
        self._show()

    def _onPlotFeature(self, _clicked=False):
        with errorsShown(_("Plot")):
            Views.showChart(self._workplace.highlight.plot_feature())

    def _onPlotCase(self, _clicked=False):
        with errorsShown(_("Plot")):
            Views.showChart(self._workplace.highlight.plot_case())

    def _onChange(self, change):
        if change is Change.STUDY:
            # Another study forgets them; another rater of the same one does not.
            if self._workplace.session.board.source is None:
                self._path = ""
                self._others.clear()
            self._showChoice()
        if change in (Change.STUDY, Change.CASE):
            self._show()

    def _runs(self):
        study = self._workplace.session.study
        runs = [] if study is None else find_runs(study)
        return [
            (_("none"), ""),
            *((run.name, str(run)) for run in runs),
            *((Path(other).name, other) for other in self._others),
        ]

    def _showChoice(self):
        board = self._workplace.session.board
        fillBox(self.ui.runBox, self._runs(), self._path)
        models = [] if board.source is None else [(name, name) for name in board.source.models]
        fillBox(self.ui.modelBox, models, board.model)

    def _show(self):
        board = self._workplace.session.board
        source = board.source
        for button in (self.ui.plotFeatureButton, self.ui.plotCaseButton):
            button.enabled = source is not None
        self.ui.modelWidget.visible = source is not None
        self.ui.cardBrowser.visible = source is not None
        if source is None:
            self.ui.kindLabel.text = _("No predictions are shown.")
            return
        self.ui.kindLabel.text = self._kindWords()
        self.ui.cardBrowser.setPlainText(
            "\n".join(f"{name}: {text}" for name, text in source.model_card(board.model))
        )

    def _kindWords(self):
        session = self._workplace.session
        predicted = session.board.predicted
        if not session.patient_id:
            return _("Open a case to see its predictions.")
        if not predicted:
            return _("{model} predicts nothing for {patient}.").format(
                model=session.board.model, patient=session.patient_id
            )
        one = next(iter(predicted.values()))
        words = KIND_WORDS[one.kind]
        return words if one.fold is None else f"{words} ({_('fold')} {one.fold})"
