"""The command line as a user types it: what it prints, its exit code, what it leaves behind."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from radiogenomics import __version__
from radiogenomics.imaging import Grid, write_volume
from radiogenomics.study import read_features

GRID = Grid((32, 28, 24), (1.0, 1.125, 2.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))


@pytest.fixture
def masks(tmp_path, tumour):
    folder = tmp_path / "Lékař žluťoučký"
    folder.mkdir()
    for number in range(3):
        write_volume(folder / f"P{number}_seg.nii.gz", np.roll(tumour, number, axis=1), GRID)
    return folder


def test_version_is_printed(radiogenomics):
    assert radiogenomics("--version").stdout == f"radiogenomics {__version__}\n"


@pytest.mark.parametrize(
    "command",
    [
        "measure",
        "check",
        "simulate",
        "train",
        "predict",
        "study init",
        "study add",
        "study import",
        "study list",
    ],
)
def test_help_of_every_command_has_an_example(command, radiogenomics):
    helped = radiogenomics(*command.split(), "--help")
    assert helped.returncode == 0
    assert f"radiogenomics {command} " in helped.stdout


def test_help_loads_nothing_heavy():
    script = (
        "import sys; from radiogenomics.cli.main import app;"
        "heavy = {'numpy', 'scipy', 'SimpleITK', 'pandas', 'keras', 'tensorflow', 'skimage'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_unknown_option_is_bad_usage(radiogenomics):
    assert radiogenomics("measure", "--nonsense").returncode == 2


def test_folder_is_measured_into_a_table(masks, tmp_path, radiogenomics):
    ran = radiogenomics("measure", masks, "--labels", "brats", "--wide", cwd=tmp_path)
    assert ran.returncode == 0
    assert "3 measured" in ran.stdout
    assert "3 segmentations of 3 patients" in ran.stdout
    rows = read_features(tmp_path / "features.csv")
    assert len(rows) == 3 * 2 * 10
    assert (tmp_path / "features.wide.csv").exists()
    assert (tmp_path / "features.dictionary.csv").exists()
    lines = (tmp_path / "progress.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["done"] == 3
    again = radiogenomics("measure", masks, "--labels", "brats", cwd=tmp_path)
    assert "0 measured, 3 unchanged" in again.stdout


def test_json_is_for_programs(masks, tmp_path, radiogenomics):
    out = tmp_path / "x.csv"
    ran = radiogenomics("measure", masks, "--labels", "brats", "--out", out, "--json")
    result = json.loads(ran.stdout)
    assert result["measured"] == 3
    assert result["rows"][0]["value"] == read_features(out)[0].value


def test_one_bad_file_does_not_stop_the_others_and_the_exit_code_says_so(
    masks, tmp_path, radiogenomics
):
    (masks / "P1_seg.nii.gz").write_text("no volume")
    ran = radiogenomics("measure", masks, "--labels", "brats", cwd=tmp_path)
    assert ran.returncode == 1
    assert "2 measured" in ran.stdout
    assert "1 could not be measured" in ran.stderr
    assert "P1_seg.nii.gz is not a gzip file" in ran.stderr
    assert {row.patient_id for row in read_features(tmp_path / "features.csv")} == {"P0", "P2"}


def test_exit_code_is_two_where_no_file_can_be_used(masks, tmp_path, radiogenomics):
    for path in masks.iterdir():
        path.write_text("no volume")
    ran = radiogenomics("measure", masks, "--labels", "brats", cwd=tmp_path)
    assert ran.returncode == 2
    assert "3 could not be measured" in ran.stderr


def test_exit_code_is_one_where_the_study_and_not_its_input_is_damaged(
    masks, tmp_path, radiogenomics
):
    study = tmp_path / "s"
    radiogenomics("study", "init", study, "--labels", "brats", "--reader", "E")
    radiogenomics("study", "add", study, masks / "P0_seg.nii.gz", "--rater", "E")
    (study / "cases" / "P0" / "segmentations" / "E.v01.seg.nrrd").write_text("altered")
    assert radiogenomics("measure", study).returncode == 1


def test_missing_preset_is_asked_for_whichever_files_can_be_read(masks, tmp_path, radiogenomics):
    (masks / "P0_seg.nii.gz").write_text("no volume")
    ran = radiogenomics("measure", masks, cwd=tmp_path)
    assert ran.returncode == 2
    assert "P1_seg.nii.gz: no label preset was chosen" in ran.stderr
    for path in masks.iterdir():
        path.write_text("no volume")
    ran = radiogenomics("measure", masks, cwd=tmp_path)
    assert ran.returncode == 2
    assert "None of the 3 files can be read." in ran.stderr
    assert "P0_seg.nii.gz is not a gzip file" in ran.stderr
    assert "with --labels, too, what the label values mean: brats (1 necrosis" in ran.stderr


def test_small_region_is_pointed_out(tumour, tmp_path, radiogenomics):
    small = np.where(tumour == 4, 0, tumour).astype(np.uint8)
    small[0, 0, 0] = 4
    write_volume(tmp_path / "onevoxel_seg.nii.gz", small, GRID)
    measuring = ["measure", "onevoxel_seg.nii.gz", "--labels", "brats"]
    said = radiogenomics(*measuring, cwd=tmp_path).stdout
    assert "1 region under 200 voxels (onevoxel enhancing): sphericity can exceed 1" in said
    result = json.loads(radiogenomics(*measuring, "--json", cwd=tmp_path).stdout)
    assert result["small_regions"] == [
        {"patient_id": "onevoxel", "rater": "unnamed", "roi": "enhancing"}
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["measure", "none.nii.gz", "--labels", "brats"], "There is no file or folder none.nii.gz"),
        (["measure", ".", "--labels", "brats"], "No segmentation was found"),
        (["measure", "MASKS"], "Presets that would fit: brats"),
        (["measure", "MASKS", "--labels", "brains"], "There is no label preset 'brains'"),
        (["measure", "MASKS", "--labels", "brats", "--roi", "liver"], "'liver' is no region"),
        (["measure", "MASKS", "--labels", "brats", "--rater", "../x"], "cannot be a rater's name"),
        (["study", "init", "s", "--labels", "nothing"], "There is no label preset"),
        (["study", "init", "MASKS", "--labels", "brats"], "already holds something"),
    ],
)
def test_bad_input_is_one_message_and_exit_code_two(
    masks, tmp_path, arguments, message, radiogenomics
):
    (tmp_path / "empty").mkdir()
    given = [str(masks) if argument == "MASKS" else argument for argument in arguments]
    ran = radiogenomics(*given, cwd=tmp_path / "empty")
    assert ran.returncode == 2
    assert message in ran.stderr
    assert ran.stderr.startswith("Error: ")
    assert "Traceback" not in ran.stderr
    assert list((tmp_path / "empty").iterdir()) == []


def test_debug_shows_the_traceback(tmp_path, radiogenomics):
    ran = radiogenomics("measure", "none.nii.gz", "--debug", cwd=tmp_path)
    assert ran.returncode == 1
    assert "Traceback" in ran.stderr


def test_output_into_a_file_instead_of_a_folder_is_a_clear_failure(masks, tmp_path, radiogenomics):
    (tmp_path / "file").write_text("x")
    ran = radiogenomics("measure", masks, "--labels", "brats", "--out", tmp_path / "file" / "f.csv")
    assert ran.returncode == 1
    assert "Cannot write" in ran.stderr
    assert "Traceback" not in ran.stderr


@pytest.mark.slow
def test_study_goes_from_nothing_to_a_table(masks, tmp_path, radiogenomics):
    study = tmp_path / "my study"
    made = radiogenomics("study", "init", study, "--labels", "brats", "--reader", "Eva Nová")
    assert made.returncode == 0
    source = ["study", "import", study, masks, "--rater", "Eva Nová"]
    planned = radiogenomics(*source, stdin=subprocess.DEVNULL)
    assert planned.returncode == 0
    assert "new case" in planned.stdout
    assert "Nothing was imported" in planned.stdout
    assert not (study / "cases").exists()
    assert "Imported 3 of 3" in radiogenomics(*source, "--yes").stdout
    added = radiogenomics(
        "study", "add", study, masks / "P0_seg.nii.gz", "--rater", "Jan", "--patient", "P9"
    )
    assert "Added P9: version 1 by Jan" in added.stdout
    listed = json.loads(radiogenomics("study", "list", study, "--json").stdout)
    assert [case["patient_id"] for case in listed["cases"]] == ["P0", "P1", "P2", "P9"]
    assert listed["cases"][3] == {
        "patient_id": "P9",
        "images": [],
        "raters": {"Jan": 1},
        "status": "draft",
    }
    assert "4 cases, 0 approved" in radiogenomics("study", "list", study).stdout
    assert radiogenomics("measure", study).returncode == 0
    assert len(read_features(study / "features.csv")) == 4 * 20
    assert radiogenomics("measure", study, "--labels", "msd").returncode == 2


def test_patient_id_that_leads_out_of_the_study_is_refused(masks, tmp_path, radiogenomics):
    study = tmp_path / "s"
    radiogenomics("study", "init", study, "--labels", "brats")
    ran = radiogenomics(
        "study", "add", study, masks / "P0_seg.nii.gz", "--rater", "E", "--patient", "../../P0"
    )
    assert ran.returncode == 2
    assert "cannot be a patient id" in ran.stderr
    assert not (tmp_path / "P0").exists()


def test_one_file_does_not_replace_the_table_of_a_cohort(masks, tmp_path, radiogenomics):
    radiogenomics("measure", masks, "--labels", "brats", cwd=tmp_path)
    before = (tmp_path / "features.csv").read_bytes()
    one = masks / "P0_seg.nii.gz"
    ran = radiogenomics("measure", one, "--labels", "brats", "--json", cwd=tmp_path)
    assert ran.returncode == 2
    assert "--replace" in ran.stderr
    assert (tmp_path / "features.csv").read_bytes() == before


@pytest.mark.slow
def test_ctrl_c_leaves_whole_rows_and_says_how_to_go_on(tmp_path):
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
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "run the same again to go on" in said
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


@pytest.mark.skipif(os.name != "posix", reason="a terminal is made through pty")
def test_progress_is_drawn_on_a_terminal(masks, tmp_path):
    mine, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "radiogenomics.cli.main", "measure", masks, "--labels", "brats"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            part = os.read(mine, 4096)
        except OSError:  # Linux says so when the other end is closed.
            break
        if not part:
            break
        seen += part
    os.close(mine)
    assert process.wait(timeout=60) == 0
    assert b"measure" in seen
    assert b"3/3" in seen
    assert not Path(tmp_path / "progress.jsonl").exists()
