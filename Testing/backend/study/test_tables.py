"""The feature table as CSV."""

import csv
import json
import math
import shutil

import pytest

from radiogenomics.errors import InputError
from radiogenomics.study import FeatureRow, read_features
from radiogenomics.study.progress import ProgressLog
from radiogenomics.study.tables import write_features, write_features_wide

ROWS = [
    FeatureRow("P1", "Lékař, žluťoučký", 2, "enhancing", "volume", math.pi * 1e4, "mm3"),
    FeatureRow("P1", "Lékař, žluťoučký", 2, "enhancing", "sphericity", 0.1 + 0.2, "1"),
    FeatureRow("P1", "Lékař, žluťoučký", 2, "edema", "volume", 0.0, "mm3"),
    FeatureRow("P1", "Lékař, žluťoučký", 2, "edema", "sphericity", None, "1"),
]


def test_long_table_reads_back_to_the_last_bit(tmp_path):
    write_features(tmp_path / "features.csv", ROWS)
    assert read_features(tmp_path / "features.csv") == ROWS


def test_wide_table_has_a_row_an_roi_and_the_unit_in_each_column(tmp_path):
    write_features_wide(tmp_path / "wide.csv", ROWS)
    with (tmp_path / "wide.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["roi"] for row in rows] == ["enhancing", "edema"]
    assert float(rows[0]["volume [mm3]"]) == math.pi * 1e4
    assert rows[1]["sphericity [1]"] == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n", "lacks the columns"),
        ("", "lacks the columns"),
        ("patient_id,rater,version,roi,feature,value,unit\nP,R,one,e,f,1,mm\n", "line 2"),
        ("patient_id,rater,version,roi,feature,value,unit\nP,R,1,e,f,x,mm\n", "line 2"),
        ("patient_id,rater,version,roi,feature,value,unit\nP,R\n", "line 2"),
    ],
)
def test_file_that_is_no_feature_table_is_refused_with_its_place(tmp_path, text, message):
    path = tmp_path / "features.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_features(path)


def test_missing_table_is_refused(tmp_path):
    with pytest.raises(InputError, match="Cannot read the feature table"):
        read_features(tmp_path / "none.csv")


def test_work_goes_on_when_progress_can_no_longer_be_logged(tmp_path, capsys):
    log = ProgressLog(tmp_path / "gone" / "progress.jsonl")
    shutil.rmtree(tmp_path / "gone")
    log("train", 1, 2, "")
    log("train", 2, 2, "")
    assert capsys.readouterr().err.count("no longer logged") == 1


def test_progress_log_has_a_line_a_call_with_the_remaining_time(tmp_path):
    now = iter([0.0, 2.0, 3.0])
    log = ProgressLog(tmp_path / "deep" / "progress.jsonl", clock=lambda: next(now))
    log("measure", 0, 10, "P1")
    log("measure", 4, 10, "P5")
    log("save", 0, 0, "")
    lines = (tmp_path / "deep" / "progress.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"stage": "measure", "done": 0, "total": 10, "message": "P1", "eta_s": None},
        {"stage": "measure", "done": 4, "total": 10, "message": "P5", "eta_s": 3.0},
        {"stage": "save", "done": 0, "total": 0, "message": "", "eta_s": None},
    ]
