"""All models of a run in turn: networks, baselines, floors. Loads Keras for networks only."""

from __future__ import annotations

import dataclasses

from radiogenomics.study.progress import Progress
from radiogenomics.training.baselines import BaselineStage
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.floors import predict_floors
from radiogenomics.training.folds import Fold
from radiogenomics.training.results import CrossValidation
from radiogenomics.training.shards import Shards


def cross_validate(
    data: TrainingData,
    folds: tuple[Fold, ...],
    config: TrainingConfig,
    shards: Shards,
    progress: Progress,
    *,
    with_final: bool = True,
) -> CrossValidation:
    """Choose, predict the held-out patients, and train on all.

    Parameters
    ----------
    data, folds, config
        What to train.
    shards, progress
        Where results are kept, and who is told.
    with_final
        Whether models trained on all patients are wanted.

    Raises
    ------
    TrainingError
        If a training that the run rests on diverges, or a result cannot be written.
    """
    results = _networks(data, folds, config, shards, progress, with_final)
    stages = {
        name: BaselineStage(name, data, folds, config, shards, progress, with_final).run()
        for name in config.baselines
    }
    return dataclasses.replace(
        results,
        predicted={
            **results.predicted,
            **{name: stage.predicted for name, stage in stages.items()},
            **predict_floors(data.cohort, folds),
        },
        baselines={name: stage.final for name, stage in stages.items() if stage.final is not None},
        baseline_choices=tuple(each for stage in stages.values() for each in stage.choices),
    )


def _networks(
    data: TrainingData,
    folds: tuple[Fold, ...],
    config: TrainingConfig,
    shards: Shards,
    progress: Progress,
    with_final: bool,
) -> CrossValidation:
    if not config.networks:
        return CrossValidation({})
    # It takes seconds to load, and the baselines need none of it.
    from radiogenomics.training.cross_validation import Training  # noqa: PLC0415

    return Training(data, folds, config, shards, progress, with_final=with_final).run()
