"""Measuring a cohort: what changed, what failed, what a stop leaves behind."""

import json
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.errors import InputError, StudyError
from radiogenomics.imaging import Grid, Labelmap, find_preset, save_segmentation, write_volume
from radiogenomics.measuring import MeasureJob, jobs_from_files, jobs_from_study, measure_cohort
from radiogenomics.measuring import jobs as jobs_module
from radiogenomics.shape import FEATURE_NAMES, labelmap_features
from radiogenomics.shape.dictionary import data_dictionary
from radiogenomics.study import FeatureRow, Role, State, Study, read_features
from radiogenomics.study.tables import LONG_COLUMNS

GRID = Grid((32, 28, 24), (1.0, 1.125, 2.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
ROIS = ("enhancing", "edema")


@pytest.fixture
def masks(tmp_path, tumour):
    folder = tmp_path / "masks"
    folder.mkdir()
    for number in range(4):
        write_volume(folder / f"P{number}_seg.nii.gz", np.roll(tumour, number, axis=1), GRID)
    return folder


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out" / "features.csv"


def run(masks, out, **options):
    jobs, failures, _ = jobs_from_files([masks], "brats", "Eva", ROIS)
    assert failures == []
    return measure_cohort(jobs, out, **options)


def test_table_holds_what_the_shape_package_gives(masks, out, tumour):
    result = run(masks, out)
    expected = labelmap_features(tumour, GRID.spacing, {"enhancing": 4, "edema": 2})
    rows = [row for row in read_features(out) if row.patient_id == "P0"]
    assert {(row.roi, row.feature): row.value for row in rows} == {
        (roi, feature): expected[roi][feature] for roi in ROIS for feature in FEATURE_NAMES
    }
    assert result.rows == read_features(out)
    assert (result.measured, result.reused, result.failures) == (4, 0, [])


def test_order_of_rows_does_not_depend_on_the_processes(masks, out, tmp_path, tumour):
    for number in range(4, 9):
        write_volume(masks / f"P{number}_seg.nii.gz", np.roll(tumour, number, axis=1), GRID)
    run(masks, out, processes=1)
    run(masks, tmp_path / "other.csv", processes=2)
    assert out.read_bytes() == (tmp_path / "other.csv").read_bytes()


def test_second_run_measures_only_what_changed(masks, out, tumour):
    first = run(masks, out)
    write_volume(masks / "P2_seg.nii.gz", np.roll(tumour, 3, axis=2)[::-1].copy(), GRID)
    (masks / "P3_seg.nii.gz").unlink()
    second = run(masks, out, replace=True)
    assert (second.measured, second.reused) == (1, 2)
    assert {row.patient_id for row in second.rows} == {"P0", "P1", "P2"}
    kept = [row for row in first.rows if row.patient_id in ("P0", "P1")]
    assert [row for row in second.rows if row.patient_id in ("P0", "P1")] == kept


def test_rows_are_not_taken_over_from_a_table_that_was_edited(masks, out):
    run(masks, out)
    value = str(read_features(out)[0].value)
    out.write_text(out.read_text().replace(value, "1.0", 1))
    result = run(masks, out)
    assert result.measured == 4
    assert str(result.rows[0].value) == value


def test_rows_are_not_taken_over_for_other_rois(masks, out):
    run(masks, out)
    jobs, _, _ = jobs_from_files([masks], "brats", "Eva", ("enhancing", "edema", "necrosis"))
    result = measure_cohort(jobs, out)
    assert result.measured == 4
    assert {row.roi for row in result.rows} == {"enhancing", "edema", "necrosis"}


def test_bad_file_is_reported_and_the_good_rows_are_there(masks, out):
    (masks / "P1_seg.nii.gz").write_bytes(b"")
    result = run(masks, out)
    assert [failure.path.name for failure in result.failures] == ["P1_seg.nii.gz"]
    assert {row.patient_id for row in read_features(out)} == {"P0", "P2", "P3"}


def test_segmentation_off_the_grid_of_the_image_beside_it_is_reported(masks, out, tumour):
    write_volume(masks / "P1_t1c.nii.gz", tumour, GRID)
    shifted = Grid(GRID.size, GRID.spacing, (0.0, 4.5, 0.0), GRID.direction)
    write_volume(masks / "P2_t1c.nii.gz", tumour, shifted)
    result = run(masks, out)
    assert [failure.path.name for failure in result.failures] == ["P2_seg.nii.gz"]
    assert "does not lie on the grid of its image" in result.failures[0].reason
    assert result.measured == 3


def test_image_that_moved_is_noticed_though_the_segmentation_is_unchanged(masks, out, tumour):
    write_volume(masks / "P1_t1c.nii.gz", tumour, GRID)
    assert run(masks, out).failures == []
    moved = Grid(GRID.size, GRID.spacing, (0.0, 4.5, 0.0), GRID.direction)
    write_volume(masks / "P1_t1c.nii.gz", tumour, moved)
    again = run(masks, out)
    assert again.reused == 3
    assert "does not lie on the grid" in again.failures[0].reason


def test_segmentation_of_a_study_that_was_altered_is_not_measured(tmp_path, out, tumour):
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    labelmap = Labelmap(tumour, GRID, find_preset("brats").labels)
    saved = save_segmentation(study.add_case("P1"), "Eva", labelmap, {})
    save_segmentation(study.add_case("P2"), "Eva", labelmap, {})
    assert measure_cohort(jobs_from_study(study, ROIS)[0], out).failures == []
    altered = Labelmap(tumour[::-1], GRID, labelmap.labels)
    changed = save_segmentation(study.add_case("P3"), "Eva", altered, {})
    saved.path.write_bytes(changed.path.read_bytes())
    result = measure_cohort(jobs_from_study(study, ROIS)[0], out)
    assert [failure.path for failure in result.failures] == [saved.path]
    assert "is not the file that was saved" in result.failures[0].reason


def test_case_with_a_damaged_record_does_not_stop_the_study(tmp_path, tumour):
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    labelmap = Labelmap(tumour, GRID, find_preset("brats").labels)
    for patient_id in ("P1", "P2"):
        saved = save_segmentation(study.add_case(patient_id), "Eva", labelmap, {})
    saved.path.with_name("Eva.v01.json").write_text("{")
    jobs, failures = jobs_from_study(study, ROIS)
    assert [job.patient_id for job in jobs] == ["P1"]
    assert "damaged" in failures[0].reason


def test_fault_of_ours_on_one_file_does_not_stop_the_others(masks, out, monkeypatch):
    real = jobs_module.measure_labelmap
    calls = iter([True, False, False, False])

    def fails_once(*given):
        if next(calls):
            raise IndexError("planted")
        return real(*given)

    monkeypatch.setattr(jobs_module, "measure_labelmap", fails_once)
    result = run(masks, out)
    assert result.measured == 3
    assert "P0_seg.nii.gz could not be measured: IndexError: planted" in result.failures[0].reason


def test_odd_files_are_reported_one_by_one_and_never_stop_the_others(masks, out, tumour):
    (masks / "folder_seg.nii.gz").mkdir()
    write_volume(masks / "kind_seg.nii", tumour, GRID)
    content = bytearray((masks / "kind_seg.nii").read_bytes())
    content[70:72] = (12345).to_bytes(2, "little")  # datatype
    (masks / "kind_seg.nii").write_bytes(content)
    write_volume(masks / "size_seg.nii", tumour, GRID)
    content = bytearray((masks / "size_seg.nii").read_bytes())
    content[42:48] = b"\xff\x7f" * 3  # dimensions
    (masks / "size_seg.nii").write_bytes(content)
    (masks / "gone_seg.nii.gz").symlink_to(masks / "nowhere")
    jobs, _, _ = jobs_from_files([masks], "brats", "Eva", ROIS)
    odd = masks / "folder_seg.nii.gz"
    jobs += [
        MeasureJob("folder", "Eva", 1, odd, "brats"),
        MeasureJob("x", "Eva", 1, masks, "brats"),
    ]
    result = measure_cohort(jobs, out)
    reasons = {failure.path.name: failure.reason for failure in result.failures}
    assert set(reasons) == {"folder_seg.nii.gz", "kind_seg.nii", "size_seg.nii", "masks"}
    assert "makes no sense" in reasons["kind_seg.nii"]
    assert "truncated" in reasons["size_seg.nii"]
    assert "is a folder" in reasons["folder_seg.nii.gz"]
    assert result.measured == 4


def test_smaller_selection_does_not_replace_the_table_unless_told_to(masks, out):
    run(masks, out, wide=True)
    before = out.read_bytes()
    jobs, _, _ = jobs_from_files([masks / "P1_seg.nii.gz"], "brats", "Eva", ROIS)
    with pytest.raises(
        InputError, match=r"holds 3 segmentations .* such as P0 by 'Eva'.*--replace"
    ):
        measure_cohort(jobs, out)
    assert out.read_bytes() == before
    assert measure_cohort(jobs, out, replace=True).reused == 1
    # The wide form goes with the table: it must not stay behind with other values.
    assert len((out.parent / "features.wide.csv").read_text().splitlines()) == 1 + 2


def test_something_else_under_the_tables_name_is_not_written_over(masks, out):
    out.parent.mkdir()
    out.write_text("my notes")
    with pytest.raises(InputError, match=r"is not a feature table.*--out, or move that") as refused:
        run(masks, out)
    assert "Make one with" not in str(refused.value)
    assert out.read_text() == "my notes"


def test_nothing_measured_writes_no_table(masks, out):
    for path in masks.iterdir():
        path.write_bytes(b"")
    assert len(run(masks, out).failures) == 4
    assert not out.exists()


def test_file_that_turned_bad_loses_its_old_rows(masks, out):
    run(masks, out)
    (masks / "P1_seg.nii.gz").write_bytes(b"")
    run(masks, out)
    assert {row.patient_id for row in read_features(out)} == {"P0", "P2", "P3"}


def test_interrupted_run_leaves_whole_rows_and_the_next_goes_on(masks, out):
    def stop_after_two(stage, done, total, message):
        del stage, total, message
        if done == 2:
            raise KeyboardInterrupt

    first = run(masks, out, progress=stop_after_two)
    assert first.interrupted
    counts = {}
    for row in read_features(out):
        counts[row.patient_id] = counts.get(row.patient_id, 0) + 1
    assert set(counts.values()) == {20}
    assert len(counts) == 2
    second = run(masks, out)
    assert (second.measured, second.reused, second.interrupted) == (2, 2, False)


def test_wide_table_and_dictionary_lie_beside_the_table(masks, out):
    run(masks, out, wide=True)
    assert {path.name for path in out.parent.iterdir()} == {
        "features.csv",
        "features.wide.csv",
        "features.dictionary.csv",
        "features.sources.json",
    }
    assert len((out.parent / "features.wide.csv").read_text().splitlines()) == 1 + 4 * 2


def test_dictionary_explains_every_column_and_every_feature():
    names = [name for name, _, _ in data_dictionary()]
    assert names == [*LONG_COLUMNS, *FEATURE_NAMES]


def test_sources_hold_no_folder_of_the_machine(masks, out):
    run(masks, out)
    record = (out.parent / "features.sources.json").read_text()
    assert str(masks) not in record
    assert json.loads(record)["sources"][0]["file"] == "P0_seg.nii.gz"


def test_empty_roi_has_volume_zero_and_empty_cells(masks, out, tumour):
    write_volume(masks / "P0_seg.nii.gz", np.where(tumour == 4, 0, tumour).astype("u1"), GRID)
    rows = {(r.patient_id, r.roi, r.feature): r.value for r in run(masks, out).rows}
    assert rows["P0", "enhancing", "volume"] == 0
    assert rows["P0", "enhancing", "sphericity"] is None
    assert ",enhancing,sphericity,,1,\n" in out.read_text()


def test_roi_of_one_voxel_is_measured(masks, out, tumour):
    single = np.where(tumour == 4, 0, tumour).astype("u1")
    single[0, 0, 0] = 4
    write_volume(masks / "P0_seg.nii.gz", single, GRID)
    rows = {(r.patient_id, r.roi, r.feature): r.value for r in run(masks, out).rows}
    assert rows["P0", "enhancing", "volume"] == pytest.approx(2.25)
    assert rows["P0", "enhancing", "max_diameter"] == 0


def test_small_regions_are_named_also_when_taken_over_from_an_earlier_run(masks, out, tumour):
    single = np.where(tumour == 4, 0, tumour).astype("u1")
    single[0, 0, 0] = 4
    write_volume(masks / "P2_seg.nii.gz", single, GRID)
    assert run(masks, out).small == [("P2", "Eva", "enhancing")]
    again = run(masks, out)
    assert again.reused == 4
    assert again.small == [("P2", "Eva", "enhancing")]


def test_file_whose_name_gives_no_usable_id_is_reported_with_its_name(masks, tumour):
    write_volume(masks / "Pč_seg.nii.gz", tumour, GRID)
    _, failures, _ = jobs_from_files([masks], "brats", "Eva", ROIS)
    assert "Pč_seg.nii.gz: 'Pč' cannot be a patient id: use a-z, A-Z, digits" in failures[0].reason


def test_two_files_of_one_patient_are_reported(masks, tumour):
    (masks / "again").mkdir()
    write_volume(masks / "again" / "P1_seg.nii.gz", tumour, GRID)
    jobs, failures, _ = jobs_from_files([masks], "brats", "Eva", ROIS)
    assert len(jobs) == 4
    assert len(failures) == 1
    assert "both of patient P1" in failures[0].reason


def test_roi_that_the_preset_lacks_is_said(masks, out, tumour):
    write_volume(masks / "P0_seg.nii.gz", np.where(tumour == 4, 3, tumour).astype("u1"), GRID)
    jobs, _, _ = jobs_from_files([masks / "P0_seg.nii.gz"], "msd", "Eva", ("necrosis",))
    result = measure_cohort(jobs, out)
    assert "no label or segment for necrosis" in result.failures[0].reason


def test_study_is_measured_by_the_latest_version_of_every_rater(tmp_path, out, tumour):
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    with pytest.raises(InputError, match="holds no segmentation yet"):
        jobs_from_study(study, ROIS)
    labels = find_preset("brats").labels
    case = study.add_case("P1")
    for rater, array in (("Eva", tumour[::-1]), ("Eva", tumour), ("Jan", tumour[:, ::-1])):
        save_segmentation(case, rater, Labelmap(array, GRID, labels), {})
    result = measure_cohort(jobs_from_study(study, ROIS)[0], out)
    assert {(row.rater, row.version) for row in result.rows} == {("Eva", 2), ("Jan", 1)}


def test_table_that_cannot_be_written_leaves_the_old_one(masks, out, tumour, monkeypatch):
    run(masks, out)
    before = out.read_bytes()
    write_volume(masks / "P0_seg.nii.gz", tumour[::-1].copy(), GRID)

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(StudyError, match="free some space"):
        run(masks, out)
    assert out.read_bytes() == before


@pytest.mark.slow
def test_real_cohort_has_the_means_that_were_stated(shared_data, out):
    jobs, failures, passed_over = jobs_from_files(
        [shared_data / "tcga_gbm" / "segmentations"], "brats", "brats", ROIS
    )
    result = measure_cohort(jobs, out, processes=2, wide=True)
    assert (failures, passed_over, result.failures) == ([], 0, [])
    wide = (out.parent / "features.wide.csv").read_text().splitlines()
    assert len(wide) == 1 + 204
    assert len({row.patient_id for row in result.rows}) == 102

    def mean(roi, feature):
        values = [row.value for row in _of(result.rows, roi, feature)]
        assert len(values) == 102
        return np.mean(values)

    assert mean("enhancing", "volume") / 1000 == pytest.approx(29.44, abs=0.005)
    assert mean("enhancing", "max_diameter") == pytest.approx(55.7, abs=0.05)
    assert mean("enhancing", "major_axis") == pytest.approx(53.7, abs=0.05)
    assert mean("enhancing", "minor_axis") == pytest.approx(33.9, abs=0.05)
    assert mean("edema", "volume") / 1000 == pytest.approx(61.0, abs=0.05)
    assert mean("edema", "max_diameter") == pytest.approx(87.0, abs=0.05)
    assert mean("edema", "major_axis") == pytest.approx(86.6, abs=0.05)
    assert mean("edema", "minor_axis") == pytest.approx(39.5, abs=0.05)


def _of(rows: list[FeatureRow], roi: str, feature: str) -> list[FeatureRow]:
    return [row for row in rows if (row.roi, row.feature) == (roi, feature)]


def test_an_approval_changes_which_version_counts_without_measuring_anew(tmp_path, out, tumour):
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    case = study.add_case("P1")
    for rater, moved in (("A", 0), ("B", 1)):
        labelmap = Labelmap(np.roll(tumour, moved, axis=2), GRID, find_preset("brats").labels)
        save_segmentation(case, rater, labelmap, {})
    measure_cohort(jobs_from_study(study, ROIS)[0], out)
    assert {row.counts for row in read_features(out)} == {"no: several raters and no consensus"}

    case.review(State.SUBMITTED, who="A", role=Role.READER, rater="A", version=1)
    case.review(State.APPROVED, who="B", role=Role.REVIEWER, rater="A", version=1)
    save_segmentation(case, "A", Labelmap(tumour[::-1], GRID, find_preset("brats").labels), {})
    again = measure_cohort(jobs_from_study(study, ROIS)[0], out)
    assert (again.measured, again.reused) == (1, 2)
    found = {(row.rater, row.version): row.counts for row in read_features(out)}
    assert found == {("A", 1): "approved", ("A", 2): "", ("B", 1): ""}
