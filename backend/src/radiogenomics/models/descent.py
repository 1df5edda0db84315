"""Stochastic gradient descent with momentum and the decay of the paper's Keras."""

from __future__ import annotations

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
