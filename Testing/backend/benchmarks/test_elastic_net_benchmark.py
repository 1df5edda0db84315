"""The benchmark of the elastic net: what R is extrapolated to, and a small race of both."""

import sys
from pathlib import Path

import numpy as np
import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "backend" / "benchmarks"


@pytest.fixture
def benchmark(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    # Other benchmarks' modules of these names must not be left behind for other tests.
    for name in ("elastic_net", "shape", "workload"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import elastic_net

    return elastic_net


def path(benchmark, alpha, cpu):
    return benchmark.PathOfR(alpha, cpu, 2 * cpu, 4000, 1e-3, 0.01)


def test_paths_of_r_stand_for_all_of_their_alpha(benchmark):
    paths = [path(benchmark, 0.0, 1.0), path(benchmark, 0.5, 2.0), path(benchmark, 0.5, 4.0)]

    assert benchmark.extrapolated(paths, 200) == (200 * 4.0, 200 * 8.0)

    told = benchmark.Race([3.0, 2.0], [5.0, 3.0], int(4e8), 1e-12, paths, int(2e9), "4.1.6")
    ours, theirs = benchmark.lines(told, 21, 20)
    assert ours == ["ours", "8", "5", "1", "0.40", "1e-12"]
    assert theirs == ["R, glmnet 4.1.6 (3 of 4200 paths)", "800", "1600", "100", "2.00", "1e-03"]


def test_stationarity_tells_how_far_a_fit_is_off(benchmark):
    work = benchmark.work_of(None, 60, 1)
    exact = benchmark.ours_at(work, 3, 0, 0.5, 50, 30)
    assert benchmark.stationarity(work, 3, 0, 0.5, exact) < 1e-12
    exact[2 + np.flatnonzero(exact[2:])[0]] *= 1.01
    assert benchmark.stationarity(work, 3, 0, 0.5, exact) > 1e-6


@pytest.mark.slow
@pytest.mark.parametrize("with_r", [True, False])
def test_a_small_race_tells_of_both_or_says_that_r_is_missing(
    benchmark, with_r, capsys, monkeypatch
):
    if not with_r:
        monkeypatch.setattr(benchmark.shutil, "which", lambda _name: None)
    elif benchmark.shutil.which("Rscript") is None:
        pytest.skip("R is not installed")
    monkeypatch.setattr(benchmark, "PROFILES", Path("nowhere"))
    benchmark.main(["--genes", "80", "--targets", "1", "--lambdas", "20"])
    printed = capsys.readouterr().out
    assert "1 targets x 10 folds x 21 alphas x 20 lambdas, 109 x 80, drawn profiles" in printed
    assert ("its row is missing" in printed) is not with_r
    assert ("R, glmnet" in printed) is with_r
