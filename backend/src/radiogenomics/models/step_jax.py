"""One step of descent with JAX: a pure function from weights and a batch to the next weights.

Kernels are whole, with a velocity each, or deferred (`radiogenomics.models.group_schedule`). A
deferred kernel does not change between two foldings, so it comes in beside the state and not in
it: a scan then reads it and copies nothing.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from radiogenomics.models.group_schedule import is_wide
from radiogenomics.models.stack import Batch, Kernel, Layer, Loss, Tensor, descend

# Patients in a batch up to which the gradient of a wide kernel is a sum of outer products, which
# XLA fuses with what follows: the gradient is then never in memory.
_MOST_TERMS = 32


_together: Any = jax.lax.optimization_barrier  # untyped


class LayerState(NamedTuple):
    """What a step changes of a layer. A deferred kernel has slots in place of a velocity.

    Attributes
    ----------
    kernel, kernel_velocity
        ``(n_inputs, width)``; None where the kernel is deferred.
    bias, bias_velocity
        ``(width,)``.
    entering, deltas
        The factors of the last steps, ``(slots, batch, n_inputs)`` and ``(slots, batch, width)``;
        None where the kernel is whole.
    """

    kernel: Tensor
    kernel_velocity: Tensor
    bias: Tensor
    bias_velocity: Tensor
    entering: Tensor
    deltas: Tensor


Factors = dict[int, tuple[Tensor, Tensor]]
"""Of each deferred layer by its position: what entered it and D of a step."""


@dataclass(frozen=True)
class WholeKernel:
    """A kernel; its products are in full float32, also where a GPU would rather take TF32."""

    values: Tensor

    def times(self, inputs: Tensor) -> Tensor:
        """Return x W."""
        return product(inputs, self.values)

    def times_transposed(self, deltas: Tensor) -> Tensor:
        """Return D W'."""
        return product(deltas, self.values, 1, 1)


@dataclass(frozen=True)
class DeferredKernel:
    """What is settled, and the factors of the last steps with the coefficient of each slot."""

    settled: Tensor
    entering: Tensor
    deltas: Tensor
    reading: Tensor

    def times(self, inputs: Tensor) -> Tensor:
        """Return x W."""
        recent = product(inputs, _rows(self.entering), 1, 1) * self._by_row()
        return product(inputs, self.settled) + product(recent, _rows(self.deltas))

    def times_transposed(self, deltas: Tensor) -> Tensor:
        """Return D W'."""
        recent = product(deltas, _rows(self.deltas), 1, 1) * self._by_row()
        return product(deltas, self.settled, 1, 1) + product(recent, _rows(self.entering))

    def _by_row(self) -> Tensor:
        return jnp.repeat(self.reading, self.entering.shape[1])


def product(a: Tensor, b: Tensor, along_a: int = 1, along_b: int = 0) -> Tensor:
    """Return the sum of products along an axis of each, in full float32."""
    axes = ((along_a,), (along_b,)), ((), ())
    return jax.lax.dot_general(a, b, axes, precision=jax.lax.Precision.HIGHEST)


def start_layer(kernel: Tensor, bias: Tensor, slots: tuple[int, int] | None) -> LayerState:
    """Return a layer at rest; ``slots`` are number and rows of those of a deferred kernel."""
    n_inputs, width = kernel.shape
    return LayerState(
        kernel if slots is None else None,
        jnp.zeros_like(kernel) if slots is None else None,
        bias,
        jnp.zeros_like(bias),
        None if slots is None else jnp.zeros((*slots, n_inputs), jnp.float32),
        None if slots is None else jnp.zeros((*slots, width), jnp.float32),
    )


def kernels(
    state: Sequence[LayerState], settled: Sequence[Tensor | None], reading: Tensor
) -> list[tuple[Kernel, Tensor]]:
    """Return the weights of now as `radiogenomics.models.stack` takes them."""
    pairs: list[tuple[Kernel, Tensor]] = []
    for layer, rest in zip(state, settled, strict=True):
        kernel: Kernel = (
            WholeKernel(layer.kernel)
            if rest is None
            else DeferredKernel(rest, layer.entering, layer.deltas, reading)
        )
        pairs.append((kernel, layer.bias))
    return pairs


def remember(
    state: Sequence[LayerState], factors: Factors, slot: Tensor, axis: int = 0
) -> tuple[LayerState, ...]:
    """Put factors into their slot; ``axis`` is that of the slots, behind any of the fits."""
    after = list(state)
    put = jax.lax.dynamic_update_index_in_dim
    for position, (entering, delta) in factors.items():
        layer = state[position]
        after[position] = layer._replace(
            entering=put(layer.entering, entering, slot, axis),
            deltas=put(layer.deltas, delta, slot, axis),
        )
    return tuple(after)


def folded(layer: LayerState, coefficients: Tensor) -> Tensor:
    """Return the sum over the slots of coefficient x' D, ``(n_inputs, width)``."""
    entering = layer.entering * coefficients[:, None, None]
    return product(_rows(entering), _rows(layer.deltas), 0, 0)


def take_step(
    layers: tuple[Layer, ...],
    loss: Loss,
    momentum: float,
    state: tuple[LayerState, ...],
    settled: Sequence[Tensor | None],
    batch: Batch,
    rate: Tensor,
    reading: Tensor,
) -> tuple[tuple[LayerState, ...], Factors, Tensor]:
    """Return the state after a step, the factors of deferred kernels, and the loss before the step.

    The factors have not been put into their slots, so that many fits can do it at once.

    Parameters
    ----------
    layers, loss, momentum
        What is trained, and how.
    state, settled
        Of each layer; settled is the deferred kernel between two foldings, and else None.
    batch, rate, reading
        Whom the step learns from, how fast, and the slots' coefficients before it.
    """
    after = list(state)
    factors: Factors = {}

    def moved(value: Tensor, velocity: Tensor, gradient: Tensor, nonnegative: bool) -> list[Tensor]:
        velocity = momentum * velocity - rate * gradient
        value = value + velocity
        # A NaN stays one, where a maximum might make it 0.
        return [jnp.where(value < 0, 0.0, value) if nonnegative else value, velocity]

    def update(position: int, entering: Tensor, delta: Tensor, below: Tensor | None) -> None:
        layer, held = state[position], layers[position].nonnegative
        # What a change is made of waits for what still reads the layer, which XLA would otherwise
        # copy before it changes.
        delta, _ = _together((delta, below))
        bias, bias_velocity = moved(layer.bias, layer.bias_velocity, delta.sum(axis=0), held)
        if layer.kernel is None:
            after[position] = layer._replace(bias=bias, bias_velocity=bias_velocity)
            factors[position] = entering, delta
            return
        gradient = _gradient(entering, delta)
        kernel, velocity = moved(layer.kernel, layer.kernel_velocity, gradient, held)
        after[position] = LayerState(kernel, velocity, bias, bias_velocity, None, None)

    value = descend(layers, loss, kernels(state, settled, reading), batch, update)
    return tuple(after), factors, value


def is_summed(n_inputs: int, width: int, batch_size: int) -> bool:
    """Say whether the gradient of a kernel is a sum of outer products, which is never in memory."""
    return is_wide(n_inputs, width) and batch_size <= _MOST_TERMS


def _gradient(entering: Tensor, delta: Tensor) -> Tensor:
    if is_summed(entering.shape[1], delta.shape[1], len(entering)):
        outer = [x[:, None] * d[None, :] for x, d in zip(entering, delta, strict=True)]
        return functools.reduce(operator.add, outer)
    return product(entering, delta, 0, 0)


def _rows(slots: Tensor) -> Tensor:
    return slots.reshape(-1, slots.shape[-1])
