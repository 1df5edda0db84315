"""`radiogenomics train` killed, interrupted, or out of disk, as it happens to a user."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study.tables import FeatureRow, write_features

pytestmark = pytest.mark.slow

SMALL = (
    "--protocol", "nested", "--models", "network,network_pca,ridge,trees", "--folds", "3",
    "--set", "widths=8,6,4", "--set", "network.epochs=3", "--set", "autoencoder.epochs=3",
    "--set", "network.grid.learning_rate=[0.1,0.3]", "--set", "inner_folds=2",
    "--repeats", "2", "--set", "trees.most_trees=5",
)  # fmt: skip

# Where files cannot grow or the process is killed, coverage's own data would be damaged, too.
UNCOVERED = {k: v for k, v in os.environ.items() if k != "COVERAGE_PROCESS_CONFIG"}


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    generator = np.random.default_rng(0)
    names = [f"p{i:02d}" for i in range(15)]
    lines = [",".join(("id", *(f"g{i}" for i in range(10))))]
    lines += [",".join((name, *map(str, generator.normal(size=10)))) for name in names]
    (folder / "expression.csv").write_text("\n".join(lines) + "\n")
    rows = [
        FeatureRow(name, "ann", 1, roi, feature, float(generator.uniform(5, 50)), unit)
        for name in names
        for roi in ("enhancing", "edema")
        for feature, unit in FEATURE_UNITS.items()
    ]
    write_features(folder / "features.csv", rows)
    return folder


def command(cohort, out, *more):
    words = (
        sys.executable, "-m", "radiogenomics.cli.main", "train",
        "--expression", cohort / "expression.csv", "--features", cohort / "features.csv",
        "--out", out, *more,
    )  # fmt: skip
    return [str(word) for word in words]


def start(cohort, out, *more, **options):
    options.setdefault("env", UNCOVERED)
    return subprocess.Popen(
        command(cohort, out, *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


def end(process):
    said, complaints = process.communicate(timeout=300)
    return process.returncode, said, complaints


def until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


def shards(out):
    return len([*out.glob("shards/**/[!.]*.npz")])


def results(out):
    names = ("config.json", "folds.json", "history.csv", "search.csv", "predictions.csv",
             "metrics.csv", "chosen.csv", "repeats.csv")  # fmt: skip
    kept = [out / name for name in names]
    kept += sorted(p for p in out.rglob("*") if p.suffix == ".npz")
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in kept}


def test_killed_again_and_again_it_ends_as_if_never_stopped(cohort, tmp_path):
    whole = tmp_path / "whole" / "run"
    assert end(start(cohort, whole, *SMALL))[0] == 0
    out = tmp_path / "killed" / "run"
    generator = np.random.default_rng(7)
    kills = 0
    for _ in range(4):
        before = shards(out)
        process = start(cohort, out, *SMALL, "--resume")
        until(lambda before=before, p=process: shards(out) > before + 22 or p.poll() is not None)
        time.sleep(generator.uniform(0, 0.05))
        if process.poll() is not None:
            break
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        process.stderr.close()
        kills += 1
    assert kills >= 3
    code, _, complaints = end(start(cohort, out, *SMALL, "--resume"))

    assert code == 0, complaints
    assert results(out) == results(whole)
    assert not list(out.rglob(".writing-*"))


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_it_within_two_seconds_and_says_how_to_go_on(cohort, tmp_path, how):
    # Large enough that it is in the middle of compiled work.
    out = tmp_path / "run"
    process = start(
        cohort, out, "--protocol", "chosen", "--folds", "3", "--set", "network.epochs=5000",
        "--set", "autoencoder.epochs=2", start_new_session=True,
    )  # fmt: skip
    log = out / "progress.jsonl"
    assert until(lambda: log.exists() and "cross-validation" in log.read_text())
    time.sleep(0.5)
    began = time.monotonic()
    process.send_signal(how)
    code, _, said = end(process)

    assert time.monotonic() - began < 2
    assert code == 130
    assert "Interrupted." in said
    assert "--resume goes on" in said
    assert "Traceback" not in said
    assert (out / "shards" / "encoder" / "00.npz").exists()


def test_a_folder_with_unfinished_work_names_the_option(cohort, tmp_path):
    out = tmp_path / "run"
    process = start(cohort, out, *SMALL)
    until(lambda: shards(out) > 2)
    process.kill()
    process.communicate()

    code, _, said = end(start(cohort, out, *SMALL))
    assert (code, "--resume" in said) == (2, True)
    code, _, said = end(start(cohort, out, *SMALL, "--seed", "2", "--resume"))
    assert code == 2
    assert "settings.seed = 1 (now 2)" in said


def test_a_full_disk_is_a_message_and_the_run_goes_on_after(cohort, tmp_path):
    # A limit on the size of a file stands for the disk: the system refuses in the same place.
    out = tmp_path / "run"
    words = [*command(cohort, out, *SMALL), "--set", "widths=400,300,200"]
    full = subprocess.run(
        words,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
        env=UNCOVERED,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000)),
    )
    assert full.returncode == 1
    assert "Cannot write" in full.stderr
    assert "--resume" in full.stderr
    assert "Traceback" not in full.stderr
    again = subprocess.run(
        [*words, "--resume", "--json"], capture_output=True, text=True, check=False, timeout=300
    )
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["patients"]["trained"] == 15


def test_a_gpu_that_is_not_there_is_bad_input_and_no_slow_run(cohort, tmp_path):
    hidden = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    code, _, said = end(start(cohort, tmp_path / "run", *SMALL, "--device", "gpu", env=hidden))

    assert code == 2
    assert "no GPU" in said
    assert not (tmp_path / "run" / "config.json").exists()
