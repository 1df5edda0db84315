"""Everything that determines a training beside its data. Standard library only."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from radiogenomics.errors import InputError
from radiogenomics.models.baseline_settings import BaselineSettings
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.training.families import BASELINES
from radiogenomics.training.variants import VARIANTS, check_models

Choice = Literal["none", "reporting_folds", "inner_folds"]
"""Which folds choose from the grids: none, those that also report (the paper), or inner ones."""

Patients = Literal["all_patients", "training_fold"]
"""Whom something is fitted on: everyone, or only those that a fold does not hold out."""

Cell = Mapping[str, Any]
Grid = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class TrainingConfig:
    """The settings of a run: a protocol with what was overridden.

    Attributes
    ----------
    protocol
        Its name.
    description
        What it does, in words.
    autoencoder, network
        The settings; those in a grid are starting points only.
    autoencoder_grid, network_grid
        For each setting that is searched, its values; empty for no search.
    baseline_settings
        The grids of the baselines; always searched.
    models
        What to train: names of `VARIANTS` and of `BASELINES`.
    folds
        Of the cross-validation over patients.
    choice, inner_folds
        Which folds choose from the grids, and how many inner ones there are.
    repeats
        How often the cross-validation is done, each time with another seed for folds and all else.
        The run's predictions are those of the first; all are in ``repeats.csv``.
    expression_steps
        Whom the gene scaling, the autoencoder and the principal components are fitted on.
    target_scaling
        Among whom each feature's maximum is taken, by which it is divided.
    stacked_fits
        How many fits of a search train in one program, which needs JAX: 1 for each alone, 0 for as
        many as memory holds on a GPU and each alone on a CPU. Fits that train together end as they
        do alone, to float32 tolerance.
    keep_fold_models
        Whether the weights of every fold's models are kept, so that intervals for new patients can
        hold their spread.
    seed
        Of folds, initial weights, shuffles and dropout.
    rater
        Whose measurements to learn; None where the table holds one rater a patient.
    interval_level
        Share of patients that the interval of a prediction is meant to cover.
    """

    protocol: str = "chosen"
    description: str = ""
    autoencoder: AutoencoderSettings = field(default_factory=AutoencoderSettings)
    autoencoder_grid: Grid = field(default_factory=dict)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    network_grid: Grid = field(default_factory=dict)
    baseline_settings: BaselineSettings = field(default_factory=BaselineSettings)
    models: tuple[str, ...] = ("network",)
    folds: int = 10
    choice: Choice = "none"
    inner_folds: int = 3
    repeats: int = 1
    expression_steps: Patients = "all_patients"
    target_scaling: Patients = "training_fold"
    stacked_fits: int = 0
    keep_fold_models: bool = True
    seed: int = 1
    rater: str | None = None
    interval_level: float = 0.9

    def __post_init__(self) -> None:
        check_models(self.models)
        for name, value in (("folds", self.folds), ("inner_folds", self.inner_folds)):
            if value < 2:
                raise InputError(f"{name} is {value}; cross-validation needs 2 or more.")
        if self.repeats < 1:
            raise InputError(f"repeats is {self.repeats}; give 1 or more.")
        if self.stacked_fits < 0:
            raise InputError(f"stacked_fits is {self.stacked_fits}; it must be 0 or more.")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"seed is {self.seed}; it must be from 0 to 4294967295.")
        if not 0 < self.interval_level < 1:
            raise InputError(f"interval_level is {self.interval_level}; it must be in (0, 1).")
        for name, chosen, allowed in (
            ("choice", self.choice, get_args(Choice)),
            ("expression_steps", self.expression_steps, get_args(Patients)),
            ("target_scaling", self.target_scaling, get_args(Patients)),
        ):
            if chosen not in allowed:
                raise InputError(f"{name} is {chosen!r}; use {', '.join(allowed)}.")
        if self.autoencoder.widths != self.network.widths:
            raise InputError(
                f"The autoencoder's widths {self.autoencoder.widths} are not the network's "
                f"{self.network.widths}; its encoder could not start the network."
            )
        self._check_grids()

    def _check_grids(self) -> None:
        for part, grid in (
            ("autoencoder", self.autoencoder_grid),
            ("network", self.network_grid),
        ):
            for name, values in grid.items():
                if not values:
                    raise InputError(f"{part}.grid.{name} is empty; leave it out or give values.")
            if grid and self.choice == "none":
                raise InputError(
                    f'{part}.grid has values but choice is "none"; set choice to inner_folds or '
                    "reporting_folds, or leave out the grid."
                )
        if self.choice == "reporting_folds" and self.expression_steps == "training_fold":
            raise InputError(
                'choice = "reporting_folds" is the paper\'s, where expression_steps are fitted on '
                "all_patients; use inner_folds with training_fold."
            )
        # Every cell is made once, so that an impossible value is refused before hours of work.
        self.autoencoder_cells()
        self.network_cells()

    @property
    def networks(self) -> tuple[str, ...]:
        """The networks among the models."""
        return tuple(name for name in VARIANTS if name in self.models)

    @property
    def baselines(self) -> tuple[str, ...]:
        """The baselines among the models."""
        return tuple(name for name in BASELINES if name in self.models)

    @property
    def lead(self) -> str | None:
        """The network that the grid is searched with; the others share what it chose."""
        return next(iter(self.networks), None)

    @property
    def pretrains(self) -> bool:
        """Whether any network of the run starts from an autoencoder."""
        return any(VARIANTS[name].pretrained for name in self.networks)

    @property
    def baselines_choose_inside(self) -> bool:
        """Whether inner folds choose the baselines' settings, without a fold's held-out patients.

        Else the folds that report choose, as in the paper. A network may have no choice to make; a
        baseline always has one, which is made inside the training fold where the steps before it
        are, too.
        """
        return self.choice == "inner_folds" or self.expression_steps == "training_fold"

    def chosen_by_reporting_folds(self, model: str) -> bool:
        """Whether the folds that report a model's errors choose its settings, too."""
        if model in self.baselines:
            return not self.baselines_choose_inside
        return model in self.networks and self.choice == "reporting_folds"

    def autoencoder_cells(self) -> tuple[AutoencoderSettings, ...]:
        """Return the settings of every cell of the autoencoder's grid; one without a grid."""
        base = asdict(self.autoencoder)
        return tuple(
            AutoencoderSettings(**{**base, **cell}) for cell in _product(self.autoencoder_grid)
        )

    def network_cells(self) -> tuple[NetworkSettings, ...]:
        """Return the settings of every cell of the network's grid; one without a grid."""
        base = asdict(self.network)
        return tuple(NetworkSettings(**{**base, **cell}) for cell in _product(self.network_grid))


def _product(grid: Grid) -> list[dict[str, Any]]:
    return [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
