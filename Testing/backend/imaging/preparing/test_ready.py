"""Images that are ready as they are: what counts as ready, and that nothing is done to them."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.preparing import (
    Outcome,
    PrepareSettings,
    prepare_case,
    strip_again,
)
from radiogenomics.imaging.preparing.ready import are_ready
from radiogenomics.imaging.series import Contrast

from .heads import brain, contents, new_study, provenance_of, readable, stripped

NAMES = ["t1c", "flair", "t2", "t1"]


@pytest.fixture(scope="module")
def ready(tmp_path_factory):
    """A folder of two images that are ready as they are."""
    folder = tmp_path_factory.mktemp("ready")
    for name in ("t1c", "flair"):
        sitk.WriteImage(stripped(Contrast(name)), str(folder / f"{name}.nii.gz"))
    return folder


def test_ready_images_are_taken_voxel_for_voxel(ready, tmp_path):
    study = new_study(tmp_path / "s")
    prepared = prepare_case(study, ready, patient_id="P1")
    assert prepared.outcome is Outcome.READY
    for name in ("t1c", "flair"):
        given = sitk.ReadImage(str(ready / f"{name}.nii.gz"))
        taken = sitk.ReadImage(str(prepared.case.images[name]))
        assert taken.GetPixelID() == given.GetPixelID()
        assert taken.IsSameImageGeometryAs(given)
        np.testing.assert_array_equal(sitk.GetArrayFromImage(taken), sitk.GetArrayFromImage(given))
    known = provenance_of(prepared.case)
    assert known["preparation"]["outcome"] == "ready as given"
    assert known["t1c"]["step"] == "taken as it was"
    with pytest.raises(InputError, match="came without the skull"):
        strip_again(study, "P1")


def test_text_in_a_header_is_not_taken_with_the_voxels(ready, tmp_path):
    named = sitk.ReadImage(str(ready / "t1c.nii.gz"))
    named.SetMetaData("ITK_FileNotes", "Zweistein^Zacharias")
    named.SetMetaData("aux_file", "MRN7734551")
    folder = tmp_path / "named"
    folder.mkdir()
    sitk.WriteImage(named, str(folder / "t1c.nii.gz"))
    assert b"Zweistein" in readable((folder / "t1c.nii.gz").read_bytes())
    study = new_study(tmp_path / "s")
    prepare_case(study, folder, patient_id="P1")
    for content in contents(study.root).values():
        assert b"Zweistein" not in readable(content)
        assert b"MRN" not in readable(content)


def test_a_step_that_is_asked_for_is_done_on_ready_images(ready, tmp_path):
    settings = PrepareSettings(bias_correction=True, chosen={Contrast.FLAIR: "none"})
    prepared = prepare_case(new_study(tmp_path / "s"), ready, patient_id="P1", settings=settings)
    assert prepared.outcome is Outcome.PREPARED
    assert provenance_of(prepared.case)["brain_mask"]["method"] == "already stripped"


def test_stripped_images_of_1_mm_on_one_grid_are_ready(ready):
    assert are_ready([sitk.ReadImage(str(ready / f"{name}.nii.gz")) for name in NAMES[:2]])


@pytest.mark.parametrize("fault", ["spacing", "grid", "skull", "air", "axes", "brain", "size"])
def test_anything_less_is_not_ready(ready, fault):
    first, second = (sitk.ReadImage(str(ready / f"{name}.nii.gz")) for name in NAMES[:2])
    if fault == "spacing":
        first.SetSpacing((1.0, 1.0, 1.02))
        second.SetSpacing((1.0, 1.0, 1.02))
    elif fault == "grid":
        second.SetOrigin(np.add(second.GetOrigin(), (0.01, 0, 0)).tolist())
    elif fault == "skull":
        first = second = brain(extent=(174, 206, 178), share=6.8)
    elif fault == "air":
        second = second + 1
    elif fault == "axes":
        first, second = (sitk.PermuteAxes(one, (2, 0, 1)) for one in (first, second))
    elif fault == "brain":
        second[:60, :, :] = 0
    elif fault == "size":
        first = second = brain(extent=(84, 98, 86), share=1.5)
    assert not are_ready([first, second])
