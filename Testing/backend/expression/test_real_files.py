"""The real matrices: read as they are. They lie beside the repository, not in it."""

import gzip
import time
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.expression import GeneScaler, read_expression

DATA = Path(__file__).resolve().parents[3].parent / "shared" / "data"
GEO = DATA / "gbm_hgu133a_12180x185.tsv.gz"
TCGA = DATA / "tcga_gbm" / "expression"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the real data are not beside the clone")


def test_a_wide_matrix_of_geo_with_genes_in_rows_is_read_whole():
    began = time.perf_counter()
    matrix = read_expression(GEO)
    took = time.perf_counter() - began

    lines = gzip.decompress(GEO.read_bytes()).decode().splitlines()
    assert matrix.patient_ids == tuple(lines[0].split("\t")[1:])
    assert matrix.genes == tuple(line.split("\t", 1)[0] for line in lines[1:])
    row = [float(cell) for cell in lines[5000].split("\t")[1:]]
    np.testing.assert_array_equal(matrix.values[:, 4999], row)
    assert matrix.values.shape == (185, 12180)
    report = matrix.report
    assert (report.rows, report.value_scale, report.dropped) == ("genes", "log", ())
    assert took < 10  # half a second where nothing else runs


@pytest.mark.parametrize(("shape", "missing"), [((304, 1375), 0), ((500, 371), 10)])
def test_z_scores_of_cbioportal_with_patients_in_rows_are_read(shape, missing):
    matrix = read_expression(TCGA / f"tcga_gbm_mrna_zscores_{shape[0]}x{shape[1]}.csv.gz")

    report = matrix.report
    assert matrix.values.shape == shape
    assert (report.rows, report.value_scale, report.n_missing) == ("patients", "centred", missing)
    assert report.dropped == ()
    GeneScaler.fit(matrix).transform(matrix)
