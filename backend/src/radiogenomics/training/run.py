"""One training, from its data to the run folder. Loads Keras for networks only."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.study.atomic import write_json
from radiogenomics.study.predictions import Prediction, write_predictions
from radiogenomics.study.progress import Progress, silent
from radiogenomics.training import intervals, run_folder
from radiogenomics.training.baselines import CHOICES
from radiogenomics.training.choices import write_choices
from radiogenomics.training.cohort import Cohort
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.devices import (
    backend_name,
    choose_device,
    gpus,
    out_of_memory_told,
    refuse_gpu,
)
from radiogenomics.training.families import family_of
from radiogenomics.training.floors import record_of_floors
from radiogenomics.training.folds import Fold, fold_numbers
from radiogenomics.training.history import write_history
from radiogenomics.training.manifest import Errors, card_of, manifest_of, record_of, wall_times
from radiogenomics.training.planning import plan_folds
from radiogenomics.training.predictions import prediction_rows
from radiogenomics.training.preparation import ALL, prepare
from radiogenomics.training.repeats import PART, Repeat, repeat_cross_validation, write_repeats
from radiogenomics.training.results import CrossValidation
from radiogenomics.training.search import write_search
from radiogenomics.training.shards import Shards
from radiogenomics.training.stacking import check_stack
from radiogenomics.training.stages import cross_validate
from radiogenomics.training.trained_baseline import save_baseline

# Folders of shards: the final models hold what became of the first three, repeats.csv the others.
_OF_NO_MORE_USE = ("encoder", "final", f"{CHOICES}*", f"{PART}*")

Finish = Callable[[Path, tuple[Prediction, ...]], Errors]
"""Writes into the run folder what is made of the out-of-fold predictions, such as the metrics, and
returns the errors of each model for its card."""


@dataclass(frozen=True)
class RunResult:
    """What a training gives to whoever reports it.

    Attributes
    ----------
    path
        The run folder.
    predictions
        The out-of-fold predictions of all models.
    manifest
        As written to ``manifest.json``.
    """

    path: Path
    predictions: tuple[Prediction, ...]
    manifest: Mapping[str, Any]


def train(
    data: TrainingData,
    out: Path,
    config: TrainingConfig,
    progress: Progress = silent,
    finish: Finish | None = None,
    *,
    device: str = "auto",
    resume: bool = False,
) -> RunResult:
    """Choose, cross-validate, train the final models, and write the run folder.

    Every fit is a shard with a file of its own. A folder without a manifest is of a run that did
    not finish; with ``resume`` the fits that are there are read back, and the run ends as if it had
    never been stopped.

    Parameters
    ----------
    data
        From `read_training_data`.
    out
        The run folder; its name becomes the run id.
    config
        Settings and seed.
    progress
        Told after each epoch.
    finish
        Called with the folder and the out-of-fold predictions before the manifest is written; a
        ``metrics.csv`` that it writes is sealed with the other files.
    device
        ``auto``, ``cpu`` or ``gpu``.
    resume
        Whether to go on with a run that did not finish.

    Raises
    ------
    InputError
        If there are fewer patients than folds, a feature is 0 in all patients that a fold learns
        from, ``out`` holds something, or there is no GPU where one was asked for.
    TrainingError
        If a training that the run rests on diverges, the memory is too small, or a file cannot be
        written.
    StudyError
        If the folder cannot be written.
    """
    folds = plan_folds(data, config)
    record = record_for(data, config, device)
    with run_folder.held(out, record, resume=resume) as finished, out_of_memory_told(out):
        if finished:
            saved = run_folder.load_run(out)
            return RunResult(out, saved.predictions, saved.manifest)
        shards = Shards(out / run_folder.SHARDS, out / run_folder.TIMES)
        shards.clear_unfinished()
        first = Repeat(1, folds, cross_validate(data, folds, config, shards, progress))
        others = repeat_cross_validation(data, config, first.results, shards, progress)
        return _write(data, out, config, (first, *others), record, finish)


def record_for(data: TrainingData, config: TrainingConfig, device: str) -> dict[str, Any]:
    """Return what determines a run on a device, having made the process use that device.

    Raises
    ------
    InputError
        If there is no GPU where one was asked for.
    TrainingError
        If a library that the models need is not installed.
    """
    for name in config.baselines:
        family_of(name, config.baseline_settings)
    if not config.networks:
        refuse_gpu(device)
        return record_of(data, config, "none", "cpu")
    chosen = choose_device(device)
    check_stack(config)
    return record_of(data, config, backend_name(), chosen)


def _write(
    data: TrainingData,
    out: Path,
    config: TrainingConfig,
    repeats: tuple[Repeat, ...],
    record: Mapping[str, Any],
    finish: Finish | None,
) -> RunResult:
    run_id, cohort = out.resolve().name, data.cohort
    folds, results = repeats[0].folds, repeats[0].results
    predictions = _predictions(cohort, folds, results.predicted, config, run_id)
    write_json(out / run_folder.FOLDS, _held_out(cohort, folds))
    write_history(out / run_folder.HISTORY, results.history)
    if results.tried:
        write_search(out / run_folder.SEARCH, results.tried)
    if results.baseline_choices:
        choices = ((each.number, each.results.baseline_choices) for each in repeats)
        write_choices(out / run_folder.CHOSEN, cohort.targets, choices)
    if len(repeats) > 1:
        write_repeats(out / run_folder.REPEATS, cohort, repeats)
    write_predictions(out / run_folder.PREDICTIONS, predictions)
    errors = finish(out, predictions) if finish is not None else {}
    prepared = prepare(data, folds, ALL)
    manifest = manifest_of(
        run_id,
        record,
        config,
        data,
        results,
        prepared.scaler,
        prepared.alignment,
        gpus() if config.networks else [],
        wall_times(out / run_folder.TIMES),
        errors,
    )
    _save_models(out / run_folder.MODELS, cohort, results, manifest)
    write_json(out / run_folder.MODELS / run_folder.CONSTANTS, record_of_floors(cohort, folds))
    manifest["files"] = run_folder.seals(out)
    write_json(out / run_folder.MANIFEST, manifest)
    # Large, and of no use once the models are there.
    for pattern in _OF_NO_MORE_USE:
        for folder in (out / run_folder.SHARDS).glob(pattern):
            shutil.rmtree(folder, ignore_errors=True)
    return RunResult(out, predictions, manifest)


def _save_models(
    folder: Path, cohort: Cohort, results: CrossValidation, manifest: Mapping[str, Any]
) -> None:
    for name, baseline in results.baselines.items():
        save_baseline(folder / name, baseline, cohort.targets, card_of(name, manifest))
    if results.final:
        from radiogenomics.training.saved_model import save_model  # noqa: PLC0415 - loads Keras

        for name, network in results.final.items():
            save_model(folder / name, network, cohort.targets, card_of(name, manifest))


def _predictions(
    cohort: Cohort,
    folds: tuple[Fold, ...],
    predicted: Mapping[str, NDArray[np.float64]],
    config: TrainingConfig,
    run_id: str,
) -> tuple[Prediction, ...]:
    fold_of = fold_numbers(folds)
    rows: list[Prediction] = []
    for model, values in predicted.items():
        widths = intervals.half_width_of_other_folds(
            values - cohort.measured, fold_of, config.interval_level
        )
        rows += prediction_rows(
            cohort.patient_ids,
            cohort.targets,
            values,
            values - widths,
            values + widths,
            model=model,
            run_id=run_id,
            measured=cohort.measured,
            fold_of=fold_of,
        )
    return tuple(rows)


def _held_out(cohort: Cohort, folds: tuple[Fold, ...]) -> dict[str, Any]:
    return {
        "held_out": {
            str(fold.number): [cohort.patient_ids[row] for row in fold.held_out] for fold in folds
        }
    }
