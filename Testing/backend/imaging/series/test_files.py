"""Reading NIfTI, NRRD and MetaImage files of a case, or the reason why not."""

import gzip
import json
import re
import struct
from dataclasses import replace

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.series import Contrast, choose_series, find_series, read_series

from ..dicom_writing import FLAIR, T1, T1C, T2, phantom
from .asking import chosen_keys, image_file, keys, refused

# Oblique, in nibabel's right-anterior-superior space.
TURN = np.array([[0.96, -0.28, 0.0], [0.28, 0.96, 0.0], [0.0, 0.0, 1.0]])
AFFINE = np.eye(4)
AFFINE[:3, :3] = TURN * (0.8, 1.1, 4.0)
AFFINE[:3, 3] = (-20.5, 31.25, 7.0)
ARRAY = np.random.default_rng(3).normal(500, 90, (9, 8, 7)).astype(np.float32)


def saved(path, array=ARRAY, affine=AFFINE, codes=(1, 1), qform=None):
    image = nibabel.Nifti1Image(array, affine)
    image.set_sform(affine, codes[1])
    image.set_qform(affine if qform is None else qform, codes[0])
    nibabel.save(image, path)
    return path


def read(path):
    return read_series(choose_series(find_series(path), {Contrast.T1C: "1"})[Contrast.T1C])


def refusal(path):
    with pytest.raises(InputError) as error:
        read(path)
    return str(error.value)


@pytest.mark.parametrize("name", ["t1c.nii", "t1c.nii.gz"])
@pytest.mark.parametrize("codes", [(1, 1), (0, 2), (1, 0)])
def test_nifti_lies_where_nibabel_places_it(tmp_path, name, codes):
    path = saved(tmp_path / name, codes=codes)
    image = read(path)
    affine = nibabel.load(path).affine
    for index in ((0, 0, 0), (8, 7, 6), (3, 5, 1)):
        expected = (affine @ (*index, 1))[:3] * (-1, -1, 1)
        np.testing.assert_allclose(image.TransformIndexToPhysicalPoint(index), expected, atol=1e-4)
        assert image[index] == ARRAY[index]


def test_no_text_of_the_header_comes_with_the_image(tmp_path):
    image = nibabel.Nifti1Image(ARRAY, AFFINE)
    image.header["descrip"] = b"Zweistein 19340229"
    nibabel.save(image, tmp_path / "t1c.nii")
    named = sitk.GetImageFromArray(ARRAY)
    named.SetMetaData("Patient", "Zweistein")
    sitk.WriteImage(named, str(tmp_path / "flair.nrrd"))
    assert read(tmp_path / "t1c.nii").GetMetaDataKeys() == ()
    assert read(tmp_path / "flair.nrrd").GetMetaDataKeys() == ()


def test_slope_and_intercept_are_applied(tmp_path):
    image = nibabel.Nifti1Image(np.arange(504, dtype=np.int16).reshape(9, 8, 7), AFFINE)
    image.header.set_slope_inter(0.5, -3)
    nibabel.save(image, tmp_path / "t1c.nii")
    expected = nibabel.load(tmp_path / "t1c.nii").get_fdata().T
    np.testing.assert_allclose(sitk.GetArrayFromImage(read(tmp_path / "t1c.nii")), expected)


def test_qform_and_sform_that_disagree_are_refused(tmp_path):
    other = AFFINE.copy()
    other[0, 3] += 2.5
    message = refusal(saved(tmp_path / "t1c.nii", qform=other))
    assert "says in two ways where it lies, up to 2.5 mm apart" in message
    assert "fslorient" in message


def test_a_qform_that_is_no_rotation_is_refused(tmp_path):
    path = saved(tmp_path / "t1c.nii")
    content = bytearray(path.read_bytes())
    struct.pack_into("<f", content, 256, 9.0)
    path.write_bytes(content)
    assert "a qform that is no rotation" in refusal(path)


def test_a_qform_that_is_not_in_use_may_disagree(tmp_path):
    other = AFFINE.copy()
    other[0, 3] += 2.5
    image = read(saved(tmp_path / "t1c.nii", codes=(0, 1), qform=other))
    np.testing.assert_allclose(image.GetOrigin(), (20.5, -31.25, 7.0), rtol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd"])
def test_voxels_that_are_no_numbers_are_refused(tmp_path, value, suffix):
    array = ARRAY.copy()
    array[:2, 0, 0] = value
    path = tmp_path / f"t1c{suffix}"
    if suffix == ".nrrd":
        sitk.WriteImage(sitk.GetImageFromArray(array), str(path))
    else:
        saved(path, array)
    message = refusal(path)
    assert "voxels that are not numbers" in message
    assert "set them to 0" in message


def test_a_series_of_volumes_in_one_file_is_refused(tmp_path):
    path = saved(tmp_path / "t1c.nii", np.stack([ARRAY, ARRAY], axis=-1))
    assert "not one volume: 9 x 8 x 7 x 2 voxels" in refusal(path)


def test_a_fourth_dimension_of_one_is_read(tmp_path):
    image = read(saved(tmp_path / "t1c.nii", ARRAY[..., None]))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), ARRAY.T)


def test_colours_are_refused(tmp_path):
    image = sitk.GetImageFromArray(np.zeros((7, 8, 9, 3), np.uint8), isVector=True)
    sitk.WriteImage(image, str(tmp_path / "t1c.nrrd"))
    assert "9 x 8 x 7 voxels of 3 value(s)" in refusal(tmp_path / "t1c.nrrd")


def test_a_single_slice_is_refused(tmp_path):
    assert "a single slice" in refusal(saved(tmp_path / "t1c.nii", ARRAY[..., :1]))


def test_a_sheared_affine_is_refused(tmp_path):
    sheared = AFFINE.copy()
    sheared[0, 2] += 1.5
    sizes = np.diag([*np.linalg.norm(sheared[:3, :3], axis=0), 1])
    path = saved(tmp_path / "t1c.nii", affine=sheared, codes=(0, 1), qform=sizes)
    assert "has a sheared affine" in refusal(path)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
@pytest.mark.parametrize("kept", [0.7, 0.02])
def test_a_truncated_file_is_refused_by_its_name(tmp_path, suffix, kept):
    path = tmp_path / f"t1c{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(ARRAY), str(path))
    content = path.read_bytes()
    path.write_bytes(content[: int(kept * len(content))])
    message = refusal(path)
    assert path.name in message
    assert re.search("truncated|damaged|empty", message)


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path):
    path = tmp_path / "t1c.nii.gz"
    path.write_bytes(gzip.compress(b"A letter, not an image. " * 40))
    assert "is not a NIfTI file, whatever its name says" in refusal(path)
    path.write_bytes(b"")
    assert "is empty (0 bytes)" in refusal(path)
    (tmp_path / "t1c.nrrd").write_bytes(b"A letter")
    assert "not what its name says" in refusal(tmp_path / "t1c.nrrd")


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_image_files_are_named_and_read(tmp_path, suffix):
    for seed, name in enumerate(("P1_t1ce", "P1_flair", "P1_t2", "P1_t1", "P1_seg")):
        image_file(tmp_path / f"{name}{suffix}", seed=seed)
    told = []
    picked = choose_series(find_series(tmp_path, lambda *what: told.append(what)), {})
    assert told[-1] == ("headers", 5, 5, "")
    for seed, contrast in enumerate(("t1c", "flair", "t2", "t1")):
        image = read_series(picked[Contrast(contrast)])
        np.testing.assert_array_equal(sitk.GetArrayFromImage(image), phantom(seed=seed))
        assert image.GetSpacing() == (1.0, 1.0, 5.0)


def test_a_single_file_is_a_source(tmp_path):
    image_file(tmp_path / "t1c.nrrd")
    assert chosen_keys(find_series(tmp_path / "t1c.nrrd")) == {"t1c": "1"}


def test_a_bids_folder_is_found_without_its_derivatives(tmp_path):
    (tmp_path / "dataset_description.json").write_text("{}")
    anatomy = tmp_path / "sub-01" / "ses-1" / "anat"
    for name in ("ce-GADOLINIUM_T1w", "T1w", "T2w", "FLAIR"):
        image_file(anatomy / f"sub-01_ses-1_{name}.nii.gz")
    image_file(tmp_path / "derivatives" / "x" / "sub-01_ses-1_ce-GADOLINIUM_T1w.nii.gz")
    found = find_series(tmp_path)
    assert set(chosen_keys(found)) == {"t1c", "flair", "t2", "t1"}
    assert found.notes == ("derivatives of the BIDS folder was passed over",)
    image_file(tmp_path / "sub-02" / "anat" / "sub-02_T2w.nii.gz")
    with pytest.raises(InputError, match="holds 2 patients"):
        find_series(tmp_path)


def converted(folder, number, tags, **more):
    """An image file with a side-car as dcm2niix writes both."""
    path = folder / f"{number}_x_20190817.nii.gz"
    image_file(path)
    sidecar = {
        "Modality": "MR",
        "SeriesDescription": tags["SeriesDescription"],
        "ScanningSequence": "_".join(np.atleast_1d(tags["ScanningSequence"])),
        "RepetitionTime": tags["RepetitionTime"] / 1000,
        "EchoTime": tags["EchoTime"] / 1000,
        "InversionTime": tags.get("InversionTime", 0) / 1000,
        "ImageType": ["ORIGINAL", "PRIMARY", "M"],
        "AcquisitionTime": f"{tags['AcquisitionTime'][:2]}:{tags['AcquisitionTime'][2:4]}:00.0000",
        "PatientName": "Zweistein",
        **more,
    }
    (folder / f"{number}_x_20190817.json").write_text(json.dumps(sidecar))


def test_files_of_dcm2niix_are_named_by_their_side_cars(tmp_path):
    converted(tmp_path, 2, T1)
    converted(tmp_path, 3, T2)
    converted(tmp_path, 4, FLAIR)
    converted(tmp_path, 5, T1C, ContrastBolusIngredient="GADOLINIUM")
    converted(tmp_path, 6, T1, AcquisitionTime="09:15:00.0000")
    found = find_series(tmp_path)
    assert chosen_keys(found) == {"t1": "1", "t2": "2", "flair": "3", "t1c": "4"}
    assert keys(found)["4"].reason == (
        "side-car: T1 with contrast: TR 500 ms, TE 14 ms, contrast agent given (tag)"
    )
    assert "before the first series with contrast agent" in keys(found)["1"].reason
    assert keys(found)["5"].contrast is None
    told = repr([replace(one, files=()) for one in found.series]).casefold()
    assert "zweistein" not in told
    assert "20190817" not in told


def test_converted_files_of_two_examinations_are_not_mixed(tmp_path):
    converted(tmp_path, 5, T1C, StudyInstanceUID="1.2.3")
    converted(tmp_path, 4, FLAIR, StudyInstanceUID="1.2.4")
    assert "FLAIR was found in another examination" in refused(tmp_path)


def test_the_native_case_is_named_and_read(shared_data):
    folder = shared_data / "mr" / "TCGA-02-0054_native"
    picked = choose_series(find_series(folder), {})
    assert {str(contrast): series.files[0].name for contrast, series in picked.items()} == {
        "t1c": "TCGA-02-0054_T1c.nii.gz",
        "flair": "TCGA-02-0054_FLAIR.nii.gz",
        "t2": "TCGA-02-0054_T2.nii.gz",
        "t1": "TCGA-02-0054_T1.nii.gz",
    }
    image = read_series(picked[Contrast.T1C])
    assert image.GetSize() == (256, 256, 23)
    assert image.GetSpacing() == pytest.approx((0.78125, 0.78125, 6.5))


def test_the_case_at_one_mm_is_named(shared_data):
    found = find_series(shared_data / "mr" / "BrainLesion_1mm")
    picked = choose_series(found, {})
    assert {str(contrast): series.files[0].name for contrast, series in picked.items()} == {
        "t1c": "t1c.nii.gz",
        "flair": "t2f.nii.gz",
        "t2": "t2w.nii.gz",
        "t1": "t1n.nii.gz",
    }
    (segmentation,) = (series for series in found.series if series.refused is not None)
    assert segmentation.files[0].name == "segmentation.nii.gz"
