"""The autoencoder that learns a short code of the expression, as in the paper."""

from __future__ import annotations

from radiogenomics.models.backend import keras
from radiogenomics.models.descent import decaying_descent
from radiogenomics.models.settings import AutoencoderSettings


def encoder_layer_name(position: int) -> str:
    """Return the name that the layer has in the autoencoder and in the network, counted from 1."""
    return f"encoder_{position}"


def build_autoencoder(n_genes: int, settings: AutoencoderSettings) -> keras.Model:
    """Build and compile it: genes - widths - mirrored widths - genes, mean squared error.

    The last layer has the activation of the others: the paper names one activation for the whole
    autoencoder, and its inputs lie within [-1, 1], which tanh reaches.

    Parameters
    ----------
    n_genes
        Width of input and output.
    settings
        Widths, activation and descent.
    """
    genes = keras.Input((n_genes,), name="expression")
    code = genes
    for position, width in enumerate(settings.widths, start=1):
        code = keras.layers.Dense(
            width, activation=settings.activation, name=encoder_layer_name(position)
        )(code)
    decoded = code
    for position, width in enumerate((*settings.widths[-2::-1], n_genes), start=1):
        decoded = keras.layers.Dense(
            width, activation=settings.activation, name=f"decoder_{position}"
        )(decoded)
    model = keras.Model(genes, decoded, name="autoencoder")
    model.compile(
        optimizer=decaying_descent(settings.learning_rate, settings.decay, settings.momentum),
        loss="mean_squared_error",
        # XLA is slower than oneDNN for ten rows on a CPU (17 ms against 13 a step).
        jit_compile=False,
    )
    return model
