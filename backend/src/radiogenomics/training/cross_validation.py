"""Pre-training, cross-validation and the final model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.autoencoder import build_autoencoder
from radiogenomics.models.backend import keras
from radiogenomics.models.constants import CENTRES, ConstantPredictor
from radiogenomics.models.initial import Weights, draw_weights, start_from
from radiogenomics.models.network import build_network, encoder_weights, with_encoder
from radiogenomics.models.settings import AutoencoderSettings
from radiogenomics.study.progress import Progress
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.fitting import Matrix, fit, predict
from radiogenomics.training.folds import Fold
from radiogenomics.training.history import Epoch

NETWORK = "network"
MODELS = (NETWORK, *CENTRES)
# Every training has generators of its own, so that one fold alone gives the same as all in turn.
_AUTOENCODER, _FOLD, _FINAL = 0, 1, 2


@dataclass(frozen=True)
class CrossValidation:
    """What came out of the held-out patients.

    Attributes
    ----------
    predicted
        For each model, float64 of shape ``(n_patients, n_targets)`` in the targets' units; each
        row by a model that was trained without that patient.
    history
        The losses of every epoch and fold.
    """

    predicted: dict[str, NDArray[np.float64]]
    history: tuple[Epoch, ...]


def pretrain(
    inputs: Matrix, settings: AutoencoderSettings, seed: int, progress: Progress
) -> tuple[dict[str, Weights], tuple[Epoch, ...]]:
    """Train the autoencoder and return the weights of its encoder by layer, and its losses.

    Parameters
    ----------
    inputs
        Standardised expression, float32 of shape ``(n_patients, n_genes)``.
    settings, seed
        Of the autoencoder.
    progress
        Told after each epoch.
    """
    generator = np.random.default_rng([seed, _AUTOENCODER])
    model = build_autoencoder(inputs.shape[1], settings)
    start_from(model, draw_weights(model, generator), dropout_seed=0)
    history = fit(
        model,
        inputs,
        inputs,
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        generator=generator,
        on_epoch=lambda epoch: progress(
            "pre-training", epoch.number, settings.epochs, f"loss {epoch.training:.4f}"
        ),
    )
    return encoder_weights(model), history


def cross_validate(
    inputs: Matrix,
    measured: NDArray[np.float64],
    folds: tuple[Fold, ...],
    config: TrainingConfig,
    encoder: dict[str, Weights],
    progress: Progress,
) -> CrossValidation:
    """Predict every patient by models trained without it.

    Each target is divided by its maximum among the patients of the training fold, so nothing of
    the held-out patients reaches a model.

    Parameters
    ----------
    inputs
        Standardised expression of the patients, float32 of shape ``(n_patients, n_genes)``.
    measured
        float64 of shape ``(n_patients, n_targets)``, in the targets' units.
    folds
        Which patients to hold out together.
    config
        Settings and seed.
    encoder
        Weights that the hidden layers start from, by layer name; empty for random ones.
    progress
        Told after each epoch.
    """
    predicted = {name: np.empty_like(measured) for name in MODELS}
    history: list[Epoch] = []
    model = build_network(inputs.shape[1], measured.shape[1], config.network)
    total = len(folds) * config.network.epochs
    for fold in folds:
        known = measured[fold.train]
        largest = known.max(axis=0)
        report = _report(progress, "cross-validation", len(history), total, len(folds))
        history += _train_network(
            model,
            inputs[fold.train],
            (known / largest).astype(np.float32),
            config,
            encoder,
            generator=np.random.default_rng([config.seed, _FOLD, fold.number]),
            fold=fold.number,
            held_out=(
                inputs[fold.held_out],
                (measured[fold.held_out] / largest).astype(np.float32),
            ),
            on_epoch=report,
        )
        predicted[NETWORK][fold.held_out] = predict(model, inputs[fold.held_out]) * largest
        for centre in CENTRES:
            constant = ConstantPredictor.fit(known, centre)
            predicted[centre][fold.held_out] = constant.predict(len(fold.held_out))
    return CrossValidation(predicted, tuple(history))


def train_final(
    inputs: Matrix,
    measured: NDArray[np.float64],
    config: TrainingConfig,
    encoder: dict[str, Weights],
    progress: Progress,
) -> tuple[keras.Model, tuple[Epoch, ...]]:
    """Train the network on all patients, each target divided by its maximum; see `cross_validate`.

    Returns
    -------
    tuple
        The model, whose outputs are in units of each target's maximum, and its losses.
    """
    model = build_network(inputs.shape[1], measured.shape[1], config.network)
    history = _train_network(
        model,
        inputs,
        (measured / measured.max(axis=0)).astype(np.float32),
        config,
        encoder,
        generator=np.random.default_rng([config.seed, _FINAL]),
        fold=None,
        held_out=None,
        on_epoch=_report(progress, "final model", 0, config.network.epochs, 0),
    )
    return model, history


def _train_network(
    model: keras.Model,
    inputs: Matrix,
    targets: Matrix,
    config: TrainingConfig,
    encoder: dict[str, Weights],
    *,
    generator: np.random.Generator,
    fold: int | None,
    held_out: tuple[Matrix, Matrix] | None,
    on_epoch: Callable[[Epoch], None],
) -> tuple[Epoch, ...]:
    weights = with_encoder(model, draw_weights(model, generator), encoder)
    start_from(model, weights, dropout_seed=int(generator.integers(2**32)))
    return fit(
        model,
        inputs,
        targets,
        epochs=config.network.epochs,
        batch_size=config.network.batch_size,
        generator=generator,
        fold=fold,
        held_out=held_out,
        on_epoch=on_epoch,
    )


def _report(
    progress: Progress, stage: str, done_before: int, total: int, n_folds: int
) -> Callable[[Epoch], None]:
    def report(epoch: Epoch) -> None:
        where = f"fold {epoch.fold} of {n_folds}, " if epoch.fold is not None else ""
        progress(stage, done_before + epoch.number, total, f"{where}loss {epoch.training:.4f}")

    return report
