"""Cross-validation again with other folds, to tell how much of a result is the luck of one split.

A repeat is the whole cross-validation under another seed: other folds, other initial weights,
shuffles and dropout, other encoders. What is chosen inside the training folds is chosen anew. What
the folds that report have chosen for the networks is kept from the first time, where it was chosen
on all patients; the baselines choose anew. Models for new patients are those of the first time.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.study.atomic import write_text
from radiogenomics.study.progress import Progress
from radiogenomics.training.cohort import Cohort
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.folds import Fold, fold_numbers, make_folds
from radiogenomics.training.preparation import ALL
from radiogenomics.training.results import CrossValidation
from radiogenomics.training.shards import Shards
from radiogenomics.training.stages import cross_validate

Settings = TypeVar("Settings", AutoencoderSettings, NetworkSettings)

PART = "repeat-"
"""How the folders of their shards begin."""

COLUMNS = ("patient_id", "roi", "feature", "model", "repeat", "fold", "measured", "predicted")


@dataclasses.dataclass(frozen=True)
class Repeat:
    """The cross-validation of one repeat.

    Attributes
    ----------
    number
        From 1; the first is the run's own.
    folds
        The division of the patients.
    results
        What came out.
    """

    number: int
    folds: tuple[Fold, ...]
    results: CrossValidation


def numbers_of_repeats(config: TrainingConfig) -> range:
    """Return the numbers of the repeats after the first."""
    return range(2, config.repeats + 1)


def config_of_repeat(
    config: TrainingConfig, number: int, first: CrossValidation | None = None
) -> TrainingConfig:
    """Return the settings of a repeat.

    Parameters
    ----------
    config
        Of the run.
    number
        Of the repeat, from 2.
    first
        What the first cross-validation chose for the networks; None while it is not known.
    """
    seed = int(np.random.SeedSequence([config.seed, number]).generate_state(1)[0])
    own = dataclasses.replace(config, seed=seed, repeats=1, keep_fold_models=False)
    if first is None or config.choice != "reporting_folds":
        return own
    autoencoder, network = (first.chosen.get(part, {}) for part in ("autoencoder", "network"))
    return dataclasses.replace(
        own,
        autoencoder=_kept(autoencoder, config.autoencoder),
        autoencoder_grid={},
        network=_kept(network, config.network),
        network_grid={},
    )


def repeat_cross_validation(
    data: TrainingData,
    config: TrainingConfig,
    first: CrossValidation,
    shards: Shards,
    progress: Progress,
) -> tuple[Repeat, ...]:
    """Do the cross-validation again as often as the settings say, each time in its own shards.

    Raises
    ------
    TrainingError
        As `cross_validate`.
    """
    repeats = []
    for number in numbers_of_repeats(config):
        own = config_of_repeat(config, number, first)
        folds = make_folds(len(data.cohort.patient_ids), own.folds, own.seed)
        kept = shards.within(f"{PART}{number:02d}")
        told = _Told(progress, f"repeat {number} of {config.repeats}")
        results = cross_validate(data, folds, own, kept, told, with_final=False)
        repeats.append(Repeat(number, folds, results))
    return tuple(repeats)


def write_repeats(path: Path, cohort: Cohort, repeats: tuple[Repeat, ...]) -> None:
    """Write the out-of-fold predictions of all repeats, the first among them: see `COLUMNS`.

    Values are in the targets' units, as in ``predictions.csv``.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for repeat in repeats:
        fold_of = fold_numbers(repeat.folds)
        for model, predicted in repeat.results.predicted.items():
            writer.writerows(_rows(cohort, repeat.number, fold_of, model, predicted))
    write_text(path, buffer.getvalue())


def _rows(
    cohort: Cohort,
    repeat: int,
    fold_of: NDArray[np.intp],
    model: str,
    predicted: NDArray[np.float64],
) -> list[tuple[object, ...]]:
    return [
        (
            name,
            target.roi,
            target.feature,
            model,
            repeat,
            int(fold_of[row]),
            repr(float(cohort.measured[row, column])),
            repr(float(predicted[row, column])),
        )
        for row, name in enumerate(cohort.patient_ids)
        for column, target in enumerate(cohort.targets)
    ]


def _kept(
    chosen: Mapping[int, AutoencoderSettings | NetworkSettings], otherwise: Settings
) -> Settings:
    found = chosen.get(ALL, otherwise)
    return found if isinstance(found, type(otherwise)) else otherwise


@dataclasses.dataclass(frozen=True)
class _Told:
    """Tells a `Progress` under the name of the repeat."""

    progress: Progress
    repeat: str

    def __call__(self, stage: str, done: int, total: int, message: str) -> None:
        self.progress(f"{self.repeat}: {stage}", done, total, message)
