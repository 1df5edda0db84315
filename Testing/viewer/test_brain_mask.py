"""The outline of the brain mask in the browser: seen, and put away."""

import io

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from radiogenomics.study import Study

pytestmark = pytest.mark.slow

BUTTON = "button[aria-label='Outline of the brain mask on or off']"


@pytest.fixture(scope="module")
def program(start, shared_study):
    """The program on a study whose first case has a brain mask."""
    case = Study.open(shared_study).case("SIM-0001")
    image = sitk.ReadImage(str(case.images["t1c"]))
    array = np.zeros(image.GetSize()[::-1], np.uint8)
    array[5:-5, 8:-8, 8:-8] = 1
    mask = sitk.GetImageFromArray(array)
    mask.CopyInformation(image)
    sitk.WriteImage(mask, str(case.folder / "images" / "brain_mask.nii.gz"))
    return start(shared_study, "--rater", "rater-1")


def outlined(page):
    """How much of the axial view is of the mask's yellow."""
    page.settle(600)
    png = page.raw.locator("[data-view=Red] img").screenshot()
    shown = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
    red, green, blue = shown[..., 0], shown[..., 1], shown[..., 2]
    return int(((red > blue + 100) & (green > 0.75 * red)).sum())


def test_the_outline_is_seen_at_once_and_one_button_puts_it_away(page):
    page.open_case("SIM-0001")
    page.raw.wait_for_selector(f"{BUTTON}.on")
    assert outlined(page) > 300
    page.raw.click(BUTTON)
    page.raw.wait_for_selector(f"{BUTTON}:not(.on)")
    assert outlined(page) == 0
    page.raw.click(BUTTON)
    page.raw.wait_for_selector(f"{BUTTON}.on")
    assert outlined(page) > 300
    page.open_case("SIM-0002")
    assert page.raw.locator(BUTTON).count() == 0
