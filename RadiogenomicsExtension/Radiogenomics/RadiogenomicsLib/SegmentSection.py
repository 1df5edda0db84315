"""The panel's section for drawing: Slicer's own segment editor on the right image."""

from contextlib import suppress

import slicer
import vtk
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from radiogenomics.errors import InputError
from radiogenomics.mrml.case import SOURCES
from radiogenomics.mrml.segments import add_roi_segment, find_roi_segments
from radiogenomics.mrml.session import Change
from RadiogenomicsLib import Views
from RadiogenomicsLib.Messages import busy, errorsShown
from RadiogenomicsLib.Ui import loadSection

_EFFECTS = (
    "Paint",
    "Erase",
    "Draw",
    "Threshold",
    "Level tracing",
    "Grow from seeds",
    "Fill between slices",
    "Scissors",
    "Islands",
    "Smoothing",
    "Margin",
    "Logical operators",
)
_UNDO_STEPS = 20
_TAG = "Radiogenomics"


class SegmentSection(VTKObservationMixin):
    """Lets the signed-in rater draw; what is submitted or another's is read-only."""

    def __init__(self, workplace):
        VTKObservationMixin.__init__(self)
        self._workplace = workplace
        self._roi = "enhancing"
        self._segmentId = ""
        self._isLent = False
        self.widget, self.ui = loadSection("Segment")
        self._buttons = {
            "enhancing": self.ui.enhancingButton,
            "edema": self.ui.edemaButton,
            "necrosis": self.ui.necrosisButton,
        }
        for roi, button in self._buttons.items():
            button.connect("clicked(bool)", lambda _clicked, roi=roi: self.chooseRoi(roi))
        self.ui.saveButton.connect("clicked(bool)", self._onSave)
        self._setUpEditor()
        workplace.listen(self._onChange)
        self._show()

    def enter(self):
        """Let the editor use its keys."""
        self._chooseEditorNode()
        self.ui.editor.installKeyboardShortcuts()

    def exit(self):
        """Take back the editor's keys and what it observes in the views."""
        self.ui.editor.setActiveEffect(None)
        self.ui.editor.uninstallKeyboardShortcuts()
        self.ui.editor.removeViewObservations()

    def end(self):
        """Let go of the scene."""
        self.removeObservers()
        self.exit()
        self.ui.editor.setSegmentationNode(None)
        self.ui.editor.setMRMLScene(None)

    def chooseRoi(self, roi):
        """Draw an ROI from now on, on the image where it is seen best."""
        node = self._node()
        if node is None:
            self._show()
            return
        with errorsShown(_("Choose a region")):
            segments = find_roi_segments(node)
            if roi not in segments and self._workplace.session.is_editable:
                self.ui.editor.saveStateForUndo()
                segments[roi] = add_roi_segment(node, roi)
            if roi in segments:
                self._roi, self._segmentId = roi, segments[roi]
                self.ui.editor.setCurrentSegmentID(self._segmentId)
                self._showSource()
        self._show()

    def switchRoi(self):
        """Change between the enhancing region and the edema, and their images."""
        if self._workplace.session.open is None or self._isLent:
            # Another's segmentation, measured without a study: nothing is added to it by a key.
            return
        self.chooseRoi("edema" if self._roi == "enhancing" else "enhancing")

    def lend(self, node, volume):
        """Let the editor draw on another segmentation, until `takeBack` or the next case."""
        editor = self.ui.editor
        editor.setActiveEffect(None)
        self._isLent = True
        self._segmentId = _firstSegment(node)
        editor.setSegmentationNode(node)
        if volume is not None:
            editor.setSourceVolumeNode(volume)
            Views.showVolume(volume)
        self._show()

    def takeBack(self):
        """Draw on the regions of the case again."""
        if self._isLent:
            self._showCase()
            self._show()

    def save(self):
        """Save the next version; the message says what to do where it fails."""
        with errorsShown(_("Save a version")), busy():
            saved = self._workplace.session.save()
            slicer.util.showStatusMessage(
                _("Saved as version {number}.").format(number=saved.version), 5000
            )

    def _setUpEditor(self):
        editor = self.ui.editor
        # The editor asks its node for everything, so the node comes before the scene.
        self._chooseEditorNode()
        editor.setMRMLScene(slicer.mrmlScene)
        editor.setEffectNameOrder(list(_EFFECTS))
        editor.unorderedEffectsVisible = False
        editor.segmentationNodeSelectorVisible = False
        editor.sourceVolumeNodeSelectorVisible = False
        editor.switchToSegmentationsButtonVisible = False
        editor.addRemoveSegmentButtonsVisible = False
        editor.specifyGeometryButtonVisible = False
        editor.undoEnabled = True
        editor.maximumNumberOfUndoStates = _UNDO_STEPS

    def _chooseEditorNode(self):
        """Give the editor a node of its own; a closed scene took the one before with it."""
        scene = slicer.mrmlScene
        node = scene.GetSingletonNode(_TAG, "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.vtkMRMLSegmentEditorNode()
            node.SetSingletonTag(_TAG)
            node = scene.AddNode(node)
        # Regions are disjoint: what is drawn takes the place of what was there.
        node.SetOverwriteMode(slicer.vtkMRMLSegmentEditorNode.OverwriteAllSegments)
        self.ui.editor.setMRMLSegmentEditorNode(node)
        if not self.hasObserver(node, vtk.vtkCommand.ModifiedEvent, self._onEditorNode):
            self.removeObservers(self._onEditorNode)
            self.addObserver(node, vtk.vtkCommand.ModifiedEvent, self._onEditorNode)

    def _node(self):
        live = self._workplace.session.live
        return None if live is None else live.node

    def _onEditorNode(self, editorNode, _event):
        """Follow a segment that was chosen in the editor's own list, or with its keys Q and W."""
        segmentId = editorNode.GetSelectedSegmentID() or ""
        if segmentId == self._segmentId:
            return
        self._segmentId = segmentId
        node = self._node()
        if node is None or self._workplace.session.open is None or self._isLent:
            return
        segments = {}
        with suppress(InputError):  # told of where the features are
            segments = find_roi_segments(node)
        for roi, candidate in segments.items():
            if candidate == segmentId and roi != self._roi:
                self._roi = roi
                self._showSource()
                self._show()

    def _onSave(self, _clicked=False):
        self.save()

    def _onChange(self, change):
        if change is Change.CASE:
            self._showCase()
        if change in (Change.STUDY, Change.CASE, Change.SAVED, Change.FEATURES):
            self._show()

    def _showCase(self):
        self._isLent = False
        node = self._node()
        editor = self.ui.editor
        editor.setActiveEffect(None)
        if node is None:
            editor.setSegmentationNode(None)
            # While the scene closes, the editor itself waits with this until it is empty.
            editor.removeViewObservations()
            return
        self._chooseEditorNode()
        isFree = self._workplace.session.open is None
        # The first segment, which the editor chooses, must not change the image for a moment.
        self._segmentId = _firstSegment(node)
        editor.setSegmentationNode(node)
        editor.sourceVolumeNodeSelectorVisible = isFree
        self._roi = "enhancing"
        if isFree:
            self._chooseOwnSource(node)
        else:
            self.chooseRoi(self._roi)

    def _chooseOwnSource(self, node):
        """Draw on the image that a segmentation without a study was made on, if it names one."""
        role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
        volume = node.GetNodeReference(role)
        if volume is not None:
            self.ui.editor.setSourceVolumeNode(volume)

    def _showSource(self):
        current = self._workplace.session.open
        if current is None:
            return
        volume = current.nodes.source_volume(self._roi)
        if volume is not None:
            self.ui.editor.setSourceVolumeNode(volume)
            Views.showVolume(volume)

    def _show(self):
        session = self._workplace.session
        self.ui.content.enabled = session.live is not None
        isReadOnly = not session.is_editable and not self._isLent
        # Setting it anew would have the editor build all of itself anew, after every stroke.
        if self.ui.editor.readOnly != isReadOnly:
            self.ui.editor.readOnly = isReadOnly
        for roi, button in self._buttons.items():
            button.checked = roi == self._roi
            button.enabled = session.open is not None and not self._isLent
        self.ui.saveButton.enabled = session.is_dirty
        self.ui.sourceLabel.text = self._sourceWords()
        self.ui.savedLabel.text = self._savedWords()

    def _sourceWords(self):
        current = self._workplace.session.open
        if current is None:
            return ""
        if self._isLent:
            return _("Correcting the brain mask; end it below to draw regions again.")
        volume = current.nodes.source_volume(self._roi)
        if volume is None:
            return _("This case has no image; regions cannot be drawn on nothing.")
        best = current.nodes.volumes.get(SOURCES[self._roi][0])
        words = _("Drawing on {image}").format(image=volume.GetName())
        if volume is not best:
            words += _(" (the case has no {best})").format(best=SOURCES[self._roi][0])
        return words

    def _savedWords(self):
        session = self._workplace.session
        if self._workplace.trouble:
            return self._workplace.trouble
        current = session.open
        if current is None:
            return _("Open a case to draw and save.")
        if not session.is_editable:
            return _("Version {number} by {rater} is {state}: to look at only.").format(
                number=current.version, rater=current.rater, state=current.state
            )
        if session.is_dirty:
            return _("Not saved yet")
        if current.version:
            return _("Version {number} is saved").format(number=current.version)
        return _("Nothing drawn yet")


def _firstSegment(node):
    segmentation = node.GetSegmentation()
    return segmentation.GetNthSegmentID(0) if segmentation.GetNumberOfSegments() else ""
