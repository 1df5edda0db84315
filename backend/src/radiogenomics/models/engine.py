"""What trains a stack of layers for an epoch: an engine for processors, one a backend for GPUs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Literal, Protocol

from radiogenomics.models.backend import BACKEND, trains_on_gpu
from radiogenomics.models.batches import EpochPlan
from radiogenomics.models.gram import Matrix, Rows
from radiogenomics.models.stack import Layer, Loss

EngineName = Literal["cpu", "tensorflow", "jax"]

_wanted: ContextVar[EngineName | None] = ContextVar("wanted engine", default=None)


class Engine(Protocol):
    """Weights in training."""

    def run_epoch(self, plan: EpochPlan) -> float:
        """Train for one epoch and return its mean loss over the patients."""

    def loss(self, rows: Rows, targets: Matrix) -> float:
        """Return the loss without dropout."""

    def weights(self) -> list[tuple[Matrix, Matrix]]:
        """Return kernel and bias of each layer, from input to output."""


@contextmanager
def training_with(name: EngineName) -> Iterator[None]:
    """Let fits that start in here use one engine, in place of the one for the device.

    The engines agree to float32 tolerance. ``tensorflow`` and ``jax`` need that backend.
    """
    before = _wanted.set(name)
    try:
        yield
    finally:
        _wanted.reset(before)


def start_engine(
    layers: tuple[Layer, ...],
    loss: Loss,
    momentum: float,
    weights: Sequence[tuple[Matrix, Matrix]],
    rows: Rows,
    targets: Matrix,
    batch_size: int,
) -> Engine:
    """Return an engine at the start of a training.

    Parameters
    ----------
    layers, loss, momentum
        What is trained, and how.
    weights
        Kernel and bias of each layer at the start, from input to output.
    rows, targets, batch_size
        The patients, and how many make a step.
    """
    name = _wanted.get() or (BACKEND if trains_on_gpu() else "cpu")
    # Each brings a library of its own.
    module = import_module(f"radiogenomics.models.engine_{name}")
    engine: Engine = module.Engine(layers, loss, momentum, weights, rows, targets, batch_size)
    return engine
