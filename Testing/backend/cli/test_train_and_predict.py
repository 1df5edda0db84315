"""`radiogenomics train` and `radiogenomics predict` from the outside."""

import csv
import json
import subprocess
import sys

import numpy as np
import pytest

from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study.case import sha256_of
from radiogenomics.study.tables import FeatureRow, write_features

pytestmark = pytest.mark.slow

QUICK = (
    "--protocol", "quick", "--set", "widths=8,6,4", "--set", "network.epochs=2",
    "--set", "autoencoder.epochs=2", "--folds", "3",
)  # fmt: skip


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    generator = np.random.default_rng(0)
    names = [f"p{i:02d}" for i in range(14)]
    genes = [f"g{i}" for i in range(10)]
    lines = [",".join(("id", *genes))]
    lines += [",".join((name, *map(str, generator.normal(size=10)))) for name in [*names, "new"]]
    (folder / "expression.csv").write_text("\n".join(lines) + "\n")
    rows = [
        FeatureRow(name, rater, 1, roi, feature, float(generator.uniform(5, 50)), unit)
        for name in names
        for rater in ("ann", "bob")
        for roi in ("enhancing", "edema")
        for feature, unit in FEATURE_UNITS.items()
    ]
    write_features(folder / "features.csv", [row for row in rows if row.rater == "ann"])
    write_features(folder / "both.csv", rows)
    return folder


@pytest.fixture(scope="module")
def trained(cohort, radiogenomics):
    return radiogenomics(
        "train", "--expression", cohort / "expression.csv", "--features", cohort / "features.csv",
        "--out", cohort / "runs" / "first", *QUICK,
    )  # fmt: skip


@pytest.fixture(scope="module")
def finished(trained, cohort):
    assert trained.returncode == 0, trained.stderr
    return cohort / "runs" / "first"


def test_training_ends_with_the_table_the_verdict_and_where_things_are(trained, cohort):
    assert trained.returncode == 0, trained.stderr
    for said in (
        "Errors on the 14 held-out patients",
        "surface area, cm²",
        "On average the network",
        "14 with expression and features; left out: 1 expression only.",
        "those held out included",
        "Device: ",
        str(cohort / "runs" / "first" / "predictions.csv"),
    ):
        assert said in trained.stdout


def test_training_says_nothing_of_tensorflows_on_stderr(trained):
    assert trained.stderr == ""


def test_progress_is_logged_line_by_line_where_there_is_no_terminal(finished):
    lines = (finished / "progress.jsonl").read_text().splitlines()
    stages = [json.loads(line)["stage"] for line in lines]

    assert list(dict.fromkeys(stages)) == ["pre-training", "cross-validation", "final model"]
    assert len(stages) == 2 + 3 * 2 + 2


def test_the_metrics_file_has_a_row_a_feature_and_model_and_the_averages(finished):
    with (finished / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 20 * 3 + 3
    assert [row["model"] for row in rows[-3:]] == ["network", "median", "mean"]


def test_the_metrics_are_sealed_by_the_manifest(finished):
    seals = json.loads((finished / "manifest.json").read_text())["files"]

    assert seals["metrics.csv"] == sha256_of(finished / "metrics.csv")


def test_predicting_gives_known_patients_their_out_of_fold_rows(finished, cohort, radiogenomics):
    done = radiogenomics(
        "predict", "--run", finished, "--expression", cohort / "expression.csv",
        "--out", cohort / "predictions.csv", "--json",
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    assert (len(summary["out_of_fold"]), summary["final"]) == (14, ["new"])
    with (cohort / "predictions.csv").open(newline="") as file:
        kinds = {(row["patient_id"], row["kind"]) for row in csv.DictReader(file)}
    assert {kind for name, kind in kinds if name != "new"} == {"out_of_fold"}
    assert ("new", "final") in kinds


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--features": "both.csv"}, "--rater ann"),
        ({"--expression": "nowhere.csv"}, "no expression file"),
        ({"--set": "widths=8,x"}, "--set: widths is '8,x'"),
        ({"--set": "network.lerning_rate=1"}, "did you mean network.learning_rate"),
        ({"--models": "linear"}, "not part of this version yet"),
        ({"--protocol": "neted"}, "did you mean nested?"),
        ({"--device": "tpu"}, "use auto, cpu, gpu"),
        ({"--folds": "15"}, "fewer than the 15 folds"),
        ({"--out": "runs/first"}, "already holds"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_2(finished, cohort, change, message, radiogenomics):
    assert finished.is_dir()
    options = {
        "--expression": "expression.csv", "--features": "features.csv", "--out": "runs/other",
        "--protocol": "quick", "--folds": "3", **change,
    }  # fmt: skip
    paths = ("--expression", "--features", "--out")
    arguments = [
        part
        for name, value in options.items()
        for part in (name, cohort / value if name in paths else value)
    ]
    done = radiogenomics("train", *arguments)

    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_help_does_not_wait_for_keras():
    code = (
        "import sys, radiogenomics.cli.train, radiogenomics.cli.predict\n"
        "heavy = {'keras', 'tensorflow', 'pandas', 'sklearn', 'numpy'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
