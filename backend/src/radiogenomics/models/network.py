"""The radiogenomic network: expression in, scaled shape features out, as in the paper."""

from __future__ import annotations

from typing import Any

from radiogenomics.models.autoencoder import encoder_layer_name
from radiogenomics.models.backend import keras
from radiogenomics.models.descent import decaying_descent
from radiogenomics.models.initial import Weights, dense_layers
from radiogenomics.models.settings import NetworkSettings


def build_network(
    n_genes: int, n_targets: int, settings: NetworkSettings, *, compiled: bool = True
) -> keras.Model:
    """Build the network: genes - widths with ReLU - targets, mean absolute error.

    The output layer is linear. With nonnegative output weights and ReLU below, predictions are
    nonnegative without a ReLU on top; and a ReLU there dies: an output whose weights and bias have
    reached zero has no gradient to come back by. On 66 TCGA patients, in three folds at the
    paper's hyperparameters, 9, 5 and 1 of the 20 outputs ended at zero with it; without it, none of
    the predictions of all ten folds is zero.

    Parameters
    ----------
    n_genes, n_targets
        Widths of the input and the output.
    settings
        Widths, dropout, constraint and descent.
    compiled
        Whether it is made ready for training, with an optimizer.
    """
    genes = keras.Input((n_genes,), name="expression")
    code = genes
    hidden = _constrained(settings.nonnegative == "all")
    for position, width in enumerate(settings.widths, start=1):
        code = keras.layers.Dropout(settings.dropout, name=f"dropout_{position}")(code)
        code = keras.layers.Dense(
            width, activation="relu", name=encoder_layer_name(position), **hidden
        )(code)
    code = keras.layers.Dropout(settings.dropout, name="dropout_output")(code)
    features = keras.layers.Dense(
        n_targets,
        activation="linear",
        name="features",
        **_constrained(settings.nonnegative in ("all", "output")),
    )(code)
    model = keras.Model(genes, features, name="network")
    if compiled:
        model.compile(
            optimizer=decaying_descent(settings.learning_rate, settings.decay, settings.momentum),
            loss="mean_absolute_error",
            jit_compile=False,  # see the autoencoder
        )
    return model


def with_encoder(network: keras.Model, weights: Weights, encoder: dict[str, Weights]) -> Weights:
    """Return the network's starting weights with those of the encoder in its hidden layers.

    Parameters
    ----------
    network
        Names the layers.
    weights
        Of the whole network, in the order of ``network.get_weights()``; left unchanged.
    encoder
        Kernel and bias of each encoder layer by name, from `encoder_weights`.

    Raises
    ------
    ValueError
        If a layer of the encoder is not in the network, or has another shape there.
    """
    names = [layer.name for layer in dense_layers(network)]
    started = list(weights)
    for name, arrays in encoder.items():
        at = 2 * names.index(name)
        for offset, array in enumerate(arrays):
            if started[at + offset].shape != array.shape:
                raise ValueError(
                    f"{name} has the shape {array.shape} in the autoencoder and "
                    f"{started[at + offset].shape} in the network"
                )
            started[at + offset] = array
    return started


def encoder_weights(autoencoder: keras.Model) -> dict[str, Weights]:
    """Return kernel and bias of each encoder layer of an autoencoder, by the layer's name."""
    prefix = encoder_layer_name(0)[:-1]
    return {
        layer.name: layer.get_weights()
        for layer in dense_layers(autoencoder)
        if layer.name.startswith(prefix)
    }


def _constrained(nonnegative: bool) -> dict[str, Any]:
    if not nonnegative:
        return {}
    return {
        "kernel_constraint": keras.constraints.NonNeg(),
        "bias_constraint": keras.constraints.NonNeg(),
    }
