"""TCIA's package BraTS-TCGA-GBM: what is taken out of it, and what is refused."""

import gzip
import hashlib
import json
import stat
import zipfile

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.fetching import FetchError, find_source
from radiogenomics.fetching.brats import choose_images, choose_masks, take
from radiogenomics.fetching.packages import open_package
from radiogenomics.imaging import Grid, find_cases, write_volume

GRID = Grid((32, 28, 24), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
ROOT = "Pre-operative_TCGA_GBM_NIfTI_and_Segmentations"
PATIENTS = {"TCGA-02-0006": "1996.08.23", "TCGA-02-0009": "1997.06.14", "TCGA-06-0119": "2003.1.2"}
AUTOMATIC = "TCGA-06-0119"  # whose segmentation nobody corrected, as of 5 of the real 102


@pytest.fixture
def package(tmp_path, tumour):
    """A package with the names and the layout of TCIA's, three patients, and its list of sums."""
    folder = tmp_path / "BraTS-TCGA-GBM"
    for number, (patient, date) in enumerate(PATIENTS.items()):
        stem = folder / ROOT / patient / f"{patient}_{date}"
        stem.parent.mkdir(parents=True)
        for image in ("t1", "t1Gd", "t2", "flair"):
            voxels = np.full(tumour.shape, 100 + number, np.uint16)
            write_volume(stem.with_name(f"{stem.name}_{image}.nii.gz"), voxels, GRID)
        write_volume(stem.with_name(f"{stem.name}_GlistrBoost.nii.gz"), tumour, GRID)
        if patient != AUTOMATIC:
            corrected = np.roll(tumour, number + 1, axis=1)
            name = f"{stem.name}_GlistrBoost_ManuallyCorrected.nii.gz"
            write_volume(stem.with_name(name), corrected, GRID)
    (folder / ROOT / "TCGA_GBM_radiomicFeatures.csv").write_text("ID\n")
    write_sums(folder)
    return folder


def write_sums(folder):
    lines = [
        f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(folder.parent)}"
        for path in sorted(folder.rglob("*.nii.gz"))
    ]
    (folder / "BraTS-TCGA-GBM.sums").write_text("\n".join(lines) + "\n")


def zipped(folder, tmp_path):
    archive = tmp_path / "package.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for path in sorted(folder.rglob("*")):
            opened.write(path, path.relative_to(folder.parent))
    return archive


def take_masks(package, out, patients=()):
    with open_package(package) as opened:
        return take(opened, choose_masks(opened.sizes(), patients), out, find_source("brats"))


@pytest.mark.parametrize("pack", [lambda folder, _: folder, zipped])
def test_one_segmentation_a_patient_is_taken_the_corrected_one_where_there_is(
    package, tmp_path, pack
):
    out = tmp_path / "masks"
    taken = take_masks(pack(package, tmp_path), out)
    assert taken.patients == tuple(PATIENTS)
    assert taken.automatic == (AUTOMATIC,)
    assert taken.new == 3
    for patient, date in PATIENTS.items():
        which = "GlistrBoost" if patient == AUTOMATIC else "GlistrBoost_ManuallyCorrected"
        served = package / ROOT / patient / f"{patient}_{date}_{which}.nii.gz"
        assert (out / f"{patient}_seg.nii.gz").read_bytes() == served.read_bytes()
    record = json.loads((out / "provenance.json").read_text())
    assert record["licence"] == "CC BY 3.0"
    assert record["not_corrected_by_an_expert"] == [AUTOMATIC]
    assert record["checked"] == ["MD5 sums of the publisher"]
    assert len(record["sha256"]) == 3


def test_no_date_of_a_scan_leaves_the_package(package, tmp_path):
    out = tmp_path / "out"
    take_masks(package, out)
    written = [str(path) + path.read_text(errors="replace") for path in out.iterdir()]
    assert not any(date in text for text in written for date in PATIENTS.values())


def test_measure_finds_a_case_in_each(package, tmp_path):
    take_masks(package, tmp_path / "masks")
    cases = find_cases([tmp_path / "masks"]).cases
    assert [case.patient_id for case in cases] == list(PATIENTS)


def test_images_lie_in_a_folder_a_patient_and_are_recognised(package, tmp_path):
    from radiogenomics.imaging.series import Contrast, choose_series, find_series

    with open_package(package) as opened:
        wanted = choose_images(opened.sizes(), ["TCGA-02-0009"])
        taken = take(opened, wanted, tmp_path / "mr", find_source("brats"))
    assert taken.patients == ("TCGA-02-0009",)
    assert taken.files == 4
    folder = tmp_path / "mr" / "TCGA-02-0009"
    found = find_series(folder, lambda *_: None)
    chosen = choose_series(found, {})
    assert set(chosen) == {Contrast.T1C, Contrast.FLAIR, Contrast.T2, Contrast.T1}
    assert chosen[Contrast.T1C].files[0].name == "TCGA-02-0009_t1c.nii.gz"


def test_files_that_are_there_are_left_and_absent_ones_added(package, tmp_path):
    out = tmp_path / "masks"
    take_masks(package, out)
    first = out / "TCGA-02-0006_seg.nii.gz"
    before = first.stat().st_mtime_ns
    (out / "TCGA-02-0009_seg.nii.gz").unlink()
    assert take_masks(package, out).new == 1
    assert first.stat().st_mtime_ns == before


def test_another_file_under_the_name_is_never_replaced(package, tmp_path):
    out = tmp_path / "masks"
    out.mkdir()
    (out / "TCGA-02-0009_seg.nii.gz").write_bytes(b"my own")
    with pytest.raises(InputError, match=r"TCGA-02-0009_seg.nii.gz is there already"):
        take_masks(package, out)
    assert (out / "TCGA-02-0009_seg.nii.gz").read_bytes() == b"my own"


def test_a_file_that_is_not_what_tcia_packed_is_refused(package, tmp_path):
    path = next(package.rglob("TCGA-02-0009*ManuallyCorrected*"))
    path.write_bytes(gzip.compress(b"whole, and another"))
    with pytest.raises(FetchError, match=r"TCGA-02-0009.* is not what TCIA packed"):
        take_masks(package, tmp_path / "masks")
    assert not (tmp_path / "masks" / "TCGA-02-0009_seg.nii.gz").exists()


@pytest.mark.parametrize("pack", [lambda folder, _: folder, zipped])
def test_a_truncated_file_is_refused_without_a_list_of_sums_too(package, tmp_path, pack):
    (package / "BraTS-TCGA-GBM.sums").unlink()
    path = next(package.rglob("TCGA-02-0006*ManuallyCorrected*"))
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(FetchError, match=r"TCGA-02-0006.* in the package is damaged"):
        take_masks(pack(package, tmp_path), tmp_path / "masks")
    assert not (tmp_path / "masks" / "TCGA-02-0006_seg.nii.gz").exists()


def test_a_zip_archive_with_a_damaged_member_is_refused(package, tmp_path):
    archive = zipped(package, tmp_path)
    data = bytearray(archive.read_bytes())
    member = next(package.rglob("TCGA-02-0009*ManuallyCorrected*")).read_bytes()
    at = bytes(data).index(member)
    data[at + len(member) // 2] ^= 0xFF
    archive.write_bytes(data)
    with pytest.raises(FetchError, match=r"damaged"):
        take_masks(archive, tmp_path / "masks")


@pytest.mark.parametrize(
    "name", ["../escape.nii.gz", "/etc/escape", "a/../../escape", "..\\escape", "C:\\escape"]
)
def test_a_member_whose_path_leads_out_is_refused(tmp_path, name):
    archive = tmp_path / "evil.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(f"{ROOT}/TCGA-02-0006/TCGA-02-0006_1996.08.23_GlistrBoost.nii.gz", b"")
        opened.writestr(name, b"out")
    with pytest.raises(InputError, match="leads out of the folder"):
        take_masks(archive, tmp_path / "masks")
    assert not (tmp_path / "masks").exists()
    assert not list(tmp_path.rglob("escape*"))


def test_a_member_that_is_a_link_is_refused(tmp_path):
    archive = tmp_path / "evil.zip"
    link = zipfile.ZipInfo(f"{ROOT}/TCGA-02-0006_1996.08.23_GlistrBoost.nii.gz")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="is a link"):
        take_masks(archive, tmp_path / "masks")


def test_two_segmentations_of_one_patient_are_not_chosen_between(package, tmp_path):
    extra = package / ROOT / "TCGA-02-0006" / "TCGA-02-0006_1997.01.01_GlistrBoost.nii.gz"
    extra.write_bytes(b"")
    with pytest.raises(InputError, match=r"two files GlistrBoost of TCGA-02-0006"):
        take_masks(package, tmp_path / "masks")


def test_a_patient_without_a_segmentation_is_said(package, tmp_path):
    with pytest.raises(InputError, match=r"no segmentations .* of TCGA-99-0001"):
        take_masks(package, tmp_path / "masks", ["TCGA-02-0006", "TCGA-99-0001"])


def test_a_folder_that_is_no_package_is_said(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="Name the folder that holds Pre-operative"):
        take_masks(tmp_path / "empty", tmp_path / "masks")
    with pytest.raises(InputError, match="There is no folder or archive"):
        take_masks(tmp_path / "absent", tmp_path / "masks")
    (tmp_path / "text").write_text("text")
    with pytest.raises(InputError, match="neither a folder nor a zip archive"):
        take_masks(tmp_path / "text", tmp_path / "masks")


def test_the_command_says_how_to_get_the_package(command):
    process = command("fetch", "masks")
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "https://www.cancerimagingarchive.net/analysis-result/brats-tcga-gbm/" in said
    assert "radiogenomics fetch masks --package FOLDER" in said
    assert "needs --package" in complained


@pytest.mark.slow
def test_masks_from_the_command_are_measured_by_the_next(package, command, tmp_path):
    out = tmp_path / "public"
    process = command("fetch", "masks", "--package", package, "--out", out, "--accept")
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 0, complained
    assert "CC BY 3.0" in said
    assert "masks: 3 patients, 3 files, 3 new." in said
    assert f"No expert corrected those of: {AUTOMATIC}" in said
    features = tmp_path / "features.csv"
    measured = command("measure", out / "masks", "--labels", "brats", "--out", features)
    assert measured.wait(timeout=60) == 0
    measured.communicate()
    text = features.read_text()
    assert all(patient in text for patient in PATIENTS)


@pytest.mark.slow
def test_the_package_from_an_address_is_fetched_and_unpacked(
    package, serve, command, tmp_path, reply
):
    archive = zipped(package, tmp_path).read_bytes()
    server = serve(archive)
    server.replies = [reply(cut_after=len(archive) // 2)]
    out = tmp_path / "public"
    process = command("fetch", "masks", "--from", server.address, "--out", out, "--accept")
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 0, complained
    assert "masks: 3 patients, 3 files, 3 new." in said
    assert (out / "BraTS-TCGA-GBM.zip").read_bytes() == archive
    assert len(server.asked) == 2

    arguments = ("--package", out / "BraTS-TCGA-GBM.zip", "--patients", "TCGA-02-0006")
    process = command("fetch", "mr", *arguments, "--out", out, "--accept")
    said, complained = process.communicate(timeout=60)
    assert process.returncode == 0, complained
    assert f"radiogenomics prepare {out / 'mr'}/PATIENT" in said
    assert sorted(path.name for path in (out / "mr" / "TCGA-02-0006").iterdir()) == [
        f"TCGA-02-0006_{image}.nii.gz" for image in ("flair", "t1", "t1c", "t2")
    ]
