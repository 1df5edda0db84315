"""Which MR series of the Commons are chosen, and whose."""

import importlib

import pandas as pd
import pytest

from radiogenomics.errors import InputError
from radiogenomics.fetching.idc import COLUMNS, choose_series, read_index
from radiogenomics.fetching.patients import read_patients


def row(patient, date, description, uid, files=20):
    return {
        "collection_id": "c",
        "PatientID": patient,
        "StudyDate": date,
        "SeriesInstanceUID": uid,
        "SeriesDescription": description,
        "Modality": "MR",
        "instanceCount": files,
        "series_size_MB": 1.5,
        "series_aws_url": f"s3://bucket/{uid}/*",
        "license_short_name": "CC BY 4.0",
        "source_DOI": "10.1/x",
    }


def index(*rows):
    return pd.DataFrame(rows, columns=COLUMNS)


def test_the_anatomical_series_of_the_first_day_are_chosen():
    table = index(
        row("P1", "2002-02-06", "t1 axial stealth-post", "1.1"),
        row("P1", "2002-02-06", "t2_Flair_axial", "1.2"),
        row("P1", "2002-02-06", "ep2d_DTI_30dir", "1.3"),
        row("P1", "2002-02-06", "ep2d_perf BOLUS", "1.4"),
        row("P1", "2002-02-06", None, "1.5"),  # not known, so fetched
        row("P1", "2003-01-01", "t1 axial stealth-post", "1.6"),
        row("P2", "2001-05-05", "AX DWI", "2.1"),
        row("P3", "2001-05-05", "AX DWI", "3.1"),
        row("P3", "2001-05-06", "t1", "3.2"),
    )
    selection = choose_series(table, "c")
    assert [one.uid for one in selection.series] == ["1.1", "1.2", "1.5", "3.2"]
    assert selection.left_out == {"of a later day": 1, "no T1, T2 or FLAIR": 4}
    assert selection.without == ("P2",)
    assert selection.patients == ("P1", "P3")
    assert selection.terms() == [
        "Series:  4 of 2 patients, 6 MB",
        "         under CC BY 4.0, cite doi:10.1/x",
    ]


@pytest.mark.parametrize(
    ("description", "fetched"),
    [
        ("Axial T2 tse", True), ("AX T1 3D POST STEALTH", True), ("T2 SAG SPACE", True),
        ("T1 MPRAGE AXIAL IPAT", True), ("SE T1 +C", True), ("FLAIR", True),
        ("MDDW DTI AXIAL 30 DIRECTION", False), ("PERFUSION GRE", False), ("3 PL LOCALIZER", False),
        ("ADC (10^-6 mm^2/s)", False), ("calibration", False),
    ],
)  # fmt: skip
def test_only_what_surely_is_no_t1_t2_or_flair_is_left_out(description, fetched):
    table = index(row("P1", "2002-02-06", description, "1.1"))
    assert bool(choose_series(table, "c").series) is fetched


def test_only_named_patients_are_chosen_and_absent_ones_are_said():
    table = index(row("P1", "2002-02-06", "t1", "1.1"), row("P2", "2002-02-06", "t1", "2.1"))
    assert choose_series(table, "c", ["P2"]).patients == ("P2",)
    with pytest.raises(InputError, match="has no MR of P3, P4"):
        choose_series(table, "c", ["P1", "P4", "P3"])


def test_a_collection_without_mr_is_said_with_what_there_is_instead():
    with pytest.raises(InputError, match=r"no MR of 'tcga_gbm'.*fetch mr --package FOLDER"):
        choose_series(index(), "tcga_gbm")


def test_an_index_that_would_lead_out_of_the_folder_is_refused():
    with pytest.raises(InputError, match="no DICOM UID"):
        choose_series(index(row("P1", "2002-02-06", "t1", "../1")), "c")
    with pytest.raises(InputError, match="cannot be a patient id"):
        choose_series(index(row("../P1", "2002-02-06", "t1", "1.1")), "c")


def test_patients_are_read_from_ids_a_list_and_a_folder_of_masks(tmp_path):
    assert read_patients(" TCGA-02-0009,TCGA-02-0006, TCGA-02-0009") == (
        "TCGA-02-0009",
        "TCGA-02-0006",
    )
    (tmp_path / "list.txt").write_text("TCGA-02-0006\n\nTCGA-02-0009\n")
    assert read_patients(str(tmp_path / "list.txt")) == ("TCGA-02-0006", "TCGA-02-0009")
    masks = tmp_path / "masks"
    masks.mkdir()
    for name in ("TCGA-02-0009_seg.nii.gz", "TCGA-02-0006_seg.nii", "provenance.json"):
        (masks / name).write_bytes(b"")
    assert read_patients(str(masks)) == ("TCGA-02-0006", "TCGA-02-0009")


@pytest.mark.parametrize("text", ["", ",", "../x", "a b"])
def test_what_names_no_patient_is_refused(text, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    with pytest.raises(InputError, match="patient"):
        read_patients(text)


def test_without_the_index_it_says_what_to_install():
    try:
        importlib.import_module("idc_index_data")
    except ImportError:
        with pytest.raises(InputError, match=r"pip install './backend\[fetch\]'"):
            read_index("tcga_gbm")
    else:
        pytest.skip("the index is installed")


@pytest.mark.slow
def test_the_installed_index_is_read_as_it_is():
    pytest.importorskip("idc_index_data", reason="idc-index-data is not installed")
    table = read_index("upenn_gbm")
    assert tuple(table.columns) == COLUMNS
    assert set(table["Modality"]) == {"MR"}
    selection = choose_series(table, "upenn_gbm", ["UPENN-GBM-00001"])
    assert 4 <= len(selection.series) <= 6
    assert all(one.address.startswith("s3://") for one in selection.series)
    assert all(one.address.endswith("/*") for one in selection.series)
    assert all(one.files > 10 for one in selection.series)
    assert all(one.licence.startswith("CC BY") for one in selection.series)
    # What the README says: nothing of TCGA-GBM's MR is handed out.
    assert read_index("tcga_gbm").empty
