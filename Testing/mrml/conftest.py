"""Real MRML scenes for the tests of `radiogenomics.mrml`, on slicer-core."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

if importlib.util.find_spec("slicer") is None:
    # The backend's environment has no Slicer core; `make test` runs these in the other one.
    collect_ignore_glob = ["test_*.py"]
else:
    import slicer

from radiogenomics.study import Role, Study


@pytest.fixture
def scene():
    """A scene as the application sets one up, without the application."""
    scene = slicer.vtkMRMLScene()
    logics = make_logics(scene)
    yield scene
    scene.Clear(True)
    del logics


def make_logics(scene):
    """Register the node classes as the modules of the application do; keep what is returned."""
    selection = slicer.vtkMRMLSelectionNode()
    selection.SetSingletonTag("Singleton")
    scene.AddNode(selection)
    interaction = slicer.vtkMRMLInteractionNode()
    interaction.SetSingletonTag("Singleton")
    scene.AddNode(interaction)
    logics = [
        slicer.vtkSlicerSegmentationsModuleLogic(),
        slicer.vtkSlicerMarkupsLogic(),
    ]
    for logic in logics:
        logic.SetMRMLScene(scene)
    return logics


@pytest.fixture(autouse=True)
def swallowed_exceptions(monkeypatch):
    """VTK prints what an observer raises and goes on; here it fails the test."""
    raised = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: raised.append(args[1]))
    yield raised
    assert not raised, f"swallowed in an observer: {raised}"


class Clock:
    """Stands for the timer of the application: runs what was scheduled when told."""

    def __init__(self):
        self.time = 0
        self.waiting = []

    def schedule(self, delay, function):
        self.waiting.append((self.time + delay, function))

    def advance(self, milliseconds):
        """Run what falls due within that time, also what that schedules."""
        end = self.time + milliseconds
        while due := [entry for entry in self.waiting if entry[0] <= end]:
            entry = min(due, key=lambda one: one[0])
            self.waiting.remove(entry)
            self.time = max(self.time, entry[0])
            entry[1]()
        self.time = end


@pytest.fixture
def clock():
    return Clock()


def ball(shape, centre, radius, spacing=(1.0, 1.0, 1.0)):
    """A ball [z, y, x]; centre and radius in mm, spacing (x, y, z)."""
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    sx, sy, sz = spacing
    cx, cy, cz = centre
    return (x * sx - cx) ** 2 + (y * sy - cy) ** 2 + (z * sz - cz) ** 2 <= radius**2


SHAPE = (40, 50, 60)


def tumour_array():
    """Enhancing 2, edema 3 around it, necrosis 1 in its middle, as `grids.LABELS` has it."""
    array = np.zeros(SHAPE, dtype=np.uint8)
    array[ball(SHAPE, (28, 24, 20), 14)] = 2
    array[ball(SHAPE, (27, 24, 20), 8)] = 1
    array[ball(SHAPE, (26, 24, 20), 3)] = 3
    return array


@pytest.fixture
def volume(scene):
    """A small image at a place of its own, with unequal spacing."""
    return add_volume(scene)


def add_volume(scene, shape=SHAPE, spacing=(1.0, 1.0, 1.5), origin=(-10.0, 20.0, 5.0)):
    from vtk.util.numpy_support import numpy_to_vtk

    node = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "image")
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(shape[2], shape[1], shape[0])
    values = np.random.default_rng(1).normal(100, 10, shape).astype(np.float32)
    image.GetPointData().SetScalars(numpy_to_vtk(values.ravel(), deep=True))
    node.SetAndObserveImageData(image)
    node.SetSpacing(spacing)
    node.SetOrigin(origin)
    # As most images lie: x and y run against right and anterior.
    node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
    return node


@pytest.fixture
def study(tmp_path):
    """A study of two cases with images, one reader and one reviewer."""
    study = Study.create(
        tmp_path / "study",
        name="test",
        labels="brats",
        raters={"Eva Nová": Role.READER, "Olga": Role.READER, "Jan Malý": Role.REVIEWER},
    )
    for patient_id in ("P1", "P2", "P3"):
        case = study.add_case(patient_id)
        for name in ("t1c", "flair"):
            case.add_image(name, write_image, {})
    return study


def write_image(path: Path):
    import SimpleITK as sitk

    values = np.random.default_rng(2).normal(100, 10, SHAPE).astype(np.float32)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing((1.0, 1.0, 1.5))
    image.SetOrigin((10.0, -20.0, 5.0))
    sitk.WriteImage(image, str(path))
