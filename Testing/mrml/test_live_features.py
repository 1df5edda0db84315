"""Live features follow real segmentation events, measure once a change and only what changed."""

import numpy as np
import pytest
import slicer
import vtk

from radiogenomics.mrml.grids import fill_segments
from radiogenomics.mrml.live import DELAY_MS, LiveFeatures
from radiogenomics.mrml.segments import add_roi_segment, find_roi_segments
from radiogenomics.shape import shape_features

from .conftest import SHAPE, ball, tumour_array

LABELS = {"necrosis": 3, "edema": 2, "enhancing": 1}
SPACING = (1.0, 1.0, 1.5)


@pytest.fixture
def segmentation(scene, volume):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    node.CreateDefaultDisplayNodes()
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    for roi in ("enhancing", "edema"):
        add_roi_segment(node, roi)
    return node


class Listener:
    def __init__(self):
        self.calls = []

    def __call__(self, live):
        self.calls.append({roi: one.measurement for roi, one in live.rois.items()})


@pytest.fixture
def listener():
    return Listener()


@pytest.fixture
def live(segmentation, clock, listener):
    live = LiveFeatures(segmentation, clock.schedule, listener)
    yield live
    live.stop()


def features(live):
    return {roi: one.measurement.features for roi, one in live.rois.items()}


def paint(node, roi, array):
    """What an effect of the segment editor calls."""
    fill_segments(node, array.astype(np.uint8), {roi: 1})


def test_an_empty_segment_has_volume_zero_and_no_other_feature(live):
    assert features(live)["edema"]["volume"] == 0.0
    assert set(features(live)["edema"].values()) == {0.0, None}


def test_a_stroke_is_measured_once_after_the_delay_to_the_same_bits(
    live, segmentation, clock, listener
):
    listener.calls.clear()
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    assert listener.calls == []
    clock.advance(DELAY_MS)
    assert len(listener.calls) == 1
    assert features(live)["edema"] == shape_features(ball(SHAPE, (20, 20, 20), 9), SPACING)
    clock.advance(1000)
    assert len(listener.calls) == 1


def test_only_the_roi_that_changed_is_measured_again(live, segmentation, clock):
    fill_segments(segmentation, tumour_array(), LABELS)
    clock.advance(DELAY_MS)
    before = live.rois["enhancing"]
    measured = live.measured
    array = tumour_array()
    array[0:3, 0:3, 0:3] = 2
    paint(segmentation, "edema", array == 2)
    clock.advance(DELAY_MS)
    assert live.measured == measured + 1
    assert live.rois["enhancing"] is before


def test_a_rename_measures_nothing(live, segmentation, clock, listener):
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    clock.advance(DELAY_MS)
    listener.calls.clear()
    measured = live.measured
    edema = find_roi_segments(segmentation)["edema"]
    segmentation.GetSegmentation().GetSegment(edema).SetName("Ödem")
    clock.advance(DELAY_MS)
    assert (live.measured, listener.calls) == (measured, [])


def test_segments_in_one_labelmap_or_in_several_are_told_apart(live, segmentation, clock, listener):
    fill_segments(segmentation, tumour_array(), LABELS)
    clock.advance(DELAY_MS)
    inner = segmentation.GetSegmentation()
    assert inner.GetNumberOfLayers() == 1
    expected = {
        roi: shape_features(tumour_array() == LABELS[roi], SPACING)
        for roi in ("enhancing", "edema")
    }
    assert features(live) == expected
    listener.calls.clear()
    inner.SeparateSegmentLabelmap(find_roi_segments(segmentation)["edema"])
    assert inner.GetNumberOfLayers() == 2
    clock.advance(DELAY_MS)
    inner.CollapseBinaryLabelmaps(False)
    clock.advance(DELAY_MS)
    assert inner.GetNumberOfLayers() == 1
    assert features(live) == expected
    assert listener.calls == []


def test_undo_and_redo_are_followed(live, segmentation, clock):
    history = slicer.vtkSegmentationHistory()
    history.SetSegmentation(segmentation.GetSegmentation())
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    clock.advance(DELAY_MS)
    small = features(live)["edema"]
    history.SaveState()
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 12))
    clock.advance(DELAY_MS)
    large = features(live)["edema"]
    assert large["volume"] > small["volume"]
    assert history.RestorePreviousState()
    clock.advance(DELAY_MS)
    assert features(live)["edema"] == small
    assert history.RestoreNextState()
    clock.advance(DELAY_MS)
    assert features(live)["edema"] == large


def test_clearing_a_segment_empties_its_features(live, segmentation, clock):
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    clock.advance(DELAY_MS)
    segmentation.GetSegmentation().ClearSegment(find_roi_segments(segmentation)["edema"])
    clock.advance(DELAY_MS)
    assert features(live)["edema"]["volume"] == 0.0


def test_a_removed_segment_is_said_and_one_added_again_is_measured(live, segmentation, clock):
    segmentation.GetSegmentation().RemoveSegment(find_roi_segments(segmentation)["edema"])
    clock.advance(DELAY_MS)
    assert live.rois["edema"].measurement is None
    assert "no segment for edema" in live.rois["edema"].problem
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    clock.advance(DELAY_MS)
    assert features(live)["edema"]["volume"] > 0


def test_an_imported_labelmap_is_measured(scene, segmentation, live, volume):
    from vtk.util.numpy_support import numpy_to_vtk

    labelmap = scene.AddNewNodeByClass("vtkMRMLLabelMapVolumeNode", "labels")
    labelmap.CopyOrientation(volume)
    image = vtk.vtkImageData()
    image.SetDimensions(SHAPE[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(tumour_array().ravel(), deep=True))
    labelmap.SetAndObserveImageData(image)
    segmentation.GetSegmentation().RemoveAllSegments()
    slicer.vtkSlicerSegmentationsModuleLogic.ImportLabelmapToSegmentationNode(
        labelmap, segmentation
    )
    ids = [segmentation.GetSegmentation().GetNthSegmentID(index) for index in range(3)]
    live.choose_segments({"enhancing": ids[0], "edema": ids[1]})
    expected = {
        roi: shape_features(tumour_array() == value, SPACING)
        for roi, value in {"enhancing": 1, "edema": 2}.items()
    }
    assert features(live) == expected


def test_two_segments_with_one_terminology_are_refused_by_name(live, segmentation, clock):
    add_roi_segment(segmentation, "edema")
    clock.advance(DELAY_MS)
    assert "both have the terminology of edema" in live.rois["edema"].problem


def test_a_rigid_transform_moves_the_ellipse_and_leaves_the_features(
    scene, live, segmentation, clock
):
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    clock.advance(DELAY_MS)
    before = live.rois["edema"].measurement
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    turned = vtk.vtkTransform()
    turned.RotateZ(30)
    turned.Translate(5, 6, 7)
    transform.SetMatrixTransformToParent(turned.GetMatrix())
    segmentation.SetAndObserveTransformNodeID(transform.GetID())
    clock.advance(DELAY_MS)
    after = live.rois["edema"].measurement
    assert after.features == before.features
    moved = turned.TransformPoint(before.ellipse.centre_mm)
    assert after.ellipse.centre_mm == pytest.approx(moved)


def test_a_scaling_transform_scales_the_features(scene, live, segmentation, clock):
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    clock.advance(DELAY_MS)
    before = features(live)["edema"]
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    scaled = vtk.vtkTransform()
    scaled.Scale(2, 2, 2)
    transform.SetMatrixTransformToParent(scaled.GetMatrix())
    segmentation.SetAndObserveTransformNodeID(transform.GetID())
    clock.advance(DELAY_MS)
    after = features(live)["edema"]
    assert after["volume"] == pytest.approx(8 * before["volume"])
    assert after["max_diameter"] == pytest.approx(2 * before["max_diameter"])


def test_a_shearing_transform_is_refused(scene, live, segmentation, clock):
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    matrix = vtk.vtkMatrix4x4()
    matrix.SetElement(0, 1, 0.3)
    transform.SetMatrixTransformToParent(matrix)
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    segmentation.SetAndObserveTransformNodeID(transform.GetID())
    clock.advance(DELAY_MS)
    assert "shears" in live.rois["edema"].problem


def test_a_transform_that_is_not_linear_is_refused(scene, live, segmentation, clock):
    transform = scene.AddNewNodeByClass("vtkMRMLBSplineTransformNode", "bent")
    spline = slicer.vtkOrientedBSplineTransform()
    transform.SetAndObserveTransformFromParent(spline)
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    segmentation.SetAndObserveTransformNodeID(transform.GetID())
    clock.advance(DELAY_MS)
    assert "bent, which is not linear" in live.rois["edema"].problem


def test_after_stopping_nothing_is_measured(live, segmentation, clock, listener):
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 9))
    live.stop()
    listener.calls.clear()
    clock.advance(DELAY_MS)
    paint(segmentation, "edema", ball(SHAPE, (20, 20, 20), 12))
    clock.advance(DELAY_MS)
    assert listener.calls == []
