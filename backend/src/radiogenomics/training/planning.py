"""The folds of a run, and whether everything in them can be trained. Imports no Keras."""

from __future__ import annotations

from radiogenomics.training.cohort import refuse_unscalable
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.folds import Fold, make_folds
from radiogenomics.training.preparation import ALL, choice_scope, choosing_folds
from radiogenomics.training.repeats import config_of_repeat, numbers_of_repeats


def plan_folds(data: TrainingData, config: TrainingConfig) -> tuple[Fold, ...]:
    """Return the folds that report, having made sure that all folds can be trained.

    Raises
    ------
    InputError
        If there are fewer patients than folds, or a feature is 0 in all that a fold learns from.
    """
    for repeat in numbers_of_repeats(config):
        _plan_folds(data, config_of_repeat(config, repeat))
    return _plan_folds(data, config)


def _plan_folds(data: TrainingData, config: TrainingConfig) -> tuple[Fold, ...]:
    n_patients = len(data.cohort.patient_ids)
    folds = make_folds(n_patients, config.folds, config.seed)
    refuse_unscalable(data.cohort, folds)
    numbers = (ALL, *(fold.number for fold in folds))
    if config.choice == "inner_folds" and config.networks and len(config.network_cells()) > 1:
        for number in numbers:
            scope = choice_scope(config, number)
            refuse_unscalable(data.cohort, choosing_folds(config, folds, scope, n_patients))
    if config.baselines and config.baselines_choose_inside:
        # Their features are scaled by all that the outer fold learns from.
        for number in numbers:
            choosing_folds(config, folds, number, n_patients)
    return folds
