"""``radiogenomics prepare`` as a user types it: what goes well, and every bad input of a clinic."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
import SimpleITK as sitk

from radiogenomics.imaging.series import Contrast
from radiogenomics.study import Study

from ..imaging.dicom_writing import FLAIR, SECRETS, T1C, Geometry, Patient, save_series
from ..imaging.preparing.heads import (
    STILL,
    contents,
    head,
    knee,
    moved,
    readable,
    write_heads,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def study(tmp_path):
    return Study.create(tmp_path / "study", name="s", labels="brats")


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    return write_heads(
        tmp_path_factory.mktemp("source") / "heads", contrasts=(Contrast.T1C, Contrast.FLAIR)
    )


@pytest.fixture(scope="module")
def mask(heads):
    return heads.parent / "mask-of-the-brain.nii.gz"


@pytest.fixture(scope="module")
def in_one_go(tmp_path_factory, radiogenomics, heads, mask):
    """A study whose case was prepared without a stop, and what the command said."""
    study = Study.create(tmp_path_factory.mktemp("whole") / "s", name="s", labels="brats")
    options = ["--patient", "P1", "--brain-mask", mask, "--study", study.root]
    return study.root, radiogenomics("prepare", heads, *options)


def series_of(patient, number, tags, contrast, transform=STILL):
    image = head(contrast, transform=transform)
    geometry = Geometry(spacing=image.GetSpacing(), origin=image.GetOrigin())
    return patient.series(number, sitk.GetArrayFromImage(image), tags, geometry)


def refused(ran, *words):
    """One message, exit code 2, no traceback."""
    assert ran.returncode == 2, (ran.stdout, ran.stderr)
    assert ran.stderr.count("Error:") == 1
    assert "Traceback" not in ran.stderr
    for word in words:
        assert word in ran.stderr


def test_case_is_prepared_looked_at_corrected_and_listed(
    radiogenomics, in_one_go, heads, mask, tmp_path
):
    root, ran = in_one_go
    assert ran.returncode == 0, ran.stderr
    assert "P1: prepared, t1c, flair." in ran.stdout
    assert f"Look at {root / 'check' / 'P1.preparation.html'}" in ran.stdout
    study = Study.open(shutil.copytree(root, tmp_path / "copy"))
    options = ["--study", study.root, "--patient", "P1", "--brain-mask", mask]
    page = study.root / "check" / "P1.preparation.html"
    assert "does not look like a whole adult brain" in ran.stderr
    log = (study.root / "progress.jsonl").read_text()
    stages = [json.loads(line)["stage"] for line in log.splitlines()]
    assert {"read", "registering flair", "resample", "strip"} <= set(stages)

    ran = radiogenomics("prepare", heads, *options)
    assert "there already, unchanged" in ran.stdout

    path = study.case("P1").folder / "images" / "brain_mask.nii.gz"
    corrected = sitk.ReadImage(str(path))
    corrected[:36, :, :] = 0
    sitk.WriteImage(corrected, str(path))
    ran = radiogenomics("prepare", "--again", "--study", study.root, "--patient", "P1")
    assert ran.returncode == 0, ran.stderr
    assert "brain mask applied anew" in ran.stdout
    assert "corrected by hand, from file" in page.read_text()

    ran = radiogenomics("check", study.root)
    assert ran.returncode == 0, ran.stderr
    index = (study.root / "check" / "index.html").read_text()
    assert 'href="P1.preparation.html"' in index


def test_dicom_with_a_name_everywhere_becomes_a_case_without_one(
    radiogenomics, study, mask, tmp_path
):
    patient = Patient()
    source = tmp_path / "Zweistein^Zacharias"
    named = tmp_path / "Zweistein-mask.nii.gz"
    shutil.copyfile(mask, named)
    for number, tags, contrast in ((3, T1C, Contrast.T1C), (4, FLAIR, Contrast.FLAIR)):
        slices = series_of(patient, number, tags, contrast, STILL if number == 3 else moved())
        save_series(slices, source / "MRN7734551" / f"{number}")
    ran = radiogenomics(
        "prepare",
        source,
        "--study",
        study.root,
        "--patient",
        "P1",
        "--brain-mask",
        named,
        "--bias-correction",
    )
    assert ran.returncode == 0, ran.stderr
    written = contents(study.root)
    assert "check/P1.preparation.html" in written
    for secret in SECRETS:
        assert secret not in (ran.stdout + ran.stderr).lower()
        for name, content in written.items():
            assert secret.encode() not in readable(content).lower(), (secret, name)


def test_patient_is_asked_for_and_not_taken_from_dicom(radiogenomics, study, tmp_path):
    save_series(series_of(Patient(), 3, T1C, Contrast.T1C), tmp_path / "d")
    ran = radiogenomics("prepare", tmp_path / "d", "--study", study.root)
    refused(ran, "--patient")
    assert not any(secret in ran.stderr.lower() for secret in SECRETS)


def test_folder_of_bids_with_several_subjects_is_refused_with_their_list(
    radiogenomics, study, heads, mask, tmp_path
):
    for subject in ("sub-01", "sub-02"):
        folder = tmp_path / "bids" / subject / "anat"
        folder.mkdir(parents=True)
        shutil.copy(heads / "t1c.nii.gz", folder / f"{subject}_ce-gadolinium_T1w.nii.gz")
    (tmp_path / "bids" / "dataset_description.json").write_text("{}")
    options = ["--study", study.root, "--brain-mask", mask]
    refused(
        radiogenomics("prepare", tmp_path / "bids", *options), "sub-01, sub-02", "--patient sub-01"
    )
    ran = radiogenomics("prepare", tmp_path / "bids", *options, "--patient", "sub-02")
    assert ran.returncode == 0, ran.stderr
    assert [case.patient_id for case in study.cases()] == ["sub-02"]


def test_folder_without_images(radiogenomics, study, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "report.pdf").write_bytes(b"%PDF")
    ran = radiogenomics("prepare", tmp_path / "empty", "--study", study.root, "--patient", "P1")
    refused(ran, "holds no image", "1 files")


def test_two_patients_in_one_folder(radiogenomics, study, tmp_path):
    for number, name in enumerate(("Eins", "Zwei")):
        patient = Patient(identity={"PatientName": name, "PatientID": name})
        slices = series_of(patient, 3, T1C, Contrast.T1C)
        save_series(slices, tmp_path / "d" / str(number))
    ran = radiogenomics("prepare", tmp_path / "d", "--study", study.root, "--patient", "P1")
    refused(ran, "2 patients")
    assert "Eins" not in ran.stderr


def test_series_with_a_missing_slice(radiogenomics, study, tmp_path):
    slices = series_of(Patient(), 3, T1C, Contrast.T1C)
    save_series(slices[:9] + slices[10:], tmp_path / "d")
    ran = radiogenomics("prepare", tmp_path / "d", "--study", study.root, "--patient", "P1")
    refused(ran, "missing")
    assert study.cases() == []


def test_flair_alone(radiogenomics, study, heads, tmp_path):
    (tmp_path / "d").mkdir()
    shutil.copy(heads / "flair.nii.gz", tmp_path / "d")
    ran = radiogenomics("prepare", tmp_path / "d", "--study", study.root, "--patient", "P1")
    refused(ran, "T1 with contrast", "--t1c")


def test_knee_is_shown_and_not_taken_unless_accepted(radiogenomics, study, heads, mask, tmp_path):
    (tmp_path / "d").mkdir()
    shutil.copy(heads / "t1c.nii.gz", tmp_path / "d")
    sitk.WriteImage(knee(), str(tmp_path / "d" / "flair.nii.gz"))
    options = ["--study", study.root, "--patient", "P1", "--brain-mask", mask]
    ran = radiogenomics("prepare", tmp_path / "d", *options)
    page = study.root / "preparing" / "P1" / "P1.preparation.html"
    refused(ran, "FLAIR to T1 with contrast", "may have failed", "--accept-doubtful", str(page))
    assert "may have failed" in page.read_text()
    assert study.cases() == []
    ran = radiogenomics("prepare", tmp_path / "d", *options, "--accept-doubtful")
    assert ran.returncode == 0, ran.stderr
    assert "FLAIR to T1 with contrast" in ran.stderr
    assert not page.exists()


def test_localiser(radiogenomics, study, tmp_path):
    patient = Patient()
    slices = series_of(patient, 3, T1C, Contrast.T1C)[:3]
    for dataset, columns in zip(slices, ((0, 1, 0), (0, 0, -1), (0, 0, -1)), strict=True):
        dataset.ImageOrientationPatient = [1, 0, 0, *columns]
        dataset.SeriesDescription = "3-plane localizer"
    save_series(slices, tmp_path / "d")
    ran = radiogenomics("prepare", tmp_path / "d", "--study", study.root, "--patient", "P1")
    refused(ran, "T1 with contrast")


def test_a_thousand_small_files_in_nested_folders_with_odd_names(
    radiogenomics, study, mask, tmp_path, rng
):
    source = tmp_path / "disc"
    for number in range(1000):
        folder = source.joinpath(*(f"Ordner {digit} (ä)" for digit in str(number)[:2]))
        folder.mkdir(parents=True, exist_ok=True)
        name = ("a b", "ü'", "[x]", "-rf", "%41", "*", "IM", "ﷺ", "t1c", "$HOME")[number % 10]
        (folder / f"{name}.{number}").write_bytes(rng.bytes(int(rng.integers(0, 300))))
    slices = series_of(Patient(), 3, T1C, Contrast.T1C)
    save_series(slices, source / "Ordner 1 (ä)" / "x", "☃ {:03d} '")
    ran = radiogenomics(
        "prepare", source, "--study", study.root, "--patient", "P1", "--brain-mask", mask
    )
    assert ran.returncode == 0, ran.stderr
    assert "P1: prepared, t1c." in ran.stdout


def test_study_that_is_none_or_cannot_be_written_to(radiogenomics, study, heads, mask, tmp_path):
    options = ["--patient", "P1", "--brain-mask", mask]
    ran = radiogenomics("prepare", heads, *options, "--study", tmp_path / "no")
    refused(ran, "radiogenomics study init")
    (study.root / "preparing").write_text("")
    ran = radiogenomics("prepare", heads, *options, "--study", study.root)
    assert ran.returncode == 1
    assert "Cannot create" in ran.stderr
    assert "write to" in ran.stderr
    assert ran.stderr.count("Error:") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--patient", "P1", "--t2", "77"], "--t2 77"),
        (["--patient", "P1", "--again"], "--again takes no INPUT"),
    ],
)
def test_option_that_cannot_be(radiogenomics, study, heads, options, words):
    refused(radiogenomics("prepare", heads, "--study", study.root, *options), words)
    assert not (study.root / "preparing").exists()
    assert study.cases() == []


def test_killed_and_interrupted_the_same_command_goes_on(
    radiogenomics, in_one_go, study, heads, mask
):
    options = ["--patient", "P1", "--brain-mask", mask, "--study", study.root]
    log = study.root / "progress.jsonl"
    for how, stage in ((signal.SIGKILL, "registering"), (signal.SIGINT, "registering flair")):
        log.unlink(missing_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "radiogenomics.cli.main", "prepare", heads, *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={k: v for k, v in os.environ.items() if k != "COVERAGE_PROCESS_CONFIG"},
        )  # fmt: skip
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not (log.exists() and stage in log.read_text()):
            time.sleep(0.02)
        process.send_signal(how)
        _, said = process.communicate(timeout=30)
        if how is signal.SIGINT:
            assert process.returncode == 130
            assert "run the same again to go on" in said
        assert study.cases() == []
    assert radiogenomics("prepare", heads, *options).returncode == 0
    root, _ = in_one_go
    assert contents(study.root, {"progress.jsonl"}) == contents(root, {"progress.jsonl"})
