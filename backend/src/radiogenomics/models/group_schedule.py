"""When the deferred kernels of a group of fits are folded, and with what coefficients.

As `radiogenomics.models.deferred`, with two differences that let all fits of a group go through one
program: the slots are folded after every block of steps, the last block ending with the epoch, and
each fit has learning rates of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


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
        As `radiogenomics.models.deferred.slots_for` says.
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
