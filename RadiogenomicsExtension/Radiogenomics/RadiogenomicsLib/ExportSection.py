"""The panel's section for exports: feature tables, and a page of the case."""

from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from radiogenomics.errors import InputError
from radiogenomics.mrml.casepage import write_case_page
from radiogenomics.mrml.exporting import (
    case_rows,
    refuse_study_table,
    study_rows,
    write_tables,
)
from radiogenomics.mrml.session import Change
from RadiogenomicsLib import Views
from RadiogenomicsLib.Messages import busy, errorsShown
from RadiogenomicsLib.Ui import fillBox, loadSection

_CASE, _STUDY = "case", "study"


class ExportSection:
    """Writes files that carry the patient id and nothing else that identifies a person."""

    def __init__(self, workplace):
        self._workplace = workplace
        self.widget, self.ui = loadSection("Export")
        fillBox(self.ui.scopeBox, [(_("This case"), _CASE), (_("The whole study"), _STUDY)])
        self.ui.tableButton.connect("clicked(bool)", self._onTable)
        self.ui.pageButton.connect("clicked(bool)", self._onPage)
        self.ui.scopeBox.connect("currentIndexChanged(int)", self._onScope)
        workplace.listen(self._onChange)
        self._show()

    def exportTable(self, path, scope, wide):
        """Write the feature table of the open case or of the whole study."""
        path = Path(path)
        with errorsShown(_("Export the feature table")):
            refuse_study_table(path, self._workplace.session.study)
            if scope == _CASE:
                rows, words = case_rows(self._workplace.session), ""
            else:
                rows, words = self._studyRows()
            write_tables(path, rows, wide=wide)
            self.ui.exportLabel.text = "\n".join(
                filter(None, [_("Written: {path}").format(path=path), words])
            )

    def savePage(self, path):
        """Write the page of the open case: pictures of the views and the feature table."""
        session = self._workplace.session
        with errorsShown(_("Save the page of the case")), busy():
            session.update()
            current = session.open
            about = (
                []
                if current is None
                else [
                    (_("Rater"), current.rater),
                    (
                        _("Version"),
                        f"{current.version}{_(' and unsaved changes') * session.is_dirty}",
                    ),
                    (_("Review"), str(current.state)),
                ]
            )
            write_case_page(
                Path(path),
                patient_id=session.patient_id or _("No study"),
                about=about,
                pictures=Views.pictures(),
                features=session.board.features,
            )
            self.ui.exportLabel.text = _("Written: {path}").format(path=path)

    def _studyRows(self):
        # Modal: its events must not close the study that is being measured.
        dialog = slicer.util.createProgressDialog(
            labelText=_("Measuring the study"),
            windowTitle=_("Export"),
            maximum=1,
            value=0,
            windowModality=qt.Qt.ApplicationModal,
        )

        def progress(_stage, done, total, patientId):
            if dialog.wasCanceled:
                raise InputError(_("The export was cancelled; no file was written."))
            dialog.maximum = max(1, total)
            dialog.value = done
            dialog.labelText = _("Measuring {patient}").format(patient=patientId)
            slicer.app.processEvents()

        try:
            found = study_rows(self._workplace.session, progress)
        finally:
            dialog.close()
        words = []
        if found.hidden:
            words.append(
                _("{count} segmentations were left out: you may not see them yet.").format(
                    count=found.hidden
                )
            )
        if found.failures:
            words.append(_("Not measured:"))
            words += found.failures
        return found.rows, "\n".join(words)

    def _onTable(self, _clicked=False):
        path = self._askForFile(_("Feature table"), "features.export.csv", "CSV (*.csv)")
        if path:
            self.exportTable(path, self.ui.scopeBox.currentData, self.ui.wideCheck.checked)

    def _onPage(self, _clicked=False):
        name = f"{self._workplace.session.patient_id or 'case'}.html"
        path = self._askForFile(_("Page of the case"), name, "HTML (*.html)")
        if path:
            self.savePage(path)

    def _askForFile(self, title, name, kinds):
        return qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), title, name, kinds)

    def _onScope(self, _index=0):
        self._show()

    def _onChange(self, change):
        if change in (Change.STUDY, Change.CASE):
            self.ui.exportLabel.text = ""
            self._show()

    def _show(self):
        session = self._workplace.session
        has_case = session.live is not None
        has_study = session.study is not None and session.rater is not None
        self.ui.tableButton.enabled = (
            has_case if self.ui.scopeBox.currentData == _CASE else has_study
        )
        self.ui.pageButton.enabled = has_case
        self.ui.exportLabel.visible = bool(self.ui.exportLabel.text)
