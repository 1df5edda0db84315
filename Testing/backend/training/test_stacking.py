"""Searches that train many fits at once: the same groups again when a run resumes."""

import csv
import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.models.backend import BACKEND
from radiogenomics.models.settings import NetworkSettings
from radiogenomics.training.folds import make_folds
from radiogenomics.training.meter import Meter
from radiogenomics.training.run import train
from radiogenomics.training.shards import Shard, Shards
from radiogenomics.training.stacking import Stack, try_stacked

from .test_resuming import Stop, content, stopping_at

FOLDS = make_folds(12, 3, 1)
CELLS = [NetworkSettings(learning_rate=rate, epochs=5) for rate in (0.1, 0.2, 0.3, 0.4)]
ATTEMPTS = [(settings, fold) for settings in CELLS for fold in FOLDS]


class Device:
    """Trains by rule: a fit's loss is its rate and fold, and those above 0.35 diverge."""

    def __init__(self, memory, holds=100):
        self.memory = memory
        self.holds = holds
        self.groups = []

    def stack(self):
        return Stack(
            kind=lambda settings, _fold: settings.learning_rate < 0.25,
            largest=lambda _settings: self.memory,
            fit=self.fit,
        )

    def fit(self, group, on_epoch):
        if len(group) > self.holds:
            raise MemoryError
        self.groups.append([(settings.learning_rate, fold.number) for settings, fold in group])
        losses = np.array([settings.learning_rate + fold.number for settings, fold in group])
        on_epoch(1, losses, losses + 1)
        return [
            Shard(
                {"held_out_loss": np.full(2 if settings.learning_rate > 0.35 else 5, loss)},
                {"diverged_at": 2 if settings.learning_rate > 0.35 else None},
            )
            for (settings, _), loss in zip(group, losses, strict=True)
        ]


def shards_in(folder):
    folder.mkdir(exist_ok=True)
    return Shards(folder, folder / "times.jsonl")


def search(device, folder, told=None):
    told = [] if told is None else told
    meter = Meter(lambda *of_call: told.append(of_call), "choosing", 60)
    return try_stacked("choice/00", ATTEMPTS, device.stack(), shards_in(folder), meter, "")


def test_a_group_is_of_one_kind_and_as_large_as_memory_allows(tmp_path):
    device = Device(memory=4)
    results = search(device, tmp_path)

    assert [len(group) for group in device.groups] == [4, 2, 4, 2]
    assert [one for group in device.groups for one in group] == [
        (settings.learning_rate, fold.number) for settings, fold in ATTEMPTS
    ]
    for (settings, fold), result in zip(ATTEMPTS, results, strict=True):
        diverged = settings.learning_rate > 0.35
        loss = settings.learning_rate + fold.number
        assert result.values == {"diverged_at": 2 if diverged else None}
        np.testing.assert_array_equal(
            result.arrays["held_out_loss"], [loss] * (2 if diverged else 5)
        )


def test_a_resumed_search_makes_the_groups_that_were_begun_though_memory_has_changed(tmp_path):
    whole = search(Device(memory=4), tmp_path / "whole")
    first = Device(memory=4)
    search(first, tmp_path / "resumed")
    stored = sorted((tmp_path / "resumed" / "choice").glob("*-000[24].npz"))
    assert len(stored) == 4
    for path in stored[1:]:
        path.unlink()
    later = Device(memory=100)
    again = search(later, tmp_path / "resumed")

    assert later.groups == first.groups[1:]
    for ours, theirs in zip(again, whole, strict=True):
        np.testing.assert_array_equal(ours.arrays["held_out_loss"], theirs.arrays["held_out_loss"])


def test_memory_that_runs_out_halves_the_groups_and_says_so(tmp_path):
    device, told = Device(memory=6, holds=2), []
    results = search(device, tmp_path, told)

    assert [len(group) for group in device.groups] == [2] * 6
    assert len(results) == len(ATTEMPTS)
    said = [message for *_, message in told if "too many" in message]
    assert said[0] == (
        "6 (from fit 1) of 12 fits at once: too many for the memory of the device, going on with "
        "3 at once"
    )
    # Of each kind 6, then 3 are tried.
    assert len(said) == 4


def test_a_resumed_search_halves_where_it_had_halved(tmp_path):
    first = Device(memory=6, holds=2)
    search(first, tmp_path)
    stored = sorted((tmp_path / "choice").glob("*-0002.npz"))
    assert len(stored) == 6
    for path in stored[2:]:
        path.unlink()
    later = Device(memory=6)
    search(later, tmp_path)

    # The second kind had its groups of 6 and 3 refused too, and is not tried with them again.
    assert later.groups == first.groups[2:]


def test_a_single_fit_without_memory_is_an_error(tmp_path):
    with pytest.raises(MemoryError):
        search(Device(memory=2, holds=0), tmp_path)


def test_what_is_no_lack_of_memory_is_not_taken_for_it(tmp_path):
    device = Device(memory=4)

    def fail(_group, _on_epoch):
        raise ValueError("a mistake")

    device.fit = fail
    with pytest.raises(ValueError, match="a mistake"):
        search(device, tmp_path)


def test_an_epoch_of_a_group_counts_for_all_its_fits(tmp_path):
    told = []
    search(Device(memory=6), tmp_path, told)

    assert [of_call[:3] for of_call in told] == [("choosing", 6, 60), ("choosing", 36, 60)]
    assert told[0][3] == "6 (from fit 1) of 12 fits at once, loss 2.1500, held out 3.1500"


def test_a_stack_without_jax_is_refused(finished, searching, tmp_path):
    if BACKEND == "jax":
        pytest.skip("this process has JAX")
    with pytest.raises(InputError, match=r"stacked_fits is 4.*KERAS_BACKEND=jax"):
        train(finished.data, tmp_path / "run", replace(searching, stacked_fits=4))
    with pytest.raises(InputError, match="stacked_fits is -1"):
        replace(searching, stacked_fits=-1)


# --- Whole runs, in a process with JAX ------------------------------------------------------------


@pytest.mark.slow
def test_whole_runs_with_jax():
    """Run the tests below in a process with that backend."""
    pytest.importorskip("jax")
    if BACKEND == "jax":
        pytest.skip("they run in this process")
    options = ["-q", "-p", "no:cacheprovider", "-k", "stacked_run", "--no-header"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", __file__, *options],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


with_jax = pytest.mark.skipif(BACKEND != "jax", reason="needs KERAS_BACKEND=jax")


@pytest.fixture(scope="module")
def stacking(searching):
    """Chooses among autoencoders of two kinds, and among networks of which one cell diverges."""
    return replace(
        searching,
        autoencoder_grid={"activation": ("tanh", "sigmoid"), "learning_rate": (0.1, 0.2)},
        network_grid={"learning_rate": (1e30, 0.1, 0.2)},
        stacked_fits=4,
    )


@pytest.fixture(scope="module")
def stacked(finished, stacking, tmp_path_factory):
    """A run that was never stopped."""
    return train(finished.data, tmp_path_factory.mktemp("stacked") / "run", stacking)


def rows_of(path):
    with (path / "search.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@with_jax
@pytest.mark.slow
def test_a_stacked_run_chooses_as_one_fit_after_another(finished, stacking, stacked, tmp_path):
    alone = train(finished.data, tmp_path / "run", replace(stacking, stacked_fits=1))

    theirs, ours = rows_of(alone.path), rows_of(stacked.path)
    assert len(ours) == 4 * (4 + 3) * 2
    for mine, other in zip(ours, theirs, strict=True):
        loss, expected = float(mine.pop("held_out_loss")), float(other.pop("held_out_loss"))
        assert mine == other
        assert loss == pytest.approx(expected, rel=2e-5)
    groups = {path.name for path in stacked.path.rglob("choice-autoencoder/00-*")}
    assert groups == {f"00-stack-{name}.npz" for name in ("0001", "0001-0004", "0005", "0005-0004")}


@with_jax
@pytest.mark.slow
@pytest.mark.parametrize(
    ("stage", "done"), [("choosing the autoencoder", 20), ("choosing the network", 32)]
)
def test_a_stacked_run_that_was_stopped_ends_bit_identical(
    finished, stacking, stacked, tmp_path, stage, done
):
    out = tmp_path / "run"
    with pytest.raises(Stop):
        train(finished.data, out, stacking, stopping_at(stage, done))
    train(finished.data, out, stacking, resume=True)

    assert content(out) == content(stacked.path)
