"""The benchmark of the grids on a GPU: what it extrapolates and says, and that it runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "backend" / "benchmarks"


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    # Other benchmarks' modules of these names must not be left behind for other tests.
    for name in ("gpu", "networks", "shape", "workload"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import gpu

    return gpu


def test_every_group_starts_once_and_an_epoch_takes_as_long_a_fit_as_in_the_first(gpu):
    # 10 fits, 4 at once: 3 groups start in 7 s each; an epoch takes 0.5 s a fit.
    kind = {"fits": 10, "at_once": 4, "seconds": [9.0, 2.0, 2.2, 1.9]}

    assert gpu.minutes([kind], 200) == pytest.approx((3 * 7 + 200 * 0.5 * 10) / 60)
    assert gpu.minutes([kind, kind], 200) == pytest.approx(2 * gpu.minutes([kind], 200))


def test_the_steps_are_those_of_the_papers_fits(gpu):
    autoencoder, network = gpu.works(
        ["autoencoder", "network"], gpu.argparse.Namespace(
            small=False, patients=528, epochs=4, expression=None
        )
    )  # fmt: skip

    assert (autoencoder.steps, network.steps) == (48, 10)
    assert len(gpu.cells_of(autoencoder)) * autoencoder.folds == 400
    assert len(gpu.cells_of(network)) * network.folds == 900


def test_a_line_holds_times_losses_and_memory_and_a_refusal_none(gpu):
    (work,) = gpu.works(
        ["autoencoder"],
        gpu.argparse.Namespace(small=False, patients=528, epochs=4, expression=None),
    )
    kind = {"fits": 200, "at_once": 100, "seconds": [30.0, 0.6, 0.48, 0.48], "computed": int(5e9),
            "losses": [[0.5, 0.25]]}  # fmt: skip

    assert gpu.row("ours", work, {"kinds": [kind, kind], "peak": int(6e9)}) == [
        "ours (JAX), stacked", "100+100", "0.100", "29.5", "8.4", "15", "0.500000", "0.250000",
        "5.0", "6.0",
    ]  # fmt: skip
    refused = gpu.row("tensorflow", work, {"refused": "There is no GPU"})
    assert refused == ["keras.fit (TensorFlow)", *["-"] * 9]


def test_losses_are_compared_fit_by_fit_and_epoch_by_epoch(gpu):
    kinds = [{"losses": [[1.0, 2.0], [4.0, 8.0]]}, {"losses": [[5.0, 5.0]]}]

    assert gpu.difference(kinds, [[1.0, 2.0], [4.0, 10.0], [5.0, 5.0]]) == pytest.approx(0.2)


def run(*arguments):
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / "gpu.py"), *arguments],
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_it_runs_on_a_processor_and_its_losses_are_those_of_single_fits():
    pytest.importorskip("jax")
    done = run("--device", "cpu", "--small", "--models", "network", "--keras", "", "--epochs", "2")

    assert done.returncode == 0, done.stderr
    assert "network: a short grid, 6 fits" in done.stdout
    assert "on CPU." in done.stdout
    said = next(line for line in done.stdout.splitlines() if line.startswith("Losses"))
    assert float(said.rpartition(" ")[2].rstrip(".")) < 1e-5


@pytest.mark.slow
def test_without_a_gpu_it_says_so_and_measures_nothing():
    pytest.importorskip("jax")
    done = run()

    assert done.returncode == 2
    assert "Error: There is no GPU that jax can use" in done.stderr
    assert not done.stdout
