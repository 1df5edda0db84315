"""Epochs of descent with JAX: one scan, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from radiogenomics.models.batches import EpochPlan
from radiogenomics.models.gram import Matrix, Rows
from radiogenomics.models.stack import Batch, Layer, Loss, Tensor, descend, forward, loss_of

Pairs = list[tuple[Tensor, Tensor]]


class Engine:
    """Weights in training; see `radiogenomics.models.engine_tensorflow.Engine`."""

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
        self._weights: Pairs = [(jnp.array(kernel), jnp.array(bias)) for kernel, bias in weights]
        self._velocities = [tuple(map(jnp.zeros_like, pair)) for pair in self._weights]
        self._rows = _tensors(rows)
        self._targets = jnp.asarray(targets)

    def run_epoch(self, plan: EpochPlan) -> float:
        """Train for one epoch and return its mean loss."""
        (self._weights, self._velocities), losses = self._epoch(
            (self._weights, self._velocities),
            *self._rows,
            self._targets,
            (plan.patients, plan.weights, plan.rates, plan.masks),
        )
        return plan.mean_of(np.asarray(losses))

    def loss(self, rows: Rows, targets: Matrix) -> float:
        """Return the loss without dropout."""
        return float(self._evaluate(self._weights, *_tensors(rows), targets))

    def weights(self) -> list[tuple[Matrix, Matrix]]:
        """Return kernel and bias of each layer."""
        return [(np.array(kernel), np.array(bias)) for kernel, bias in self._weights]


@dataclass(frozen=True)
class _Kernel:
    """A kernel; its products are in full float32, also where a GPU would rather take TF32."""

    values: Tensor

    def times(self, inputs: Tensor) -> Tensor:
        return _product(inputs, self.values)

    def times_transposed(self, deltas: Tensor) -> Tensor:
        return _product(deltas, self.values.T)


def _product(a: Tensor, b: Tensor) -> Tensor:
    return jnp.matmul(a, b, precision=jax.lax.Precision.HIGHEST)


def _kernels(weights: Pairs) -> list[tuple[_Kernel, Tensor]]:
    return [(_Kernel(kernel), bias) for kernel, bias in weights]


def _tensors(rows: Rows) -> tuple[Tensor, Tensor | None]:
    return jnp.asarray(rows.inputs), None if rows.offset is None else jnp.asarray(rows.offset)


@lru_cache(maxsize=8)
def _programs(layers: tuple[Layer, ...], loss: Loss, momentum: float) -> tuple[Any, Any]:
    """Return the compiled epoch and evaluation, which every fit of these layers uses again."""

    def epoch(
        state: tuple[Pairs, Pairs],
        inputs: Tensor,
        offset: Tensor | None,
        targets: Tensor,
        plan: tuple[Tensor, ...],
    ) -> tuple[tuple[Pairs, Pairs], Tensor]:
        def step(
            state: tuple[Pairs, Pairs], of_step: tuple[Tensor, Tensor, Tensor, dict[int, Tensor]]
        ) -> tuple[tuple[Pairs, Pairs], Tensor]:
            weights, velocities = list(state[0]), list(state[1])
            here, shares, rate, masks = of_step
            batch = Batch(
                inputs=inputs[here],
                offset=None if offset is None else offset[here],
                gradient_inputs=None
                if offset is None
                else jax.nn.one_hot(here, inputs.shape[0], dtype=jnp.float32),
                targets=targets[here],
                weights=shares[:, None],
                masks={
                    position: mask.astype(jnp.float32) * (1.0 / (1.0 - layers[position].dropout))
                    for position, mask in masks.items()
                },
            )

            def update(
                position: int, entering: Tensor, delta: Tensor, _below: Tensor | None
            ) -> None:
                gradients = _product(entering.T, delta), delta.sum(axis=0)
                velocities[position] = tuple(
                    momentum * velocity - rate * gradient
                    for velocity, gradient in zip(velocities[position], gradients, strict=True)
                )
                moved = [
                    value + velocity
                    for value, velocity in zip(
                        state[0][position], velocities[position], strict=True
                    )
                ]
                if layers[position].nonnegative:
                    moved = [jnp.maximum(value, 0.0) for value in moved]
                weights[position] = tuple(moved)

            value = descend(layers, loss, _kernels(state[0]), batch, update)
            return (weights, velocities), value

        trained, losses = jax.lax.scan(step, state, plan)
        return trained, losses

    def evaluate(weights: Pairs, inputs: Tensor, offset: Tensor | None, targets: Tensor) -> Tensor:
        _, leaving = forward(layers, _kernels(weights), inputs, offset=offset)
        shares = jnp.full((targets.shape[0], 1), 1.0 / targets.shape[0], dtype=jnp.float32)
        return loss_of(loss, leaving[-1], targets, shares)

    return jax.jit(epoch, donate_argnums=0), jax.jit(evaluate)
