"""What counts as a gene, and what several rows of one become."""

import numpy as np
import pytest

from radiogenomics.expression import read_expression


def dropped(report):
    return {one.reason: (one.what, one.count, one.examples) for one in report.dropped}


def test_several_rows_of_a_gene_become_their_mean_and_are_counted(write):
    matrix = read_expression(
        write(
            [
                ["gene", "GSM1", "GSM2", "GSM3"],
                ["EGFR", 1, 2, ""],
                ["TP53", 7, 8, 9],
                ["EGFR", 3, "NA", ""],
                ["EGFR", 5, 6, ""],
            ]
        )
    )

    assert matrix.genes == ("EGFR", "TP53")
    np.testing.assert_array_equal(matrix.values, [[3, 7], [4, 8], [np.nan, 9]])
    [note] = matrix.report.notes
    assert note.startswith("1 gene with 3 rows (EGFR): a gene with several rows is their mean")


def test_what_a_gene_becomes_does_not_depend_on_the_other_patients(write):
    rows = [["gene", "GSM1", "GSM2"], ["EGFR", 1, 50], ["EGFR", 3, 2], ["TP53", 4, 4]]
    together = read_expression(write(rows))
    alone = read_expression(write([row[:2] for row in rows], "alone.tsv"))

    np.testing.assert_array_equal(together.rows(["GSM1"]).values, alone.values)


def test_rows_that_are_no_single_gene_are_left_out_and_counted(write):
    names = ["?|100130426", "", "NA", "---", "EGFR|1956", "1-Mar", "Sep-02", "A1 /// B2", "SEPT2"]
    matrix = read_expression(write([["gene", "GSM1"], *([name, 5] for name in names)]))

    assert matrix.genes == ("EGFR", "SEPT2")
    assert dropped(matrix.report) == {
        "without a symbol": ("genes", 4, ("?|100130426", "---")),
        "a spreadsheet turned the symbol into a date": ("genes", 2, ("1-Mar", "Sep-02")),
        "several genes in one row": ("genes", 1, ("A1 /// B2",)),
    }


def test_ensembl_ids_lose_their_version_and_the_y_copies(write):
    rows = [["gene_id", "s1"], ["ENSG00000146648.18", 2], ["ENSG00000002586.20", 3],
            ["ENSG00000002586.20_PAR_Y", 0]]  # fmt: skip
    matrix = read_expression(write(rows))

    assert matrix.genes == ("ENSG00000146648", "ENSG00000002586")
    np.testing.assert_array_equal(matrix.values, [[2, 3]])
    assert "Genes are named by Ensembl ids" in matrix.report.notes[0]
    assert next(iter(dropped(matrix.report))).startswith("the Y copy")


@pytest.mark.parametrize(
    ("header", "rows", "genes"),
    [
        (
            ["gene_id", "gene_name", "s1"],
            [["ENSG00000146648", "EGFR", 1], ["ENSG00000141510", "TP53", 2]],
            ("EGFR", "TP53"),
        ),
        (
            ["Hugo_Symbol", "Entrez_Gene_Id", "s1"],
            [["EGFR", 1956, 1], ["TP53", 7157, 2]],
            ("EGFR", "TP53"),
        ),
        (
            ["ID_REF", "s1", "Gene Symbol"],
            [["201983_s_at", 1, "EGFR"], ["211300_x_at", 2, "TP53"]],
            ("EGFR", "TP53"),
        ),
        (
            ["ID_REF", "s1"],
            [["201983_s_at", 1], ["211300_x_at", 2]],
            ("201983_s_at", "211300_x_at"),
        ),
    ],
)
def test_genes_are_named_by_the_column_of_symbols(write, header, rows, genes):
    matrix = read_expression(write([header, *rows]))

    assert matrix.genes == genes
    assert matrix.patient_ids == ("s1",)
    np.testing.assert_array_equal(matrix.values, [[1, 2]])
    if len(header) > 2:
        assert "Genes are named by the column" in matrix.report.notes[0]
