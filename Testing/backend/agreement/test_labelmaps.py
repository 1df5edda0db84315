"""What a rater's labelmap must be, and which grids count as the same."""

import numpy as np
import pytest

from radiogenomics.agreement import RaterLabelmap, compare, consensus
from radiogenomics.errors import InputError

LABELS = {"necrosis": 1, "edema": 2, "enhancing": 4}


def labelled(array, rater="A", **changes):
    grid = {"labels": LABELS, "spacing": (1.0, 1.0, 1.0), "affine": np.eye(4), **changes}
    return RaterLabelmap(rater, array, **grid)


def turned(spacing, origin, angle=0.3):
    cosine, sine = np.cos(angle), np.sin(angle)
    affine = np.eye(4)
    affine[:3, :3] = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]]) * spacing
    affine[:3, 3] = origin
    return affine


def test_array_is_kept_as_a_view_that_cannot_be_written(tumour):
    kept = labelled(tumour)
    with pytest.raises(ValueError, match="read-only"):
        kept.array[0, 0, 0] = 1
    assert tumour.flags.writeable
    assert np.shares_memory(kept.array, tumour)


@pytest.mark.parametrize(
    "array",
    [np.zeros((3, 3)), np.zeros((3, 3, 3)), np.zeros((0, 3, 3), dtype=int), np.ones((2, 2, 2)) > 0],
    ids=["plane", "floats", "no voxels", "booleans"],
)
def test_array_that_is_no_labelmap_is_refused(array):
    with pytest.raises(InputError, match="integers of shape"):
        labelled(array)


def test_values_that_no_roi_declares_are_refused_with_the_values(tumour):
    with pytest.raises(InputError, match=r"of Eva has the values \[1, 4\]"):
        labelled(tumour, "Eva", labels={"edema": 2})


@pytest.mark.parametrize("labels", [{"edema": 0}, {"edema": -2}, {"edema": 2, "enhancing": 2}])
def test_labels_are_positive_and_distinct(labels):
    with pytest.raises(InputError, match="positive value of its own"):
        labelled(np.zeros((2, 2, 2), dtype=int), labels=labels)


@pytest.mark.parametrize("rater", ["", "a/b", "Consensus"])
def test_names_that_no_rater_can_have_are_refused(rater, tumour):
    with pytest.raises(InputError):
        labelled(tumour, rater)


@pytest.mark.parametrize("spacing", [(1, 1, 0), (1, 1, np.nan), (1, 1)])
def test_spacing_is_three_positive_numbers(spacing, tumour):
    with pytest.raises(InputError, match="three positive numbers"):
        labelled(tumour, spacing=spacing)


def test_spacing_and_affine_that_contradict_each_other_are_refused(tumour):
    with pytest.raises(InputError, match="do not belong together"):
        labelled(tumour, spacing=(1, 1, 1.2))


def test_skewed_axes_are_refused(tumour):
    affine = np.eye(4)
    affine[:2, 1] = [np.sin(0.1), np.cos(0.1)]
    with pytest.raises(InputError, match="not perpendicular"):
        labelled(tumour, affine=affine)


def test_turned_and_mirrored_grids_are_fine(tumour):
    spacing = np.array([1.0, 1.0, 2.5])
    affine = turned(spacing, (-90, 126, -72)) @ np.diag([-1, -1, 1, 1])
    one = labelled(tumour, "A", spacing=spacing, affine=affine)
    other = labelled(tumour, "B", spacing=spacing, affine=affine)
    assert compare(one, other, ["edema"])[0].volume_first == pytest.approx(
        2.5 * np.count_nonzero(tumour == 2)
    )


def test_other_shape_is_refused_with_both_grids(tumour):
    with pytest.raises(InputError) as caught:
        compare(labelled(tumour, "A"), labelled(tumour[1:], "B"), ["edema"])
    assert "A has 32 x 28 x 24 voxels" in str(caught.value)
    assert "B has 32 x 28 x 23 voxels" in str(caught.value)


@pytest.mark.parametrize("use", [compare, lambda a, b, rois: consensus([a, b], rois=rois)])
def test_grid_that_is_moved_is_refused_with_both_affines(use, tumour):
    moved = np.eye(4)
    moved[0, 3] = 0.0011
    with pytest.raises(InputError) as caught:
        use(labelled(tumour, "A"), labelled(tumour, "B", affine=moved), ["edema"])
    assert "affine [1 0 0 0; 0 1 0 0; 0 0 1 0]" in str(caught.value)
    assert "affine [1 0 0 0.0011; 0 1 0 0; 0 0 1 0]" in str(caught.value)


def test_corners_a_thousandth_of_a_millimetre_apart_are_the_same_grid(tumour):
    moved = np.eye(4)
    moved[0, 3] = 0.0009
    found = compare(labelled(tumour, "A"), labelled(tumour, "B", affine=moved), ["edema"])
    assert found[0].dice == 1


def test_small_turn_that_moves_the_far_corner_is_refused(tumour):
    # At the origin it moves nothing, 32 voxels away more than the tolerance.
    with pytest.raises(InputError, match="different grids"):
        compare(
            labelled(tumour, "A"),
            labelled(tumour, "B", affine=turned(np.ones(3), np.zeros(3), 1e-4)),
            ["edema"],
        )


def test_other_spacing_is_refused_even_where_there_is_one_slice():
    plane = np.full((1, 4, 4), 2)
    thick = labelled(plane, "B", spacing=(1, 1, 5), affine=np.diag([1, 1, 5, 1]))
    with pytest.raises(InputError, match="different grids"):
        compare(labelled(plane, "A"), thick, ["edema"])
