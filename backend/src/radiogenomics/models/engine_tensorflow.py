"""Epochs of descent with TensorFlow: one compiled loop, weights updated in place."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import tensorflow as tf

from radiogenomics.models.batches import EpochPlan
from radiogenomics.models.gram import Matrix, Rows
from radiogenomics.models.stack import Batch, Layer, Loss, Tensor, descend, forward, loss_of

Pairs = Sequence[tuple[Tensor, Tensor]]


class Engine:
    """Weights in training.

    Parameters
    ----------
    layers, loss, momentum
        What is trained, and how.
    weights
        Kernel and bias of each layer at the start, from input to output.
    rows, targets
        The patients.
    """

    def __init__(
        self,
        layers: tuple[Layer, ...],
        loss: Loss,
        momentum: float,
        weights: Sequence[tuple[Matrix, Matrix]],
        rows: Rows,
        targets: Matrix,
    ) -> None:
        self._epoch, self._evaluate = _programs(layers, loss, momentum)
        self._weights = [tuple(map(tf.Variable, pair)) for pair in weights]
        self._velocities = [
            tuple(tf.Variable(tf.zeros_like(variable)) for variable in pair)
            for pair in self._weights
        ]
        self._rows = _tensors(rows)
        self._targets = tf.constant(targets)

    def run_epoch(self, plan: EpochPlan) -> float:
        """Train for one epoch and return its mean loss."""
        losses = self._epoch(
            self._weights,
            self._velocities,
            *self._rows,
            self._targets,
            tf.constant(plan.patients),
            tf.constant(plan.weights),
            tf.constant(plan.rates),
            {position: tf.constant(mask) for position, mask in plan.masks.items()},
        )
        return plan.mean_of(losses.numpy())

    def loss(self, rows: Rows, targets: Matrix) -> float:
        """Return the loss without dropout."""
        return float(self._evaluate(self._weights, *_tensors(rows), tf.constant(targets)))

    def weights(self) -> list[tuple[Matrix, Matrix]]:
        """Return kernel and bias of each layer."""
        return [(kernel.numpy(), bias.numpy()) for kernel, bias in self._weights]


def _tensors(rows: Rows) -> tuple[Tensor, Tensor | None]:
    return tf.constant(rows.inputs), None if rows.offset is None else tf.constant(rows.offset)


@lru_cache(maxsize=8)
def _programs(layers: tuple[Layer, ...], loss: Loss, momentum: float) -> tuple[Any, Any]:
    """Return the compiled epoch and evaluation, which every fit of these layers uses again."""

    def epoch(
        weights: Pairs,
        velocities: Pairs,
        inputs: Tensor,
        offset: Tensor | None,
        targets: Tensor,
        patients: Tensor,
        shares: Tensor,
        rates: Tensor,
        masks: dict[int, Tensor],
    ) -> Tensor:
        n_steps = tf.shape(patients)[0]

        def step(number: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
            here = patients[number]
            batch = Batch(
                inputs=tf.gather(inputs, here),
                offset=None if offset is None else tf.gather(offset, here),
                gradient_inputs=None if offset is None else tf.one_hot(here, tf.shape(inputs)[0]),
                targets=tf.gather(targets, here),
                weights=shares[number][:, None],
                masks={
                    position: tf.cast(mask[number], tf.float32)
                    * (1.0 / (1.0 - layers[position].dropout))
                    for position, mask in masks.items()
                },
            )

            def update(
                position: int, entering: Tensor, delta: Tensor, below: Tensor | None
            ) -> None:
                # A kernel that something still reads would be copied before it is changed.
                with tf.control_dependencies([] if below is None else [below]):
                    gradients = (
                        tf.matmul(entering, delta, transpose_a=True),
                        tf.reduce_sum(delta, axis=0),
                    )
                    for variable, velocity, gradient in zip(
                        weights[position], velocities[position], gradients, strict=True
                    ):
                        _apply(variable, velocity, gradient, rates[number], momentum)
                        if layers[position].nonnegative:
                            variable.assign(tf.nn.relu(variable))

            values = [(kernel.read_value(), bias.read_value()) for kernel, bias in weights]
            value = descend(layers, loss, values, batch, product=tf.matmul, update=update)
            return number + 1, tf.tensor_scatter_nd_update(losses, [[number]], [value])

        _, losses = tf.while_loop(
            lambda number, _losses: number < n_steps,
            step,
            (tf.constant(0), tf.zeros(n_steps)),
            parallel_iterations=1,
        )
        return losses

    def evaluate(weights: Pairs, inputs: Tensor, offset: Tensor | None, targets: Tensor) -> Tensor:
        _, leaving = forward(layers, weights, inputs, offset=offset, product=tf.matmul)
        shares = tf.ones_like(targets[:, :1]) / tf.cast(tf.shape(targets)[0], tf.float32)
        return loss_of(loss, leaving[-1], targets, shares)

    return tf.function(epoch, autograph=False), tf.function(evaluate, autograph=False)


def _apply(
    variable: Tensor, velocity: Tensor, gradient: Tensor, rate: Tensor, momentum: float
) -> None:
    """Change both in one pass: velocity = momentum velocity - rate gradient, then add it."""
    tf.raw_ops.ResourceApplyKerasMomentum(
        var=variable.handle,
        accum=velocity.handle,
        lr=rate,
        grad=gradient,
        momentum=np.float32(momentum),
        use_locking=False,
        use_nesterov=False,
    )
