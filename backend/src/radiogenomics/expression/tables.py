"""Tables as a file has them: names of rows, names of columns, numbers between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.expression.genes import n_well_known
from radiogenomics.expression.orientation import Rows, normal
from radiogenomics.expression.report import Dropped

# Columns that say more about a gene than its values; no gene and no patient is named so.
_ANNOTATION_NAMES = """
gene genes gene_id gene_name gene_symbol genesymbol symbol hugo_symbol hgnc_symbol hgnc_id
entrez entrez_id entrez_gene_id entrezgene entrezgene_id ensembl ensembl_id ensembl_gene_id
id_ref probe probe_id reporter_id accession description cytoband locus_id gene_type biotype
gene_biotype chromosome chr seqname start end strand length
"""
_ANNOTATIONS = frozenset(_ANNOTATION_NAMES.split())


@dataclass(frozen=True)
class Table:
    """What a file holds, before it is known which side the patients are on.

    Attributes
    ----------
    format
        What it was recognised as.
    corner
        The name of the first column.
    rows, columns
        The names of both; not unique.
    values
        ``(n_rows, n_columns)``; NaN where missing, never infinite.
    usual
        What the rows are in this format, if it has a rule.
    dropped, notes, files
        See `ExpressionReport`.
    row_numbers
        The lines of the rows in a text file.
    """

    format: str
    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: NDArray[np.float64]
    usual: Rows | None = None
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    row_numbers: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Naming:
    """Which of the columns name the rows.

    Attributes
    ----------
    column
        The one that the names are taken from.
    annotations
        All that hold no values, the one included.
    note
        Which was taken and which not; empty where there was no choice.
    """

    column: int
    annotations: tuple[int, ...]
    note: str


def annotation_columns(header: Sequence[str]) -> tuple[int, ...]:
    """Find the columns that describe genes; the first names the rows in any case."""
    found = (column for column, name in enumerate(header) if normal(name) in _ANNOTATIONS)
    return (0, *(column for column in found if column))


def choose_naming(cells: pd.DataFrame, header: Sequence[str], annotations: Sequence[int]) -> Naming:
    """Take the names of the rows from the column with the most well-known genes."""
    counts = [n_well_known(texts(cells[column])) for column in annotations]
    column = annotations[int(np.argmax(counts))]
    note = ""
    if len(annotations) > 1:
        unused = ", ".join(repr(header[other]) for other in annotations if other != column)
        note = f"Genes are named by the column {header[column]!r}; not used: {unused}."
    return Naming(column, tuple(annotations), note)


def texts(cells: pd.Series[str]) -> tuple[str, ...]:
    """Return the cells of a column as text, an empty one where missing."""
    return tuple(cells.astype(object).where(cells.notna(), "").astype(str).str.strip())


def numbers(
    source: str,
    cells: pd.DataFrame,
    rows: Sequence[str],
    columns: Sequence[str],
    row_numbers: Sequence[int] | None = None,
) -> NDArray[np.float64]:
    """Return cells as numbers ``(n_rows, n_columns)``, NaN where missing.

    Raises
    ------
    InputError
        Naming the first cell that is no finite number.
    """
    cells = cells.set_axis(range(cells.shape[1]), axis=1)
    others = cells.select_dtypes(exclude="number")
    if others.shape[1]:
        parsed = others.apply(pd.to_numeric, errors="coerce")
        # pandas reads True and False as truth values, and these as 1 and 0.
        truths = others.map(lambda cell: isinstance(cell, bool | np.bool_))
        wrong = ((parsed.isna() & others.notna()) | truths).to_numpy()
        if wrong.any():
            row, place = map(int, np.argwhere(wrong)[0])
            where = _place(rows, columns, row_numbers, row, int(others.columns[place]))
            raise InputError(f"{source}: {str(others.iloc[row, place])!r} is not a number {where}.")
        cells = pd.concat([cells.drop(columns=others.columns), parsed], axis=1)[cells.columns]
    values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    refuse_infinite(source, values, rows, columns, row_numbers)
    return values


def refuse_infinite(
    source: str,
    values: NDArray[np.float64],
    rows: Sequence[str],
    columns: Sequence[str],
    row_numbers: Sequence[int] | None = None,
) -> None:
    """Refuse infinite values.

    Raises
    ------
    InputError
        Naming the first.
    """
    infinite = np.isinf(values)
    if infinite.any():
        row, column = map(int, np.argwhere(infinite)[0])
        where = _place(rows, columns, row_numbers, row, column)
        raise InputError(f"{source}: the value is infinite {where}; was a logarithm taken of zero?")


def without(items: Iterable[int], n: int) -> list[int]:
    """Return the numbers below n that are not among the items."""
    left_out = set(items)
    return [index for index in range(n) if index not in left_out]


def _place(
    rows: Sequence[str],
    columns: Sequence[str],
    row_numbers: Sequence[int] | None,
    row: int,
    column: int,
) -> str:
    line = "" if row_numbers is None else f"line {row_numbers[row]}, "
    return f"({line}row {rows[row]}, column {columns[column]})"
