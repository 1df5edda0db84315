"""Which sample of a TCGA patient is taken, and what is said of the others."""

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.expression import read_expression
from radiogenomics.expression.barcodes import choose_samples


def chosen(*names):
    return [names[index] for index in choose_samples("e.tsv", names).indices]


def dropped(report):
    return [(one.what, one.count, one.reason, one.examples) for one in report.dropped]


def test_samples_other_than_primary_tumours_are_left_out_and_counted(write):
    matrix = read_expression(
        write(
            [
                ["sample", "TCGA-02-0001-01", "TCGA-02-0001-02", "TCGA-02-0003-11",
                 "TCGA-02-0004-01", "TCGA-02-0006-11"],
                ["EGFR", 1, 2, 3, 4, 5],
                ["TP53", 6, 7, 8, 9, 10],
            ]
        )
    )  # fmt: skip

    assert matrix.patient_ids == ("TCGA-02-0001", "TCGA-02-0004")
    np.testing.assert_array_equal(matrix.values, [[1, 6], [4, 9]])
    assert dropped(matrix.report) == [
        ("samples", 1, "of sample type 02 (recurrent tumour), not a primary tumour",
         ("TCGA-02-0001-02",)),
        ("samples", 2, "of sample type 11 (solid tissue, normal), not a primary tumour",
         ("TCGA-02-0003-11", "TCGA-02-0006-11")),
    ]  # fmt: skip
    assert (
        "1 sample left out: of sample type 02 (recurrent tumour), not a primary tumour "
        "(TCGA-02-0001-02)." in matrix.report.messages
    )


def test_a_file_of_normal_tissue_only_is_refused(write):
    path = write([["gene", "TCGA-02-0001-11", "TCGA-02-0003-11"], ["EGFR", 1, 2]])

    with pytest.raises(InputError, match=r"no primary tumour .*2 of sample type 11"):
        read_expression(path)


# The rule is Broad's: https://gdac.broadinstitute.org/runs/gdc/report_2017_07_22/
# TCGA-LAML_Replicate_Samples.html, after the vial.
@pytest.mark.parametrize(
    ("taken", "left", "reason"),
    [
        ("TCGA-02-0001-01A-01T-0179-07", "TCGA-02-0001-01B-01H-1849-07", "another vial"),
        ("TCGA-02-0001-01A", "TCGA-02-0001-01C", "another vial"),
        ("TCGA-02-0001-01A-01H-0179-07", "TCGA-02-0001-01A-01R-1849-07", "another analyte"),
        ("TCGA-02-0001-01A-01R-0179-07", "TCGA-02-0001-01A-01T-1849-07", "another analyte"),
        ("TCGA-02-0001-01A-01R-1849-01", "TCGA-02-0001-01A-02R-0179-01", "on a later plate"),
        ("TCGA-02-0001-01A-01R-A96S-01", "TCGA-02-0001-01A-01R-1849-01", "on a later plate"),
        ("TCGA-02-0001-01A-02R-1849-01", "TCGA-02-0001-01A-01R-1849-01", "another aliquot"),
        ("TCGA-02-0001-01", "TCGA-02-0001", "another aliquot"),
    ],
)
def test_one_sample_a_patient_is_taken_by_the_stated_rule(taken, left, reason):
    assert chosen(taken, left) == chosen(left, taken) == [taken]
    choice = choose_samples("e.tsv", [left, taken, "TCGA-02-0003-01A"])
    assert choice.patient_ids == ("TCGA-02-0001", "TCGA-02-0003")
    [out] = choice.dropped
    assert (out.count, out.examples) == (1, (left,))
    assert reason in out.reason
    assert choice.notes[0].startswith("Of several samples of a patient")


def test_the_values_are_those_of_the_sample_that_was_taken(write):
    path = write(
        "patient,EGFR\nTCGA-02-0001-01B-01R-1849-01,1\nTCGA-02-0003-01A,2\n"
        "TCGA-02-0001-01A-01R-0179-01,3\n"
    )
    matrix = read_expression(path)

    assert matrix.patient_ids == ("TCGA-02-0003", "TCGA-02-0001")
    np.testing.assert_array_equal(matrix.values, [[2], [3]])


def test_a_rule_that_had_nothing_to_decide_is_not_told():
    assert choose_samples("e.tsv", ["TCGA-02-0001-01A", "GSM1"]).notes == ()


def test_a_patient_twice_without_a_barcode_is_refused():
    with pytest.raises(InputError, match=r"e\.tsv: 1 patient occurs more than once \(GSM1\)"):
        choose_samples("e.tsv", ["GSM1", "GSM2", "GSM1"])


def test_a_patient_without_any_value_is_left_out_and_said(write):
    matrix = read_expression(write("patient,EGFR,TP53\np1,1,2\np2,,NA\np3,3,\n"))

    assert matrix.patient_ids == ("p1", "p3")
    assert dropped(matrix.report) == [("samples", 1, "without any value", ("p2",))]
    assert matrix.report.n_missing == 1
