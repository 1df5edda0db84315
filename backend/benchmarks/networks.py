"""Time and memory of the trainings beside ``keras.fit`` with TensorFlow, on the CPU.

Every contender trains in a process of its own, all from the same weights and with the same batches;
they take turns, an epoch each, so that a busy machine disturbs all of them alike. Run it with the
development environment: ``python backend/benchmarks/networks.py``. With ``--expression`` it takes
real profiles (genes x patients, first column the gene), else it draws numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from shape import machine, table

GENES, PATIENTS, TARGETS = 12_042, 185, 20
MODELS = {
    "autoencoder": "autoencoder 12042-2000-1000-500-1000-2000-12042",
    "network": "network 12042-2000-1000-500-20, dropout, all nonnegative",
    "output": "the same, output alone nonnegative",
    "plain": "the same, no dropout, unconstrained",
}
# On a processor the same program trains under TensorFlow and under JAX.
CONTENDERS = ("keras.fit", "ours")
PACKAGES = ("radiogenomics", "numpy", "numba", "keras", "tensorflow")
SEED = [2018]


# --- A contender: a process that trains an epoch whenever it is told to ---------------------------


def expression(path: str | None) -> Any:
    """Return standardised profiles ``(185, 12042)``, float32."""
    if path is None:
        values = np.random.default_rng(0).normal(8, 1, (PATIENTS, GENES))
    else:
        columns = np.loadtxt(path, delimiter="\t", dtype=str, max_rows=1).size
        rows = np.loadtxt(path, delimiter="\t", skiprows=1, usecols=range(1, columns))
        values = rows[:GENES].T
    scaled = (values - values.mean(axis=0)) / np.ptp(values, axis=0)
    return scaled.astype(np.float32)


def settings(model: str, epochs: int) -> Any:
    """Return the paper's settings for one of `MODELS`."""
    from radiogenomics.models import AutoencoderSettings, NetworkSettings  # noqa: PLC0415

    return {
        "autoencoder": AutoencoderSettings(epochs=epochs),
        "network": NetworkSettings(epochs=epochs),
        "output": NetworkSettings(epochs=epochs, nonnegative="output"),
        "plain": NetworkSettings(epochs=epochs, nonnegative="none", dropout=0.0),
    }[model]


def train_ours(
    model: str, inputs: Any, targets: Any, epochs: int, turn: Callable[..., None]
) -> None:
    """Train through `radiogenomics.models.fitting`."""
    from radiogenomics.models import fitting  # noqa: PLC0415

    def on_epoch(_number: int, loss: float, _held_out: float | None) -> None:
        turn(loss)

    turn(None)
    if model == "autoencoder":
        fitting.fit_autoencoder(inputs, settings(model, epochs), SEED, on_epoch=on_epoch)
    else:
        fitting.fit_network(inputs, targets, settings(model, epochs), SEED, on_epoch=on_epoch)


def train_keras(
    model: str, inputs: Any, targets: Any, epochs: int, turn: Callable[..., None]
) -> None:
    """Train with ``keras.fit`` from the same weights and with the same batches."""
    from radiogenomics.models import batches, stack  # noqa: PLC0415
    from radiogenomics.models.autoencoder import build_autoencoder  # noqa: PLC0415
    from radiogenomics.models.backend import keras  # noqa: PLC0415
    from radiogenomics.models.network import build_network  # noqa: PLC0415

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_begin(self, _epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            turn(None)

        def on_epoch_end(self, _epoch: int, logs: Any = None) -> None:
            turn(logs["loss"], wait=False)

    chosen = settings(model, epochs)
    if model == "autoencoder":
        targets = inputs
        layers = stack.autoencoder_layers(GENES, chosen)
        built = build_autoencoder(GENES, chosen)
    else:
        layers = stack.network_layers(TARGETS, chosen)
        built = build_network(GENES, TARGETS, chosen)
    draws = batches.Draws.of(SEED)
    for layer, pair in zip(layers, batches.draw_start(layers, GENES, draws.weights), strict=True):
        built.get_layer(layer.name).set_weights(pair)
    del pair
    for _ in range(epochs):
        order = draws.shuffles.permutation(PATIENTS)
        built.fit(
            inputs[order],
            inputs[order] if targets is inputs else targets[order],
            batch_size=chosen.batch_size,
            shuffle=False,
            verbose=0,
            callbacks=[Clock()],
        )


def work(contender: str, model: str, epochs: int, path: str | None) -> None:
    """Train; before each epoch wait for a line, after each write one with what it took."""
    inputs = expression(path)
    targets = np.random.default_rng(1).uniform(0, 1, (PATIENTS, TARGETS)).astype(np.float32)
    begun: list[tuple[float, float]] = []

    def turn(loss: float | None, wait: bool = True) -> None:
        if loss is not None:
            wall, cpu = begun.pop()
            took = [time.perf_counter() - wall, time.process_time() - cpu]
            print(json.dumps([*took, loss]), flush=True)
        # No line means that this was the last epoch.
        if wait and sys.stdin.readline():
            begun.append((time.perf_counter(), time.process_time()))

    (train_keras if contender == "keras.fit" else train_ours)(model, inputs, targets, epochs, turn)
    print(_peak_resident())


def _peak_resident() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


# --- The race -------------------------------------------------------------------------------------


@dataclass
class Record:
    """What one contender told by epoch; the times lack the first, which compiles."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    peak: int = 0


def race(model: str, contenders: Sequence[str], epochs: int, path: str | None) -> dict[str, Record]:
    """Let the contenders train one model in turns."""
    processes = {}
    for name in contenders:
        command = [sys.executable, __file__, "--work", name, model, "--epochs", str(epochs)]
        processes[name] = subprocess.Popen(
            command + (["--expression", path] if path else []),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""},
        )
    records = {name: Record() for name in contenders}
    for epoch in range(epochs):
        for name, process in processes.items():
            assert process.stdin is not None and process.stdout is not None  # noqa: PT018
            print(f"{model}: epoch {epoch + 1} of {epochs}, {name}", file=sys.stderr, flush=True)
            process.stdin.write("go\n")
            process.stdin.flush()
            wall, cpu, loss = json.loads(process.stdout.readline())
            record = records[name]
            if epoch:
                record.wall.append(wall)
                record.cpu.append(cpu)
            record.losses.append(loss)
    for name, process in processes.items():
        # Exporting the weights after the last epoch is not raced, but its memory counts.
        records[name].peak = int(process.communicate()[0])
    return records


def lines(records: dict[str, Record], batch_size: int = 10) -> list[list[str]]:
    """Return a row a contender."""
    n_steps = -(-PATIENTS // batch_size)
    reference = records["keras.fit"]
    rows = []
    for name, record in records.items():
        per_step = [
            1000 * statistics.median(times) / n_steps for times in (record.wall, record.cpu)
        ]
        ratios = [
            statistics.median(a / b for a, b in zip(theirs, ours, strict=True))
            for theirs, ours in ((reference.wall, record.wall), (reference.cpu, record.cpu))
        ]
        rows.append(
            [
                name,
                *(f"{value:.0f}" for value in per_step),
                *(f"{ratio:.2f}" for ratio in ratios),
                f"{record.losses[0]:.6f}",
                f"{record.losses[-1]:.6f}",
                f"{record.peak / 1e9:.2f}",
            ]
        )
    return rows


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=8, help="turns, the first not timed (8)")
    parser.add_argument("--expression", help="real profiles, TSV, genes x patients")
    parser.add_argument("--models", default=",".join(MODELS), help=f"of {', '.join(MODELS)}")
    parser.add_argument("--markdown", action="store_true", help="print the tables for the README")
    parser.add_argument("--work", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.work:
        work(*options.work, options.epochs, options.expression)
        return
    headers = [
        "training",
        "ms a step",
        "CPU ms",
        "times faster",
        "by CPU",
        "first loss",
        "last loss",
        "peak GB",
    ]
    for model in options.models.split(","):
        records = race(model, CONTENDERS, options.epochs, options.expression)
        print(MODELS[model])
        print(table(headers, lines(records), options.markdown), end="\n\n", flush=True)
    print(machine(PACKAGES))


if __name__ == "__main__":
    main()
