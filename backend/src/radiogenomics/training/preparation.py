"""What stands between the files and a network: which patients each step is fitted on.

Everything that is fitted on patients has a scope: 0 for all, or the number of the fold whose
held-out patients it has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.expression import Alignment, GeneScaler
from radiogenomics.training.components import Components
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.folds import Fold, make_folds

Matrix = NDArray[np.float32]
Rows = NDArray[np.intp]

ALL = 0


@dataclass(frozen=True)
class Prepared:
    """Standardised expression, by a scaler of one scope.

    Attributes
    ----------
    scaler
        Fitted on the patients of `everyone`.
    everyone
        Those that gene scaling, autoencoder and components are fitted on; float32 of shape
        ``(n_everyone, n_genes)``.
    patients
        All patients of the cohort, ``(n_patients, n_genes)``.
    alignment
        What was filled in among the patients of `everyone`.
    """

    scaler: GeneScaler
    everyone: Matrix
    patients: Matrix
    alignment: Alignment

    def components(self, at_most: int) -> Components:
        """Return the principal components of `everyone`."""
        return Components.fit(self.everyone, at_most)


def expression_scope(config: TrainingConfig, fold: int) -> int:
    """Return the scope of gene scaling and pre-training for a fold; fold 0 is the final model."""
    return fold if config.expression_steps == "training_fold" else ALL


def choice_scope(config: TrainingConfig, fold: int) -> int:
    """Return the scope of the network's choice for a fold; fold 0 is the final model."""
    return fold if config.choice == "inner_folds" else ALL


def prepare(data: TrainingData, folds: Sequence[Fold], scope: int) -> Prepared:
    """Standardise the expression by the patients of a scope.

    Raises
    ------
    InputError
        If no gene varies between them.
    """
    cohort, matrix = data.cohort, data.matrix
    hidden: set[str] = set()
    if scope != ALL:
        hidden = {cohort.patient_ids[row] for row in folds[scope - 1].held_out}
    seen = matrix.rows([name for name in matrix.patient_ids if name not in hidden])
    scaler = GeneScaler.fit(seen)
    everyone, alignment = scaler.transform(seen)
    patients, _ = scaler.transform(matrix.rows(cohort.patient_ids))
    return Prepared(scaler, everyone, patients, alignment)


def choosing_folds(
    config: TrainingConfig, folds: Sequence[Fold], scope: int, n_patients: int
) -> tuple[Fold, ...]:
    """Return the folds that choose the network of a scope; their rows are those of the cohort.

    Raises
    ------
    InputError
        If there are fewer patients than inner folds.
    """
    if config.choice == "reporting_folds":
        return tuple(folds)
    rows: Rows = np.arange(n_patients) if scope == ALL else folds[scope - 1].train
    try:
        inner = make_folds(len(rows), config.inner_folds, config.seed)
    except InputError as error:
        raise InputError(
            f"{len(rows)} patients are left to choose by, fewer than the {config.inner_folds} "
            "inner folds; add patients, or choose fewer with --set inner_folds=2."
        ) from error
    return tuple(Fold(fold.number, rows[fold.train], rows[fold.held_out]) for fold in inner)


def maximum_of(
    measured: NDArray[np.float64], learnt: Rows, config: TrainingConfig
) -> NDArray[np.float64]:
    """Return what each feature is divided by in a fit on these patients, ``(n_targets,)``."""
    rows = measured if config.target_scaling == "all_patients" else measured[learnt]
    largest: NDArray[np.float64] = rows.max(axis=0)
    return largest
