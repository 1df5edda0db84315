"""What trains a stack of layers for an epoch, in the backend that Keras runs with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from radiogenomics.models.backend import BACKEND
from radiogenomics.models.batches import EpochPlan
from radiogenomics.models.gram import Matrix, Rows
from radiogenomics.models.stack import Layer, Loss


class Engine(Protocol):
    """Weights in training."""

    def run_epoch(self, plan: EpochPlan) -> float:
        """Train for one epoch and return its mean loss over the patients."""

    def loss(self, rows: Rows, targets: Matrix) -> float:
        """Return the loss without dropout."""

    def weights(self) -> list[tuple[Matrix, Matrix]]:
        """Return kernel and bias of each layer, from input to output."""


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
    if BACKEND == "jax":
        from radiogenomics.models import engine_jax as backend  # noqa: PLC0415
    else:
        from radiogenomics.models import (  # type: ignore[no-redef]  # noqa: PLC0415
            engine_tensorflow as backend,
        )
    engine: Engine = backend.Engine(layers, loss, momentum, weights, rows, targets, batch_size)
    return engine
