"""The command: what it refuses and how it says so, and how it opens the page."""

import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from radiogenomics.study import Study

pytestmark = pytest.mark.slow

PROGRAM = Path(sys.executable).with_name("radiogenomics")


def view(*arguments, **environment):
    return subprocess.run(
        [PROGRAM, "view", *arguments],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_folder_that_is_no_study_is_refused_at_once(tmp_path):
    ended = view(tmp_path, "--no-browser")
    assert ended.returncode == 2
    assert "Error:" in ended.stderr
    assert str(tmp_path) in ended.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--rater", "Eva", "--case", "NOBODY"], "NOBODY"),
        (["--rater", "rater-1", "--role", "reviewer"], "rater-1 is a reader in this study"),
        (["--case", "SIM-0001"], "give --rater with --case"),
        (["--run", "third"], "The study has no run 'third'"),
    ],
)
def test_what_cannot_be_opened_is_said_in_one_line(study, options, words):
    ended = view(study, "--no-browser", *options)
    assert ended.returncode == 2
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_port_that_is_taken_is_refused_with_what_to_do(study, start):
    other = start(study)
    ended = view(study, "--no-browser", "--port", str(other.port))
    assert ended.returncode == 2
    assert f"The port {other.port} cannot be used" in ended.stderr
    assert "--port" in ended.stderr


def test_a_study_opens_with_a_damaged_case_which_is_said_to_be_so(study, start, visit):
    record = next((study / "cases" / "SIM-0002" / "segmentations").glob("*.json"))
    record.write_text("no record", encoding="utf-8")
    program = start(study, "--rater", "Eva Nová")
    page = visit(program.address).wait_until_ready()
    chip = page.raw.locator("[data-case='SIM-0002'] .chip")
    assert chip.inner_text() == "damaged"
    page.raw.click("[data-case='SIM-0002']")
    page.wait_for_message("Restore it from a backup")
    page.open_case("SIM-0001")


def test_a_study_without_cases_says_how_to_import_some(tmp_path, start, visit):
    study = Study.create(tmp_path / "empty", name="empty", labels="brats")
    program = start(study.root, "--rater", "Eva Nová")
    page = visit(program.address).wait_until_ready()
    assert "radiogenomics study import" in page.raw.locator(".cases .empty").inner_text()


def test_the_browser_gets_a_file_and_other_users_do_not_learn_the_key(study, start, tmp_path):
    told = tmp_path / "told.txt"
    program = tmp_path / "browser"
    program.write_text(f'#!/bin/sh\necho "$@" > {told}\n', encoding="utf-8")
    program.chmod(0o755)
    running = start(study, "--browser", environment={"BROWSER": f"{program} %s", "DISPLAY": ":99"})
    for _ in range(200):
        if told.exists() and told.read_text(encoding="utf-8").strip():
            break
        running.process.poll()
        time.sleep(0.05)
    arguments = told.read_text(encoding="utf-8").strip()
    assert running.key not in arguments
    file = Path(re.fullmatch(r"file://(.+)", arguments)[1])
    assert running.address in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    # Nor is the key among what the program was started with.
    command = Path(f"/proc/{running.process.pid}/cmdline").read_bytes()
    environment = Path(f"/proc/{running.process.pid}/environ").read_bytes()
    assert running.key.encode() not in command + environment
    assert running.interrupt() == 0
    assert not file.exists()


def test_every_error_says_what_is_wrong_where_the_viewer_is_not_installed(study, tmp_path):
    hiding = tmp_path / "sitecustomize.py"
    hiding.write_text(
        "import importlib.util\nfind = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, package=None: (\n"
        "    None if name == 'trame_slicer' else find(name, package))\n",
        encoding="utf-8",
    )
    ended = view(study, "--no-browser", PYTHONPATH=str(tmp_path))
    assert ended.returncode == 2
    assert "pip install 'radiogenomics[viewer]'" in ended.stderr
