"""Agreement and consensus as a user types them, on a study with two readers."""

import json
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from radiogenomics.imaging import Grid, Labelmap, find_preset, save_segmentation
from radiogenomics.study import CONSENSUS, Role, State, Study, read_features

GRID = Grid((32, 28, 24), (1.0, 1.125, 2.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
READERS = ("Eva", "Olga")


def fill(root, array, cases, submitted=True):
    study = Study.create(root, name="s", labels="brats", raters=dict.fromkeys(READERS, Role.READER))
    labels = find_preset("brats").labels
    for number in range(cases):
        case = study.add_case(f"P{number:02}")
        own = array.copy()
        own[:, :, 18 + number % 8 :] = 0
        for moved, rater in enumerate(READERS[: 1 if number == 0 else 2]):
            drawn = np.roll(own, moved, axis=2)
            save_segmentation(case, rater, Labelmap(drawn, GRID, labels), {})
            if submitted:
                case.review(State.SUBMITTED, who=rater, role=Role.READER, rater=rater, version=1)
    return study


def made(study):
    return [case.patient_id for case in study.cases() if case.latest(CONSENSUS) is not None]


@pytest.mark.slow
def test_from_two_readers_to_the_versions_that_count(tmp_path, tumour, radiogenomics):
    study = fill(tmp_path / "s", tumour, 4)
    agreed = radiogenomics("agree", study.root)
    assert agreed.returncode == 0, agreed.stderr
    assert "Cases: 3 compared; 1 left out, with fewer than two raters." in agreed.stdout
    assert "3 cases that Eva and Olga have all read" in agreed.stdout
    assert "ICC(2,1)" in agreed.stdout
    (line,) = [line for line in agreed.stdout.splitlines() if line.strip().startswith("Volume ")]
    assert line.count("1.00, 1.00–1.00 excellent") == 2
    for name in ("index.html", "agreement.csv", "feature_agreement.csv", "forest.svg"):
        assert (study.root / "agreement" / name).exists()

    consensus = radiogenomics("consensus", study.root)
    assert consensus.returncode == 0, consensus.stderr
    assert "3 saved, 0 unchanged since the last run, 1 cases passed over" in consensus.stdout
    assert "radiogenomics measure" in consensus.stdout
    again = json.loads(radiogenomics("consensus", study.root, "--json").stdout)
    assert [one["outcome"] for one in again["cases"]] == [
        "fewer than two raters", *["unchanged"] * 3,
    ]  # fmt: skip
    measured = radiogenomics("measure", study.root)
    assert "Versions that count: 3 consensus, 1 only rater." in measured.stdout
    counted = {row.patient_id: row.rater for row in read_features(study.root / "features.csv") if
               row.counts in ("consensus", "only rater")}  # fmt: skip
    assert counted == {"P00": "Eva", "P01": CONSENSUS, "P02": CONSENSUS, "P03": CONSENSUS}


def test_a_failure_does_not_stop_the_others_and_the_exit_code_says_so(
    tmp_path, tumour, radiogenomics
):
    study = fill(tmp_path / "s", tumour, 4)
    study.case("P02").latest("Eva").path.write_text("altered")
    for command in ("consensus", "agree"):
        ran = radiogenomics(command, study.root)
        assert ran.returncode == 1
        assert "  P02: " in ran.stderr
        assert "is not the file that was saved" in ran.stderr
    assert made(study) == ["P01", "P03"]


@pytest.mark.slow
def test_drafts_are_asked_for_and_staple_of_two_is_pointed_out(tmp_path, tumour, radiogenomics):
    study = fill(tmp_path / "s", tumour, 3, submitted=False)
    refused = radiogenomics("agree", study.root)
    assert refused.returncode == 2
    assert "compare them with --drafts" in refused.stderr
    passed_over = radiogenomics("consensus", study.root)
    assert passed_over.returncode == 0
    assert "2 of these have drafts by two or more, as imports are: take them with --drafts." in (
        passed_over.stdout
    )
    found = json.loads(radiogenomics("agree", study.root, "--drafts", "--json").stdout)
    assert len(found["features"]) == 20
    assert found["block"]["raters"] == ["Eva", "Olga"]
    ran = radiogenomics("consensus", study.root, "--drafts", "--method", "staple")
    assert "2 of them are of two raters, whom STAPLE cannot tell apart" in ran.stdout
    assert study.case("P01").latest(CONSENSUS).record["method"] == "staple"


def test_agreement_written_elsewhere_leaves_the_study_as_it_is(tmp_path, tumour, radiogenomics):
    study = fill(tmp_path / "s", tumour, 3)
    before = sorted(study.root.rglob("*"))
    ran = radiogenomics("agree", study.root, "--out", tmp_path / "elsewhere")
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "elsewhere" / "index.html").exists()
    assert sorted(study.root.rglob("*")) == before


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_consensus_that_is_stopped_loses_nothing_and_goes_on(
    tmp_path, tumour, radiogenomics, how
):
    study = fill(tmp_path / "s", tumour, 30)
    process = subprocess.Popen(
        [sys.executable, "-m", "radiogenomics.cli.main", "consensus", study.root, "--jobs", "1"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not made(study):
        time.sleep(0.01)
    process.send_signal(how)
    said, _ = process.communicate(timeout=60)
    before = made(study)
    assert 0 < len(before) < 29
    if how is signal.SIGINT:
        assert process.returncode == 130
        assert "run the same again to go on" in said
    again = json.loads(radiogenomics("consensus", study.root, "--json").stdout)
    outcomes = {one["patient_id"]: one["outcome"] for one in again["cases"]}
    assert again["failures"] == []
    assert {name for name, outcome in outcomes.items() if outcome == "unchanged"} == set(before)
    assert len(made(study)) == 29
    assert not list(study.root.rglob(".writing-*"))
    for case in study.cases():
        assert len(case.segmentations(CONSENSUS)) == (case.patient_id != "P00")
