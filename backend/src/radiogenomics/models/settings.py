"""What can be chosen about the models. Standard library only, so the command line starts fast.

The defaults are the values that the paper chose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from radiogenomics.errors import InputError

Nonnegative = Literal["all", "output", "none"]
"""Which weights and biases are held nonnegative. ``output`` is enough for nonnegative predictions,
since the hidden layers end in ReLU; ``all`` is the paper's text."""

Activation = Literal["tanh", "sigmoid"]

PAPER_WIDTHS = (2000, 1000, 500)


@dataclass(frozen=True)
class AutoencoderSettings:
    """The autoencoder and its training.

    Attributes
    ----------
    widths
        Units of the encoder's layers; the decoder mirrors them.
    activation
        Of every layer, the last one too: standardised expression lies within [-1, 1].
    learning_rate, decay
        The rate of update t, counted from 0, is ``learning_rate / (1 + decay * t)``.
    momentum, batch_size, epochs
        Of stochastic gradient descent.
    """

    widths: tuple[int, ...] = PAPER_WIDTHS
    activation: Activation = "tanh"
    learning_rate: float = 0.2
    decay: float = 1e-5
    momentum: float = 0.2
    batch_size: int = 10
    epochs: int = 200

    def __post_init__(self) -> None:
        _check_descent("autoencoder", self)
        if self.activation not in get_args(Activation):
            raise InputError(f"autoencoder.activation is {self.activation!r}; use tanh or sigmoid.")


@dataclass(frozen=True)
class NetworkSettings:
    """The radiogenomic network and its training.

    Attributes
    ----------
    widths
        Units of the hidden layers, which end in ReLU.
    dropout
        Fraction of the input and of each hidden layer that is dropped in training.
    nonnegative
        Which weights and biases are held nonnegative.
    learning_rate, decay, momentum, batch_size, epochs
        As in `AutoencoderSettings`.
    """

    widths: tuple[int, ...] = PAPER_WIDTHS
    dropout: float = 0.25
    nonnegative: Nonnegative = "all"
    learning_rate: float = 0.3
    decay: float = 5e-5
    momentum: float = 0.5
    batch_size: int = 10
    epochs: int = 200

    def __post_init__(self) -> None:
        _check_descent("network", self)
        if not 0 <= self.dropout < 1:
            raise InputError(f"network.dropout is {self.dropout}; it must be from 0 to below 1.")
        if self.nonnegative not in get_args(Nonnegative):
            raise InputError(
                f"network.nonnegative is {self.nonnegative!r}; use all, output or none."
            )


def _check_descent(name: str, settings: AutoencoderSettings | NetworkSettings) -> None:
    if not settings.widths or any(width < 1 for width in settings.widths):
        raise InputError(f"{name}.widths are {settings.widths}; each must be 1 or more.")
    if not (math.isfinite(settings.learning_rate) and settings.learning_rate > 0):
        raise InputError(f"{name}.learning_rate is {settings.learning_rate}; it must be above 0.")
    if not (math.isfinite(settings.decay) and settings.decay >= 0):
        raise InputError(f"{name}.decay is {settings.decay}; it must be 0 or more.")
    if not 0 <= settings.momentum < 1:
        raise InputError(f"{name}.momentum is {settings.momentum}; it must be from 0 to below 1.")
    if settings.batch_size < 1 or settings.epochs < 1:
        raise InputError(
            f"{name}.batch_size is {settings.batch_size} and {name}.epochs {settings.epochs}; "
            "both must be 1 or more."
        )
