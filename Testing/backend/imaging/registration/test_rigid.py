"""Rigid registration: known moves are found again, failures are told, and every run is the same."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.registration import (
    OVERLAP_THRESHOLD,
    QUALITY_THRESHOLD,
    RigidSettings,
    register_rigid,
)
from radiogenomics.imaging.registration.pyramid import thinned
from radiogenomics.imaging.registration.quality import match

from .anatomy import carried, head, knee, mapped, matrix_of, move, upside_down

# Points of the brain, in mm: the head of the tests has its middle at 0.
BRAIN = np.random.default_rng(3).uniform((-35, -45, -35), (35, 45, 35), (500, 3))


def errors(found, truth, points=BRAIN):
    """Mean distance in mm in the slices and across them."""
    apart = mapped(found, points) - mapped(truth, points)
    return np.hypot(apart[:, 0], apart[:, 1]).mean(), np.abs(apart[:, 2]).mean()


# As ready for use, of fewer points.
QUICK = RigidSettings(samples=15_000)
FIXED = head("t1c")
MOVED = move((2, -1, 3), (3.0, -2.0, 1.5))


@pytest.mark.parametrize("contrast", ["flair", "t2"])
@pytest.mark.parametrize(
    ("degrees", "shift"),
    [((9, -7, 8), (6, -12, 9)), ((-8, 10, -6), (-9, 8, -13))],
)
def test_a_head_that_moved_between_series_is_found_again(contrast, degrees, shift):
    truth = move(degrees, shift)
    moving = head(contrast, truth.GetInverse())
    found = register_rigid(moving, FIXED, settings=QUICK)
    in_plane, across = errors(matrix_of(found.transform), matrix_of(truth))
    assert in_plane < 0.5
    assert across < 0.8
    assert found.warning is None


def test_images_far_apart_in_space_are_brought_together():
    moving = head("flair")
    moving.SetOrigin(np.add(moving.GetOrigin(), (400.0, -250.0, 900.0)).tolist())
    found = register_rigid(moving, FIXED, settings=QUICK)
    assert found.transform.TransformPoint((0.0, 0.0, 0.0)) == pytest.approx((400, -250, 900), abs=1)
    assert found.warning is None


@pytest.mark.parametrize("turned", range(2))
def test_axes_in_any_order_and_of_either_sign_do_not_matter(turned):
    order = [(1, 2, 0), (0, 1, 2)][turned]
    flip = [turned == axis for axis in range(3)]
    reordered = sitk.Flip(sitk.PermuteAxes(head("t2"), order), flip)
    found = register_rigid(reordered, FIXED, settings=QUICK)
    in_plane, across = errors(matrix_of(found.transform), np.eye(4))
    assert in_plane < 0.3
    assert across < 0.5


@pytest.mark.slow
def test_a_registration_is_the_same_bit_for_bit_on_any_number_of_threads_and_processors(tmp_path):
    sitk.WriteImage(FIXED, str(tmp_path / "fixed.nrrd"))
    sitk.WriteImage(head("flair", MOVED), str(tmp_path / "moving.nrrd"))
    program = """
import os, sys
import SimpleITK as sitk
from radiogenomics.imaging.registration import RigidSettings, register_rigid
if sys.argv[1] == "one" and hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
images = [sitk.ReadImage(name + ".nrrd") for name in ("moving", "fixed")]
for _ in range(2 if sys.argv[1] == "all" else 1):
    found = register_rigid(*images, settings=RigidSettings(samples=15_000))
    print([number.hex() for number in found.transform.GetParameters()], found.quality)
"""
    lines = []
    for processors, threads in (("one", "1"), ("all", "7")):
        environment = os.environ | {"ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": threads}
        command = [sys.executable, "-c", program, processors]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        lines += done.stdout.splitlines()
    assert len(lines) == 3
    assert len(set(lines)) == 1


def test_the_number_of_threads_of_other_work_is_left_as_it_was():
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(3)
    try:
        with pytest.raises(InputError):
            register_rigid(FIXED * 0, FIXED)
        register_rigid(FIXED, FIXED, settings=RigidSettings(level_mm=(6.0,), starts_refined=1))
        assert sitk.ProcessObject.GetGlobalDefaultNumberOfThreads() == 3
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)


@pytest.mark.parametrize("wanted", [3.0, 5.0, 8.0])
def test_thinning_leaves_an_image_where_it_is_whatever_its_axes(wanted):
    axes = matrix_of(move((20, -35, 50), (0, 0, 0)))
    image = sitk.Image((31, 34, 9), sitk.sitkFloat32)
    image.SetSpacing((0.7, 0.9, 6.5))
    image = carried(image, axes)
    index = np.stack(np.meshgrid(*map(np.arange, image.GetSize()), indexing="ij"), axis=-1)

    def place(like, indices):
        step = np.reshape(like.GetDirection(), (3, 3)) * like.GetSpacing()
        return indices @ step.T + like.GetOrigin()

    slope = (0.3, -0.2, 0.5)
    ramp = sitk.GetImageFromArray((place(image, index) @ slope).T.astype(np.float32))
    ramp.CopyInformation(image)
    small = thinned(ramp, wanted)
    index = np.stack(np.meshgrid(*map(np.arange, small.GetSize()), indexing="ij"), axis=-1)
    np.testing.assert_allclose(
        sitk.GetArrayFromImage(small).T, place(small, index) @ slope, atol=1e-4
    )
    assert small.GetSpacing()[2] == (6.5 if wanted < 8 else pytest.approx(6.5))


def test_a_registration_that_cannot_work_is_told():
    found = register_rigid(knee(), FIXED, settings=QUICK)
    assert found.quality < QUALITY_THRESHOLD
    assert "may have failed" in found.warning
    assert "choose another series" in found.warning


def test_the_quality_tells_a_good_registration_from_one_spoiled_by_10_mm():
    moving = sitk.Cast(head("flair"), sitk.sitkFloat32)
    fixed = sitk.Cast(FIXED, sitk.sitkFloat32)
    assert match(fixed, moving, move((0, 0, 0), (0, 0, 0))).quality > QUALITY_THRESHOLD
    assert match(fixed, moving, move((0, 0, 0), (6, 6, 6))).quality < QUALITY_THRESHOLD
    assert match(fixed, moving, move((0, 0, 0), (500, 0, 0))).quality == 0


def test_the_quality_does_not_depend_on_the_contrast():
    image = sitk.Cast(FIXED, sitk.sitkFloat32)
    still = move((0, 0, 0), (0, 0, 0))
    assert match(image, image, still).quality == pytest.approx(1.0, abs=1e-5)
    assert match(image, 3000.0 - 2.0 * image, still).quality == pytest.approx(1.0, abs=1e-4)


def test_a_series_that_covers_half_the_head_is_told():
    found = register_rigid(head("flair")[:, :, :16], FIXED, settings=QUICK)
    assert found.overlap < OVERLAP_THRESHOLD
    assert f"covers only {found.overlap:.0%}" in found.warning


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (FIXED * 0, "is empty: all its voxels are 0"),
        (sitk.Cast(FIXED, sitk.sitkFloat32) / 0.0, "no numbers"),
        (FIXED[:, :, :3], "Is it a localiser"),
        (FIXED[:, :, 5], "has 2 dimensions"),
        (sitk.Compose(FIXED, FIXED), "2 value"),
    ],
    ids=["empty", "not finite", "three slices", "one slice", "colours"],
)
@pytest.mark.parametrize("role", ["moving", "fixed"])
def test_an_image_that_nothing_can_be_registered_with_is_refused(image, reason, role):
    pair = (image, FIXED) if role == "moving" else (FIXED, image)
    with pytest.raises(InputError, match=reason) as refused:
        register_rigid(*pair)
    assert f"The {role} image" in str(refused.value)


def test_a_record_holds_plain_values_and_the_matrix_of_the_transform():
    found = register_rigid(head("t2", MOVED), FIXED, settings=QUICK)
    record = json.loads(json.dumps(found.as_record()))
    matrix = np.array(record["matrix_lps_mm"])
    for point in BRAIN[:5]:
        assert found.transform.TransformPoint(point.tolist()) == pytest.approx(
            mapped(matrix, point), abs=1e-9
        )
    assert record["quality"] == found.quality
    assert record["parameters"] == json.loads(json.dumps(QUICK.as_record()))
    again = move((0, 0, 0), record["translation_mm"], record["centre_mm"])
    again.SetRotation(*record["angles_radians"])
    np.testing.assert_allclose(matrix_of(again), matrix, atol=1e-12)


def test_progress_is_told_from_the_first_level_to_the_last():
    told = []
    register_rigid(FIXED, FIXED, settings=QUICK, progress=lambda *what: told.append(what))
    assert [done for _, done, _, _ in told] == [0, 1, 2, 3]
    assert {total for _, _, total, _ in told} == {3}


# --- Real series, thick slices, with skull --------------------------------------------------------


@pytest.fixture(scope="module")
def native(shared_data):
    folder = shared_data / "mr" / "TCGA-02-0054_native"
    if not folder.is_dir():
        pytest.skip("the native series are not there")
    return {
        name: sitk.ReadImage(str(folder / f"TCGA-02-0054_{name}.nii.gz"))
        for name in ("T1c", "T1", "T2", "FLAIR")
    }


@pytest.fixture(scope="module")
def to_t1c(native):
    return {name: register_rigid(native[name], native["T1c"]) for name in ("T1", "T2", "FLAIR")}


@pytest.fixture(scope="module")
def brain_of_t1c(native):
    """Points more than 15 mm under the head's surface, in mm."""
    image = native["T1c"]
    solid = sitk.BinaryFillhole(
        sitk.BinaryMorphologicalClosing(sitk.OtsuThreshold(image, 0, 1), [5, 5, 0])
    )
    depth = sitk.SignedMaurerDistanceMap(solid, True, False, True)
    index = np.argwhere(sitk.GetArrayViewFromImage(depth) > 15)[::20, ::-1]
    step = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    return index @ step.T + image.GetOrigin()


@pytest.mark.slow
def test_real_series_agree_with_each_other_however_they_are_chained(native, to_t1c, brain_of_t1c):
    assert [found.warning for found in to_t1c.values()] == [None] * 3
    between = register_rigid(native["FLAIR"], native["T2"])
    chained = matrix_of(between.transform) @ matrix_of(to_t1c["T2"].transform)
    direct = matrix_of(to_t1c["FLAIR"].transform)
    apart = mapped(chained, brain_of_t1c) - mapped(direct, brain_of_t1c)
    assert np.linalg.norm(apart, axis=1).max() < 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "degrees", "shift"),
    [
        ("T2", (-7, 10, -9), (-8, 15, -13)),
        ("FLAIR", (5, -10, 10), (9, 12, 15)),
    ],
)
def test_real_series_moved_by_a_known_transform_are_found_again(
    native, to_t1c, brain_of_t1c, name, degrees, shift
):
    middle = native[name].TransformContinuousIndexToPhysicalPoint((127.5, 127.5, 11.0))
    known = matrix_of(move(degrees, shift, middle))
    found = register_rigid(carried(native[name], known), native["T1c"])
    back = np.linalg.inv(known) @ matrix_of(found.transform)
    in_plane, across = errors(back, matrix_of(to_t1c[name].transform), brain_of_t1c)
    assert in_plane < 0.5
    assert across < 0.5
    assert found.warning is None


@pytest.mark.slow
def test_real_heads_that_do_not_belong_together_are_told(native, shared_data):
    other = sitk.ReadImage(str(shared_data / "mr" / "BrainLesion_1mm" / "t2f.nii.gz"))
    for wrong in (other, upside_down(native["FLAIR"])):
        found = register_rigid(wrong, native["T1c"])
        assert found.quality < QUALITY_THRESHOLD
        assert found.warning is not None
