"""What the expression reader accepts, and what it refuses and how it says so."""

import gzip

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.expression import patient_id_of, read_expression

SMALL = "patient,EGFR,TP53,PTEN\nTCGA-02-0001,1,2,3\nTCGA-02-0003,4,,6\n"


@pytest.mark.parametrize(
    "content",
    [
        SMALL,
        SMALL.replace(",", "\t"),
        SMALL.replace("\n", "\r\n"),
        "\ufeff" + SMALL,
        gzip.compress(SMALL.encode(), mtime=0),
        SMALL.removeprefix("patient,"),
        SMALL.replace(",,", ",NA,"),
        SMALL.replace("\n", "\n\n"),
        SMALL.replace("EGFR", '"EGFR"').replace("TCGA-02-0001", '"TCGA-02-0001"'),
    ],
    ids=["csv", "tsv", "windows", "bom", "gzip", "r-header", "na", "blank-lines", "quoted"],
)
def test_the_same_matrix_is_read_from_every_spelling(write, content):
    matrix = read_expression(write(content))

    assert matrix.patient_ids == ("TCGA-02-0001", "TCGA-02-0003")
    assert matrix.genes == ("EGFR", "TP53", "PTEN")
    np.testing.assert_array_equal(matrix.values, [[1, 2, 3], [4, np.nan, 6]])


def test_genes_in_rows_give_the_same_matrix_and_are_reported(write):
    lines = [line.split(",") for line in SMALL.strip().split("\n")]
    across = "\n".join("\t".join(cells) for cells in zip(*lines, strict=True)).replace(
        "patient", "sample"
    )
    straight, turned = read_expression(write(SMALL)), read_expression(write(across, "b.tsv"))

    assert (turned.patient_ids, turned.genes) == (straight.patient_ids, straight.genes)
    np.testing.assert_array_equal(turned.values, straight.values)
    assert (straight.report.rows, turned.report.rows) == ("patients", "genes")
    assert straight.report.rows_because == "2 of 2 row names are TCGA barcodes"
    assert turned.report.messages == (
        "Read as UCSC Xena's table separated by tabs, genes in rows (2 of 2 column names are TCGA "
        "barcodes): 2 patients x 3 genes; 1 value is missing.",
    )


def test_barcodes_are_cut_to_the_patient_id():
    assert patient_id_of("TCGA-02-0006-01A-01R-1849-01") == "TCGA-02-0006"
    assert patient_id_of("TCGA-02-0006") == "TCGA-02-0006"
    assert patient_id_of("TCGA.02.0006.01") == "TCGA-02-0006"  # as R writes it
    assert patient_id_of("phantom-0001-long-name") == "phantom-0001-long-name"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "holds no expression"),
        ("patient,EGFR\n", "holds no expression"),
        (
            "patient,EGFR,TP53\np1,1,2\np2,1,high\n",
            r"'high' is not a number .line 3, row p2, column TP53",
        ),
        ("patient,EGFR\np1,1\np2,inf\n", r"infinite .line 3, row p2, column EGFR"),
        ("patient,EGFR\np1,1\np1,2\n", r"1 patient occurs more than once \(p1\)"),
        (
            "patient,EGFR\nTCGA-02-0001-01A,1\nTCGA.02.0001.01A,2\n",
            r"1 patient occurs more than once \(TCGA-02-0001\)",
        ),
        ("patient,EGFR\np1,1\n,2\n", r"line 3: the patient id is empty"),
        ("patient,EGFR,TP53\np1,1,2\np2,1\n", r"line 3 has 2 cells, the rows before it 3"),
        ("patient,EGFR\n\np1,1\n\np2,high\n", r"'high' is not a number .line 5"),
        ("patient,EGFR\n\np1,1\n\np2,inf\n", r"infinite .line 5"),
        ("patient,EGFR\n\np1,1\n\n,2\n", r"line 5: the patient id is empty"),
        ("patient,EGFR,TP53\n\np1,1,2\n\np2,1\n", r"line 5 has 2 cells"),
        (
            "patient,EGFR\np1,True\np2,False\n",
            r"'True' is not a number .line 2, row p1, column EGFR",
        ),
        ("patient,EGFR\np1,\np2,FALSE\n", r"is not a number .line 3, row p2, column EGFR"),
        ("patient,EGFR\np1,1\np2,true\n", r"'true' is not a number .line 3, row p2"),
        ("patient,EG\rFR\np1,1\n", "cannot be read as a table"),
        ("patient,EGFR\rp1,1\rp2,2\r", "holds no expression"),
        ("patient,EGFR\np1,0\np2,0\n", "every value is 0"),
        ("patient,EGFR\np1,\np2,NA\n", "every value is missing"),
        ("name,f1,f2\na,1,2\nb,3,5\n", r"cannot be told .*--orientation"),
        ("patient,?|1,NA\np1,1,2\n", "names no gene"),
        (b"PK\x03\x04" + bytes(30), "Excel workbook"),
        (gzip.compress(bytes(257) + b"ustar" + bytes(99), mtime=0), "tar archive; unpack"),
        (gzip.compress(SMALL.encode(), mtime=0)[:-12], "cut short or damaged"),
        (b"\xff\xfe\x00\x01binary", "not a text file"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_place(write, content, message):
    with pytest.raises(InputError, match=message):
        read_expression(write(content))


@pytest.mark.parametrize("mark", ["\u2028", "\u0085", "\x0b", "\x1c"])
def test_only_a_line_end_ends_a_row(write, mark):
    matrix = read_expression(write(f"patient,EG{mark}FR\np{mark}1,1\n"))

    assert (matrix.patient_ids, matrix.genes) == ((f"p{mark}1",), (f"EG{mark}FR",))


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"no expression file .*nowhere\.csv"):
        read_expression(tmp_path / "nowhere.csv")
