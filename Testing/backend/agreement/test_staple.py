"""STAPLE: the numbers of SimpleITK's two filters, and a truth that is known."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.agreement import RaterLabelmap, consensus

LABELS = {"necrosis": 1, "edema": 2, "enhancing": 3}
ROIS = list(LABELS)


def labelled(array, rater):
    return RaterLabelmap(rater, array, LABELS, (1.0, 1.0, 1.0), np.eye(4))


def named(stack):
    return [labelled(array, f"R{index}") for index, array in enumerate(stack)]


def confused(truth, matrix, rng):
    """A rater who errs independently in each voxel; `matrix[true]` are chances of 0, 1, 2, 3."""
    chances = np.cumsum(np.asarray(matrix, dtype=float)[truth], axis=-1)
    drawn = (rng.random(truth.shape)[..., np.newaxis] > chances[..., :-1]).sum(axis=-1)
    return drawn.astype(np.uint8)


def mostly_right(share):
    matrix = np.full((4, 4), (1 - share) / 3)
    np.fill_diagonal(matrix, share)
    return matrix


@pytest.fixture
def truth(tumour):
    """The tumour with the values 1, 2, 3, cropped to its box."""
    inside = tumour[2:21, 2:25, 3:28]
    return np.array([0, 1, 2, 0, 3], dtype=np.uint8)[inside]


@pytest.fixture
def readings(truth, rng):
    """Two good raters, one middling one and one who is wrong more often than not."""
    return [confused(truth, mostly_right(share), rng) for share in (0.95, 0.92, 0.7, 0.35)]


@pytest.fixture
def parts():
    """A truth of which every label is a quarter."""
    return (np.indices((20, 20, 20)) // 5).sum(axis=0).astype(np.uint8) % 4


def images(stack):
    return [sitk.GetImageFromArray(np.ascontiguousarray(array)) for array in stack]


@pytest.mark.parametrize("n_raters", [2, 3, 4])
@pytest.mark.parametrize("roi", ROIS)
def test_one_roi_takes_the_steps_of_simpleitks_binary_staple(readings, roi, n_raters):
    stack = [(array == LABELS[roi]).astype(np.uint8) * LABELS[roi] for array in readings]
    stack = stack[:n_raters]
    # Its prior and specificity are those of the image it gets: the box around all that is drawn.
    places = np.argwhere(np.any(stack, axis=0))
    box = tuple(
        slice(low, high + 1) for low, high in zip(places.min(0), places.max(0), strict=True)
    )
    binary = sitk.STAPLEImageFilter()
    binary.SetForegroundValue(LABELS[roi])
    probability = sitk.GetArrayFromImage(binary.Execute(images(array[box] for array in stack)))
    found = consensus(named(stack), "staple", [roi], LABELS)
    assert found.converged
    assert found.iterations == binary.GetElapsedIterations() + 1
    for index in range(n_raters):
        rater = found.performance[f"R{index}"][roi]
        assert rater.sensitivity == pytest.approx(binary.GetSensitivity()[index], abs=1e-9)
        assert rater.specificity == pytest.approx(binary.GetSpecificity()[index], abs=1e-9)
    disputed = np.ptp(stack, axis=0)[box] > 0
    assert np.array_equal(found.array[box][disputed] > 0, probability[disputed] > 0.5)


def test_several_rois_give_the_labels_of_simpleitks_multi_label_staple(readings):
    multi = sitk.MultiLabelSTAPLEImageFilter()
    multi.SetTerminationUpdateThreshold(1e-9)
    multi.SetMaximumNumberOfIterations(1000)
    expected = sitk.GetArrayFromImage(multi.Execute(images(readings)))
    found = consensus(named(readings), "staple", ROIS, LABELS)
    disputed = np.ptp(readings, axis=0) > 0
    assert np.array_equal(found.array[disputed], expected[disputed])
    for index in range(len(readings)):
        # Rows are what the rater said, and one more for what is undecided; columns the truth.
        matrix = np.reshape(multi.GetConfusionMatrix(index), (5, 4))
        for roi, value in LABELS.items():
            sensitivity = found.performance[f"R{index}"][roi].sensitivity
            assert sensitivity == pytest.approx(matrix[value, value], abs=1e-5)


def real_tumour(shared_data):
    path = shared_data / "tcga_gbm" / "segmentations" / "TCGA-06-0190_seg.nii.gz"
    values = np.array([0, 1, 2, 0, 3], dtype=np.uint8)
    return values[sitk.GetArrayFromImage(sitk.ReadImage(str(path))).astype(np.intp)]


def test_real_tumour_drawn_shifted_gives_the_labels_of_multi_label_staple(shared_data):
    truth = real_tumour(shared_data)
    stack = [np.roll(truth, shift, axis=(0, 1, 2)) for shift in ((0, 0, 1), (0, 2, 0), (-1, 0, 0))]
    stack = [array[20:110, 10:120, 10:120] for array in stack]
    places = np.argwhere(np.any(stack, axis=0))
    low, high = places.min(axis=0), places.max(axis=0) + 1
    box = tuple(slice(*ends) for ends in zip(low, high, strict=True))
    multi = sitk.MultiLabelSTAPLEImageFilter()
    multi.SetTerminationUpdateThreshold(1e-8)
    multi.SetMaximumNumberOfIterations(1000)
    expected = sitk.GetArrayFromImage(multi.Execute(images(array[box] for array in stack)))
    found = consensus(named(stack), "staple", ROIS, LABELS)
    disputed = np.ptp(stack, axis=0)[box] > 0
    assert disputed.sum() > 1000
    assert np.mean(found.array[box][disputed] == expected[disputed]) == 1


def errors(array, truth):
    return np.count_nonzero(array != truth)


def test_known_truth_is_recovered_better_than_by_the_best_rater_and_by_majority(truth, rng):
    # Two who are careful against three who are not: the majority is misled, weights are not.
    shares = (0.96, 0.94, 0.55, 0.5, 0.5)
    stack = [confused(truth, mostly_right(share), rng) for share in shares]
    found = consensus(named(stack), "staple", ROIS, LABELS)
    majority = consensus(named(stack), "majority", ROIS, LABELS)
    wrong = errors(found.array, truth)
    assert wrong < min(errors(array, truth) for array in stack)
    assert wrong < errors(majority.array, truth)


def test_sensitivity_and_specificity_are_those_of_the_simulated_raters(parts, rng):
    stack = [confused(parts, mostly_right(share), rng) for share in (0.95, 0.4, 0.8, 0.6)]
    found = consensus(named(stack), "staple", ROIS, LABELS)
    for index, array in enumerate(stack):
        for roi, value in LABELS.items():
            rater = found.performance[f"R{index}"][roi]
            true = parts == value
            assert rater.sensitivity == pytest.approx(np.mean(array[true] == value), abs=0.03)
            assert rater.specificity == pytest.approx(np.mean(array[~true] != value), abs=0.02)


def test_raters_who_mirror_each_other_leave_the_tie_to_the_rule():
    # Of two raters with swapped regions neither can be preferred, whatever rounding does.
    first, second = np.zeros((2, 6, 6, 9), dtype=np.uint8)
    first[1:5, 1:5, 1:4], first[1:5, 1:5, 5:8] = 3, 2
    second[1:5, 1:5, 1:4], second[1:5, 1:5, 5:8] = 2, 3
    first[0, 0, 0:2] = second[0, 0, 7:9] = 1
    found = consensus(named([first, second]), "staple", ROIS, LABELS)
    assert (found.disputed_voxels, found.tie_voxels) == (2 * 48 + 4, 2 * 48)
    assert set(found.array[1:5, 1:5, 1:4].ravel()) == {3}
    assert set(found.array[1:5, 1:5, 5:8].ravel()) == {3}
    assert not found.array[0].any()
    scores = found.performance
    assert scores["R0"]["necrosis"] == scores["R1"]["necrosis"]


def test_full_agreement_is_kept_and_every_rater_is_perfect(truth):
    found = consensus(named([truth, truth, truth]), "staple", ROIS, LABELS)
    assert np.array_equal(found.array, truth)
    assert found.disputed_voxels == 0
    for roi in ROIS:
        rater = found.performance["R1"][roi]
        assert (rater.sensitivity, rater.specificity) == (1, 1)


def test_roi_that_nobody_draws_has_no_sensitivity(truth):
    without = np.where(truth == 1, 3, truth).astype(np.uint8)
    moved = np.roll(without, 1, axis=0)
    found = consensus(named([without, moved]), "staple", ROIS, LABELS)
    assert found.performance["R0"]["necrosis"].sensitivity is None
    assert found.performance["R0"]["necrosis"].specificity == 1
    assert not (found.array == 1).any()


def test_unanimous_voxels_keep_their_label_even_where_staple_distrusts_all():
    # Found by search: two raters at odds nearly everywhere. Where both say 3 it believes in 2.
    rows = ["2312313213123", "3113222332333"]
    rows = np.array([list(row) for row in rows]).astype(np.uint8)
    found = consensus(named(rows[:, np.newaxis, np.newaxis, :]), "staple", ROIS, LABELS)
    same = np.ptp(rows, axis=0) == 0
    assert np.array_equal(found.array[0, 0, same], rows[0, same])


def test_probabilities_that_differ_by_rounding_only_are_a_tie():
    # One rater splits what the other calls one thing; a half of probability each, but for a bit.
    rows = np.array([[1, 1, 2, 2], [2, 2, 2, 2]], dtype=np.uint8)
    found = consensus(named(rows[:, np.newaxis, np.newaxis, :]), "staple", ROIS, LABELS)
    assert (found.disputed_voxels, found.tie_voxels) == (2, 2)
    assert found.array.ravel().tolist() == [1, 1, 2, 2]


def test_what_is_left_out_of_the_rois_does_not_widen_the_box(readings):
    alone = [np.where(array == 3, array, 0) for array in readings]
    alone = [np.pad(array, 2) for array in alone]
    among = [np.pad(array, 2, constant_values=2) for array in readings]
    one = consensus(named(alone), "staple", ["enhancing"], LABELS)
    other = consensus(named(among), "staple", ["enhancing"], LABELS)
    assert one.performance == other.performance
    assert np.array_equal(one.array, other.array)
