"""The panel's section for review: submit, return, approve; compare two raters; consensus."""

from slicer.i18n import tr as _

from radiogenomics.mrml.session import Change
from radiogenomics.shape.wording import significant
from radiogenomics.study import State
from RadiogenomicsLib import Views
from RadiogenomicsLib.Messages import busy, errorsShown
from RadiogenomicsLib.Ui import fillBox, fillTable, loadSection

_FEWEST_FOR_STAPLE = 3
_ROW_HEIGHT = 22


class ReviewSection:
    """Offers what the signed-in rater may do with the open case, and disables the rest."""

    def __init__(self, workplace):
        self._workplace = workplace
        self._endSideBySide = None
        self.widget, self.ui = loadSection("Review")
        fillBox(self.ui.methodBox, [(_("majority"), "majority"), ("STAPLE", "staple")])
        review = workplace.review
        self._steps = {
            "submit": (self.ui.submitButton, review.submit),
            "withdraw": (self.ui.withdrawButton, review.withdraw),
            "return": (self.ui.returnButton, self._giveBack),
            "approve": (self.ui.approveButton, review.approve),
        }
        for name, (button, _step) in self._steps.items():
            button.connect("clicked(bool)", lambda _clicked, name=name: self.take(name))
        self.ui.openRaterButton.connect("clicked(bool)", self._onOpenRater)
        self.ui.compareButton.connect("clicked(bool)", self._onCompare)
        self.ui.consensusButton.connect("clicked(bool)", self._onConsensus)
        self.ui.raterBox.connect("currentIndexChanged(int)", self._onRater)
        self.ui.cohortButton.connect("clicked(bool)", self.showCohort)
        self.showCohort(False)
        workplace.listen(self._onChange)
        self._show()

    def take(self, step):
        """Take a step of the review: ``submit``, ``withdraw``, ``return`` or ``approve``."""
        with errorsShown(_("Review")), busy():
            self._steps[step][1]()

    def openRater(self, rater):
        """Show another rater's segmentation instead, to look at and to review."""
        session = self._workplace.session
        with errorsShown(_("Open a segmentation")), busy():
            session.open_case(session.open.case.patient_id, rater)

    def compare(self, rater):
        """Show the open segmentation and another rater's side by side, and how they agree."""
        with errorsShown(_("Compare two raters")), busy():
            rows = self._workplace.review.agreement(rater)
            nodes = self._workplace.session.open.nodes.segmentations
            own = nodes[self._workplace.session.open.rater]
            self._endSideBySide = Views.showSideBySide(own, nodes[rater])
            self._showAgreement(rows)
        self._show()

    def endComparison(self):
        """Show the open segmentation alone again."""
        self._leaveComparison()
        if self._workplace.session.open is not None:
            with errorsShown(_("Compare two raters")):
                self._workplace.review.hide_second()
        self._show()

    def _leaveComparison(self):
        if self._endSideBySide is not None:
            self._endSideBySide()
            self._endSideBySide = None
        fillTable(self.ui.agreementTable, [], [])

    def showCohort(self, shown=True):
        """Show, or hide, which features the raters of the study agree on."""
        node = None
        if shown:
            with errorsShown(_("Agreement over the study")), busy():
                node = self._workplace.agreement.show(self._workplace.session.study)
        self.ui.cohortView.setMRMLTableNode(node)
        rows = self.ui.cohortView.verticalHeader()
        rows.setVisible(False)
        rows.setDefaultSectionSize(_ROW_HEIGHT)
        self.ui.cohortView.resizeColumnsToContents()
        self.ui.cohortView.visible = node is not None
        self.ui.cohortButton.checked = node is not None
        if node is None:
            self._workplace.agreement.remove()

    def makeConsensus(self, method):
        """Save the consensus of all visible raters."""
        with errorsShown(_("Consensus")), busy():
            nodes = self._workplace.session.open_case_or_refuse().nodes
            shown = set(nodes.segmentations)
            try:
                saved, agreed = self._workplace.review.make_consensus(method)
            finally:
                # Loaded for the vote only: on top of each other nobody could tell them apart.
                for rater in set(nodes.segmentations) - shown:
                    nodes.remove_segmentation(rater)
            self.ui.consensusLabel.text = _consensusWords(saved, agreed)
        self._show()

    def _giveBack(self):
        self._workplace.review.give_back(self.ui.commentEdit.text)
        self.ui.commentEdit.clear()

    def _onOpenRater(self, _clicked=False):
        self.openRater(self.ui.raterBox.currentData)

    def _onCompare(self, _clicked=False):
        if self._isComparing():
            self.endComparison()
        else:
            self.compare(self.ui.raterBox.currentData)

    def _onConsensus(self, _clicked=False):
        self.makeConsensus(self.ui.methodBox.currentData)

    def _onRater(self, _index=0):
        self._showButtons()

    def _onChange(self, change):
        if change is Change.STUDY:
            self.showCohort(False)
        if change is Change.CASE:
            self.ui.consensusLabel.text = ""
            self._leaveComparison()
        if change in (Change.STUDY, Change.CASE, Change.SAVED):
            self._show()

    def _isComparing(self):
        return self._endSideBySide is not None

    def _show(self):
        session = self._workplace.session
        current = session.open
        self.ui.content.enabled = current is not None
        self.ui.cohortButton.enabled = session.study is not None
        if current is None:
            self.ui.stateLabel.text = _("No case is open.")
            self.ui.hiddenLabel.text = ""
            self.ui.logEdit.setPlainText("")
            fillBox(self.ui.raterBox, [])
            self._showButtons()
            return
        self.ui.stateLabel.text = _stateWords(current)
        self.ui.logEdit.setPlainText(_logWords(self._workplace.review.log()))
        raters = [one.rater for one in self._workplace.review.visible()]
        chosen = self.ui.raterBox.currentData
        fillBox(self.ui.raterBox, [(name, name) for name in raters], chosen)
        hidden = self._workplace.review.hidden()
        self.ui.hiddenLabel.text = (
            _(
                "{count} more raters have segmented this case. Their work is shown once you both "
                "have submitted."
            ).format(count=len(hidden))
            if hidden
            else ""
        )
        self.ui.hiddenLabel.visible = bool(hidden)
        self._showButtons()

    def _showButtons(self):
        current = self._workplace.session.open
        possible = self._workplace.review.possible_steps()
        other = self.ui.raterBox.currentData
        differs = current is not None and other not in (None, "", current.rater)
        self.ui.submitButton.enabled = State.SUBMITTED in possible
        self.ui.withdrawButton.enabled = State.DRAFT in possible
        self.ui.returnButton.enabled = State.RETURNED in possible
        self.ui.approveButton.enabled = State.APPROVED in possible
        self.ui.commentEdit.enabled = State.RETURNED in possible
        self.ui.openRaterButton.enabled = differs
        self.ui.compareButton.enabled = differs or self._isComparing()
        self.ui.compareButton.checked = self._isComparing()
        self.ui.consensusButton.enabled = current is not None and self.ui.raterBox.count > 1
        self.ui.agreementTable.visible = self._isComparing()
        self.ui.consensusLabel.visible = bool(self.ui.consensusLabel.text)

    def _showAgreement(self, rows):
        headers = [
            _("Region"),
            "Dice",
            _("Volume diff., cm³"),
            _("diff., %"),
            _("HD95, mm"),
            _("Mean dist., mm"),
        ]
        fillTable(
            self.ui.agreementTable,
            headers,
            [
                (
                    one.roi.capitalize(),
                    significant(one.dice, 3),
                    significant(one.volume_difference / 1000, 3),
                    significant(one.volume_difference_percent, 3),
                    significant(one.hausdorff_95, 3),
                    significant(one.mean_surface_distance, 3),
                )
                for one in rows
            ],
        )


def _stateWords(current):
    if current.version == 0:
        return _("{patient}: nothing is saved by {rater} yet.").format(
            patient=current.case.patient_id, rater=current.rater
        )
    return _("{patient}: version {number} by {rater} is {state}.").format(
        patient=current.case.patient_id,
        number=current.version,
        rater=current.rater,
        state=_("a draft") if current.state is State.DRAFT else current.state,
    )


def _logWords(events):
    lines = []
    for event in events:
        line = f"{event.time}  {event.who}: {event.rater} v{event.version} {event.state}"
        lines.append(f"{line}: {event.comment}" if event.comment else line)
    return "\n".join(lines)


def _consensusWords(saved, agreed):
    words = [
        _("Saved as consensus version {number}, by {method} of {raters}.").format(
            number=saved.version, method=agreed.method, raters=", ".join(agreed.raters)
        ),
        _("{disputed} voxels were disputed, {ties} of them decided by the tie rule.").format(
            disputed=agreed.disputed_voxels, ties=agreed.tie_voxels
        ),
    ]
    if agreed.method == "staple":
        if len(agreed.raters) < _FEWEST_FOR_STAPLE:
            words.append(_("STAPLE cannot tell two raters apart; take it for three or more."))
        if not agreed.converged:
            words.append(_("STAPLE did not converge; look at the result before using it."))
        for rater, by_roi in agreed.performance.items():
            words.append(
                f"{rater}: "
                + ", ".join(
                    _("{roi} sensitivity {value}").format(
                        roi=roi, value=significant(one.sensitivity, 3)
                    )
                    for roi, one in by_roi.items()
                )
            )
    return "\n".join(words)
