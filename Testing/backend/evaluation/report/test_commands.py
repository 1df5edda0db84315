"""radiogenomics report and compare, as a user runs them: results, and what is said of bad input."""

import json
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from radiogenomics.errors import RadiogenomicsError
from radiogenomics.evaluation.report import write_comparison, write_report
from radiogenomics.training.run_folder import load_run

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


# Stands for a library that is loaded when Ctrl-C comes.
LOSES_IT = {
    "in a callback": """
class Held: pass
def callback(_):
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000): pass
held = Held()
reference = weakref.ref(held, callback)
del held
""",
    "by catching everything": """
try:
    os.kill(os.getpid(), signal.SIGINT)
    for _ in range(1000): pass
except BaseException:
    pass
""",
}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "library", "how", "advice"),
    [
        ("report", "matplotlib", "in a callback", "Run the same again for the whole report."),
        (
            "report",
            "matplotlib",
            "by catching everything",
            "Run the same again for the whole report.",
        ),
        ("compare", "matplotlib", "in a callback", "Run the same again for the whole comparison."),
        ("power", "scipy", "by catching everything", "Nothing was written."),
    ],
)
def test_a_ctrl_c_that_a_library_loses_ends_it_soon(
    small, run_path, tmp_path, command, library, how, advice
):
    log = tmp_path / "when"
    (tmp_path / f"{library}.py").write_text(
        f"import os, pathlib, signal, time, weakref\n"
        f"pathlib.Path({str(log)!r}).write_text(str(time.time()))\n{LOSES_IT[how]}\n"
        "time.sleep(20)\n"
    )
    words = [command, small, *([run_path] if command == "compare" else [])]
    if command != "power":
        words += ["--out", tmp_path / "out"]
    ran = subprocess.run(
        [PROGRAM, *map(str, words)], env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert time.time() - float(log.read_text()) < 2
    assert ran.returncode == 130
    assert ran.stderr == f"Interrupted. {advice}\n"


def test_a_ctrl_c_before_a_command_has_begun_is_answered(small, tmp_path):
    # Loaded while the command reads its arguments.
    (tmp_path / "sitecustomize.py").write_text(
        "def interrupted(*_, **__): raise KeyboardInterrupt\n"
        "import typer.core\n"
        "typer.core.TyperCommand.parse_args = interrupted\n"
    )
    ran = subprocess.run(
        [PROGRAM, "power", small], env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (ran.returncode, ran.stderr) == (130, "Interrupted.\n")


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


def unreadable(path):
    (path / "manifest.json").write_text('{"format_version": 3,')
    return "Copy the run folder again, or train anew."


def cut_short(path):
    (path / "manifest.json").write_text('{"format_version": 3}')
    return "manifest.json lacks run_id, seed, versions"


def absent(path):
    shutil.rmtree(path)
    return "is no finished run"


@pytest.mark.parametrize(
    ("spoil", "code", "command"),
    [
        (unfinished, 2, "report"),
        (altered, 1, "report"),
        (of_another_version, 2, "report"),
        (unreadable, 2, "report"),
        (cut_short, 2, "report"),
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


def read_only(folder):
    folder.mkdir()
    folder.chmod(0o500)
    return 1, "there is no permission"


def a_file(folder):
    folder.write_text("")
    return 2, "is a file, so nothing can lie in it"


@pytest.mark.parametrize("command", ["report", "compare"])
@pytest.mark.parametrize(
    "spoil",
    [
        a_file,
        pytest.param(
            read_only,
            marks=pytest.mark.skipif(
                not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
            ),
        ),
    ],
)
def test_where_nothing_can_be_written_it_is_told_before_anything_is_computed(
    small, make_run, tmp_path, command, spoil
):
    out = tmp_path / "out"
    code, said = spoil(out)
    runs = [load_run(small), load_run(make_run(tmp_path / "other", n_patients=10))]
    stages = []
    write = (
        partial(write_report, runs[0]) if command == "report" else partial(write_comparison, runs)
    )

    with pytest.raises(RadiogenomicsError, match=said):
        write(out, lambda stage, *_: stages.append(stage))
    assert not stages
    ran = run("report", small, "--out", out)
    assert (ran.returncode, said in ran.stderr) == (code, True)


def test_a_file_is_no_run(small):
    ran = run("report", small / "manifest.json")

    assert ran.returncode == 2
    assert "manifest.json is a file and no run; name the folder" in ran.stderr


@pytest.mark.parametrize("command", ["report", "compare"])
def test_help_shows_examples(command):
    ran = run(command, "--help")

    assert f"radiogenomics {command} runs/" in ran.stdout
