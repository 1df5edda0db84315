"""``radiogenomics study`` as a user types it."""

import json
import subprocess

import pytest

from radiogenomics.study import Role, Study, read_features


@pytest.mark.slow
def test_study_goes_from_nothing_to_a_table(masks, tmp_path, radiogenomics):
    study = tmp_path / "my study"
    made = radiogenomics("study", "init", study, "--labels", "brats", "--reader", "Eva Nová")
    assert made.returncode == 0
    assert f"radiogenomics study import '{study}' FOLDER" in made.stdout
    empty = radiogenomics("measure", study)
    assert f"radiogenomics study import '{study}' FOLDER" in empty.stderr
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


def test_damaged_record_is_marked_and_the_other_cases_are_listed(masks, tmp_path, radiogenomics):
    study = tmp_path / "s"
    radiogenomics("study", "init", study, "--labels", "brats", "--reader", "E")
    radiogenomics("study", "import", study, masks, "--rater", "E", "--yes")
    (study / "cases" / "P1" / "segmentations" / "E.v01.json").write_text("{")
    listed = radiogenomics("study", "list", study, "--json")
    assert listed.returncode == 1
    assert "E.v01.json is damaged" in listed.stderr
    cases = json.loads(listed.stdout)["cases"]
    assert [case["status"] for case in cases] == ["draft", "damaged", "draft"]
    assert "damaged" in radiogenomics("study", "list", study).stdout


def test_new_rater_is_entered_and_announced_by_add_as_by_import(masks, tmp_path, radiogenomics):
    study = tmp_path / "s"
    radiogenomics("study", "init", study, "--labels", "brats", "--reader", "E")
    added = radiogenomics("study", "add", study, masks / "P0_seg.nii.gz", "--rater", "Zz")
    assert "'Zz' is new to this study and was added as a reader." in added.stdout
    assert Study.open(study).settings.raters == {"E": Role.READER, "Zz": Role.READER}


def test_failed_import_names_each_file_once(masks, tmp_path, radiogenomics):
    study = tmp_path / "s"
    radiogenomics("study", "init", study, "--labels", "brats", "--reader", "E")
    (masks / "P1_seg.nii.gz").write_text("no volume")
    ran = radiogenomics("study", "import", study, masks, "--rater", "E", "--yes")
    assert ran.returncode == 1
    assert ran.stderr.count("P1_seg.nii.gz") == 1


def test_patient_id_that_leads_out_of_the_study_is_refused(masks, tmp_path, radiogenomics):
    study = tmp_path / "s"
    radiogenomics("study", "init", study, "--labels", "brats")
    ran = radiogenomics(
        "study", "add", study, masks / "P0_seg.nii.gz", "--rater", "E", "--patient", "../../P0"
    )
    assert ran.returncode == 2
    assert "cannot be a patient id" in ran.stderr
    assert not (tmp_path / "P0").exists()
