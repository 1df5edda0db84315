"""The viewer as its users run it: the command in a process of its own, the page in Chromium."""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

MISSING = [
    name for name in ("trame_slicer", "playwright") if importlib.util.find_spec(name) is None
]
if MISSING:
    # The backend's environment has no viewer; `make test` runs these in the other one.
    collect_ignore_glob = ["test_*.py"]

STARTING_S = 90
ENDING_S = 30


class Program:
    """``radiogenomics view`` on a study, until it is ended."""

    def __init__(self, study, *options, environment=None):
        self.study = study
        self.began = time.monotonic()
        self._errors = (study.parent / f"{study.name}.stderr.txt").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [
                Path(sys.executable).with_name("radiogenomics"),
                "--debug",
                "view",
                study,
                "--no-browser",
                *options,
            ],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        self.printed = self.process.stdout.readline()
        self.serving_after = time.monotonic() - self.began
        found = re.search(r"http://127\.0\.0\.1:(\d+)/([0-9a-f]+)/", self.printed)
        assert found, f"no address was printed; standard error: {self.errors}"
        self.address = found[0]
        self.port = int(found[1])
        self.key = found[2]

    @property
    def errors(self):
        self._errors.flush()
        return Path(self._errors.name).read_text(encoding="utf-8")

    def interrupt(self):
        """End it as Ctrl-C does; return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(ENDING_S)

    def kill(self):
        self.process.kill()
        self.process.wait(ENDING_S)

    def end(self):
        if self.process.poll() is None:
            self.interrupt()
        self.process.stdout.close()
        self._errors.close()


@pytest.fixture(scope="module")
def start():
    """Start the program on a study; all that were started are ended."""
    programs = []

    def begin(study, *options, environment=None):
        programs.append(Program(study, *options, environment=environment))
        return programs[-1]

    yield begin
    for program in programs:
        program.end()


@pytest.fixture(scope="session")
def phantoms(tmp_path_factory):
    """A measured study of three phantoms, not to be changed."""
    study = tmp_path_factory.mktemp("phantoms") / "study"
    program = Path(sys.executable).with_name("radiogenomics")
    for command in (
        ["simulate", study, "--patients", "3", "--genes", "60", "--spacing", "2.5", "--jobs", "1"],
        ["measure", study, "--jobs", "1"],
    ):
        subprocess.run([program, *command], check=True, capture_output=True)
    return study


@pytest.fixture
def study(phantoms, tmp_path):
    """A study of one's own."""
    return Path(shutil.copytree(phantoms, tmp_path / "study"))


@pytest.fixture(scope="module")
def shared_study(phantoms, tmp_path_factory):
    """A study that the tests of one file share."""
    return Path(shutil.copytree(phantoms, tmp_path_factory.mktemp("shared") / "study"))


def chromium():
    """The browser's program, or None."""
    named = os.environ.get("CHROMIUM")
    for name in (named, "chromium", "chromium-browser", "google-chrome"):
        if name and (found := shutil.which(name)):
            return found
    return None


@pytest.fixture(scope="session")
def browser():
    """Chromium; a machine without one skips, the continuous integration must have it."""
    from playwright.sync_api import sync_playwright

    program = chromium()
    if program is None:
        reason = "there is no Chromium here; install one, or name it in CHROMIUM"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield launched
        launched.close()


@pytest.fixture
def visit(browser):
    """Open an address in a window of 1280 x 800 with a profile of its own."""
    from .pages import Page

    contexts = []

    def go(address, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 800}, **options)
        contexts.append(context)
        return Page(context.new_page(), address)

    yield go
    for number, context in enumerate(contexts):
        if os.environ.get("VIEWER_PICTURES"):
            for page in context.pages:
                page.screenshot(path=f"{os.environ['VIEWER_PICTURES']}/{number}.png")
        context.close()


@pytest.fixture(scope="module")
def program(start, shared_study):
    """The program on the study of a file, which may start another."""
    return start(shared_study)


@pytest.fixture
def page(program, visit):
    """The page of the program, ready; it must have had no trouble at the end."""
    page = visit(program.address).wait_until_ready()
    yield page
    assert not page.problems
