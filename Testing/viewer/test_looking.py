"""What the views and panels show: the image under the regions, predictions, plots, two raters."""

import io

import numpy as np
import pytest
from PIL import Image

from radiogenomics.imaging import read_labelmap
from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study import CONSENSUS, Role, State, Study
from radiogenomics.study.cohort import cohort_values
from radiogenomics.study.labels import MEASURED_ROIS
from radiogenomics.study.predictions import Prediction, write_predictions
from radiogenomics.study.tables import read_features

from .pages import number

pytestmark = pytest.mark.slow

REVIEWER = "Jan Malý"
STILL_TRIES = 20


@pytest.fixture(scope="module")
def looked_at(shared_study):
    """A study with a run of predictions, and two raters who have submitted SIM-0001."""
    table = cohort_values(read_features(shared_study / "features.csv"))
    rows = [
        Prediction(
            patient_id=patient,
            roi=roi,
            feature=feature,
            unit=FEATURE_UNITS[feature],
            measured=value,
            predicted=1.1 * value,
            lower=1.05 * value,
            upper=1.2 * value,
            model="network",
            kind="out_of_fold",
            fold=1,
            run_id="first",
        )
        for (roi, feature), by_patient in table.items()
        for patient, value in by_patient.items()
    ]
    run = shared_study / "runs" / "first"
    run.mkdir(parents=True)
    write_predictions(run / "predictions.csv", rows)
    study = Study.open(shared_study)
    study.add_rater(REVIEWER, Role.REVIEWER)
    case = study.case("SIM-0001")
    first = case.latest("rater-1")
    # The same work by another hand: what the phantoms' raters drew depends on the seed.
    case.add_segmentation("rater-9", lambda path: path.write_bytes(first.path.read_bytes()))
    for rater in ("rater-1", "rater-9"):
        case.review(State.SUBMITTED, who=rater, role=Role.READER, rater=rater, version=1)
    return shared_study


@pytest.fixture(scope="module")
def program(start, looked_at):
    return start(looked_at, "--rater", "rater-1")


def picture(page, view):
    """A view as an array (height, width, 3), once it stands still."""
    before = None
    for _ in range(STILL_TRIES):
        page.settle(600)
        png = page.raw.locator(f"[data-view={view}] img").screenshot()
        shown = np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)
        if before is not None and np.array_equal(before, shown):
            return shown
        before = shown
    raise AssertionError(f"the view {view} never stands still")


def test_the_image_is_seen_through_the_regions_of_the_very_first_case(page):
    page.open_case("SIM-0002")
    page.raw.locator("input.fill").evaluate(
        "one => { one.value = 0.5; one.dispatchEvent(new Event('input')); }"
    )
    shown = picture(page, "Red")
    # Half of it is the orange of the enhancing region, the other half the image.
    orange = (shown[..., 0] > shown[..., 2] + 60) & (shown[..., 0] < 240)
    assert orange.sum() > 200
    greys = {tuple(colour) for colour in shown[orange].tolist()}
    assert len(greys) > 20, "the fill is all of one colour: it hides the image"


def test_a_case_opens_where_the_tumour_is_and_tells_the_sides_of_the_patient(page, looked_at):
    page.open_case("SIM-0003")
    labelmap = read_labelmap(Study.open(looked_at).case("SIM-0003").latest("rater-1").path, None)
    place = np.argwhere(labelmap.array == labelmap.labels["enhancing"]).mean(axis=0)[::-1]
    # In voxels (x, y, z) from the middle; these grow to the left, back and up (LPS).
    from_middle = place - (np.array(labelmap.array.shape[::-1]) - 1) / 2
    assert labelmap.grid.direction == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    left, back, up = from_middle
    sides = {"L": left, "R": -left, "P": back, "A": -back, "S": up, "I": -up}

    for view in ("Red", "Green", "Yellow"):
        shown = picture(page, view)
        orange = (shown[..., 0] > shown[..., 2] + 60) & (shown[..., 0] > 120)
        assert orange.sum() > 20, view
        rows, columns = np.nonzero(orange)
        left, above = page.raw.locator(f"[data-view={view}] .edge").all_inner_texts()
        for letter, from_edge in (
            (left, shown.shape[1] / 2 - columns.mean()),
            (above, shown.shape[0] / 2 - rows.mean()),
        ):
            # Where the tumour is in the middle, the picture tells nothing.
            if abs(sides[letter]) > 5:
                assert np.sign(from_edge) == np.sign(sides[letter]), (view, letter)


def test_each_region_is_drawn_on_its_own_image(page):
    page.open_case("SIM-0002")
    image = page.raw.locator("select[aria-label='Image in the slices']")
    assert image.input_value() == "t1c"
    before = picture(page, "Red")
    page.raw.keyboard.press("r")
    page.raw.wait_for_selector("button.roi.on:has-text('edema')")
    assert image.input_value() == "flair"
    assert (picture(page, "Red") != before).mean() > 0.05


def test_dragging_changes_the_contrast_when_asked_to(page):
    page.open_case("SIM-0002")
    before = picture(page, "Red")
    page.drag("Red", (0.4, 0.4), (0.8, 0.4))
    assert (picture(page, "Red") != before).mean() < 0.02
    page.raw.keyboard.press("w")
    page.raw.wait_for_selector("button[aria-label='Brightness and contrast'].on")
    page.drag("Red", (0.4, 0.4), (0.8, 0.4))
    assert (picture(page, "Red") != before).mean() > 0.05
    page.raw.dblclick("button[aria-label='Brightness and contrast']")


def test_a_click_on_a_feature_draws_it_and_goes_there(page):
    page.open_case("SIM-0002")
    before = picture(page, "Red")
    page.raw.click("[data-key='edema/max_diameter']")
    page.raw.wait_for_selector("[data-key='edema/max_diameter'].on")
    drawn = picture(page, "Red")
    assert (drawn != before).mean() > 0.01
    # Once more takes the drawing away, and leaves the views where they are.
    page.raw.click("[data-key='edema/max_diameter']")
    page.raw.wait_for_selector("[data-key='edema/max_diameter']:not(.on)")
    bare = picture(page, "Red")
    assert 0 < (drawn != bare).mean() < 0.05


def test_predictions_stand_beside_the_measured_values_and_are_plotted(page):
    page.open_case("SIM-0002")
    assert page.cell("enhancing", "volume", 3) == ""
    page.tab("predictions")
    page.raw.locator("label:has-text('Run') select").select_option("first")
    page.raw.wait_for_selector(".kind:has-text('out-of-fold')")
    page.tab("features")
    measured = number(page.cell("enhancing", "volume"))
    assert number(page.cell("enhancing", "volume", 3)) == pytest.approx(1.1 * measured, rel=0.2)
    assert "–" in page.cell("enhancing", "volume", 4)
    # The interval begins above the measured value.
    assert "outside" in page.raw.locator("[data-key='enhancing/volume'] .measured").get_attribute(
        "class"
    )

    page.tab("predictions")
    page.press("plot-feature")
    page.wait_for_message("Select a feature in the table of features first.")
    page.tab("features")
    page.raw.click("[data-key='enhancing/volume']")
    page.tab("predictions")
    page.press("plot-feature")
    page.raw.wait_for_selector(".plot figcaption:has-text('Volume, enhancing')")
    assert page.raw.locator(".plot rect[transform]").count() == 1
    assert page.raw.locator(".plot circle").count() == 2
    page.press("plot-case")
    page.raw.wait_for_selector(".plot figcaption:has-text('SIM-0002')")
    assert page.raw.locator(".numbered li").count() == 10
    page.raw.locator("label:has-text('Run') select").select_option("")
    page.raw.wait_for_selector(".plot", state="detached")


def test_two_raters_are_compared_and_agreed_on(page, looked_at):
    page.open_case("SIM-0001")
    page.tab("review")
    page.raw.click("[data-compare='rater-9']")
    page.raw.wait_for_selector(".agreement")
    row = page.raw.locator(".agreement tbody tr").first.inner_text().split("\t")
    # The same voxels: in full agreement, and no distance between them.
    assert row[0].lower() == "enhancing"
    assert [number(one) for one in row[1:]] == [1, 0, 0, 0, 0]
    page.raw.click("[data-compare='rater-9']")
    page.raw.wait_for_selector(".agreement", state="detached")

    page.press("consensus")
    page.wait_for_message("Saved as consensus version 1, by majority of")
    saved = Study.open(looked_at).case("SIM-0001").latest(CONSENSUS)
    assert [one["rater"] for one in saved.record["of"]] == ["rater-1", "rater-9"]


def test_a_reader_does_not_see_another_before_both_have_submitted(page):
    page.sign_in("Eva Nová")
    page.open_case("SIM-0001")
    page.tab("review")
    text = page.raw.locator("[aria-labelledby=tab-review]").inner_text()
    assert "rater-9" not in text
    assert "Their work is shown once you both have submitted" in text
    assert {page.cell(roi, "volume") for roi in MEASURED_ROIS} == {"0"}
