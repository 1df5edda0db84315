"""The stages of the networks: choosing, pre-training, cross-validation, the final ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.fitting import Fitted
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.study.progress import Progress
from radiogenomics.training import fits
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.folds import Fold, make_folds
from radiogenomics.training.history import Epoch
from radiogenomics.training.meter import Meter
from radiogenomics.training.preparation import (
    ALL,
    Prepared,
    choice_scope,
    choosing_folds,
    expression_scope,
    maximum_of,
    prepare,
)
from radiogenomics.training.results import CrossValidation
from radiogenomics.training.search import Tried, choose
from radiogenomics.training.shards import Shard, Shards, fold_shard
from radiogenomics.training.stacked_fits import SeedOf, Shared, stack_of
from radiogenomics.training.trained import Layers, TrainedNetwork, layers_of
from radiogenomics.training.variants import VARIANTS

# The first words of a fit's seed, so that every fit has generators of its own and is the same
# whether it is made alone, in another order, or again. The cells of a grid share their seed: they
# differ by their settings alone.
_ENCODER, _FOLD, _FINAL, _TRY_ENCODER, _TRY_NETWORK = range(5)

ENCODERS = "encoder"


class Training:
    """One training; every fit is a shard, read back where it is there already.

    Parameters
    ----------
    data, folds, config
        What to train.
    shards
        Where results are kept.
    progress
        Told after each epoch.
    with_final
        Whether networks trained on all patients are wanted.
    """

    def __init__(
        self,
        data: TrainingData,
        folds: tuple[Fold, ...],
        config: TrainingConfig,
        shards: Shards,
        progress: Progress,
        *,
        with_final: bool = True,
    ) -> None:
        self._data = data
        self._folds = folds
        self._config = config
        self._shards = shards
        self._progress = progress
        self._with_final = with_final
        # Scopes follow one another, so that one of each is enough to hold.
        self._prepared = lru_cache(maxsize=1)(self._prepare)
        self._encoder = lru_cache(maxsize=1)(self._load_encoder)
        self._autoencoders: dict[int, AutoencoderSettings] = {}
        self._networks: dict[int, NetworkSettings] = {}
        self._tried: list[Tried] = []
        self._history: list[Epoch] = []

    def run(self) -> CrossValidation:
        """Do all stages in turn."""
        if self._config.pretrains:
            self._choose_autoencoders()
            self._pretrain()
        self._choose_networks()
        predicted = self._cross_validate()
        final = self._train_final() if self._with_final else {}
        chosen: dict[str, Mapping[int, AutoencoderSettings | NetworkSettings]] = {
            "autoencoder": self._autoencoders,
            "network": self._networks,
        }
        return CrossValidation(
            predicted,
            final,
            history=tuple(self._history),
            tried=tuple(self._tried),
            chosen=chosen,
        )

    def _choose_autoencoders(self) -> None:
        config, cells = self._config, self._config.autoencoder_cells()
        scopes = self._scopes(expression_scope)
        if len(cells) == 1:
            self._autoencoders = dict.fromkeys(scopes, cells[0])
            return
        n_folds = config.folds if config.choice == "reporting_folds" else config.inner_folds
        total = len(scopes) * n_folds * sum(cell.epochs for cell in cells)
        meter = Meter(self._progress, "choosing the autoencoder", total)
        for scope in scopes:
            prepared = self._prepared(scope)
            inner = make_folds(len(prepared.everyone), n_folds, config.seed)

            def seed_of(fold: Fold, scope: int = scope) -> list[int]:
                return [config.seed, _TRY_ENCODER, scope, fold.number]

            def attempt(
                settings: AutoencoderSettings,
                fold: Fold,
                label: str,
                prepared: Prepared = prepared,
                seed_of: SeedOf = seed_of,
            ) -> Shard:
                during = meter.during(label)
                return fits.try_autoencoder(prepared, fold, settings, seed_of(fold), during)

            shared = partial(Shared, prepared.everyone)
            stack = stack_of(config, inner, seed_of, shared)
            chosen = choose("autoencoder", scope, cells, inner, attempt, self._shards, meter, stack)
            self._autoencoders[scope] = chosen.settings
            self._tried += chosen.tried

    def _pretrain(self) -> None:
        scopes = self._scopes(expression_scope)
        total = sum(self._autoencoders[scope].epochs for scope in scopes)
        meter = Meter(self._progress, "pre-training", total)
        for scope in scopes:
            settings = self._autoencoders[scope]
            work = partial(self._encode, scope, settings, meter)
            shard = self._shards.result(f"{ENCODERS}/{scope:02d}", work)
            meter.count(settings.epochs)
            self._history += _epochs("autoencoder", scope or None, shard)

    def _encode(self, scope: int, settings: AutoencoderSettings, meter: Meter) -> Shard:
        label = f"without fold {scope}" if scope else ""
        seed = [self._config.seed, _ENCODER, scope]
        return fits.train_encoder(self._prepared(scope), settings, seed, meter.during(label))

    def _choose_networks(self) -> None:
        config, cells, lead = self._config, self._config.network_cells(), self._models()[0]
        scopes = self._scopes(choice_scope)
        if len(cells) == 1:
            self._networks = dict.fromkeys(scopes, cells[0])
            return
        n_patients = len(self._data.cohort.patient_ids)
        folds_of = {
            scope: choosing_folds(config, self._folds, scope, n_patients) for scope in scopes
        }
        total = sum(map(len, folds_of.values())) * sum(cell.epochs for cell in cells)
        meter = Meter(self._progress, "choosing the network", total)
        for scope in scopes:

            def seed_of(fold: Fold, scope: int = scope) -> list[int]:
                # Folds that also report make the fits of the cross-validation itself.
                if config.choice == "reporting_folds":
                    return [config.seed, _FOLD, fold.number]
                return [config.seed, _TRY_NETWORK, scope, fold.number]

            def attempt(
                settings: NetworkSettings,
                fold: Fold,
                label: str,
                scope: int = scope,
                seed_of: SeedOf = seed_of,
            ) -> Shard:
                seed = seed_of(fold)
                fitted, _ = self._fit(
                    lead, scope, settings, fold.train, fold.held_out, seed, meter, label
                )
                return fits.losses_of(fitted)

            shared = partial(self._shared, lead, scope)
            stack = stack_of(config, folds_of[scope], seed_of, shared, VARIANTS[lead].settings)
            chosen = choose(
                lead, scope, cells, folds_of[scope], attempt, self._shards, meter, stack
            )
            self._networks[scope] = chosen.settings
            self._tried += chosen.tried

    def _cross_validate(self) -> dict[str, NDArray[np.float64]]:
        config, measured = self._config, self._data.cohort.measured
        predicted = {name: np.empty_like(measured) for name in self._models()}
        total = len(self._models()) * sum(
            self._networks[choice_scope(config, fold.number)].epochs for fold in self._folds
        )
        meter = Meter(self._progress, "cross-validation", total)
        for fold in self._folds:
            settings = self._networks[choice_scope(config, fold.number)]
            for model in self._models():
                work = partial(self._fold, model, fold, settings, meter)
                shard = self._shards.result(fold_shard(model, fold.number), work)
                meter.count(settings.epochs)
                predicted[model][fold.held_out] = shard.arrays["predicted"]
                self._history += _epochs(model, fold.number, shard)
        return predicted

    def _fold(self, model: str, fold: Fold, settings: NetworkSettings, meter: Meter) -> Shard:
        label = f"fold {fold.number} of {len(self._folds)}, {model}"
        seed = [self._config.seed, _FOLD, fold.number]
        fitted, trained = self._fit(
            model, fold.number, settings, fold.train, fold.held_out, seed, meter, label
        )
        fits.refuse_diverged(fitted, model, f" of fold {fold.number}")
        inputs = self._prepared(expression_scope(self._config, fold.number)).patients
        predicted = trained.predict_scaled(inputs[fold.held_out])
        losses = fits.losses_of(fitted)
        kept = trained.to_shard() if self._config.keep_fold_models else Shard({})
        return Shard(
            {**losses.arrays, **kept.arrays, "predicted": predicted},
            {**losses.values, **kept.values},
        )

    def _train_final(self) -> dict[str, TrainedNetwork]:
        settings = self._networks[choice_scope(self._config, ALL)]
        meter = Meter(self._progress, "final model", len(self._models()) * settings.epochs)
        final = {}
        for model in self._models():
            work = partial(self._final, model, settings, meter)
            shard = self._shards.result(f"final/{model}", work)
            meter.count(settings.epochs)
            self._history += _epochs(model, None, shard)
            final[model] = TrainedNetwork.from_shard(shard)
        return final

    def _final(self, model: str, settings: NetworkSettings, meter: Meter) -> Shard:
        everyone = np.arange(len(self._data.cohort.patient_ids))
        seed = [self._config.seed, _FINAL]
        fitted, trained = self._fit(model, ALL, settings, everyone, None, seed, meter, model)
        fits.refuse_diverged(fitted, model, " of the final model")
        losses, kept = fits.losses_of(fitted), trained.to_shard()
        return Shard({**losses.arrays, **kept.arrays}, {**losses.values, **kept.values})

    def _fit(
        self,
        model: str,
        fold: int,
        settings: NetworkSettings,
        learnt: NDArray[np.intp],
        held_out: NDArray[np.intp] | None,
        seed: list[int],
        meter: Meter,
        label: str,
    ) -> tuple[Fitted, TrainedNetwork]:
        """Train a variant on some patients, its inputs prepared for a fold (0: all patients)."""
        variant = VARIANTS[model]
        scope = expression_scope(self._config, fold)
        prepared = self._prepared(scope)
        measured = self._data.cohort.measured
        return fits.fit_rows(
            prepared,
            prepared.components(settings.widths[-1]) if variant.components else None,
            self._encoder(scope) if variant.pretrained else None,
            measured,
            maximum_of(measured, learnt, self._config),
            learnt,
            held_out,
            variant.settings(settings),
            seed,
            meter.during(label),
        )

    def _shared(self, model: str, fold: int) -> Shared:
        """Return what all fits of a variant's search have in common, prepared for a fold."""
        variant, measured = VARIANTS[model], self._data.cohort.measured
        scope = expression_scope(self._config, fold)
        prepared, encoder, inputs = self._prepared(scope), None, self._prepared(scope).patients
        if variant.components:
            inputs = prepared.components(self._config.network.widths[-1]).transform(inputs)
        if variant.pretrained:
            encoder = self._encoder(scope)

        def targets_of(fold: Fold) -> NDArray[np.float32]:
            return (measured / maximum_of(measured, fold.train, self._config)).astype(np.float32)

        return Shared(inputs, encoder, targets_of)

    def _scopes(self, scope_of: Callable[[TrainingConfig, int], int]) -> tuple[int, ...]:
        """Return the scopes of all folds and of the final model, in order, each once."""
        numbers = [fold.number for fold in self._folds]
        numbers += [ALL] if self._with_final else []
        return tuple(sorted({scope_of(self._config, number) for number in numbers}))

    def _models(self) -> tuple[str, ...]:
        return self._config.networks

    def _prepare(self, scope: int) -> Prepared:
        return prepare(self._data, self._folds, scope)

    def _load_encoder(self, scope: int) -> Layers:
        shard = self._shards.load(f"{ENCODERS}/{scope:02d}")
        if shard is None:
            raise RuntimeError(f"the encoder of scope {scope} is gone")
        return layers_of(shard.arrays)


def _epochs(model: str, fold: int | None, shard: Shard) -> list[Epoch]:
    training = shard.arrays["training_loss"].tolist()
    held_out = shard.arrays["held_out_loss"].tolist() if "held_out_loss" in shard.arrays else None
    return [
        Epoch(model, fold, number, loss, None if held_out is None else held_out[number - 1])
        for number, loss in enumerate(training, start=1)
    ]
