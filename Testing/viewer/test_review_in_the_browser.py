"""A case from the first stroke to its approval, as a rater and a reviewer do it in the page."""

import csv

import pytest

from radiogenomics.imaging import read_labelmap
from radiogenomics.shape import FEATURE_UNITS, shape_features
from radiogenomics.shape.wording import in_shown_unit, significant
from radiogenomics.study import State, Study
from radiogenomics.study.labels import MEASURED_ROIS

pytestmark = pytest.mark.slow

READER, REVIEWER = "Eva Nová", "Jan Malý"
EMPTY = "–"


def paint_both(page):
    """Paint a stroke of each region; return the table's cells afterwards."""
    page.choose_tool("paint")
    page.set("Brush", 12)
    page.choose_region("enhancing")
    page.drag("Red", (0.4, 0.45), (0.6, 0.5), (0.5, 0.6))
    page.wait_for_change("enhancing", "volume", "0")
    page.choose_region("edema")
    page.drag("Green", (0.45, 0.5), (0.55, 0.5))
    page.wait_for_change("edema", "volume", "0")
    return {roi: page.cells(roi) for roi in MEASURED_ROIS}


def saved_features(saved):
    """The features of a saved segmentation, read and measured without Slicer."""
    labelmap = read_labelmap(saved.path, None)
    return {
        roi: shape_features(labelmap.array == labelmap.labels[roi], labelmap.grid.spacing)
        for roi in MEASURED_ROIS
    }


def table_of(download):
    return list(csv.DictReader(download.path().read_text(encoding="utf-8").splitlines()))


def as_shown(features):
    return {
        name: EMPTY if value is None else significant(in_shown_unit(value, FEATURE_UNITS[name]))
        for name, value in features.items()
    }


def test_the_table_shows_what_shape_features_gives_for_the_saved_segmentation(page, shared_study):
    page.sign_in(READER)
    page.open_case("SIM-0001")
    assert page.cells("enhancing")["max_diameter"] == EMPTY

    cells = paint_both(page)
    page.press("save")
    page.wait_for_message("Saved as version 1.")

    saved = Study.open(shared_study).case("SIM-0001").latest(READER)
    expected = saved_features(saved)
    assert expected["enhancing"]["volume"] > 100
    assert cells == {roi: as_shown(expected[roi]) for roi in MEASURED_ROIS}


def test_undo_and_redo_bring_the_numbers_back_exactly(page):
    page.sign_in(READER)
    page.open_case("SIM-0002")
    page.choose_tool("paint")
    page.drag("Red", (0.4, 0.5), (0.5, 0.5))
    page.wait_for_change("enhancing", "volume", "0")
    first = page.cells("enhancing")
    page.drag("Yellow", (0.5, 0.4), (0.55, 0.5))
    page.wait_for_change("enhancing", "volume", first["volume"])
    second = page.cells("enhancing")

    page.raw.keyboard.press("Control+z")
    page.wait_for_change("enhancing", "volume", second["volume"])
    assert page.cells("enhancing") == first
    page.raw.keyboard.press("Control+y")
    page.wait_for_change("enhancing", "volume", first["volume"])
    assert page.cells("enhancing") == second
    page.raw.keyboard.press("Control+z")
    page.wait_for_change("enhancing", "volume", second["volume"])
    page.raw.keyboard.press("Control+z")
    page.wait_for_change("enhancing", "volume", first["volume"])
    assert page.cells("enhancing")["volume"] == "0"
    assert page.raw.locator("button[aria-label=Undo]").is_disabled()


def test_a_case_is_submitted_returned_corrected_approved_and_exported(page, shared_study):
    case = Study.open(shared_study).case("SIM-0003")
    page.sign_in(READER)
    page.open_case("SIM-0003")
    paint_both(page)
    page.press("submit")
    page.wait_for_state("submitted")
    # What is handed in is not drawn on.
    assert page.raw.locator("[data-tool=paint]").is_disabled()

    page.sign_in(REVIEWER, "reviewer")
    page.open_case("SIM-0003")
    page.tab("review")
    page.raw.click(f"[data-open='{READER}']")
    page.wait_for_state("submitted")
    page.raw.fill("input[name=comment]", "The rim is missing.")
    page.press("return")
    page.wait_for_state("returned")
    assert case.review_events()[-1].comment == "The rim is missing."

    page.sign_in(READER)
    page.open_case("SIM-0003")
    page.tab("review")
    assert "The rim is missing." in page.raw.locator(".log").inner_text()
    before = page.raw.locator("[data-key='enhancing/volume'] .measured").text_content()
    page.choose_region("enhancing")
    page.choose_tool("paint")
    page.drag("Red", (0.4, 0.45), (0.4, 0.65))
    page.tab("features")
    page.wait_for_change("enhancing", "volume", before)
    page.press("submit")
    page.wait_for_state("submitted")

    page.sign_in(REVIEWER, "reviewer")
    page.open_case("SIM-0003")
    page.tab("review")
    page.raw.click(f"[data-open='{READER}']")
    page.wait_for_state("submitted")
    page.press("approve")
    page.wait_for_state("approved")
    assert [event.state for event in case.review_events()] == [
        State.SUBMITTED,
        State.RETURNED,
        State.SUBMITTED,
        State.APPROVED,
    ]

    page.raw.reload()
    page.wait_until_ready()
    page.wait_for_case("SIM-0003")
    assert page.state() == "approved"
    assert page.raw.locator("[data-case='SIM-0003'] .chip").inner_text() == "approved"

    page.tab("export")
    with page.raw.expect_download() as downloading:
        page.press("export-case")
    rows = table_of(downloading.value)
    assert downloading.value.suggested_filename == "SIM-0003.features.csv"
    expected = saved_features(case.latest(READER))
    assert {(row["rater"], row["version"]) for row in rows} == {(READER, "2")}
    assert {(row["roi"], row["feature"]): float(row["value"]) for row in rows} == {
        (roi, name): value for roi in MEASURED_ROIS for name, value in expected[roi].items()
    }


def test_the_whole_study_is_exported_as_far_as_it_may_be_seen(page):
    page.sign_in("rater-1")
    page.tab("export")
    page.raw.check("input[name=wide]")
    with page.raw.expect_download() as downloading:
        page.press("export-study")
    assert downloading.value.suggested_filename == "features.export.wide.csv"
    rows = table_of(downloading.value)
    assert {row["rater"] for row in rows} == {"rater-1"}
    page.wait_for_message("were left out: you may not see them yet")


def test_the_page_of_a_case_holds_pictures_of_the_views(page):
    page.sign_in("rater-1")
    page.open_case("SIM-0001")
    page.tab("export")
    with page.raw.expect_download() as downloading:
        page.press("export-page")
    text = downloading.value.path().read_text(encoding="utf-8")
    assert downloading.value.suggested_filename == "SIM-0001.html"
    assert text.count("data:image/png;base64,") == 4
    assert all(f"<figcaption>{one}" in text for one in ("Axial", "Coronal", "Sagittal", "3D"))
