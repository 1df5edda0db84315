"""Choosing the series of a case: what is not clear is asked about, never guessed."""

import pytest

from radiogenomics.errors import InputError
from radiogenomics.imaging.series import Contrast, choose_series, find_series

from ..dicom_writing import (
    FLAIR,
    IDENTITY,
    T1,
    T1C,
    T2,
    Geometry,
    Patient,
    phantom,
    save_case,
    save_series,
)
from .asking import chosen_keys, image_file, keys, refused


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


def test_files_of_two_patients_or_visits_are_not_mixed(tmp_path):
    image_file(tmp_path / "P1_t1c.nii.gz")
    image_file(tmp_path / "P2_flair.nii.gz")
    assert "FLAIR was found in another examination" in refused(tmp_path)
    image_file(tmp_path / "P1_flair.nii.gz")
    assert chosen_keys(find_series(tmp_path)) == {"t1c": "2", "flair": "1"}


def test_dicom_and_its_conversion_in_one_folder_are_ambiguous(case):
    folder, _ = case
    image_file(folder / "converted" / "t1c.nii.gz")
    message = refused(folder)
    assert "--t1c f1: file f1" in message
    assert chosen_keys(find_series(folder), t1c="5")["flair"] == "4"


def test_an_image_that_was_found_and_cannot_be_used_is_not_left_out_silently(case):
    folder, _ = case
    (folder / "S4" / "IM00006").unlink()
    message = refused(folder)
    assert "FLAIR was found, but cannot be used" in message
    assert "1 slice(s) are missing" in message
    assert "--flair none" in message
    assert "flair" not in chosen_keys(find_series(folder), flair="none")
    (folder / "S5" / "IM00006").unlink()
    assert "T1 with contrast was found, but cannot be used" in refused(folder, flair="none")
