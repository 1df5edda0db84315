"""`radiogenomics expression` from the outside."""

import gzip
import json

import pytest

XENA = (
    "sample\tTCGA-02-0001-01\tTCGA-02-0003-01\tTCGA-02-0003-11\n"
    "EGFR\t900\t40\t1\nTP53\t3\t7\t1\nVIM\t1\t3\t1\n?\t1\t2\t3\n"
)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "HT_HG-U133A.gz"
    path.write_bytes(gzip.compress(XENA.encode(), mtime=0))
    return path


def test_the_report_says_what_was_recognised_and_left_out(radiogenomics, file):
    ran = radiogenomics("expression", file)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[:3] == [
        "Read as UCSC Xena's table separated by tabs (gzip), genes in rows (3 of 3 column names "
        "are TCGA barcodes): 2 patients x 3 genes.",
        "1 sample left out: of sample type 11 (solid tissue, normal), not a primary tumour "
        "(TCGA-02-0003-11).",
        "1 gene left out: without a symbol (?).",
    ]
    assert "Values look linear (up to 900)" in ran.stdout


def test_the_matrix_is_written_in_logarithms_for_the_other_commands(radiogenomics, file, tmp_path):
    out = tmp_path / "expression.csv.gz"
    ran = radiogenomics("expression", file, "--log2", "--out", out, "--json")

    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert (report["rows"], report["n_patients"], report["n_genes"]) == ("genes", 2, 3)
    assert (report["transformed"], report["out"]) == ("log2(x + 1)", str(out))
    assert gzip.decompress(out.read_bytes()).decode().splitlines() == [
        "patient_id,EGFR,TP53,VIM",
        "TCGA-02-0001,9.815383295813538,2.0,1.0",
        "TCGA-02-0003,5.357552004618084,3.0,2.0",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--orientation", "patients"], "3 of 3 column names are TCGA barcodes"),
        (["--orientation", "across"], "orientation is 'across'; say patients or genes"),
        (["--out", "file"], "is there already"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(radiogenomics, file, arguments, message):
    arguments = [file if argument == "file" else argument for argument in arguments]
    ran = radiogenomics("expression", file, *arguments)

    assert ran.returncode == 2
    assert message in ran.stderr
    assert len(ran.stderr.splitlines()) == 1
