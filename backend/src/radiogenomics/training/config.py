"""Everything that determines a training beside its data. Standard library only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from radiogenomics.errors import InputError
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of a run; the defaults are the paper's chosen hyperparameters.

    Attributes
    ----------
    autoencoder
        The pre-training; None trains the network from random weights.
    network
        The radiogenomic network.
    folds
        Of the cross-validation over patients.
    seed
        Of folds, initial weights, shuffles and dropout.
    rater
        Whose measurements to learn; None where the table holds one rater a patient.
    interval_level
        Share of patients that the interval of a prediction is meant to cover.
    """

    autoencoder: AutoencoderSettings | None = field(default_factory=AutoencoderSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    folds: int = 10
    seed: int = 1
    rater: str | None = None
    interval_level: float = 0.9

    def __post_init__(self) -> None:
        if self.folds < 2:
            raise InputError(f"folds is {self.folds}; cross-validation needs 2 or more.")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"seed is {self.seed}; it must be from 0 to 4294967295.")
        if not 0 < self.interval_level < 1:
            raise InputError(f"interval_level is {self.interval_level}; it must be in (0, 1).")
        if self.autoencoder is not None and self.autoencoder.widths != self.network.widths:
            raise InputError(
                f"The autoencoder's widths {self.autoencoder.widths} are not the network's "
                f"{self.network.widths}; its encoder could not start the network."
            )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain values for ``config.json``."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingConfig:
        """Rebuild the settings from ``config.json``.

        Raises
        ------
        InputError
            If a setting is unknown or of the wrong kind.
        """
        try:
            given = dict(values)
            for name, kind in (("autoencoder", AutoencoderSettings), ("network", NetworkSettings)):
                if given.get(name) is not None:
                    part = dict(given[name])
                    given[name] = kind(**{**part, "widths": tuple(part["widths"])})
            return cls(**given)
        except (TypeError, KeyError) as error:
            raise InputError(f"The settings cannot be read: {error}.") from error
