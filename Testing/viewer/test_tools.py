"""Every tool of the editor changes the region as it says, drawn with the mouse."""

import pytest

from .pages import number

pytestmark = pytest.mark.slow

READER = "Eva Nová"
UNDO_STEPS = 10


@pytest.fixture(scope="module")
def program(start, shared_study):
    return start(shared_study, "--rater", READER)


@pytest.fixture
def page(program, visit):
    page = visit(program.address).wait_until_ready()
    page.open_case("SIM-0001")
    yield page
    # As it was, for the next one.
    for _ in range(UNDO_STEPS):
        page.raw.keyboard.press("Control+z")
    page.raw.wait_for_selector("[data-key='enhancing/volume'] .measured:text-is('0')")
    assert not page.problems


def volume(page, roi="enhancing"):
    return number(page.cell(roi, "volume"))


def paint(page, brush=10, *points):
    page.choose_tool("paint")
    page.set("Brush", brush)
    with page.changing("enhancing", "volume"):
        page.drag("Red", *(points or ((0.4, 0.5), (0.6, 0.5))))
    return volume(page)


def test_a_wider_brush_paints_more_and_a_ball_more_than_a_slice(page):
    narrow = paint(page, 6)
    with page.changing("enhancing", "volume"):
        page.raw.keyboard.press("Control+z")
    wide = paint(page, 14)
    with page.changing("enhancing", "volume"):
        page.raw.keyboard.press("Control+z")
    page.raw.check(".options label:has-text('ball') input")
    ball = paint_again(page)
    page.raw.uncheck(".options label:has-text('ball') input")
    assert narrow < wide < ball


def paint_again(page):
    with page.changing("enhancing", "volume"):
        page.drag("Red", (0.4, 0.5), (0.6, 0.5))
    return volume(page)


def test_the_eraser_takes_away_what_it_touches(page):
    painted = paint(page, 14)
    page.choose_tool("erase")
    page.set("Brush", 8)
    with page.changing("enhancing", "volume"):
        page.drag("Red", (0.55, 0.5), (0.62, 0.5))
    assert 0 < volume(page) < painted


def test_regions_stay_disjoint(page):
    painted = paint(page, 14)
    page.choose_region("edema")
    page.drag("Red", (0.5, 0.5), (0.6, 0.5))
    page.wait_for_change("edema", "volume", "0")
    assert volume(page) < painted
    assert volume(page, "edema") > 0


def test_an_outline_is_filled(page):
    page.choose_tool("draw")
    page.drag("Red", (0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.42))
    page.wait_for_change("enhancing", "volume", "0")
    # A square of a fifth of the view, one slice thick: far more than its outline.
    assert number(page.cell("enhancing", "minor_axis")) > 20


def test_the_threshold_fills_what_is_bright(page):
    page.choose_tool("threshold")
    page.press("apply")
    page.wait_for_change("enhancing", "volume", "0")
    first = page.cell("enhancing", "volume")
    page.set("From", page.raw.evaluate("document.querySelector('.options input').max * 0.8"))
    page.press("apply")
    page.wait_for_change("enhancing", "volume", first)
    assert 0 < volume(page) < number(first)


@pytest.mark.parametrize(("choice", "is_less"), [("erase_inside", True), ("fill_inside", False)])
def test_scissors_cut_and_fill(page, choice, is_less):
    painted = paint(page, 14)
    page.choose_tool("scissors")
    page.raw.select_option(".options select[aria-label='What to cut']", choice)
    page.settle()
    with page.changing("enhancing", "volume"):
        page.drag("Red", (0.5, 0.3), (0.7, 0.3), (0.7, 0.7), (0.5, 0.7), (0.5, 0.32))
    assert (volume(page) < painted) is is_less
    assert volume(page) > 0


def test_small_islands_are_removed(page):
    paint(page, 14)
    page.drag("Red", (0.45, 0.7))
    page.raw.wait_for_selector(".notes p:has-text('lie apart')")
    kept = volume(page)
    page.choose_tool("islands")
    page.press("apply")
    page.raw.wait_for_function("!document.querySelector('.notes').textContent.includes('apart')")
    assert volume(page) == kept


@pytest.mark.parametrize(
    ("choice", "is_less"), [("remove_selected", False), ("keep_selected", True)]
)
def test_the_island_that_is_clicked_is_removed_or_kept_alone(page, choice, is_less):
    painted = paint(page, 14)
    page.drag("Red", (0.45, 0.7))
    page.raw.wait_for_selector(".notes p:has-text('lie apart')")
    page.choose_tool("islands")
    page.raw.select_option(".options select[aria-label='Which islands']", choice)
    page.settle()
    page.drag("Red", (0.45, 0.7))
    page.raw.wait_for_function("!document.querySelector('.notes').textContent.includes('apart')")
    # The small one is gone, or the large one is.
    assert (0 < volume(page) < painted) is is_less


def test_smoothing_takes_away_a_thin_line(page):
    painted = paint(page, 14)
    page.raw.check(".options label:has-text('ball') input")
    paint_again(page)
    page.raw.uncheck(".options label:has-text('ball') input")
    before = volume(page)
    page.choose_tool("smoothing")
    page.set("over", 8)
    with page.changing("enhancing", "volume"):
        page.press("apply")
    assert painted < volume(page) != before


def test_a_key_that_is_pressed_in_the_middle_of_a_stroke_ends_it(page):
    page.choose_tool("paint")
    page.hold("Red", (0.4, 0.5), (0.5, 0.5))
    page.raw.keyboard.press("r")
    page.raw.wait_for_selector("button.roi.on:has-text('edema')")
    page.wait_for_change("enhancing", "volume", "0")
    drawn = volume(page)
    page.point_at("Red", 0.7, 0.5)
    page.raw.mouse.up()
    page.settle(1000)
    assert volume(page) == drawn
    assert volume(page, "edema") == 0
    page.choose_region("enhancing")


def test_a_tool_is_refused_for_what_was_submitted(page):
    page.open_case("SIM-0002")
    page.choose_tool("paint")
    page.drag("Red", (0.4, 0.5), (0.6, 0.5))
    page.wait_for_change("enhancing", "volume", "0")
    page.press("submit")
    page.wait_for_state("submitted")
    page.raw.keyboard.press("p")
    page.settle()
    page.wait_for_message("nothing to draw in")
    before = page.cells("enhancing")
    page.drag("Red", (0.3, 0.3), (0.6, 0.6))
    page.settle(1000)
    assert page.cells("enhancing") == before
    page.open_case("SIM-0001")
