"""Wide kernels whose changes are remembered as thin factors and folded in every few steps.

A step changes a kernel of 24 million weights by a product of two matrices with as many rows as the
batch has patients, yet plain descent reads and writes kernel and velocity for it. With velocity
V(t+1) = m V(t) - r(t) x(t)' D(t) and W(t+1) = W(t) + V(t+1), from V(0) = 0, and

    Z = W + m / (1 - m) V     where the weights would come to rest if the gradients stopped,

the velocity drops out: Z(t+1) = Z(t) - r(t) / (1 - m) x(t)' D(t). So only Z is kept, and the
factors x and D of the last L steps ("slots", taken in turn). Before step t

    W = Z + sum over slots s of b(s) x(s)' D(s)
    b(s) = r(s) / (1 - m) (m^(t - s) - [s is not yet folded into Z])

and after a block of at most L steps, the last one ending with the epoch, all are folded into Z. A
slot that is taken again had the coefficient r m^L / (1 - m), and L is chosen so that this is below
the resolution of float32. The kernel is thus read twice a step and written once a block, which all
fits of a group end together, each with learning rates of its own.
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


def is_wide(n_inputs: int, width: int) -> bool:
    """Say whether a kernel is large enough for what saves passes over it."""
    return n_inputs * width >= _WIDE


def pays_off(layer: Layer, n_inputs: int, batch_size: int, momentum: float) -> bool:
    """Say whether a kernel may be deferred (no constraint) and is wide enough for it."""
    slots = slots_for(momentum)
    if slots is None or layer.nonnegative or not is_wide(n_inputs, layer.width):
        return False
    return 4 * slots * batch_size <= min(n_inputs, layer.width)


@dataclass(frozen=True)
class GroupSchedule:
    """What an epoch does with the slots.

    Attributes
    ----------
    lengths
        Steps of each block.
    slots
        int32 ``(n_steps,)``: where each step's factors go, in all fits.
    reading
        float32 ``(n_steps + 1, n_fits, n_slots)``: the slots' coefficients before each step, and
        after the last.
    folding
        float32 ``(n_blocks, n_fits, n_slots)``: those with which a block ends.
    """

    lengths: list[int]
    slots: NDArray[np.int32]
    reading: NDArray[np.float32]
    folding: NDArray[np.float32]


def block_lengths(n_steps: int, n_slots: int) -> list[int]:
    """Divide an epoch into blocks of as many steps as there are slots, the last perhaps shorter."""
    whole, rest = divmod(n_steps, n_slots)
    return [n_slots] * whole + ([rest] if rest else [])


class GroupSlots:
    """Keeps count of the steps of a group; the factors themselves are the engine's.

    Parameters
    ----------
    n_slots
        As `slots_for` says.
    momentum
        Of all fits.
    n_fits
        Of the group.
    """

    def __init__(self, n_slots: int, momentum: float, n_fits: int) -> None:
        self._momentum = momentum
        self._step = 0
        self._folded_until = 0
        self._taken_at = np.full(n_slots, -1)
        self._rates = np.zeros((n_fits, n_slots))

    def schedule(self, rates: NDArray[np.float32]) -> GroupSchedule:
        """Return the next epoch's schedule, given its learning rates ``(n_steps, n_fits)``."""
        n_steps, n_slots = len(rates), len(self._taken_at)
        slots, folding, reading = [], [], [self._reading()]
        lengths = block_lengths(n_steps, n_slots)
        ends = np.cumsum(lengths)
        for number, rate in enumerate(rates.astype(np.float64), start=1):
            slot = self._step % n_slots
            self._rates[:, slot], self._taken_at[slot] = rate, self._step
            self._step += 1
            slots.append(slot)
            if number in ends:
                folding.append(-self._rates / (1.0 - self._momentum) * self._waiting())
                self._folded_until = self._step
            reading.append(self._reading())
        return GroupSchedule(
            lengths,
            np.array(slots, dtype=np.int32),
            np.array(reading, dtype=np.float32),
            np.array(folding, dtype=np.float32),
        )

    def keep(self, fits: NDArray[np.intp]) -> None:
        """Go on with these fits alone."""
        self._rates = self._rates[fits]

    def _waiting(self) -> NDArray[np.bool_]:
        return self._taken_at >= self._folded_until

    def _reading(self) -> NDArray[np.float64]:
        remembered = self._momentum ** (self._step - self._taken_at)
        return self._rates / (1.0 - self._momentum) * (remembered - self._waiting())
