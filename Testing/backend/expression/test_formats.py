"""The formats that people have, each recognised from its content."""

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from radiogenomics.errors import InputError
from radiogenomics.expression import read_expression

PATIENTS = ("TCGA-02-0001", "TCGA-02-0003")
GENES = ("EGFR", "TP53", "PTEN")
VALUES = np.array([[1.5, 2, 3], [4, np.nan, 6]])
SAMPLES = [f"{patient}-01" for patient in PATIENTS]
ROWS = [[gene, *VALUES[:, place]] for place, gene in enumerate(GENES)]
TEXTS = {
    "UCSC Xena's table separated by tabs (gzip)": [["sample", *SAMPLES], *ROWS],
    "cBioPortal's table separated by tabs": [
        ["Hugo_Symbol", "Entrez_Gene_Id", *SAMPLES],
        *([gene, number, *row] for number, (gene, *row) in enumerate(ROWS, start=1956)),
    ],
    "TCGA level 3 table separated by tabs": [
        ["Hybridization REF", *(f"{sample}A-01R-1849-01" for sample in SAMPLES)],
        ["Composite Element REF", "Signal", "Signal"],
        *ROWS,
    ],
    "GCT 1.2": [
        ["#1.2"],
        [3, 2],
        ["Name", "Description", *SAMPLES],
        *([f"{number}_at", gene, *row] for number, (gene, *row) in enumerate(ROWS)),
    ],
    "GCT 1.3": [
        ["#1.3"],
        [3, 2, 2, 1],
        ["id", "pr_gene_symbol", "pr_is_lm", *SAMPLES],
        ["age", "na", "na", 61, 59],
        *([f"{number}_at", gene, 1, *row] for number, (gene, *row) in enumerate(ROWS)),
    ],
    "table separated by semicolons": ";".join(["patient", *GENES])
    + "\nTCGA-02-0001-01;1.5;2;3\nTCGA-02-0003-01;4;;6\n",
    "table separated by commas": "# made by hand\npatient,EGFR,TP53,PTEN\n"
    "TCGA.02.0001.01,1.5,2,3\nTCGA.02.0003.01,4,nan,6\n",
}


def check(matrix, format_, rows):
    assert matrix.patient_ids == PATIENTS
    assert matrix.genes == GENES
    np.testing.assert_array_equal(matrix.values, VALUES)
    assert (matrix.report.format, matrix.report.rows) == (format_, rows)
    assert (matrix.report.n_patients, matrix.report.n_genes, matrix.report.n_missing) == (2, 3, 1)


@pytest.mark.parametrize("format_", TEXTS)
def test_a_text_file_is_recognised(write, format_):
    path = write(TEXTS[format_], "data.gz" if "gzip" in format_ else "data")

    by_patients = "semicolons" in format_ or "commas" in format_
    check(read_expression(path), format_, "patients" if by_patients else "genes")


@pytest.mark.parametrize("format_", ["GCT 1.2", "GCT 1.3"])
@pytest.mark.parametrize("cut", ["rows", "columns"])
def test_a_gct_file_of_other_sizes_than_it_says_is_refused(write, format_, cut):
    rows = TEXTS[format_]
    rows = rows[:-1] if cut == "rows" else [*rows[:2], *(row[:-1] for row in rows[2:])]

    with pytest.raises(InputError, match="says it has 3 rows and 2 samples, but has"):
        read_expression(write(rows))


def test_a_gct_file_without_sizes_is_refused_with_the_line(write):
    with pytest.raises(InputError, match="line 2: a GCT file says how many"):
        read_expression(write([["#1.2"], ["Name", "Description", "s1"], ["1_at", "EGFR", 1]]))


def test_what_the_values_of_a_level_3_file_are_is_said(write):
    report = read_expression(write(TEXTS["TCGA level 3 table separated by tabs"])).report

    assert report.notes == ("Values: Signal.",)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("indexed", [False, True])
def test_parquet_is_read_with_an_index_and_without(tmp_path, indexed, turned):
    frame = pd.DataFrame(VALUES, index=pd.Index(SAMPLES, name="id"), columns=list(GENES))
    frame = frame.T if turned else frame
    frame.columns.name = None
    frame = frame if indexed else frame.reset_index()
    frame.to_parquet(tmp_path / "data")

    check(read_expression(tmp_path / "data"), "Parquet", "genes" if turned else "patients")


def test_a_damaged_parquet_file_is_refused(tmp_path):
    pd.DataFrame({"p": ["p1"], "EGFR": [1.0]}).to_parquet(tmp_path / "data")
    (tmp_path / "data").write_bytes((tmp_path / "data").read_bytes()[:-40])

    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_expression(tmp_path / "data")


def write_texts(group, name, values):
    # As AnnData writes them: https://anndata.readthedocs.io/en/stable/fileformat-prose.html
    stored = group.create_dataset(name, data=list(values), dtype=h5py.string_dtype())
    stored.attrs.update({"encoding-type": "string-array", "encoding-version": "0.2.0"})


def write_h5ad(path, x, *, symbols=None, names=GENES):
    with h5py.File(path, "w") as file:
        file.attrs.update({"encoding-type": "anndata", "encoding-version": "0.1.0"})
        for group, index in (("obs", SAMPLES), ("var", names)):
            frame = file.create_group(group)
            frame.attrs.update({"encoding-type": "dataframe", "_index": "_index"})
            write_texts(frame, "_index", index)
        if symbols is not None:
            column = file["var"].create_group("gene_name")
            column.attrs.update({"encoding-type": "categorical", "ordered": False})
            categories = sorted(set(symbols) - {""})
            write_texts(column, "categories", categories)
            codes = [categories.index(name) if name else -1 for name in symbols]
            column["codes"] = np.array(codes, dtype=np.int8)
        if sparse.issparse(x):
            stored = file.create_group("X")
            stored.attrs.update({"encoding-type": f"{x.format}_matrix", "shape": x.shape})
            stored["data"], stored["indices"], stored["indptr"] = x.data, x.indices, x.indptr
        else:
            file["X"] = x
            file["X"].attrs["encoding-type"] = "array"
    return path


@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_matrix, sparse.csc_matrix])
def test_anndata_is_read_dense_and_sparse(tmp_path, kind):
    matrix = read_expression(write_h5ad(tmp_path / "data", kind(VALUES.astype(np.float32))))

    check(matrix, "AnnData", "patients")


def test_anndata_is_read_with_genes_in_rows(tmp_path):
    with h5py.File(write_h5ad(tmp_path / "data", VALUES), "r+") as file:
        file["x"], file["y"] = file["obs"], file["var"]
        del file["obs"], file["var"], file["X"]
        file["var"], file["obs"], file["X"] = file["x"], file["y"], VALUES.T

    check(read_expression(tmp_path / "data"), "AnnData", "genes")


def test_genes_of_anndata_are_named_by_its_symbols(tmp_path):
    ids = ("ENSG00000146648", "ENSG00000141510", "ENSG00000171862", "ENSG00000999999")
    values = np.column_stack([VALUES, [7, 8]])
    path = write_h5ad(tmp_path / "data", values, names=ids, symbols=(*GENES, ""))
    matrix = read_expression(path)

    check(matrix, "AnnData", "patients")
    assert "Genes are named by the column 'gene_name' of var." in matrix.report.notes
    assert [(one.count, one.reason) for one in matrix.report.dropped] == [(1, "without a symbol")]


def test_an_infinite_value_of_anndata_is_refused_with_the_place(tmp_path):
    path = write_h5ad(tmp_path / "data", np.array([[1, 2, 3], [4, np.inf, 6]]))

    with pytest.raises(InputError, match=r"infinite \(row TCGA-02-0003-01, column TP53\)"):
        read_expression(path)


def test_another_hdf5_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "data", "w") as file:
        file["X"] = VALUES

    with pytest.raises(InputError, match="not AnnData's: it has no obs and var"):
        read_expression(tmp_path / "data")


def test_a_damaged_hdf5_file_is_refused(tmp_path):
    path = write_h5ad(tmp_path / "data", VALUES)
    path.write_bytes(path.read_bytes()[:900])

    with pytest.raises(InputError, match="cannot be read as AnnData"):
        read_expression(path)
