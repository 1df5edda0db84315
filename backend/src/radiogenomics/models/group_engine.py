"""Epochs of descent of many fits in one program, with JAX: a scan over steps, mapped over fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.batches import Matrix
from radiogenomics.models.group_plans import GroupPlan
from radiogenomics.models.group_schedule import GroupSchedule, GroupSlots, pays_off, slots_for
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
Settled = list[Tensor]
"""Of each layer, the deferred kernels between two foldings; else None."""
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
    """Losses of an epoch that the device may still compute: of its blocks, and held out."""

    blocks: list[Tensor]
    held_out: Tensor

    def losses(self) -> tuple[Matrix, Matrix | None]:
        """Wait; return the losses of each step, ``(n_steps, n_fits)``, and those held out."""
        training = np.concatenate([np.asarray(values) for values in self.blocks])
        return training, None if self.held_out is None else np.asarray(self.held_out)


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
            n_slots = slots_for(momentum) or 0
            self._slots = GroupSlots(n_slots, momentum, len(index.division))
        self._programs = _programs(layers, loss, momentum)
        self._data = GroupData(*(None if each is None else jnp.asarray(each) for each in data))
        self._index = FitIndex(*map(jnp.asarray, index))
        moving, settled = [], []
        for pair, late in zip(starts, waiting, strict=True):
            kernel, bias = (jnp.take(jnp.asarray(each), index.division, axis=0) for each in pair)
            settled.append(kernel if late else None)
            begin = partial(start_layer, slots=(n_slots, batch_size) if late else None)
            moving.append(jax.vmap(begin)(kernel, bias))
            del kernel
        self._moving: State = tuple(moving)
        self._settled: Settled = settled
        self._reading = jnp.zeros((len(index.division), n_slots), jnp.float32)

    def start_epoch(self, plan: GroupPlan) -> Pending:
        """Have the device train for one epoch, and return what it will say; does not wait."""
        schedule = self._schedule(plan)
        losses = []
        for number, steps in enumerate(_blocks(plan, schedule)):
            self._moving, values = self._programs.block(
                self._moving, self._settled, self._data, self._index, steps
            )
            losses.append(values)
            if self._slots is not None:
                self._fold(schedule.folding[number])
        self._reading = jnp.asarray(schedule.reading[-1])
        held_out = None if self._data.held_out is None else self.loss(self._data)
        return Pending(losses, held_out)

    def compiled_bytes(self, plan: GroupPlan) -> int:
        """Return what the compiler says that the steps of an epoch take of the device's memory."""
        steps = _blocks(plan, self._schedule(plan))[0]
        program = self._programs.block.lower(
            self._moving, self._settled, self._data, self._index, steps
        )
        said = program.compile().memory_analysis()
        given_back = said.output_size_in_bytes - said.alias_size_in_bytes
        return int(said.argument_size_in_bytes + said.temp_size_in_bytes + given_back)

    def loss(self, data: GroupData) -> Tensor:
        """Return each fit's loss on the patients that are held out there, without dropout."""
        return self._programs.evaluate(
            self._moving, self._settled, data, self._index, self._reading
        )

    def keep(self, fits: NDArray[np.intp]) -> None:
        """Go on with these fits alone."""

        def kept(part: Any) -> Any:
            # A part at a time, so that no more than one is in memory twice.
            smaller = jax.tree.map(lambda each: jnp.take(each, fits, axis=0), part)
            jax.tree.map(lambda each: each.delete(), part)
            return smaller

        self._moving = tuple(map(kept, self._moving))
        self._settled = list(map(kept, self._settled))
        self._index, self._reading = kept(self._index), kept(self._reading)
        if self._slots is not None:
            self._slots.keep(fits)

    def finite(self) -> NDArray[np.bool_]:
        """Say of each fit whether all its weights are finite, ``(n_fits,)``."""
        return np.asarray(self._programs.finite((self._moving, self._settled)))

    def weights(self, fit: int) -> Pairs:
        """Return kernel and bias of each layer of one fit."""
        pairs = []
        for moving, settled in zip(self._moving, self._settled, strict=True):
            layer = jax.tree.map(lambda each: each[fit], moving)
            kernel = layer.kernel
            if settled is not None:
                kernel = settled[fit] + folded(layer, self._reading[fit])
            pairs.append((np.array(kernel), np.array(layer.bias)))
        return pairs

    def _schedule(self, plan: GroupPlan) -> GroupSchedule:
        if self._slots is not None:
            return self._slots.schedule(plan.rates)
        n_steps, n_fits = plan.rates.shape
        reading = np.zeros((n_steps + 1, n_fits, 0), np.float32)
        return GroupSchedule([n_steps], np.zeros(n_steps, np.int32), reading, reading[:0])

    def _fold(self, coefficients: Matrix) -> None:
        self._settled = [
            None if settled is None else self._programs.fold(settled, layer, coefficients)
            for settled, layer in zip(self._settled, self._moving, strict=True)
        ]


def _blocks(plan: GroupPlan, schedule: GroupSchedule) -> list[_Steps]:
    """Divide an epoch into the blocks of its schedule."""
    steps = _Steps(
        plan.patients,
        plan.places,
        plan.shares,
        plan.rates,
        plan.bits,
        schedule.slots,
        schedule.reading[:-1],
    )
    ends = np.cumsum(schedule.lengths)
    return [
        jax.tree.map(lambda each, a=end - length, b=end: each[a:b], steps)
        for length, end in zip(schedule.lengths, ends, strict=True)
    ]


def deferred_layers(
    layers: Sequence[Layer],
    shapes: Sequence[tuple[int, int]],
    batch_size: int,
    momentum: float,
    in_row_space: bool,
) -> tuple[bool, ...]:
    """Say of each layer whether its kernel is deferred; one in the row space is small."""
    return tuple(
        not (position == 0 and in_row_space) and pays_off(layer, shape[0], batch_size, momentum)
        for position, (layer, shape) in enumerate(zip(layers, shapes, strict=True))
    )


@dataclass(frozen=True)
class _Programs:
    """The compiled functions of groups of some layers."""

    block: Any
    fold: Any
    evaluate: Any
    finite: Any


@lru_cache(maxsize=8)
def _programs(layers: tuple[Layer, ...], loss: Loss, momentum: float) -> _Programs:
    def block(
        moving: State, settled: Settled, data: GroupData, index: FitIndex, steps: _Steps
    ) -> tuple[State, Tensor]:
        """Take steps between which no deferred kernel is folded; return their losses too."""
        n_inputs = [_n_inputs(*pair) for pair in zip(moving, settled, strict=True)]

        def step(moving: State, of_step: _Steps) -> tuple[State, Tensor]:
            def of_fit(
                moving: State, settled: Settled, index: FitIndex, rate: Tensor, reading: Tensor
            ) -> tuple[State, Factors, Tensor]:
                batch = _batch_of(of_step, data, index, n_inputs)
                return take_step(layers, loss, momentum, moving, settled, batch, rate, reading)

            rates = of_step.rates, of_step.reading
            moving, factors, value = jax.vmap(of_fit)(moving, settled, index, *rates)
            return remember(moving, factors, of_step.slots, axis=1), value

        return jax.lax.scan(step, moving, steps)

    def fold(settled: Tensor, layer: LayerState, coefficients: Tensor) -> Tensor:
        # One fit after another: all products at once would take as much memory as all kernels.
        def of_fit(fit: Tensor, kernel: Tensor) -> Tensor:
            own = layer._replace(entering=layer.entering[fit], deltas=layer.deltas[fit])
            changed = kernel[fit] + folded(own, coefficients[fit])
            return jax.lax.dynamic_update_index_in_dim(kernel, changed, fit, 0)

        return jax.lax.fori_loop(0, len(coefficients), of_fit, settled)

    def evaluate(
        moving: State, settled: Settled, data: GroupData, index: FitIndex, reading: Tensor
    ) -> Tensor:
        def of_fit(moving: State, settled: Settled, index: FitIndex, reading: Tensor) -> Tensor:
            here = data.held_out[index.division]
            inputs, offset = _inputs_of(data, index, here)
            pairs = kernels(moving, settled, reading)
            _, leaving = forward(layers, pairs, inputs, offset=offset)
            shares = data.held_out_shares[index.division]
            return loss_of(loss, leaving[-1], _targets_of(data, index, here), shares)

        return jax.vmap(of_fit)(moving, settled, index, reading)

    def finite(arrays: Any) -> Tensor:
        def of_fit(arrays: Any) -> Tensor:
            return jnp.stack([jnp.isfinite(each).all() for each in jax.tree.leaves(arrays)]).all()

        return jax.vmap(of_fit)(arrays)

    return _Programs(
        jax.jit(block, donate_argnums=0),
        jax.jit(fold, donate_argnums=0),
        jax.jit(evaluate),
        jax.jit(finite),
    )


def _batch_of(steps: _Steps, data: GroupData, index: FitIndex, n_inputs: list[int]) -> Batch:
    """Return one fit's patients of one step."""
    here = steps.patients[index.stream]
    inputs, offset = _inputs_of(data, index, here)
    places = None
    if offset is not None:
        places = jax.nn.one_hot(steps.places[index.stream], n_inputs[0], dtype=jnp.float32)
    return Batch(
        inputs=inputs,
        offset=offset,
        gradient_inputs=places,
        targets=_targets_of(data, index, here),
        weights=steps.shares[index.stream][:, None],
        masks={
            position: jnp.unpackbits(bits[index.stream], axis=-1, count=n_inputs[position])
            * index.scale
            for position, bits in steps.bits.items()
        },
    )


def _inputs_of(data: GroupData, index: FitIndex, rows: Tensor) -> tuple[Tensor, Tensor]:
    """Return what the first kernel of a fit is multiplied with, and what is added to it."""
    if data.gram is None:
        return data.inputs[rows], None
    return data.gram[index.division, rows], data.offset[index.division, rows]


def _targets_of(data: GroupData, index: FitIndex, rows: Tensor) -> Tensor:
    return data.inputs[rows] if data.targets is None else data.targets[index.division, rows]


def _n_inputs(moving: LayerState, settled: Tensor) -> int:
    kernel = moving.kernel if settled is None else settled
    return int(kernel.shape[1])
