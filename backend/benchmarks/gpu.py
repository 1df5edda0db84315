"""The paper's grids on a GPU: 400 autoencoders and 900 networks, extrapolated from some steps.

Trains the first group of each kind of fits for a few epochs, as `radiogenomics train` does under
JAX, and extrapolates to all fits and 200 epochs; trains one fit with ``keras.fit`` on the same
device, with TensorFlow and with JAX; and compares the losses with those of a processor. Every
contender runs in a process of its own. With ``--expression`` it takes real profiles (genes x
patients, first column the gene), else it draws numbers: the work is the same.

``python backend/benchmarks/gpu.py`` needs a GPU that JAX can use (``pip install 'jax[cuda12]'``).
``--device cpu --small`` tries the program itself in less than a minute.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from networks import expression
from shape import machine, table

from radiogenomics.errors import RadiogenomicsError
from radiogenomics.training.protocols import load_protocol

GOALS_MIN = {"autoencoder": 15, "network": 5}  # on one H200
EPOCHS = 200
NAMES = {
    "ours": "ours (JAX), stacked",
    "tensorflow": "keras.fit (TensorFlow)",
    "jax": "keras.fit (JAX)",
}
PACKAGES = ("radiogenomics", "numpy", "keras", "tensorflow", "jax", "jaxlib")
HEADERS = (
    "training",
    "fits at once",
    "ms a fit and step",
    "start s",
    "all fits, min",
    "goal, min",
    "first loss",
    "last loss",
    "computed GB",
    "peak GB",
)
SEED = 2018


@dataclass(frozen=True)
class Work:
    """What is trained: the paper's grids on so many patients, genes and folds."""

    model: str
    patients: int
    genes: int
    targets: int
    folds: int
    epochs: int
    overrides: tuple[str, ...]
    expression: str | None = None

    @property
    def steps(self) -> int:
        """Updates of one fit in one epoch."""
        learnt = self.patients - self.patients // self.folds
        return -(-learnt // 10)


def works(models: Sequence[str], options: argparse.Namespace) -> list[Work]:
    """Return what is asked for; the small ones are for trying the program."""
    patients = {"autoencoder": options.patients, "network": 109}
    if options.small:
        small = ("widths=32,16", "autoencoder.grid.learning_rate=[0.01,0.2]",
                 "autoencoder.grid.decay=[1e-5]", "network.grid.learning_rate=[0.01,0.2]",
                 "network.grid.decay=[1e-5]")  # fmt: skip
        return [Work(model, 45, 300, 20, 3, options.epochs, small) for model in models]
    return [
        Work(model, patients[model], 12_042, 20, 10, options.epochs, (), options.expression)
        for model in models
    ]


# --- A contender: a process of its own that prints what it measured as JSON -----------------------


def data_of(work: Work) -> tuple[Any, Any]:
    """Return standardised expression and scaled features."""
    if work.expression is not None:
        inputs = expression(work.expression)[: work.patients]
        if inputs.shape != (work.patients, work.genes):
            raise RadiogenomicsError(
                f"{work.expression} has {len(inputs)} patients and {inputs.shape[1]} genes; the "
                f"benchmark wants {work.patients} and {work.genes}. Give --patients, or leave out "
                "--expression."
            )
    else:
        inputs = np.random.default_rng(0).normal(0, 0.15, (work.patients, work.genes))
    targets = np.random.default_rng(1).uniform(0, 1, (work.patients, work.targets))
    return inputs.astype(np.float32), targets.astype(np.float32)


def cells_of(work: Work) -> Sequence[Any]:
    """Return the settings of the paper's grid, with as many epochs as are measured."""
    config = load_protocol("paper", work.overrides)
    cells = config.autoencoder_cells() if work.model == "autoencoder" else config.network_cells()
    return [replace(cell, epochs=work.epochs) for cell in cells]


def search_of(work: Work) -> tuple[Any, list[Any], list[tuple[Any, int]]]:
    """Return inputs, divisions and all fits of the search."""
    from radiogenomics.models.group_plans import Division  # noqa: PLC0415
    from radiogenomics.training.folds import make_folds  # noqa: PLC0415

    inputs, targets = data_of(work)
    wanted = targets if work.model == "network" else None
    divisions = [
        Division(fold.train, fold.held_out, [SEED, fold.number], wanted)
        for fold in make_folds(work.patients, work.folds, SEED)
    ]
    fits = [(cell, fold) for cell in cells_of(work) for fold in range(work.folds)]
    return inputs, divisions, fits


def run_ours(work: Work, at_most: int) -> dict[str, Any]:
    """Train the first group of each kind of fits."""
    from radiogenomics.models import group_memory, groups  # noqa: PLC0415

    inputs, divisions, fits = search_of(work)
    kinds: dict[Any, list[tuple[Any, int]]] = {}
    for settings, fold in fits:
        learnt = len(divisions[fold].learnt)
        targets = work.targets if work.model == "network" else 0
        kind = groups.kind_of(settings, learnt, work.genes, targets)
        kinds.setdefault(kind, []).append((settings, fold))
    train = groups.fit_autoencoders if work.model == "autoencoder" else groups.fit_networks
    measured = []
    for of_kind in kinds.values():
        needed = group_memory.memory_of(of_kind[0][0], divisions, *inputs.shape)
        size = min(needed.largest(group_memory.device_memory()), at_most or len(fits))
        group, told = of_kind[:size], [time.perf_counter()]

        def on_epoch(*_losses: object, told: list[float] = told) -> None:
            told.append(time.perf_counter())

        fitted = train(inputs, divisions, group, on_epoch=on_epoch)
        measured.append(
            {
                "fits": len(of_kind),
                "at_once": len(group),
                "seconds": np.diff(told).tolist(),
                "losses": [fitted[0].training_loss.tolist(), fitted[-1].training_loss.tolist()],
                "numbers": [fits.index(group[0]), fits.index(group[-1])],
                "computed": needed.shared + len(group) * needed.of_fit,
            }
        )
    return {"kinds": measured, "peak": _peak(), "device": _device()}


def run_keras(work: Work) -> dict[str, Any]:
    """Train the first fit with ``keras.fit``; drawing batches and weights is its own."""
    from radiogenomics.models.autoencoder import build_autoencoder  # noqa: PLC0415
    from radiogenomics.models.backend import keras  # noqa: PLC0415
    from radiogenomics.models.descent import decaying_descent  # noqa: PLC0415
    from radiogenomics.models.network import build_network  # noqa: PLC0415

    told = [time.perf_counter()]

    class Clock(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, _epoch: int, logs: Any = None) -> None:  # noqa: ARG002
            told.append(time.perf_counter())

    inputs, divisions, fits = search_of(work)
    settings, learnt = fits[0][0], inputs[divisions[0].learnt]
    if work.model == "autoencoder":
        built, wanted = build_autoencoder(work.genes, settings), learnt
    else:
        built = build_network(work.genes, work.targets, settings)
        wanted = divisions[0].targets[divisions[0].learnt]
    built.compile(
        optimizer=decaying_descent(settings.learning_rate, settings.decay, settings.momentum),
        loss=built.loss,
    )
    history = built.fit(
        learnt, wanted, batch_size=10, epochs=work.epochs, verbose=0, callbacks=[Clock()]
    ).history["loss"]
    kind = {"fits": len(fits), "at_once": 1, "seconds": np.diff(told).tolist(), "losses": [history]}
    return {"kinds": [kind], "peak": None, "device": _device()}


def run_check(work: Work, numbers: Sequence[int]) -> dict[str, Any]:
    """Return the losses of fits that train alone on a processor."""
    from radiogenomics.models.fitting import fit_autoencoder, fit_network  # noqa: PLC0415

    inputs, divisions, fits = search_of(work)
    losses = []
    for number in numbers:
        settings, fold = fits[number]
        own = divisions[fold]
        learnt = inputs[own.learnt]
        if work.model == "autoencoder":
            fitted = fit_autoencoder(learnt, settings, own.seed)
        else:
            fitted = fit_network(learnt, own.targets[own.learnt], settings, own.seed)
        losses.append(fitted.training_loss.tolist())
    return {"losses": losses}


def _device() -> str:
    from radiogenomics.training.devices import gpus  # noqa: PLC0415

    return ", ".join(gpus()) or "CPU"


def _peak() -> int:
    import jax  # noqa: PLC0415

    known = jax.devices()[0].memory_stats() or {}
    if "peak_bytes_in_use" in known:
        return int(known["peak_bytes_in_use"])
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def contender(task: Mapping[str, Any]) -> None:
    """Do a task in this process and print the outcome."""
    from radiogenomics.training.devices import choose_device  # noqa: PLC0415

    work = Work(**{**task["work"], "overrides": tuple(task["work"]["overrides"])})
    try:
        choose_device(task["device"])
        doing: dict[str, Callable[[], dict[str, Any]]] = {
            "ours": lambda: run_ours(work, task["at_most"]),
            "keras": lambda: run_keras(work),
            "check": lambda: run_check(work, task["numbers"]),
        }
        print(json.dumps(doing[task["what"]]()))
    except RadiogenomicsError as error:
        print(json.dumps({"refused": str(error)}))


# --- The comparison -------------------------------------------------------------------------------


def ask(what: str, work: Work, device: str, backend: str, **others: Any) -> dict[str, Any]:
    """Run a contender and return what it printed."""
    print(f"{work.model}: {what} with {backend} on the {device} ...", file=sys.stderr, flush=True)
    task = {"what": what, "work": vars(work), "device": device, **others}
    done = subprocess.run(
        [sys.executable, __file__, "--task", json.dumps(task)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "KERAS_BACKEND": backend},
    )
    outcome: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return outcome


def minutes(kinds: Sequence[Mapping[str, Any]], epochs: int) -> float:
    """Extrapolate: every group starts once, and an epoch takes as long a fit as in the first.

    Parameters
    ----------
    kinds
        Of each: ``fits`` in all, ``at_once``, and ``seconds`` of its first group's epochs, of which
        the first holds the start and the compilation.
    epochs
        Of every fit.
    """
    total = 0.0
    for kind in kinds:
        steady = statistics.median(kind["seconds"][1:])
        n_groups = -(-kind["fits"] // kind["at_once"])
        total += n_groups * max(0.0, kind["seconds"][0] - steady)
        total += epochs * steady * kind["fits"] / kind["at_once"]
    return total / 60


def row(name: str, work: Work, outcome: Mapping[str, Any]) -> list[str]:
    """Return a contender's line of the table."""
    if "refused" in outcome:
        return [NAMES[name], *["-"] * (len(HEADERS) - 1)]
    kinds = outcome["kinds"]
    steady = [statistics.median(kind["seconds"][1:]) / kind["at_once"] for kind in kinds]
    starts = [kind["seconds"][0] - statistics.median(kind["seconds"][1:]) for kind in kinds]
    computed = max((kind["computed"] for kind in kinds if "computed" in kind), default=None)
    losses = kinds[0]["losses"][0]
    return [
        NAMES[name],
        "+".join(str(kind["at_once"]) for kind in kinds),
        f"{1000 * statistics.mean(steady) / work.steps:.3f}",
        f"{statistics.mean(starts):.1f}",
        f"{minutes(kinds, EPOCHS):,.1f}",
        "-" if work.overrides else str(GOALS_MIN[work.model]),
        f"{losses[0]:.6f}",
        f"{losses[-1]:.6f}",
        "-" if computed is None else f"{computed / 1e9:.1f}",
        "-" if outcome["peak"] is None else f"{outcome['peak'] / 1e9:.1f}",
    ]


def difference(kinds: Sequence[Mapping[str, Any]], alone: Sequence[Sequence[float]]) -> float:
    """Return the largest relative difference between the losses of a group and of fits alone."""
    ours = [losses for kind in kinds for losses in kind["losses"]]
    return max(
        abs(mine / theirs - 1)
        for own, other in zip(ours, alone, strict=True)
        for mine, theirs in zip(own, other, strict=True)
    )


def compare(work: Work, options: argparse.Namespace) -> str:
    """Measure one model with all contenders and return the table and what is to be said."""
    ours = ask("ours", work, options.device, "jax", at_most=options.stack)
    if "refused" in ours:
        raise RadiogenomicsError(ours["refused"])
    rows, said = [row("ours", work, ours)], []
    for backend in options.keras.split(",") if options.keras else ():
        theirs = ask("keras", work, options.device, backend)
        rows.append(row(backend, work, theirs))
        if "refused" in theirs:
            said.append(f"{NAMES[backend]}: {theirs['refused']}")
    numbers = [number for kind in ours["kinds"] for number in kind["numbers"]]
    alone = ask("check", work, "cpu", "tensorflow", numbers=numbers)
    apart = difference(ours["kinds"], alone["losses"])
    n_fits = sum(kind["fits"] for kind in ours["kinds"])
    said += [
        f"{EPOCHS} epochs a fit, extrapolated from {work.epochs - 1} epochs of "
        f"{work.steps} steps of the first group of each kind; {work.patients} patients, "
        f"{work.genes} genes, {work.folds} folds; on {ours['device']}.",
        f"Losses of the first and last fit of a group differ from a processor's by {apart:.1e}.",
    ]
    grid = "a short grid" if work.overrides else "the paper's grid"
    title = f"{work.model}: {grid}, {n_fits} fits"
    return "\n".join([title, table(HEADERS, rows, options.markdown), *said])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--device", choices=("gpu", "cpu"), default="gpu")
    parser.add_argument("--small", action="store_true", help="narrow layers, a short grid")
    parser.add_argument("--models", default="autoencoder,network")
    parser.add_argument("--keras", default="tensorflow,jax", help="backends of keras.fit; '' none")
    parser.add_argument("--patients", type=int, default=528, help="of the autoencoder (528)")
    parser.add_argument("--epochs", type=int, default=4, help="the first is not timed (4)")
    parser.add_argument("--stack", type=int, default=0, help="most fits at once (0: by memory)")
    parser.add_argument("--expression", help="real profiles, TSV, genes x patients")
    parser.add_argument("--markdown", action="store_true", help="print the tables for the page")
    parser.add_argument("--task", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.task:
        contender(json.loads(options.task))
        return 0
    if options.epochs < 2:
        parser.error("--epochs must be 2 or more: the first is not timed")
    try:
        for work in works(options.models.split(","), options):
            print(compare(work, options), end="\n\n", flush=True)
    except RadiogenomicsError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(machine(PACKAGES))
    return 0


if __name__ == "__main__":
    sys.exit(main())
