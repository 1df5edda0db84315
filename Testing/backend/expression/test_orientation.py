"""Which way round a table lies, and why."""

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.expression import read_expression
from radiogenomics.expression.orientation import decide_orientation

UNKNOWN = {"rows": ["a", "b"], "columns": ["f1", "f2"]}


def decided(rows, columns, corner="", **kwargs):
    oriented = decide_orientation("e.csv", rows, columns, corner, **kwargs)
    return oriented.rows, oriented.because


@pytest.mark.parametrize(
    ("rows", "columns", "corner", "expected"),
    [
        (["g1", "g2"], ["TCGA-02-0001-01A", "TCGA-02-0003"], "",
         ("genes", "2 of 2 column names are TCGA barcodes")),
        (["GSM1", "GSM2", "other"], ["g1"], "",
         ("patients", "2 of 3 row names are ids of patients or samples")),
        (["C3L-00104", "C3N-01234"], ["g1"], "", ("patients", "2 of 2 row names are ids of "
         "patients or samples")),
        (["EGFR", "ENSG00000141510.18", "?|12", "AFFX-BioB-3_at"], ["x1"], "",
         ("genes", "4 of 4 row names are known genes")),
        (["x1"], ["EGFR|1956", "LOC1"], "", ("patients", "1 of 2 column names are known genes")),
        # What the ids say comes before the name of the first column.
        (["EGFR", "x"], ["p1", "p2"], "patient", ("genes", "1 of 2 row names are known genes")),
        (["a"], ["f1"], "Patient ID", ("patients", "the first column is named Patient ID")),
        (["a"], ["f1"], "Gene Symbol", ("genes", "the first column is named Gene Symbol")),
    ],
)  # fmt: skip
def test_the_ids_tell_then_the_first_column(rows, columns, corner, expected):
    assert decided(rows, columns, corner) == expected


def test_patients_and_genes_that_are_expected_tell():
    known = {"patients": {"a", "z"}, "genes": {"f2"}}

    assert decided(**UNKNOWN, patients={"a", "z"}) == (
        "patients", "1 of 2 row names are known patients",
    )  # fmt: skip
    assert decided(UNKNOWN["columns"], UNKNOWN["rows"], **known)[0] == "genes"
    assert decided(**UNKNOWN, genes={"f2"}) == (
        "patients", "1 of 2 column names are known genes",
    )  # fmt: skip
    assert decided(UNKNOWN["columns"], UNKNOWN["rows"], genes={"f2"})[0] == "genes"


def test_what_a_format_usually_has_is_the_last_resort():
    assert decided(**UNKNOWN, usual="genes") == ("genes", "as the format has it")
    assert decided(["TCGA-02-0001"], ["f1"], usual="genes")[0] == "patients"


@pytest.mark.parametrize("corner", ["", "sample", "id"])
def test_what_cannot_be_told_is_refused_with_the_way_to_say_it(corner):
    with pytest.raises(InputError, match=r"rows a, b, columns f1, f2.*--orientation"):
        decided(**UNKNOWN, corner=corner)


def test_the_user_can_say_it(write):
    path = write([["sample", "f1", "f2"], ["a", 1, 2], ["b", 3, 4]])
    by_patients = read_expression(path, orientation="patients")
    by_genes = read_expression(path, orientation="genes")

    assert (by_patients.patient_ids, by_patients.genes) == (("a", "b"), ("f1", "f2"))
    assert (by_genes.patient_ids, by_genes.genes) == (("f1", "f2"), ("a", "b"))
    np.testing.assert_array_equal(by_genes.values, by_patients.values.T)
    assert by_genes.report.rows_because == "as asked"


def test_the_user_cannot_make_patients_genes():
    with pytest.raises(InputError, match="said to be patients, but 1 of 1 column names are TCGA"):
        decided(["a"], ["TCGA-02-0001"], asked="patients")


def test_another_orientation_is_refused(write):
    with pytest.raises(InputError, match="orientation is 'samples'; say patients or genes"):
        read_expression(write([["patient", "f1"], ["a", 1]]), orientation="samples")
