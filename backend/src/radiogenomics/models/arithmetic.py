"""What layers and losses do to each number, with NumPy; `stack` has the same with Keras."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.stack import Loss

Matrix = NDArray[np.float32]


def _relu(summed: Matrix) -> Matrix:
    positive: Matrix = np.maximum(summed, np.float32(0))  # a NaN stays one
    return positive


def _sigmoid(summed: Matrix) -> Matrix:
    # 1 / (1 + exp(-x)) would overflow on its way to 0.
    half = np.float32(0.5)
    value: Matrix = half * np.tanh(half * summed) + half
    return value


ACTIVATIONS: dict[str, Callable[[Matrix], Matrix]] = {
    "linear": lambda summed: summed,
    "relu": _relu,
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
}
SLOPES: dict[str, Callable[[Matrix], Matrix | None]] = {
    "linear": lambda _value: None,
    "relu": lambda value: (value > 0).astype(np.float32),
    "tanh": lambda value: 1 - value * value,
    "sigmoid": lambda value: value * (1 - value),
}
"""The derivative by the sum, from the activation's value; None is 1."""


def _squared(difference: Matrix, shares: Matrix | np.float32) -> tuple[float, Matrix]:
    error = shares * difference
    return float(np.sum(error * difference, dtype=np.float64)), 2 * error


def _absolute(difference: Matrix, shares: Matrix | np.float32) -> tuple[float, Matrix]:
    loss = np.sum(shares * np.abs(difference), dtype=np.float64)
    return float(loss), shares * np.sign(difference)


LOSSES: dict[Loss, Callable[[Matrix, Matrix | np.float32], tuple[float, Matrix]]] = {
    "mean_squared_error": _squared,
    "mean_absolute_error": _absolute,
}
"""From predicted - target and each patient's share of an element, ``(patients, 1)``: the sum, and
its derivative by the predictions."""
