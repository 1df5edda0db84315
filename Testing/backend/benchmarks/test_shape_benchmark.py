"""The shape benchmark times what it says on the volumes that it says, with or without its peers."""

import importlib.util
import statistics
import sys
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.shape import measure_labelmap

BENCHMARKS = Path(__file__).parents[3] / "backend" / "benchmarks"


@pytest.fixture(scope="module")
def benchmark():
    """The script as a module; beside it lies its workload, found as when the script is run."""
    sys.path.insert(0, str(BENCHMARKS))
    specification = importlib.util.spec_from_file_location(
        "shape_benchmark", BENCHMARKS / "shape.py"
    )
    module = importlib.util.module_from_spec(specification)
    sys.modules["shape_benchmark"] = module  # where dataclasses look their annotations up
    specification.loader.exec_module(module)
    yield module
    del sys.modules["shape_benchmark"], sys.modules["workload"]
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture(scope="module")
def workload(benchmark):
    return benchmark.build_workload()


class FakeClock:
    """A clock that only the calls under test advance."""

    def __init__(self):
        self.now = 0.0
        self.log = []

    def __call__(self):
        return self.now

    def call(self, name, *durations):
        """Return a call that takes the durations in turn, the last one ever after."""
        waiting = list(durations)

        def run():
            self.log.append(name)
            self.now += waiting.pop(0) if len(waiting) > 1 else waiting[0]
            return name.upper()

        return run


def test_labelmap_is_a_full_volume_of_1_mm_voxels(workload):
    assert workload.labelmap.shape == (155, 240, 240)
    assert workload.labelmap.dtype == np.uint8
    assert workload.spacing == (1.0, 1.0, 1.0)
    assert set(np.unique(workload.labelmap)) == {0, 1, 2, 4}


@pytest.mark.parametrize(("roi", "volume"), [("enhancing", 30_000), ("edema", 69_000)])
def test_roi_has_the_stated_volume_with_and_without_its_strays(workload, roi, volume):
    measured = measure_labelmap(workload.labelmap, workload.spacing, workload.labels)[roi]
    voxels = int((workload.labelmap == workload.labels[roi]).sum())

    assert measured.features["volume"] == pytest.approx(volume, rel=0.01)
    assert voxels == pytest.approx(volume, rel=0.01)
    assert 0 < measured.voxels_left_out == voxels - measured.voxels


def test_tumour_touches_no_side_of_the_box_it_is_made_in(workload):
    used = np.argwhere(workload.labelmap)
    corner = np.array(sys.modules["workload"]._BOX_CORNER_MM)

    assert (used.min(axis=0) > corner).all()
    assert (used.max(axis=0) < corner + sys.modules["workload"]._BOX_MM - 1).all()


def test_rim_encloses_a_necrosis_that_never_reaches_the_edema(workload):
    necrosis = workload.labelmap == 1
    around = np.zeros_like(necrosis)
    for axis in range(3):
        for step in (-1, 1):
            around |= np.roll(necrosis, step, axis)

    assert necrosis.sum() > 10_000
    assert set(np.unique(workload.labelmap[around])) == {1, 4}


def test_finer_grid_holds_the_same_tumour(benchmark, workload):
    coarse = benchmark.build_workload(0.5)

    assert coarse.spacing == (2.0, 2.0, 2.0)
    assert coarse.voxels == pytest.approx(workload.voxels / 8, rel=0.01)
    for roi, features in measure_labelmap(coarse.labelmap, coarse.spacing, coarse.labels).items():
        same = measure_labelmap(workload.labelmap, workload.spacing, workload.labels)[roi]
        assert features.diameter.length == pytest.approx(same.diameter.length, rel=0.05)


def test_every_call_gives_the_same_labelmap(benchmark, workload):
    np.testing.assert_array_equal(benchmark.build_workload().labelmap, workload.labelmap)


def test_worst_cases_have_the_voxels_they_claim(benchmark):
    assert benchmark.ball(70).voxels == pytest.approx(4 / 3 * np.pi * 70**3, rel=0.001)
    assert benchmark.salt_and_pepper().voxels == pytest.approx(155 * 240 * 240 / 2, rel=0.001)


def test_fast_call_is_timed_five_times_in_every_round_after_one_warm_up(benchmark):
    clock = FakeClock()

    timing = benchmark.interleave({"a": clock.call("a", 0.4, 0.1)}, 7, clock=clock)["a"]

    assert clock.log == ["a"] * (1 + 7 * 5)
    assert timing.seconds == {at: pytest.approx(0.1) for at in range(7)}
    assert timing.result == "A"


def test_time_of_a_round_is_the_median_of_its_calls(benchmark):
    clock = FakeClock()
    call = clock.call("a", 0.0, 0.1, 0.3, 0.1, 0.2, 0.4, 0.0)

    timing = benchmark.interleave({"a": call}, 1, clock=clock)["a"]

    assert timing.seconds == {0: pytest.approx(0.2)}


def test_slow_call_is_timed_once_in_each_of_three_rounds_spread_over_the_run(benchmark):
    clock = FakeClock()

    timing = benchmark.interleave({"a": clock.call("a", 60.0)}, 9, 3, clock=clock)["a"]

    assert clock.log == ["a"] * (1 + 3)
    assert timing.seconds == {0: 60.0, 3: 60.0, 6: 60.0}


def test_methods_take_turns_within_each_round(benchmark):
    clock = FakeClock()
    calls = {"fast": clock.call("fast", 0.01), "slow": clock.call("slow", 1.0)}

    benchmark.interleave(calls, 3, 3, clock=clock)

    assert clock.log == ["fast", "slow", *(["fast"] * 5 + ["slow"]) * 3]


def test_ratio_is_the_median_over_the_rounds_that_both_have(benchmark):
    fast = benchmark.Timing(None, {0: 1.0, 1: 2.0, 2: 1.0, 3: 1.0})
    slow = benchmark.Timing(None, {0: 100.0, 2: 130.0, 3: 120.0})

    assert slow.ratio_to(fast) == statistics.median([100.0, 130.0, 120.0])


def test_missing_peer_has_a_row_that_says_so(benchmark, workload, capsys):
    def absent(_):
        raise ModuleNotFoundError("No module named 'radiomics'")

    methods = {"radiogenomics": benchmark.ours, "pyradiomics": absent}
    text = benchmark.compare(workload, 1, markdown=True, methods=methods)

    rows = [line for line in text.splitlines() if line.startswith("| pyradiomics")]
    assert len(rows) == 1
    assert rows[0].count("not installed") == 4
    assert "pyradiomics is not installed" in capsys.readouterr().err


def test_peak_memory_counts_the_work_and_neither_the_input_nor_the_interpreter(
    benchmark, workload, tmp_path
):
    np.save(tmp_path / "labelmap.npy", workload.labelmap)

    peak = benchmark.peak_memory("radiogenomics", tmp_path / "labelmap.npy")

    # The crop of the labelmap alone is 0.4 MB; the interpreter with numpy and scipy is over 50 MB.
    assert 0.4e6 < peak < 40e6


def test_markdown_table_is_aligned_with_numbers_to_the_right(benchmark):
    text = benchmark.table(["method", "ms"], [["a", "1,000"], ["bcd", "2"]], markdown=True)

    assert text.splitlines() == [
        "| method |    ms |",
        "| ------ | ----: |",
        "| a      | 1,000 |",
        "| bcd    |     2 |",
    ]
