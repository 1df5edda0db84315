"""Training many fits in one program, with JAX: the cells and folds of a search, stacked.

A group is a set of fits of the same shapes and number of steps. They share the patients; learning
rate, decay and the fraction of dropout are each fit's own. A fit of a group ends as it does alone,
to float32 tolerance. It is bit-identical only in the same group, since the sums of a product may
come in another order in a program of another shape.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models import gram
from radiogenomics.models.backend import BACKEND
from radiogenomics.models.batches import Draws, Matrix, draw_start
from radiogenomics.models.fitting import Fitted, Weights, with_encoder
from radiogenomics.models.group_engine import FitIndex, GroupData, GroupEngine
from radiogenomics.models.group_plans import (
    Division,
    GroupPlan,
    Settings,
    draw_group,
    dropout_of,
    layers_of_group,
    streams_of,
)
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings

__all__ = ["Division", "Group", "OnGroupEpoch", "fit_autoencoders", "fit_networks", "kind_of"]

Losses = NDArray[np.float64]
OnGroupEpoch = Callable[[int, Losses, Losses | None], None]
"""Told after each epoch: its number from 1, training and held-out loss of each fit, ``(n_fits,)``,
NaN after a fit has diverged. Raising stops the group."""
Pairs = list[tuple[Matrix, Matrix]]


def kind_of(settings: Settings, n_learnt: int, n_genes: int, n_targets: int = 0) -> Hashable:
    """Return what fits must have in common to be a group.

    Parameters
    ----------
    settings
        Of a fit.
    n_learnt, n_genes, n_targets
        Patients that it learns from, genes and features; no features for an autoencoder.
    """
    layers = layers_of_group(settings, n_genes, n_targets)
    return (
        layers,
        settings.momentum,
        settings.batch_size,
        settings.epochs,
        -(-n_learnt // settings.batch_size),
        gram.pays_off(layers[0], n_learnt, n_genes),
    )


def fit_autoencoders(
    inputs: Matrix,
    divisions: Sequence[Division],
    fits: Sequence[tuple[AutoencoderSettings, int]],
    *,
    with_weights: bool = False,
    on_epoch: OnGroupEpoch | None = None,
) -> tuple[Fitted, ...]:
    """Train autoencoders, each as `radiogenomics.models.fitting.fit_autoencoder` does.

    Parameters
    ----------
    inputs
        Standardised expression of all patients, ``(n_patients, n_genes)``, float32.
    divisions
        Who learns and who is held out.
    fits
        Settings, each with the number of its division; all of one kind (`kind_of`).
    with_weights
        Whether the weights come back; those of a search are gigabytes that nobody reads.
    on_epoch
        Called after each epoch; what it raises stops the group.

    Returns
    -------
    tuple
        One `Fitted` a fit; its weights are empty without ``with_weights``.

    Raises
    ------
    ValueError
        If the backend is not JAX, or the fits are of more than one kind.
    """
    return Group(inputs, divisions, fits).train(with_weights, on_epoch)


def fit_networks(
    inputs: Matrix,
    divisions: Sequence[Division],
    fits: Sequence[tuple[NetworkSettings, int]],
    *,
    encoder: Weights | None = None,
    with_weights: bool = False,
    on_epoch: OnGroupEpoch | None = None,
) -> tuple[Fitted, ...]:
    """Train networks, each as `radiogenomics.models.fitting.fit_network` does.

    Parameters
    ----------
    inputs, divisions, fits, with_weights, on_epoch
        As in `fit_autoencoders`; the divisions have targets.
    encoder
        Weights of an autoencoder, from which the hidden layers of all fits start.

    Raises
    ------
    ValueError
        As `fit_autoencoders`, or if the encoder does not fit.
    """
    return Group(inputs, divisions, fits, encoder).train(with_weights, on_epoch)


class Group:
    """Fits of one kind, and what they share; arguments as in `fit_autoencoders`."""

    def __init__(
        self,
        inputs: Matrix,
        divisions: Sequence[Division],
        fits: Sequence[tuple[Settings, int]],
        encoder: Weights | None = None,
    ) -> None:
        if BACKEND != "jax":
            raise ValueError(f"a group of fits trains with JAX, not with {BACKEND}")
        used = sorted({division for _, division in fits})
        self._divisions = [divisions[number] for number in used]
        self._fits = [(settings, used.index(division)) for settings, division in fits]
        self._inputs = inputs
        self._encoder = encoder
        targets = self._divisions[0].targets
        n_targets = 0 if targets is None else targets.shape[1]
        kinds = {
            kind_of(settings, len(divisions[division].learnt), inputs.shape[1], n_targets)
            for settings, division in fits
        }
        if len(kinds) != 1:
            raise ValueError(f"the fits of a group are of {len(kinds)} kinds; give those of one")
        self._settings = fits[0][0]
        self._layers = layers_of_group(self._settings, inputs.shape[1], n_targets)
        self._in_row_space = gram.pays_off(
            self._layers[0], len(self._divisions[0].learnt), inputs.shape[1]
        )

    def train(self, with_weights: bool, on_epoch: OnGroupEpoch | None) -> tuple[Fitted, ...]:
        """Train all fits and return what came of each."""
        engine = self.engine()
        _, streams = streams_of(self._fits)
        n_fits = len(streams)
        record = _Record(self._settings.epochs, n_fits, self._holds_out)
        inside = np.arange(n_fits)
        plans = self.plans()
        following = next(plans, None)
        while following is not None:
            plan = replace(following, rates=following.rates[:, inside])
            pending = engine.start_epoch(plan)
            following = next(plans, None)  # drawn while the device computes
            training, held_out = pending.losses()
            record.add(inside, plan.mean_of(training, streams[inside]), held_out)
            going = record.going[inside]
            if not going.any():
                break
            if on_epoch is not None:
                on_epoch(record.epoch, *record.last())
            if 2 * np.count_nonzero(going) <= len(inside):
                # A diverged fit costs as much as another; half of all is worth a new program.
                engine.keep(np.flatnonzero(going))
                inside = inside[going]
        record.end(inside, engine.finite())
        weights: list[dict[str, tuple[Matrix, Matrix]]] = [{} for _ in range(n_fits)]
        if with_weights:
            for at, fit in enumerate(inside):
                weights[fit] = self._exported(engine.weights(at), self._fits[fit][1])
        return record.fitted(weights)

    def plans(self) -> Iterator[GroupPlan]:
        """Yield the epochs' plans, each drawn when it is asked for."""
        return draw_group(self._layers, self._inputs.shape[1], self._divisions, self._fits)

    @property
    def _holds_out(self) -> bool:
        return self._divisions[0].held_out is not None

    def engine(self) -> GroupEngine:
        """Return the weights at the start, on the device."""
        of_network = self._divisions[0].targets is not None
        starts, offsets, grams = [], [], []
        for division in self._divisions:
            start = self._start(division)
            if self._in_row_space:
                learnt = self._inputs[division.learnt]
                rows = gram.in_row_space(self._inputs, learnt, start[0][0])
                grams.append(_padded(rows.inputs, self._most_learnt))
                offsets.append(rows.offset)
                combination = np.zeros((self._most_learnt, self._layers[0].width), np.float32)
                start = [(combination, start[0][1]), *start[1:]]
            starts.append(start)
        data = GroupData(
            self._inputs,
            np.stack(grams) if grams else None,
            np.array(offsets) if offsets else None,
            np.array([each.targets for each in self._divisions]) if of_network else None,
            *self._held_out(),
        )
        _, streams = streams_of(self._fits)
        dropouts = np.array([dropout_of(settings) for settings, _ in self._fits])
        index = FitIndex(
            streams.astype(np.int32),
            np.array([division for _, division in self._fits], np.int32),
            (1.0 / (1.0 - dropouts)).astype(np.float32),
        )
        return GroupEngine(
            self._layers,
            "mean_absolute_error" if of_network else "mean_squared_error",
            self._settings.momentum,
            [
                (np.stack([kernel for kernel, _ in pairs]), np.stack([bias for _, bias in pairs]))
                for pairs in zip(*starts, strict=True)
            ],
            data,
            index,
            self._settings.batch_size,
        )

    def _start(self, division: Division) -> Pairs:
        generator = Draws.of(division.seed).weights
        start = draw_start(self._layers, self._inputs.shape[1], generator)
        return start if self._encoder is None else with_encoder(self._layers, start, self._encoder)

    @property
    def _most_learnt(self) -> int:
        return max(len(division.learnt) for division in self._divisions)

    def _held_out(self) -> tuple[NDArray[np.int32] | None, Matrix | None]:
        """Return the rows that are held out and their shares, filled up to the largest number."""
        held_out = [each.held_out for each in self._divisions if each.held_out is not None]
        if not held_out:
            return None, None
        rows = np.zeros((len(held_out), max(len(each) for each in held_out)), np.int32)
        shares = np.zeros((*rows.shape, 1), np.float32)
        for number, of_division in enumerate(held_out):
            rows[number, : len(of_division)] = of_division
            shares[number, : len(of_division)] = 1.0 / len(of_division)
        return rows, shares

    def _exported(self, trained: Pairs, number: int) -> dict[str, tuple[Matrix, Matrix]]:
        if self._in_row_space:
            division = self._divisions[number]
            first = self._start(division)[0][0]
            combination = trained[0][0][: len(division.learnt)]
            kernel = gram.exported(first, self._inputs[division.learnt], combination)
            trained = [(kernel, trained[0][1]), *trained[1:]]
        return {layer.name: pair for layer, pair in zip(self._layers, trained, strict=True)}


class _Record:
    """The losses of a group: NaN where a fit has none any more."""

    def __init__(self, epochs: int, n_fits: int, holds_out: bool) -> None:
        self._training = np.full((epochs, n_fits), np.nan)
        self._held_out = np.full((epochs, n_fits), np.nan) if holds_out else None
        self._diverged_at = np.zeros(n_fits, np.intp)
        self.epoch = 0

    @property
    def going(self) -> NDArray[np.bool_]:
        """Whether a fit has not diverged, ``(n_fits,)``."""
        going: NDArray[np.bool_] = self._diverged_at == 0
        return going

    def add(self, fits: NDArray[np.intp], training: Losses, held_out: NDArray[Any] | None) -> None:
        """Take the losses of the next epoch of these fits."""
        before = self.going[fits]
        finite = np.isfinite(training)
        self._training[self.epoch, fits[before]] = training[before]
        if self._held_out is not None and held_out is not None:
            self._held_out[self.epoch, fits[before]] = held_out[before]
            finite &= np.isfinite(held_out)
        self.epoch += 1
        self._diverged_at[fits[before & ~finite]] = self.epoch

    def end(self, fits: NDArray[np.intp], finite: NDArray[np.bool_]) -> None:
        """Take whether the weights of these fits are finite after the last epoch."""
        # The last update can spoil them, after the last batch's loss was taken.
        self._diverged_at[fits[self.going[fits] & ~finite]] = self.epoch

    def last(self) -> tuple[Losses, Losses | None]:
        """Return the losses of the last epoch, NaN for a fit that has diverged."""

        def of_epoch(losses: Losses) -> Losses:
            return np.where(self.going, losses[self.epoch - 1], np.nan)

        held_out = None if self._held_out is None else of_epoch(self._held_out)
        return of_epoch(self._training), held_out

    def fitted(self, weights: Sequence[dict[str, tuple[Matrix, Matrix]]]) -> tuple[Fitted, ...]:
        """Return the result of each fit; the losses end with the epoch in which it diverged."""
        results = []
        for fit, own in enumerate(weights):
            diverged_at = int(self._diverged_at[fit]) or None
            until = diverged_at or self.epoch
            results.append(
                Fitted(
                    own,
                    self._training[:until, fit].copy(),
                    None if self._held_out is None else self._held_out[:until, fit].copy(),
                    diverged_at,
                )
            )
        return tuple(results)


def _padded(columns: Matrix, n_columns: int) -> Matrix:
    return np.pad(columns, ((0, 0), (0, n_columns - columns.shape[1])))
