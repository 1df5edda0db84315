"""The fits of a search as groups that JAX trains at once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.backend import BACKEND, trains_on_gpu
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.fits import losses_of
from radiogenomics.training.folds import Fold
from radiogenomics.training.shards import Shard
from radiogenomics.training.stacking import Attempts, OnEpoch, Settings, Stack
from radiogenomics.training.trained import Layers

Matrix = NDArray[np.float32]
SeedOf = Callable[[Fold], list[int]]


@dataclass(frozen=True)
class Shared:
    """What the fits of a search have in common.

    Attributes
    ----------
    inputs
        Of all patients that the folds divide, ``(n_patients, n)``.
    encoder
        What the hidden layers of networks start from; None for none.
    targets_of
        Returns the scaled features of all patients in a fold, ``(n_patients, n_targets)``; None
        for autoencoders.
    """

    inputs: Matrix
    encoder: Layers | None = None
    targets_of: Callable[[Fold], Matrix] | None = None


def stack_of(
    config: TrainingConfig,
    folds: Sequence[Fold],
    seed_of: SeedOf,
    shared: Callable[[], Shared],
    trained: Callable[[Settings], Settings] = lambda settings: settings,
) -> Stack[Settings] | None:
    """Return what trains the fits of a search at once; None where each trains alone.

    Parameters
    ----------
    config
        Says how many.
    folds
        All folds of the search.
    seed_of
        Returns the seed of the fits of a fold.
    shared
        Returns what the fits have in common.
    trained
        Returns the settings that a cell's are made to before the training.
    """
    if config.stacked_fits == 1 or BACKEND != "jax":
        return None
    if config.stacked_fits == 0 and not trains_on_gpu():
        return None  # measured on a CPU: not faster than one after another
    from radiogenomics.models import group_memory, groups  # noqa: PLC0415 - needs JAX

    shared = lru_cache(maxsize=1)(shared)

    def division(fold: Fold) -> groups.Division:
        targets_of = shared().targets_of
        targets = None if targets_of is None else targets_of(fold)
        return groups.Division(fold.train, fold.held_out, seed_of(fold), targets)

    def kind(settings: Settings, fold: Fold) -> Hashable:
        targets = division(fold).targets
        n_targets = 0 if targets is None else targets.shape[1]
        n_genes = shared().inputs.shape[1]
        return groups.kind_of(trained(settings), len(fold.train), n_genes, n_targets)

    def largest(settings: Settings) -> int:
        divisions = [division(fold) for fold in folds]
        needed = group_memory.memory_of(trained(settings), divisions, *shared().inputs.shape)
        held = needed.largest(group_memory.device_memory())
        return min(held, config.stacked_fits or held)

    def fit(group: Attempts[Settings], on_epoch: OnEpoch) -> list[Shard]:
        of_group = list({fold.number: fold for _, fold in group}.values())
        numbers = [fold.number for fold in of_group]
        divisions = [division(fold) for fold in of_group]
        numbered: list[Any] = [
            (trained(settings), numbers.index(fold.number)) for settings, fold in group
        ]
        if shared().targets_of is None:
            fitted = groups.fit_autoencoders(
                shared().inputs, divisions, numbered, on_epoch=on_epoch
            )
        else:
            fitted = groups.fit_networks(
                shared().inputs, divisions, numbered, encoder=shared().encoder, on_epoch=on_epoch
            )
        return [losses_of(each) for each in fitted]

    return Stack(kind, largest, fit)
