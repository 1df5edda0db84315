"""Skull stripping of a real head, by whichever program is installed here that needs no download."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.imaging.skull import brain_mask, methods

pytestmark = pytest.mark.slow

# Middle of the two brightest parts of the enhancing tumour, in mm (left, back, up).
TUMOUR_MM = ((32.1, 14.8, -10.3), (20.9, 3.3, -11.1))
OFFLINE = ("deepbet", "robex")


@pytest.fixture(scope="module")
def head(shared_data):
    """T1 with contrast at 1 mm."""
    native = sitk.ReadImage(
        str(shared_data / "mr" / "TCGA-02-0054_native" / "TCGA-02-0054_T1c.nii.gz"),
        sitk.sitkFloat32,
    )
    sides = zip(native.GetSize(), native.GetSpacing(), strict=True)
    size = [round((count - 1) * spacing) + 1 for count, spacing in sides]
    return sitk.Resample(
        native,
        size,
        sitk.Transform(),
        sitk.sitkLinear,
        native.GetOrigin(),
        (1.0, 1.0, 1.0),
        native.GetDirection(),
        0.0,
    )


@pytest.mark.parametrize("method", OFFLINE)
def test_brain_of_a_real_patient_is_found_and_its_tumour_kept(head, method):
    if {state.name: state.version for state in methods()}[method] is None:
        pytest.skip(f"{method} is not installed here")
    brain = brain_mask(head, method=method)
    assert brain.warning is None
    inside = sitk.GetArrayFromImage(brain.mask) == 1
    assert 1.1 < inside.sum() / 1e6 < 1.7
    z, y, x = np.indices(inside.shape)
    for middle in TUMOUR_MM:
        i, j, k = head.TransformPhysicalPointToContinuousIndex(middle)
        # Further towards the middle of the head lies the cavernous sinus.
        around = (x - i) ** 2 + (y - j) ** 2 + (z - k) ** 2 < 10**2
        assert inside[around].all()
    # The fat of the scalp is by far the brightest there is.
    values = sitk.GetArrayFromImage(head)
    bright = values > 2.2 * np.median(values[inside])
    assert bright.sum() > 100_000
    assert (bright & inside).sum() < 0.02 * bright.sum()
