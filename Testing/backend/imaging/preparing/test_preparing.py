"""A folder of a scanner's files becomes a case, whole, the same each time, with nobody's name."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.preparing import (
    DoubtfulError,
    Outcome,
    PrepareSettings,
    prepare_case,
)
from radiogenomics.imaging.series import Contrast

from .heads import (
    array_of,
    brain,
    contents,
    head,
    new_study,
    provenance_of,
)

NAMES = ["t1c", "flair", "t2", "t1"]


def test_case_holds_four_images_on_one_axial_grid_of_1_mm_and_all_that_made_them(prepared_study):
    case = prepared_study.case("P1")
    assert list(case.images) == NAMES
    reference = sitk.ReadImage(str(case.images["t1c"]))
    assert reference.GetSpacing() == (1, 1, 1)
    assert reference.GetSize() == (72, 84, 75)
    files = {*(f"{name}.nii.gz" for name in NAMES), "brain_mask.nii.gz", "provenance.json"}
    files |= {f"unstripped/{name}.nii.gz" for name in NAMES}
    assert set(contents(case.folder / "images")) == files
    for name in files - {"provenance.json"}:
        image = sitk.ReadImage(str(case.folder / "images" / name))
        assert image.IsSameImageGeometryAs(reference)
    assert set(contents(prepared_study.root)) == {
        "study.toml",
        "cases/P1/.lock",
        *(f"cases/P1/images/{name}" for name in files),
    }


def test_moved_images_lie_on_t1_with_contrast_afterwards(prepared_study):
    images = prepared_study.case("P1").folder / "images" / "unstripped"
    inside = sitk.GetArrayFromImage(brain(share=0.55)) != 0
    for name in NAMES[1:]:
        expected = sitk.GetArrayFromImage(head(Contrast(name), (1.0, 1.0, 1.0), noise=0))[inside]
        unmoved = np.corrcoef(expected, array_of(images / f"{name}.nii.gz")[inside])[0, 1]
        assert unmoved > 0.8, name


def test_images_are_zero_outside_of_the_mask_and_whole_inside(prepared_study):
    images = prepared_study.case("P1").folder / "images"
    inside = array_of(images / "brain_mask.nii.gz") == 1
    np.testing.assert_array_equal(inside, sitk.GetArrayFromImage(brain()) == 1)
    for name in NAMES:
        whole = array_of(images / "unstripped" / f"{name}.nii.gz")
        image = array_of(images / f"{name}.nii.gz")
        np.testing.assert_array_equal(image[inside], whole[inside])
        assert not image[~inside].any()
        assert whole[~inside].any()


def test_image_is_interpolated_once_by_the_transform_that_is_recorded(prepared_study, heads):
    entry = provenance_of(prepared_study.case("P1"))["flair"]
    matrix = np.array(entry["registration"]["matrix_lps_mm"])
    transform = sitk.AffineTransform(3)
    transform.SetMatrix(matrix[:3, :3].ravel().tolist())
    transform.SetTranslation(matrix[:3, 3].tolist())
    images = prepared_study.case("P1").folder / "images"
    grid = sitk.ReadImage(str(images / "t1c.nii.gz"))
    source = sitk.Cast(sitk.ReadImage(str(heads / "flair.nii.gz")), sitk.sitkFloat32)
    once = sitk.Resample(source, grid, transform, sitk.sitkLinear, 0.0)
    np.testing.assert_allclose(
        array_of(images / "unstripped" / "flair.nii.gz"),
        sitk.GetArrayFromImage(once),
        atol=0.5,
    )


def test_provenance_tells_sources_steps_parameters_versions_and_hashes(prepared_study, heads):
    known = provenance_of(prepared_study.case("P1"))
    assert list(known) == [*NAMES, "brain_mask", "preparation"]
    for name in NAMES:
        assert known[name]["source_sha256"] in prepared_study.case("P1").image_hashes(name)
        assert known[name]["source"]["size"] == [60, 70, 25]
        assert known[name]["source"]["spacing_mm"] == pytest.approx([1.2, 1.2, 3.0])
    assert known["t1c"]["registration"] is None
    registration = known["flair"]["registration"]
    assert registration["quality"] > registration["quality_threshold"]
    assert registration["parameters"]["level_mm"] == [6.0, 3.0, 1.5]
    assert known["brain_mask"]["method"] == "file"
    assert known["preparation"]["interpolation"] == "linear, once"
    assert known["preparation"]["versions"]["simpleitk"] == sitk.Version.VersionString()
    assert "mask-of-the-brain" not in json.dumps(known)
    assert str(heads) not in json.dumps(known)


def test_prepared_case_is_recognised_and_left_alone(prepared_study, heads, mask):
    before = {
        path: path.stat().st_mtime_ns for path in prepared_study.root.rglob("*") if path.is_file()
    }
    prepared = prepare_case(
        prepared_study, heads, patient_id="P1", settings=PrepareSettings(brain_mask=mask)
    )
    assert prepared.outcome is Outcome.UNCHANGED
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert not (prepared_study.root / "preparing").exists()


def test_case_with_other_images_is_not_replaced_unasked(prepared_study, heads, mask):
    before = contents(prepared_study.root)
    other = PrepareSettings(brain_mask=mask, chosen={Contrast.T1: "none"})
    with pytest.raises(InputError, match=r"has images already .*--replace"):
        prepare_case(prepared_study, heads, patient_id="P1", settings=other)
    assert contents(prepared_study.root) == before


def test_replacing_keeps_what_is_none_of_the_preparations_files(prepared_study, heads, mask):
    images = prepared_study.case("P1").folder / "images"
    (images / "adc.nii.gz").write_bytes(b"mine")
    other = PrepareSettings(
        brain_mask=mask, chosen={Contrast.T1: "none", Contrast.T2: "none"}, replace=True
    )
    prepare_case(prepared_study, heads, patient_id="P1", settings=other)
    assert list(prepared_study.case("P1").images) == NAMES[:2]
    assert "t1" not in provenance_of(prepared_study.case("P1"))
    assert (images / "adc.nii.gz").read_bytes() == b"mine"
    assert not (images / "unstripped" / "t1.nii.gz").exists()


def test_images_are_not_put_under_segmentations_that_were_drawn_on_another_grid(
    tmp_path, heads, mask
):
    study = new_study(tmp_path / "s")
    case = study.add_case("P1")
    drawn = sitk.Image((30, 30, 30), sitk.sitkUInt8)
    drawn.SetSpacing((2, 2, 2))
    case.add_segmentation("R", lambda path: sitk.WriteImage(drawn, str(path)))
    before = contents(study.root, {".lock"})
    for replace in (False, True):
        settings = PrepareSettings(brain_mask=mask, replace=replace)
        with pytest.raises(InputError, match="was drawn on other images"):
            prepare_case(study, heads, patient_id="P1", settings=settings)
    assert contents(study.root, {".lock"}) == before


def test_a_draft_on_another_grid_protects_the_case_too(prepared_study, heads, mask):
    drawn = sitk.Image((30, 30, 30), sitk.sitkUInt8)
    folder = prepared_study.case("P1").folder / "segmentations"
    folder.mkdir()
    sitk.WriteImage(drawn, str(folder / "R.draft.seg.nrrd"))
    settings = PrepareSettings(brain_mask=mask, replace=True, bias_correction=True)
    with pytest.raises(InputError, match=r"R\.draft\.seg\.nrrd was drawn on other images"):
        prepare_case(prepared_study, heads, patient_id="P1", settings=settings)


def test_segmentations_on_the_grid_of_the_case_are_no_obstacle(prepared_study, heads, mask):
    case = prepared_study.case("P1")
    drawn = sitk.ReadImage(str(case.folder / "images" / "brain_mask.nii.gz"))[10:40, 20:50, 5:30]
    case.add_segmentation("R", lambda path: sitk.WriteImage(drawn, str(path)))
    without = {Contrast.FLAIR: "none", Contrast.T2: "none"}
    settings = PrepareSettings(brain_mask=mask, replace=True, chosen=without)
    prepare_case(prepared_study, heads, patient_id="P1", settings=settings)
    assert list(case.images) == ["t1c", "t1"]


def test_evened_brightness_is_recorded_and_changes_the_images(
    tmp_path, heads, mask, prepared_study
):
    settings = PrepareSettings(
        brain_mask=mask, bias_correction=True, chosen={Contrast.T2: "none", Contrast.T1: "none"}
    )
    even = new_study(tmp_path / "even")
    prepare_case(even, heads, patient_id="P1", settings=settings)
    known = provenance_of(even.case("P1"))
    assert known["flair"]["bias_correction"]["iterations"] == [50, 50, 50, 50]
    assert provenance_of(prepared_study.case("P1"))["flair"]["bias_correction"] is None
    assert (
        known["flair"]["unstripped_sha256"]
        != (provenance_of(prepared_study.case("P1"))["flair"]["unstripped_sha256"])
    )


class Stopped(Exception):
    """Ends a preparation at a stage, as a user or a kill does."""


def stopping_at(stage):
    def tell(*event):
        if event[0] == stage:
            raise Stopped

    return tell


def test_doubtful_registration_ends_with_a_message_and_pictures_until_it_is_accepted(
    tmp_path, heads, mask
):
    study = new_study(tmp_path / "s")
    without = {Contrast.T2: "none", Contrast.T1: "none"}
    settings = PrepareSettings(brain_mask=mask, chosen=without)
    with pytest.raises(Stopped):
        prepare_case(
            study, heads, patient_id="P1", settings=settings, progress=stopping_at("resample")
        )
    record = study.root / "preparing" / "P1" / "register-flair.json"
    known = json.loads(record.read_text())
    known["record"]["warning"] = "It may have failed."
    record.write_text(json.dumps(known))
    doubt = r"look wrong .*FLAIR to T1 with contrast: It may have failed\..*--accept-doubtful"
    with pytest.raises(DoubtfulError, match=doubt) as ended:
        prepare_case(study, heads, patient_id="P1", settings=settings)
    assert study.cases() == []
    assert (ended.value.images / "flair.nii.gz").is_file()
    # What was computed is taken over; the warning stays with the case.
    accepted = PrepareSettings(brain_mask=mask, chosen=without, accept_doubtful=True)
    told = []
    prepared = prepare_case(
        study, heads, patient_id="P1", settings=accepted, progress=lambda *e: told.append(e[0])
    )
    assert not any("registering" in stage for stage in told)
    assert prepared.warnings[0] == "FLAIR to T1 with contrast: It may have failed."
    assert list(prepared.warnings) == provenance_of(prepared.case)["preparation"]["warnings"]


def test_one_image_given_twice_is_refused(tmp_path, heads):
    folder = tmp_path / "twice"
    folder.mkdir()
    for name in ("t1c", "t1"):
        shutil.copyfile(heads / "t1c.nii.gz", folder / f"{name}.nii.gz")
    with pytest.raises(InputError, match="hold the same voxels"):
        prepare_case(new_study(tmp_path / "s"), folder, patient_id="P1")


@pytest.mark.parametrize(
    ("patient_id", "options", "words"),
    [
        ("../P1", {}, "cannot be a patient id"),
        (None, {}, "--patient"),
        ("P1", {"skull_strip": "magic"}, "no method of skull stripping called 'magic'"),
        ("P1", {"brain_mask": Path("no.nii.gz")}, r"no brain mask no\.nii\.gz"),
        ("P1", {"chosen": {Contrast.T1C: "none"}}, "cannot be left out"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_computed(
    tmp_path, heads, patient_id, options, words
):
    study = new_study(tmp_path / "s")
    told = []
    with pytest.raises(InputError, match=words):
        prepare_case(
            study,
            heads,
            patient_id=patient_id,
            settings=PrepareSettings(**options),
            progress=lambda *event: told.append(event[0]),
        )
    assert not any("registering" in stage for stage in told)
    assert set(contents(study.root)) == {"study.toml"}


def test_mask_and_method_together_are_refused(mask):
    with pytest.raises(InputError, match="not both"):
        PrepareSettings(brain_mask=mask, skull_strip="robex")
