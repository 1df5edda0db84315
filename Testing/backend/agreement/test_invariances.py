"""What must not change a result: order, crop, padding, flips, values, names."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radiogenomics.agreement import RaterLabelmap, compare, consensus

LABELS = {"necrosis": 1, "edema": 2, "enhancing": 4}
ROIS = list(LABELS)
DISTANCES = ("hausdorff_95", "hausdorff", "mean_surface_distance")

VALUES = st.sampled_from([0, 0, 1, 2, 4])
SHAPES = st.tuples(*[st.integers(1, 6)] * 3)
SPACINGS = st.tuples(*[st.sampled_from([0.3, 0.75, 1.0, 1.875, 5.0])] * 3)
METHODS = st.sampled_from(["majority", "staple"])


@st.composite
def several(draw, least=2, most=5):
    shape = draw(SHAPES)
    n = draw(st.integers(least, most))
    return [draw(arrays(np.uint8, shape, elements=VALUES)) for _ in range(n)]


PAIRS = several(2, 2)


def labelled(array, rater, spacing=(1.0, 1.0, 1.0), labels=LABELS):
    return RaterLabelmap(rater, array, labels, spacing, np.diag([*spacing, 1.0]))


def compared(pair, spacing=(1.0, 1.0, 1.0)):
    return compare(labelled(pair[0], "A", spacing), labelled(pair[1], "B", spacing), ROIS)


def agreed(labelmaps, method, names="ABCDE"):
    named = [labelled(array, name) for array, name in zip(labelmaps, names, strict=False)]
    return consensus(named, method)


@given(PAIRS, SPACINGS)
def test_swapping_the_raters_changes_nothing_but_the_signs(pair, spacing):
    for there, back in zip(compared(pair, spacing), compared(pair[::-1], spacing), strict=True):
        percent = back.volume_difference_percent
        assert there == dataclasses.replace(
            back,
            volume_first=back.volume_second,
            volume_second=back.volume_first,
            volume_difference=-back.volume_difference,
            volume_difference_percent=None if percent is None else -percent,
        )


@given(several(1, 1), SPACINGS)
def test_rater_agrees_fully_with_the_same_drawing(labelmaps, spacing):
    for found in compared([labelmaps[0], labelmaps[0].copy()], spacing):
        if found.volume_first:
            assert (found.dice, *(getattr(found, name) for name in DISTANCES)) == (1, 0, 0, 0)
        else:
            assert found.dice is None


@given(PAIRS, SPACINGS)
def test_values_stay_within_their_bounds(pair, spacing):
    diagonal = np.linalg.norm((np.array(pair[0].shape[::-1]) - 1) * spacing)
    for found in compared(pair, spacing):
        if found.dice is None:
            continue
        assert 0 <= found.dice <= 1
        assert -200 <= found.volume_difference_percent <= 200
        if found.hausdorff is None:
            assert found.dice == 0
        else:
            assert 0 <= found.mean_surface_distance <= found.hausdorff
            assert found.hausdorff_95 <= found.hausdorff <= diagonal * (1 + 1e-12)
            assert (found.hausdorff == 0) == (found.dice == 1)


@given(PAIRS, SPACINGS, st.sampled_from([(0,), (1,), (2,), (0, 2), (0, 1, 2)]))
def test_mirrored_labelmaps_agree_to_the_last_bit_as_well(pair, spacing, axes):
    assert compared([np.flip(array, axes) for array in pair], spacing) == compared(pair, spacing)


@given(PAIRS, SPACINGS, st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_padding_with_background_changes_no_bit(pair, spacing, widths):
    padded = [np.pad(array, np.reshape(widths, (3, 2))) for array in pair]
    assert compared(padded, spacing) == compared(pair, spacing)


@given(PAIRS)
def test_distances_scale_with_the_voxel(pair):
    for small, large in zip(compared(pair), compared(pair, (4.0, 4.0, 4.0)), strict=True):
        assert large.dice == small.dice
        assert large.volume_first == 64 * small.volume_first
        for name in DISTANCES:
            one, other = getattr(small, name), getattr(large, name)
            assert other == (None if one is None else pytest.approx(4 * one, rel=1e-14))


@given(several(), METHODS)
def test_consensus_does_not_depend_on_the_order_of_the_raters(labelmaps, method):
    named = [labelled(array, name) for array, name in zip(labelmaps, "ABCDE", strict=False)]
    first = consensus(named, method)
    for order in itertools.islice(itertools.permutations(named), 6):
        again = consensus(order, method)
        assert np.array_equal(again.array, first.array)
        assert again.performance == first.performance
        assert (again.tie_voxels, again.iterations) == (first.tie_voxels, first.iterations)


@given(several(), METHODS, st.permutations("ABCDE"))
def test_consensus_does_not_depend_on_who_is_who(labelmaps, method, names):
    first, again = agreed(labelmaps, method), agreed(labelmaps, method, names)
    assert np.array_equal(again.array, first.array)
    for name, other in zip("ABCDE"[: len(labelmaps)], names, strict=False):
        assert again.performance.get(other) == first.performance.get(name)


@given(several(), METHODS, st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_consensus_does_not_depend_on_the_background_around(labelmaps, method, widths):
    around = np.reshape(widths, (3, 2))
    plain = agreed(labelmaps, method)
    padded = agreed([np.pad(array, around) for array in labelmaps], method)
    assert np.array_equal(padded.array, np.pad(plain.array, around))
    assert padded.performance == plain.performance


@given(several(), METHODS, st.sampled_from([(0,), (1,), (2,), (0, 1, 2)]))
def test_consensus_of_mirrored_labelmaps_is_the_mirrored_consensus(labelmaps, method, axes):
    mirrored = agreed([np.flip(array, axes) for array in labelmaps], method)
    assert np.array_equal(mirrored.array, np.flip(agreed(labelmaps, method).array, axes))


@given(several(), METHODS)
def test_consensus_keeps_what_all_say_and_invents_nothing(labelmaps, method):
    stack = np.stack(labelmaps)
    found = agreed(labelmaps, method)
    same = (stack == stack[0]).all(axis=0)
    assert np.array_equal(found.array[same], stack[0][same])
    assert found.disputed_voxels == np.count_nonzero(~same)
    assert found.tie_voxels <= found.disputed_voxels
    if method == "majority":
        said = (stack == found.array).any(axis=0)
        assert said.all()


@given(several(), METHODS, st.permutations([3, 200, 77]))
def test_values_that_a_rater_uses_do_not_matter(labelmaps, method, values):
    own = dict(zip(ROIS, values, strict=True))
    lookup = np.zeros(5, dtype=np.uint8)
    lookup[[LABELS[roi] for roi in ROIS]] = values
    assume(len(labelmaps) > 1)
    plain = agreed(labelmaps, method)
    named = [labelled(array, name) for array, name in zip(labelmaps, "ABCDE", strict=False)]
    named[0] = labelled(lookup[labelmaps[0]], "A", labels=own)
    assert np.array_equal(consensus(named, method).array, plain.array)
    assert np.array_equal(consensus(named, method, labels=own).array, lookup[plain.array])
