"""Training the two models, and what they then answer: the one door to the numerical work.

A fit is a function of its arguments: what it draws comes from ``seed`` (see
`radiogenomics.models.batches`), TensorFlow, JAX and plain Keras agree to float32 tolerance, and a
fit repeated on the same backend and machine is bit-identical.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models import gram
from radiogenomics.models.backend import keras
from radiogenomics.models.batches import Draws, draw_epochs, draw_start
from radiogenomics.models.engine import start_engine
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.models.stack import (
    Layer,
    Loss,
    Whole,
    autoencoder_layers,
    forward,
    network_layers,
)

Matrix = NDArray[np.float32]
Weights = Mapping[str, tuple[Matrix, Matrix]]
"""Kernel ``(n_inputs, width)`` and bias ``(width,)`` by layer name, from input to output."""
OnEpoch = Callable[[int, float, float | None], None]
"""Told after each epoch: its number from 1, training loss, held-out loss. Raising stops the fit."""


@dataclass(frozen=True)
class Fitted:
    """A trained model.

    Attributes
    ----------
    weights
        Kernel and bias of each layer by name, from input to output.
    training_loss
        float64 ``(epochs,)``: the mean over the epoch's patients, with dropout and as the weights
        changed, as ``keras.fit`` reports it.
    held_out_loss
        float64 ``(epochs,)`` without dropout; None if nobody was held out.
    diverged_at
        The first epoch, from 1, whose loss is not finite; the losses end with it. None if all went
        well.
    """

    weights: dict[str, tuple[Matrix, Matrix]]
    training_loss: NDArray[np.float64]
    held_out_loss: NDArray[np.float64] | None
    diverged_at: int | None


def fit_autoencoder(
    inputs: Matrix,
    settings: AutoencoderSettings,
    seed: int | Sequence[int],
    *,
    held_out: Matrix | None = None,
    on_epoch: OnEpoch | None = None,
) -> Fitted:
    """Train an autoencoder on expression ``(n_patients, n_genes)``.

    Parameters
    ----------
    inputs
        Standardised expression, float32.
    settings
        Widths, activation and descent.
    seed
        What ``np.random.default_rng`` takes.
    held_out
        Other patients' expression, whose loss is taken after each epoch.
    on_epoch
        Called after each epoch; what it raises stops the fit.
    """
    layers = autoencoder_layers(inputs.shape[1], settings)
    others = None if held_out is None else (held_out, held_out)
    draws = Draws.of(seed)
    start = draw_start(layers, inputs.shape[1], draws.weights)
    return _fit(
        layers, "mean_squared_error", start, inputs, inputs, settings, draws, others, on_epoch
    )


def fit_network(
    inputs: Matrix,
    targets: Matrix,
    settings: NetworkSettings,
    seed: int | Sequence[int],
    *,
    encoder: Weights | None = None,
    held_out: tuple[Matrix, Matrix] | None = None,
    on_epoch: OnEpoch | None = None,
) -> Fitted:
    """Train the radiogenomic network.

    Parameters
    ----------
    inputs, targets
        Standardised expression ``(n_patients, n_genes)`` and scaled features
        ``(n_patients, n_targets)``, float32.
    settings, seed, on_epoch
        As in `fit_autoencoder`.
    encoder
        Weights of an autoencoder; its layers named as layers of the network start from them.
    held_out
        Other patients' inputs and targets, whose loss is taken after each epoch.

    Raises
    ------
    ValueError
        If no layer of the encoder is in the network, or one has another shape there.
    """
    layers = network_layers(targets.shape[1], settings)
    draws = Draws.of(seed)
    start = draw_start(layers, inputs.shape[1], draws.weights)
    if encoder is not None:
        start = with_encoder(layers, start, encoder)
    return _fit(
        layers, "mean_absolute_error", start, inputs, targets, settings, draws, held_out, on_epoch
    )


def predict_network(
    weights: Weights, settings: NetworkSettings, inputs: Matrix
) -> NDArray[np.float64]:
    """Return the network's predictions ``(n_patients, n_targets)``, without dropout."""
    n_targets = len(weights["features"][1])
    return _leaving(network_layers(n_targets, settings), weights, inputs)[-1]


def encode(weights: Weights, settings: AutoencoderSettings, inputs: Matrix) -> NDArray[np.float64]:
    """Return the code that the autoencoder makes, ``(n_patients, last width)``."""
    layers = autoencoder_layers(inputs.shape[1], settings)[: len(settings.widths)]
    return _leaving(layers, weights, inputs)[-1]


def reconstruct(
    weights: Weights, settings: AutoencoderSettings, inputs: Matrix
) -> NDArray[np.float64]:
    """Return the expression that the autoencoder makes of its code, ``(n_patients, n_genes)``."""
    return _leaving(autoencoder_layers(inputs.shape[1], settings), weights, inputs)[-1]


def _fit(
    layers: tuple[Layer, ...],
    loss: Loss,
    start: list[tuple[Matrix, Matrix]],
    inputs: Matrix,
    targets: Matrix,
    settings: AutoencoderSettings | NetworkSettings,
    draws: Draws,
    held_out: tuple[Matrix, Matrix] | None,
    on_epoch: OnEpoch | None,
) -> Fitted:
    n_patients, n_genes = inputs.shape
    first_kernel = start[0][0]
    in_row_space = gram.pays_off(layers[0], n_patients, n_genes)

    def rows_of(patients: Matrix) -> gram.Rows:
        if in_row_space:
            return gram.in_row_space(patients, inputs, first_kernel)
        return gram.Rows(patients)

    if in_row_space:
        combination = np.zeros((n_patients, layers[0].width), dtype=np.float32)
        start = [(combination, start[0][1]), *start[1:]]
    engine = start_engine(
        layers, loss, settings.momentum, start, rows_of(inputs), targets, settings.batch_size
    )
    others = None if held_out is None else (rows_of(held_out[0]), held_out[1])
    training_loss: list[float] = []
    held_out_loss: list[float] = []
    diverged_at = None
    plans = draw_epochs(layers, n_genes, n_patients, settings, draws)
    for number, plan in enumerate(plans, start=1):
        training_loss.append(engine.run_epoch(plan))
        if others is not None:
            held_out_loss.append(engine.loss(*others))
        if not np.isfinite([training_loss[-1], *held_out_loss[-1:]]).all():
            diverged_at = number
            break
        if on_epoch is not None:
            on_epoch(number, training_loss[-1], held_out_loss[-1] if held_out_loss else None)
    trained = engine.weights()
    if in_row_space:
        trained[0] = (gram.exported(first_kernel, inputs, trained[0][0]), trained[0][1])
    if diverged_at is None and not _finite(trained):
        # The last update spoiled them, after the last batch's loss was taken.
        diverged_at = settings.epochs
    return Fitted(
        weights={layer.name: pair for layer, pair in zip(layers, trained, strict=True)},
        training_loss=np.array(training_loss),
        held_out_loss=None if held_out is None else np.array(held_out_loss),
        diverged_at=diverged_at,
    )


def _finite(weights: Sequence[tuple[Matrix, Matrix]]) -> bool:
    # A sum shows a value that is not finite without a table of them all.
    with np.errstate(over="ignore", invalid="ignore"):
        return all(np.isfinite(array.sum(dtype=np.float64)) for pair in weights for array in pair)


def with_encoder(
    layers: Sequence[Layer], start: list[tuple[Matrix, Matrix]], encoder: Weights
) -> list[tuple[Matrix, Matrix]]:
    """Return the start with an autoencoder's weights where a layer has its name.

    Raises
    ------
    ValueError
        If no layer has, or one has another shape.
    """
    started = []
    for layer, (kernel, bias) in zip(layers, start, strict=True):
        given = encoder.get(layer.name, (kernel, bias))
        if given[0].shape != kernel.shape:
            raise ValueError(
                f"{layer.name} has the shape {given[0].shape} in the autoencoder and "
                f"{kernel.shape} in the network"
            )
        started.append((given[0], given[1]))
    if not any(layer.name in encoder for layer in layers):
        raise ValueError(f"no layer of the network is among those given: {', '.join(encoder)}")
    return started


def _leaving(
    layers: Sequence[Layer], weights: Weights, inputs: Matrix
) -> list[NDArray[np.float64]]:
    to_tensor = keras.ops.convert_to_tensor
    pairs = [
        (Whole(to_tensor(kernel)), to_tensor(bias))
        for kernel, bias in (weights[layer.name] for layer in layers)
    ]
    _, leaving = forward(layers, pairs, to_tensor(inputs))
    return [keras.ops.convert_to_numpy(array).astype(np.float64) for array in leaving]
