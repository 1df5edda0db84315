"""The segment editor: Slicer's own logic and parameter node behind a widget without pictures."""

import slicer
import vtk
from PySide6 import QtCore, QtGui
from PySide6.QtCore import Property, Signal

from .mrmlwidgets import Observing, qMRMLWidget
from .proxy import standIn

EFFECTS = (
    "Threshold",
    "Paint",
    "Draw",
    "Erase",
    "Level tracing",
    "Grow from seeds",
    "Fill between slices",
    "Margin",
    "Hollow",
    "Smoothing",
    "Scissors",
    "Islands",
    "Logical operators",
    "Mask volume",
)


@standIn("slicer")
class qSlicerSegmentEditorAbstractEffect(QtCore.QObject):
    """An effect by name; its parameters are kept where Slicer keeps them, in the editor's node."""

    def __init__(self, name: str = "", editor=None):
        super().__init__()  # no child of the editor, whose children are widgets to be found
        self._effectName, self._editor = name, editor

    name = Property(str, lambda self: self._effectName)
    title = Property(str, lambda self: self._effectName)

    def setParameter(self, name: str, value) -> None:
        self._editor.mrmlSegmentEditorNode().SetAttribute(f"{self._effectName}.{name}", str(value))

    def parameter(self, name: str) -> str:
        return self._editor.mrmlSegmentEditorNode().GetAttribute(f"{self._effectName}.{name}") or ""

    def integerParameter(self, name: str) -> int:
        return int(self.parameter(name) or 0)

    def doubleParameter(self, name: str) -> float:
        return float(self.parameter(name) or 0)

    def active(self) -> bool:
        return self._editor.activeEffect() is self


@standIn("slicer")
class qMRMLSegmentEditorWidget(qMRMLWidget, Observing):
    """Follows its parameter node; one that has none refuses what Slicer only logs."""

    currentSegmentIDChanged = Signal(str)
    segmentationNodeChanged = Signal(object)
    sourceVolumeNodeChanged = Signal(object)
    masterVolumeNodeChanged = Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._logic = slicer.vtkSlicerSegmentEditorLogic()
        self._editorNode = None
        self._effects = {name: qSlicerSegmentEditorAbstractEffect(name, self) for name in EFFECTS}
        self._order: list[str] = []
        self._shown = (None, None)
        self._isReadOnly = False
        self._shortcuts: list[QtGui.QShortcut] = []
        self.isObservingViews = False
        self.setMinimumHeight(60)

    def paintEvent(self, event):
        super().paintEvent(event)
        place = self.rect().adjusted(0, 0, -1, -1)
        painter = QtGui.QPainter(self)
        painter.drawRect(place)
        painter.drawText(place, QtCore.Qt.AlignCenter, "segment editor")

    def mrmlSegmentEditorNode(self):
        return self._editorNode

    def setMRMLSegmentEditorNode(self, node) -> None:
        self._editorNode = node
        self._logic.SetSegmentEditorNode(node)
        self.observe(node, (vtk.vtkCommand.ModifiedEvent,), self.updateWidgetFromMRML)
        self.updateWidgetFromMRML()

    def setMRMLScene(self, scene) -> None:
        super().setMRMLScene(scene)
        self._logic.SetMRMLScene(scene)
        self.updateWidgetFromMRML()

    def updateWidgetFromMRML(self) -> None:
        if self._editorNode is None:
            return
        if self.segmentationNode() is not self._shown[0]:
            self._adopt(self.segmentationNode())
        segmentation, volume = self.segmentationNode(), self.sourceVolumeNode()
        before, self._shown = self._shown, (segmentation, volume)
        if volume is not before[1]:
            self.sourceVolumeNodeChanged.emit(volume)

    def _adopt(self, segmentation) -> None:
        """Do what Slicer does with another segmentation: its own image, its first segment."""
        self._shown = (segmentation, *self._shown[1:])
        self._logic.SetSegmentationHistory(slicer.vtkSegmentationHistory())
        self.segmentationNodeChanged.emit(segmentation)
        if segmentation is None:
            return
        role = slicer.vtkMRMLSegmentationNode.GetReferenceImageGeometryReferenceRole()
        self._logic.SetSourceVolumeNode(segmentation.GetNodeReference(role))
        segmentation.CreateDefaultDisplayNodes()
        if segmentation.GetSegmentation().GetNumberOfSegments() > 0:
            first = segmentation.GetSegmentation().GetNthSegmentID(0)
            selectInList(self, first)

    def _node(self):
        if self._editorNode is None or self.mrmlScene() is None:
            raise RuntimeError(
                "the segment editor widget needs setMRMLSegmentEditorNode and setMRMLScene first"
            )
        return self._editorNode

    def segmentationNode(self):
        return self._editorNode.GetSegmentationNode() if self._editorNode is not None else None

    def setSegmentationNode(self, node) -> None:
        if node is not None:
            self._node()
        if self._editorNode is not None and node is not self.segmentationNode():
            self._logic.SetSegmentationNode(node)
            self.setActiveEffect(None)
            self.updateWidgetFromMRML()

    def sourceVolumeNode(self):
        return self._editorNode.GetSourceVolumeNode() if self._editorNode is not None else None

    def setSourceVolumeNode(self, node) -> None:
        if node is not None:
            self._node()
        if self._editorNode is not None:
            self._logic.SetSourceVolumeNode(node)
            self.updateWidgetFromMRML()

    def currentSegmentID(self) -> str:
        node = self._editorNode
        return (node.GetSelectedSegmentID() or "") if node is not None else ""

    def setCurrentSegmentID(self, segmentID: str) -> None:
        self._node().SetSelectedSegmentID(segmentID)

    def availableEffectNames(self):
        return list(self._effects)

    def effectNameOrder(self):
        return self._order

    def setEffectNameOrder(self, names) -> None:
        self._order = list(names)

    def effectByName(self, name: str):
        return self._effects.get(name)

    def effectCount(self) -> int:
        return len(self._effects)

    def activeEffect(self):
        if self._editorNode is None:
            return None
        return self._effects.get(self._editorNode.GetActiveEffectName() or "")

    def setActiveEffect(self, effect) -> None:
        if effect is not None:
            self._node().SetActiveEffectName(effect.property("name"))
            self.isObservingViews = True
        elif self._editorNode is not None:
            self._editorNode.SetActiveEffectName("")

    def setActiveEffectByName(self, name: str) -> None:
        self.setActiveEffect(self.effectByName(name))

    def setReadOnly(self, isReadOnly: bool) -> None:
        self._isReadOnly = isReadOnly
        if isReadOnly:
            self.setActiveEffect(None)

    readOnly = Property(bool, lambda self: self._isReadOnly, setReadOnly)

    def setMaximumNumberOfUndoStates(self, count: int) -> None:
        self._logic.SetMaximumNumberOfUndoStates(count)

    maximumNumberOfUndoStates = Property(
        int, lambda self: self._logic.GetMaximumNumberOfUndoStates(), setMaximumNumberOfUndoStates
    )

    def saveStateForUndo(self) -> None:
        self._logic.SaveStateForUndo()

    def undo(self) -> None:
        self._logic.Undo()

    def redo(self) -> None:
        self._logic.Redo()

    def installKeyboardShortcuts(self, parent=None) -> None:
        self.uninstallKeyboardShortcuts()
        parent = parent or slicer.util.mainWindow()._qt
        for keys, function in (("Z", self.undo), ("Y", self.redo)):
            shortcut = QtGui.QShortcut(QtGui.QKeySequence(keys), parent)
            shortcut.activated.connect(function)
            self._shortcuts.append(shortcut)

    def uninstallKeyboardShortcuts(self) -> None:
        for shortcut in self._shortcuts:
            shortcut.setParent(None)
            shortcut.deleteLater()
        self._shortcuts.clear()

    def setupViewObservations(self) -> None:
        self.isObservingViews = True

    def removeViewObservations(self) -> None:
        self.isObservingViews = False


def selectInList(editor: qMRMLSegmentEditorWidget, segmentID: str) -> None:
    """Choose a segment as a click in the editor's list does: only that is told of.

    Slicer's signal does not come for `setCurrentSegmentID`, nor for the keys Q and W.
    """
    if segmentID != editor.currentSegmentID():
        editor.setCurrentSegmentID(segmentID)
        editor.currentSegmentIDChanged.emit(segmentID)
