"""Predictions of a finished run for patients with expression. Loads Keras for networks only."""

from __future__ import annotations

import difflib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.expression import Alignment, ExpressionMatrix
from radiogenomics.models.constants import ConstantPredictor
from radiogenomics.study.predictions import Prediction
from radiogenomics.training import intervals, run_folder
from radiogenomics.training.families import BASELINES
from radiogenomics.training.predictions import prediction_rows
from radiogenomics.training.run_folder import SavedRun
from radiogenomics.training.shards import Shard, fold_shard, read_shard
from radiogenomics.training.targets import Target
from radiogenomics.training.trained_baseline import TrainedBaseline, load_baseline
from radiogenomics.training.variants import CONSTANT_MODELS


@dataclass(frozen=True)
class Predicted:
    """The predictions and how they came about.

    Attributes
    ----------
    predictions
        Of all patients of the matrix, in its order.
    trained
        Patients that the run was trained on: theirs are the out-of-fold predictions.
    new
        The other patients: theirs are the final model's.
    alignment
        How the genes of the new patients were aligned; None where there is none, or only constants
        predicted.
    with_spread
        Whether the intervals of new patients hold the spread of the fold models.
    """

    predictions: tuple[Prediction, ...]
    trained: tuple[str, ...]
    new: tuple[str, ...]
    alignment: Alignment | None
    with_spread: bool


class _Fitted(Protocol):
    """A network or a baseline."""

    def predict(self, expression: ExpressionMatrix) -> tuple[NDArray[np.float64], Alignment]: ...


@dataclass(frozen=True)
class _Answer:
    """What one model says about new patients: the final model, and each fold's where kept."""

    targets: tuple[Target, ...]
    final: NDArray[np.float64]
    by_fold: NDArray[np.float64] | None
    alignment: Alignment | None


def predict_patients(
    run: SavedRun, expression: ExpressionMatrix, models: Sequence[str] = ()
) -> Predicted:
    """Predict the features of every patient in the matrix.

    A patient that the run was trained on gets its out-of-fold prediction back, never the final
    model's, which has seen its measurements.

    Parameters
    ----------
    run
        A finished run.
    expression
        As it was read; genes are found by name.
    models
        Whose predictions to give; all of the run if empty.

    Raises
    ------
    InputError
        If the matrix lacks genes of a model, or the run has no such model.
    TrainingError
        If a saved model cannot be read or was altered.
    """
    for name in models:
        if name not in run.models:
            close = difflib.get_close_matches(name, run.models)
            raise InputError(
                f"The run {run.path} has no model {name!r}"
                + (f"; did you mean {close[0]}? " if close else ". ")
                + f"It has {', '.join(run.models)}."
            )
    wanted = [name for name in run.models if not models or name in models]
    saved: dict[str, list[Prediction]] = {}
    for prediction in run.predictions:
        of_patient = saved.setdefault(prediction.patient_id, [])
        if prediction.model in wanted:
            of_patient.append(prediction)
    new = tuple(name for name in expression.patient_ids if name not in saved)
    final: dict[str, list[Prediction]] = {name: [] for name in new}
    alignment, with_spread = None, True
    for model in wanted if new else ():
        answer = _answer(run, model, expression.rows(new))
        alignment = answer.alignment or alignment
        with_spread = with_spread and answer.by_fold is not None
        for row in _rows(run, model, answer, new):
            final[row.patient_id].append(row)
    rows = [
        row
        for name in expression.patient_ids
        for row in (saved[name] if name in saved else final[name])
    ]
    trained = tuple(name for name in expression.patient_ids if name in saved)
    return Predicted(tuple(rows), trained, new, alignment, with_spread)


def _rows(run: SavedRun, model: str, answer: _Answer, new: Sequence[str]) -> list[Prediction]:
    errors, fold_of = _out_of_fold_errors(run, model, answer.targets)
    level = run.config.interval_level
    if answer.by_fold is None:
        width = intervals.half_width(errors, level)
        lower, upper = answer.final - width, answer.final + width
    else:
        lower, upper = intervals.cv_plus(answer.by_fold, fold_of, errors, level)
    return prediction_rows(
        new, answer.targets, answer.final, lower, upper, model=model, run_id=run.run_id
    )


def _answer(run: SavedRun, model: str, expression: ExpressionMatrix) -> _Answer:
    if model in CONSTANT_MODELS:
        return _constant_answer(run, model, len(expression.patient_ids))
    fitted, targets = _load(run, model)
    final, alignment = fitted.predict(expression)
    by_fold = []
    for fold in range(1, run.config.folds + 1):
        of_fold = _fold_model(run, model, fold)
        if of_fold is None:
            return _Answer(targets, final, None, alignment)
        by_fold.append(of_fold.predict(expression)[0])
    return _Answer(targets, final, np.array(by_fold), alignment)


def _constant_answer(run: SavedRun, model: str, n_patients: int) -> _Answer:
    path = run.path / run_folder.MODELS / run_folder.CONSTANTS
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        targets = tuple(Target(**each) for each in values["features"])
        final, *by_fold = (
            ConstantPredictor(np.array(each)).predict(n_patients)
            for each in (values[model]["final"], *values[model]["folds"])
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(f"{path} cannot be read: {error}. Train anew.") from error
    return _Answer(targets, final, np.array(by_fold), None)


def _load(run: SavedRun, model: str) -> tuple[_Fitted, tuple[Target, ...]]:
    folder = run.path / run_folder.MODELS / model
    if model in BASELINES:
        return load_baseline(model, folder)
    from radiogenomics.training.saved_model import load_model  # noqa: PLC0415 - loads Keras

    return load_model(folder)


def _fold_model(run: SavedRun, model: str, fold: int) -> _Fitted | None:
    path = run_folder.check_shard(run, f"{run_folder.SHARDS}/{fold_shard(model, fold)}.npz")
    shard = None if path is None else read_shard(path)
    # Without these it holds what the fold's model predicted, and the model was not kept.
    if shard is None or not {"baseline", "settings"} & set(shard.values):
        return None
    return _rebuilt(model, shard)


def _rebuilt(model: str, shard: Shard) -> _Fitted:
    if model in BASELINES:
        return TrainedBaseline.from_shard(shard)
    from radiogenomics.training.trained import TrainedNetwork  # noqa: PLC0415 - loads Keras

    return TrainedNetwork.from_shard(shard)


def _out_of_fold_errors(
    run: SavedRun, model: str, targets: tuple[Target, ...]
) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the errors ``(n_patients, n_targets)`` and each patient's fold ``(n_patients,)``."""
    column = {(target.roi, target.feature): at for at, target in enumerate(targets)}
    own = [one for one in run.predictions if one.model == model and one.measured is not None]
    names = list(dict.fromkeys(one.patient_id for one in own))
    row = {name: at for at, name in enumerate(names)}
    errors = np.zeros((len(names), len(targets)))
    fold_of = np.zeros(len(names), dtype=np.intp)
    for one in own:
        errors[row[one.patient_id], column[one.roi, one.feature]] = one.predicted - float(
            one.measured or 0.0
        )
        fold_of[row[one.patient_id]] = one.fold or 0
    return errors, fold_of
