"""A brain mask that somebody corrected is applied without registering anew."""

import json
import shutil

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.checking import write_preparation_page
from radiogenomics.errors import InputError, StudyError
from radiogenomics.imaging.preparing import (
    Outcome,
    PrepareSettings,
    prepare_case,
    strip_again,
)
from radiogenomics.study.brain_mask import save_brain_mask

from .heads import (
    array_of,
    contents,
    new_study,
    provenance_of,
)

NAMES = ["t1c", "flair", "t2", "t1"]


@pytest.fixture
def corrected(prepared_study):
    """A study in which somebody corrected the mask of P1."""
    path = prepared_study.case("P1").folder / "images" / "brain_mask.nii.gz"
    mask = sitk.ReadImage(str(path))
    mask[30:40, 30:40, 60:66] = 1
    mask[:36, :, :] = 0
    sitk.WriteImage(mask, str(path))
    return prepared_study


def test_corrected_mask_is_applied_without_registering_anew(corrected, prepared_root):
    told = []
    prepared = strip_again(corrected, "P1", progress=lambda stage, *_: told.append(stage))
    assert prepared.outcome is Outcome.MASK_APPLIED
    assert not any("registering" in stage for stage in told)
    images = prepared.case.folder / "images"
    inside = array_of(images / "brain_mask.nii.gz") == 1
    assert not inside[:, :, :36].any()
    for name in NAMES:
        whole = array_of(images / "unstripped" / f"{name}.nii.gz")
        np.testing.assert_array_equal(
            array_of(images / f"{name}.nii.gz"), np.where(inside, whole, 0)
        )
    before = contents(prepared_root / "cases" / "P1" / "images" / "unstripped")
    assert contents(images / "unstripped") == before
    entry = provenance_of(prepared.case)["brain_mask"]
    assert entry["method"] == "corrected"
    assert entry["corrected_from"]["method"] == "file"
    assert strip_again(corrected, "P1").outcome is Outcome.UNCHANGED


def test_image_that_was_added_afterwards_and_earlier_masks_stay(corrected, tmp_path):
    case = corrected.case("P1")
    images = case.folder / "images"
    known = provenance_of(case)
    del known["t1"]
    (images / "provenance.json").write_text(json.dumps(known))
    (images / "t1.nii.gz").unlink()
    (images / "unstripped" / "t1.nii.gz").unlink()
    added = sitk.ReadImage(str(case.images["t2"])) * 2
    case.add_image("t1", lambda path: sitk.WriteImage(added, str(path)), {"step": "copied"})
    save_brain_mask(
        case,
        lambda path: sitk.WriteImage(sitk.ReadImage(str(images / "brain_mask.nii.gz")), str(path)),
        who="Eva Nová",
    )
    kept = {
        name: (images / name).read_bytes()
        for name in ("t1.nii.gz", "brain_mask.v01.nii.gz", "brain_mask.jsonl")
    }
    assert strip_again(corrected, "P1").outcome is Outcome.MASK_APPLIED
    assert {name: (images / name).read_bytes() for name in kept} == kept
    assert provenance_of(case)["t1"]["step"] == "copied"
    write_preparation_page(tmp_path / "page.html", "P1", images)
    assert "no T1 without contrast" in (tmp_path / "page.html").read_text()


def test_preparing_with_a_corrected_mask_says_how_to_apply_it(corrected, heads, mask):
    before = contents(corrected.root)
    with pytest.raises(InputError, match="prepare --again --patient P1"):
        prepare_case(corrected, heads, patient_id="P1", settings=PrepareSettings(brain_mask=mask))
    assert contents(corrected.root) == before


def test_applying_the_first_mask_again_gives_the_first_files(corrected, mask, prepared_root):
    strip_again(corrected, "P1")
    strip_again(corrected, "P1", PrepareSettings(brain_mask=mask))
    assert contents(corrected.root) == contents(prepared_root)


def test_mask_that_is_none_is_refused_and_the_case_left_as_it_is(prepared_study):
    images = prepared_study.case("P1").folder / "images"
    shutil.copyfile(images / "t1c.nii.gz", images / "brain_mask.nii.gz")
    before = contents(prepared_study.root)
    with pytest.raises(InputError, match="is no brain mask"):
        strip_again(prepared_study, "P1")
    assert contents(prepared_study.root) == before


def test_damaged_images_are_not_stripped_again(corrected):
    path = corrected.case("P1").folder / "images" / "unstripped" / "t2.nii.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"unstripped/t2\.nii\.gz .*changed since"):
        strip_again(corrected, "P1")


def test_mask_that_is_corrected_again_meanwhile_is_not_lost(corrected):
    path = corrected.case("P1").folder / "images" / "brain_mask.nii.gz"
    later = sitk.ReadImage(str(path))
    later[:40, :, :] = 0

    def save_at_the_end(stage, done, *_):
        if (stage, done) == ("strip", 3):
            sitk.WriteImage(later, str(path))

    with pytest.raises(StudyError, match=r"corrected again .* run again"):
        strip_again(corrected, "P1", progress=save_at_the_end)
    strip_again(corrected, "P1")
    assert not array_of(path)[:, :, :40].any()


def test_nothing_but_the_mask_can_be_asked_for(corrected):
    with pytest.raises(InputError, match="only the brain is cut out anew"):
        strip_again(corrected, "P1", PrepareSettings(bias_correction=True))


def test_case_that_was_not_prepared_here_is_refused(tmp_path):
    study = new_study(tmp_path / "s")
    study.add_case("P1")
    with pytest.raises(InputError, match="was not prepared by this command"):
        strip_again(study, "P1")
