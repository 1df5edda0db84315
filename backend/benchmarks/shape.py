"""CPU time and memory of the shape features beside SimpleITK and pyradiomics.

Makes its own data: a labelmap of 240 x 240 x 155 voxels of 1 mm with an enhancing ROI of 30 cm3 and
an edema of 69 cm3. Run it with `make bench`, which also installs the peers. Imports numpy, scipy
and `radiogenomics.shape`; a peer only when it is measured.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import importlib
import importlib.metadata
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy import ndimage
from workload import CONNECTED, LABELS, Workload, ball, build_workload, salt_and_pepper

from radiogenomics.shape import labelmap_features

Values = dict[str, dict[str, float]]


# --- The methods ----------------------------------------------------------------------------------
# Each takes a workload, does what is not to be measured, and returns the call that is.


def ours(work: Workload) -> Callable[[], Values]:
    """`labelmap_features`: all ten features of all ROIs from the full labelmap."""
    return lambda: labelmap_features(work.labelmap, work.spacing, work.labels)


def simpleitk(work: Workload) -> Callable[[], Values]:
    """Threshold, 26-connected components, LabelShapeStatistics with Feret diameter; one thread."""
    sitk: Any = importlib.import_module("SimpleITK")
    # Threads that wait for each other would count as CPU time against it.
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    image = sitk.GetImageFromArray(work.labelmap)
    image.SetSpacing(work.spacing)

    def measure() -> Values:
        values = {}
        for roi, label in work.labels.items():
            inside = sitk.BinaryThreshold(image, label, label, 1, 0)
            components = sitk.ConnectedComponent(inside, True)
            statistics_filter = sitk.LabelShapeStatisticsImageFilter()
            statistics_filter.ComputeFeretDiameterOn()
            statistics_filter.Execute(components)
            largest = max(statistics_filter.GetLabels(), key=statistics_filter.GetNumberOfPixels)
            values[roi] = {
                "volume": statistics_filter.GetPhysicalSize(largest),
                "max_diameter": statistics_filter.GetFeretDiameter(largest),
            }
        return values

    return measure


def pyradiomics(work: Workload) -> Callable[[], Values]:
    """All features of `RadiomicsShape`, given the cropped largest component of each ROI."""
    sitk: Any = importlib.import_module("SimpleITK")
    shape_class: Any = importlib.import_module("radiomics.shape").RadiomicsShape
    # It has no connected components, so they are found for it beforehand and not counted.
    masks = {}
    for roi, label in work.labels.items():
        components, _ = ndimage.label(work.labelmap == label, CONNECTED)
        largest = components == 1 + np.bincount(components.flat)[1:].argmax()
        cropped = largest[ndimage.find_objects(largest.astype(np.uint8))[0]]
        masks[roi] = sitk.GetImageFromArray(cropped.astype(np.uint8))
        masks[roi].SetSpacing(work.spacing)

    def measure() -> Values:
        values = {}
        for roi, mask in masks.items():
            features = shape_class(mask, mask, label=1)
            features.enableAllFeatures()
            found = features.execute()
            values[roi] = {
                "volume": float(found["VoxelVolume"]),
                "max_diameter": float(found["Maximum3DDiameter"]),
            }
        return values

    return measure


METHODS: dict[str, Callable[[Workload], Callable[[], Values]]] = {
    "radiogenomics": ours,
    "SimpleITK": simpleitk,
    "pyradiomics": pyradiomics,
}


# --- Time and memory ------------------------------------------------------------------------------

_SLOW_SECONDS = 0.5  # calls that take longer are made in `slow_rounds` only, once each
_CALLS = 5  # of a fast method in each round; their median is the round's time


@dataclass
class Timing:
    """What was measured of one method: its first result, and CPU seconds by round."""

    result: Any
    seconds: dict[int, float] = field(default_factory=dict)

    def ratio_to(self, other: Timing) -> float:
        """Median over the rounds that both have of how many times longer this one took."""
        rounds = self.seconds.keys() & other.seconds.keys()
        return statistics.median(self.seconds[at] / other.seconds[at] for at in rounds)


def interleave(
    calls: Mapping[str, Callable[[], Any]],
    rounds: int,
    slow_rounds: int = 3,
    clock: Callable[[], float] = time.process_time,
    report: Callable[[str], None] = lambda _: None,
) -> dict[str, Timing]:
    """Time all calls in turns, so that a busy machine disturbs all of them alike.

    Each is called once to warm up. One that took over half a second then is called once in each of
    ``slow_rounds`` rounds, spread over the run; the others five times in every round.

    Parameters
    ----------
    calls
        What to time, by name.
    rounds, slow_rounds
        How often.
    clock
        CPU seconds of the process, all its threads together.
    report
        Is told what is about to run.
    """
    timings, slow = {}, set()
    for name, call in calls.items():
        report(f"warm-up: {name}")
        begin = clock()
        timings[name] = Timing(call())
        if clock() - begin > _SLOW_SECONDS:
            slow.add(name)
    in_slow_rounds = {number * rounds // slow_rounds for number in range(slow_rounds)}
    for at in range(rounds):
        for name, call in calls.items():
            if name in slow and at not in in_slow_rounds:
                continue
            report(f"round {at + 1} of {rounds}: {name}")
            times = []
            for _ in range(1 if name in slow else _CALLS):
                begin = clock()
                call()
                times.append(clock() - begin)
            timings[name].seconds[at] = statistics.median(times)
    return timings


def peak_memory(name: str, labelmap: Path) -> int:
    """Run one method in a process of its own; return how many bytes it needed beyond its input."""
    command = [sys.executable, __file__, "--peak-of", name, str(labelmap)]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def _extra_peak(name: str, labelmap: Path) -> int:
    """Measure here by how many bytes one call raises the peak of the resident memory."""
    # A first call on a few voxels loads what is loaded late, which is no memory of the work.
    small = np.zeros((8, 8, 8), dtype=np.uint8)
    small[2:4, 2:6, 2:6], small[4:6, 2:6, 2:6] = LABELS["enhancing"], LABELS["edema"]
    METHODS[name](Workload(small, (1.0, 1.0, 1.0), LABELS))()
    call = METHODS[name](Workload(np.load(labelmap), (1.0, 1.0, 1.0), LABELS))
    # Linux can forget the peak of the preparation; elsewhere a peak below that one is not seen.
    forget = Path("/proc/self/clear_refs")
    with contextlib.suppress(OSError):
        forget.write_text("5")
    before = _peak_resident()
    call()
    return _peak_resident() - before


def _peak_resident() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss, which a process inherits from the one that started it.
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


# --- The report -----------------------------------------------------------------------------------


def table(headers: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool) -> str:
    """Lay out a table: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(headers, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.rjust(width) if number else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |" if markdown else "  ".join(padded).rstrip()

    rule = [
        ("-" * (width - 1) + ":") if number else "-" * width for number, width in enumerate(widths)
    ]
    below = line(rule) if markdown else "  ".join("-" * width for width in widths)
    return "\n".join([line(headers), below, *map(line, rows)])


def milliseconds(timing: Timing) -> str:
    """Median, least and largest of the rounds."""
    times = [1000 * seconds for seconds in timing.seconds.values()]
    middle = statistics.median(times)
    decimals = 1 if middle < 100 else 0
    low, high = min(times), max(times)
    return f"{middle:,.{decimals}f} ({low:,.{decimals}f}-{high:,.{decimals}f})"


PEERS = ("radiogenomics", "numpy", "scipy", "SimpleITK", "pyradiomics")


def machine(packages: Sequence[str] = PEERS) -> str:
    """Describe the machine and the versions of what was measured."""
    cpu = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        named = [line for line in information.read_text().splitlines() if "model name" in line]
        cpu = named[0].partition(":")[2].strip() if named else cpu
    versions = [f"Python {platform.python_version()}"]
    for package in packages:
        try:
            versions.append(f"{package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{package} not installed")
    system = f"{platform.system()} {platform.machine()}"
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return f"{cpu}, {os.cpu_count()} cores, {system}; {', '.join(versions)}; {today}"


_TIME_NOTE = """\
Both ROIs. CPU time of the process with all its threads: median (least-largest) of the rounds.
Ratio: median over the rounds of the method's time by ours in the same round. Memory: what a call
adds at its peak, in a process of its own. SimpleITK runs on one thread; pyradiomics is given the
cropped largest component of each ROI, found beforehand."""

_VALUE_NOTE = """\
Volumes in mm3, largest distances in mm. pyradiomics measures between corners of its mesh, which lie
half a voxel outside the voxel centres."""


def compare(
    work: Workload,
    rounds: int,
    markdown: bool,
    methods: Mapping[str, Callable[[Workload], Callable[[], Values]]] = METHODS,
) -> str:
    """Time and memory of the methods on one labelmap, then how well their values agree."""
    calls = {}
    for name, method in methods.items():
        try:
            calls[name] = method(work)
        except ImportError as error:
            _report(f"{name} is not installed and left out: {error}")
    timings = interleave(calls, rounds, report=_report)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labelmap.npy"
        np.save(path, work.labelmap)
        peaks = {}
        for name in calls:
            _report(f"peak memory: {name}")
            peaks[name] = f"{peak_memory(name, path) / 1e6:,.0f}"

    reference = timings["radiogenomics"]
    rows, values = [], []
    for name in methods:
        if name not in calls:
            rows.append([name, *["not installed"] * 4])
            continue
        ratio = f"{timings[name].ratio_to(reference):,.0f}"
        turns = str(len(timings[name].seconds))
        rows.append([name, milliseconds(timings[name]), ratio, peaks[name], turns])
    for roi in work.labels:
        for feature in ("volume", "max_diameter"):
            cells = [
                f"{timings[name].result[roi][feature]:.6f}" if name in calls else "not installed"
                for name in methods
            ]
            values.append([f"{roi} {feature}", *cells])
    headers = ["method", "CPU ms", "ratio", "peak memory MB", "rounds"]
    agreement = table(["value", *methods], values, markdown)
    return "\n\n".join([table(headers, rows, markdown), _TIME_NOTE, agreement, _VALUE_NOTE])


def scaling(rounds: int, markdown: bool) -> str:
    """Time of ours by the number of voxels, and on volumes that are as bad as they get."""
    works = {
        "tumour, 2 mm": build_workload(0.5),
        "tumour, 1 mm": build_workload(1.0),
        "tumour, 0.5 mm": build_workload(2.0),
        "ball of radius 70": ball(),
        "salt and pepper": salt_and_pepper(),
    }
    calls = {name: ours(work) for name, work in works.items()}
    timings = interleave(calls, min(rounds, 5), report=_report)
    rows = []
    for name, work in works.items():
        per_voxel = 1e9 * statistics.median(timings[name].seconds.values()) / work.voxels
        grid = " x ".join(map(str, work.labelmap.shape[::-1]))
        rows.append(
            [name, grid, f"{work.voxels:,}", milliseconds(timings[name]), f"{per_voxel:.0f}"]
        )
    return table(["ours on", "grid", "ROI voxels", "CPU ms", "ns per voxel"], rows, markdown)


def _report(message: str) -> None:
    # Some peers take minutes in one call that nothing can interrupt, so say what runs beforehand.
    print(f"[{time.strftime('%H:%M:%S')}] {message}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="turns of the fast methods (9)")
    parser.add_argument("--markdown", action="store_true", help="print the tables for the README")
    parser.add_argument(
        "--peak-of", nargs=2, metavar=("METHOD", "LABELMAP"), help=argparse.SUPPRESS
    )
    options = parser.parse_args(arguments)
    if options.rounds < 1:
        parser.error(f"--rounds must be at least 1, not {options.rounds}")
    if options.peak_of:
        name, labelmap = options.peak_of
        print(_extra_peak(name, Path(labelmap)))
        return

    _report("making the labelmap")
    work = build_workload()
    print(compare(work, options.rounds, options.markdown), end="\n\n", flush=True)
    print(scaling(options.rounds, options.markdown), end="\n\n", flush=True)
    print(machine())


if __name__ == "__main__":
    if os.environ.get("OPENBLAS_NUM_THREADS") != "1":
        # Idle threads of numpy's linear algebra spin for a while and would count as CPU time of
        # whatever is measured next. The library reads this when it is loaded, so start again.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        again = subprocess.run([sys.executable, *sys.argv], env=environment, check=False)
        sys.exit(again.returncode)
    main()
