"""`radiogenomics train` and `radiogenomics predict` from the outside."""

import csv
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study.case import sha256_of
from radiogenomics.study.lock import exclusive
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
    own = [
        replace(row, counts="approved" if row.patient_id < "p09" else "only rater")
        for row in rows
        if row.rater == "ann"
    ]
    write_features(folder / "features.csv", own)
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
        "Segmentations used: 9 approved, 5 only rater.",
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

    models = ["network", "median", "mean", "least_mape"]
    assert len(rows) == 20 * 4 + 4
    assert [row["model"] for row in rows[-4:]] == models


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
        ({"--models": "network,liner"}, "did you mean linear"),
        ({"--models": "linear", "--device": "gpu"}, "baselines are computed on the CPU"),
        ({"--models": "linear", "--set": "linear.alphas=[2]"}, "linear.alphas are [2.0]"),
        ({"--repeats": "0"}, "repeats is 0; give 1 or more"),
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


@pytest.fixture(scope="module")
def without_keras(tmp_path_factory):
    """An environment in which Keras and its backends cannot be imported."""
    folder = tmp_path_factory.mktemp("blocked")
    for name in ("keras", "tensorflow", "jax"):
        (folder / f"{name}.py").write_text(f"raise RuntimeError('{name} was imported')\n")
    return {"PYTHONPATH": str(folder)}


def test_baselines_alone_are_trained_reported_and_predict_without_keras(
    cohort, tmp_path, radiogenomics, without_keras
):
    out = tmp_path / "a run"
    done = radiogenomics(
        "train", "--expression", cohort / "expression.csv", "--features", cohort / "features.csv",
        "--models", "linear,ridge", "--out", out, "--repeats", 2, *QUICK, environment=without_keras,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "On average linear" in done.stdout
    assert f"radiogenomics report '{out}'" in done.stdout
    assert "of the first of 2 cross-validations" in done.stdout
    assert str(out / "repeats.csv") in done.stdout
    assert "signed-rank test p = " in done.stdout
    assert "The folds that report these errors also chose the settings" in " ".join(
        done.stdout.split()
    )
    again = radiogenomics(
        "train", "--expression", cohort / "expression.csv", "--features", cohort / "features.csv",
        "--models", "linear,ridge", "--out", out, "--repeats", 2, *QUICK, "--resume", "--json",
        environment=without_keras,
    )  # fmt: skip
    assert json.loads(again.stdout)["repeats"] == {
        "number": 2,
        "errors_are_of_repeat": 1,
        "errors_of_all": str(out / "repeats.csv"),
    }
    stages = {
        json.loads(line)["stage"] for line in (out / "progress.jsonl").read_text().splitlines()
    }
    assert stages == {
        f"{repeat}baseline: {model}"
        for repeat in ("", "repeat 2 of 2: ")
        for model in ("linear", "ridge")
    }
    done = radiogenomics(
        "predict", "--run", out, "--expression", cohort / "expression.csv",
        "--out", tmp_path / "predictions.csv", "--json", environment=without_keras,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["final"] == ["new"]
    with (tmp_path / "predictions.csv").open(newline="") as file:
        new = [row for row in csv.DictReader(file) if row["patient_id"] == "new"]
    assert {row["model"] for row in new} == {"linear", "ridge", "median", "mean", "least_mape"}
    assert len(new) == 20 * 5


def test_the_baselines_of_a_run_with_networks_predict_without_keras(
    cohort, tmp_path, radiogenomics, without_keras
):
    out = tmp_path / "run"
    done = radiogenomics(
        "train", "--expression", cohort / "expression.csv", "--features", cohort / "features.csv",
        "--models", "network,ridge", "--out", out, *QUICK,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for said in ("network", "ridge", "this is optimistic"):
        assert said in done.stdout
    done = radiogenomics(
        "predict", "--run", out, "--expression", cohort / "expression.csv", "--model", "ridge",
        "--out", tmp_path / "predictions.csv", environment=without_keras,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    with (tmp_path / "predictions.csv").open(newline="") as file:
        assert {row["model"] for row in csv.DictReader(file)} == {"ridge"}


def test_a_run_without_tensorflow_is_one_by_jax_and_predicts_the_same_by_tensorflow(
    cohort, tmp_path, radiogenomics
):
    (tmp_path / "blocked").mkdir()
    (tmp_path / "blocked" / "tensorflow.py").write_text(
        "raise ModuleNotFoundError('no tensorflow', name='tensorflow')\n"
    )
    by_jax = {"KERAS_BACKEND": "jax", "PYTHONPATH": str(tmp_path / "blocked")}
    out = tmp_path / "run"
    done = radiogenomics(
        "train", "--expression", cohort / "expression.csv", "--features", cohort / "features.csv",
        "--models", "network,ridge", "--out", out, *QUICK, environment=by_jax,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["machine"]["keras_backend"] == "jax"

    predicted = []
    for backend, environment in (("jax", by_jax), ("tensorflow", {"KERAS_BACKEND": "tensorflow"})):
        path = tmp_path / f"{backend}.csv"
        done = radiogenomics(
            "predict", "--run", out, "--expression", cohort / "expression.csv", "--out", path,
            environment=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        with path.open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["patient_id"] == "new"]
        predicted.append([float(row["predicted"]) for row in rows if row["model"] == "network"])
    assert len(predicted[0]) == 20
    np.testing.assert_allclose(predicted[0], predicted[1], rtol=1e-5)


def test_a_folder_that_another_process_trains_in_keeps_its_log(cohort, tmp_path, radiogenomics):
    out = tmp_path / "run"
    command = (
        "train", "--expression", cohort / "expression.csv", "--features", cohort / "features.csv",
        "--models", "ridge", "--out", out, *QUICK,
    )  # fmt: skip
    assert radiogenomics(*command).returncode == 0
    (out / "manifest.json").unlink()
    (out / "progress.jsonl").write_text("of the other process\n")
    with exclusive(out / "shards"):
        done = radiogenomics(*command, "--resume")
        assert done.returncode == 1
        assert "Another process is training in" in done.stderr
        assert (out / "progress.jsonl").read_text() == "of the other process\n"
    assert radiogenomics(*command, "--resume").returncode == 0


def test_help_does_not_wait_for_keras():
    code = (
        "import sys, radiogenomics.cli.train, radiogenomics.cli.predict\n"
        "heavy = {'keras', 'tensorflow', 'pandas', 'sklearn', 'numpy'} & set(sys.modules)\n"
        "sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
