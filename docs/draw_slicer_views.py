"""Draw ``docs/slicer-views.png``: a simulated patient in slice views and a 3D view of 3D Slicer.

Slicer's rendering core paints it without the application: its slice logic the images, its
displayable managers the regions and the overlays, which the module's own code puts in the scene.
Needs slicer-core: ``.venv-slicer/bin/python docs/draw_slicer_views.py``.
"""

from pathlib import Path

import numpy as np
import slicer.util
import vtk

from radiogenomics.mrml.grids import fill_segments
from radiogenomics.mrml.overlay_shapes import place_of
from radiogenomics.mrml.overlays import FeatureOverlays
from radiogenomics.mrml.segments import find_roi_segments
from radiogenomics.phantom import phantom_case
from radiogenomics.shape import measure_labelmap

WIDTH, HEIGHT, FIELD_MM = 600, 450, 172.0  # of a view; the field from top to bottom
TITLE_AT = (0.02, 0.935)
WINDOW_LEVEL = {"t1c": (980, 490), "flair": (400, 200)}
OPACITY_3D = {"enhancing": 0.6, "edema": 0.4}  # as with the sliders of the Segmentations module
FROM = np.array((120, 134, 98))  # the camera looks from the right, the front and above


class View:
    """A view of Slicer with its displayable managers, and words at places from 0 to 1."""

    def __init__(self, application, node, managers, words):
        application.GetMRMLScene().AddNode(node)
        self.node, self.renderer = node, vtk.vtkRenderer()
        self.window = vtk.vtkRenderWindow(off_screen_rendering=True, size=(WIDTH, HEIGHT))
        self.window.AddRenderer(self.renderer)
        self.interactor = vtk.vtkGenericRenderWindowInteractor(render_window=self.window)
        self.group = slicer.vtkMRMLDisplayableManagerGroup(renderer=self.renderer)
        for name in (*managers, "MarkupsDisplayableManager"):
            manager = getattr(slicer, f"vtkMRML{name}")()
            manager.SetMRMLApplicationLogic(application)
            self.group.AddDisplayableManager(manager)
        self.group.SetMRMLDisplayableNode(node)
        for text, x, y in words:
            actor = vtk.vtkTextActor(input=text, position=(x * WIDTH, y * HEIGHT))
            actor.text_property.font_size, actor.text_property.bold = 17, True
            self.renderer.AddViewProp(actor)

    def picture(self):
        """Return what is painted, as an image of VTK."""
        self.window.Render()
        grabber = vtk.vtkWindowToImageFilter(input=self.window, read_front_buffer=False)
        grabber.Update()
        return grabber.GetOutput()


def slice_view(application, orientation, volume, title):
    """Return a slice view of a volume."""
    node, matrix = slicer.vtkMRMLSliceNode(), vtk.vtkMatrix3x3()
    node.SetLayoutName(title)
    getattr(slicer.vtkMRMLSliceNode, f"Get{orientation}SliceToRASMatrix")(matrix)
    node.AddSliceOrientationPreset(orientation, matrix)
    node.SetOrientation(orientation)
    node.SetDimensions(WIDTH, HEIGHT, 1)
    node.SetFieldOfView(FIELD_MM * WIDTH / HEIGHT, FIELD_MM, 1)
    top = ("A" if orientation == "Axial" else "S", 0.53, TITLE_AT[1])
    words = [(title, *TITLE_AT), top, ("R", 0.02, 0.48), ("L", 0.96, 0.48)]
    view = View(application, node, ["SegmentationsDisplayableManager2D"], words)
    view.logic = slicer.vtkMRMLSliceLogic()
    view.logic.SetMRMLScene(node.GetScene())
    view.logic.SetSliceNode(node)
    view.logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
    image = vtk.vtkImageMapper(color_window=255, color_level=127.5)
    image.SetInputConnection(view.logic.GetImageDataConnection())
    below = vtk.vtkRenderer()  # a layer of its own, so that the segments lie over it
    below.AddViewProp(vtk.vtkActor2D(mapper=image))
    view.window.number_of_layers, view.renderer.layer = 2, 1
    view.window.AddRenderer(below)
    return view


def add_volume(scene, case, name):
    """Add an image of the case to the scene, with a window for the brain and the tumour."""
    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", name)
    slicer.util.updateVolumeFromArray(node, case.images[name])
    node.SetIJKToRASMatrix(slicer.util.vtkMatrixFromArray(case.ijk_to_ras()))
    node.CreateDefaultDisplayNodes()
    node.GetDisplayNode().SetAndObserveColorNodeID("vtkMRMLColorTableNodeGrey")
    node.GetDisplayNode().AutoWindowLevelOff()
    node.GetDisplayNode().SetWindowLevel(*WINDOW_LEVEL[name])
    return node


def add_segmentation(scene, case, volume):
    """Add the drawn regions of the case, with surfaces; return how they measure."""
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Segmentation")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    fill_segments(node, case.labelmap, {roi: case.labels[roi] for roi in OPACITY_3D})
    node.CreateClosedSurfaceRepresentation()
    for roi, segment_id in find_roi_segments(node).items():
        node.GetDisplayNode().SetSegmentOpacity3D(segment_id, OPACITY_3D[roi])
    return measure_labelmap(case.labelmap, case.spacing, case.labels, case.ijk_to_ras())


def main():
    """Paint the four views and write the picture beside this script."""
    case, scene = phantom_case(4, 1.0), slicer.vtkMRMLScene()
    application = slicer.vtkMRMLApplicationLogic(mrml_scene=scene)
    names = ("SlicerMarkups", "SlicerSegmentationsModule", "MRMLColor")
    logics = [getattr(slicer, f"vtk{name}Logic")() for name in names]
    application.SetModuleLogic("Markups", logics[0])
    for logic in logics:
        logic.SetMRMLScene(scene)
    t1c, flair = (add_volume(scene, case, name) for name in WINDOW_LEVEL)
    measured = add_segmentation(scene, case, t1c)
    axial = slice_view(application, "Axial", t1c, "T1 with contrast, axial")
    coronal = slice_view(application, "Coronal", t1c, "T1 with contrast, coronal")
    other = slice_view(application, "Axial", flair, "FLAIR, axial")
    node = slicer.vtkMRMLViewNode()
    node.SetOrientationMarkerType(node.OrientationMarkerTypeCube)
    managers = ["SegmentationsDisplayableManager3D", "OrientationMarkerDisplayableManager"]
    space = View(application, node, managers, [("3D", *TITLE_AT)])
    overlays = FeatureOverlays(scene)
    overlays.show("enhancing", "max_diameter", measured["enhancing"], 49.5)
    middle = place_of("max_diameter", measured["enhancing"])
    camera = space.renderer.GetActiveCamera()
    camera.focal_point, camera.position, camera.view_up = middle, middle + FROM, (0, 0, 1)
    space.renderer.ResetCameraClippingRange()
    # Moved within their slices, to show the whole brain.
    axial.node.JumpSliceByCentering(10, 0, middle[2])
    coronal.node.JumpSliceByCentering(10, middle[1], 2)
    pictures = [view.picture() for view in (axial, space, coronal)]
    overlays.show("edema", "major_axis", measured["edema"], 93.0)
    other.node.JumpSliceByCentering(10, 0, measured["edema"].ellipse.centre_mm[2])
    pictures.append(other.picture())
    whole = vtk.vtkImageAppend(append_axis=1)
    for pair in (pictures[2:], pictures[:2]):  # images of VTK start at the bottom
        row = vtk.vtkImageAppend()
        for picture in pair:
            row.AddInputData(picture)
        whole.AddInputConnection(row.GetOutputPort())
    writer = vtk.vtkPNGWriter(file_name=str(Path(__file__).with_name("slicer-views.png")))
    writer.SetInputConnection(whole.GetOutputPort())
    writer.Write()
    scene.Clear(True)


if __name__ == "__main__":
    main()
