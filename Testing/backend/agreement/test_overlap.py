"""Overlap and distances that can be said by hand; ROIs that are empty, tiny or at the border."""

import dataclasses

import numpy as np
import pytest

from radiogenomics.agreement import RaterLabelmap, compare
from radiogenomics.errors import InputError

LABELS = {"necrosis": 1, "edema": 2, "enhancing": 4}


def labelled(array, rater="A", spacing=(1.0, 1.0, 1.0), labels=LABELS):
    return RaterLabelmap(rater, array, labels, spacing, np.diag([*spacing, 1.0]))


def filled(*corners, value=4, shape=(9, 10, 11)):
    """A labelmap with a box from corner to corner (z, y, x), both inside."""
    array = np.zeros(shape, dtype=np.int16)
    (z0, y0, x0), (z1, y1, x1) = corners
    array[z0 : z1 + 1, y0 : y1 + 1, x0 : x1 + 1] = value
    return array


def only(first, second, spacing=(1.0, 1.0, 1.0)):
    (found,) = compare(labelled(first, "A", spacing), labelled(second, "B", spacing), ["enhancing"])
    return found


def test_box_moved_along_x_has_the_overlap_and_the_distances_that_follow_by_hand():
    spacing = (0.5, 2.0, 3.0)
    found = only(filled((2, 2, 2), (4, 4, 4)), filled((2, 2, 4), (4, 4, 6)), spacing)
    assert found.dice == pytest.approx(2 * 9 / 54)
    assert found.volume_first == found.volume_second == 27 * 3.0
    assert found.volume_difference == found.volume_difference_percent == 0
    # The far face lies two steps of 0.5 mm away; the surface is the box without its centre, and
    # of 26 voxels the 9 of the far face are 1 mm away, the 8 in the middle slab 0.5 mm.
    assert found.hausdorff == 1.0
    assert found.hausdorff_95 == 1.0
    assert found.mean_surface_distance == pytest.approx((9 * 1.0 + 8 * 0.5) / 26)


def test_differences_are_second_minus_first_and_percent_of_the_mean():
    found = only(filled((1, 1, 1), (2, 2, 2)), filled((1, 1, 1), (2, 2, 3)), (1, 1, 2))
    assert (found.volume_first, found.volume_second) == (16, 24)
    assert found.volume_difference == 8
    assert found.volume_difference_percent == pytest.approx(100 * 8 / 20)


def test_percentile_is_the_larger_of_the_two_directed_ones_with_linear_interpolation():
    # A line of 20 voxels and its first voxel: from the line 0, 1, .. 19, from the voxel 0.
    line, voxel = np.zeros((1, 1, 20), dtype=np.uint8), np.zeros((1, 1, 20), dtype=np.uint8)
    line[...] = 4
    voxel[0, 0, 0] = 4
    found = only(line, voxel)
    assert found.hausdorff_95 == pytest.approx(0.95 * 19)
    assert found.hausdorff == 19
    assert found.mean_surface_distance == pytest.approx(190 / 21)


def test_surface_is_face_connected_and_the_border_of_the_array_counts_as_outside():
    # The middle of the outer box is inner, so the voxel there is 1 from the surface around it.
    found = only(np.full((3, 3, 3), 4), filled((1, 1, 1), (1, 1, 1), shape=(3, 3, 3)))
    assert found.hausdorff == pytest.approx(np.sqrt(3))
    assert found.mean_surface_distance == pytest.approx(
        (6 * 1 + 12 * np.sqrt(2) + 8 * np.sqrt(3) + 1) / 27
    )


def test_voxel_with_a_hole_at_its_edge_only_is_no_surface():
    # Taking one voxel away bares its six face neighbours and none of the twelve at its edges.
    whole = filled((1, 1, 1), (5, 5, 5))
    holed = whole.copy()
    holed[3, 3, 3] = 0
    found = only(whole, holed)
    n_surface = 125 - 27
    assert found.mean_surface_distance == pytest.approx(6 * 1.0 / (2 * n_surface + 6))


def test_identical_single_voxels_agree_fully():
    found = only(filled((0, 0, 0), (0, 0, 0)), filled((0, 0, 0), (0, 0, 0)))
    assert (found.dice, found.hausdorff, found.hausdorff_95, found.mean_surface_distance) == (
        1,
        0,
        0,
        0,
    )


def test_voxels_in_opposite_corners_are_a_diagonal_apart():
    first, second = np.zeros((3, 4, 5), dtype=int), np.zeros((3, 4, 5), dtype=int)
    first[0, 0, 0] = second[2, 3, 4] = 4
    found = only(first, second, (1.0, 2.0, 3.0))
    assert found.dice == 0
    assert found.hausdorff == pytest.approx(np.sqrt(4**2 + 6**2 + 6**2))


def test_roi_that_both_leave_empty_has_volumes_and_nothing_else():
    edema = filled((1, 1, 1), (2, 2, 2), value=2)
    for arrays in ((edema, edema), (np.zeros_like(edema), np.zeros_like(edema))):
        found = dataclasses.asdict(only(*arrays))
        assert found.pop("roi") == "enhancing"
        assert [found.pop(f"volume_{which}") for which in ("first", "second", "difference")] == [
            0,
            0,
            0,
        ]
        assert set(found.values()) == {None}


def test_roi_that_one_leaves_empty_has_dice_zero_and_no_distances():
    drawn = filled((1, 1, 1), (2, 2, 2))
    found = only(drawn, np.zeros_like(drawn))
    assert (found.dice, found.volume_difference, found.volume_difference_percent) == (0, -8, -200)
    assert (found.hausdorff, found.hausdorff_95, found.mean_surface_distance) == (None,) * 3


def test_rois_come_in_the_order_asked_and_by_name_not_by_value(tumour):
    swapped = np.select([tumour == 2, tumour == 4, tumour == 1], [7, 1, 300], 0)
    first = labelled(tumour, "A")
    second = labelled(swapped, "B", labels={"edema": 7, "enhancing": 1, "necrosis": 300})
    found = compare(first, second, ["edema", "necrosis", "enhancing"])
    assert [agreement.roi for agreement in found] == ["edema", "necrosis", "enhancing"]
    assert [agreement.dice for agreement in found] == [1, 1, 1]


def test_all_components_of_a_roi_count():
    first = filled((1, 1, 1), (3, 3, 3))
    second = first.copy()
    second[8, 9, 10] = 4
    assert only(first, second).volume_second == 28
    assert only(first, second).hausdorff == pytest.approx(np.sqrt(5**2 + 6**2 + 7**2))


@pytest.mark.parametrize("rois", [[], ["edema", "edema"]])
def test_rois_are_named_and_named_once(rois, tumour):
    with pytest.raises(InputError, match="each once"):
        compare(labelled(tumour, "A"), labelled(tumour, "B"), rois)


def test_roi_that_one_did_not_declare_is_refused_with_the_rater_and_the_roi(tumour):
    tumour[tumour == 1] = 4
    without = labelled(tumour, "Eva", labels={"edema": 2, "enhancing": 4})
    with pytest.raises(InputError, match=r"Eva does not declare necrosis \(it has edema, enh"):
        compare(labelled(tumour, "A"), without, ["edema", "necrosis"])
