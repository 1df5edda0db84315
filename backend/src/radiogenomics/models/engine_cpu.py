"""Epochs of descent on a processor, where the work of a step is moving weights through memory.

A step reads and writes each wide kernel once:

- The inputs of the next batch are known, so while some rows of the first kernel are at hand for
  their change, they are multiplied with the next batch too.
- An output's prediction, error and change need that output's weights only. So the last kernel is
  kept transposed, a row an output, and some rows pass through all three while they are at hand.

The gradient, a product of two thin matrices, is never in memory. Trainings come out the same bit
for bit on any number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.arithmetic import ACTIVATIONS, LOSSES, SLOPES
from radiogenomics.models.batches import EpochPlan
from radiogenomics.models.crew import Crew
from radiogenomics.models.gram import Matrix, Rows
from radiogenomics.models.moving import MOST_PARTS, MovingKernel, Step, padded
from radiogenomics.models.stack import Layer, Loss
from radiogenomics.parallel import processors


class _Moving(NamedTuple):
    """A layer in training. The last one's kernel is transposed."""

    layer: Layer
    kernel: MovingKernel
    bias: Matrix
    bias_velocity: Matrix

    def activated(self, summed: Matrix) -> Matrix:
        return ACTIVATIONS[self.layer.activation](summed)

    def before_activation(self, value: Matrix, error: Matrix) -> Matrix:
        """Turn the loss's derivative by the activation's value into that by its argument."""
        slope = SLOPES[self.layer.activation](value)
        return error if slope is None else error * slope

    def move_bias(self, delta: Matrix, step: Step) -> None:
        bias, velocity = self.bias, self.bias_velocity
        velocity *= step.momentum
        velocity -= step.rate * delta.sum(axis=0)
        bias += velocity
        if step.nonnegative:
            np.maximum(bias, 0, out=bias)  # a NaN stays one


class _Batch(NamedTuple):
    """The patients of a step.

    Attributes
    ----------
    patients, shares
        Rows of the matrices, and each one's part in the mean, ``(batch, 1)``.
    entering
        What the first kernel is multiplied with, padded.
    masks
        For each layer with dropout, what its input is multiplied with.
    rate
        Of learning.
    """

    patients: NDArray[np.int32]
    shares: Matrix
    entering: Matrix
    masks: dict[int, Matrix]
    rate: np.float32


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
        crew = Crew(min(processors(), MOST_PARTS))
        last = len(layers) - 1
        self._layers = [
            _Moving(
                layer,
                MovingKernel(kernel.T if position == last else kernel, crew),
                bias.copy(),
                np.zeros_like(bias),
            )
            for position, (layer, (kernel, bias)) in enumerate(zip(layers, weights, strict=True))
        ]
        self._loss = LOSSES[loss]
        self._momentum = np.float32(momentum)
        self._rows = rows
        self._targets = targets

    def run_epoch(self, plan: EpochPlan) -> float:
        """Train for one epoch and return its mean loss."""
        n_steps = len(plan.rates)
        losses = np.empty(n_steps, dtype=np.float32)
        batch = self._batch(plan, 0)
        # A training that diverges overflows; the losses say so.
        with np.errstate(all="ignore"):
            summed = self._layers[0].kernel.combined(batch.entering)
            for number in range(n_steps):
                following = self._batch(plan, number + 1) if number + 1 < n_steps else None
                losses[number], summed = self._step(batch, summed, following)
                if following is not None:
                    batch = following
        return plan.mean_of(losses)

    def loss(self, rows: Rows, targets: Matrix) -> float:
        """Return the loss without dropout."""
        hidden = rows.inputs
        with np.errstate(all="ignore"):
            for position, each in enumerate(self._layers):
                kernel = each.kernel.values
                summed = hidden @ (kernel if each is not self._layers[-1] else kernel.T) + each.bias
                if position == 0 and rows.offset is not None:
                    summed += rows.offset
                hidden = each.activated(summed)
            return self._loss(hidden - targets, np.float32(1 / targets.size))[0]

    def weights(self) -> list[tuple[Matrix, Matrix]]:
        """Return kernel and bias of each layer."""
        *hidden, last = [each.kernel.values for each in self._layers]
        kernels = [np.array(values, order="C") for values in (*hidden, last.T)]
        return list(zip(kernels, [each.bias.copy() for each in self._layers], strict=True))

    def _batch(self, plan: EpochPlan, number: int) -> _Batch:
        patients = plan.patients[number]
        masks = {
            position: mask[number] * np.float32(1 / (1 - self._layers[position].layer.dropout))
            for position, mask in plan.masks.items()
        }
        entering = self._rows.inputs[patients]
        if 0 in masks:
            entering *= masks[0]
        shares = plan.weights[number][:, None]
        return _Batch(patients, shares, padded(entering), masks, plan.rates[number])

    def _step(
        self, batch: _Batch, summed: Matrix, following: _Batch | None
    ) -> tuple[float, Matrix]:
        """Take one step.

        Parameters
        ----------
        batch, following
            This step's and the next one's, None after an epoch's last.
        summed
            The batch times the first kernel.

        Returns
        -------
            The loss before the step, and the next batch times the first kernel.
        """
        entering, leaving = self._forward(batch, summed)
        loss, error = self._answer(batch, entering[-1])
        for position in reversed(range(len(self._layers) - 1)):
            each = self._layers[position]
            error = error[: len(batch.patients), : len(each.bias)]
            if position + 1 in batch.masks:
                error = error * batch.masks[position + 1]
            delta = each.before_activation(leaving[position], error)
            step, right = self._step_of(each, batch), padded(delta)
            each.move_bias(delta, step)
            if position > 0:
                error = each.kernel.dot_and_move(entering[position], right, step)
            elif following is None:
                each.kernel.move(entering[0], right, step)
            else:
                summed = each.kernel.move_and_combine(entering[0], right, step, following.entering)
        return loss, summed

    def _forward(self, batch: _Batch, summed: Matrix) -> tuple[list[Matrix], list[Matrix]]:
        """Return what enters each layer, padded, for the gradient, and what leaves the hidden."""
        offset = self._rows.offset
        entering, leaving = [batch.entering], []
        if offset is not None:
            # In the row space, the place of a patient takes the place of the inputs.
            places = batch.patients[:, None] == np.arange(len(offset))
            entering = [padded(places)]
        for position, each in enumerate(self._layers[:-1]):
            if position > 0:
                summed = each.kernel.combined(entering[position])
            before = summed[: len(batch.patients), : len(each.bias)] + each.bias
            if position == 0 and offset is not None:
                before += offset[batch.patients]
            leaving.append(each.activated(before))
            mask = batch.masks.get(position + 1)
            entering.append(padded(leaving[-1] if mask is None else leaving[-1] * mask))
        return entering, leaving

    def _answer(self, batch: _Batch, entering: Matrix) -> tuple[float, Matrix]:
        """Move the last layer; return the loss, and its derivative by what enters that layer."""
        each = self._layers[-1]
        losses = np.zeros(each.kernel.n_parts)
        shares = batch.shares * np.float32(1 / len(each.bias))
        n_patients = len(batch.patients)
        wanted = self._targets[batch.patients]

        def answer(part: int, outputs: slice, summed: Matrix) -> None:
            with np.errstate(all="ignore"):  # each thread has a state of its own
                summed = summed[:n_patients]
                value = each.activated(summed + each.bias[outputs])
                loss, error = self._loss(value - wanted[:, outputs], shares)
                summed[:] = each.before_activation(value, error)
                losses[part] += loss

        step = self._step_of(each, batch)
        deltas, error = each.kernel.answer_and_move(entering, answer, step)
        each.move_bias(deltas[:n_patients, : len(each.bias)], step)
        return float(losses.sum()), error

    def _step_of(self, each: _Moving, batch: _Batch) -> Step:
        return Step(batch.rate, self._momentum, each.layer.nonnegative)
