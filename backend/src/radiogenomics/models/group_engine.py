"""Epochs of descent of many fits in one program, with JAX: a scan over steps, mapped over fits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from radiogenomics.models import deferred
from radiogenomics.models.batches import Matrix
from radiogenomics.models.group_plans import GroupPlan
from radiogenomics.models.group_schedule import GroupSlots
from radiogenomics.models.stack import Batch, Layer, Loss, Tensor, forward, loss_of
from radiogenomics.models.step_jax import (
    Factors,
    LayerState,
    folded,
    kernels,
    remember,
    start_layer,
    take_step,
)

State = tuple[LayerState, ...]
Pairs = list[tuple[Matrix, Matrix]]


class GroupData(NamedTuple):
    """The patients, once for all fits.

    Attributes
    ----------
    inputs
        ``(n_patients, n_genes)``.
    gram, offset
        In the row space (`radiogenomics.models.gram`), by division: ``(n_divisions, n_patients,
        n_learnt)``, with zeros where a division learns from fewer, and ``(n_divisions, n_patients,
        width)``; else None.
    targets
        ``(n_divisions, n_patients, n_targets)``; None where the inputs are the targets.
    held_out, held_out_shares
        Rows ``(n_divisions, n_held_out)``, and one over their number, ``(n_divisions, n_held_out,
        1)``, 0 where a division holds out fewer; None for nobody.
    """

    inputs: Tensor
    gram: Tensor
    offset: Tensor
    targets: Tensor
    held_out: Tensor
    held_out_shares: Tensor


class FitIndex(NamedTuple):
    """Of each fit, ``(n_fits,)``: stream, division, and what a kept input is multiplied with."""

    stream: Tensor
    division: Tensor
    scale: Tensor


class _Steps(NamedTuple):
    """A `GroupPlan`, and what it does with the slots."""

    patients: Tensor
    places: Tensor
    shares: Tensor
    rates: Tensor
    bits: dict[int, Tensor]
    slots: Tensor
    reading: Tensor


class Pending(NamedTuple):
    """Losses of an epoch that the device may still compute: of each step and fit, and held out."""

    training: Tensor
    held_out: Tensor | None


class GroupEngine:
    """Weights of many fits in training.

    Parameters
    ----------
    layers, loss, momentum
        What is trained, and how; a dropout above 0 in a layer stands for each fit's own.
    starts
        For each layer, kernels ``(n_divisions, n_inputs, width)`` and biases ``(n_divisions,
        width)``.
    data, index
        The patients, and what each fit takes of them.
    batch_size
        Patients in a step.
    """

    def __init__(
        self,
        layers: tuple[Layer, ...],
        loss: Loss,
        momentum: float,
        starts: Sequence[tuple[Matrix, Matrix]],
        data: GroupData,
        index: FitIndex,
        batch_size: int,
    ) -> None:
        shapes = [kernel.shape[1:] for kernel, _ in starts]
        waiting = deferred_layers(layers, shapes, batch_size, momentum, data.gram is not None)
        self._slots: GroupSlots | None = None
        n_slots = 0
        if any(waiting):
            n_slots = deferred.slots_for(momentum) or 0
            self._slots = GroupSlots(n_slots, momentum, len(index.division))
        self._epoch, self._evaluate, self._finite, self._whole = _programs(
            layers, loss, momentum, waiting, n_slots
        )
        self._data = GroupData(*(None if each is None else jnp.asarray(each) for each in data))
        self._index = FitIndex(*map(jnp.asarray, index))
        state = []
        for pair, late in zip(starts, waiting, strict=True):
            kernel, bias = (jnp.take(jnp.asarray(each), index.division, axis=0) for each in pair)
            begin = partial(start_layer, slots=(n_slots, batch_size) if late else None)
            state.append(jax.vmap(begin)(kernel, bias))
        self._state: State = tuple(state)
        self._reading = jnp.zeros((len(index.division), n_slots), jnp.float32)

    def start_epoch(self, plan: GroupPlan) -> Pending:
        """Have the device train for one epoch, and return what it will say; does not wait."""
        n_steps, n_fits = plan.rates.shape
        slots = np.zeros(n_steps, np.int32)
        reading = np.zeros((n_steps + 1, n_fits, 0), np.float32)
        folding = np.zeros((0, n_fits, 0), np.float32)
        if self._slots is not None:
            schedule = self._slots.schedule(plan.rates)
            slots, reading, folding = schedule.slots, schedule.reading, schedule.folding
        steps = _Steps(
            plan.patients, plan.places, plan.shares, plan.rates, plan.bits, slots, reading[:-1]
        )
        self._reading = jnp.asarray(reading[-1])
        self._state, losses = self._epoch(self._state, self._data, self._index, steps, folding)
        held_out = None if self._data.held_out is None else self.loss(self._data)
        return Pending(losses, held_out)

    def loss(self, data: GroupData) -> Tensor:
        """Return each fit's loss on the patients that are held out there, without dropout."""
        return self._evaluate(self._state, data, self._index, self._reading)

    def keep(self, fits: NDArray[np.intp]) -> None:
        """Go on with these fits alone."""
        taken = [jax.tree.map(lambda each: jnp.take(each, fits, axis=0), self._index)]
        for layer in self._state:
            # A layer at a time, so that no more than one is in memory twice.
            taken.append(jax.tree.map(lambda each: jnp.take(each, fits, axis=0), layer))
            jax.tree.map(lambda each: each.delete(), layer)
        self._index, self._state = taken[0], tuple(taken[1:])
        self._reading = jnp.take(self._reading, fits, axis=0)
        if self._slots is not None:
            self._slots.keep(fits)

    def finite(self) -> NDArray[np.bool_]:
        """Say of each fit whether all its weights are finite, ``(n_fits,)``."""
        return np.asarray(self._finite(self._state))

    def weights(self, fit: int) -> Pairs:
        """Return kernel and bias of each layer of one fit."""
        state = jax.tree.map(lambda each: each[fit], self._state)
        pairs = self._whole(state, self._reading[fit])
        return [(np.array(kernel), np.array(bias)) for kernel, bias in pairs]


def deferred_layers(
    layers: Sequence[Layer],
    shapes: Sequence[tuple[int, int]],
    batch_size: int,
    momentum: float,
    in_row_space: bool,
) -> tuple[bool, ...]:
    """Say of each layer whether its kernel is deferred; one in the row space is small."""
    return tuple(
        not (position == 0 and in_row_space)
        and deferred.pays_off(layer, shape[0], batch_size, momentum)
        for position, (layer, shape) in enumerate(zip(layers, shapes, strict=True))
    )


@lru_cache(maxsize=8)
def _programs(
    layers: tuple[Layer, ...],
    loss: Loss,
    momentum: float,
    waiting: tuple[bool, ...],
    n_slots: int,
) -> tuple[Any, Any, Any, Any]:
    """Return the compiled epoch, evaluation, check and export of groups of these layers."""

    def settled_of(state: State) -> list[Tensor]:
        return [layer.kernel if late else None for layer, late in zip(state, waiting, strict=True)]

    def batch_of(steps: _Steps, data: GroupData, index: FitIndex, widths: list[int]) -> Batch:
        """Return one fit's patients of one step."""
        here = steps.patients[index.stream]
        in_row_space = data.gram is not None
        return Batch(
            inputs=data.gram[index.division, here] if in_row_space else data.inputs[here],
            offset=data.offset[index.division, here] if in_row_space else None,
            gradient_inputs=jax.nn.one_hot(
                steps.places[index.stream], data.gram.shape[2], dtype=jnp.float32
            )
            if in_row_space
            else None,
            targets=data.inputs[here]
            if data.targets is None
            else data.targets[index.division, here],
            weights=steps.shares[index.stream][:, None],
            masks={
                position: jnp.unpackbits(bits[index.stream], axis=-1, count=widths[position])
                * index.scale
                for position, bits in steps.bits.items()
            },
        )

    def block(
        state: State, data: GroupData, index: FitIndex, steps: _Steps
    ) -> tuple[State, Tensor]:
        """Take steps between which no deferred kernel is folded."""
        settled = [
            layer.kernel if late else None for layer, late in zip(state, waiting, strict=True)
        ]
        widths = [layer.kernel.shape[1] for layer in state]
        moving = tuple(
            layer._replace(kernel=None) if late else layer
            for layer, late in zip(state, waiting, strict=True)
        )

        def step(moving: State, of_step: _Steps) -> tuple[State, Tensor]:
            def of_fit(
                moving: State, settled: list[Tensor], index: FitIndex, rate: Tensor, reading: Tensor
            ) -> tuple[State, Factors, Tensor]:
                batch = batch_of(of_step, data, index, widths)
                return take_step(layers, loss, momentum, moving, settled, batch, rate, reading)

            moving, factors, value = jax.vmap(of_fit)(
                moving, settled, index, of_step.rates, of_step.reading
            )
            return remember(moving, factors, of_step.slots, axis=1), value

        moving, losses = jax.lax.scan(step, moving, steps)
        return (
            tuple(
                layer if rest is None else layer._replace(kernel=rest)
                for layer, rest in zip(moving, settled, strict=True)
            ),
            losses,
        )

    def fold(state: State, coefficients: Tensor) -> State:
        return tuple(
            layer._replace(kernel=layer.kernel + jax.vmap(folded)(layer, coefficients))
            if late
            else layer
            for layer, late in zip(state, waiting, strict=True)
        )

    def epoch(
        state: State, data: GroupData, index: FitIndex, steps: _Steps, folding: Tensor
    ) -> tuple[State, Tensor]:
        if not any(waiting):
            return block(state, data, index, steps)
        n_steps = len(steps.rates)
        n_whole = n_steps // n_slots
        in_blocks = n_whole * n_slots
        losses = []
        if n_whole:

            def whole(state: State, of_block: tuple[_Steps, Tensor]) -> tuple[State, Tensor]:
                state, value = block(state, data, index, of_block[0])
                return fold(state, of_block[1]), value

            blocks = jax.tree.map(
                lambda each: each[:in_blocks].reshape(n_whole, n_slots, *each.shape[1:]), steps
            )
            state, values = jax.lax.scan(whole, state, (blocks, folding[:n_whole]))
            losses.append(values.reshape(in_blocks, -1))
        if in_blocks < n_steps:
            rest = jax.tree.map(lambda each: each[in_blocks:], steps)
            state, values = block(state, data, index, rest)
            state = fold(state, folding[-1])
            losses.append(values)
        return state, jnp.concatenate(losses)

    def evaluate(state: State, data: GroupData, index: FitIndex, reading: Tensor) -> Tensor:
        def of_fit(state: State, index: FitIndex, reading: Tensor) -> Tensor:
            here = data.held_out[index.division]
            in_row_space = data.gram is not None
            settled = [
                layer.kernel if late else None for layer, late in zip(state, waiting, strict=True)
            ]
            _, leaving = forward(
                layers,
                kernels(state, settled, reading),
                data.gram[index.division, here] if in_row_space else data.inputs[here],
                offset=data.offset[index.division, here] if in_row_space else None,
            )
            wanted = data.inputs if data.targets is None else data.targets[index.division]
            return loss_of(loss, leaving[-1], wanted[here], data.held_out_shares[index.division])

        return jax.vmap(of_fit)(state, index, reading)

    def finite(state: State) -> Tensor:
        def of_fit(state: State) -> Tensor:
            return jnp.stack([jnp.isfinite(each).all() for each in jax.tree.leaves(state)]).all()

        return jax.vmap(of_fit)(state)

    def whole_weights(state: State, reading: Tensor) -> list[tuple[Tensor, Tensor]]:
        return [
            (layer.kernel + folded(layer, reading) if late else layer.kernel, layer.bias)
            for layer, late in zip(state, waiting, strict=True)
        ]

    return (
        jax.jit(epoch, donate_argnums=0),
        jax.jit(evaluate),
        jax.jit(finite),
        jax.jit(whole_weights),
    )
