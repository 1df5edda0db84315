"""Training the fits of a search many at once, in groups that a resumed run makes again.

The sums of a product may come in another order in a program of another size, so a fit is
bit-identical only in the same group. A group is therefore one shard, and what decided on the groups
is kept in shards too: how many fits memory held when they were begun, and every group that was too
large all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.devices import backend_name, is_out_of_memory
from radiogenomics.training.folds import Fold
from radiogenomics.training.meter import Meter
from radiogenomics.training.shards import Shard, Shards

Settings = TypeVar("Settings", AutoencoderSettings, NetworkSettings)
Attempts = Sequence[tuple[Settings, Fold]]
OnEpoch = Callable[[int, NDArray[np.float64], NDArray[np.float64] | None], None]

_LARGEST, _TOO_LARGE, _DIVERGED_AT = "largest", "too_large", "diverged_at"


@dataclass(frozen=True)
class Stack(Generic[Settings]):
    """What trains many fits at once.

    Attributes
    ----------
    kind
        What the fits of a group have in common.
    largest
        How many fits of some settings are a group, at most.
    fit
        Trains a group and returns the losses of each fit; told of every epoch.
    """

    kind: Callable[[Settings, Fold], Hashable]
    largest: Callable[[Settings], int]
    fit: Callable[[Attempts[Settings], OnEpoch], list[Shard]]


def check_stack(config: TrainingConfig) -> None:
    """Refuse a stack that the backend cannot train; loads it.

    Raises
    ------
    InputError
        If more than one fit is to train at once and the backend is not JAX.
    """
    if config.stacked_fits > 1 and backend_name() != "jax":
        raise InputError(
            f"stacked_fits is {config.stacked_fits}, and fits train together with JAX alone: set "
            "the environment variable KERAS_BACKEND=jax, or stacked_fits to 1."
        )


def try_stacked(
    name: str,
    attempts: Attempts[Settings],
    stack: Stack[Settings],
    shards: Shards,
    meter: Meter,
    label: str,
) -> list[Shard]:
    """Train all fits of a search in as few groups as memory allows; return the losses in order.

    Parameters
    ----------
    name
        How the names of the shards begin.
    attempts
        Settings and fold of each fit.
    stack
        What trains them.
    shards, meter, label
        Where results are kept, who is told, and how that begins.
    """
    results: dict[int, Shard] = {}
    for of_kind in _by_kind(attempts, stack):
        measure = partial(_measure, stack, attempts[of_kind[0]][0])
        largest = shards.result(f"{name}-{of_kind[0] + 1:04d}", measure).values[_LARGEST]
        done = 0
        while done < len(of_kind):
            numbers = of_kind[done : done + largest]
            group = [attempts[number] for number in numbers]
            said = f"{label}{_range(numbers)} of {len(attempts)} fits at once"
            work = partial(_train, group, stack, meter, said)
            shard = shards.result(f"{name}-{numbers[0] + 1:04d}-{len(numbers):04d}", work)
            if shard.values.get(_TOO_LARGE):
                largest = -(-len(numbers) // 2)
                continue
            results |= dict(zip(numbers, _split(shard), strict=True))
            meter.count(sum(settings.epochs for settings, _ in group))
            done += len(numbers)
    return [results[number] for number in range(len(attempts))]


def _measure(stack: Stack[Settings], settings: Settings) -> Shard:
    return Shard({}, {_LARGEST: stack.largest(settings)})


def _by_kind(attempts: Attempts[Settings], stack: Stack[Settings]) -> list[list[int]]:
    kinds: dict[Hashable, list[int]] = {}
    for number, attempt in enumerate(attempts):
        kinds.setdefault(stack.kind(*attempt), []).append(number)
    return list(kinds.values())


def _range(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"fit {numbers[0] + 1}"
    return f"{len(numbers)} (from fit {numbers[0] + 1})"


def _train(group: Attempts[Settings], stack: Stack[Settings], meter: Meter, label: str) -> Shard:
    tell = meter.during(label, len(group))

    def on_epoch(
        number: int, training: NDArray[np.float64], held_out: NDArray[np.float64] | None
    ) -> None:
        # At least one fit has not diverged.
        tell(
            number,
            float(np.nanmean(training)),
            None if held_out is None else float(np.nanmean(held_out)),
        )

    try:
        return _joined(stack.fit(group, on_epoch))
    except Exception as error:
        if len(group) == 1 or not is_out_of_memory(error):
            raise
    half = -(-len(group) // 2)
    meter.say(f"{label}: too many for the memory of the device, going on with {half} at once")
    return Shard({}, {_TOO_LARGE: True})


def _joined(losses: Sequence[Shard]) -> Shard:
    """Put the losses of a group into one shard, a row a fit, filled up with NaN."""
    arrays = {}
    for name in losses[0].arrays:
        rows = [shard.arrays[name] for shard in losses]
        arrays[name] = np.full((len(rows), max(map(len, rows))), np.nan)
        for number, row in enumerate(rows):
            arrays[name][number, : len(row)] = row
    diverged_at = [shard.values[_DIVERGED_AT] for shard in losses]
    return Shard(arrays, {_DIVERGED_AT: diverged_at})


def _split(group: Shard) -> list[Shard]:
    losses = []
    for fit, until in enumerate(group.values[_DIVERGED_AT]):
        own = {name: rows[fit, :until] for name, rows in group.arrays.items()}
        losses.append(Shard(own, {_DIVERGED_AT: until}))
    return losses
