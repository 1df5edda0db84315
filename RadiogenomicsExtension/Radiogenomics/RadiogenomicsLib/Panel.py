"""The module's panel: its sections one below the other, and when they may work."""

import qt
import slicer
from slicer.util import VTKObservationMixin

from radiogenomics.mrml.session import Change
from RadiogenomicsLib import Terminology
from RadiogenomicsLib.BrainMaskSection import BrainMaskSection
from RadiogenomicsLib.ExportSection import ExportSection
from RadiogenomicsLib.FeaturesSection import FeaturesSection
from RadiogenomicsLib.ParameterNode import RadiogenomicsParameterNode
from RadiogenomicsLib.PredictionsSection import PredictionsSection
from RadiogenomicsLib.RaterSection import RaterSection
from RadiogenomicsLib.ReviewSection import ReviewSection
from RadiogenomicsLib.SegmentSection import SegmentSection
from RadiogenomicsLib.StudySection import StudySection
from RadiogenomicsLib.Workplace import Workplace

_NODE_NAME = "Radiogenomics"


class Panel(VTKObservationMixin):
    """Builds the sections around one workplace."""

    def __init__(self):
        VTKObservationMixin.__init__(self)
        Terminology.load()
        self.workplace = Workplace(slicer.mrmlScene)
        self.study = StudySection(self.workplace)
        self.rater = RaterSection(self.workplace)
        self.segment = SegmentSection(self.workplace)
        self.brainMask = BrainMaskSection(self.workplace, self.segment)
        self.features = FeaturesSection(self.workplace)
        self.review = ReviewSection(self.workplace)
        self.predictions = PredictionsSection(self.workplace)
        self.export = ExportSection(self.workplace)
        self._sections = (
            self.study,
            self.rater,
            self.segment,
            self.brainMask,
            self.features,
            self.review,
            self.predictions,
            self.export,
        )
        self.widget = qt.QWidget()
        layout = qt.QVBoxLayout(self.widget)
        layout.setContentsMargins(0, 0, 0, 0)
        for section in self._sections:
            layout.addWidget(section.widget)
        layout.addStretch(1)
        self._parameterNode = None
        self._guiTags = []
        self._shortcuts = []
        self._isEntered = False
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._onSceneClosing)
        self.addObserver(scene, scene.EndCloseEvent, self._onSceneChanged)
        self.addObserver(scene, scene.EndImportEvent, self._onSceneLoaded)

    @property
    def isEntered(self):
        """Whether the module is the one that is shown."""
        return self._isEntered

    def enter(self):
        """Connect the scene's choices, the editor and the shortcuts."""
        self._isEntered = True
        self._connectParameterNode()
        self.segment.enter()
        self._installShortcuts()
        self.workplace.session.update()

    def exit(self):
        """Disconnect them. The open case is still watched, so that no work in it is lost."""
        self._isEntered = False
        self._removeShortcuts()
        self.segment.exit()
        self._disconnectParameterNode()
        self.workplace.session.keep_draft()

    def end(self):
        """Keep what is unsaved, close the case and observe nothing any more."""
        self.exit()
        self.removeObservers()
        self.workplace.end()
        self.segment.end()
        # A reload only hides it, and its boxes would go on listening to the scene.
        self.widget.deleteLater()

    def _installShortcuts(self):
        window = slicer.util.mainWindow()
        if window is None or self._shortcuts:
            return
        keys = {
            "Alt+Up": lambda: self.study.step(-1),
            "Alt+Down": lambda: self.study.step(1),
            "F6": self.segment.switchRoi,
        }
        for key, function in keys.items():
            shortcut = qt.QShortcut(window)
            shortcut.setKey(qt.QKeySequence(key))
            shortcut.connect("activated()", function)
            self._shortcuts.append(shortcut)

    def _removeShortcuts(self):
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts = []

    def _connectParameterNode(self):
        if self._parameterNode is not None:
            return
        node = slicer.mrmlScene.GetSingletonNode(_NODE_NAME, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.vtkMRMLScriptedModuleNode()
            node.SetSingletonTag(_NODE_NAME)
            node.SetName(_NODE_NAME)
            node = slicer.mrmlScene.AddNode(node)
        # A closed scene keeps the node and takes its attributes.
        node.SetAttribute("ModuleName", _NODE_NAME)
        self._parameterNode = RadiogenomicsParameterNode(node)
        self._guiTags = [
            self._parameterNode.connectGui(section.ui) for section in (self.features, self.export)
        ]

    def _disconnectParameterNode(self):
        if self._parameterNode is None:
            return
        for tag in self._guiTags:
            self._parameterNode.disconnectGui(tag)
        self._guiTags = []
        self._parameterNode = None

    def _onSceneClosing(self, _caller, _event):
        self._disconnectParameterNode()
        self.workplace.forgetScene()

    def _onSceneChanged(self, _caller, _event):
        """Begin anew in the empty scene."""
        self.workplace.tell(Change.CASE)
        if self._isEntered:
            self._connectParameterNode()

    def _onSceneLoaded(self, _caller, _event):
        """Measure what a loaded scene holds of ours, where nothing else is open."""
        if self._isEntered:
            self._disconnectParameterNode()
            self._connectParameterNode()
        self.workplace.session.board.table.remove_others()
        self.workplace.adopt()
