"""The application's views: layouts, what slices show, pictures. Without views it does nothing."""

import slicer
import vtk
from vtk.util.numpy_support import vtk_to_numpy

# Layout of several slices; of one slice for each of two raters; with a plot.
_FOUR_UP = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
_SIDE_BY_SIDE = slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView
_SLICES = ("Red", "Yellow", "Green")


def showVolume(volume, fit=False):
    """Show a volume in all slice views, beneath the segmentation."""
    if slicer.app.layoutManager() is None or volume is None:
        return
    slicer.util.setSliceViewerLayers(background=volume, fit=fit)


def showCase(volume):
    """Show a case that was just opened: four views, its image to fit."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    manager.setLayout(_FOUR_UP)
    showVolume(volume, fit=True)


def showSideBySide(first, second):
    """Show two segmentations beside each other on the same axial slice.

    Each is drawn in its own view only; `showTogether` undoes it.
    """
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    manager.setLayout(_SIDE_BY_SIDE)
    left, right = (manager.sliceWidget(name).mrmlSliceNode() for name in _SLICES[:2])
    right.SetOrientation("Axial")
    right.SetSliceOffset(left.GetSliceOffset())
    for name in _SLICES[:2]:
        # Scrolling one scrolls the other.
        manager.sliceWidget(name).mrmlSliceCompositeNode().SetLinkedControl(True)
    first.GetDisplayNode().SetViewNodeIDs([left.GetID()])
    second.GetDisplayNode().SetViewNodeIDs([right.GetID()])


def showTogether(segmentation):
    """Show one segmentation in all views again."""
    manager = slicer.app.layoutManager()
    if segmentation is not None and segmentation.GetDisplayNode() is not None:
        segmentation.GetDisplayNode().RemoveAllViewNodeIDs()
    if manager is None:
        return
    manager.sliceWidget(_SLICES[1]).mrmlSliceNode().SetOrientation("Sagittal")
    for name in _SLICES[:2]:
        manager.sliceWidget(name).mrmlSliceCompositeNode().SetLinkedControl(False)
    manager.setLayout(_FOUR_UP)


def showChart(chart):
    """Show a plot chart beside the other views."""
    if slicer.app.layoutManager() is None or chart is None:
        return
    slicer.modules.plots.logic().ShowChartInLayout(chart)


def pictures():
    """Return (caption, PNG file) of each slice view and 3D view of the layout."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return []
    taken = []
    for name in manager.sliceViewNames():
        widget = manager.sliceWidget(name)
        if widget.visible:
            taken.append((widget.mrmlSliceNode().GetOrientation(), widget.sliceView()))
    if manager.threeDViewCount and manager.threeDWidget(0).visible:
        taken.append(("3D", manager.threeDWidget(0).threeDView()))
    return [(caption, _png(view)) for caption, view in taken]


def _png(view):
    # Read off the render window: a picture of the widget would lack what OpenGL draws.
    view.forceRender()
    picture = vtk.vtkWindowToImageFilter()
    picture.SetInput(view.renderWindow())
    writer = vtk.vtkPNGWriter()
    writer.SetInputConnection(picture.GetOutputPort())
    writer.WriteToMemoryOn()
    writer.Write()
    return bytes(vtk_to_numpy(writer.GetResult()))
