"""What must not change a feature, what must change it how, and the identities between features."""

import itertools
import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage
from scipy.spatial.distance import pdist

from radiogenomics.shape import measure_mask, shape_features
from radiogenomics.shape.runs import (
    IN_SLICE,
    IN_SPACE,
    Runs,
    connected_pieces,
    find_runs,
    largest_piece,
)
from radiogenomics.shape.surface import DIRECTIONS, count_pairs, direction_weights

sizes = st.sampled_from([0.4, 0.7, 1.0, 1.5, 3.0, 5.0])
spacings = st.tuples(sizes, sizes, sizes)
shapes = hnp.array_shapes(min_dims=3, max_dims=3, min_side=1, max_side=9)
masks = hnp.arrays(np.bool_, shapes).filter(np.any)
# Wide enough for rows of more than one 64-bit word.
wide_masks = hnp.arrays(np.bool_, st.tuples(st.just(2), st.just(3), st.integers(60, 140))).filter(
    np.any
)
any_mask = st.one_of(masks, wide_masks)


def assert_same(one, other, rel=1e-12):
    for name, value in one.items():
        assert other[name] == pytest.approx(value, rel=rel, abs=1e-12), name


def one_component(mask):
    """The mask without its smaller components, so that a tie cannot choose another one."""
    labelled, _ = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    sizes = np.bincount(labelled.ravel())
    sizes[0] = 0
    return labelled == sizes.argmax()


def voxels_of(runs):
    mask = np.zeros(runs.shape, dtype=bool)
    for z, y, start, stop in zip(runs.z, runs.y, runs.start, runs.stop, strict=True):
        mask[z, y, start:stop] = True
    return mask


@given(any_mask)
def test_runs_hold_exactly_the_voxels_of_the_mask(mask):
    np.testing.assert_array_equal(voxels_of(find_runs(mask)), mask)


@given(any_mask)
def test_components_in_space_are_those_of_scipy(mask):
    labelled, count = ndimage.label(mask, structure=np.ones((3, 3, 3)))
    runs = find_runs(mask)
    piece = connected_pieces(runs, IN_SPACE)
    assert piece.max() + 1 == count
    pairs = set(zip(labelled[runs.z, runs.y, runs.start].tolist(), piece.tolist(), strict=True))
    assert len(pairs) == count
    # Both number by first meeting in x-fastest order.
    assert all(theirs == ours + 1 for theirs, ours in pairs)


@given(any_mask)
def test_pieces_in_slices_are_those_of_scipy(mask):
    flat = np.zeros((3, 3, 3))
    flat[1] = 1
    _, count = ndimage.label(mask, structure=flat)
    assert connected_pieces(find_runs(mask), IN_SLICE).max() + 1 == count


def test_finding_pieces_costs_by_the_runs_and_not_by_the_grid():
    ends = np.array([0, 299])
    runs = Runs(z=ends, y=ends, start=ends, stop=ends + 1, shape=(300, 300, 300))
    connected_pieces(runs, IN_SPACE)
    tracemalloc.start()
    piece = connected_pieces(runs, IN_SPACE)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert piece.tolist() == [0, 1]
    assert peak < 1_000_000


@given(any_mask)
def test_largest_component_is_the_first_largest_of_scipy(mask):
    np.testing.assert_array_equal(voxels_of(largest_piece(find_runs(mask))), one_component(mask))


@given(any_mask)
def test_pairs_are_those_counted_voxel_by_voxel(mask):
    padded = np.pad(mask, 1)
    for (dx, dy, dz), count in zip(DIRECTIONS, count_pairs(find_runs(mask)), strict=True):
        assert count == (padded & np.roll(padded, (-dz, -dy, -dx), axis=(0, 1, 2))).sum()


@given(any_mask, spacings)
def test_diameter_is_the_largest_of_all_distances(mask, spacing):
    component = one_component(mask)
    points = np.argwhere(component)[:, ::-1] * spacing
    expected = pdist(points).max(initial=0.0)
    measured = measure_mask(mask, spacing)
    assert measured.features["max_diameter"] == pytest.approx(expected, rel=1e-14)
    first, second = measured.diameter.ends_voxel
    assert component[first[::-1]]
    assert component[second[::-1]]
    assert math.dist(*measured.diameter.ends_mm) == pytest.approx(expected, rel=1e-14)


@given(any_mask, spacings, st.lists(st.integers(0, 4), min_size=6, max_size=6))
def test_padding_changes_nothing_to_the_last_bit(mask, spacing, pads):
    padded = np.pad(mask, np.reshape(pads, (3, 2)))
    assert shape_features(padded, spacing) == shape_features(mask, spacing)


@given(any_mask, spacings)
def test_memory_order_and_dtype_change_nothing_to_the_last_bit(mask, spacing):
    expected = shape_features(mask, spacing)
    for dtype in (np.uint8, np.int16, np.int64, np.float32):
        assert shape_features((mask * 3).astype(dtype), spacing) == expected
    assert shape_features(np.asfortranarray(mask), spacing) == expected
    assert shape_features(np.moveaxis(np.moveaxis(mask, 1, 0).copy(), 0, 1), spacing) == expected
    spread = np.zeros(tuple(2 * n for n in mask.shape), dtype=bool)
    spread[::2, ::2, ::2] = mask
    assert shape_features(spread[::2, ::2, ::2], spacing) == expected
    assert shape_features(mask[::-1].copy()[::-1], spacing) == expected
    assert shape_features(mask.tolist(), spacing) == expected


@given(masks, spacings)
def test_flips_change_nothing(mask, spacing):
    mask = one_component(mask)
    expected = shape_features(mask, spacing)
    for axes in itertools.chain.from_iterable(
        itertools.combinations(range(3), n) for n in (1, 2, 3)
    ):
        assert_same(expected, shape_features(np.flip(mask, axes), spacing))


@given(masks, sizes, sizes)
def test_quarter_turns_around_z_change_nothing(mask, s, sz):
    mask = one_component(mask)
    expected = shape_features(mask, (s, s, sz))
    for turns in (1, 2, 3):
        assert_same(expected, shape_features(np.rot90(mask, turns, axes=(1, 2)), (s, s, sz)))


@given(masks, spacings)
def test_any_swap_of_axes_keeps_all_but_the_axial_ellipse(mask, spacing):
    mask = one_component(mask)
    expected = shape_features(mask, spacing)
    for order in itertools.permutations(range(3)):
        turned = shape_features(
            mask.transpose([2 - axis for axis in order][::-1]), [spacing[axis] for axis in order]
        )
        for name in expected:
            if name not in ("major_axis", "minor_axis"):
                assert turned[name] == pytest.approx(expected[name], rel=1e-11, abs=1e-12), name


@given(masks, spacings, st.sampled_from([0.1, 2.0, 7.5]))
def test_larger_voxels_scale_lengths_areas_and_volumes(mask, spacing, factor):
    here = shape_features(mask, spacing)
    there = shape_features(mask, [factor * size for size in spacing])
    powers = {
        "volume": 3,
        "surface_area": 2,
        "surface_to_volume": -1,
        "max_diameter": 1,
        "major_axis": 1,
        "minor_axis": 1,
    }
    for name, value in here.items():
        expected = value * factor ** powers.get(name, 0)
        assert there[name] == pytest.approx(expected, rel=1e-9, abs=1e-9), name


@given(any_mask, spacings)
def test_identities_and_bounds_hold(mask, spacing):
    features = shape_features(mask, spacing)
    sphericity = features["sphericity"]
    assert features["compactness_2"] == pytest.approx(sphericity**3, rel=1e-12)
    assert features["compactness_1"] == pytest.approx(sphericity**1.5 / (6 * math.pi), rel=1e-12)
    assert features["spherical_disproportion"] == pytest.approx(1 / sphericity, rel=1e-12)
    ratio = features["surface_area"] / features["volume"]
    assert features["surface_to_volume"] == pytest.approx(ratio, rel=1e-12)
    assert 0 <= features["minor_axis"] <= features["major_axis"]
    assert sphericity > 0
    box_diagonal = math.hypot(
        *((n - 1) * s for n, s in zip(mask.shape[::-1], spacing, strict=True))
    )
    assert features["max_diameter"] <= box_diagonal * (1 + 1e-12)


@given(spacings)
def test_weights_are_positive_sum_to_one_and_follow_the_axes(spacing):
    weights = direction_weights(spacing)
    assert min(weights) > 0
    assert sum(weights) == pytest.approx(1, abs=1e-12)
    sx, sy, sz = spacing
    swapped = direction_weights((sy, sx, sz))
    assert swapped[0] == pytest.approx(weights[1], abs=1e-12)
    assert swapped[2] == pytest.approx(weights[2], abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_large_slices_are_summed_without_overflow(seed):
    # More than 1,000 voxels a side: the sums leave 64 bits and are kept in Python's integers.
    generator = np.random.default_rng(seed)
    start, stop = np.sort(generator.integers(0, 1600, size=(2, 30)), axis=0)
    mask = np.zeros((1, 30, 1600), dtype=bool)
    for row, (first, last) in enumerate(zip(start, stop, strict=True)):
        mask[0, row, min(first, 700) : max(last, 900)] = True
    y, x = np.nonzero(mask[0])
    uxx, uyy, uxy = x.var() + 1 / 12, y.var() + 1 / 12, np.cov(x, y, bias=True)[0, 1]
    q = math.sqrt((uxx - uyy) ** 2 + 4 * uxy**2)
    features = shape_features(mask, (1, 1, 1))
    assert features["major_axis"] == pytest.approx(2 * math.sqrt(2 * (uxx + uyy + q)), rel=1e-12)
    assert features["minor_axis"] == pytest.approx(2 * math.sqrt(2 * (uxx + uyy - q)), rel=1e-9)
