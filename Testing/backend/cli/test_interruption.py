"""Stopping a command: what it says, what it leaves behind, that nothing goes on."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.imaging import Grid, write_volume
from radiogenomics.study import read_features

GRID = Grid((32, 28, 24), (1.0, 1.125, 2.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))


def test_ctrl_c_while_the_command_is_loaded_ends_it_quietly(tmp_path):
    # Stands for the user who is as quick as this: it is loaded in place of the real one.
    (tmp_path / "typer.py").write_text("raise KeyboardInterrupt")
    ended = subprocess.run(
        [sys.executable, "-m", "radiogenomics.cli.main", "--help"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.returncode == 130
    assert ended.stderr == "Interrupted.\n"


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_stop_leaves_whole_rows_and_says_how_to_go_on(tmp_path, how):
    folder = tmp_path / "many"
    folder.mkdir()
    generator = np.random.default_rng(1)
    noise = generator.choice(np.array([0, 2, 4], np.uint8), size=(80, 120, 120))
    big = Grid((120, 120, 80), GRID.spacing, GRID.origin, GRID.direction)
    write_volume(folder / "P00_seg.nii.gz", noise, big)
    content = (folder / "P00_seg.nii.gz").read_bytes()
    for number in range(1, 60):
        (folder / f"P{number:02d}_seg.nii.gz").write_bytes(content)
    out = tmp_path / "features.csv"
    command = ["measure", folder, "--labels", "brats", "--out", out, "--jobs", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "radiogenomics.cli.main", *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    log = tmp_path / "progress.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (log.exists() and log.read_text()):
        time.sleep(0.05)
    if how is signal.SIGINT:  # A terminal sends it to the workers too.
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    said, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted." in said
    assert "run the same again to go on" in said
    assert complaints == ""
    patients = [row.patient_id for row in read_features(out)]
    assert 0 < len(set(patients)) < 60
    assert all(patients.count(patient) == 20 for patient in set(patients))


@pytest.mark.slow
def test_impatient_ctrl_c_ends_the_command_too(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "radiogenomics.cli.main", "simulate", tmp_path / "s",
         "--patients", "30", "--genes", "60", "--jobs", "2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    log = tmp_path / "s" / "progress.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (log.exists() and log.read_text()):
        time.sleep(0.05)
    for _ in range(3):
        os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.2)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Interrupted." in said
    assert "Traceback" not in said


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are seen in /proc")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_workers_end_with_the_command_however_it_ends(tmp_path, masks, how):
    content = (masks / "P0_seg.nii.gz").read_bytes()
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(3000):
        (folder / f"P{number:04d}_seg.nii.gz").write_bytes(content)
    process = subprocess.Popen(
        [sys.executable, "-m", "radiogenomics.cli.main", "measure", folder, "--labels", "brats",
         "--jobs", "2", "--out", tmp_path / "features.csv"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    log = tmp_path / "progress.jsonl"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not (log.exists() and log.read_text()):
        time.sleep(0.05)
    process.send_signal(how)
    process.wait(timeout=30)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _members_of(process.pid):
        time.sleep(0.1)
    assert _members_of(process.pid) == []


def _members_of(group):
    """Processes of a process group that are still at work, from Linux's /proc."""
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
        except OSError:  # it ended while we looked
            continue
        if int(its_group) == group and state != "Z":
            members.append(int(stat.parent.name))
    return members
