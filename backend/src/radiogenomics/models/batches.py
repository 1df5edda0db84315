"""What is drawn for a training: starting weights, and each epoch's batches and dropout masks.

Everything comes from NumPy generators, so that it is the same on every backend. A fit's generator
has three children, in this order: of the weights (kernels, from input to output), of the shuffles
(one permutation an epoch) and of the dropout (an epoch's masks, from the first layer to the last).
Thus two fits of one seed that differ in the dropout alone share weights and batches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.descent import rates
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.models.stack import Layer

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class EpochPlan:
    """The steps of one epoch.

    Attributes
    ----------
    patients
        int32 ``(n_steps, batch_size)``: rows of the matrices. The last batch is filled up with
        row 0.
    weights
        float32, same shape: one over the batch's patients, 0 for what fills it up.
    rates
        float32 ``(n_steps,)``: learning rates.
    masks
        For each position of a layer with dropout, bool ``(n_steps, batch_size, width of its
        input)``; True is kept.
    """

    patients: NDArray[np.int32]
    weights: Matrix
    rates: Matrix
    masks: dict[int, NDArray[np.bool_]]

    def mean_of(self, losses: Matrix) -> float:
        """Return the mean over the patients, given each batch's mean."""
        counts = np.count_nonzero(self.weights, axis=1)
        return float(np.average(losses.astype(np.float64), weights=counts))


@dataclass(frozen=True)
class Draws:
    """The generators of one fit."""

    weights: np.random.Generator
    shuffles: np.random.Generator
    dropout: np.random.Generator

    @classmethod
    def of(cls, seed: int | Sequence[int]) -> Draws:
        """Make them from what ``np.random.default_rng`` takes."""
        return cls(*np.random.default_rng(seed).spawn(3))


def draw_start(
    layers: Sequence[Layer], n_inputs: int, generator: np.random.Generator
) -> list[tuple[Matrix, Matrix]]:
    """Draw Glorot-uniform kernels, and biases of zero."""
    start = []
    for layer in layers:
        limit = np.float32(np.sqrt(6.0 / (n_inputs + layer.width)))
        kernel = generator.random((n_inputs, layer.width), dtype=np.float32)
        kernel *= 2 * limit
        kernel -= limit
        start.append((kernel, np.zeros(layer.width, dtype=np.float32)))
        n_inputs = layer.width
    return start


def draw_epochs(
    layers: Sequence[Layer],
    n_inputs: int,
    n_patients: int,
    settings: AutoencoderSettings | NetworkSettings,
    draws: Draws,
) -> Iterator[EpochPlan]:
    """Yield the epochs' plans, each drawn when it is asked for."""
    size = settings.batch_size
    n_steps = -(-n_patients // size)
    counts = np.minimum(size, n_patients - size * np.arange(n_steps))
    weights = np.where(np.arange(size) < counts[:, None], 1.0 / counts[:, None], 0.0)
    widths = [n_inputs, *(layer.width for layer in layers[:-1])]
    for epoch in range(settings.epochs):
        patients = np.zeros(n_steps * size, dtype=np.int32)
        patients[:n_patients] = draws.shuffles.permutation(n_patients)
        masks = {}
        for position, (layer, width) in enumerate(zip(layers, widths, strict=True)):
            if layer.dropout > 0:
                mask = np.ones((n_steps * size, width), dtype=np.bool_)
                drawn = draws.dropout.random((n_patients, width), dtype=np.float32)
                np.greater_equal(drawn, np.float32(layer.dropout), out=mask[:n_patients])
                masks[position] = mask.reshape(n_steps, size, width)
        yield EpochPlan(
            patients.reshape(n_steps, size),
            weights.astype(np.float32),
            rates(settings.learning_rate, settings.decay, epoch * n_steps, n_steps),
            masks,
        )
