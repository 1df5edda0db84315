"""Finding series in folders as they come from a scanner, and choosing those of a case."""

import json
import os
import random
import shutil
import time
from dataclasses import replace

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import MediaStorageDirectoryStorage

from radiogenomics.errors import InputError
from radiogenomics.imaging.series import Contrast, Format, choose_series, find_series, read_series

from .dicom_writing import (
    FLAIR,
    IDENTITY,
    SECRETS,
    T1,
    T1C,
    T2,
    Geometry,
    Patient,
    enhanced,
    phantom,
    save,
    save_case,
    save_series,
)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    return folder, save_case(folder)


@pytest.fixture
def case(written, tmp_path):
    """A folder with the four series of a patient, 2 to 5, and the patient."""
    folder, patient = written
    shutil.copytree(folder, tmp_path / "case")
    return tmp_path / "case", replace(patient, identity=dict(patient.identity))


def keys(found):
    return {series.key: series for series in found.series}


def chosen_keys(found, **chosen):
    picked = choose_series(found, {Contrast(name): value for name, value in chosen.items()})
    return {str(contrast): series.key for contrast, series in picked.items()}


def refused(source, **chosen):
    with pytest.raises(InputError) as error:
        chosen_keys(find_series(source), **chosen)
    return str(error.value)


def test_the_four_series_of_a_case_are_found_named_and_chosen(case):
    found = find_series(case[0])
    assert chosen_keys(found) == {"t1c": "5", "flair": "4", "t2": "3", "t1": "2"}
    t1c = keys(found)["5"]
    assert (t1c.label, t1c.format) == ("series 5 (ax t1 postcontrast)", Format.DICOM)
    assert (t1c.size, t1c.spacing) == ((24, 20, 12), (0.9, 0.9, 5.0))
    assert len(t1c.files) == 12


def test_each_series_is_read_as_it_was_written(case):
    found = choose_series(find_series(case[0]), {})
    for number, series in zip((5, 4, 3, 2), found.values(), strict=True):
        image = read_series(series)
        np.testing.assert_array_equal(
            sitk.GetArrayFromImage(image), phantom((12, 20, 24), number), err_msg=series.label
        )


def test_nothing_of_the_identity_is_in_what_is_found_or_said(case, capfd):
    folder, patient = case
    broken = patient.series(6, phantom(), {**T1C, "SeriesDescription": "T1 GD Zweistein"})
    del broken[4]
    save_series(broken, folder / "S6")
    other = Patient({**IDENTITY, "PatientID": "MRN7734551b"})
    save_series(other.series(7, phantom(), {**T2, "Modality": "CT"}), folder / "S7")
    found = find_series(folder)
    said = [repr(found), *(series.describe() for series in found.series)]
    said += [repr(read_series(series)) for series in found.series if series.refused is None]
    for option in ({}, {"t1c": "6"}, {"t1c": "7"}, {"t1c": "nothing"}, {"flair": "5", "t1": "5"}):
        try:
            chosen_keys(found, **option)
        except InputError as error:
            said.append(str(error))
    save_series(other.series(8, phantom(), T2), folder / "S8")
    with pytest.raises(InputError) as error:
        find_series(folder)
    said.append(str(error.value))
    text = "".join(said).replace(str(folder), "").casefold() + "".join(capfd.readouterr())
    assert not [secret for secret in SECRETS if secret in text]
    assert len(said) > 10


def test_order_names_and_folders_of_the_files_do_not_matter(case, tmp_path):
    folder, _ = case
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    random.Random(3).shuffle(paths)
    for place, path in enumerate(paths):
        target = (
            tmp_path / "other" / f"d{place % 7}" / f"x.{place % 3}" / f"{place} é.nii.dcm.{place}"
        )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    one, other = find_series(folder), find_series(tmp_path / "other")
    assert [replace(series, files=()) for series in one.series] == [
        replace(series, files=()) for series in other.series
    ]


def test_files_that_are_no_images_are_passed_over(case):
    folder, _ = case
    (folder / "readme.txt").write_text("Nothing.")
    (folder / ".DS_Store").write_bytes(b"\0" * 200)
    (folder / "S3" / "._IM00001").write_bytes(b"\x00\x05\x16\x07" * 50)
    (folder / "S3" / "viewer.exe").write_bytes(b"MZ" + bytes(range(256)) * 4)
    (folder / "empty").write_bytes(b"")
    report = pydicom.dcmread(folder / "S3" / "IM00000")
    for tag in ("Rows", "Columns", "PixelData"):
        del report[tag]
    report.Modality = "SR"
    save(report, folder / "report")
    found = find_series(folder)
    assert chosen_keys(found) == {"t1c": "5", "flair": "4", "t2": "3", "t1": "2"}
    assert found.notes == ("1 DICOM files hold no picture (directory, report and the like)",)


def test_a_dicomdir_is_passed_over_and_its_folder_is_searched(case):
    folder, _ = case
    directory = pydicom.dcmread(folder / "S2" / "IM00000")
    for tag in ("Rows", "Columns", "PixelData", "SeriesInstanceUID"):
        del directory[tag]
    directory.SOPClassUID = MediaStorageDirectoryStorage
    record = pydicom.Dataset()
    record.DirectoryRecordType, record.PatientName = "PATIENT", IDENTITY["PatientName"]
    directory.DirectoryRecordSequence = [record]
    save(directory, folder / "DICOMDIR")
    assert len(find_series(folder).series) == 4
    assert len(find_series(folder / "DICOMDIR").series) == 4


def test_files_without_the_preamble_are_found(case):
    folder, _ = case
    for path in (folder / "S5").iterdir():
        dataset = pydicom.dcmread(path)
        del dataset.file_meta
        dataset.preamble = None
        dataset.save_as(path, implicit_vr=True, little_endian=True)
    assert b"DICM" not in (folder / "S5" / "IM00000").read_bytes()
    found = find_series(folder)
    assert chosen_keys(found)["t1c"] == "5"
    image = read_series(keys(found)["5"])
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), phantom((12, 20, 24), 5))


def test_a_damaged_header_is_noted_and_leaves_a_missing_slice(case):
    folder, _ = case
    path = folder / "S5" / "IM00004"
    path.write_bytes(path.read_bytes()[:300])
    found = find_series(folder)
    assert "slice(s) are missing" in keys(found)["5"].refused
    assert any(str(path) in note or "no picture" in note for note in found.notes)


def test_a_copied_file_counts_once(case):
    folder, _ = case
    copy = folder / "copy of a slice"
    copy.write_bytes((folder / "S5" / "IM00003").read_bytes())
    assert len(keys(find_series(folder))["5"].files) == 12
    damaged = bytearray(copy.read_bytes())
    damaged[-1] ^= 1
    copy.write_bytes(damaged)
    assert "lie where another lies" in keys(find_series(folder))["5"].refused


def test_two_patients_in_one_folder_are_refused_and_one_can_be_chosen(case):
    folder, _ = case
    other = Patient({**IDENTITY, "PatientName": "Dreistein^Zoe", "PatientID": "MRN7734552"})
    save_series(other.series(9, phantom(), T2), folder / "S9")
    with pytest.raises(InputError, match="of 2 patients") as error:
        find_series(folder)
    lines = str(error.value).splitlines()[1:]
    (number,) = [line.split(":")[0].strip() for line in lines if "1 series, 12 files" in line]
    assert list(keys(find_series(folder, patient=int(number)))) == ["9"]
    assert list(keys(find_series(folder, patient=3 - int(number)))) == ["2", "3", "4", "5"]
    with pytest.raises(InputError, match="no patient number 3"):
        find_series(folder, patient=3)


def test_one_name_written_in_two_ways_is_one_patient(case):
    folder, patient = case
    patient.identity["PatientName"] = "ZWEISTEIN, Zacharias"
    save_series(patient.series(9, phantom(), T2), folder / "S9")
    assert len(find_series(folder).series) == 5


def test_two_candidates_are_listed_with_the_option_that_chooses(case):
    folder, patient = case
    coronal = Geometry((1.0, 1.0, 4.0), rows=(1, 0, 0), columns=(0, 0, -1))
    tags = {**T1C, "SeriesDescription": "COR T1 POST Zweistein"}
    save_series(patient.series(6, phantom(), tags, coronal), folder / "S6")
    message = refused(folder)
    assert "2 series can be T1 with contrast" in message
    assert "--t1c 5: series 5 (ax t1 postcontrast), 12 slices, 0.9 x 0.9 x 5 mm" in message
    assert "--t1c 6: series 6 (cor t1 postcontrast), 12 slices, 1 x 1 x 4 mm" in message
    found = find_series(folder)
    assert chosen_keys(found, t1c="6")["t1c"] == "6"
    assert chosen_keys(found, t1c=str(folder / "S5"))["t1c"] == "5"
    assert chosen_keys(found, t1c=str(folder / "S6" / "IM00003"))["t1c"] == "6"
    assert chosen_keys(found, t1c="S6")["t1c"] == "6"


def test_two_candidates_for_another_image_can_be_left_out(case):
    folder, patient = case
    save_series(patient.series(6, phantom(), T2), folder / "S6")
    assert "--t2 none" in refused(folder)
    assert chosen_keys(find_series(folder), t2="none") == {"t1c": "5", "flair": "4", "t1": "2"}


def test_only_flair_is_refused_with_the_reason(tmp_path):
    save_series(Patient().series(4, phantom(), FLAIR), tmp_path)
    message = refused(tmp_path)
    assert "no series was found to be T1 with contrast, on which a case is drawn" in message
    assert "series 4 (ax flair)" in message
    assert "FLAIR: TR 9000 ms" in message


def test_t1_alone_whose_contrast_is_not_told_is_not_guessed(tmp_path):
    save_series(Patient().series(2, phantom(), T1), tmp_path)
    assert "neither tags nor description tell whether contrast was given" in refused(tmp_path)
    found = find_series(tmp_path)
    picked = choose_series(found, {Contrast.T1C: "2"})[Contrast.T1C]
    assert picked.contrast is Contrast.T1C
    assert picked.reason.startswith("chosen with --t1c")


def test_t1_after_the_contrast_agent_without_a_word_of_it_is_not_guessed(case):
    folder, patient = case
    late = {**T1, "AcquisitionTime": "091500"}
    save_series(patient.series(6, phantom(), late), folder / "S6")
    series = keys(find_series(folder))
    assert series["2"].contrast is Contrast.T1
    assert series["6"].contrast is None


def test_t1_after_a_perfusion_is_not_taken_to_be_without_contrast(tmp_path):
    patient = Patient()
    bolus = {**T2, "SeriesDescription": "ep2d_perf", "AcquisitionTime": "081000"}
    for number, tags in ((1, bolus), (2, T1), (5, T1C)):
        save_series(patient.series(number, phantom(), tags), tmp_path / str(number))
    assert keys(find_series(tmp_path))["2"].contrast is None


def test_a_choice_that_is_no_series_a_refused_one_or_given_twice_is_refused(case):
    folder, patient = case
    save_series(patient.series(7, phantom(), {**T2, "Modality": "CT"}), folder / "S7")
    assert "--t1c 77 is no series, file or folder" in refused(folder, t1c="77")
    assert "CT, not MR" in refused(folder, t1c="7")
    assert "are the same series 4" in refused(folder, t2="4", flair="4")
    assert "holds 5 series; choose one" in refused(folder, t1c=str(folder))
    assert "cannot be left out" in refused(folder, t1c="none")


def test_two_examinations_are_not_mixed(tmp_path):
    first = save_case(tmp_path / "first")
    second = Patient({**IDENTITY, "StudyDate": "20191124"})
    assert first.study != second.study
    for number, tags in ((15, T1C), (14, FLAIR)):
        save_series(second.series(number, phantom(), tags), tmp_path / f"second{number}")
    assert "from 2 examinations" in refused(tmp_path)
    found = find_series(tmp_path)
    assert chosen_keys(found, t1c="5") == {"t1c": "5", "flair": "4", "t2": "3", "t1": "2"}
    message = refused(tmp_path, t1c="15")
    assert "T2 was found in another examination" in message
    assert chosen_keys(found, t1c="15", t2="none", t1="none") == {"t1c": "15", "flair": "14"}


def test_equal_series_numbers_get_parts(case):
    folder, patient = case
    save_series(patient.series(5, phantom(), FLAIR | {"EchoTime": 90}), folder / "again")
    assert {"2", "3", "4", "5.1", "5.2"} == set(keys(find_series(folder)))


def test_two_echoes_in_one_series_are_two_series(tmp_path):
    patient = Patient()
    slices = patient.series(3, phantom(), T2 | {"SeriesDescription": "PD T2", "EchoTime": 15})
    for one in patient.series(3, phantom(seed=1), T2 | {"SeriesDescription": "PD T2"}):
        one.SeriesInstanceUID = slices[0].SeriesInstanceUID
        slices.append(one)
    save_series(slices, tmp_path)
    by_echo = {series.reason: series for series in find_series(tmp_path).series}
    assert set(by_echo) == {"proton density: TR 4500 ms, TE 15 ms", "T2: TR 4500 ms, TE 98 ms"}
    image = read_series(by_echo["T2: TR 4500 ms, TE 98 ms"])
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), phantom(seed=1))


def test_repetitions_in_one_series_are_series_of_their_own(tmp_path):
    patient = Patient()
    slices = patient.series(3, phantom(), T2)
    for one in patient.series(3, phantom(seed=1), T2):
        one.SeriesInstanceUID, one.AcquisitionNumber = slices[0].SeriesInstanceUID, 2
        slices.append(one)
    save_series(slices, tmp_path)
    found = find_series(tmp_path)
    assert [series.key for series in found.series] == ["3.1", "3.2"]
    assert [series.refused for series in found.series] == [None, None]
    for seed, series in enumerate(found.series):
        np.testing.assert_array_equal(
            sitk.GetArrayFromImage(read_series(series)), phantom(seed=seed)
        )


def test_interleaved_slices_of_two_acquisitions_stay_one_volume(tmp_path):
    slices = Patient().series(3, phantom(), T2)
    for place, one in enumerate(slices):
        one.AcquisitionNumber = 1 + place % 2
    save_series(slices, tmp_path)
    (series,) = find_series(tmp_path).series
    assert series.size == (24, 20, 12)


def test_a_localiser_in_three_directions_is_no_candidate(case):
    folder, patient = case
    localiser = []
    for rows, columns in (((1, 0, 0), (0, 1, 0)), ((0, 1, 0), (0, 0, -1)), ((1, 0, 0), (0, 0, -1))):
        geometry = Geometry((1.0, 1.0, 10.0), rows=rows, columns=columns)
        tags = {**T1C, "SeriesDescription": "3-plane loc"}
        localiser += patient.series(1, phantom((3, 20, 24)), tags, geometry)
    for place, one in enumerate(localiser):
        one.SeriesInstanceUID, one.InstanceNumber = localiser[0].SeriesInstanceUID, place
    save_series(localiser, folder / "S1")
    found = find_series(folder)
    assert chosen_keys(found)["t1c"] == "5"
    parts = [series for series in found.series if series.key.startswith("1.")]
    assert [series.size[2] for series in parts] == [3, 3, 3]
    assert all("a localiser" in series.reason for series in parts)


def test_a_thin_slab_and_a_single_slice_are_no_candidates(tmp_path):
    patient = Patient()
    save_series(patient.series(1, phantom((5, 20, 24)), T1C), tmp_path / "slab")
    save_series(patient.series(2, phantom((1, 20, 24)), T1C), tmp_path / "single")
    series = keys(find_series(tmp_path))
    assert series["1"].contrast is None
    assert "covers 25 mm only" in series["1"].reason
    assert "single slice" in series["2"].refused
    assert "single slice" in refused(tmp_path, t1c="2")


def test_an_enhanced_image_is_named_by_its_frames(tmp_path):
    slices = Patient().series(5, phantom(), {**T1C, "SeriesDescription": "AX"})
    save(enhanced(slices), tmp_path / "one")
    (series,) = find_series(tmp_path).series
    assert series.contrast is Contrast.T1C
    assert series.reason.startswith("T1 with contrast: TR 500 ms, TE 14 ms")
    assert find_series(tmp_path / "one").series == (series,)


def test_a_thousand_small_files_in_nested_folders_are_found_with_progress(tmp_path):
    geometry = Geometry((4.0, 4.0, 0.7), origin=(0, 0, 1234.5))
    patient = Patient()
    for number, tags in ((2, T1), (3, T2), (4, FLAIR), (5, T1C)):
        (one,) = patient.series(number, phantom((1, 16, 16)), tags, geometry)
        one.SOPInstanceUID = f"1.2.{number}.99999"
        save(one, tmp_path / "template")
        template = (tmp_path / "template").read_bytes()
        for place in range(250):
            path = tmp_path / f"{place % 9}" / "ü b" / f"{place % 5}" / f"{number}{place:x}.IMA"
            path.parent.mkdir(parents=True, exist_ok=True)
            content = template.replace(b"1234.5", f"{0.7 * place:06.1f}".encode())
            path.write_bytes(content.replace(b".99999", f".{place + 10000}".encode()))
    (tmp_path / "template").unlink()
    told = []
    began = time.perf_counter()
    found = find_series(tmp_path, lambda *what: told.append(what))
    assert time.perf_counter() - began < 20
    assert [series.size[2] for series in found.series] == [250] * 4
    assert told[0] == ("scan", 0, 1000, "")
    assert told[-1] == ("scan", 1000, 1000, "")
    assert len(told) >= 20


def test_a_folder_without_images_and_a_missing_one_are_refused(tmp_path):
    (tmp_path / "letter.txt").write_text("Dear colleague")
    with pytest.raises(InputError, match="holds no image: 1 files"):
        find_series(tmp_path)
    with pytest.raises(InputError, match="There is no file or folder"):
        find_series(tmp_path / "nowhere")


@pytest.mark.skipif(os.geteuid() == 0, reason="the administrator may read every folder")
def test_a_folder_that_may_not_be_read_is_refused(case):
    folder, _ = case
    (folder / "S3").chmod(0)
    try:
        with pytest.raises(InputError, match="S3 cannot be read: Permission denied"):
            find_series(folder)
    finally:
        (folder / "S3").chmod(0o700)


def image_file(path, shape=(12, 20, 24), spacing=(1.0, 1.0, 5.0), seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    image = sitk.GetImageFromArray(phantom(shape, seed).astype(np.float32))
    image.SetSpacing(spacing)
    sitk.WriteImage(image, str(path))


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha"])
def test_image_files_are_named_and_read(tmp_path, suffix):
    for seed, name in enumerate(("P1_t1ce", "P1_flair", "P1_t2", "P1_t1", "P1_seg")):
        image_file(tmp_path / f"{name}{suffix}", seed=seed)
    picked = choose_series(find_series(tmp_path), {})
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


def test_files_of_two_patients_or_visits_are_not_mixed(tmp_path):
    image_file(tmp_path / "P1_t1c.nii.gz")
    image_file(tmp_path / "P2_flair.nii.gz")
    assert "FLAIR was found in another examination" in refused(tmp_path)
    image_file(tmp_path / "P1_flair.nii.gz")
    assert chosen_keys(find_series(tmp_path)) == {"t1c": "2", "flair": "1"}


def test_files_of_dcm2niix_are_named_by_their_side_cars(tmp_path):
    for number, tags in ((5, T1C), (3, T2)):
        image_file(tmp_path / f"{number}_x_20190817.nii.gz")
        (tmp_path / f"{number}_x_20190817.json").write_text(
            json.dumps(
                {
                    "Modality": "MR",
                    "SeriesDescription": tags["SeriesDescription"],
                    "ScanningSequence": tags["ScanningSequence"],
                    "RepetitionTime": tags["RepetitionTime"] / 1000,
                    "EchoTime": tags["EchoTime"] / 1000,
                    "ImageType": ["ORIGINAL", "PRIMARY", "M"],
                    "ContrastBolusIngredient": tags.get("ContrastBolusAgent", ""),
                    "PatientName": "Zweistein",
                }
            )
        )
    found = find_series(tmp_path)
    assert chosen_keys(found) == {"t1c": "2", "t2": "1"}
    assert keys(found)["2"].reason == (
        "side-car: T1 with contrast: TR 500 ms, TE 14 ms, contrast agent given (tag)"
    )
    assert "zweistein" not in "".join(map(repr, (one.label for one in found.series))).casefold()


def test_dicom_and_its_conversion_in_one_folder_are_ambiguous(case):
    folder, _ = case
    image_file(folder / "converted" / "t1c.nii.gz")
    message = refused(folder)
    assert "--t1c f1: file f1" in message
    assert chosen_keys(find_series(folder), t1c="5")["flair"] == "4"
