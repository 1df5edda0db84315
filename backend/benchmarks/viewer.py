"""How fast the browser viewer is on a case of 240 x 240 x 155 voxels with two volumes, in Chromium.

Everything is measured from outside, as a rater meets it: from starting the command to its address,
from releasing the mouse to the number in the table, from turning the wheel to the new picture. Run
it with the viewer's environment: ``python backend/benchmarks/viewer.py``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from radiogenomics.imaging import Grid, Labelmap, find_preset, save_segmentation, write_volume
from radiogenomics.phantom.case import phantom_case
from radiogenomics.study import Role, Study

SHAPE = (155, 240, 240)
RATER, PATIENT = "rater", "P1"
STROKES, STEPS, IDLE_S = 20, 20, 10.0
WINDOW = {"width": 1280, "height": 800}


@dataclass(frozen=True)
class Measured:
    """One line of the result.

    Attributes
    ----------
    what, value, limit, unit
        What was measured, and the limit that it is to keep.
    spread
        In words; empty for a single measurement.
    """

    what: str
    value: float
    limit: float
    unit: str
    spread: str = ""

    @property
    def line(self) -> str:
        """For people."""
        kept = "kept" if self.value <= self.limit else "NOT KEPT"
        return (
            f"{self.what:44s} {self.value:8.2f} {self.unit:3s} limit {self.limit:6.1f}  {kept:8s} "
            f"{self.spread}"
        )


def make_study(root: Path) -> None:
    """Write a study of one phantom on the grid of BraTS, segmented once."""
    phantom = phantom_case(1, spacing=1.0)
    corner = tuple(
        (wide - own) // 2 for wide, own in zip(SHAPE, phantom.labelmap.shape, strict=True)
    )
    place = tuple(
        slice(at, at + own) for at, own in zip(corner, phantom.labelmap.shape, strict=True)
    )
    z, y, x = corner
    origin = tuple(o - step for o, step in zip(phantom.origin, (x, y, z), strict=True))
    identity = tuple(np.eye(3).ravel().tolist())
    grid = Grid(SHAPE[::-1], phantom.spacing, origin, identity)

    def padded(array: Any) -> Any:
        wide = np.zeros(SHAPE, dtype=array.dtype)
        wide[place] = array
        return wide

    study = Study.create(root, name="benchmark", labels="brats", raters={RATER: Role.READER})
    case = study.add_case(PATIENT)
    for name in ("t1c", "flair"):
        array = padded(phantom.images[name])
        case.add_image(name, partial(write_volume, array=array, grid=grid), {})
    labels = find_preset("brats").labels
    drawn = np.zeros(phantom.labelmap.shape, dtype=np.uint8)
    for roi, value in phantom.labels.items():
        drawn[phantom.labelmap == value] = labels[roi]
    save_segmentation(case, RATER, Labelmap(padded(drawn), grid, labels), {})


class Server:
    """The command at work on a study."""

    def __init__(self, study: Path) -> None:
        began = time.monotonic()
        self._process = subprocess.Popen(
            [
                Path(sys.executable).with_name("radiogenomics"),
                "view",
                study,
                "--no-browser",
                "--rater",
                RATER,
                "--case",
                PATIENT,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        words = self._process.stdout.readline().split()
        self.serving_s = time.monotonic() - began
        if not words:
            raise SystemExit("The viewer did not start.")
        self.address = words[-1]

    @property
    def cpu_s(self) -> float:
        """Processor time that it has used."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def peak_gb(self) -> float:
        """The most memory that it has held."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e6

    def end(self) -> None:
        """End it as Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait()


def stroke_times(page: Page) -> list[float]:
    """Return the milliseconds between the end of each stroke and the new number in the table."""
    page.evaluate(
        """() => {
            window.released = 0; window.strokes = [];
            const now = () => performance.now();
            document.addEventListener("pointerup", () => { window.released = now(); }, true);
            const cell = document.querySelector("[data-key='enhancing/volume'] .measured");
            new MutationObserver(() => { window.strokes.push(now() - window.released); })
                .observe(cell, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.click("[data-tool=paint]")
    page.wait_for_selector("[data-tool=paint].on")
    box = page.locator("[data-view=Red]").bounding_box()
    assert box is not None
    for number in range(STROKES):
        # Each begins in the region and leads out of it elsewhere, so that the number changes.
        angle = 2 * np.pi * number / STROKES
        x0, y0 = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x0, y0)
        page.mouse.down()
        reach = 0.3 * box["height"]
        page.mouse.move(x0 + reach * np.cos(angle), y0 + reach * np.sin(angle), steps=10)
        page.mouse.up()
        page.wait_for_function("count => window.strokes.length > count", arg=number)
        page.wait_for_timeout(1500)
    page.keyboard.press("Escape")
    times: list[float] = page.evaluate("window.strokes")
    return times[:STROKES]


def wheel_times(page: Page) -> list[float]:
    """Return the milliseconds between turning the wheel and the next picture of the view."""
    page.evaluate(
        """() => {
            window.turned = 0; window.pictures = [];
            const view = document.querySelector("[data-view=Red]");
            view.addEventListener("wheel", () => { window.turned = performance.now(); }, true);
            view.addEventListener("load", () => {
                if (!window.turned) return;
                window.pictures.push(performance.now() - window.turned);
                window.turned = 0;
            }, true);
        }"""
    )
    box = page.locator("[data-view=Red]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(1000)
    for number in range(STEPS):
        page.mouse.wheel(0, 100 if number % 2 else -100)
        page.wait_for_function("count => window.pictures.length > count", arg=number)
        page.wait_for_timeout(400)
    times: list[float] = page.evaluate("window.pictures")
    return times


def spread(times: list[float]) -> str:
    """Return range and number of measurements in words."""
    return f"{min(times):.0f} to {max(times):.0f} ms, {len(times)} times"


def measure(study: Path, chromium: str, picture: Path | None) -> list[Measured]:
    """Run the viewer on a study and measure it."""
    server = Server(study)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport=WINDOW)
            page.goto(server.address)
            page.wait_for_selector("[data-view=Red] img[src^=blob]")
            page.click("[data-key='enhancing/max_diameter']")
            page.wait_for_timeout(4000)
            wheels = wheel_times(page)
            strokes = stroke_times(page)
            page.wait_for_timeout(8000)
            before = server.cpu_s
            page.wait_for_timeout(1000 * IDLE_S)
            idle = 100 * (server.cpu_s - before) / IDLE_S
            if picture is not None:
                page.screenshot(path=picture)
            browser.close()
        peak = server.peak_gb
    finally:
        server.end()
    return [
        Measured("command to address, with the case open", server.serving_s, 12.0, "s"),
        Measured(
            "stroke's end to table, median", statistics.median(strokes), 300, "ms", spread(strokes)
        ),
        Measured(
            "wheel step to picture, median", statistics.median(wheels), 200, "ms", spread(wheels)
        ),
        Measured("processor when idle", idle, 2.0, "%"),
        Measured("memory at its highest", peak, 1.0, "GB"),
    ]


def main() -> int:
    """Measure and print; 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, help="where to keep a picture of the page")
    arguments = parser.parse_args()
    chromium = (
        os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    )
    if chromium is None:
        print("There is no Chromium here; install one, or name it in CHROMIUM.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "study"
        make_study(study)
        results = measure(study, chromium, arguments.picture)
    size = " x ".join(map(str, SHAPE[::-1]))
    load = os.getloadavg()[0]
    print(f"{size} voxels, two volumes, {os.cpu_count()} processors, load {load:.1f}")
    for one in results:
        print(one.line)
    return 0 if all(one.value <= one.limit for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
