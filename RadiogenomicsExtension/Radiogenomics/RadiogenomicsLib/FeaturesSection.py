"""The panel's section for the live features; it also measures any segmentation without a study."""

from slicer.i18n import tr as _

from radiogenomics.mrml.segments import find_roi_segments
from radiogenomics.mrml.session import Change
from radiogenomics.shape import SMALL_ROI_VOXELS
from RadiogenomicsLib.Messages import errorsShown
from RadiogenomicsLib.Ui import fillBox, loadSection

_ROIS = ("enhancing", "edema")
_ROW_HEIGHT = 22


class FeaturesSection:
    """Shows the feature table; selecting a row draws what was measured."""

    def __init__(self, workplace):
        self._workplace = workplace
        self.widget, self.ui = loadSection("Features")
        self._boxes = {"enhancing": self.ui.enhancingBox, "edema": self.ui.edemaBox}
        self._showsTable()
        self.ui.tableView.connect("selectionChanged()", self._onSelect)
        self.ui.overlayCheck.connect("toggled(bool)", workplace.highlight.set_draws_measured)
        self.ui.segmentationBox.connect("currentNodeChanged(vtkMRMLNode*)", self._onNode)
        self.ui.followButton.connect("clicked(bool)", self._onFollow)
        workplace.listen(self._onChange)
        self._show()

    def follow(self, node, segmentIds=None):
        """Measure any segmentation; None for the segments goes by terminology."""
        with errorsShown(_("Measure a segmentation")):
            self._workplace.session.follow(node, segmentIds)

    def selectRow(self, row):
        """Select a row of the table as a click does."""
        self.ui.tableView.selectRow(row)

    def _onSelect(self):
        rows = sorted({index.row() for index in self.ui.tableView.selectedIndexes()})
        features = self._workplace.session.board.features
        if rows and rows[0] < len(features):
            one = features[rows[0]]
            with errorsShown(_("Show a feature")):
                self._workplace.highlight.select(one.roi, one.feature)

    def _onNode(self, node=None):
        node = self.ui.segmentationBox.currentNode()
        self.ui.followButton.enabled = node is not None
        entries = [(_("by terminology"), "")]
        found = {}
        if node is not None:
            segmentation = node.GetSegmentation()
            for index in range(segmentation.GetNumberOfSegments()):
                segmentId = segmentation.GetNthSegmentID(index)
                entries.append((segmentation.GetSegment(segmentId).GetName(), segmentId))
            with errorsShown(_("Find the regions")):
                found = find_roi_segments(node)
        for roi, box in self._boxes.items():
            fillBox(box, entries, "" if roi in found else None)

    def _onFollow(self, _clicked=False):
        node = self.ui.segmentationBox.currentNode()
        if node is None:
            return
        chosen = {roi: box.currentData for roi, box in self._boxes.items() if box.currentData}
        if chosen:
            with errorsShown(_("Find the regions")):
                chosen = {**find_roi_segments(node), **chosen}
        self.follow(node, chosen or None)

    def _onChange(self, change):
        if change in (Change.CASE, Change.STUDY):
            self._showsTable()
            self.ui.tableView.resizeColumnsToContents()
            self._markSelected()
        self._show()

    def _markSelected(self):
        """Mark the row of the feature that is drawn: an emptied table has lost the mark."""
        features = self._workplace.session.board.features
        for row, one in enumerate(features):
            if (one.roi, one.feature) == self._workplace.highlight.selected:
                blocked = self.ui.tableView.blockSignals(True)
                self.ui.tableView.selectRow(row)
                self.ui.tableView.blockSignals(blocked)

    def _showsTable(self):
        """Show the table node, which a closed scene replaces."""
        node = self._workplace.session.board.table.node
        if self.ui.tableView.mrmlTableNode() is not node:
            self.ui.tableView.setMRMLTableNode(node)
            # Rows need no numbers, and twenty of them should be seen at once.
            rows = self.ui.tableView.verticalHeader()
            rows.setVisible(False)
            rows.setDefaultSectionSize(_ROW_HEIGHT)

    def _show(self):
        live = self._workplace.session.live
        problems, notes = [], []
        for roi in _ROIS if live else ():
            one = live.rois[roi]
            if one.problem:
                problems.append(one.problem)
            if one.measurement is None:
                continue
            if one.measurement.is_small:
                notes.append(
                    _(
                        "{roi} has fewer than {count} voxels: its surface is estimated high or "
                        "low, and sphericity can exceed 1."
                    ).format(roi=roi.capitalize(), count=SMALL_ROI_VOXELS)
                )
            if one.measurement.voxels_left_out:
                notes.append(
                    _(
                        "{count} voxels of {roi} lie apart from its largest piece and are not "
                        "measured."
                    ).format(count=one.measurement.voxels_left_out, roi=roi)
                )
        session = self._workplace.session
        if session.open is not None and not session.board.cohort:
            notes.append(
                _("Percentiles need the study's feature table; make it with: radiogenomics measure")
            )
        self.ui.problemLabel.text = "\n".join(dict.fromkeys(problems))
        self.ui.problemLabel.visible = bool(problems)
        self.ui.noteLabel.text = "\n".join(notes)
        self.ui.noteLabel.visible = bool(notes)
        self.ui.freeBox.visible = self._workplace.session.open is None
