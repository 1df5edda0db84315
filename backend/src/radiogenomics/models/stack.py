"""A stack of dense layers as plain arrays: forward, backward and one step of descent.

Written with ``keras.ops``, so that it runs with TensorFlow and with JAX; what a backend does in its
own way (products with a kernel, changing it) comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from radiogenomics.models.autoencoder import encoder_layer_name
from radiogenomics.models.backend import keras
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings

ops = keras.ops
Tensor = Any
Loss = Literal["mean_squared_error", "mean_absolute_error"]


class Kernel(Protocol):
    """The matrix W of a layer, ``(n_inputs, width)``, however it is kept."""

    def times(self, inputs: Tensor) -> Tensor:
        """Return x W."""

    def times_transposed(self, deltas: Tensor) -> Tensor:
        """Return D W'."""


@dataclass(frozen=True)
class Whole:
    """A kernel that is kept as it is."""

    values: Tensor

    def times(self, inputs: Tensor) -> Tensor:
        """Return x W."""
        return ops.matmul(inputs, self.values)

    def times_transposed(self, deltas: Tensor) -> Tensor:
        """Return D W'."""
        return ops.matmul(deltas, ops.transpose(self.values))


@dataclass(frozen=True)
class Layer:
    """A dense layer.

    Attributes
    ----------
    name
        As in the Keras model.
    width
        Units.
    activation
        ``linear``, ``relu``, ``tanh`` or ``sigmoid``.
    dropout
        Fraction of the layer's input that is dropped in training.
    nonnegative
        Whether kernel and bias are held nonnegative.
    """

    name: str
    width: int
    activation: str
    dropout: float = 0.0
    nonnegative: bool = False


@dataclass(frozen=True)
class Batch:
    """The patients of one step.

    Attributes
    ----------
    inputs
        What the first kernel is multiplied with, ``(batch, n)``.
    offset
        Added to that product, ``(batch, width)``; None for nothing. `radiogenomics.models.gram`
        says when.
    gradient_inputs
        What takes the place of ``inputs`` in the gradient of the first kernel.
    targets
        ``(batch, n_targets)``.
    weights
        Of the patients in the mean of the loss, ``(batch, 1)``: one over their number, and 0 for a
        row that only fills up the last batch.
    masks
        For each layer with dropout, what its input is multiplied with.
    """

    inputs: Tensor
    offset: Tensor | None
    gradient_inputs: Tensor
    targets: Tensor
    weights: Tensor
    masks: dict[int, Tensor]


def autoencoder_layers(n_genes: int, settings: AutoencoderSettings) -> tuple[Layer, ...]:
    """Return the layers of `radiogenomics.models.autoencoder.build_autoencoder`."""
    encoder = [
        Layer(encoder_layer_name(position), width, settings.activation)
        for position, width in enumerate(settings.widths, start=1)
    ]
    decoder = [
        Layer(f"decoder_{position}", width, settings.activation)
        for position, width in enumerate((*settings.widths[-2::-1], n_genes), start=1)
    ]
    return (*encoder, *decoder)


def network_layers(n_targets: int, settings: NetworkSettings) -> tuple[Layer, ...]:
    """Return the layers of `radiogenomics.models.network.build_network`."""
    hidden = [
        Layer(
            encoder_layer_name(position),
            width,
            "relu",
            settings.dropout,
            settings.nonnegative == "all",
        )
        for position, width in enumerate(settings.widths, start=1)
    ]
    output = Layer(
        "features", n_targets, "linear", settings.dropout, settings.nonnegative != "none"
    )
    return (*hidden, output)


def forward(
    layers: Sequence[Layer],
    weights: Sequence[tuple[Kernel, Tensor]],
    inputs: Tensor,
    *,
    offset: Tensor | None = None,
    masks: dict[int, Tensor] | None = None,
) -> tuple[list[Tensor], list[Tensor]]:
    """Return what enters each layer, after dropout, and what leaves it."""
    entering, leaving = [], []
    hidden = inputs
    for position, (layer, (kernel, bias)) in enumerate(zip(layers, weights, strict=True)):
        if masks and position in masks:
            hidden = hidden * masks[position]
        entering.append(hidden)
        summed = kernel.times(hidden) + bias
        if position == 0 and offset is not None:
            summed = summed + offset
        hidden = _ACTIVATIONS[layer.activation](summed)
        leaving.append(hidden)
    return entering, leaving


def descend(
    layers: Sequence[Layer],
    loss: Loss,
    weights: Sequence[tuple[Kernel, Tensor]],
    batch: Batch,
    update: Callable[[int, Tensor, Tensor, Tensor | None], None],
) -> Tensor:
    """Take one step and return the loss before it.

    With x the input of a layer, y = f(x W + b) its output and E the derivative of the loss by y:
    D = E f'(y), dW = x' D, db = the sum of D over the patients, and E of the layer below is D W'.

    Parameters
    ----------
    layers, loss, weights, batch
        The stack, what is minimised, kernel and bias of each layer, and the patients.
    update
        Called once a layer, from the last to the first, with its position, x, D and the E of the
        layer below (None for the first layer), which must be computed before the kernel changes.
    """
    entering, leaving = forward(
        layers, weights, batch.inputs, offset=batch.offset, masks=batch.masks
    )
    value, error = _LOSSES[loss](leaving[-1], batch.targets, batch.weights)
    entering[0] = batch.gradient_inputs if batch.offset is not None else entering[0]
    for position in reversed(range(len(layers))):
        slope = _SLOPES[layers[position].activation](leaving[position])
        delta = error if slope is None else error * slope
        below = None
        if position > 0:
            below = weights[position][0].times_transposed(delta)
            if position in batch.masks:
                below = below * batch.masks[position]
        update(position, entering[position], delta, below)
        error = below
    return value


def loss_of(loss: Loss, predicted: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return the loss as a scalar; arguments as in `Batch`."""
    return _LOSSES[loss](predicted, targets, weights)[0]


def _squared(predicted: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    difference = predicted - targets
    share = weights * (1.0 / targets.shape[-1])
    return ops.sum(share * difference * difference), 2.0 * share * difference


def _absolute(predicted: Tensor, targets: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    difference = predicted - targets
    share = weights * (1.0 / targets.shape[-1])
    return ops.sum(share * ops.abs(difference)), share * ops.sign(difference)


_LOSSES: dict[Loss, Callable[[Tensor, Tensor, Tensor], tuple[Tensor, Tensor]]] = {
    "mean_squared_error": _squared,
    "mean_absolute_error": _absolute,
}
_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "linear": lambda summed: summed,
    # A NaN stays one. oneDNN's ReLU makes it 0, and so does XLA's reading of `x * (x > 0)`, which
    # would hide a training gone wrong.
    "relu": lambda summed: ops.where(summed < 0, 0.0, summed),
    "tanh": ops.tanh,
    "sigmoid": ops.sigmoid,
}
# The derivative by the sum, from the activation's value; None is 1.
_SLOPES: dict[str, Callable[[Tensor], Tensor | None]] = {
    "linear": lambda _value: None,
    "relu": lambda value: ops.cast(value > 0, "float32"),
    "tanh": lambda value: 1.0 - value * value,
    "sigmoid": lambda value: value * (1.0 - value),
}
