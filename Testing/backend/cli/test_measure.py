"""The command line as a user types it: what it prints, its exit code, what it leaves behind."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from radiogenomics import __version__
from radiogenomics.imaging import Grid, write_volume
from radiogenomics.study import read_features

GRID = Grid((32, 28, 24), (1.0, 1.125, 2.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))


def test_version_is_printed(radiogenomics):
    assert radiogenomics("--version").stdout == f"radiogenomics {__version__}\n"


@pytest.mark.parametrize(
    "command",
    [
        "measure",
        "check",
        "agree",
        "consensus",
        "simulate",
        "train",
        "predict",
        "study init",
        "study add",
        "study import",
        "study list",
        "",
    ],
)
def test_help_of_every_command_has_an_example(command, radiogenomics):
    helped = radiogenomics(*command.split(), "--help")
    assert helped.returncode == 0
    assert f"radiogenomics {command or 'measure'} " in helped.stdout


def test_help_loads_nothing_heavy():
    script = (
        "import sys; from radiogenomics.cli.app import app;"
        "heavy = {'numpy', 'scipy', 'SimpleITK', 'pandas', 'keras', 'tensorflow', 'skimage'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"


def test_output_that_lacks_a_letter_shows_another_and_json_loses_none(
    masks, tmp_path, radiogenomics
):
    measuring = ["measure", masks, "--labels", "brats", "--rater", "Jiří"]
    ran = radiogenomics(*measuring, cwd=tmp_path, encoding="ascii")
    assert ran.returncode == 0
    assert "Mean (smallest?largest) over 3 segmentations" in ran.stdout
    ran = radiogenomics(*measuring, "--json", cwd=tmp_path, encoding="ascii")
    assert json.loads(ran.stdout)["rows"][0]["rater"] == "Jiří"


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


def test_one_file_does_not_replace_the_table_of_a_cohort(masks, tmp_path, radiogenomics):
    radiogenomics("measure", masks, "--labels", "brats", cwd=tmp_path)
    before = (tmp_path / "features.csv").read_bytes()
    one = masks / "P0_seg.nii.gz"
    ran = radiogenomics("measure", one, "--labels", "brats", "--json", cwd=tmp_path)
    assert ran.returncode == 2
    assert "--replace" in ran.stderr
    assert (tmp_path / "features.csv").read_bytes() == before


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
