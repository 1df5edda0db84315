"""Folders of the GDC: one file a sample, and the sample sheet that says whose it is."""

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.expression import read_expression

OLD = ["File ID", "File Name", "Data Category", "Data Type", "Project ID", "Case ID", "Sample ID",
       "Sample Type"]  # fmt: skip
NEW = [*OLD[:-1], "Tissue Type", "Tumor Descriptor", "Specimen Type", "Preservation Method"]
STAR = ["gene_id", "gene_name", "gene_type", "unstranded", "stranded_first", "stranded_second",
        "tpm_unstranded", "fpkm_unstranded", "fpkm_uq_unstranded"]  # fmt: skip
GENES = [
    ("ENSG00000146648.18", "EGFR", "protein_coding"),
    ("ENSG00000141510.18", "TP53", "protein_coding"),
    ("ENSG00000002586.20", "CD99", "protein_coding"),
    ("ENSG00000002586.20_PAR_Y", "CD99", "protein_coding"),
    ("ENSG00000251562.8", "MALAT1", "lncRNA"),
]


def star_counts(tpm):
    rows = [["# gene-model: GENCODE v36"], STAR]
    counted = ("N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous")
    rows += [[name, "", "", 9, 9, 9, "", "", ""] for name in counted]
    rows += [
        [*gene, 1, 1, 1, value, 7, 7] for gene, value in zip(GENES, [*tpm, 0.0, 50.0], strict=True)
    ]
    return rows


def listed(file_id, sample, kind=("Primary Tumor",), data_type="Gene Expression Quantification"):
    return [file_id, f"{file_id}.tsv", "Transcriptome Profiling", data_type, "TCGA-GBM",
            sample[:12], sample, *kind]  # fmt: skip


@pytest.fixture
def download(write, tmp_path):
    """A function that writes a folder as the GDC's client does: a folder a file."""

    def write_folder(sheet, files):
        write(sheet, "cart/gdc_sample_sheet.2025-11-25.tsv")
        for file_id, content in files.items():
            write(content, f"cart/{file_id}/{file_id}.tsv")
        return tmp_path / "cart"

    return write_folder


def test_star_counts_become_one_matrix_of_tpm(download):
    folder = download(
        [OLD, listed("f2", "TCGA-06-0156-01A"), listed("f1", "TCGA-02-0047-01A")],
        {"f1": star_counts([1.0, 2.0, 3.0]), "f2": star_counts([4.0, 5.0, 6.0])},
    )
    matrix = read_expression(folder)

    assert matrix.patient_ids == ("TCGA-02-0047", "TCGA-06-0156")
    assert matrix.genes == ("EGFR", "TP53", "CD99")
    np.testing.assert_array_equal(matrix.values, [[1, 2, 3], [4, 5, 6]])
    assert [(one.count, one.reason[:25], one.examples) for one in matrix.report.dropped] == [
        (1, "not of the type protein_c", ("MALAT1",)),
        (1, "the Y copy of a gene on b", ("CD99",)),
    ]
    assert "Values: tpm_unstranded" in matrix.report.notes[0]
    assert matrix.report.files == (
        "gdc_sample_sheet.2025-11-25.tsv", "f1/f1.tsv", "f2/f2.tsv",
    )  # fmt: skip
    sheet = folder / "gdc_sample_sheet.2025-11-25.tsv"
    assert read_expression(sheet).patient_ids == matrix.patient_ids


def test_files_of_other_samples_are_counted_and_not_read(download):
    normal, recurrent = ("Solid Tissue Normal",), ("Recurrent Tumor",)
    folder = download(
        [
            OLD,
            listed("f1", "TCGA-02-0047-01A"),
            listed("f2", "TCGA-06-0675-11A", normal),
            listed("f3", "TCGA-02-0047-02A", recurrent),
            listed("f4", "TCGA-06-0156-01A"),
            listed("f5", "TCGA-06-0156-01A"),
            listed("f6", "TCGA-06-0157-01A"),
            listed("f7", "TCGA-06-0158-01A", data_type="miRNA Expression Quantification"),
        ],
        {
            "f1": star_counts([1.0, 2.0, 3.0]),
            "f2": "no expression",
            "f3": "no expression",
            "f4": star_counts([4.0, 5.0, 6.0]),
            "f5": star_counts([7.0, 8.0, 9.0]),
            "f7": "no expression",
        },
    )
    matrix = read_expression(folder)

    assert matrix.patient_ids == ("TCGA-02-0047", "TCGA-06-0156")
    np.testing.assert_array_equal(matrix.values, [[1, 2, 3], [4, 5, 6]])
    counts = {one.reason: one.count for one in matrix.report.dropped if one.what != "genes"}
    assert counts == {
        "another file of the same sample; the first by file id is taken": 1,
        "named in the sample sheet, but not in its folder": 1,
        "of the data type miRNA Expression Quantification": 1,
        "of sample type 02 (recurrent tumour), not a primary tumour": 1,
        "of sample type 11 (solid tissue, normal), not a primary tumour": 1,
    }


@pytest.mark.parametrize(
    ("header", "tumour", "normal"),
    [
        (OLD, ("Primary Tumor",), ("Solid Tissue Normal",)),
        (NEW, ("Tumor", "Primary", "Solid Tissue", "Frozen"),
         ("Normal", "Not Applicable", "Solid Tissue", "Frozen")),
    ],
)  # fmt: skip
def test_projects_without_tcga_barcodes_go_by_the_words_of_the_sheet(
    download, header, tumour, normal
):
    cases = {"f1": ("C3L-00104", tumour), "f2": ("PT-Q2AAS4ES", normal)}
    sheet = [listed(file_id, f"{case}-03", kind) for file_id, (case, kind) in cases.items()]
    for row, (case, _) in zip(sheet, cases.values(), strict=True):
        row[OLD.index("Case ID")] = case
    folder = download([header, *sheet], {name: star_counts([1.0, 2.0, 3.0]) for name in cases})
    matrix = read_expression(folder)

    assert matrix.patient_ids == ("C3L-00104",)
    assert "not a primary tumour" in matrix.report.dropped[0].reason


@pytest.mark.parametrize(
    ("head", "quantity"),
    [
        ([["Hybridization REF", "5500024.A01"], ["Composite Element REF", "Signal"]], "Signal"),
        ([["gene_id", "normalized_count"]], "normalized_count"),
        ([], "the second column of each file"),
    ],
)
def test_files_of_two_columns_are_read_under_any_header(download, head, quantity):
    rows = [["?|100130426", 3], ["EGFR|1956", 6.5], ["TP53|7157", "null"], ["__no_feature", 99]]
    folder = download([OLD, listed("f1", "TCGA-02-0047-01A")], {"f1": [*head, *rows]})
    matrix = read_expression(folder)

    assert matrix.genes == ("EGFR", "TP53")
    np.testing.assert_array_equal(matrix.values, [[6.5, np.nan]])
    assert f"Values: {quantity}." in matrix.report.notes


@pytest.mark.parametrize(
    ("sheet", "files", "message"),
    [
        (["nothing"], {}, "has no sample sheet; one file gdc_sample_sheet"),
        ([OLD], {}, "leads to no expression of a primary tumour"),
        ([OLD, listed("f1", "TCGA-02-0047-01A")], {}, "1 file left out: named in the sample sheet"),
        ([OLD, listed("f1", "TCGA-02-0047-11A")], {"f1": star_counts([1.0, 2.0, 3.0])},
         r"no primary tumour .*1 of sample type 11"),
        ([OLD, listed("f1", "TCGA-02-0047-01A")], {"f1": [["a", "b", "c"], ["EGFR", 1, 2]]},
         r"f1\.tsv has 3 columns; STAR counts"),
        ([OLD, listed("f1", "TCGA-02-0047-01A")], {"f1": [["EGFR", 1], ["TP53", "high"]]},
         r"f1\.tsv: 'high' is not a number \(row TP53"),
        ([OLD, listed("f1", "TCGA-02-0047-01A"), listed("f2", "TCGA-02-0048-01A")],
         {"f1": star_counts([1.0, 2.0, 3.0]), "f2": [["EGFR", 1], ["TP53", 2]]},
         r"f2\.tsv has other genes than .*f1\.tsv"),
    ],
)  # fmt: skip
def test_a_folder_that_cannot_be_used_is_refused(download, sheet, files, message):
    folder = download(sheet if isinstance(sheet[0], list) else [sheet], files)

    with pytest.raises(InputError, match=message):
        read_expression(folder)


def test_two_sample_sheets_are_one_too_many(download, write):
    sheet = [OLD, listed("f1", "TCGA-02-0047-01A")]
    folder = download(sheet, {})
    write(sheet, "cart/gdc_sample_sheet.2.tsv")

    with pytest.raises(InputError, match="has 2 sample sheets"):
        read_expression(folder)
