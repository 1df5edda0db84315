"""A wide kernel whose changes are remembered as thin factors and folded in every few steps.

A step changes a kernel of 24 million weights by a product of two matrices with as many rows as the
batch has patients, yet plain descent reads and writes kernel and velocity for it. With velocity
V(t+1) = m V(t) - r(t) x(t)' D(t) and W(t+1) = W(t) + V(t+1), from V(0) = 0, and

    Z = W + m / (1 - m) V     where the weights would come to rest if the gradients stopped,

the velocity drops out: Z(t+1) = Z(t) - r(t) / (1 - m) x(t)' D(t). So only Z is kept, and the
factors x and D of the last L steps ("slots", taken in turn). Before step t

    W = Z + sum over slots s of b(s) x(s)' D(s)
    b(s) = r(s) / (1 - m) (m^(t - s) - [s is not yet folded into Z])

and whenever the slots have been filled, all are folded into Z. A slot that is taken again had
the coefficient r m^L / (1 - m), and L is chosen so that this is below the resolution of float32.
The kernel is thus read twice a step, and written once in L steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.stack import Layer

_LEAST_SLOTS, _MOST_SLOTS = 16, 32
_WIDE = 4_000_000  # weights; below, a step costs less than what it saves
_RESOLUTION = 2.0**-24


def slots_for(momentum: float) -> int | None:
    """Return L, or None where the velocity is remembered for too long."""
    lasting = math.ceil(math.log(_RESOLUTION) / math.log(momentum)) if momentum > 0 else 1
    return max(lasting, _LEAST_SLOTS) if lasting <= _MOST_SLOTS else None


def is_wide(shape: tuple[int, int]) -> bool:
    """Say whether a kernel is large enough for what saves passes over it."""
    return shape[0] * shape[1] >= _WIDE


def pays_off(layer: Layer, n_inputs: int, batch_size: int, momentum: float) -> bool:
    """Say whether the layer may be deferred (no constraint) and is wide enough for it."""
    slots = slots_for(momentum)
    if slots is None or layer.nonnegative or not is_wide((n_inputs, layer.width)):
        return False
    return 4 * slots * batch_size <= min(n_inputs, layer.width)


@dataclass(frozen=True)
class Schedule:
    """What an epoch does with the slots.

    Attributes
    ----------
    slots
        int32 ``(n_steps,)``: where each step's factors go.
    reading
        float32 ``(n_steps + 1, L)``: b of each slot before each step, and after the last.
    full
        bool ``(n_steps,)``: whether all slots are folded into Z after the step.
    folding
        float32 ``(n_steps, L)``: with what coefficients, where they are.
    """

    slots: NDArray[np.int32]
    reading: NDArray[np.float32]
    full: NDArray[np.bool_]
    folding: NDArray[np.float32]


class Slots:
    """Keeps count of the steps of one fit; the factors themselves are the engine's."""

    def __init__(self, momentum: float) -> None:
        slots = slots_for(momentum)
        if slots is None:
            raise ValueError(f"a momentum of {momentum} cannot be deferred")
        self.count = slots
        self._momentum = momentum
        self._step = 0
        self._taken_at = np.full(slots, -1)
        self._rates = np.zeros(slots)

    def schedule(self, rates: NDArray[np.float32]) -> Schedule:
        """Return the next steps' schedule, given their learning rates ``(n_steps,)``."""
        slots, full, folding, reading = [], [], [], [self._reading()]
        for rate in rates.astype(np.float64):
            slot = self._step % self.count
            self._rates[slot], self._taken_at[slot] = rate, self._step
            self._step += 1
            slots.append(slot)
            full.append(slot == self.count - 1)
            folding.append(-self._rates / (1.0 - self._momentum))
            reading.append(self._reading())
        return Schedule(
            np.array(slots, dtype=np.int32),
            np.array(reading, dtype=np.float32),
            np.array(full),
            np.array(folding, dtype=np.float32),
        )

    def _reading(self) -> NDArray[np.float64]:
        folded_until = self._step - self._step % self.count
        ages = self._step - self._taken_at
        waiting = self._taken_at >= folded_until
        return self._rates / (1.0 - self._momentum) * (self._momentum**ages - waiting)
