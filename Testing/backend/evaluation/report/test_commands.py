"""radiogenomics report and compare, as a user runs them: results, and what is said of bad input."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).with_name("radiogenomics")


def run(*words, cwd=None):
    return subprocess.run(
        [PROGRAM, *map(str, words)], capture_output=True, text=True, check=False, cwd=cwd
    )


@pytest.fixture
def small(make_run, tmp_path):
    return make_run(tmp_path / "small", ("network", "median", "mean"), n_patients=10)


@pytest.mark.slow
def test_report_says_the_verdict_and_where_the_page_is(small, tmp_path):
    ran = run("report", small, "--out", tmp_path / "out")

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.startswith("The network ")
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in ran.stdout
    assert (tmp_path / "out" / "report.html").exists()
    lines = (tmp_path / "out" / "report" / "progress.jsonl").read_text().splitlines()
    stages = {json.loads(line)["stage"] for line in lines}
    assert {"tests", "figures"} <= stages


@pytest.mark.slow
def test_compare_gives_programs_json(small, make_run, tmp_path):
    other = make_run(tmp_path / "other", n_patients=10)

    ran = run("compare", small, other, "--out", tmp_path / "out", "--json")

    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["comparison"] == str(tmp_path / "out" / "comparison.html")
    assert "Run other" in told["headline"]


def unfinished(path):
    (path / "manifest.json").unlink()
    return "finish it with --resume"


def altered(path):
    with (path / "predictions.csv").open("a") as file:
        file.write("\n")
    return "is not the file that the training wrote"


def of_another_version(path):
    manifest = json.loads((path / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, "format_version": 1}))
    return "is a run of format 1"


def absent(path):
    shutil.rmtree(path)
    return "is no finished run"


@pytest.mark.parametrize(
    ("spoil", "code", "command"),
    [
        (unfinished, 2, "report"),
        (altered, 1, "report"),
        (of_another_version, 2, "report"),
        (absent, 2, "compare"),
    ],
)
def test_a_run_that_cannot_be_read_is_named_with_the_next_step(
    small, run_path, tmp_path, spoil, code, command
):
    said = spoil(small)
    words = [command, small] if command == "report" else [command, run_path, small]

    ran = run(*words, "--out", tmp_path / "out")

    assert ran.returncode == code
    assert said in ran.stderr
    assert str(small) in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not (tmp_path / "out").exists()


def test_one_run_is_no_comparison(small, tmp_path):
    ran = run("compare", small, "--out", tmp_path / "out")

    assert ran.returncode == 2
    assert "needs two runs or more" in ran.stderr


@pytest.mark.parametrize("command", ["report", "compare"])
def test_help_shows_examples(command):
    ran = run(command, "--help")

    assert f"radiogenomics {command} runs/" in ran.stdout
