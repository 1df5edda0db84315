"""Bias correction: a known field is taken out, and every run is the same."""

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.imaging.registration import BiasSettings, correct_bias

from .anatomy import head

# Coarser than for a patient, for speed.
SETTINGS = BiasSettings(working_mm=8.0, iterations=(50, 50))


@pytest.fixture(scope="module")
def clean():
    return sitk.Cast(head("t1c"), sitk.sitkFloat32)


@pytest.fixture(scope="module")
def field(clean):
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in clean.GetSize()[::-1]), indexing="ij")
    image = sitk.GetImageFromArray(np.exp(0.5 * x - 0.25 * y * z + 0.3 * z).astype(np.float32))
    image.CopyInformation(clean)
    return image


def unevenness(image, clean):
    """Relative scatter of the ratio to the image without a field, over its brain."""
    values, truth = sitk.GetArrayFromImage(image), sitk.GetArrayFromImage(clean)
    ratio = (values / np.maximum(truth, 1))[(truth > 300) & (truth < 700)]
    return ratio.std() / ratio.mean()


def test_a_smooth_field_is_taken_out(clean, field):
    uneven = clean * field
    before, after = (
        unevenness(each, clean) for each in (uneven, correct_bias(uneven, settings=SETTINGS))
    )
    assert after < 0.6 * before


def test_a_mask_says_where_the_field_is_estimated(clean, field):
    uneven = clean * field
    mask = sitk.BinaryErode(sitk.BinaryFillhole(clean > 200), [6, 6, 2])
    # Brightness on one side outside the mask, such as of fat, says nothing about the field then.
    side = sitk.Image(clean.GetSize(), sitk.sitkFloat32) + 1
    side[38:, :, :] = sitk.Image((38, *clean.GetSize()[1:]), sitk.sitkFloat32) + 10
    side.CopyInformation(clean)
    spoiled = sitk.Mask(uneven, mask) + sitk.MaskNegated(uneven * side, mask)
    inside = sitk.Mask(clean, mask)
    told = unevenness(correct_bias(spoiled, mask, settings=SETTINGS), inside)
    untold = unevenness(correct_bias(spoiled, settings=SETTINGS), inside)
    assert told < 0.5 * unevenness(uneven, inside)
    assert told < 0.5 * untold


def test_the_place_of_the_image_and_its_zeros_are_kept(clean):
    stripped = sitk.Mask(clean, clean > 100)
    corrected = correct_bias(sitk.Cast(stripped, sitk.sitkInt16), settings=SETTINGS)
    assert corrected.GetPixelID() == sitk.sitkFloat32
    assert corrected.GetOrigin() == stripped.GetOrigin()
    assert corrected.GetSpacing() == stripped.GetSpacing()
    before, after = map(sitk.GetArrayFromImage, (stripped, corrected))
    np.testing.assert_array_equal(after == 0, before == 0)


def test_every_run_is_the_same_on_any_number_of_threads(clean, field):
    before = sitk.ProcessObject.GetGlobalDefaultNumberOfThreads()
    runs = []
    try:
        for threads in (1, 5):
            sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(threads)
            runs.append(sitk.GetArrayFromImage(correct_bias(clean * field, settings=SETTINGS)))
    finally:
        sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(before)
    np.testing.assert_array_equal(runs[0], runs[1])


def test_the_settings_are_recorded():
    assert SETTINGS.as_record() == {
        "working_mm": 8.0,
        "iterations": [50, 50],
        "convergence": 0.001,
    }
