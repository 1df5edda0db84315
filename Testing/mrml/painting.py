"""Slice views of a scene without a screen, painted by Slicer's own displayable managers."""

import functools
import subprocess
import sys

import numpy as np
import slicer
import vtk

# Painting needs a graphics library; without one VTK may end the process.
_TRY = """
import vtk
window = vtk.vtkRenderWindow()
window.SetOffScreenRendering(True)
window.AddRenderer(vtk.vtkRenderer())
window.Render()
"""


@functools.cache
def can_paint():
    ran = subprocess.run([sys.executable, "-c", _TRY], capture_output=True, check=False)
    return ran.returncode == 0


class SliceView:
    """One slice view with markups, as the application has it.

    Parameters
    ----------
    scene, application_logic
        The scene, and a ``vtkMRMLApplicationLogic`` that knows the markups logic.
    orientation
        Axial, Coronal or Sagittal.
    """

    SIZE = 400
    FIELD_MM = 160.0

    def __init__(self, scene, application_logic, orientation):
        self.node = slicer.vtkMRMLSliceNode()
        self.node.SetLayoutName(orientation)
        matrix = vtk.vtkMatrix3x3()
        getattr(slicer.vtkMRMLSliceNode, f"Get{orientation}SliceToRASMatrix")(matrix)
        self.node.AddSliceOrientationPreset(orientation, matrix)
        self.node.SetOrientation(orientation)
        self.node.SetDimensions(self.SIZE, self.SIZE, 1)
        self.node.SetFieldOfView(self.FIELD_MM, self.FIELD_MM, 1)
        scene.AddNode(self.node)
        self.renderer = vtk.vtkRenderer()
        self.window = vtk.vtkRenderWindow()
        self.window.SetOffScreenRendering(True)
        self.window.SetMultiSamples(0)
        self.window.SetSize(self.SIZE, self.SIZE)
        self.window.AddRenderer(self.renderer)
        self.interactor = vtk.vtkGenericRenderWindowInteractor()
        self.interactor.SetRenderWindow(self.window)
        self.group = slicer.vtkMRMLDisplayableManagerGroup()
        self.group.SetRenderer(self.renderer)
        self.manager = slicer.vtkMRMLMarkupsDisplayableManager()
        self.manager.SetMRMLApplicationLogic(application_logic)
        self.group.AddDisplayableManager(self.manager)
        self.group.SetMRMLDisplayableNode(self.node)

    def picture(self):
        """Paint the view and return it, (rows from the top, columns, 3), from 0 to 1."""
        from vtk.util.numpy_support import vtk_to_numpy

        self.window.Render()
        grabber = vtk.vtkWindowToImageFilter()
        grabber.SetInput(self.window)
        grabber.ReadFrontBufferOff()
        grabber.Update()
        values = vtk_to_numpy(grabber.GetOutput().GetPointData().GetScalars())
        return np.flipud(values.reshape(self.SIZE, self.SIZE, 3)) / 255

    def pixel(self, point):
        """Return the row and the column of a point in RAS."""
        inverse = vtk.vtkMatrix4x4()
        vtk.vtkMatrix4x4.Invert(self.node.GetXYToRAS(), inverse)
        x, y, _, _ = inverse.MultiplyPoint((*point, 1.0))
        return self.SIZE - 1 - round(y), round(x)
