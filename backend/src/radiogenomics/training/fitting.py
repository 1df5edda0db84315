"""Training one Keras model epoch by epoch."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import TrainingError
from radiogenomics.models.backend import keras
from radiogenomics.training.history import Epoch

Matrix = NDArray[np.float32]


def fit(
    model: keras.Model,
    inputs: Matrix,
    targets: Matrix,
    *,
    epochs: int,
    batch_size: int,
    generator: np.random.Generator,
    fold: int | None = None,
    held_out: tuple[Matrix, Matrix] | None = None,
    on_epoch: Callable[[Epoch], None],
) -> tuple[Epoch, ...]:
    """Train a compiled model in place.

    Batches come from one permutation of the patients an epoch, drawn from ``generator``; the last
    batch holds what is left. A call a batch is twice as fast here as ``keras.fit``, which builds a
    data pipeline for a handful of rows (11 ms against 19 a step for 1,375 genes, two cores).

    Parameters
    ----------
    model
        Its starting weights are those it has.
    inputs, targets
        float32, ``(n_patients, n_genes)`` and ``(n_patients, n_targets)``.
    epochs, batch_size
        How long and in which steps.
    generator
        Shuffles the patients.
    fold
        For the record of the losses.
    held_out
        Inputs and targets that are scored with mean absolute error after each epoch.
    on_epoch
        Called after each epoch.

    Raises
    ------
    TrainingError
        If the loss is no longer a finite number.
    """
    history = []
    for number in range(1, epochs + 1):
        order = generator.permutation(len(inputs))
        summed = 0.0
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            # Some versions of Keras give the loss of the batch, others the mean since the reset.
            model.reset_metrics()
            summed += len(batch) * float(model.train_on_batch(inputs[batch], targets[batch]))
        loss = summed / len(order)
        if not math.isfinite(loss):
            raise TrainingError(
                f"The loss of the {model.name} is not a finite number after epoch {number}"
                + (f" of fold {fold}" if fold is not None else "")
                + "; a lower learning rate may help."
            )
        validation = None if held_out is None else _mean_absolute_error(model, *held_out)
        epoch = Epoch(model.name, fold, number, loss, validation)
        history.append(epoch)
        on_epoch(epoch)
    return tuple(history)


def predict(model: keras.Model, inputs: Matrix) -> NDArray[np.float64]:
    """Return the predictions without dropout, ``(n_patients, n_targets)``.

    Raises
    ------
    TrainingError
        If one is not a finite number.
    """
    predicted = np.asarray(model.predict_on_batch(inputs), dtype=np.float64)
    if not np.isfinite(predicted).all():
        raise TrainingError(
            f"The {model.name} predicts values that are not finite: its training diverged; a lower "
            "learning rate may help."
        )
    return predicted


def _mean_absolute_error(model: keras.Model, inputs: Matrix, targets: Matrix) -> float:
    return float(np.abs(predict(model, inputs) - targets).mean())
