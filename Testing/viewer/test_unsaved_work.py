"""What was drawn and not saved survives the end of the browser, of the program, and of both."""

import re
import time
from pathlib import Path

import pytest

from radiogenomics.imaging import read_labelmap
from radiogenomics.study import Study
from radiogenomics.study.drafts import find_draft

from .pages import number

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


def test_work_is_kept_when_the_browser_goes_and_ends_its_stroke(start, visit, study):
    program = start(study, "--rater", READER, "--case", CASE)
    page = visit(program.address).wait_until_ready()
    drawn = draw(page)
    page.hold("Red", (0.5, 0.48), (0.5, 0.7))
    page.settle()
    page.raw.context.close()
    wait_for_draft(study)

    # The program goes on: a browser that comes back finds the case as it was left.
    page = visit(program.address).wait_until_ready()
    page.wait_for_case(CASE)
    kept = page.cells("enhancing")
    assert number(kept["volume"]) > number(drawn["volume"])
    # Nobody holds the button any more: moving draws nothing.
    page.point_at("Red", 0.3, 0.3)
    page.point_at("Red", 0.7, 0.3)
    page.raw.keyboard.press("Control+z")
    page.wait_for_change("enhancing", "volume", kept["volume"])
    assert page.cells("enhancing") == drawn


def test_what_the_study_does_not_take_at_the_end_is_told_with_where_it_is(
    start, visit, study, tmp_path
):
    program = start(study, "--rater", READER, "--case", CASE, environment={"TMPDIR": str(tmp_path)})
    page = visit(program.address).wait_until_ready()
    # In the way of everything that is written.
    folder = study / "cases" / CASE / "segmentations"
    folder.rename(tmp_path / "away")
    folder.write_text("no folder", encoding="utf-8")
    draw(page)
    assert program.interrupt() == 0
    told = re.search("Unsaved work could not be kept.* It was saved as (.+)\\.", program.errors)
    assert Path(told[1]).is_relative_to(tmp_path)
    assert read_labelmap(Path(told[1]), None).array.any()


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
