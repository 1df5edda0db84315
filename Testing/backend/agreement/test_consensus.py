"""The majority, its tie rule written down voxel by voxel, and what a consensus refuses."""

import itertools
from collections import Counter

import numpy as np
import pytest

from radiogenomics.agreement import RaterLabelmap, compare, consensus
from radiogenomics.errors import InputError

LABELS = {"necrosis": 1, "edema": 2, "enhancing": 4}
NOTHING, NECROSIS, EDEMA, ENHANCING = 0, 1, 2, 4


def labelled(array, rater, labels=LABELS):
    return RaterLabelmap(rater, array, labels, (1.0, 1.0, 1.0), np.eye(4))


def voting(*votes):
    """Raters A, B, ... who label one row of voxels; `votes` has one tuple a voxel."""
    rows = np.array(votes, dtype=np.uint8).T[:, np.newaxis, np.newaxis, :]
    return [labelled(row, name) for row, name in zip(rows, "ABCDEFG", strict=False)]


@pytest.mark.parametrize(
    ("votes", "expected"),
    [
        ((ENHANCING, ENHANCING, EDEMA), ENHANCING),
        ((EDEMA, EDEMA, ENHANCING), EDEMA),
        ((NOTHING, NOTHING, ENHANCING), NOTHING),
        # One vote each: two of three say tumour.
        ((NOTHING, EDEMA, ENHANCING), ENHANCING),
        ((NOTHING, EDEMA, NECROSIS), NECROSIS),
        # Most votes win, though more than half say tumour.
        ((NOTHING, NOTHING, NOTHING, ENHANCING, ENHANCING, EDEMA, EDEMA), NOTHING),
        # A tie with background, which half of all say.
        ((NOTHING, ENHANCING), NOTHING),
        ((NOTHING, NOTHING, EDEMA, EDEMA), NOTHING),
        # A tie with background, which less than half say.
        ((NOTHING, NOTHING, EDEMA, EDEMA, ENHANCING), EDEMA),
        ((NOTHING, NOTHING, EDEMA, EDEMA, ENHANCING, ENHANCING), ENHANCING),
        # Ties between parts of the tumour.
        ((ENHANCING, NECROSIS), ENHANCING),
        ((ENHANCING, EDEMA), ENHANCING),
        ((NECROSIS, EDEMA), NECROSIS),
        ((EDEMA, EDEMA, NECROSIS, NECROSIS, ENHANCING), NECROSIS),
    ],
)
def test_votes_on_a_voxel_lead_to_the_stated_label(votes, expected):
    for order in set(itertools.permutations(votes)):
        assert consensus(voting(order)).array.item() == expected


def test_voxels_that_the_tie_rule_decided_are_counted():
    found = consensus(
        voting(
            (NOTHING, NOTHING, NOTHING),
            (ENHANCING, ENHANCING, ENHANCING),
            (NOTHING, ENHANCING, ENHANCING),
            (NOTHING, EDEMA, ENHANCING),
            (NECROSIS, EDEMA, ENHANCING),
        )
    )
    assert found.disputed_voxels == 3
    assert found.tie_voxels == 2


def test_majority_is_the_most_frequent_label_voxel_by_voxel(rng):
    stack = rng.choice([0, 1, 2, 4], size=(5, 6, 7, 8), p=[0.4, 0.1, 0.3, 0.2]).astype(np.uint8)
    found = consensus([labelled(array, f"R{index}") for index, array in enumerate(stack)])
    n_ties = 0
    for place in np.ndindex(stack.shape[1:]):
        (first, most), *rest = Counter(stack[(slice(None), *place)].tolist()).most_common()
        if rest and rest[0][1] == most:
            n_ties += 1
        else:
            assert found.array[place] == first
    assert found.tie_voxels == n_ties > 0


def test_two_raters_keep_the_tumour_that_both_drew(tumour):
    moved = np.roll(tumour, 2, axis=2)
    found = consensus([labelled(tumour, "A"), labelled(moved, "B")])
    assert np.array_equal(found.array > 0, (tumour > 0) & (moved > 0))
    assert found.tie_voxels == found.disputed_voxels == np.count_nonzero(tumour != moved)
    enhancing = ((tumour == 4) | (moved == 4)) & (tumour > 0) & (moved > 0)
    assert np.array_equal(found.array == 4, enhancing)


def test_consensus_can_be_compared_with_a_rater(tumour):
    third = np.zeros_like(tumour)
    found = consensus([labelled(a, n) for a, n in ((tumour, "A"), (tumour, "B"), (third, "C"))])
    assert found.as_labelmap().rater == "consensus"
    agreement = compare(labelled(tumour, "A"), found.as_labelmap(), list(LABELS))
    assert [roi.dice for roi in agreement] == [1, 1, 1]


def test_result_says_who_how_and_with_which_values(tumour):
    found = consensus([labelled(tumour, "Žofie"), labelled(tumour, "Adam")])
    assert found.raters == ("Adam", "Žofie")
    assert (found.method, found.iterations, found.converged) == ("majority", 0, True)
    assert dict(found.labels) == {"enhancing": 4, "necrosis": 1, "edema": 2}
    assert dict(found.performance) == {}
    assert found.array.dtype == np.uint8
    assert not found.array.flags.writeable


def test_only_the_rois_that_were_asked_for_take_part(tumour):
    raters = [labelled(tumour, "A"), labelled(tumour, "B")]
    found = consensus(raters, rois=["edema", "enhancing"])
    assert set(found.labels) == {"edema", "enhancing"}
    assert np.array_equal(found.array, np.where(tumour == 1, 0, tumour))


def test_necrosis_is_left_out_where_nobody_declares_it(tumour):
    two = {"edema": 2, "enhancing": 4}
    tumour[tumour == 1] = 4
    found = consensus([labelled(tumour, "A", two), labelled(tumour, "B", two)])
    assert dict(found.labels) == {"enhancing": 4, "edema": 2}
    assert np.array_equal(found.array, tumour)


def test_roi_that_only_some_declare_is_refused_rather_than_taken_as_empty(tumour):
    fewer = np.where(tumour == 1, 4, tumour)
    raters = [labelled(tumour, "A"), labelled(fewer, "Eva", {"edema": 2, "enhancing": 4})]
    with pytest.raises(InputError, match="Eva does not declare necrosis"):
        consensus(raters)
    declared = consensus([raters[0], labelled(fewer, "Eva")])
    assert np.array_equal(declared.array, np.where(tumour == 1, 4, tumour))


@pytest.mark.parametrize("method", ["majority", "staple"])
def test_consensus_of_empty_labelmaps_is_empty(method):
    empty = np.zeros((3, 4, 5), dtype=np.uint8)
    found = consensus([labelled(empty, "A"), labelled(empty, "B")], method)
    assert not found.array.any()
    assert found.array.shape == (3, 4, 5)
    assert (found.disputed_voxels, found.tie_voxels, found.iterations) == (0, 0, 0)
    assert dict(found.performance) == {}


def test_more_values_than_a_byte_holds_are_fine_in_a_rater(tumour):
    wide = np.select([tumour == value for value in (1, 2, 4)], [1000, 70000, 5], 0)
    labels = {"necrosis": 1000, "edema": 70000, "enhancing": 5}
    found = consensus([labelled(wide, "A", labels), labelled(tumour, "B")])
    assert np.array_equal(found.array, tumour)


def refused(raters, match, **options):
    with pytest.raises(InputError, match=match):
        consensus(raters, **options)


def test_one_rater_is_no_consensus(tumour):
    refused([labelled(tumour, "A")], "at least two raters")
    refused([], "at least two raters")


def test_rater_who_comes_twice_is_refused(tumour):
    refused([labelled(tumour, "Eva"), labelled(tumour, "eva")], "comes twice")


def test_consensus_is_no_rater(tumour):
    refused([labelled(tumour, "A"), labelled(tumour, "consensus")], "cannot be one of the raters")


def test_more_raters_than_votes_fit_are_refused(tumour):
    raters = [labelled(tumour, f"R{index}") for index in range(33)]
    refused(raters, "at most 32 raters, not 33")
    assert np.array_equal(consensus(raters[:32]).array, tumour)


def test_unknown_method_and_unknown_roi_are_refused(tumour):
    raters = [labelled(tumour, "A"), labelled(tumour, "B")]
    refused(raters, "'mean' is not known", method="mean")
    refused(raters, "no tie rule for cyst", rois=["edema", "cyst"])


@pytest.mark.parametrize("values", [{"edema": 300}, {"edema": 0}, {}])
def test_values_of_the_consensus_fit_a_byte(values, tumour):
    raters = [labelled(tumour, "A"), labelled(tumour, "B")]
    refused(raters, "from 1 to 255", rois=["edema"], labels=values)
