"""The consensus of a whole study: which versions it is of, what a second run and a failure do."""

import numpy as np
import pytest

from radiogenomics.agreement import consensus
from radiogenomics.imaging import Grid, find_preset, read_labelmap, write_volume
from radiogenomics.measuring import Outcome, jobs_from_study, make_consensus, measure
from radiogenomics.measuring import consensus as consensus_module
from radiogenomics.measuring.raters import read_raters
from radiogenomics.study import CONSENSUS, Role, State
from radiogenomics.study.counting import Basis, version_that_counts

from .conftest import GRID


def outcomes(result):
    assert result.failures == []
    return {one.patient_id: one.outcome for one in result.cases}


def saved(study, patient_id):
    return [one.version for one in study.case(patient_id).segmentations(CONSENSUS)]


@pytest.mark.parametrize("method", ["majority", "staple"])
@pytest.mark.usefixtures("read_twice")
def test_the_file_holds_what_the_agreement_package_decides_where_the_raters_drew(study, method):
    result = make_consensus(study, method)
    assert outcomes(result) == {
        "P0": Outcome.SAVED,
        "P1": Outcome.SAVED,
        "P2": Outcome.SAVED,
        "P3": Outcome.TOO_FEW,
    }
    case = study.case("P1")
    one = case.latest(CONSENSUS)
    assert one.record["of"] == [{"rater": "Eva", "version": 1}, {"rater": "Olga", "version": 1}]
    assert one.record["method"] == method
    written = read_labelmap(one.path, None)
    raters = [v for v in case.latest_by_rater() if v.rater != CONSENSUS]
    agreed = consensus(read_raters(case, raters, "brats"), method)
    assert written.labels == dict(agreed.labels)
    assert np.array_equal(written.array, agreed.array)
    assert written.array.any()
    assert written.grid.matches(GRID)


@pytest.mark.usefixtures("read_twice")
def test_a_second_run_makes_only_what_changed(study, draw, tumour):
    make_consensus(study)
    draw("P1", "Olga", np.roll(tumour, 2, axis=2))
    draw("P2", "Olga", np.roll(tumour, 2, axis=2), submitted=False)
    again = outcomes(make_consensus(study))
    assert (again["P0"], again["P1"], again["P2"]) == (
        Outcome.UNCHANGED, Outcome.SAVED, Outcome.UNCHANGED,
    )  # fmt: skip
    assert saved(study, "P1") == [1, 2]
    other = outcomes(make_consensus(study, "staple"))
    assert other["P0"] is Outcome.SAVED
    assert saved(study, "P0") == [1, 2]


@pytest.mark.usefixtures("read_twice")
def test_what_is_saved_when_the_work_is_cut_short_is_taken_over(study, monkeypatch):
    kept = consensus_module.save_consensus

    def killed(case, *arguments, **options):
        if case.patient_id == "P1":
            raise KeyboardInterrupt
        return kept(case, *arguments, **options)

    monkeypatch.setattr(consensus_module, "save_consensus", killed)
    stopped = make_consensus(study)
    assert stopped.interrupted
    monkeypatch.undo()
    again = outcomes(make_consensus(study))
    assert [again[f"P{n}"] for n in range(3)] == [Outcome.UNCHANGED, Outcome.SAVED, Outcome.SAVED]
    assert [saved(study, f"P{n}") for n in range(3)] == [[1], [1], [1]]


def test_drafts_count_only_where_it_is_said(study, draw, tumour):
    draw("P1", "Eva", tumour, submitted=False)
    draw("P1", "Olga", tumour, submitted=False)
    assert outcomes(make_consensus(study)) == {"P1": Outcome.TOO_FEW}
    assert outcomes(make_consensus(study, drafts=True)) == {"P1": Outcome.SAVED}
    assert study.case("P1").latest(CONSENSUS).record["drafts"] is True
    assert version_that_counts(study.case("P1")).basis is Basis.CONSENSUS


@pytest.mark.usefixtures("read_twice")
def test_what_was_returned_is_no_part_of_it(study):
    study.case("P0").review(
        State.RETURNED, who="Boss", role=Role.REVIEWER, rater="Olga", version=1, comment="thinner"
    )
    assert outcomes(make_consensus(study))["P0"] is Outcome.TOO_FEW


@pytest.mark.usefixtures("read_twice")
def test_one_damaged_file_is_reported_and_the_other_cases_have_their_consensus(study):
    study.case("P1").latest("Olga").path.write_text("altered")
    result = make_consensus(study)
    ((patient_id, reason),) = result.failures
    assert patient_id == "P1"
    assert "is not the file that was saved" in reason
    assert [saved(study, f"P{n}") for n in range(3)] == [[1], [], [1]]


@pytest.mark.slow
@pytest.mark.usefixtures("read_twice")
def test_the_number_of_processes_changes_nothing(study, draw, tumour):
    for number in range(4, 10):
        draw(f"P{number}", "Eva", tumour)
        draw(f"P{number}", "Olga", np.roll(tumour, 1, axis=0))
    told = []
    result = make_consensus(study, processes=2, progress=lambda *line: told.append(line[:3]))
    assert result.count(Outcome.SAVED) == 9
    assert told[-1] == ("consensus", 10, 10)
    assert [one.patient_id for one in result.cases] == [f"P{n}" for n in range(10)]


def test_what_slicer_saved_cropped_meets_on_the_grid_of_the_image(study, draw, tumour):
    case = study.add_case("P1")
    case.add_image("t1c", lambda path: write_volume(path, tumour, GRID), {})
    draw("P1", "Eva", tumour)
    x, y, z = 3, 2, 1
    origin = (GRID.origin[0] + x * 1.0, GRID.origin[1] - y * 1.125, GRID.origin[2] + z * 2.0)
    part = np.ascontiguousarray(tumour[z:, y:, x:])
    cropped = Grid(part.shape[::-1], GRID.spacing, origin, GRID.direction)
    draw("P1", "Olga", part, cropped)
    assert outcomes(make_consensus(study)) == {"P1": Outcome.SAVED}
    written = read_labelmap(case.latest(CONSENSUS).path, None)
    assert written.grid.matches(GRID)
    inside = np.zeros_like(tumour)
    inside[z:, y:, x:] = part
    assert np.array_equal(written.array, inside)


def test_raters_on_different_grids_without_an_image_are_refused_with_both(study, draw, tumour):
    draw("P1", "Eva", tumour)
    moved = Grid(GRID.size, GRID.spacing, (0.0, 0.25, 0.0), GRID.direction)
    draw("P1", "Olga", tumour, moved)
    ((_, reason),) = make_consensus(study).failures
    assert "drew on different grids" in reason
    assert "Olga on 32 x 28 x 24 voxels" in reason


@pytest.mark.usefixtures("read_twice")
def test_the_consensus_is_measured_and_counts(study):
    make_consensus(study)
    jobs, _ = jobs_from_study(study, ("enhancing", "edema"))
    of_p0 = {job.rater: job.counts for job in jobs if job.patient_id == "P0"}
    assert of_p0 == {"Eva": "", "Olga": "", CONSENSUS: "consensus"}
    (only,) = [job for job in jobs if job.patient_id == "P3"]
    assert only.counts == "only rater"
    (job,) = [job for job in jobs if (job.patient_id, job.rater) == ("P0", CONSENSUS)]
    volume = measure(job).rows[0]
    voxels = read_labelmap(job.path, find_preset("brats")).array == 4
    assert volume.value == pytest.approx(voxels.sum() * 2.25)
