"""Real cases: one as a scanner left it, one that is ready."""

import resource
import time

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.imaging.preparing import (
    Outcome,
    PreparedImages,
    PrepareSettings,
    prepare_case,
)
from radiogenomics.imaging.registration import one_mm_grid
from radiogenomics.imaging.series import Contrast

from .heads import array_of, contents, new_study, provenance_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def native(shared_data):
    return shared_data / "mr" / "TCGA-02-0054_native"


@pytest.fixture(scope="module")
def ellipsoid(tmp_path_factory, native):
    """A mask about where the brain is: the test is of the preparation, not of skull stripping."""
    image = sitk.ReadImage(str(native / "TCGA-02-0054_T1c.nii.gz"))
    grid = one_mm_grid(image)
    z, y, x = np.ogrid[: grid.size[2], : grid.size[1], : grid.size[0]]
    inside = ((x - 98) / 66) ** 2 + ((y - 98) / 78) ** 2 + ((z - 82) / 60) ** 2 < 1
    mask = sitk.GetImageFromArray(inside.astype(np.uint8))
    mask.SetOrigin(grid.origin)
    mask.SetDirection(grid.direction)
    path = tmp_path_factory.mktemp("mask") / "mask.nii.gz"
    sitk.WriteImage(mask, str(path))
    return path


def test_native_case_is_prepared_in_little_time_and_memory(native, ellipsoid, tmp_path):
    study = new_study(tmp_path / "s")
    began = time.process_time()
    prepared = prepare_case(study, native, settings=PrepareSettings(brain_mask=ellipsoid))
    seconds = time.process_time() - began
    assert prepared.case.patient_id == "TCGA-02-0054"
    assert prepared.warnings == ()
    assert list(prepared.case.images) == ["t1c", "flair", "t2", "t1"]
    images = PreparedImages(prepared.case.folder / "images")
    assert images.grid.size == (200, 200, 150)
    assert images.grid.spacing == (1, 1, 1)
    assert images.grid.axes == ("L", "P", "S")
    # Three minutes on two cores and 4 GB, with room for the skull stripping: see the README.
    assert seconds < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3e6


def test_ready_case_is_recognised_and_left_as_it_is(shared_data, tmp_path):
    source = shared_data / "mr" / "BrainLesion_1mm"
    given = {"t1c": "t1c", "flair": "t2f", "t2": "t2w", "t1": "t1n"}
    study = new_study(tmp_path / "s")
    prepared = prepare_case(study, source, patient_id="BrainLesion")
    assert prepared.outcome is Outcome.READY
    assert prepared.warnings == ()
    for name, file in given.items():
        before = sitk.ReadImage(str(source / f"{file}.nii.gz"))
        after = sitk.ReadImage(str(prepared.case.images[name]))
        assert after.GetPixelID() == before.GetPixelID()
        assert after.IsSameImageGeometryAs(before)
        np.testing.assert_array_equal(
            sitk.GetArrayViewFromImage(after), sitk.GetArrayViewFromImage(before)
        )
    assert provenance_of(prepared.case)["preparation"]["interpolation"] == "none"
    t1c = array_of(prepared.case.images["t1c"])
    brain = array_of(prepared.case.folder / "images" / "brain_mask.nii.gz")
    assert not t1c[brain == 0].any()
    assert set(contents(prepared.case.folder / "images")) == {
        *(f"{contrast}.nii.gz" for contrast in Contrast),
        "brain_mask.nii.gz",
        "provenance.json",
    }
