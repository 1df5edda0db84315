"""Outlines, grey values and the PNG encoder."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from radiogenomics.checking.panels import (
    Window,
    ellipse_between,
    grey_png,
    grey_range_of,
    outline_path,
)
from radiogenomics.checking.views import views_of

WHOLE = Window(0.0, 0.0, 20.0)


def axial(shape=(3, 8, 10), spacing=(1.0, 2.0, 3.0), axes=("L", "P", "S")):
    return views_of(shape, spacing, axes)[2]


def corners(path):
    numbers = np.array(re.findall(r"-?[\d.]+", path), dtype=float).reshape(-1, 2)
    return numbers.min(axis=0), numbers.max(axis=0)


def test_an_outline_runs_half_a_voxel_outside_the_voxel_centres_in_physical_proportion():
    mask = np.zeros((3, 8, 10), dtype=bool)
    mask[1, 2:5, 3:7] = True  # x 3 to 6, y 2 to 4

    low, high = corners(outline_path(axial(), 1, WHOLE, mask))

    assert low.tolist() == [3.0, 4.0]
    assert high.tolist() == [7.0, 10.0]


def test_an_outline_follows_the_flip_of_its_view():
    mask = np.zeros((3, 8, 10), dtype=bool)
    mask[1, 2:5, 3:7] = True

    low, high = corners(outline_path(axial(axes=("R", "P", "S")), 1, WHOLE, mask))

    assert (low[0], high[0]) == (10 - 7.0, 10 - 3.0)


def test_an_outline_is_closed_where_the_mask_touches_the_border_of_the_volume():
    low, high = corners(outline_path(axial(), 0, WHOLE, np.ones((3, 8, 10), dtype=bool)))

    assert low.tolist() == [0.0, 0.0]
    assert high.tolist() == [10.0, 16.0]


def test_a_hole_is_a_subpath_of_its_own():
    mask = np.ones((3, 8, 10), dtype=bool)
    mask[1, 4, 5] = False

    assert outline_path(axial(), 1, WHOLE, mask).count("Z") == 2


def test_a_slice_without_the_mask_has_no_outline():
    assert outline_path(axial(), 0, WHOLE, np.zeros((3, 8, 10), dtype=bool)) == ""


def test_a_window_moves_the_outline_by_its_corner():
    mask = np.zeros((3, 8, 10), dtype=bool)
    mask[1, 2:5, 3:7] = True

    low, _ = corners(outline_path(axial(), 1, Window(1.5, -2.0, 20.0), mask))

    assert low.tolist() == [1.5, 6.0]


@pytest.mark.parametrize("shape", [(1, 1), (7, 5), (64, 33)])
def test_another_decoder_reads_the_same_pixels_from_the_png(shape):
    pixels = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)

    decoded = np.asarray(Image.open(io.BytesIO(grey_png(pixels))))

    assert np.array_equal(decoded, pixels)


def test_a_few_bright_voxels_do_not_darken_the_rest():
    image = np.random.default_rng(4).uniform(100, 200, (20, 20, 20))
    image[0, 0, 0] = 1e6
    image[2, 2, 2] = np.nan

    low, high = grey_range_of(image)

    assert 100 <= low < 105
    assert 195 < high <= 200


@pytest.mark.parametrize("value", [0.0, 7.0, np.nan])
def test_an_image_of_one_value_has_a_range_to_divide_by(value):
    low, high = grey_range_of(np.full((4, 4, 4), value))

    assert high > low


def test_the_ellipse_between_two_axes_has_half_their_lengths_and_the_turn_of_the_first():
    ellipse = ellipse_between(((1.0, 1.0), (7.0, 7.0)), ((3.0, 5.0), (5.0, 3.0)))

    assert ellipse.centre == (4.0, 4.0)
    assert ellipse.radii == pytest.approx((3 * 2**0.5, 2**0.5))
    assert ellipse.turn == pytest.approx(45.0)
