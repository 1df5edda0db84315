"""The radiogenomic network: expression in, scaled shape features out, as in the paper."""

from __future__ import annotations

from typing import Any

from radiogenomics.models.autoencoder import encoder_layer_name
from radiogenomics.models.backend import keras
from radiogenomics.models.descent import decaying_descent
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


def dense_layers(model: keras.Model) -> list[Any]:
    """Return the layers that have weights, from the input to the output."""
    return [layer for layer in model.layers if isinstance(layer, keras.layers.Dense)]


def _constrained(nonnegative: bool) -> dict[str, Any]:
    if not nonnegative:
        return {}
    return {
        "kernel_constraint": keras.constraints.NonNeg(),
        "bias_constraint": keras.constraints.NonNeg(),
    }
