"""Brain masks: those a user gives, those of stripped images, and what makes one implausible."""

import hashlib

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError, LabelmapError
from radiogenomics.imaging.skull import mask_from_file, mask_of_stripped, strip
from radiogenomics.imaging.skull.plausibility import warning_about

# Half axes in mm, left to right, front to back and upwards: 1.4 litres.
BRAIN = (66, 84, 60)


def ellipsoid(half_axes=BRAIN, spacing=(3.0, 3.0, 3.0), size=(64, 64, 64), without=None):
    """A mask of an ellipsoid in the middle; ``without(x, y, z)`` in mm is cut away."""
    middle = (np.array(size) - 1) / 2
    z, y, x = ((np.arange(size[axis]) - middle[axis]) * spacing[axis] for axis in (2, 1, 0))
    z, y, x = np.meshgrid(z, y, x, indexing="ij")
    inside = (x / half_axes[0]) ** 2 + (y / half_axes[1]) ** 2 + (z / half_axes[2]) ** 2 <= 1
    if without is not None:
        inside &= ~without(x, y, z)
    mask = sitk.GetImageFromArray(inside.astype(np.uint8))
    mask.SetSpacing(spacing)
    mask.SetOrigin((10.5, -20.0, 33.0))
    return mask


class TestPlausibility:
    @pytest.mark.parametrize("spacing", [(3.0, 3.0, 3.0), (2.5, 3.0, 6.5)])
    def test_ellipsoid_of_a_brain_is_plausible(self, spacing):
        assert warning_about(ellipsoid(spacing=spacing, size=(80, 64, 64))) is None

    def test_axes_of_the_file_do_not_matter(self):
        half = ellipsoid(without=lambda x, y, z: x + 0 * (y + z) > 0)
        for axes in ("LPS", "RAS", "PIR", "SAL"):
            assert warning_about(sitk.DICOMOrient(ellipsoid(), axes)) is None
            assert "it measures 66 mm left to right" in warning_about(sitk.DICOMOrient(half, axes))

    def test_brain_without_one_temporal_lobe_is_asymmetric(self):
        cut = ellipsoid(without=lambda x, y, z: (x > 12) & (z < 15) & (y < 60))
        assert "left and right differ (overlap 0." in warning_about(cut)

    @pytest.mark.parametrize(
        ("half_axes", "doubt"),
        [
            ((40, 50, 45), "its volume is 0.38 litres (expected 0.9 to 2)"),
            ((85, 90, 80), "its volume is 2.5"),
            ((85, 84, 42), "it measures 84 mm bottom to top (expected 90 to 210)"),
        ],
    )
    def test_size_of_no_brain_is_told_with_what_is_expected(self, half_axes, doubt):
        warning = warning_about(ellipsoid(half_axes))
        assert doubt in warning
        assert warning.endswith("or choose another method or a mask of yours.")

    def test_mask_in_pieces_is_told(self):
        eye = np.zeros((64, 64, 64), np.uint8)
        eye[5:15, 2:8, 10:20] = 1
        array = sitk.GetArrayFromImage(ellipsoid()) | eye
        mask = sitk.GetImageFromArray(array)
        mask.CopyInformation(ellipsoid())
        assert "98.9% of it is one piece" in warning_about(mask)

    def test_whole_head_is_no_brain(self):
        assert "litres" in warning_about(ellipsoid((80, 100, 110), size=(64, 72, 80)))


class TestFromFile:
    @pytest.fixture
    def image(self):
        mask = ellipsoid()
        return sitk.Cast(mask, sitk.sitkFloat32) * 300 + 20

    def test_mask_on_the_grid_is_taken_as_it_is(self, tmp_path, image):
        path = tmp_path / "brain.nii.gz"
        sitk.WriteImage(ellipsoid() * 255, str(path))
        brain = mask_from_file(path, image)
        np.testing.assert_array_equal(
            sitk.GetArrayFromImage(brain.mask), sitk.GetArrayFromImage(ellipsoid())
        )
        assert (brain.method, brain.version, brain.warning) == ("file", "", None)
        assert brain.parameters == {
            "file": "brain.nii.gz",
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "resampled": "no",
        }
        assert brain.mask.GetPixelID() == sitk.sitkUInt8
        assert brain.mask.GetOrigin() == image.GetOrigin()

    @pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd", ".mha"])
    def test_mask_on_another_grid_is_resampled_and_that_is_said(self, tmp_path, image, suffix):
        path = tmp_path / f"brain{suffix}"
        # Every second voxel is one of the image's.
        given = ellipsoid(spacing=(1.5, 1.5, 1.5), size=(127, 127, 127))
        sitk.WriteImage(sitk.DICOMOrient(given, "RAS"), str(path))
        brain = mask_from_file(path, image)
        np.testing.assert_array_equal(
            sitk.GetArrayFromImage(brain.mask), sitk.GetArrayFromImage(ellipsoid())
        )
        assert brain.parameters["resampled"] == "nearest neighbour"
        assert "127 x 127 x 127 voxels" in brain.warning
        assert "resampled to it by the nearest neighbour" in brain.warning

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            (lambda mask: mask * 0, "is empty: it has no voxel of brain"),
            (lambda mask: mask * 0 + 1, r"two values, 0 and another, and this has 1 \(1\)"),
            (lambda mask: mask + sitk.BinaryErode(mask, (3, 3, 3)), r"this has 3 \(0, 1, 2\)"),
        ],
    )
    def test_mask_without_two_values_is_refused(self, tmp_path, image, change, refusal):
        path = tmp_path / "brain.nii.gz"
        sitk.WriteImage(change(ellipsoid()), str(path))
        with pytest.raises(LabelmapError, match=f"brain.nii.gz .*{refusal}"):
            mask_from_file(path, image)

    def test_stripped_image_or_segmentation_is_no_mask(self, tmp_path, image, rng):
        path = tmp_path / "t1c.nii.gz"
        stripped = sitk.GetArrayFromImage(ellipsoid()) * rng.uniform(1, 9, (64, 64, 64)).round(2)
        sitk.WriteImage(sitk.GetImageFromArray(stripped.astype(np.float32)), str(path))
        with pytest.raises(LabelmapError, match=r"Give the mask, not the stripped image"):
            mask_from_file(path, image)

    def test_nan_is_refused(self, tmp_path, image):
        path = tmp_path / "brain.nrrd"
        array = sitk.GetArrayFromImage(ellipsoid()).astype(np.float32)
        array[0, 0, 0] = np.nan
        sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
        with pytest.raises(LabelmapError, match="is no brain mask"):
            mask_from_file(path, image)

    def test_mask_that_lies_elsewhere_is_refused(self, tmp_path, image):
        path = tmp_path / "brain.nii.gz"
        moved = ellipsoid()
        moved.SetOrigin((70.0, -20.0, 33.0))
        sitk.WriteImage(moved, str(path))
        with pytest.raises(LabelmapError, match=r"does not cover the image: only [0-9]+% of its"):
            mask_from_file(path, image)

    def test_file_that_is_not_there_is_refused(self, tmp_path, image):
        with pytest.raises(InputError, match="There is no file"):
            mask_from_file(tmp_path / "none.nii.gz", image)

    def test_implausible_mask_is_taken_with_a_warning(self, tmp_path, image):
        path = tmp_path / "brain.nii.gz"
        sitk.WriteImage(ellipsoid((40, 50, 45)), str(path))
        assert "0.38 litres" in mask_from_file(path, image).warning


class TestStripped:
    def test_brain_of_a_stripped_image_is_what_is_not_zero_with_its_holes(self):
        array = sitk.GetArrayFromImage(ellipsoid()).astype(np.float32) * -1.5
        array[30:33, 30:33, 30:33] = 0
        image = sitk.GetImageFromArray(array)
        image.CopyInformation(ellipsoid())
        brain = mask_of_stripped(image)
        np.testing.assert_array_equal(
            sitk.GetArrayFromImage(brain.mask), sitk.GetArrayFromImage(ellipsoid())
        )
        assert brain.mask.GetOrigin() == image.GetOrigin()
        assert (brain.method, brain.warning) == ("already stripped", None)

    def test_image_of_nothing_has_no_brain(self):
        with pytest.raises(LabelmapError, match="0 everywhere"):
            mask_of_stripped(sitk.Image(4, 4, 4, sitk.sitkFloat32))

    def test_stripped_case_is_left_as_it_is(self, shared_data):
        image = sitk.ReadImage(str(shared_data / "mr" / "BrainLesion_1mm" / "t1c.nii.gz"))
        brain = mask_of_stripped(image)
        assert brain.warning is None
        np.testing.assert_array_equal(
            sitk.GetArrayFromImage(strip(image, brain)), sitk.GetArrayFromImage(image)
        )


def test_stripping_keeps_the_brain_and_nothing_else(rng):
    mask = ellipsoid()
    array = rng.normal(size=(64, 64, 64)).astype(np.float32)
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(mask)
    stripped = sitk.GetArrayFromImage(strip(image, mask_of_stripped(sitk.Cast(mask, 8))))
    inside = sitk.GetArrayFromImage(mask) == 1
    np.testing.assert_array_equal(stripped[inside], array[inside])
    assert not stripped[~inside].any()
