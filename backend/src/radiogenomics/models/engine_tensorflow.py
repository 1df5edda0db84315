"""Epochs of descent with TensorFlow, for GPUs: one compiled loop, weights changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from radiogenomics.models.batches import EpochPlan
from radiogenomics.models.gram import Matrix, Rows
from radiogenomics.models.stack import Batch, Kernel, Layer, Loss, Tensor, descend, forward, loss_of


class _Variables(NamedTuple):
    """A layer in training."""

    kernel: Any
    bias: Any
    kernel_velocity: Any
    bias_velocity: Any


class _Steps(NamedTuple):
    """An epoch's plan."""

    patients: Tensor
    shares: Tensor
    rates: Tensor
    masks: dict[int, Tensor]


class Engine:
    """Weights in training; see `radiogenomics.models.engine.start_engine`."""

    def __init__(
        self,
        layers: tuple[Layer, ...],
        loss: Loss,
        momentum: float,
        weights: Sequence[tuple[Matrix, Matrix]],
        rows: Rows,
        targets: Matrix,
        batch_size: int,  # noqa: ARG002 - in the plan's shapes
    ) -> None:
        self._epoch, self._evaluate = _programs(layers, loss, momentum)
        self._variables = [
            _Variables(
                *(tf.Variable(array) for array in pair),
                *(tf.Variable(tf.zeros_like(array)) for array in pair),
            )
            for pair in weights
        ]
        self._rows = _tensors(rows)
        self._targets = tf.constant(targets)

    def run_epoch(self, plan: EpochPlan) -> float:
        """Train for one epoch and return its mean loss."""
        steps = _Steps(
            tf.constant(plan.patients),
            tf.constant(plan.weights),
            tf.constant(plan.rates),
            {position: tf.constant(mask) for position, mask in plan.masks.items()},
        )
        losses = self._epoch(self._variables, *self._rows, self._targets, steps)
        return plan.mean_of(losses.numpy())

    def loss(self, rows: Rows, targets: Matrix) -> float:
        """Return the loss without dropout."""
        return float(self._evaluate(self._variables, *_tensors(rows), tf.constant(targets)))

    def weights(self) -> list[tuple[Matrix, Matrix]]:
        """Return kernel and bias of each layer."""
        return [(layer.kernel.numpy(), layer.bias.numpy()) for layer in self._variables]


def _tensors(rows: Rows) -> tuple[Tensor, Tensor | None]:
    return tf.constant(rows.inputs), None if rows.offset is None else tf.constant(rows.offset)


@dataclass(frozen=True)
class _Kernel:
    values: Tensor

    def times(self, inputs: Tensor) -> Tensor:
        return tf.matmul(inputs, self.values)

    def times_transposed(self, deltas: Tensor) -> Tensor:
        return tf.matmul(deltas, self.values, transpose_b=True)


def _read(variables: Sequence[_Variables]) -> list[tuple[Kernel, Tensor]]:
    return [(_Kernel(layer.kernel.read_value()), layer.bias.read_value()) for layer in variables]


@lru_cache(maxsize=8)
def _programs(layers: tuple[Layer, ...], loss: Loss, momentum: float) -> tuple[Any, Any]:
    """Return the compiled epoch and evaluation, which every fit of these layers uses again."""

    def epoch(
        variables: Sequence[_Variables],
        inputs: Tensor,
        offset: Tensor | None,
        targets: Tensor,
        steps: _Steps,
    ) -> Tensor:
        def step(number: Tensor, losses: Any) -> tuple[Tensor, Any]:
            here = steps.patients[number]
            batch = Batch(
                inputs=tf.gather(inputs, here),
                offset=None if offset is None else tf.gather(offset, here),
                gradient_inputs=None if offset is None else tf.one_hot(here, tf.shape(inputs)[0]),
                targets=tf.gather(targets, here),
                weights=steps.shares[number][:, None],
                masks={
                    position: tf.cast(mask[number], tf.float32)
                    * (1.0 / (1.0 - layers[position].dropout))
                    for position, mask in steps.masks.items()
                },
            )

            def update(
                position: int, entering: Tensor, delta: Tensor, below: Tensor | None
            ) -> None:
                layer, rate = variables[position], steps.rates[number]
                # A kernel that something still reads would be copied before it is changed.
                with tf.control_dependencies([] if below is None else [below]):
                    gradient = tf.matmul(entering, delta, transpose_a=True)
                    _move(layer.kernel, layer.kernel_velocity, gradient, rate, momentum)
                    _move(layer.bias, layer.bias_velocity, tf.reduce_sum(delta, 0), rate, momentum)
                    if layers[position].nonnegative:
                        layer.kernel.assign(_nonnegative(layer.kernel))
                        layer.bias.assign(_nonnegative(layer.bias))

            weights = _read(variables)
            value = descend(layers, loss, weights, batch, update)
            return number + 1, losses.write(number, value)

        n_steps = tf.shape(steps.patients)[0]
        _, losses = tf.while_loop(
            lambda number, _losses: number < n_steps,
            step,
            (tf.constant(0), tf.TensorArray(tf.float32, size=n_steps)),
            parallel_iterations=1,
        )
        return losses.stack()

    def evaluate(
        variables: Sequence[_Variables],
        inputs: Tensor,
        offset: Tensor | None,
        targets: Tensor,
    ) -> Tensor:
        _, leaving = forward(layers, _read(variables), inputs, offset=offset)
        shares = tf.ones_like(targets[:, :1]) / tf.cast(tf.shape(targets)[0], tf.float32)
        return loss_of(loss, leaving[-1], targets, shares)

    return tf.function(epoch, autograph=False), tf.function(evaluate, autograph=False)


def _move(variable: Any, velocity: Any, gradient: Tensor, rate: Tensor, momentum: float) -> None:
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


def _nonnegative(values: Tensor) -> Tensor:
    # A NaN stays one, where a maximum might make it 0.
    return tf.where(values < 0, 0.0, values)
