"""Epochs of descent with TensorFlow: one compiled loop, weights changed in place."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import tensorflow as tf

from radiogenomics.models import deferred
from radiogenomics.models.batches import EpochPlan
from radiogenomics.models.gram import Matrix, Rows
from radiogenomics.models.stack import Batch, Kernel, Layer, Loss, Tensor, descend, forward, loss_of

# Patients in a batch up to which a sum of outer products is faster than a product.
_MOST_TERMS = 32


class _Variables(NamedTuple):
    """A layer in training. A deferred kernel has slots of factors in place of a velocity."""

    kernel: Any
    bias: Any
    kernel_velocity: Any
    bias_velocity: Any
    entering: Any
    deltas: Any


class _Steps(NamedTuple):
    """An epoch's plan, and what it does with the slots."""

    patients: Tensor
    shares: Tensor
    rates: Tensor
    masks: dict[int, Tensor]
    slots: Tensor
    reading: Tensor
    full: Tensor
    folding: Tensor


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
        batch_size: int,
    ) -> None:
        waiting = tuple(
            # A first kernel in the row space is small, and its inputs are not its gradient's.
            not (position == 0 and rows.offset is not None)
            and deferred.pays_off(layer, len(kernel), batch_size, momentum)
            for position, (layer, (kernel, _)) in enumerate(zip(layers, weights, strict=True))
        )
        self._epoch, self._evaluate = _programs(layers, loss, momentum, waiting)
        self._slots = deferred.Slots(momentum) if any(waiting) else None
        n_slots = self._slots.count if self._slots else 0
        self._variables = [
            _variables(*pair, (n_slots, batch_size) if late else None)
            for pair, late in zip(weights, waiting, strict=True)
        ]
        self._reading = np.zeros(n_slots, dtype=np.float32)
        self._rows = _tensors(rows)
        self._targets = tf.constant(targets)

    def run_epoch(self, plan: EpochPlan) -> float:
        """Train for one epoch and return its mean loss."""
        n_steps = len(plan.rates)
        if self._slots is None:
            none = np.zeros(n_steps, dtype=np.float32)
            schedule = deferred.Schedule(none.astype(np.int32), none, none.astype(bool), none)
        else:
            schedule = self._slots.schedule(plan.rates)
            self._reading = schedule.reading[-1]
        losses = self._epoch(
            self._variables,
            *self._rows,
            self._targets,
            _Steps(
                tf.constant(plan.patients),
                tf.constant(plan.weights),
                tf.constant(plan.rates),
                {position: tf.constant(mask) for position, mask in plan.masks.items()},
                tf.constant(schedule.slots),
                tf.constant(schedule.reading),
                tf.constant(schedule.full),
                tf.constant(schedule.folding),
            ),
        )
        return plan.mean_of(losses.numpy())

    def loss(self, rows: Rows, targets: Matrix) -> float:
        """Return the loss without dropout."""
        reading = tf.constant(self._reading)
        return float(
            self._evaluate(self._variables, reading, *_tensors(rows), tf.constant(targets))
        )

    def weights(self) -> list[tuple[Matrix, Matrix]]:
        """Return kernel and bias of each layer."""
        return [(self._kernel(layer), layer.bias.numpy()) for layer in self._variables]

    def _kernel(self, layer: _Variables) -> Matrix:
        kernel: Matrix = layer.kernel.numpy()
        if layer.entering is not None:
            kernel = kernel + _folded(layer, tf.constant(self._reading)).numpy()
        return kernel


def _variables(kernel: Matrix, bias: Matrix, slots: tuple[int, int] | None) -> _Variables:
    def zeros(*shape: int) -> Any:
        return tf.Variable(tf.zeros(shape))

    n_inputs, width = kernel.shape
    return _Variables(
        tf.Variable(kernel),
        tf.Variable(bias),
        zeros(n_inputs, width) if slots is None else None,
        zeros(width),
        None if slots is None else zeros(*slots, n_inputs),
        None if slots is None else zeros(*slots, width),
    )


def _tensors(rows: Rows) -> tuple[Tensor, Tensor | None]:
    return tf.constant(rows.inputs), None if rows.offset is None else tf.constant(rows.offset)


@dataclass(frozen=True)
class _Kernel:
    values: Tensor

    def times(self, inputs: Tensor) -> Tensor:
        return tf.matmul(inputs, self.values)

    def times_transposed(self, deltas: Tensor) -> Tensor:
        return tf.matmul(deltas, self.values, transpose_b=True)


@dataclass(frozen=True)
class _Deferred:
    """Z and the slots' factors, a row a patient, with the coefficient of each row."""

    settled: Tensor
    entering: Tensor
    deltas: Tensor
    coefficients: Tensor

    def times(self, inputs: Tensor) -> Tensor:
        recent = tf.matmul(inputs, self.entering, transpose_b=True) * self.coefficients
        return tf.matmul(inputs, self.settled) + tf.matmul(recent, self.deltas)

    def times_transposed(self, deltas: Tensor) -> Tensor:
        recent = tf.matmul(deltas, self.deltas, transpose_b=True) * self.coefficients
        settled = tf.matmul(deltas, self.settled, transpose_b=True)
        return settled + tf.matmul(recent, self.entering)


def _read(variables: Sequence[_Variables], reading: Tensor) -> list[tuple[Kernel, Tensor]]:
    """Return the layers' weights of now, given the slots' coefficients."""
    pairs: list[tuple[Kernel, Tensor]] = []
    for layer in variables:
        values = layer.kernel.read_value()
        kernel: Kernel = _Kernel(values)
        if layer.entering is not None:
            entering, deltas = _rows(layer.entering), _rows(layer.deltas)
            kernel = _Deferred(values, entering, deltas, _by_row(reading, layer))
        pairs.append((kernel, layer.bias.read_value()))
    return pairs


def _rows(slots: Any) -> Tensor:
    return tf.reshape(slots.read_value(), (-1, slots.shape[-1]))


def _by_row(coefficients: Tensor, layer: _Variables) -> Tensor:
    return tf.repeat(coefficients, layer.entering.shape[1])


def _folded(layer: _Variables, coefficients: Tensor) -> Tensor:
    """Return the sum over the slots of coefficient x' D, ``(n_inputs, width)``."""
    entering = _rows(layer.entering) * _by_row(coefficients, layer)[:, None]
    return tf.matmul(entering, _rows(layer.deltas), transpose_a=True)


@lru_cache(maxsize=8)
def _programs(
    layers: tuple[Layer, ...], loss: Loss, momentum: float, waiting: tuple[bool, ...]
) -> tuple[Any, Any]:
    """Return the compiled epoch and evaluation, which every fit of these layers uses again."""

    def epoch(
        variables: Sequence[_Variables],
        inputs: Tensor,
        offset: Tensor | None,
        targets: Tensor,
        steps: _Steps,
    ) -> Tensor:
        def step(number: Tensor, losses: Tensor) -> tuple[Tensor, Tensor]:
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
                sweep = _sweep(momentum, layers[position].nonnegative)
                # A kernel that something still reads would be copied before it is changed.
                with tf.control_dependencies([] if below is None else [below]):
                    _move(layer.bias, layer.bias_velocity, tf.reduce_sum(delta, 0), rate, momentum)
                    if waiting[position]:
                        _remember(layer, entering, delta, number, steps)
                    elif deferred.is_wide(layer.kernel.shape) and entering.shape[0] <= _MOST_TERMS:
                        sweep(layer.kernel, layer.kernel_velocity, entering, delta, rate)
                    else:
                        gradient = tf.matmul(entering, delta, transpose_a=True)
                        _move(layer.kernel, layer.kernel_velocity, gradient, rate, momentum)
                        if layers[position].nonnegative:
                            layer.kernel.assign(_nonnegative(layer.kernel))
                    if layers[position].nonnegative:
                        layer.bias.assign(_nonnegative(layer.bias))

            weights = _read(variables, steps.reading[number])
            value = descend(layers, loss, weights, batch, update)
            return number + 1, tf.tensor_scatter_nd_update(losses, [[number]], [value])

        n_steps = tf.shape(steps.patients)[0]
        _, losses = tf.while_loop(
            lambda number, _losses: number < n_steps,
            step,
            (tf.constant(0), tf.zeros(n_steps)),
            parallel_iterations=1,
        )
        return losses

    def evaluate(
        variables: Sequence[_Variables],
        reading: Tensor,
        inputs: Tensor,
        offset: Tensor | None,
        targets: Tensor,
    ) -> Tensor:
        _, leaving = forward(layers, _read(variables, reading), inputs, offset=offset)
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


@lru_cache(maxsize=16)
def _sweep(momentum: float, nonnegative: bool) -> Any:
    """Return a function that changes a wide kernel and its velocity in one sweep of the memory.

    A product x' D would be written and read again. As a sum of one outer product a patient, XLA
    fuses it with what follows, so that the gradient is never in memory.
    """

    def sweep(kernel: Any, velocity: Any, entering: Tensor, delta: Tensor, rate: Tensor) -> Tensor:
        outer = [entering[row][:, None] * delta[row][None, :] for row in range(entering.shape[0])]
        moved = momentum * velocity - rate * functools.reduce(operator.add, outer)
        velocity.assign(moved)
        kernel.assign(_nonnegative(kernel + moved) if nonnegative else kernel + moved)
        return rate

    return tf.function(sweep, autograph=False, jit_compile=True)


def _remember(
    layer: _Variables, entering: Tensor, delta: Tensor, number: Tensor, steps: _Steps
) -> None:
    """Put a step's factors into its slot, and fold all slots into the kernel when they are full."""
    for slots, factor in ((layer.entering, entering), (layer.deltas, delta)):
        slots.scatter_nd_update([[steps.slots[number]]], factor[None])

    def fold() -> Tensor:
        layer.kernel.assign_add(_folded(layer, steps.folding[number]))
        return tf.constant(0)

    tf.cond(steps.full[number], fold, lambda: tf.constant(0))
