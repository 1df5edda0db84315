"""The expression matrix, patients x genes, and its reader for CSV and TSV files."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.expression.barcodes import is_barcode, patient_id_of

_GZIP_MAGIC = b"\x1f\x8b"
_MISSING = frozenset({"", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"})
# Measured on every expression platform; as row names they show a genes x samples file.
_EVERYWHERE = frozenset({"ACTB", "GAPDH", "EGFR", "TP53", "PTEN", "MYC", "VIM", "RB1", "CD44"})
_NAMED_IN_A_MESSAGE = 5


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
    """

    patient_ids: tuple[str, ...]
    genes: tuple[str, ...]
    values: NDArray[np.float64]
    source: str

    def __post_init__(self) -> None:
        shape = (len(self.patient_ids), len(self.genes))
        if self.values.shape != shape:
            raise ValueError(f"values have the shape {self.values.shape}, the names {shape}")

    def rows(self, patient_ids: Sequence[str]) -> ExpressionMatrix:
        """Return the matrix of these patients, in this order."""
        where = {patient_id: row for row, patient_id in enumerate(self.patient_ids)}
        taken = [where[patient_id] for patient_id in patient_ids]
        return ExpressionMatrix(tuple(patient_ids), self.genes, self.values[taken], self.source)


def read_expression(path: Path) -> ExpressionMatrix:
    """Read a matrix with one patient a row and one gene a column, CSV or TSV, gzip or not.

    The first column holds patient ids or TCGA barcodes, which are cut to the patient id. A cell
    that is empty or says NA is a missing value (NaN).

    Raises
    ------
    InputError
        If the file is absent, empty, cut short, of unequal rows or of genes x patients; if a cell
        is no finite number; if a patient or a gene occurs twice. The message says where.
    """
    # Not splitlines: it ends a line at U+2028 and others too, which may stand in a name.
    every = _read_text(path).replace("\r\n", "\n").split("\n")
    row_numbers = [number for number, line in enumerate(every, start=1) if line.strip(" ")]
    lines = [every[number - 1] for number in row_numbers]
    if len(lines) < 2:
        raise InputError(f"{path} holds no expression: a header and one row a patient are needed.")
    separator = "\t" if lines[0].count("\t") > lines[0].count(",") else ","
    try:
        header = next(csv.reader(lines[:1], delimiter=separator))
        _check_cell_counts(path, lines, row_numbers, separator, header)
    except csv.Error as error:
        raise InputError(f"{path} cannot be read as a table: {error}.") from error
    # R's write.table names no column for the row names: its header is one cell shorter.
    genes = tuple(header) if _n_cells(lines[1], separator) == len(header) + 1 else tuple(header[1:])
    if not genes:
        raise InputError(f"{path} has no gene columns; is it separated by commas or tabs?")
    cells = _parse(path, lines[1:], separator, len(genes))
    row_numbers = row_numbers[1:]
    identifiers = tuple(cells[0].fillna("").str.strip())
    _check_orientation(path, identifiers, genes)
    _check_unique(path, "gene", genes)
    patient_ids = tuple(patient_id_of(identifier) for identifier in identifiers)
    if "" in patient_ids:
        raise InputError(
            f"{path}, row {row_numbers[patient_ids.index('')]}: the patient id is empty."
        )
    _check_unique(path, "patient", patient_ids)
    values = _numbers(path, cells.drop(columns=0), identifiers, genes, row_numbers)
    return ExpressionMatrix(patient_ids, genes, values, str(path))


def _read_text(path: Path) -> str:
    try:
        data = path.read_bytes()
        if data[:2] == _GZIP_MAGIC:
            data = gzip.decompress(data)
        return data.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise InputError(f"There is no expression file {path}.") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"{path} is a gzip file cut short or damaged ({error}); copy it again."
        ) from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not a text file: {error}.") from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error


def _n_cells(line: str, separator: str) -> int:
    if '"' in line:
        return len(next(csv.reader([line], delimiter=separator)))
    return line.count(separator) + 1


def _check_cell_counts(
    path: Path,
    lines: Sequence[str],
    row_numbers: Sequence[int],
    separator: str,
    header: Sequence[str],
) -> None:
    """Refuse a row of another length: pandas would fill up a short one with missing values."""
    expected = _n_cells(lines[1], separator)
    if expected not in (len(header), len(header) + 1):
        raise InputError(
            f"{path}, row {row_numbers[1]} has {expected} cells, the header {len(header)}; "
            "is the file cut short?"
        )
    for number, line in zip(row_numbers[1:], lines[1:], strict=True):
        if _n_cells(line, separator) != expected:
            raise InputError(
                f"{path}, row {number} has {_n_cells(line, separator)} cells, the rows before it "
                f"{expected}; is the file cut short?"
            )


def _parse(path: Path, lines: Iterable[str], separator: str, n_genes: int) -> pd.DataFrame:
    try:
        return pd.read_csv(
            io.StringIO("\n".join(lines)),
            sep=separator,
            lineterminator="\n",
            header=None,
            names=list(range(n_genes + 1)),
            dtype={0: str},
            keep_default_na=False,
            na_values=sorted(_MISSING),
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path} cannot be read as a table: {error}.") from error


def _check_orientation(path: Path, identifiers: Sequence[str], genes: Sequence[str]) -> None:
    barcodes_across = sum(map(is_barcode, genes)) > len(genes) / 2
    genes_down = len(_EVERYWHERE.intersection(identifiers))
    if barcodes_across or genes_down > len(_EVERYWHERE.intersection(genes)):
        shown = ", ".join(identifiers[:_NAMED_IN_A_MESSAGE])
        raise InputError(
            f"{path} looks like genes x patients (its rows begin {shown}); one row a patient and "
            "one column a gene are needed: transpose it."
        )


def _check_unique(path: Path, what: str, names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise InputError(
            f"{path}: {len(twice)} {what}{'s occur' if len(twice) > 1 else ' occurs'} more than "
            f"once ({', '.join(twice[:_NAMED_IN_A_MESSAGE])}); keep one of each."
        )


def _numbers(
    path: Path,
    cells: pd.DataFrame,
    identifiers: Sequence[str],
    genes: Sequence[str],
    row_numbers: Sequence[int],
) -> NDArray[np.float64]:
    """Return the cells as numbers ``(n_patients, n_genes)``; name the first that is none."""
    texts = cells.select_dtypes(exclude="number")
    if texts.shape[1]:
        numbers = texts.apply(pd.to_numeric, errors="coerce")
        # pandas reads True and False as truth values, and these as 1 and 0.
        truths = texts.map(lambda cell: isinstance(cell, bool | np.bool_))
        wrong = ((numbers.isna() & texts.notna()) | truths).to_numpy()
        if wrong.any():
            row, column = map(int, np.argwhere(wrong)[0])
            gene = int(texts.columns[column])
            raise InputError(
                f"{path}: {str(texts.iloc[row, column])!r} is not a number (patient "
                f"{identifiers[row]}, gene {genes[gene - 1]}, row {row_numbers[row]})."
            )
        cells = pd.concat([cells.drop(columns=texts.columns), numbers], axis=1)[cells.columns]
    values = cells.to_numpy(dtype=np.float64, na_value=np.nan)
    infinite = np.isinf(values)
    if infinite.any():
        row, column = map(int, np.argwhere(infinite)[0])
        raise InputError(
            f"{path}: the value is infinite (patient {identifiers[row]}, gene {genes[column]}, "
            f"row {row_numbers[row]}); was a logarithm taken of zero?"
        )
    return values
