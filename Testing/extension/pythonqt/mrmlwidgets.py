"""Stand-ins for Slicer's widgets that show nodes of a real MRML scene."""

from typing import ClassVar

import slicer
import vtk
from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Property, Signal

from .proxy import standIn
from .signals import guarded


class Observing:
    """Observers of VTK objects that go with their widget."""

    def observe(self, vtkObject, events, function) -> None:
        """Take the place of the earlier observers; ``None`` for the object only removes them."""
        for observed, tag in self.__dict__.pop("_observed", []):
            observed.RemoveObserver(tag)
        if vtkObject is not None:
            self._observed = [
                (vtkObject, vtkObject.AddObserver(e, lambda *_: guarded(function))) for e in events
            ]
            tagged = self._observed
            self.destroyed.connect(lambda *_: [o.RemoveObserver(tag) for o, tag in tagged])


@standIn("slicer")
class qMRMLWidget(QtWidgets.QWidget):
    """A widget that knows the scene and tells it on."""

    mrmlSceneChanged = Signal(object)
    _scene = None

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene) -> None:
        if scene is not self._scene:
            self._scene = scene
            self.mrmlSceneChanged.emit(scene)


@standIn("slicer")
class qSlicerWidget(qMRMLWidget):
    pass


@standIn("slicer")
class qMRMLNodeComboBox(QtWidgets.QWidget, Observing):
    """Choice of a node; follows the scene."""

    currentNodeChanged = Signal(object)
    currentNodeIDChanged = Signal(str)
    nodeAdded = Signal(object)
    nodeAddedByUser = Signal(object)
    nodeAboutToBeRemoved = Signal(object)
    nodeActivated = Signal(object)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._scene, self._types, self._attributes, self._currentID = None, [], [], ""
        self._combo = QtWidgets.QComboBox(self)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo)
        self._combo.activated.connect(self._chosen)
        self._isNoneEnabled = False

    nodeTypes = Property(
        "QStringList",
        lambda self: self._types,
        lambda self, types: (setattr(self, "_types", list(types)), self._update())[0],
    )
    noneEnabled = Property(
        bool,
        lambda self: self._isNoneEnabled,
        lambda self, on: (setattr(self, "_isNoneEnabled", on), self._update())[0],
    )

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene) -> None:
        self._scene = scene
        events = (slicer.vtkMRMLScene.NodeAddedEvent, slicer.vtkMRMLScene.NodeRemovedEvent)
        self.observe(scene, (*events, slicer.vtkMRMLScene.EndCloseEvent), self._update)
        self._update()

    def addAttribute(self, nodeType, name, value=None) -> None:
        self._attributes.append((nodeType, name, value))
        self._update()

    def removeAttribute(self, nodeType, name) -> None:
        self._attributes = [a for a in self._attributes if a[:2] != (nodeType, name)]
        self._update()

    def nodeCount(self) -> int:
        return len(self._nodes())

    def nodeFromIndex(self, index: int):
        return self._nodes()[index]

    def currentNode(self):
        return self._scene.GetNodeByID(self._currentID) if self._scene and self._currentID else None

    def setCurrentNode(self, node) -> None:
        self._select("" if node is None else node.GetID())

    def setCurrentNodeID(self, nodeID) -> None:
        self._select(nodeID or "")

    def setCurrentNodeIndex(self, index: int) -> None:
        self.setCurrentNode(self._nodes()[index] if 0 <= index < self.nodeCount() else None)

    currentNodeID = Property(str, lambda self: self._currentID, setCurrentNodeID)
    currentNodeId = Property(str, lambda self: self._currentID, setCurrentNodeID)

    def addNode(self, nodeType=None):
        node = self._scene.AddNewNodeByClass(nodeType or self._types[0])
        self.setCurrentNode(node)
        self.nodeAddedByUser.emit(node)
        return node

    def _nodes(self) -> list:
        if self._scene is None:
            return []
        nodes = [
            node
            for nodeType in self._types
            for node in _nodesOfClass(self._scene, nodeType)
            if self._isShown(node)
        ]
        return list({node.GetID(): node for node in nodes}.values())

    def _isShown(self, node) -> bool:
        if node.GetHideFromEditors() and not self.property("showHidden"):
            return False
        return all(
            node.GetAttribute(name) is not None
            and (value is None or node.GetAttribute(name) == str(value))
            for nodeType, name, value in self._attributes
            if node.IsA(nodeType)
        )

    def _update(self) -> None:
        nodes = self._nodes()
        with QtCore.QSignalBlocker(self._combo):
            self._combo.clear()
            if self._isNoneEnabled:
                self._combo.addItem("None", "")
            for node in nodes:
                self._combo.addItem(node.GetName(), node.GetID())
        if self._currentID not in {node.GetID() for node in nodes}:
            mustChoose = nodes and not self._isNoneEnabled
            self._select(nodes[0].GetID() if mustChoose else "", force=bool(self._currentID))
        self._combo.setCurrentIndex(self._combo.findData(self._currentID))

    def _select(self, nodeID: str, force: bool = False) -> None:
        if nodeID and nodeID not in {node.GetID() for node in self._nodes()}:
            nodeID = ""  # Slicer shows no node where it is given one of another kind
        if nodeID == self._currentID and not force:
            return
        self._currentID = nodeID
        self._combo.setCurrentIndex(self._combo.findData(nodeID))
        self.currentNodeChanged.emit(self.currentNode())
        self.currentNodeIDChanged.emit(nodeID)

    def _chosen(self, index: int) -> None:
        self._select(self._combo.itemData(index))
        self.nodeActivated.emit(self.currentNode())


def _nodesOfClass(scene, name: str) -> list:
    return [scene.GetNthNodeByClass(i, name) for i in range(scene.GetNumberOfNodesByClass(name))]


@standIn("slicer")
class qMRMLTableView(QtWidgets.QTableView, Observing):
    """Shows a table node; cells change in place, so the selection lasts."""

    mrmlSceneChanged = Signal(object)
    _anySelectionChanged = Signal()
    # In C++ the signal has the name of the virtual that emits it.
    _signalNames: ClassVar[dict] = {"selectionChanged": "_anySelectionChanged"}
    _scene = _node = None

    def __init__(self, parent=None):
        super().__init__(parent)
        self.setModel(QtGui.QStandardItemModel(self))

    def selectionChanged(self, selected, deselected) -> None:
        super().selectionChanged(selected, deselected)
        self._anySelectionChanged.emit()

    def mrmlScene(self):
        return self._scene

    def setMRMLScene(self, scene) -> None:
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def mrmlTableNode(self):
        return self._node

    def setMRMLTableNode(self, node) -> None:
        self._node = node
        self.observe(node, (vtk.vtkCommand.ModifiedEvent,), self._fill)
        self._fill()
        self._anySelectionChanged.emit()

    def _fill(self) -> None:
        node, model = self._node, self.model()
        table = node.GetTable() if node is not None else None
        if table is None or table.GetNumberOfColumns() == 0:
            model.clear()
            return
        # Without titles in the header, Slicer shows the columns' names as a first row.
        hasNamesAsRow = not node.GetUseColumnTitleAsColumnHeader()
        first = int(node.GetUseFirstColumnAsRowHeader())
        model.setRowCount(table.GetNumberOfRows() + int(hasNamesAsRow))
        model.setColumnCount(table.GetNumberOfColumns() - first)
        for column in range(model.columnCount()):
            values, name = table.GetColumn(column + first), table.GetColumnName(column + first)
            unit = node.GetColumnUnitLabel(name)
            title = (node.GetColumnTitle(name) or name) + (f" [{unit}]" if unit else "")
            header = chr(ord("A") + column) if hasNamesAsRow else title
            model.setHeaderData(column, QtCore.Qt.Horizontal, header)
            texts = [name] if hasNamesAsRow else []
            texts += [
                values.GetVariantValue(row).ToString() for row in range(table.GetNumberOfRows())
            ]
            for row, text in enumerate(texts):
                self._setCell(row, column, text, bool(node.GetLocked()))

    def _setCell(self, row: int, column: int, text: str, isLocked: bool) -> None:
        item = self.model().item(row, column)
        if item is None:
            item = QtGui.QStandardItem()
            self.model().setItem(row, column, item)
        item.setText(text)
        item.setEditable(not isLocked)


@standIn("slicer")
class qMRMLPlotView(QtWidgets.QFrame):
    """Keeps its plot view node; draws nothing."""

    mrmlSceneChanged = Signal(object)
    _scene = _node = None

    def setMRMLScene(self, scene) -> None:
        self._scene = scene
        self.mrmlSceneChanged.emit(scene)

    def setMRMLPlotViewNode(self, node) -> None:
        self._node = node

    def fitToContent(self) -> None:
        """Nothing is drawn, so nothing is to fit."""


@standIn("slicer")
class qMRMLPlotWidget(qMRMLWidget):
    _node = None

    def __init__(self, parent=None):
        super().__init__(parent)
        self._view = qMRMLPlotView(self)
        QtWidgets.QVBoxLayout(self).addWidget(self._view)

    def plotView(self):
        return self._view

    def mrmlPlotViewNode(self):
        return self._node

    def setMRMLPlotViewNode(self, node) -> None:
        self._node = node
        self._view.setMRMLPlotViewNode(node)


@standIn("slicer")
class qMRMLSegmentsTableView(qMRMLWidget, Observing):
    """The segments of a segmentation by name."""

    selectionChanged = Signal(object, object)
    segmentAboutToBeModified = Signal(str)
    _node = None

    def __init__(self, parent=None):
        super().__init__(parent)
        self._table = QtWidgets.QTableWidget(0, 1, self)
        self._table.setHorizontalHeaderLabels(["Name"])
        self._table.setSelectionBehavior(QtWidgets.QTableWidget.SelectRows)
        QtWidgets.QVBoxLayout(self).addWidget(self._table)
        self._table.selectionModel().selectionChanged.connect(self.selectionChanged)
        self._ids: list[str] = []

    def tableWidget(self):
        return self._table

    def segmentationNode(self):
        return self._node

    def setSegmentationNode(self, node) -> None:
        self._node = node
        segmentation = slicer.vtkSegmentation
        events = (
            segmentation.SegmentAdded,
            segmentation.SegmentRemoved,
            segmentation.SegmentModified,
        )
        self.observe(node, events, self._fill)
        self._fill()

    segmentCount = Property(int, lambda self: len(self._ids))

    def displayedSegmentIDs(self):
        return list(self._ids)

    def selectedSegmentIDs(self):
        return [self._ids[i.row()] for i in self._table.selectionModel().selectedRows()]

    def setSelectedSegmentIDs(self, segmentIDs) -> None:
        self._table.clearSelection()
        for segmentID in segmentIDs:
            if segmentID in self._ids:
                self._table.selectRow(self._ids.index(segmentID))

    def _fill(self) -> None:
        segmentation = self._node.GetSegmentation() if self._node is not None else None
        count = segmentation.GetNumberOfSegments() if segmentation is not None else 0
        self._ids = [segmentation.GetNthSegmentID(i) for i in range(count)]
        self._table.setRowCount(count)
        for row, segmentID in enumerate(self._ids):
            name = segmentation.GetSegment(segmentID).GetName()
            self._table.setItem(row, 0, QtWidgets.QTableWidgetItem(name))
