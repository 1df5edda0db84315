"""What a training learns from: the two input files read, joined and standardised.

Imports no Keras, so that bad input is told before TensorFlow has taken seconds to load.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiogenomics.expression import GeneScaler, read_expression
from radiogenomics.training.cohort import Cohort, join
from radiogenomics.training.run_folder import sha256
from radiogenomics.training.targets import read_targets


@dataclass(frozen=True)
class TrainingData:
    """The data of a training.

    Attributes
    ----------
    cohort
        The patients with expression and features, and those left out.
    scaler
        Fitted on all patients with expression; no measured feature is seen by it.
    everyone
        Standardised expression of all patients with expression, sorted by id; float32 of shape
        ``(n_everyone, n_genes)``.
    patients
        The same for the patients of the cohort, in its order, ``(n_patients, n_genes)``.
    n_filled
        Missing expression values replaced by their gene's mean.
    inputs
        Name (``file``) and hash (``sha256``) of the file of the ``expression`` and of the
        ``features``.
    """

    cohort: Cohort
    scaler: GeneScaler
    everyone: NDArray[np.float32]
    patients: NDArray[np.float32]
    n_filled: int
    inputs: Mapping[str, Mapping[str, str]]


def read_training_data(expression: Path, features: Path, rater: str | None = None) -> TrainingData:
    """Read and join the two files.

    Parameters
    ----------
    expression, features
        The matrix of patients x genes and the long feature table.
    rater
        Whose measurements to learn; needed where a patient has several raters.

    Raises
    ------
    InputError
        If a file cannot be used or no patient is in both.
    """
    measured = read_targets(features, rater)
    # The patients help to tell which way round the matrix is.
    matrix = read_expression(expression, patients=measured.patient_ids)
    # In the order of the ids, so that the order of the file's rows changes nothing.
    matrix = matrix.rows(sorted(matrix.patient_ids))
    cohort = join(matrix, measured)
    scaler = GeneScaler.fit(matrix)
    everyone, alignment = scaler.transform(matrix)
    where = {patient_id: row for row, patient_id in enumerate(matrix.patient_ids)}
    return TrainingData(
        cohort=cohort,
        scaler=scaler,
        everyone=everyone,
        patients=everyone[[where[patient_id] for patient_id in cohort.patient_ids]],
        n_filled=alignment.n_filled,
        inputs={
            role: {"file": path.name, "sha256": sha256(path)}
            for role, path in (("expression", expression), ("features", features))
        },
    )
