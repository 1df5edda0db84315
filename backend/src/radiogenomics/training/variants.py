"""The models that a run can hold, by name. Standard library only."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from radiogenomics.errors import InputError
from radiogenomics.models.settings import NetworkSettings
from radiogenomics.training.families import BASELINES

CONSTANT_MODELS = ("median", "mean", "least_mape")
"""The floors, always part of a run."""


@dataclass(frozen=True)
class Variant:
    """One way to train the radiogenomic network.

    Attributes
    ----------
    pretrained
        Whether the hidden layers start from the autoencoder's encoder.
    dropout
        Whether inputs and hidden units are dropped in training.
    components
        Whether principal components of the expression take the place of the genes and of the first
        hidden layer.
    what
        In words, for a reader.
    """

    pretrained: bool
    dropout: bool
    components: bool
    what: str

    def settings(self, network: NetworkSettings) -> NetworkSettings:
        """Return the settings of this variant, given those of the full network."""
        # With one hidden layer it stays, or nothing would be left to learn a bend with.
        widths = network.widths[1:] or network.widths if self.components else network.widths
        dropout = network.dropout if self.dropout else 0.0
        return dataclasses.replace(network, widths=widths, dropout=dropout)


VARIANTS: dict[str, Variant] = {
    "network": Variant(True, True, False, "pre-training and dropout: the paper's full network"),
    "network_pretrained": Variant(True, False, False, "pre-training, no dropout"),
    "network_plain": Variant(False, False, False, "neither pre-training nor dropout"),
    "network_pca": Variant(
        False,
        True,
        True,
        "principal component scores, as many as the autoencoder's code has units (at most one "
        "less than the patients of the fit), divided by the range of the first, in place of the "
        "genes and the first hidden layer; then the later layers with dropout",
    ),
}


def what_is(model: str) -> str:
    """Say in words what a network or a baseline is."""
    return VARIANTS[model].what if model in VARIANTS else BASELINES[model].what


def model_names() -> tuple[str, ...]:
    """Return the models that can be asked for, in the order of every table."""
    return (*VARIANTS, *BASELINES)


def parse_models(text: str) -> tuple[str, ...]:
    """Read a list such as ``network,linear,median``; constants may be named or not.

    Returns
    -------
    tuple of str
        Networks and baselines in the order of `model_names`, each once.

    Raises
    ------
    InputError
        If a name is unknown, or none but constants is given.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    check_models([name for name in names if name not in CONSTANT_MODELS])
    return tuple(name for name in model_names() if name in names)


def check_models(names: Sequence[str]) -> None:
    """Refuse names of no network and no baseline.

    Raises
    ------
    InputError
        With the names that are close.
    """
    known = model_names()
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, [*known, *CONSTANT_MODELS])
            hint = f"did you mean {' or '.join(close)}?" if close else f"use {', '.join(known)}."
            raise InputError(f"{name!r} is no model; {hint}")
    if not names:
        raise InputError(
            f"No model is named that learns; choose one or more of {', '.join(known)}. The "
            f"constants {', '.join(CONSTANT_MODELS)} are always there."
        )
