"""The layout manager and its views: nodes and logics are real, the pictures are empty."""

import slicer
import vtk
from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Property, Signal

from .mrmlwidgets import qMRMLPlotWidget, qMRMLTableView, qMRMLWidget
from .proxy import standIn

_ORIENTATIONS = {"Red": "Axial", "Yellow": "Sagittal", "Green": "Coronal"}
_LAYOUT = slicer.vtkMRMLLayoutNode
# Which views a layout shows; those that are not named show all.
_SHOWN = {
    _LAYOUT.SlicerLayoutSideBySideView: ("Red", "Yellow"),
    _LAYOUT.SlicerLayoutOneUpRedSliceView: ("Red",),
    _LAYOUT.SlicerLayoutOneUpYellowSliceView: ("Yellow",),
    _LAYOUT.SlicerLayoutOneUpGreenSliceView: ("Green",),
    _LAYOUT.SlicerLayoutOneUp3DView: ("3D",),
}


class _View(QtWidgets.QWidget):
    """A view with a render window that draws nothing, off the screen."""

    _window = None

    def renderWindow(self):
        if self._window is None:
            self._window = vtk.vtkRenderWindow()
            self._window.SetOffScreenRendering(1)
            self._window.SetSize(64, 64)
        return self._window

    def forceRender(self) -> None:
        self.renderWindow().Render()

    def scheduleRender(self) -> None:
        """Nothing waits to be drawn."""


@standIn("slicer")
class qMRMLSliceView(_View):
    pass


@standIn("slicer")
class qMRMLThreeDView(_View):
    def resetFocalPoint(self) -> None:
        """There is nothing to look at."""


@standIn("slicer")
class qMRMLSliceWidget(qMRMLWidget):
    def __init__(self, logic=None):
        super().__init__()
        self._logic, self._view = logic, qMRMLSliceView(self)

    def sliceLogic(self):
        return self._logic

    def sliceView(self):
        return self._view

    def mrmlSliceNode(self):
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self):
        return self._logic.GetSliceCompositeNode()

    def fitSliceToBackground(self) -> None:
        self._logic.FitSliceToBackground()


@standIn("slicer")
class qMRMLThreeDWidget(qMRMLWidget):
    def __init__(self, node=None):
        super().__init__()
        self._node, self._view = node, qMRMLThreeDView(self)

    def threeDView(self):
        return self._view

    def mrmlViewNode(self):
        return self._node


@standIn("slicer")
class qMRMLTableWidget(qMRMLWidget):
    def __init__(self, parent=None):
        super().__init__(parent)
        self._view = qMRMLTableView(self)

    def tableView(self):
        return self._view


@standIn("slicer")
class qSlicerLayoutManager(QtCore.QObject):
    """Three slice views, a 3D view, a plot and a table; the layout is a number."""

    layoutChanged = Signal(int)
    activeMRMLPlotViewNodeChanged = Signal(object)

    def __init__(self):
        super().__init__()
        self._viewport = QtWidgets.QWidget()
        self._slices = {name: qMRMLSliceWidget(_sliceLogic(name)) for name in _ORIENTATIONS}
        self._threeD = qMRMLThreeDWidget(_viewNode(slicer.vtkMRMLViewNode(), "1"))
        self._plot, self._table = qMRMLPlotWidget(), qMRMLTableWidget()
        self._plot.setMRMLPlotViewNode(_viewNode(slicer.vtkMRMLPlotViewNode(), "PlotView1"))
        views = (*self._slices.values(), self._threeD, self._plot, self._table)
        box = QtWidgets.QVBoxLayout(self._viewport)
        for view in views:
            box.addWidget(view)
        self._layout = 0
        self._viewport.show()
        self.setLayout(_LAYOUT.SlicerLayoutFourUpView)

    plotViewCount = Property(int, lambda _self: 1)
    tableViewCount = Property(int, lambda _self: 1)
    threeDViewCount = Property(int, lambda _self: 1)

    def setLayout(self, layout: int) -> None:
        if layout == self._layout:
            return
        self._layout = layout
        shown = _SHOWN.get(layout, (*self._slices, "3D"))
        for name, view in {**self._slices, "3D": self._threeD}.items():
            view.setVisible(name in shown)
        self.layoutChanged.emit(layout)

    layout = Property(int, lambda self: self._layout, setLayout)

    def mrmlScene(self):
        return slicer.mrmlScene

    def sliceViewNames(self):
        return list(self._slices)

    def sliceWidget(self, name: str):
        return self._slices.get(name)

    def mrmlSliceLogics(self):
        collection = vtk.vtkCollection()
        for widget in self._slices.values():
            collection.AddItem(widget.sliceLogic())
        return collection

    def threeDWidget(self, index: int):
        return self._threeD if index == 0 else None

    def plotWidget(self, index: int):
        return self._plot if index == 0 else None

    def tableWidget(self, index: int):
        return self._table if index == 0 else None

    def activeMRMLPlotViewNode(self):
        return self._plot.mrmlPlotViewNode()

    def resetSliceViews(self) -> None:
        for widget in self._slices.values():
            widget.fitSliceToBackground()

    def resetThreeDViews(self) -> None:
        """There is nothing to look at."""


def _viewNode(node, name: str):
    node.SetLayoutName(name)
    node.SetSingletonTag(name)
    return slicer.mrmlScene.AddNode(node)


def _sliceLogic(name: str):
    node = slicer.vtkMRMLSliceNode()
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(slicer.mrmlScene)
    # A node that is made by class takes its presets from the scene's default node.
    node.Copy(slicer.mrmlScene.GetDefaultNodeByClass("vtkMRMLSliceNode"))
    node.SetName(name)
    node = _viewNode(node, name)
    node.SetOrientation(_ORIENTATIONS[name])
    logic = slicer.vtkMRMLSliceLogic()
    logic.SetMRMLScene(slicer.mrmlScene)
    logic.SetSliceNode(node)
    return logic
