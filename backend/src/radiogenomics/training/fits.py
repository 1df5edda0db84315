"""One fit of a network or an autoencoder, from prepared data to a shard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import TrainingError
from radiogenomics.models.fitting import Fitted, OnEpoch, fit_autoencoder, fit_network
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.training.components import Components
from radiogenomics.training.folds import Fold
from radiogenomics.training.preparation import Prepared
from radiogenomics.training.shards import Shard
from radiogenomics.training.trained import Layers, TrainedNetwork, arrays_of

Rows = NDArray[np.intp]


def losses_of(fitted: Fitted) -> Shard:
    """Return the losses of a fit, without its weights."""
    arrays = {"training_loss": fitted.training_loss}
    if fitted.held_out_loss is not None:
        arrays["held_out_loss"] = fitted.held_out_loss
    return Shard(arrays, {"diverged_at": fitted.diverged_at})


def try_autoencoder(
    prepared: Prepared,
    fold: Fold,
    settings: AutoencoderSettings,
    seed: Sequence[int],
    on_epoch: OnEpoch,
) -> Shard:
    """Train an autoencoder on a part of the patients and return its losses on the others."""
    held_out = prepared.everyone[fold.held_out]
    learnt = prepared.everyone[fold.train]
    return losses_of(fit_autoencoder(learnt, settings, seed, held_out=held_out, on_epoch=on_epoch))


def train_encoder(
    prepared: Prepared, settings: AutoencoderSettings, seed: Sequence[int], on_epoch: OnEpoch
) -> Shard:
    """Train an autoencoder on all patients of a scope; return its encoder and its losses.

    Raises
    ------
    TrainingError
        If it diverges.
    """
    fitted = fit_autoencoder(prepared.everyone, settings, seed, on_epoch=on_epoch)
    refuse_diverged(fitted, "autoencoder", "")
    encoder = {name: each for name, each in fitted.weights.items() if name.startswith("encoder_")}
    losses = losses_of(fitted)
    return Shard({**losses.arrays, **arrays_of(encoder)}, losses.values)


def fit_rows(
    prepared: Prepared,
    components: Components | None,
    encoder: Layers | None,
    measured: NDArray[np.float64],
    maximum: NDArray[np.float64],
    learnt: Rows,
    held_out: Rows | None,
    settings: NetworkSettings,
    seed: Sequence[int],
    on_epoch: OnEpoch,
) -> tuple[Fitted, TrainedNetwork]:
    """Train a network on some patients of the cohort.

    Parameters
    ----------
    prepared, components, encoder
        Its inputs and what its hidden layers start from.
    measured, maximum
        The targets in their units, and what each is divided by.
    learnt, held_out
        Rows of the cohort; None where nobody is held out.
    settings, seed, on_epoch
        As in `fit_network`.
    """
    inputs = prepared.patients
    if components is not None:
        inputs = components.transform(inputs)
    targets = (measured / maximum).astype(np.float32)
    fitted = fit_network(
        inputs[learnt],
        targets[learnt],
        settings,
        seed,
        encoder=encoder,
        held_out=None if held_out is None else (inputs[held_out], targets[held_out]),
        on_epoch=on_epoch,
    )
    trained = TrainedNetwork(settings, fitted.weights, prepared.scaler, components, maximum)
    return fitted, trained


def refuse_diverged(fitted: Fitted, model: str, where: str) -> None:
    """Refuse a fit that a run rests on and whose loss is no longer finite.

    Raises
    ------
    TrainingError
        Naming the model and the epoch.
    """
    if fitted.diverged_at is not None:
        raise TrainingError(
            f"The loss of the {model} is not a finite number after epoch {fitted.diverged_at}"
            f"{where}; a lower learning rate may help: train anew with, such as, --set "
            f"{'autoencoder' if model == 'autoencoder' else 'network'}.learning_rate=0.05."
        )
