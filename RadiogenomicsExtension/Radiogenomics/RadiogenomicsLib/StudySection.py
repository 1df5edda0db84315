"""The panel's section for the study: open or create it, walk through its cases."""

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from radiogenomics.mrml.caselist import STATUSES, list_cases, neighbour, progress_words
from radiogenomics.mrml.session import Change
from radiogenomics.study import Study
from radiogenomics.study.labels import PRESETS
from RadiogenomicsLib import Views
from RadiogenomicsLib.Messages import busy, errorsShown
from RadiogenomicsLib.Settings import remember, remembered
from RadiogenomicsLib.Ui import fillBox, fillTable, loadSection

_SHOWN_CHANGES = (Change.STUDY, Change.CASE, Change.SAVED)


class StudySection:
    """Shows the cases of the open study as the signed-in rater sees them."""

    def __init__(self, workplace):
        self._workplace = workplace
        self._cases = []
        self.widget, self.ui = loadSection("Study")
        fillBox(self.ui.newLabelsBox, [(_presetWords(one), one.name) for one in PRESETS.values()])
        fillBox(self.ui.statusBox, [(_("all"), ""), *((status, status) for status in STATUSES)])
        self.ui.openStudyButton.connect("clicked(bool)", self._onOpenStudy)
        self.ui.closeStudyButton.connect("clicked(bool)", self._onCloseStudy)
        self.ui.createStudyButton.connect("clicked(bool)", self._onCreateStudy)
        self.ui.openCaseButton.connect("clicked(bool)", self._onOpenCase)
        self.ui.previousButton.connect("clicked(bool)", lambda _clicked: self.step(-1))
        self.ui.nextButton.connect("clicked(bool)", lambda _clicked: self.step(1))
        self.ui.filterEdit.connect("textChanged(QString)", self._onFilter)
        self.ui.statusBox.connect("currentIndexChanged(int)", self._onFilter)
        self.ui.caseTable.connect("cellDoubleClicked(int,int)", self._onOpenCase)
        self.ui.caseTable.connect("itemSelectionChanged()", self._onSelect)
        workplace.listen(self._onChange)
        self._show()

    def openStudy(self, folder):
        """Open the study in a folder, and remember it for the next session."""
        with errorsShown(_("Open a study")), busy():
            self._workplace.session.open_study(Path(folder))
            remember("study", str(folder))

    def openCase(self, patientId):
        """Open a case; unsaved work on the one before is kept."""
        session = self._workplace.session
        with errorsShown(_("Open a case")):
            with busy():
                message = session.open_case(patientId)
                Views.showCase(session.open.nodes.source_volume("enhancing"))
            if message:
                slicer.util.infoDisplay(message, windowTitle=patientId)

    def step(self, by):
        """Open the case that many lines further on in the list as it is filtered."""
        patientId = neighbour(self._shown(), self._workplace.session.patient_id or None, by)
        if patientId is None:
            slicer.util.showStatusMessage(_("There is no further case in the list."), 3000)
        else:
            self.openCase(patientId)

    def _onOpenStudy(self, _clicked=False):
        folder = qt.QFileDialog.getExistingDirectory(
            slicer.util.mainWindow(), _("Folder of the study"), remembered("study")
        )
        if folder:
            self.openStudy(folder)

    def _onCreateStudy(self, _clicked=False):
        name = self.ui.newNameEdit.text.strip()
        if not name:
            slicer.util.errorDisplay(_("Give the study a name first."), windowTitle=_("New study"))
            return
        folder = qt.QFileDialog.getExistingDirectory(
            slicer.util.mainWindow(), _("An empty folder for the study"), remembered("study")
        )
        if folder:
            self.createStudy(folder, name)

    def createStudy(self, folder, name):
        """Create a study in an empty folder, with the chosen meaning of labels, and open it."""
        with errorsShown(_("New study")):
            Study.create(Path(folder), name=name, labels=self.ui.newLabelsBox.currentData)
            self.openStudy(folder)

    def _onCloseStudy(self, _clicked=False):
        with errorsShown(_("Close the study")):
            self._workplace.session.close_study()

    def _onOpenCase(self, *_where):
        row = self.ui.caseTable.currentRow()
        shown = self._shown()
        if 0 <= row < len(shown):
            self.openCase(shown[row].patient_id)

    def _onFilter(self, _text=None):
        self._showCases()

    def _onSelect(self):
        self.ui.openCaseButton.enabled = self.ui.caseTable.currentRow() >= 0

    def _onChange(self, change):
        if change in _SHOWN_CHANGES:
            self._show()

    def _show(self):
        session = self._workplace.session
        study, rater = session.study, session.rater
        self.ui.closeStudyButton.enabled = study is not None
        self.ui.newStudyBox.visible = study is None
        for name in ("approvedBar", "filterEdit", "statusBox", "caseTable", "openCaseButton"):
            getattr(self.ui, name).visible = study is not None
        for name in ("previousButton", "nextButton", "caseLabel"):
            getattr(self.ui, name).visible = study is not None
        if study is None:
            self._cases = []
            self.ui.studyLabel.text = _("No study is open.")
            return
        self.ui.studyLabel.text = f"{study.settings.name} — {study.root}"
        self._cases = list_cases(
            study, rater.name if rater else None, rater.role if rater else None
        )
        approved = sum(one.status == "approved" for one in self._cases)
        self.ui.approvedBar.maximum = max(1, len(self._cases))
        self.ui.approvedBar.value = approved
        self.ui.approvedBar.format = progress_words(self._cases)
        self.ui.caseLabel.text = self._caseWords()
        self._showCases()

    def _caseWords(self):
        session = self._workplace.session
        if not self._cases:
            return _("This study has no case yet. Import some with: radiogenomics study import")
        if session.rater is None:
            return _("Sign in below to open a case.")
        if session.open is None:
            return _("Select a case and open it.")
        return _("Open: {patient} by {rater}").format(
            patient=session.open.case.patient_id, rater=session.open.rater
        )

    def _shown(self):
        part = self.ui.filterEdit.text.strip().casefold()
        status = self.ui.statusBox.currentData
        return [
            one
            for one in self._cases
            if part in one.patient_id.casefold() and status in ("", None, one.status)
        ]

    def _showCases(self):
        shown = self._shown()
        rows = [(one.patient_id, one.status) for one in shown]
        fillTable(self.ui.caseTable, [_("Case"), _("Status")], rows)
        for row, one in enumerate(shown):
            self.ui.caseTable.item(row, 1).setToolTip(one.note)
            if one.patient_id == self._workplace.session.patient_id:
                self.ui.caseTable.selectRow(row)
        self._onSelect()


def _presetWords(preset):
    return f"{preset.name}: {preset.describe()}"
