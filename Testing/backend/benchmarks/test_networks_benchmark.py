"""The benchmark of the trainings: contenders take turns, and ratios are those of the same turn."""

import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[3] / "backend" / "benchmarks"


@pytest.fixture
def networks(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    # Other benchmarks' modules of these names must not be left behind for other tests.
    for name in ("networks", "shape", "workload"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import networks

    return networks


def test_a_ratio_is_the_median_of_the_turns_and_losses_and_memory_are_told(networks):
    # In the second turn the machine was ten times slower for both.
    records = {
        "keras.fit": networks.Record([1.9, 19.0, 3.8], [1.9, 1.9, 1.9], [0.5, 0.25], int(2e9)),
        "ours": networks.Record([0.95, 9.5, 0.95], [0.5, 1.9, 0.95], [0.5, 0.125], int(1e9)),
    }

    theirs, ours = networks.lines(records)

    assert theirs == ["keras.fit", "200", "100", "1.00", "1.00", "0.500000",
                      "0.250000", "2.00"]  # fmt: skip
    assert ours == ["ours", "50", "50", "2.00", "2.00", "0.500000", "0.125000", "1.00"]


@pytest.mark.slow
def test_keras_and_ours_race_with_the_same_losses(networks):
    records = networks.race("autoencoder", ["keras.fit", "ours"], 2, None)

    assert records["keras.fit"].losses == pytest.approx(records["ours"].losses, rel=1e-5)
    for record in records.values():
        assert len(record.wall) == len(record.cpu) == 1
        assert record.peak > 1e8
