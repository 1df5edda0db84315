"""Expression in a data frame, as a Parquet file holds it. Needs pyarrow, an optional extra."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from radiogenomics.errors import InputError
from radiogenomics.expression.tables import (
    Table,
    annotation_columns,
    choose_naming,
    numbers,
    texts,
    without,
)

PARQUET_MAGIC = b"PAR1"


def read_parquet_table(path: Path) -> Table:
    """Read a table from a Parquet file: its index, or else its first column, names the rows.

    Raises
    ------
    InputError
        If pyarrow is absent, the file is damaged, or a cell is no finite number.
    """
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except ImportError as error:
        raise InputError(f"{path}: reading Parquet needs pyarrow; pip install pyarrow.") from error
    except (OSError, ValueError) as error:  # what Arrow raises are these
        raise InputError(f"{path} cannot be read as Parquet: {error}.") from error
    if isinstance(frame.index, pd.MultiIndex):
        raise InputError(f"{path}: its index has {frame.index.nlevels} levels; one is needed.")
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index(names=str(frame.index.name or ""))
    header = [str(name) for name in frame.columns]
    cells = frame.set_axis(range(len(header)), axis=1)
    if len(header) < 2 or not len(cells):
        raise InputError(f"{path} holds no expression: one row a patient or gene is needed.")
    naming = choose_naming(cells, header, annotation_columns(header))
    rows = texts(cells[naming.column])
    kept = without(naming.annotations, len(header))
    columns = tuple(header[column].strip() for column in kept)
    return Table(
        format="Parquet",
        corner=header[naming.column],
        rows=rows,
        columns=columns,
        values=numbers(str(path), cells[kept], rows, columns),
        notes=(naming.note,) if naming.note else (),
    )
