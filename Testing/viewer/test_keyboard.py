"""The page is worked with the keyboard alone, and keys do not get in the way of typing."""

import pytest

pytestmark = pytest.mark.slow


def tab_to(page, selector, most=80):
    """Press Tab until an element has the focus."""
    for _ in range(most):
        page.raw.keyboard.press("Tab")
        if page.raw.evaluate("one => document.activeElement.matches(one)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def test_a_rater_signs_in_opens_a_case_and_selects_a_feature_without_a_mouse(page):
    keyboard = page.raw.keyboard
    tab_to(page, "form.card input[name=rater]")
    keyboard.type("Eva Pečená")
    keyboard.press("Enter")
    page.raw.wait_for_selector("button.rater:has-text('Eva Pečená')")

    tab_to(page, "[data-case='SIM-0001']")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    page.wait_for_case("SIM-0002")

    keyboard.press("r")
    page.raw.wait_for_selector("button.roi.on:has-text('edema')")
    tab_to(page, "[data-key='enhancing/volume']")
    keyboard.press("End")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    page.raw.wait_for_selector("[data-key='edema/compactness_1'].on")

    keyboard.press("p")
    page.raw.wait_for_selector("[data-tool=paint].on")
    keyboard.press("Escape")
    page.raw.wait_for_selector("[data-tool=paint]:not(.on)")


def test_arrow_keys_step_through_the_slices_of_the_view_in_focus(page):
    if not page.raw.locator("button.rater").count():
        page.sign_in("Eva Pečená")
    page.open_case("SIM-0001")
    output = page.raw.locator("[data-view=Red] output")
    before = output.inner_text()
    page.raw.locator("[data-view=Red] [tabindex='0']").first.focus()
    page.raw.keyboard.press("ArrowUp")
    page.raw.wait_for_function(
        "before => document.querySelector('[data-view=Red] output').textContent !== before",
        arg=before,
    )
    page.raw.keyboard.press("ArrowDown")
    page.raw.wait_for_function(
        "before => document.querySelector('[data-view=Red] output').textContent === before",
        arg=before,
    )


def test_other_keys_do_not_reach_the_views(page):
    if not page.raw.locator("button.rater").count():
        page.sign_in("Eva Pečená")
    page.open_case("SIM-0001")
    page.raw.locator("[data-view=Red] [tabindex='0']").first.focus()
    # VTK's own: surfaces, stereo, pick, leave the program.
    for key in "sujlxvq":
        page.raw.keyboard.press(key)
    page.settle(1000)
    page.raw.keyboard.press("p")
    page.raw.wait_for_selector("[data-tool=paint].on")
    page.raw.keyboard.press("Escape")


def test_the_wheel_with_shift_changes_the_brush_and_not_the_slice(page):
    if not page.raw.locator("button.rater").count():
        page.sign_in("Eva Pečená")
    page.open_case("SIM-0001")
    page.choose_tool("paint")
    page.set("Brush", 10)
    place = page.raw.locator("[data-view=Red] output")
    before = place.inner_text()
    page.point_at("Red", 0.5, 0.5)
    page.raw.keyboard.down("Shift")
    page.raw.mouse.wheel(0, -100)
    page.raw.wait_for_selector(".options output:text-is('11 mm')")
    page.raw.mouse.wheel(100, 0)
    page.raw.wait_for_selector(".options output:text-is('10 mm')")
    page.raw.keyboard.up("Shift")
    assert place.inner_text() == before
    page.raw.keyboard.press("Escape")


def test_a_dialog_keeps_the_keys_to_itself_until_escape_closes_it(page):
    if not page.raw.locator("button.rater").count():
        page.sign_in("Eva Pečená")
    keyboard = page.raw.keyboard
    page.raw.click("button.rater")
    page.raw.wait_for_selector(".veil input[name=rater]")
    tab_to(page, ".veil input[name=rater]", most=8)
    keyboard.type("Paul")
    keyboard.press("Escape")
    page.raw.wait_for_selector(".veil", state="detached")

    page.open_case("SIM-0001")
    keyboard.press("?")
    page.raw.wait_for_selector("[role=dialog]")
    keyboard.press("p")
    for _ in range(6):
        keyboard.press("Tab")
        assert page.raw.evaluate("document.activeElement.matches('body, .veil *')")
    keyboard.press("Escape")
    page.raw.wait_for_selector("[role=dialog]", state="detached")
    assert page.raw.locator("[data-tool].on").count() == 0


def test_letters_that_are_typed_are_no_commands(page):
    if not page.raw.locator("button.rater").count():
        page.sign_in("Eva Pečená")
    page.open_case("SIM-0001")
    page.raw.click("input[type=search]")
    page.raw.keyboard.type("pep")
    page.settle()
    assert page.raw.locator("input[type=search]").input_value() == "pep"
    assert page.raw.locator("[data-tool].on").count() == 0
    page.raw.fill("input[type=search]", "")


def test_the_keys_are_listed_and_one_view_fills_the_place(page):
    if not page.raw.locator("button.rater").count():
        page.sign_in("Eva Pečená")
    page.raw.keyboard.press("?")
    assert "put the tool away" in page.raw.locator("[role=dialog]").inner_text()
    page.raw.keyboard.press("?")
    page.raw.wait_for_selector("[role=dialog]", state="detached")
    four = page.raw.locator("[data-view=Red]").bounding_box()["width"]
    behind = page.raw.locator("[data-view=Green]").bounding_box()
    page.raw.keyboard.press("1")
    page.raw.wait_for_selector("[data-view=Green]", state="hidden")
    assert page.raw.locator("[data-view=Red]").bounding_box()["width"] > 1.9 * four
    # Not drawn in another size, in which it would be seen for a moment on coming back.
    hidden = page.raw.locator("[data-view=Green]").bounding_box()
    assert (hidden["width"], hidden["height"]) == (behind["width"], behind["height"])
    page.raw.keyboard.press("0")
    page.raw.wait_for_selector("[data-view=Green]", state="visible")


def test_the_page_fits_a_window_of_1280_by_800(page):
    if not page.raw.locator("button.rater").count():
        page.sign_in("Eva Pečená")
    page.open_case("SIM-0001")
    size = page.raw.evaluate("[document.body.scrollWidth, document.body.scrollHeight]")
    assert size == [1280, 800]
    cut = page.raw.evaluate(
        "[...document.querySelectorAll('.tools button, .tabs button, .features td, .top *')]"
        ".filter(one => one.getBoundingClientRect().right > innerWidth).length"
    )
    assert cut == 0
    for tool in ("paint", "erase", "draw", "threshold", "scissors", "islands", "smoothing"):
        page.choose_tool(tool)
        page.settle(200)
        parts = page.raw.locator(".options, .options > .muted")
        assert parts.evaluate_all(
            "all => all.every((one) => one.scrollWidth <= one.clientWidth)"
        ), tool


def test_the_tool_in_the_hand_is_marked_while_the_mouse_is_on_its_button(page):
    if not page.raw.locator("button.rater").count():
        page.sign_in("Eva Pečená")
    page.open_case("SIM-0001")
    page.choose_tool("erase")
    colour = "one => getComputedStyle(one).backgroundColor"
    button = page.raw.locator("[data-tool=erase]")
    assert button.evaluate("one => one.matches(':hover')")
    marked = button.evaluate(colour)
    page.point_at("Red", 0.5, 0.5)
    assert button.evaluate(colour) == marked
