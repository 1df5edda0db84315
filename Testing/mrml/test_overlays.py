"""Overlays lie where the lengths were measured, and leave the scene and the user's hands alone."""

import math

import numpy as np
import pytest
import slicer

from radiogenomics.errors import InputError
from radiogenomics.mrml.overlay_shapes import PREDICTED_SHIFT_MM, drawings_of
from radiogenomics.mrml.overlays import FeatureOverlays
from radiogenomics.shape import FEATURE_NAMES, measure_mask
from radiogenomics.study.labels import ROI_COLOURS, ROIS

SPACING = (1.0, 1.25, 2.0)


def turned(degrees=25.0):
    """A matrix from voxels to RAS: turned around two axes, spaced, moved."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    about_r = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    about_s = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = about_s @ about_r @ np.diag(SPACING)
    affine[:3, 3] = (-12.0, 30.0, 7.0)
    return affine


@pytest.fixture
def measurement():
    z, y, x = np.ogrid[:30, :40, :50]
    mask = ((x - 24) / 18) ** 2 + ((y - 19) / 9) ** 2 + ((z - 14) / 11) ** 2 < 1
    return measure_mask(mask, SPACING, turned())


@pytest.fixture
def overlays(scene):
    return FeatureOverlays(scene)


def shown(scene):
    """The visible markups by name."""
    nodes = (
        scene.GetNthNodeByClass(i, "vtkMRMLMarkupsNode")
        for i in range(scene.GetNumberOfNodesByClass("vtkMRMLMarkupsNode"))
    )
    return {node.GetName(): node for node in nodes if node.GetDisplayNode().GetVisibility()}


def points(node):
    return np.array(
        [node.GetNthControlPointPositionWorld(i) for i in range(node.GetNumberOfControlPoints())]
    )


def same_line(node, ends_mm):
    """Whether a line is between two points, either of them first."""
    ends = np.array(ends_mm)
    return any(points(node) == pytest.approx(wanted) for wanted in (ends, ends[::-1]))


def labels(node):
    return [node.GetNthControlPointLabel(i) for i in range(node.GetNumberOfControlPoints())]


def test_the_diameter_is_a_line_between_the_ends_that_were_measured(scene, overlays, measurement):
    overlays.show("enhancing", "max_diameter", measurement)
    nodes = shown(scene)
    assert set(nodes) == {"Max diameter, enhancing"}
    line = nodes["Max diameter, enhancing"]
    assert same_line(line, measurement.diameter.ends_mm)
    assert line.GetLineLengthWorld() == pytest.approx(measurement.features["max_diameter"])


def test_the_axes_lie_on_an_ellipse_in_the_slice_of_a_turned_grid(scene, overlays, measurement):
    overlays.show("edema", "major_axis", measurement)
    nodes = shown(scene)
    voxels = np.linalg.inv(turned()) @ np.vstack(
        [points(nodes["Ellipse of the axes, edema"]).T, np.ones(72)]
    )
    assert voxels[2] == pytest.approx(measurement.ellipse.slice_index)
    # Distances from the foci of an ellipse add up to its major axis.
    major, minor = measurement.ellipse.major, measurement.ellipse.minor
    centre = np.array(measurement.ellipse.centre_mm)
    along = (np.array(major.ends_mm[1]) - np.array(major.ends_mm[0])) / major.length
    focus = along * math.sqrt(major.length**2 - minor.length**2) / 2
    outline = points(nodes["Ellipse of the axes, edema"])
    sums = np.linalg.norm(outline - centre - focus, axis=1) + np.linalg.norm(
        outline - centre + focus, axis=1
    )
    assert sums == pytest.approx(major.length)
    assert same_line(nodes["Major axis, edema"], major.ends_mm)
    assert same_line(nodes["Minor axis, edema"], minor.ends_mm)


@pytest.mark.parametrize("feature", ["max_diameter", "major_axis", "minor_axis"])
def test_the_predicted_length_is_parallel_beside_the_measured_one(
    scene, overlays, measurement, feature
):
    overlays.show("enhancing", feature, measurement, predicted=21.5)
    title = feature.replace("_", " ")
    nodes = shown(scene)
    pair = nodes[f"{title.capitalize()}, enhancing"], nodes[f"Predicted {title}, enhancing"]
    measured, predicted = map(points, pair)
    along, beside = measured[1] - measured[0], predicted[1] - predicted[0]
    assert np.linalg.norm(beside) == pytest.approx(21.5)
    assert np.cross(along, beside) == pytest.approx([0, 0, 0], abs=1e-9)
    shift = predicted.mean(axis=0) - measured.mean(axis=0)
    assert np.linalg.norm(shift) == pytest.approx(PREDICTED_SHIFT_MM)
    assert shift @ along == pytest.approx(0, abs=1e-9)
    if feature != "max_diameter":
        normal = np.linalg.inv(turned())[2, :3]
        assert shift @ normal == pytest.approx(0, abs=1e-9)
    length = measurement.features[feature]
    # At opposite ends, where they do not cover each other.
    assert labels(nodes[f"{title.capitalize()}, enhancing"]) == ["", f"measured {length:.1f} mm"]
    assert labels(nodes[f"Predicted {title}, enhancing"]) == ["predicted 21.5 mm", ""]
    assert all(node.GetDisplayNode().GetPointLabelsVisibility() for node in pair)


def test_a_shift_does_not_depend_on_which_end_comes_first(scene, overlays, measurement):
    def shift():
        overlays.show("enhancing", "max_diameter", measurement, predicted=30.0)
        return points(shown(scene)["Predicted max diameter, enhancing"]).mean(axis=0)

    before = shift()
    ends = measurement.diameter.ends_mm
    object.__setattr__(measurement.diameter, "ends_mm", ends[::-1])
    assert shift() == pytest.approx(before)


@pytest.mark.parametrize("predicted", [None, float("nan"), 0.0, -3.0])
def test_what_is_no_length_is_not_drawn(scene, overlays, measurement, predicted):
    overlays.show("enhancing", "major_axis", measurement, predicted=20.0)
    overlays.show("enhancing", "major_axis", measurement, predicted=predicted)
    assert "Major axis, enhancing" in shown(scene)
    assert not any(name.startswith("Predicted") for name in shown(scene))


def slice_node(scene, name):
    node = slicer.vtkMRMLSliceNode()
    node.SetLayoutName(name)
    node.SetName(name)
    return scene.AddNode(node)


def test_every_slice_view_is_brought_to_what_is_shown(scene, overlays, measurement):
    views = [slice_node(scene, name) for name in ("Red", "Green")]
    middle = np.mean(measurement.diameter.ends_mm, axis=0)
    for feature, place in (
        ("max_diameter", middle),
        ("minor_axis", measurement.ellipse.centre_mm),
        ("volume", measurement.ellipse.centre_mm),
    ):
        overlays.show("enhancing", feature, measurement)
        for view in views:
            at = [view.GetSliceToRAS().GetElement(row, 3) for row in range(3)]
            assert at == pytest.approx(list(place))


def test_views_stay_while_somebody_paints(scene, overlays, measurement):
    view = slice_node(scene, "Red")
    overlays.show("enhancing", "max_diameter", measurement, jump=False)
    assert [view.GetSliceToRAS().GetElement(row, 3) for row in range(3)] == [0, 0, 0]


def test_a_feature_without_a_place_and_an_empty_region_draw_nothing(scene, overlays, measurement):
    empty = measure_mask(np.zeros((3, 3, 3)), SPACING)
    for feature, measured in (("volume", measurement), ("max_diameter", empty)):
        overlays.show("enhancing", "major_axis", measurement, predicted=20.0)
        assert len(shown(scene)) == 4
        overlays.show("enhancing", feature, measured, predicted=20.0)
        assert shown(scene) == {}


def test_a_single_voxel_can_be_shown(scene, overlays):
    mask = np.zeros((3, 3, 3))
    mask[1, 1, 1] = 1
    for feature in FEATURE_NAMES:
        overlays.show("edema", feature, measure_mask(mask, SPACING), predicted=5.0)
    overlays.show("edema", "max_diameter", measure_mask(mask, SPACING), predicted=5.0)
    assert shown(scene)["Predicted max diameter, edema"].GetLineLengthWorld() == pytest.approx(5.0)


def test_an_ellipse_is_seen_off_its_slice_only_where_no_view_shows_the_slice(scene, overlays):
    mask = np.zeros((9, 20, 30))
    mask[4, 5:15, 5:25] = 1
    straight = np.diag([-1.0, -1.25, 2.0, 1.0])
    for affine, expected in ((straight, False), (turned(), True)):
        overlays.show("edema", "major_axis", measure_mask(mask, SPACING, affine))
        projected = {node.GetDisplayNode().GetSliceProjection() for node in shown(scene).values()}
        assert projected == {expected}


def test_nodes_are_used_again_and_all_removed(scene, overlays, measurement):
    before = scene.GetNumberOfNodes()
    for _ in range(3):
        for feature in (*FEATURE_NAMES, "major_axis"):
            overlays.show("enhancing", feature, measurement, predicted=20.0)
    # Four markups, each with its display node.
    assert scene.GetNumberOfNodes() == before + 8
    nodes = shown(scene)
    overlays.remove()
    assert scene.GetNumberOfNodes() == before
    # Nobody but this test holds them.
    assert {node.GetReferenceCount() for node in nodes.values()} == {1}
    overlays.remove()
    overlays.hide()


def test_overlays_are_never_saved_listed_or_dragged(scene, overlays, measurement):
    overlays.show("enhancing", "major_axis", measurement, predicted=20.0)
    for node in shown(scene).values():
        assert not node.GetSaveWithScene()
        assert not node.GetDisplayNode().GetSaveWithScene()
        assert node.GetHideFromEditors()
        assert node.GetLocked()


@pytest.mark.parametrize("in_use", [True, False])
def test_the_list_that_the_user_places_points_in_is_kept(scene, overlays, measurement, in_use):
    selection = scene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
    if in_use:
        own = scene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode", "own")
        assert selection.GetActivePlaceNodeID() == own.GetID()
    before = selection.GetActivePlaceNodeID(), selection.GetActivePlaceNodeClassName()
    overlays.show("enhancing", "major_axis", measurement, predicted=20.0)
    assert (selection.GetActivePlaceNodeID(), selection.GetActivePlaceNodeClassName()) == before


def test_what_the_user_deleted_is_made_anew(scene, overlays, measurement):
    overlays.show("enhancing", "max_diameter", measurement, predicted=20.0)
    scene.RemoveNode(shown(scene)["Max diameter, enhancing"])
    scene.RemoveNode(shown(scene)["Predicted max diameter, enhancing"].GetDisplayNode())
    overlays.show("enhancing", "max_diameter", measurement, predicted=20.0)
    assert len(shown(scene)) == 2


def test_a_closed_scene_is_no_hindrance(scene, overlays, measurement):
    overlays.show("enhancing", "major_axis", measurement, predicted=20.0)
    scene.Clear(False)
    overlays.hide()
    overlays.show("edema", "major_axis", measurement, predicted=20.0)
    assert "Major axis, edema" in shown(scene)
    scene.Clear(False)
    overlays.remove()


def test_an_unknown_feature_or_region_is_refused_with_those_there_are(overlays, measurement):
    with pytest.raises(InputError, match="max_diameter"):
        overlays.show("enhancing", "diameter", measurement)
    with pytest.raises(InputError, match="necrosis"):
        overlays.show("tumour", "volume", measurement)


def test_a_live_update_changes_only_what_moved(scene, overlays, measurement):
    overlays.show("enhancing", "major_axis", measurement, predicted=20.0)
    events = []
    for name, node in shown(scene).items():
        for one, event in (
            (node, "ModifiedEvent"),
            (node, node.PointModifiedEvent),
            (node.GetDisplayNode(), "ModifiedEvent"),
        ):
            one.AddObserver(event, lambda *_, name=name: events.append(name))
    overlays.show("enhancing", "major_axis", measurement, predicted=20.0)
    assert events == []
    overlays.show("enhancing", "major_axis", measurement, predicted=21.0)
    assert set(events) == {"Predicted major axis, enhancing"}
    assert labels(shown(scene)["Predicted major axis, enhancing"])[0] == "predicted 21.0 mm"


@pytest.mark.parametrize("roi", ROIS)
def test_a_measured_line_is_told_from_its_segment_filled_over_bright_tissue(measurement, roi):
    line = drawings_of(roi, "max_diameter", measurement, None)[0]
    filled = [(1 + colour) / 2 for colour in ROI_COLOURS[roi]]  # half of the colour over white
    assert (luminance(line.colour) + 0.05) / (luminance(filled) + 0.05) > 1.35


def luminance(colour):
    """Relative luminance as the web's contrast rules (WCAG 2) define it."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))
