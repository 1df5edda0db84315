"""Writing an expression matrix as the text table that every version reads."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd

from radiogenomics.expression.matrix import ExpressionMatrix
from radiogenomics.study.atomic import write_bytes


def write_expression(path: Path, matrix: ExpressionMatrix) -> None:
    """Write patients x genes as CSV, atomically; gzip if the name ends in ``.gz``.

    The same matrix gives the same bytes, and reads back equal to the last bit.

    Raises
    ------
    StudyError
        If it cannot be written.
    """
    frame = pd.DataFrame(matrix.values, index=list(matrix.patient_ids), columns=list(matrix.genes))
    data = frame.to_csv(index_label="patient_id", lineterminator="\n").encode()
    write_bytes(path, gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
