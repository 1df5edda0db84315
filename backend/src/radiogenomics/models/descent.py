"""Stochastic gradient descent with momentum and the decay of the paper's Keras."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.backend import keras


def decaying_descent(learning_rate: float, decay: float, momentum: float) -> keras.optimizers.SGD:
    """Return the optimizer whose rate at update t, counted from 0, is ``rate / (1 + decay * t)``.

    Keras 3 accepts ``SGD(decay=...)`` of older versions in places and ignores it, hence a schedule.
    Layer constraints are applied by the optimizer after each update.
    """
    schedule = keras.optimizers.schedules.InverseTimeDecay(
        initial_learning_rate=learning_rate, decay_steps=1, decay_rate=decay
    )
    return keras.optimizers.SGD(learning_rate=schedule, momentum=momentum)


def rates(
    learning_rate: float, decay: float, first_update: int, n_updates: int
) -> NDArray[np.float32]:
    """Return the rates of these updates, ``learning_rate / (1 + decay * t)``, ``(n_updates,)``."""
    updates = first_update + np.arange(n_updates)
    return (learning_rate / (1.0 + decay * updates)).astype(np.float32)
