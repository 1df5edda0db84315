"""What the stages of a training give to one another and to the run folder. Imports no Keras."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.training.choices import BaselineChoice
from radiogenomics.training.history import Epoch
from radiogenomics.training.search import Tried
from radiogenomics.training.trained_baseline import TrainedBaseline

if TYPE_CHECKING:
    from radiogenomics.training.trained import TrainedNetwork


@dataclass(frozen=True)
class CrossValidation:
    """What came out of the held-out patients, and the models for new ones.

    Attributes
    ----------
    predicted
        For each model, float64 of shape ``(n_patients, n_targets)`` in the targets' units; each
        row by a model that was trained without that patient.
    final
        The network of each name, trained on all patients.
    baselines
        The baseline of each name, fitted on all patients.
    history
        The losses of every epoch of the fits that are reported.
    tried
        Every fit of the searches of networks.
    chosen
        Settings by ``autoencoder`` or ``network`` and scope.
    baseline_choices
        What the baselines chose.
    """

    predicted: Mapping[str, NDArray[np.float64]]
    final: Mapping[str, TrainedNetwork] = field(default_factory=dict)
    baselines: Mapping[str, TrainedBaseline] = field(default_factory=dict)
    history: tuple[Epoch, ...] = ()
    tried: tuple[Tried, ...] = ()
    chosen: Mapping[str, Mapping[int, AutoencoderSettings | NetworkSettings]] = field(
        default_factory=dict
    )
    baseline_choices: tuple[BaselineChoice, ...] = ()
