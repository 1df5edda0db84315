"""The expression matrix, patients x genes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from radiogenomics.expression.report import ExpressionReport


@dataclass(frozen=True)
class ExpressionMatrix:
    """Expression of many genes in many patients.

    Attributes
    ----------
    patient_ids
        One a row, without duplicates.
    genes
        One a column, without duplicates.
    values
        float64 of shape ``(n_patients, n_genes)``; NaN where a value is missing.
    source
        Where it was read from, for messages and manifests.
    report
        What the reader recognised and left out; of the whole file, also in a matrix of some rows.
    """

    patient_ids: tuple[str, ...]
    genes: tuple[str, ...]
    values: NDArray[np.float64]
    source: str
    report: ExpressionReport = field(default=ExpressionReport(), compare=False)

    def __post_init__(self) -> None:
        shape = (len(self.patient_ids), len(self.genes))
        if self.values.shape != shape:
            raise ValueError(f"values have the shape {self.values.shape}, the names {shape}")

    def rows(self, patient_ids: Sequence[str]) -> ExpressionMatrix:
        """Return the matrix of these patients, in this order."""
        where = {patient_id: row for row, patient_id in enumerate(self.patient_ids)}
        taken = [where[patient_id] for patient_id in patient_ids]
        return replace(self, patient_ids=tuple(patient_ids), values=self.values[taken])
