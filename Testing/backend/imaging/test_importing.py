"""Finding cases in folders, and bringing them into a study."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError, StudyError
from radiogenomics.imaging import (
    FoundCase,
    Grid,
    find_cases,
    import_case,
    plan_import,
    read_labelmap,
    run_import,
    write_volume,
)
from radiogenomics.study import Study

GRID = Grid((32, 28, 24), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))


@pytest.fixture
def brats(tmp_path, tumour):
    """A tree as BraTS distributes it, with files that are not ours among them."""
    root = tmp_path / "BraTS 2020"
    for patient in ("BraTS20_001", "BraTS20_002"):
        folder = root / "HGG" / patient
        folder.mkdir(parents=True)
        for name in ("t1", "t1ce", "t2", "flair"):
            image = (tumour * 100 + len(name)).astype(np.int16)
            write_volume(folder / f"{patient}_{name}.nii.gz", image, GRID)
        write_volume(folder / f"{patient}_seg.nii.gz", tumour, GRID)
    (root / "survival.csv").write_text("id\n")
    (root / "HGG" / "._hidden_seg.nii.gz").write_text("resource fork")
    return root


@pytest.fixture
def study(tmp_path):
    return Study.create(tmp_path / "study", name="s", labels="brats")


def touch(folder, *names):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")


def test_tree_of_brats_gives_each_patient_with_its_images(brats):
    discovery = find_cases([brats])
    assert [case.patient_id for case in discovery.cases] == ["BraTS20_001", "BraTS20_002"]
    assert {name: path.name for name, path in discovery.cases[0].images.items()} == {
        "t1": "BraTS20_001_t1.nii.gz",
        "t1c": "BraTS20_001_t1ce.nii.gz",
        "t2": "BraTS20_001_t2.nii.gz",
        "flair": "BraTS20_001_flair.nii.gz",
    }
    assert discovery.passed_over == 0


def test_names_of_the_years_are_understood(tmp_path):
    touch(
        tmp_path,
        "BraTS-GLI-00000-000/BraTS-GLI-00000-000-seg.nii.gz",
        "BraTS-GLI-00000-000/BraTS-GLI-00000-000-t1c.nii.gz",
        "BraTS-GLI-00000-000/BraTS-GLI-00000-000-t2f.nii.gz",
        "BraTS-GLI-00000-000/BraTS-GLI-00000-000-t2w.nii.gz",
        "TCGA-02-0006/TCGA-02-0006_1996.08.23_GlistrBoost_ManuallyCorrected.nii.gz",
        "plain/seg.nii.gz",
        "slicer/Case 7.seg.nrrd",
    )
    found = {case.patient_id: set(case.images) for case in find_cases([tmp_path]).cases}
    assert found == {
        "BraTS-GLI-00000-000": {"t1c", "flair", "t2"},
        "TCGA-02-0006_1996.08.23": set(),
        "plain": set(),
        "Case 7": set(),
    }


def test_flat_folder_of_labelmaps_gives_each_file(tmp_path):
    touch(tmp_path, "TCGA-02-0006.nii.gz", "TCGA-02-0009.nrrd", "notes.txt")
    cases = find_cases([tmp_path]).cases
    assert [case.patient_id for case in cases] == ["TCGA-02-0006", "TCGA-02-0009"]


def test_volumes_that_are_not_named_like_segmentations_are_counted_where_others_are(tmp_path):
    touch(tmp_path, "A_seg.nii.gz", "B.nii.gz", "C.mha", "A_t1c.nii.gz")
    discovery = find_cases([tmp_path])
    assert [case.patient_id for case in discovery.cases] == ["A"]
    assert discovery.passed_over == 2


def test_file_that_is_named_is_taken_whatever_it_is_called(tmp_path):
    touch(tmp_path, "patient_t1c.nii.gz")
    assert find_cases([tmp_path / "patient_t1c.nii.gz"]).cases[0].patient_id == "patient"


def test_nothing_found_and_nothing_there_are_said(tmp_path):
    with pytest.raises(InputError, match="No segmentation was found"):
        find_cases([tmp_path])
    with pytest.raises(InputError, match="There is no file or folder"):
        find_cases([tmp_path / "none"])


def test_plan_touches_nothing(study, brats):
    before = sorted(study.root.rglob("*"))
    plan = plan_import(study, [brats], "Eva")
    assert [planned.action for planned in plan] == ["new case", "new case"]
    assert sorted(study.root.rglob("*")) == before


def test_import_brings_images_and_segmentations_unchanged(study, brats, tumour):
    assert run_import(study, plan_import(study, [brats], "Eva"), "Eva") == []
    case = study.case("BraTS20_002")
    assert list(case.images) == ["t1c", "flair", "t2", "t1"]
    saved = case.latest("Eva")
    saved.verify()
    np.testing.assert_array_equal(read_labelmap(saved.path, None).array, tumour)


def test_second_import_takes_only_what_changed(study, brats, tumour):
    run_import(study, plan_import(study, [brats], "Eva"), "Eva")
    changed = np.roll(tumour, 1, axis=2)
    write_volume(brats / "HGG/BraTS20_001/BraTS20_001_seg.nii.gz", changed, GRID)
    plan = plan_import(study, [brats], "Eva")
    assert [planned.description for planned in plan] == [
        "version 2 by Eva",
        "nothing (already there)",
    ]
    run_import(study, plan, "Eva")
    assert [one.version for one in study.case("BraTS20_001").segmentations()] == [1, 2]
    assert [one.version for one in study.case("BraTS20_002").segmentations()] == [1]
    assert plan_import(study, [brats], "Jan")[0].description == "first version by Jan"


def test_bad_case_is_left_out_with_its_reason_and_the_others_come_in(study, brats, tumour):
    shifted = Grid(GRID.size, GRID.spacing, (5.0, 0.0, 0.0), GRID.direction)
    write_volume(brats / "HGG/BraTS20_001/BraTS20_001_seg.nii.gz", tumour, shifted)
    failed = run_import(study, plan_import(study, [brats], "Eva"), "Eva")
    assert len(failed) == 1
    assert "does not lie on the grid" in failed[0][1]
    assert [case.patient_id for case in study.cases()] == ["BraTS20_002"]


@pytest.mark.parametrize("images", [True, False])
def test_case_whose_first_save_fails_is_not_left_behind_empty(study, brats, monkeypatch, images):
    found = find_cases([brats]).cases[0]
    if not images:
        found = FoundCase(found.patient_id, found.segmentation)

    def full(*_, **__):
        raise RuntimeError("planted: no space")

    with monkeypatch.context() as patched:
        patched.setattr(sitk, "WriteImage", full)
        with pytest.raises(StudyError, match="Cannot write"):
            import_case(study, found, "Eva")
    assert study.cases() == []
    saved = import_case(study, found, "Eva")
    with monkeypatch.context() as patched:
        patched.setattr(sitk, "WriteImage", full)
        with pytest.raises(StudyError, match="Cannot write"):
            import_case(study, found, "Jan")
    assert study.case(found.patient_id).latest_by_rater() == [saved]


def test_two_imports_of_one_file_at_once_save_one_version(study, brats):
    plan = plan_import(study, [brats], "Eva")
    run_import(study, plan, "Eva")
    # The plan of the other import was made before.
    assert run_import(study, plan, "Eva") == []
    assert [one.version for one in study.case("BraTS20_001").segmentations()] == [1]


def test_second_rater_never_replaces_the_images_of_the_first(study, brats, tumour):
    run_import(study, plan_import(study, [brats], "Eva"), "Eva")
    image = study.case("BraTS20_001").images["t1c"]
    before = image.read_bytes()
    assert run_import(study, plan_import(study, [brats], "Jan"), "Jan") == []
    assert image.read_bytes() == before
    write_volume(brats / "HGG/BraTS20_001/BraTS20_001_t1ce.nii.gz", tumour * 7, GRID)
    failed = run_import(study, plan_import(study, [brats], "Ota"), "Ota")
    assert "already has another t1c" in failed[0][1]
    assert image.read_bytes() == before
    assert study.case("BraTS20_001").latest("Ota") is None


def test_segmentation_is_checked_against_the_images_that_the_case_has(study, brats, tumour):
    run_import(study, plan_import(study, [brats], "Eva"), "Eva")
    shifted = Grid(GRID.size, GRID.spacing, (5.0, 0.0, 0.0), GRID.direction)
    alone = brats / "alone" / "BraTS20_001_seg.nii.gz"
    alone.parent.mkdir()
    write_volume(alone, tumour, shifted)
    failed = run_import(study, plan_import(study, [alone], "Jan"), "Jan")
    assert "does not lie on the grid" in failed[0][1]


def test_patient_that_comes_twice_or_has_no_usable_id_is_left_out_with_the_reason(study, tmp_path):
    folder = tmp_path / "more"
    touch(folder, "a/P1_seg.nii.gz", "b/P1_seg.nii.gz", "c/P..1_seg.nii.gz")
    plan = plan_import(study, [folder], "Eva")
    assert [planned.action for planned in plan] == ["new case", "leave out", "leave out"]
    assert "b/P1_seg.nii.gz and " in plan[1].problem
    assert "both of patient P1" in plan[1].problem
    assert "c/P..1_seg.nii.gz: 'P..1' cannot be a patient id" in plan[2].problem
    assert "Rename the file" in plan[2].problem


def test_case_with_a_damaged_record_is_left_out_of_a_plan_with_the_reason(study, brats):
    run_import(study, plan_import(study, [brats], "Eva"), "Eva")
    segmentations = study.case("BraTS20_001").folder / "segmentations"
    (segmentations / "Eva.v01.json").write_text("{")
    plan = plan_import(study, [brats], "Eva")
    assert [planned.action for planned in plan] == ["leave out", "nothing (already there)"]
    assert "Eva.v01.json is damaged" in plan[0].problem
