"""What a run gives as evidence: its predictions side by side, its losses, and who is compared."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.evaluation.aligned import Aligned, align
from radiogenomics.evaluation.calibration import Calibration, calibration
from radiogenomics.evaluation.comparison import Comparison, compare_models
from radiogenomics.evaluation.permutation import Chance, better_than_chance, can_be_exchanged
from radiogenomics.evaluation.power import Power, power_of
from radiogenomics.evaluation.repeats import Repeats, read_repeats, summarise_repeats
from radiogenomics.evaluation.report.naming import ModelStyle, in_order, style_of
from radiogenomics.evaluation.verdict import lead_of, reference_of
from radiogenomics.models.constants import CENTRES
from radiogenomics.study.progress import Progress, silent
from radiogenomics.training import run_folder
from radiogenomics.training.run_folder import SavedRun

MEDIAN = "median"
Array = NDArray[np.float64]

_HISTORY_COLUMNS = {"model", "fold", "epoch", "training_loss", "validation_loss"}


@dataclass(frozen=True)
class LearningCurve:
    """The losses of one model in its folds.

    Attributes
    ----------
    model
        Whose.
    training, validation
        ``(n_folds, n_epochs)``; NaN where a fit ended early.
    """

    model: str
    training: Array
    validation: Array


@dataclass(frozen=True)
class Thoroughness:
    """How much is simulated: draws of the bootstrap, permutations, cohorts for the power."""

    resamples: int = 9999
    permutations: int = 9999
    simulations: int = 500


@dataclass(frozen=True)
class Evidence:
    """A run, read for its report.

    Attributes
    ----------
    run
        As it was read back.
    aligned
        Its out-of-fold predictions of measured values, models side by side.
    models
        In the order of the tables.
    lead
        The model that the report speaks of: the paper's network where there is one.
    reference
        With whom all are compared: the linear model as in the paper, or the training median.
    comparisons
        Of each other model with the reference.
    floors
        Of the lead with each floor.
    powers
        By whom the lead is compared with, reference or median: what such a cohort can show.
    chances
        By model, for those that learn: whether it is better than chance; without those of which
        no fold has two patients to exchange.
    calibrations
        Of every model and feature.
    repeats
        Of the cross-validation; None where the run was not repeated.
    curves
        By model, where the run trained networks in folds.
    autoencoder_loss
        Training loss of the autoencoder on all patients after its last epoch; None without one.
    """

    run: SavedRun
    aligned: Aligned
    models: tuple[ModelStyle, ...]
    lead: ModelStyle
    reference: ModelStyle
    comparisons: Mapping[str, Comparison]
    floors: Mapping[str, Comparison]
    powers: Mapping[str, Power]
    chances: Mapping[str, Chance]
    calibrations: tuple[Calibration, ...]
    repeats: Repeats | None
    curves: Mapping[str, LearningCurve]
    autoencoder_loss: float | None

    @property
    def lead_comparison(self) -> Comparison:
        """The lead against the reference."""
        return self.comparisons[self.lead.name]


def gather(
    run: SavedRun, progress: Progress = silent, thoroughness: Thoroughness | None = None
) -> Evidence:
    """Compare the models of a run, test and check them, and read its losses.

    Raises
    ------
    InputError
        If the run holds no floor or nothing beside floors, or a file of it cannot be read.
    """
    effort = thoroughness or Thoroughness()
    aligned = align(run.predictions)
    lead, reference = _roles(run)
    comparisons, floors = _compare(aligned, lead, reference, progress, effort.resamples)
    learnt = [name for name in aligned.models if name not in CENTRES]
    powers = {
        name: power_of(
            aligned, lead, name, simulations=effort.simulations, progress=_called(progress, name)
        )
        for name in dict.fromkeys((reference, MEDIAN))
    }
    curves, autoencoder = _losses(run.path / run_folder.HISTORY)
    return Evidence(
        run=run,
        aligned=aligned,
        models=in_order(aligned.models),
        lead=style_of(lead),
        reference=style_of(reference),
        comparisons=comparisons,
        floors=floors,
        powers=powers,
        chances={
            name: better_than_chance(aligned, name, permutations=effort.permutations)
            for name in learnt
            if can_be_exchanged(aligned, name)
        },
        calibrations=calibration(run.predictions),
        repeats=_repeats(run.path / run_folder.REPEATS),
        curves=curves,
        autoencoder_loss=autoencoder,
    )


def _roles(run: SavedRun) -> tuple[str, str]:
    """Return who leads the report and with whom everyone is compared."""
    if set(run.models) <= set(CENTRES) or MEDIAN not in run.models:
        raise InputError(
            f"{run.path} predicts with {', '.join(run.models)} only; a report needs a model that "
            "learns and the training median beside it. Train anew with this version."
        )
    return lead_of(run.models), reference_of(run.models)


def _compare(
    aligned: Aligned, lead: str, reference: str, progress: Progress, resamples: int
) -> tuple[dict[str, Comparison], dict[str, Comparison]]:
    """Compare each other model with the reference, and the lead with each floor."""
    pairs = [(name, reference) for name in aligned.models if name != reference]
    pairs += [(lead, name) for name in CENTRES if name in aligned.models and name != reference]
    found = {}
    for done, (model, other) in enumerate(pairs):
        progress("tests", done, len(pairs), f"{model} against {other}")
        found[model, other] = compare_models(aligned, model, other, resamples=resamples)
    progress("tests", len(pairs), len(pairs), "")
    return (
        {model: each for (model, other), each in found.items() if other == reference},
        {
            other: each
            for (model, other), each in found.items()
            if model == lead and other in CENTRES
        },
    )


def _called(progress: Progress, reference: str) -> Progress:
    """Tell of a power under a stage of its own."""

    def told(stage: str, done: int, total: int, message: str) -> None:
        progress(f"{stage} against {reference}", done, total, message)

    return told


def _repeats(path: Path) -> Repeats | None:
    return summarise_repeats(read_repeats(path)) if path.exists() else None


def _losses(path: Path) -> tuple[dict[str, LearningCurve], float | None]:
    if not path.exists():
        return {}, None
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
        missing = _HISTORY_COLUMNS - set(reader.fieldnames or ())
        if missing:
            raise InputError(f"{path} lacks the columns {', '.join(sorted(missing))}.")
        folds: dict[str, dict[str, list[tuple[float, float]]]] = {}
        autoencoder = None
        for row in reader:
            training = float(row["training_loss"])
            if row["fold"] and row["validation_loss"]:
                own = folds.setdefault(row["model"], {}).setdefault(row["fold"], [])
                own.append((training, float(row["validation_loss"])))
            elif row["model"] == "autoencoder" and not row["fold"]:
                autoencoder = training
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"Cannot read the losses {path}: {error}.") from error
    return {model: _curve(model, own) for model, own in folds.items()}, autoencoder


def _curve(model: str, folds: Mapping[str, list[tuple[float, float]]]) -> LearningCurve:
    epochs = max(map(len, folds.values()))
    losses = np.full((len(folds), epochs, 2), np.nan)
    for row, own in enumerate(folds.values()):
        losses[row, : len(own)] = own
    return LearningCurve(model, losses[..., 0], losses[..., 1])
