"""Overlays are seen where they should be, in views painted by Slicer's own code."""

import numpy as np
import pytest
import slicer

from radiogenomics.mrml.overlay_shapes import PREDICTED_COLOUR, drawings_of
from radiogenomics.mrml.overlays import FeatureOverlays
from radiogenomics.shape import measure_mask

from .painting import SliceView, can_paint


@pytest.fixture
def views():
    if not can_paint():
        pytest.skip("VTK cannot paint on this machine")
    application = slicer.vtkMRMLApplicationLogic()
    scene = slicer.vtkMRMLScene()
    application.SetMRMLScene(scene)
    markups = slicer.vtkSlicerMarkupsLogic()
    markups.SetMRMLApplicationLogic(application)
    markups.SetMRMLScene(scene)
    application.SetModuleLogic("Markups", markups)
    yield [SliceView(scene, application, one) for one in ("Axial", "Coronal", "Sagittal")]
    scene.Clear(True)


@pytest.fixture
def overlays(views):
    return FeatureOverlays(views[0].node.GetScene())


@pytest.fixture
def measurement():
    return tumour(turned=True)


def tumour(*, turned):
    """A long body, from the left and behind to the right and the front, or straight ahead."""
    z, y, x = np.ogrid[:40, :60, :60]
    if turned:
        along, across = (x - 29) + (y - 31), (x - 29) - (y - 31)
    else:
        along, across = 1.4 * (y - 31), 1.4 * (x - 29)
    mask = (along / 36) ** 2 + (across / 20) ** 2 + ((z - 19 - across / 4) / 15) ** 2 < 1
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    affine[:3, 3] = (30.0, 28.0, -20.0)
    return measure_mask(mask, (1.0, 1.0, 1.0), affine)


def shows(view, colour, points):
    """Whether the colour, more or less faded, is painted within two pixels of each point."""
    picture = view.picture()
    hue = np.array(colour) / max(colour)
    for point in points:
        row, column = view.pixel(point)
        near = picture[row - 2 : row + 3, column - 2 : column + 3].reshape(-1, 3)
        painted = near[near.max(axis=1) > 0.25]
        hues = painted / painted.max(axis=1, keepdims=True)
        if not (np.abs(hues - hue).max(axis=1, initial=0) < 0.1).any():
            return False
    return True


def along(drawing, parts):
    first, second = drawing.points
    return [first + part * (second - first) for part in parts]


def test_an_ellipse_is_seen_on_its_slice_and_gone_ten_millimetres_off(views, overlays, measurement):
    overlays.show("enhancing", "major_axis", measurement, predicted=25.0)
    drawn = {one.role: one for one in drawings_of("enhancing", "major_axis", measurement, 25.0)}
    axial = views[0]
    outline = drawn["ellipse"]
    # Not where it crosses the lines.
    assert shows(axial, outline.colour, outline.points[[5, 13, 23, 31, 41, 49, 59, 67]])
    assert shows(axial, PREDICTED_COLOUR, along(drawn["predicted"], (0.4, 0.6)))
    axial.node.SetSliceOffset(axial.node.GetSliceOffset() + 10)
    assert axial.picture().max() == 0


def test_a_diameter_is_seen_from_end_to_end_in_every_view(views, overlays, measurement):
    # One after the other: where a view looks along the shift, one covers the other.
    for role, predicted, parts in (
        ("measured", None, (0.15, 0.3, 0.7, 0.85)),
        ("predicted", 30.0, (0.3, 0.5, 0.7)),
    ):
        overlays.show("edema", "max_diameter", measurement, predicted)
        drawings = drawings_of("edema", "max_diameter", measurement, predicted)
        drawn = next(one for one in drawings if one.role == role)
        for view in views:
            assert shows(view, drawn.colour, along(drawn, parts))


def test_nothing_is_seen_once_hidden(views, overlays, measurement):
    overlays.show("edema", "max_diameter", measurement, predicted=30.0)
    assert all(view.picture().max() > 0 for view in views)
    overlays.hide()
    assert all(view.picture().max() == 0 for view in views)


@pytest.mark.parametrize("turned", [True, False])
@pytest.mark.parametrize("feature", ["max_diameter", "major_axis"])
def test_the_words_cover_neither_each_other_nor_a_line_in_any_view(
    views, overlays, feature, turned
):
    measurement = tumour(turned=turned)
    overlays.show("enhancing", feature, measurement, predicted=44.0)
    drawn = {
        one.role: one
        for one in drawings_of("enhancing", feature, measurement, 44.0)
        if any(one.labels)
    }
    scene = views[0].node.GetScene()
    for view in views:
        if feature == "major_axis" and view is not views[0]:
            continue  # it has no words beyond its own slice
        painted, lines = {}, {}
        for role, drawing in drawn.items():
            for node in scene.GetNodesByClass("vtkMRMLMarkupsNode"):
                node.GetDisplayNode().SetVisibility(node.GetName() == drawing.name)
            painted[role] = view.picture().max(axis=2) > 0.2
            lines[role] = near_line(view, drawing, painted[role].shape)
        for role, other in (("measured", "predicted"), ("predicted", "measured")):
            words = painted[role] & ~lines[role]
            assert words.sum() > 200
            assert not (words & (painted[other] & ~lines[other])).any()
            # The glyph at its end is touched by the words of an end, as Slicer places them.
            middle = near_line(view, drawn[other], words.shape, within=2, part=0.8)
            assert not (words & middle).any()


def near_line(view, drawing, shape, within=7, part=1.0):
    """Where a picture is within so many pixels of the middle part of a line."""
    middle, half = drawing.points.mean(axis=0), np.diff(drawing.points, axis=0)[0] / 2
    near = np.zeros(shape, dtype=bool)
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    for step in np.linspace(-part, part, 100):
        row, column = view.pixel(middle + step * half)
        near |= np.hypot(rows - row, columns - column) <= within
    return near
