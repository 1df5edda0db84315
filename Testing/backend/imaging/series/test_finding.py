"""Finding series in folders as they come from a scanner, and choosing those of a case."""

import os
import random
import sys
import time
from dataclasses import replace

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from pydicom.uid import MediaStorageDirectoryStorage

from radiogenomics.errors import InputError
from radiogenomics.imaging.series import Contrast, Format, choose_series, find_series, read_series

from ..dicom_writing import (
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
    save_series,
)
from .asking import chosen_keys, image_file, keys, refused


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


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take names in Unicode only")
def test_names_that_are_no_unicode_are_read_or_refused(case):
    folder, _ = case
    # Latin-1, as on an old disc; ITK alone would end the program.
    odd = folder / os.fsdecode(b"Sch\xe4del")
    (folder / "S5").rename(odd)
    image_file(folder / "t1c.nii.gz")
    (folder / "t1c.nii.gz").rename(odd / "t1c.nii.gz")
    found = find_series(folder)
    t1c = choose_series(found, {})[Contrast.T1C]
    np.testing.assert_array_equal(
        sitk.GetArrayFromImage(read_series(t1c)), phantom((12, 20, 24), 5)
    )
    assert "no Unicode; rename it" in keys(found)["f1"].refused


def test_hidden_files_of_a_disc_are_read_and_those_of_macos_are_not(case):
    folder, _ = case
    for path in (folder / "S5").iterdir():
        path.with_name(f"._{path.name}").write_bytes(path.read_bytes()[:-2] + b"\0\0")
        path.rename(path.with_name(f".{path.name}"))
    assert len(keys(find_series(folder))["5"].files) == 12


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_linked_folders_are_followed_and_a_pipe_is_not_waited_for(case, tmp_path):
    folder, _ = case
    linked = tmp_path / "linked"
    linked.mkdir()
    (linked / "one").symlink_to(folder / "S5")
    (linked / "up").symlink_to(linked)
    (linked / "nowhere").symlink_to(tmp_path / "nothing")
    os.mkfifo(linked / "pipe")
    image_file(linked / "t2.nii.gz")
    assert [len(series.files) for series in find_series(linked).series] == [12, 1]


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


def test_a_doubled_slice_does_not_part_interleaved_acquisitions(tmp_path):
    patient = Patient()
    slices = patient.series(3, phantom(), T2)
    for place, one in enumerate(slices):
        one.AcquisitionNumber = 1 + place % 2
    again = patient.series(3, phantom(seed=1), T2)[4]
    again.SeriesInstanceUID, again.AcquisitionNumber = slices[0].SeriesInstanceUID, 2
    save_series([*slices, again], tmp_path)
    (series,) = find_series(tmp_path).series
    assert "1 of 13 slices lie where another lies" in series.refused


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
    began = time.process_time()
    found = find_series(tmp_path, lambda *what: told.append(what))
    # About 1.6 s; other work on the machine is not counted.
    assert time.process_time() - began < 6
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


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read every folder"
)
def test_a_folder_that_may_not_be_read_is_refused(case):
    folder, _ = case
    (folder / "S3").chmod(0)
    try:
        with pytest.raises(InputError, match="S3 cannot be read: Permission denied"):
            find_series(folder)
    finally:
        (folder / "S3").chmod(0o700)
