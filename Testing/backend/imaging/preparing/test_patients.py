"""Which patient a case is of: never from a name that may be a person's."""

from pathlib import Path

import pytest

from radiogenomics.errors import InputError
from radiogenomics.imaging.preparing.patients import folder_of, patient_of
from radiogenomics.imaging.series import Format, Series


def found(*names):
    return [
        Series(str(n), f"file {n}", Format.NIFTI, (Path("somewhere", name),), None, "")
        for n, name in enumerate(names, 1)
    ]


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("TCGA-02-0006_t1c.nii.gz", "TCGA-02-0006"),
        ("BraTS-GLI-00005-100-t1c.nii.gz", "BraTS-GLI-00005-100"),
        ("BraTS20_Training_001_t1ce.nii.gz", "BraTS20_Training_001"),
        ("BraTS2021_00000_t1ce.nii.gz", "BraTS2021_00000"),
        ("UPENN-GBM-00002_11_T1GD.nii.gz", "UPENN-GBM-00002_11"),
        ("UCSF-PDGM-0004_T1c.nii.gz", "UCSF-PDGM-0004"),
        ("sub-07_ses-1_ce-gd_T1w.nii.gz", "sub-07"),
    ],
)
def test_names_of_public_collections_and_bids_tell_the_patient(name, patient):
    assert patient_of(found(name), Path("somewhere")) == patient


@pytest.mark.parametrize(
    "name",
    [
        "Novak_Jan_t1c.nii.gz",
        "novak1965_t1c.nii.gz",
        "t1c.nii.gz",
        "XTCGA-02-0006_t1c.nii.gz",
        "7.dcm",
    ],
)
def test_any_other_name_asks_for_the_patient_and_is_not_repeated(name):
    with pytest.raises(InputError, match="--patient") as refused:
        patient_of(found(name), Path("somewhere"))
    assert "novak" not in str(refused.value).lower()


def test_files_of_two_patients_or_of_one_and_an_unknown_are_refused():
    with pytest.raises(InputError, match=r"several patients .TCGA-02-0006, TCGA-02-0007"):
        patient_of(found("TCGA-02-0006_t1c.nii.gz", "TCGA-02-0007_t2.nii.gz"), Path("somewhere"))
    with pytest.raises(InputError, match="--patient"):
        patient_of(found("TCGA-02-0006_t1c.nii.gz", "t2.nii.gz"), Path("somewhere"))


def test_subject_of_a_bids_folder_is_chosen_by_the_patient(tmp_path):
    for number in range(30):
        (tmp_path / f"sub-{number:02d}").mkdir()
    assert folder_of(tmp_path, "sub-03") == tmp_path / "sub-03"
    assert folder_of(tmp_path / "sub-03", "P1") == tmp_path / "sub-03"
    with pytest.raises(InputError, match=r"30 subjects.* sub-00, .* and 10 more"):
        folder_of(tmp_path, None)
    with pytest.raises(InputError, match=r"30 subjects"):
        folder_of(tmp_path, "P1")
