"""The stage of the baselines: chosen, cross-validated and fitted, in shards. Imports no Keras.

Where the folds that report also choose, as in the paper, one choice on all patients gives the
predictions of every fold and the final fit. Else each fold has a choice of its own among the
patients that it learns from, and the final fit one on all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from radiogenomics.errors import TrainingError
from radiogenomics.models.regression import Matrix, Regressor, Rows
from radiogenomics.study.progress import Progress
from radiogenomics.training.choices import BaselineChoice
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.families import BASELINES, family_of
from radiogenomics.training.folds import Fold
from radiogenomics.training.preparation import (
    ALL,
    choosing_folds,
    expression_scope,
    maximum_of,
    prepare,
)
from radiogenomics.training.shards import Shard, Shards, fold_shard
from radiogenomics.training.trained_baseline import TrainedBaseline, arrays_of, parts_of

# The first word of a choice's seed, after those of the networks' fits.
_BASELINE = 5

# In how many steps the stage is told.
_STEPS = 1000

CHOICES = "baseline-"
"""How the folders of shards begin that are of no use once the run is written."""


@dataclass(frozen=True)
class CrossValidatedBaseline:
    """What one baseline predicts, and its fit on all patients.

    Attributes
    ----------
    predicted
        ``(n_patients, n_targets)`` in the targets' units, each row by a fit without that patient.
    final
        Fitted on all patients; None where it was not asked for.
    choices
        What was chosen, in each scope.
    """

    predicted: Matrix
    final: TrainedBaseline | None
    choices: tuple[BaselineChoice, ...]


@dataclass(frozen=True)
class BaselineStage:
    """The work on one baseline; every choice is a shard, read back where it is there already.

    Attributes
    ----------
    model
        One of `BASELINES`.
    data, folds, config
        What to fit.
    shards, progress
        Where results are kept, and who is told.
    with_final
        Whether a fit on all patients is wanted.
    """

    model: str
    data: TrainingData
    folds: tuple[Fold, ...]
    config: TrainingConfig
    shards: Shards
    progress: Progress
    with_final: bool = True

    def run(self) -> CrossValidatedBaseline:
        """Choose the settings, predict the held-out patients, fit on all.

        Raises
        ------
        TrainingError
            If a prediction is not a finite number, or a result cannot be written.
        """
        inside = self.config.baselines_choose_inside
        scopes = [fold.number for fold in self.folds] if inside else []
        if self.with_final or not inside:
            scopes.append(ALL)
        predicted = np.empty_like(self.data.cohort.measured)
        choices, final = [], None
        for done, number in enumerate(scopes):
            scope = self._scope(number, done / len(scopes), (done + 1) / len(scopes))
            choices.append(scope.choice)
            for fold, fitted in scope.held_out(self.folds, inside=inside):
                predicted[fold.held_out] = self._predict(fold, fitted, scope)
            if number == ALL and self.with_final:
                final = scope.final
        choices.sort(key=lambda choice: choice.scope)
        return CrossValidatedBaseline(predicted, final, tuple(choices))

    def _scope(self, number: int, begin: float, end: float) -> _Scope:
        """Choose on the patients of a scope, a group of targets at a time."""
        measured, baseline = self.data.cohort.measured, BASELINES[self.model]
        rows: Rows = np.arange(len(measured)) if number == ALL else self.folds[number - 1].train
        prepared = prepare(self.data, self.folds, expression_scope(self.config, number))
        maximum = maximum_of(measured, rows, self.config)
        inputs = prepared.patients[rows].astype(np.float64)
        targets = measured[rows] / maximum
        folds = self._choosing_folds(number)
        starts = range(0, targets.shape[1], baseline.at_once)
        told = _Told(self.progress, self.model, number, begin, end)
        groups = []
        for place, start in enumerate(starts):
            work = partial(
                self._choose,
                number,
                inputs,
                targets[:, start : start + baseline.at_once],
                [_within(rows, fold) for fold in folds],
                told.part(place, len(starts)),
            )
            name = f"{CHOICES}{self.model}/{number:02d}-{start:02d}"
            groups.append(self.shards.result(name, work))
        final = [parts_of(self.model, group.arrays, "final")[0] for group in groups]
        of_groups = [parts_of(self.model, group.arrays, "fold") for group in groups]

        def trained(parts: tuple[Regressor, ...]) -> TrainedBaseline:
            return TrainedBaseline(self.model, parts, prepared.scaler, maximum)

        settings = tuple(own for group in groups for own in group.values["settings"])
        return _Scope(
            number,
            prepared.patients.astype(np.float64),
            trained(tuple(final)),
            tuple(map(trained, zip(*of_groups, strict=True))),
            BaselineChoice(self.model, number, settings),
        )

    def _choosing_folds(self, number: int) -> tuple[Fold, ...]:
        if not self.config.baselines_choose_inside:
            return self.folds
        n_patients = len(self.data.cohort.patient_ids)
        return choosing_folds(self.config, self.folds, number, n_patients)

    def _choose(
        self,
        number: int,
        inputs: Matrix,
        targets: Matrix,
        folds: list[tuple[Rows, Rows]],
        told: _Told,
    ) -> Shard:
        family = family_of(self.model, self.config.baseline_settings)
        chosen = family(inputs, targets, folds, [self.config.seed, _BASELINE, number], told)
        arrays = {**arrays_of([chosen.final], "final"), **arrays_of(chosen.by_fold, "fold")}
        return Shard(arrays, {"settings": [dict(own) for own in chosen.settings]})

    def _predict(self, fold: Fold, fitted: TrainedBaseline, scope: _Scope) -> Matrix:
        def work() -> Shard:
            predicted = fitted.predict_scaled(scope.inputs[fold.held_out])
            if not np.isfinite(predicted).all():
                raise TrainingError(
                    f"The baseline {self.model} predicts values that are not finite in fold "
                    f"{fold.number}. Leave it out of --models in a new run, and report this."
                )
            kept = fitted.to_shard() if self.config.keep_fold_models else Shard({})
            return Shard({**kept.arrays, "predicted": predicted}, kept.values)

        return self.shards.result(fold_shard(self.model, fold.number), work).arrays["predicted"]


@dataclass(frozen=True)
class _Scope:
    """A choice on all patients (number 0), or on those that a fold learns from.

    Attributes
    ----------
    number
        Which.
    inputs
        Standardised expression of all patients of the cohort.
    final, by_fold
        Fits on all patients of the scope, and on those that each choosing fold learns from.
    choice
        What was chosen.
    """

    number: int
    inputs: Matrix
    final: TrainedBaseline
    by_fold: tuple[TrainedBaseline, ...]
    choice: BaselineChoice

    def held_out(
        self, folds: tuple[Fold, ...], *, inside: bool
    ) -> Iterator[tuple[Fold, TrainedBaseline]]:
        """Yield the reporting folds that the scope predicts, each with the fit for it."""
        if not inside:
            yield from zip(folds, self.by_fold, strict=True)
        elif self.number != ALL:
            yield folds[self.number - 1], self.final


@dataclass(frozen=True)
class _Told:
    """Tells a `Progress` how far a baseline is; ``begin`` and ``end`` are shares of its stage."""

    progress: Progress
    model: str
    scope: int
    begin: float
    end: float

    def part(self, place: int, of: int) -> _Told:
        """Return what tells of one of several equal parts."""
        step = (self.end - self.begin) / of
        begin = self.begin + place * step
        return _Told(self.progress, self.model, self.scope, begin, begin + step)

    def __call__(self, share: float, what: str) -> None:
        done = self.begin + min(max(share, 0.0), 1.0) * (self.end - self.begin)
        label = f"without fold {self.scope}, {what}" if self.scope else what
        self.progress(f"baseline: {self.model}", round(done * _STEPS), _STEPS, label)


def _within(rows: Rows, fold: Fold) -> tuple[Rows, Rows]:
    """Return a fold over rows of the cohort as one over the places in ``rows``."""
    return np.searchsorted(rows, fold.train), np.searchsorted(rows, fold.held_out)
