"""The application's views: layouts, what slices show, pictures. Without views it does nothing."""

import slicer
import vtk

# Layout of several slices; of one slice for each of two raters.
_FOUR_UP = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
_SIDE_BY_SIDE = slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView
# The slice views of that layout, left and right.
_SIDES = ("Red", "Yellow")


def showVolume(volume, fit=False):
    """Show a volume in all slice views, beneath the segmentation."""
    if slicer.app.layoutManager() is None or volume is None:
        return
    slicer.util.setSliceViewerLayers(background=volume, fit=fit)


def showCase(volume):
    """Show a case that was just opened: its image to fit, in the layout that the user has."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    if not any(manager.sliceWidget(name).visible for name in manager.sliceViewNames()):
        manager.setLayout(_FOUR_UP)
    showVolume(volume, fit=True)


def showSideBySide(first, second):
    """Show two segmentations beside each other on the same slice, each in its own view only.

    Returns
    -------
    callable
        Puts the layout, the views and ``first`` back as they were.
    """
    manager = slicer.app.layoutManager()
    if manager is None:
        return _nothing
    widgets = [manager.sliceWidget(name) for name in _SIDES]
    left, right = (widget.mrmlSliceNode() for widget in widgets)
    links = [widget.mrmlSliceCompositeNode() for widget in widgets]
    layout, linked = manager.layout, [link.GetLinkedControl() for link in links]
    place = vtk.vtkMatrix4x4()
    place.DeepCopy(right.GetSliceToRAS())
    display = first.GetDisplayNode()

    def undo():
        display.RemoveAllViewNodeIDs()
        for link, was in zip(links, linked, strict=True):
            link.SetLinkedControl(was)
        manager.setLayout(layout)
        _moveTo(right, place)

    manager.setLayout(_SIDE_BY_SIDE)
    widgets[1].fitSliceToBackground()
    _moveTo(right, left.GetSliceToRAS())
    for link in links:
        # Scrolling one scrolls the other.
        link.SetLinkedControl(True)
    display.SetViewNodeIDs([left.GetID()])
    second.GetDisplayNode().SetViewNodeIDs([right.GetID()])
    return undo


def _moveTo(sliceNode, place):
    sliceNode.GetSliceToRAS().DeepCopy(place)
    sliceNode.UpdateMatrices()


def _nothing():
    """Undo what was not done."""


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
    from vtk.util.numpy_support import vtk_to_numpy  # noqa: PLC0415  (loads numpy)

    # Read off the render window: a picture of the widget would lack what OpenGL draws.
    view.forceRender()
    picture = vtk.vtkWindowToImageFilter()
    picture.SetInput(view.renderWindow())
    writer = vtk.vtkPNGWriter()
    writer.SetInputConnection(picture.GetOutputPort())
    writer.WriteToMemoryOn()
    writer.Write()
    return bytes(vtk_to_numpy(writer.GetResult()))
