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
    z, y, x = np.ogrid[:40, :60, :60]
    along, across = (x - 29) + (y - 31), (x - 29) - (y - 31)
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
