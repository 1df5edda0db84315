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
from radiogenomics.evaluation.comparison import Comparison, compare_models
from radiogenomics.evaluation.report.naming import ModelStyle, in_order, lead_of
from radiogenomics.models.constants import CENTRES
from radiogenomics.study.progress import Progress, silent
from radiogenomics.training import run_folder
from radiogenomics.training.run_folder import SavedRun

LINEAR, MEDIAN = "linear", "median"
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
    curves: Mapping[str, LearningCurve]
    autoencoder_loss: float | None

    @property
    def lead_comparison(self) -> Comparison:
        """The lead against the reference."""
        return self.comparisons[self.lead.name]


def gather(run: SavedRun, progress: Progress = silent) -> Evidence:
    """Compare the models of a run and read its losses.

    Raises
    ------
    InputError
        If the run holds no floor or nothing beside floors, or its losses cannot be read.
    """
    aligned = align(run.predictions)
    models = in_order(aligned.models)
    lead, reference = _roles(run, models)
    others = [model.name for model in models if model.name != reference.name]
    floors: list[str] = [
        name for name in CENTRES if name in aligned.models and name != reference.name
    ]
    total = len(others) + len(floors)
    comparisons = {}
    for done, name in enumerate(others):
        progress("tests", done, total, f"{name} against {reference.name}")
        comparisons[name] = compare_models(aligned, name, reference.name)
    against: dict[str, Comparison] = {}
    for done, name in enumerate(floors, start=len(others)):
        progress("tests", done, total, f"{lead.name} against {name}")
        against[name] = compare_models(aligned, lead.name, name)
    if reference.is_floor:
        against[reference.name] = comparisons[lead.name]
    progress("tests", total, total, "")
    curves, autoencoder = _losses(run.path / run_folder.HISTORY)
    return Evidence(
        run, aligned, models, lead, reference, comparisons, against, curves, autoencoder
    )


def _roles(run: SavedRun, models: tuple[ModelStyle, ...]) -> tuple[ModelStyle, ModelStyle]:
    """Return who leads the report and with whom everyone is compared."""
    by_name = {model.name: model for model in models}
    lead = lead_of(models)
    if lead is None or MEDIAN not in by_name:
        raise InputError(
            f"{run.path} predicts with {', '.join(by_name)} only; a report needs a model that "
            "learns and the training median beside it. Train anew with this version."
        )
    linear = by_name.get(LINEAR)
    return lead, linear if linear is not None and linear is not lead else by_name[MEDIAN]


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
