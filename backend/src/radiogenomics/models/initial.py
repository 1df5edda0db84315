"""Weights that a training starts from, drawn from NumPy so that every backend draws the same."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.backend import keras

Weights = list[NDArray[np.float32]]


def draw_weights(model: keras.Model, generator: np.random.Generator) -> Weights:
    """Draw weights for a model of dense layers: Glorot-uniform kernels and biases of zero.

    Returns
    -------
    list
        In the order of ``model.get_weights()``.
    """
    return [
        array
        for layer in dense_layers(model)
        for array in (_glorot_uniform(layer.kernel.shape, generator), _zeros(layer.bias.shape))
    ]


def dense_layers(model: keras.Model) -> list[Any]:
    """Return the layers that have weights, from the input to the output."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]


def start_from(model: keras.Model, weights: Weights, dropout_seed: int) -> None:
    """Put a compiled model back to its start: weights, optimizer, update count, dropout masks.

    Cheaper than building it again for every fold, and the training does not depend on what the
    model was used for before.
    """
    model.set_weights(weights)
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    for variable in model.optimizer.variables:
        variable.assign(np.zeros(variable.shape, dtype=variable.dtype))
    dropouts = [
        layer
        for layer in model.layers
        if isinstance(layer, keras.layers.Dropout) and layer.rate > 0
    ]
    # The state is a seed and a count of calls. Layers that differ in the count alone would use the
    # masks of one stream, some steps apart; so each layer has a seed of its own.
    seeds = np.random.SeedSequence(dropout_seed).generate_state(len(dropouts))
    for layer, seed in zip(dropouts, seeds, strict=True):
        layer.seed_generator.state.assign(np.array([seed, 0], dtype=np.uint32))


def _glorot_uniform(shape: tuple[int, int], generator: np.random.Generator) -> NDArray[np.float32]:
    limit = np.sqrt(6.0 / sum(shape))
    return generator.uniform(-limit, limit, size=shape).astype(np.float32)


def _zeros(shape: tuple[int, ...]) -> NDArray[np.float32]:
    return np.zeros(shape, dtype=np.float32)
