"""Small masks whose features can be said by hand, and input that is refused."""

import math

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.shape import (
    FEATURE_NAMES,
    labelmap_features,
    measure_labelmap,
    measure_mask,
    shape_features,
)

# Published for isotropic voxels (Legland et al. 2007): axes, face and body diagonals.
AXIS, FACE, BODY = 0.09155578240952, 0.07396125575216, 0.07039127956464


def box(nz, ny, nx):
    return np.ones((nz, ny, nx), dtype=bool)


def test_features_come_in_the_fixed_order():
    assert list(shape_features(box(2, 2, 2), (1, 1, 1))) == [
        "volume",
        "surface_area",
        "surface_to_volume",
        "sphericity",
        "spherical_disproportion",
        "max_diameter",
        "major_axis",
        "minor_axis",
        "compactness_1",
        "compactness_2",
    ]


def test_one_voxel_has_the_surface_that_the_formula_gives_by_hand():
    features = shape_features(box(1, 1, 1), (1, 1, 1))
    by_hand = 4 * (3 * AXIS + 6 * FACE / math.sqrt(2) + 4 * BODY / math.sqrt(3))
    assert features["surface_area"] == pytest.approx(by_hand, rel=1e-11)
    assert features["volume"] == 1
    assert features["max_diameter"] == 0
    assert features["major_axis"] == pytest.approx(2 * math.sqrt(2 * 2 / 12), rel=1e-15)
    assert features["minor_axis"] == features["major_axis"]


def test_box_has_the_counts_the_diagonal_and_the_moments_that_follow_by_hand():
    sx, sy, sz = spacing = (0.5, 0.5, 2.0)
    nx, ny, nz = 7, 4, 3
    features = shape_features(box(nz, ny, nx), spacing)
    assert features["volume"] == pytest.approx(nx * ny * nz * sx * sy * sz)
    diagonal = math.hypot((nx - 1) * sx, (ny - 1) * sy, (nz - 1) * sz)
    assert features["max_diameter"] == pytest.approx(diagonal)
    # var = (n^2 - 1) / 12 voxels, plus 1/12 for the pixel: n^2 / 12; axis 4 sqrt(uxx).
    assert features["major_axis"] == pytest.approx(4 * nx * sx / math.sqrt(12))
    assert features["minor_axis"] == pytest.approx(4 * ny * sy / math.sqrt(12))


def test_spacing_that_differs_in_the_plane_scales_each_axis_by_its_own():
    features = shape_features(box(1, 5, 5), (1.0, 3.0, 1.0))
    assert features["major_axis"] == pytest.approx(3 * features["minor_axis"])


def test_empty_mask_has_volume_zero_and_nothing_else():
    features = shape_features(np.zeros((3, 4, 5)), (1, 1, 1))
    assert features.pop("volume") == 0
    assert list(features) == list(FEATURE_NAMES[1:])
    assert set(features.values()) == {None}


def test_array_without_voxels_counts_as_empty():
    assert shape_features(np.zeros((0, 4, 5)), (1, 1, 1))["volume"] == 0


def test_only_the_largest_component_is_measured_and_the_rest_is_counted():
    mask = np.zeros((5, 9, 9), dtype=bool)
    mask[1:3, 1:3, 1:3] = True
    mask[0, 8, 8] = True
    measured = measure_mask(mask, (1, 1, 1))
    assert (measured.voxels, measured.voxels_left_out) == (8, 1)
    assert measured.features == shape_features(box(2, 2, 2), (1, 1, 1))


def test_voxels_that_share_a_corner_are_connected():
    mask = np.zeros((2, 2, 2), dtype=bool)
    mask[0, 0, 0] = mask[1, 1, 1] = True
    assert measure_mask(mask, (1, 1, 1)).voxels == 2


def test_voxels_one_apart_are_not_connected():
    mask = np.zeros((3, 1, 1), dtype=bool)
    mask[0] = mask[2] = True
    assert measure_mask(mask, (1, 1, 1)).voxels == 1


def test_row_ends_do_not_connect_to_the_next_row():
    mask = np.zeros((1, 3, 4), dtype=bool)
    mask[0, 0, 3] = mask[0, 1, 0] = True
    assert measure_mask(mask, (1, 1, 1)).voxels == 1


def test_slice_ends_do_not_connect_to_the_next_slice():
    mask = np.zeros((2, 3, 3), dtype=bool)
    mask[0, 2, 1] = mask[1, 0, 1] = True
    assert measure_mask(mask, (1, 1, 1)).voxels == 1


def test_of_equal_components_the_first_in_x_fastest_order_is_measured():
    mask = np.zeros((3, 5, 7), dtype=bool)
    mask[0, 3, 5] = mask[0, 4, 5] = True  # met second: its first voxel is in row 3
    mask[0, 1, 6] = mask[1, 1, 6] = True  # met first: row 1
    diameter = measure_mask(mask, (1, 1, 1)).diameter
    assert sorted(diameter.ends_voxel) == [(6, 1, 0), (6, 1, 1)]


def test_axes_come_from_one_piece_of_a_slice_not_from_the_whole_slice():
    # Two towers on one base: connected in space, apart in the slices above it.
    mask = np.zeros((3, 3, 20), dtype=bool)
    mask[0, 1, 8:12] = True
    mask[0, 0, 4:9] = mask[0, 2, 11:16] = True
    mask[1:, 0, 0:5] = mask[1:, 2, 15:20] = True
    measured = measure_mask(mask, (1, 1, 1))
    assert measured.voxels == mask.sum()
    whole_slice = 4 * np.sqrt(np.var(np.flatnonzero(mask[1].any(axis=0))) + 1 / 12)
    assert measured.features["major_axis"] < whole_slice


def test_ends_and_ellipse_are_given_in_the_voxels_of_the_whole_array():
    mask = np.zeros((6, 8, 30), dtype=bool)
    mask[4, 3, 10:21] = True
    measured = measure_mask(mask, (2.0, 1.0, 3.0))
    assert sorted(measured.diameter.ends_voxel) == [(10, 3, 4), (20, 3, 4)]
    assert sorted(measured.diameter.ends_mm) == [(20, 3, 12), (40, 3, 12)]
    ellipse = measured.ellipse
    assert ellipse.slice_index == 4
    assert ellipse.centre_voxel == (15, 3, 4)
    assert ellipse.centre_mm == (30, 3, 12)
    half = ellipse.major.length / 2
    (x0, y0, z0), (x1, y1, z1) = sorted(ellipse.major.ends_mm)
    assert (x0, x1) == pytest.approx((30 - half, 30 + half))
    assert (y0, y1) == pytest.approx((3, 3))
    assert (z0, z1) == (12, 12)


def test_physical_places_follow_the_affine():
    mask = np.zeros((2, 2, 4), dtype=bool)
    mask[1, 1, :] = True
    affine = np.array([[0, -1, 0, 5.0], [1, 0, 0, 6.0], [0, 0, 1, 7.0], [0, 0, 0, 1]])
    ends = measure_mask(mask, (1, 1, 1), affine).diameter.ends_mm
    assert sorted(ends) == [(4, 6, 8), (4, 9, 8)]


def test_axis_length_agrees_with_the_distance_of_its_ends_where_spacings_differ():
    mask = np.zeros((3, 40, 40), dtype=bool)
    y, x = np.ogrid[:40, :40]
    mask[1] = ((x - 20) / 16 + (y - 18) / 9) ** 2 + ((y - 18) / 7) ** 2 < 1
    ellipse = measure_mask(mask, (0.7, 1.9, 2.0)).ellipse
    for axis in (ellipse.major, ellipse.minor):
        assert math.dist(*axis.ends_mm) == pytest.approx(axis.length)
    major = np.subtract(*ellipse.major.ends_mm)
    minor = np.subtract(*ellipse.minor.ends_mm)
    assert abs(major @ minor) < 1e-9


def test_labelmap_gives_each_roi_what_its_mask_gives(tumour):
    spacing = (1.0, 1.2, 2.5)
    rois = labelmap_features(tumour, spacing, {"enhancing": 4, "edema": 2, "absent": 7})
    assert rois["enhancing"] == shape_features(tumour == 4, spacing)
    assert rois["edema"] == shape_features(tumour == 2, spacing)
    assert rois["absent"]["volume"] == 0


def test_labelmap_places_are_those_of_the_whole_array(tumour):
    padded = np.pad(tumour, ((3, 0), (4, 0), (5, 0)))
    here = measure_labelmap(tumour, (1, 1, 1), {"edema": 2})["edema"]
    there = measure_labelmap(padded, (1, 1, 1), {"edema": 2})["edema"]
    shift = np.array([5, 4, 3])
    np.testing.assert_array_equal(
        np.array(here.diameter.ends_voxel) + shift, there.diameter.ends_voxel
    )
    np.testing.assert_allclose(
        np.array(here.ellipse.minor.ends_voxel) + shift, there.ellipse.minor.ends_voxel
    )


def test_small_roi_says_that_it_is_small():
    assert measure_mask(box(5, 5, 7), (1, 1, 1)).is_small
    assert not measure_mask(box(5, 5, 8), (1, 1, 1)).is_small
    assert not measure_mask(np.zeros((2, 2, 2)), (1, 1, 1)).is_small


@pytest.mark.parametrize(
    ("mask", "spacing", "message"),
    [
        (np.ones((3, 3)), (1, 1, 1), "three dimensions"),
        (np.ones((2, 3, 3, 3)), (1, 1, 1), "three dimensions"),
        (np.array([[["a"]]]), (1, 1, 1), "dtype"),
        (np.full((2, 2, 2), np.nan), (1, 1, 1), "NaN"),
        (np.ones((2, 2, 2)), (1, 1), "spacing"),
        (np.ones((2, 2, 2)), (1, 0, 1), "above 0"),
        (np.ones((2, 2, 2)), (1, -1, 1), "above 0"),
        (np.ones((2, 2, 2)), (1, np.nan, 1), "finite"),
        (np.ones((2, 2, 2)), (1, np.inf, 1), "finite"),
        (np.ones((2, 2, 2)), (1e-6, 1, 1), "cannot be that of an image"),
        (np.ones((2, 2, 2)), (1e-100, 1e-100, 1e-100), "cannot be that of an image"),
        (np.ones((2, 2, 2)), (1e100, 1e100, 1e100), "cannot be that of an image"),
    ],
)
def test_input_that_cannot_be_measured_is_refused(mask, spacing, message):
    with pytest.raises(InputError, match=message):
        shape_features(mask, spacing)


def test_background_is_no_roi():
    with pytest.raises(InputError, match="background"):
        labelmap_features(np.ones((2, 2, 2)), (1, 1, 1), {"edema": 0})


def test_affine_of_another_size_is_refused():
    with pytest.raises(InputError, match=r"\(4, 4\)"):
        measure_mask(np.ones((2, 2, 2)), (1, 1, 1), np.eye(3))


@pytest.mark.parametrize("spacing", [(1e-5, 1, 1), (1, 1e5, 1), (1e6, 1e6, 1e6), (1e-3, 1, 10)])
def test_spacing_at_the_limits_is_measured(spacing):
    features = shape_features(box(2, 3, 4), spacing)
    assert features["volume"] == pytest.approx(24 * math.prod(spacing))
    assert all(math.isfinite(value) and value > 0 for value in features.values())


def test_input_is_left_as_it_was(tumour):
    before = tumour.copy()
    tumour.setflags(write=False)
    labelmap_features(tumour, (1, 1, 1), {"enhancing": 4})
    np.testing.assert_array_equal(tumour, before)
