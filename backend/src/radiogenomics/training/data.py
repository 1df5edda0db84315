"""What a training learns from: the two input files read and joined.

Imports no Keras, so that bad input is told before TensorFlow has taken seconds to load.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radiogenomics.expression import ExpressionMatrix, read_expression
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
    matrix
        All patients with expression, sorted by id, as read.
    inputs
        Name (``file``) and hash (``sha256``) of the file of the ``expression`` and of the
        ``features``; of a folder of expression the hash covers all files that were read.
    """

    cohort: Cohort
    matrix: ExpressionMatrix
    inputs: Mapping[str, Mapping[str, str]]

    def digest(self) -> str:
        """Return the SHA-256 of patients, genes, expression and features, in hexadecimal.

        It is of the content: the same data in another file have the same digest.
        """
        digest = hashlib.sha256()
        names = (
            self.matrix.patient_ids,
            self.matrix.genes,
            self.cohort.patient_ids,
            tuple(f"{target.roi} {target.feature} {target.unit}" for target in self.cohort.targets),
        )
        for each in names:
            digest.update(("\n".join(each) + "\n\n").encode())
        for array in (self.matrix.values, self.cohort.measured):
            # One pattern of bits for NaN, whatever the reader made it from.
            values = np.where(np.isnan(array), np.nan, array)
            digest.update(np.ascontiguousarray(values, dtype="<f8").tobytes())
        return digest.hexdigest()


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
        If a file cannot be used, no patient is in both, or no gene varies.
    """
    measured = read_targets(features, rater)
    # The patients help to tell which way round the matrix is.
    matrix = read_expression(expression, patients=measured.patient_ids)
    # In the order of the ids, so that the order of the file's rows changes nothing.
    matrix = matrix.rows(sorted(matrix.patient_ids))
    cohort = join(matrix, measured)
    return TrainingData(
        cohort=cohort,
        matrix=matrix,
        inputs={
            "expression": {
                "file": expression.name,
                "sha256": _sha256(expression, matrix.report.files),
            },
            "features": {"file": features.name, "sha256": sha256(features)},
        },
    )


def _sha256(path: Path, files: Sequence[str]) -> str:
    """Hash a file, or the files that were read from a folder with their names."""
    if not files:
        return sha256(path)
    folder = path if path.is_dir() else path.parent
    lines = [f"{sha256(folder / name)}  {name}\n" for name in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
