"""What is drawn for a group of fits that train in one program.

The fits of a grid share patients and seed, so a mask or a permutation is drawn once for all fits
that use it (a stream), and crosses to the device as bits: for 12,042 genes and the paper's widths a
patient's masks are 1.9 kB an epoch, where float32 would be 62 kB.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.batches import Draws, EpochPlan, Matrix, draw_epochs
from radiogenomics.models.descent import rates
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.models.stack import Layer, autoencoder_layers, network_layers

Settings = AutoencoderSettings | NetworkSettings


@dataclass(frozen=True)
class Division:
    """What the cells of a grid share in one fold.

    Attributes
    ----------
    learnt
        Rows of the inputs to learn from.
    held_out
        Rows whose loss is taken after each epoch; None for nobody.
    seed
        What ``np.random.default_rng`` takes.
    targets
        Scaled features of all rows of the inputs, ``(n_patients, n_targets)``; None for an
        autoencoder.
    """

    learnt: NDArray[np.intp]
    held_out: NDArray[np.intp] | None
    seed: int | Sequence[int]
    targets: Matrix | None = None


@dataclass(frozen=True)
class GroupPlan:
    """The steps of one epoch of all fits of a group.

    Attributes
    ----------
    patients, places
        int32 ``(n_steps, n_streams, batch_size)``: rows of the inputs, and the same patients'
        numbers among those that the stream's division learns from.
    shares
        float32, same shape: one over the batch's patients, 0 for what fills it up.
    rates
        float32 ``(n_steps, n_fits)``: learning rates.
    bits
        For each position of a layer with dropout, uint8 ``(n_steps, n_streams, batch_size, bytes)``
        of eight inputs each; a bit that is set is kept.
    """

    patients: NDArray[np.int32]
    places: NDArray[np.int32]
    shares: Matrix
    rates: Matrix
    bits: dict[int, NDArray[np.uint8]]

    def mean_of(self, losses: Matrix, streams: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return each fit's mean over its patients, given each step's, ``(n_steps, n_fits)``."""
        counts = np.count_nonzero(self.shares, axis=2)[:, streams]
        mean: NDArray[np.float64] = np.average(losses.astype(np.float64), axis=0, weights=counts)
        return mean


def streams_of(
    fits: Sequence[tuple[Settings, int]],
) -> tuple[list[tuple[float, int]], NDArray[np.intp]]:
    """Return the distinct pairs of dropout and division, and the number of each fit's pair."""
    keys = [(dropout_of(settings), division) for settings, division in fits]
    distinct = list(dict.fromkeys(keys))
    number = {key: at for at, key in enumerate(distinct)}
    return distinct, np.array([number[key] for key in keys], dtype=np.intp)


def dropout_of(settings: Settings) -> float:
    """Return the fraction that is dropped, 0 for an autoencoder."""
    return settings.dropout if isinstance(settings, NetworkSettings) else 0.0


def layers_of_group(settings: Settings, n_genes: int, n_targets: int) -> tuple[Layer, ...]:
    """Return the layers of a fit; any dropout is 0.5 there, since each fit has its own."""
    if isinstance(settings, AutoencoderSettings):
        return autoencoder_layers(n_genes, settings)
    return tuple(
        replace(layer, dropout=0.5 if layer.dropout > 0 else 0.0)
        for layer in network_layers(n_targets, settings)
    )


def draw_group(
    layers: Sequence[Layer],
    n_inputs: int,
    divisions: Sequence[Division],
    fits: Sequence[tuple[Settings, int]],
) -> Iterator[GroupPlan]:
    """Yield the epochs' plans, each drawn when it is asked for.

    Parameters
    ----------
    layers
        Of all fits; a dropout above 0 there stands for each fit's own.
    n_inputs
        Genes.
    divisions, fits
        The fits' settings, each with the number of its division.
    """
    streams, _ = streams_of(fits)
    drawn = [
        draw_epochs(
            [replace(layer, dropout=dropout) for layer in layers],
            n_inputs,
            len(divisions[division].learnt),
            fits[0][0],
            Draws.of(divisions[division].seed),
        )
        for dropout, division in streams
    ]
    learnt = [divisions[division].learnt for _, division in streams]
    for epoch, plans in enumerate(zip(*drawn, strict=True)):
        n_steps = len(plans[0].rates)
        yield GroupPlan(
            patients=_stacked(
                rows[plan.patients].astype(np.int32)
                for rows, plan in zip(learnt, plans, strict=True)
            ),
            places=_stacked(plan.patients for plan in plans),
            shares=_stacked(plan.weights for plan in plans),
            rates=np.stack(
                [
                    rates(settings.learning_rate, settings.decay, epoch * n_steps, n_steps)
                    for settings, _ in fits
                ],
                axis=1,
            ),
            bits=packed(plans),
        )


def packed(plans: Sequence[EpochPlan]) -> dict[int, NDArray[np.uint8]]:
    """Return the masks of streams as `GroupPlan.bits`."""
    return {
        position: _stacked(np.packbits(plan.masks[position], axis=-1) for plan in plans)
        for position in plans[0].masks
    }


def _stacked(arrays: Iterable[NDArray[Any]]) -> NDArray[Any]:
    """Put the arrays of the streams side by side, behind the axis of the steps."""
    return np.stack(list(arrays), axis=1)
