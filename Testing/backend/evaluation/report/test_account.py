"""What a report says of the segmentations behind a run."""

import dataclasses

from radiogenomics.evaluation.report.account import dropped_table
from radiogenomics.training.run_folder import load_run


def lines(run):
    return {
        (row.cells[0].text, row.cells[1].text): row.cells[2].text for row in dropped_table(run).rows
    }


def test_the_versions_that_count_are_told_and_runs_of_before_stay_readable(run_path):
    run = load_run(run_path)
    assert not any("version that counts" in what for _, what in lines(run))
    patients = {**run.manifest["patients"], "versions": {"approved": 62, "only rater": 1}}
    told = lines(dataclasses.replace(run, manifest={**run.manifest, "patients": patients}))
    what = "of them measured on the version that counts: {}"
    assert told["patients", what.format("approved")] == "62"
    assert told["patients", what.format("only rater")] == "1"
