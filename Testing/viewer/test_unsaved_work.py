"""What was drawn and not saved survives the end of the browser, of the program, and of both."""

import time

import pytest

from radiogenomics.study import Study
from radiogenomics.study.drafts import find_draft

pytestmark = pytest.mark.slow

READER = "Eva Nová"
CASE = "SIM-0001"
PATIENCE_S = 20


def draw(page):
    """Draw a stroke; return the region's features as the table shows them."""
    page.choose_tool("paint")
    page.drag("Red", (0.4, 0.45), (0.6, 0.5))
    page.wait_for_change("enhancing", "volume", "0")
    return page.cells("enhancing")


def wait_for_draft(study):
    """Wait until unsaved work is on the disk."""
    case = Study.open(study).case(CASE)
    deadline = time.monotonic() + PATIENCE_S
    while find_draft(case, READER) is None:
        assert time.monotonic() < deadline, "no draft was kept"
        time.sleep(0.1)


def open_again(start, visit, study):
    """Start the program once more and open the case."""
    program = start(study, "--rater", READER, "--case", CASE)
    page = visit(program.address).wait_until_ready()
    page.wait_for_case(CASE)
    return page


def test_a_killed_program_loses_nothing_that_is_older_than_a_pause(start, visit, study):
    program = start(study, "--rater", READER, "--case", CASE)
    page = visit(program.address).wait_until_ready()
    drawn = draw(page)
    page.raw.wait_for_selector(".saved:has-text('kept as a draft')")
    wait_for_draft(study)
    program.kill()
    page.raw.wait_for_selector(".notice h1:has-text('The connection has ended')")

    page = open_again(start, visit, study)
    assert page.cells("enhancing") == drawn
    page.wait_for_message("was restored")
    page.press("save")
    page.wait_for_message("Saved as version 1.")
    assert find_draft(Study.open(study).case(CASE), READER) is None


def test_work_is_kept_when_the_browser_goes(start, visit, study):
    program = start(study, "--rater", READER, "--case", CASE)
    page = visit(program.address).wait_until_ready()
    drawn = draw(page)
    page.raw.context.close()
    wait_for_draft(study)

    # The program goes on: a browser that comes back finds the case as it was left.
    page = visit(program.address).wait_until_ready()
    page.wait_for_case(CASE)
    assert page.cells("enhancing") == drawn


def test_the_program_ends_in_order_after_ctrl_c_and_keeps_the_work(start, visit, study):
    program = start(study, "--rater", READER, "--case", CASE)
    page = visit(program.address).wait_until_ready()
    drawn = draw(page)
    began = time.monotonic()
    assert program.interrupt() == 0
    assert time.monotonic() - began < 10
    assert "Traceback" not in program.errors
    wait_for_draft(study)

    page = open_again(start, visit, study)
    assert page.cells("enhancing") == drawn


def test_another_case_and_back_keeps_what_was_drawn(start, visit, study):
    program = start(study, "--rater", READER, "--case", CASE)
    page = visit(program.address).wait_until_ready()
    drawn = draw(page)
    page.raw.keyboard.press("Alt+ArrowDown")
    page.wait_for_case("SIM-0002")
    assert page.cell("enhancing", "volume") == "0"
    page.raw.keyboard.press("Alt+ArrowUp")
    page.wait_for_case(CASE)
    assert page.cells("enhancing") == drawn
