"""The real matrices: read as they are. They lie beside the repository, not in it."""

import gzip
import time

import numpy as np
import pytest

from radiogenomics.expression import GeneScaler, read_expression


def test_a_wide_matrix_of_geo_with_genes_in_rows_is_read_whole(shared_data):
    path = shared_data / "gbm_hgu133a_12180x185.tsv.gz"
    began = time.perf_counter()
    matrix = read_expression(path)
    took = time.perf_counter() - began

    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert matrix.patient_ids == tuple(lines[0].split("\t")[1:])
    assert matrix.genes == tuple(line.split("\t", 1)[0] for line in lines[1:])
    row = [float(cell) for cell in lines[5000].split("\t")[1:]]
    np.testing.assert_array_equal(matrix.values[:, 4999], row)
    assert matrix.values.shape == (185, 12180)
    report = matrix.report
    assert (report.rows, report.value_scale, report.dropped) == ("genes", "log", ())
    assert took < 10  # half a second where nothing else runs


@pytest.mark.parametrize(("shape", "missing"), [((304, 1375), 0), ((500, 371), 10)])
def test_z_scores_of_cbioportal_with_patients_in_rows_are_read(shared_data, shape, missing):
    folder = shared_data / "tcga_gbm" / "expression"
    matrix = read_expression(folder / f"tcga_gbm_mrna_zscores_{shape[0]}x{shape[1]}.csv.gz")

    report = matrix.report
    assert matrix.values.shape == shape
    assert (report.rows, report.value_scale, report.n_missing) == ("patients", "centred", missing)
    assert report.dropped == ()
    GeneScaler.fit(matrix).transform(matrix)
