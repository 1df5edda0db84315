"""Expression in text files: separated by commas, semicolons or tabs, and GCT; gzip or not."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from radiogenomics.errors import InputError
from radiogenomics.expression.barcodes import is_barcode
from radiogenomics.expression.orientation import Rows, normal
from radiogenomics.expression.tables import (
    Table,
    annotation_columns,
    choose_naming,
    numbers,
    texts,
    without,
)

GZIP_MAGIC = b"\x1f\x8b"
MISSING = ("", "NA", "N/A", "#N/A", "NaN", "nan", "na", "NULL", "null", "None")
_SEPARATORS = {"\t": "tabs", ",": "commas", ";": "semicolons"}


@dataclass(frozen=True)
class Lines:
    """The lines of a text that hold something, with their numbers in the file."""

    lines: list[str]
    numbers: list[int]

    def after(self, n: int) -> Lines:
        """Leave out the first n."""
        return Lines(self.lines[n:], self.numbers[n:])


def read_text(path: Path) -> str:
    """Read a text file, gzip or not.

    Raises
    ------
    InputError
        If it is absent, damaged, or no text.
    """
    try:
        data = path.read_bytes()
        if data[:2] == GZIP_MAGIC:
            data = gzip.decompress(data)
        if data[257:262] == b"ustar":
            raise InputError(f"{path} is a tar archive; unpack it and name what was in it.")
        if data[:4] == b"PK\x03\x04":
            raise InputError(
                f"{path} is an Excel workbook or a zip archive; save the sheet as CSV, or unpack."
            )
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


def split_lines(text: str) -> Lines:
    """Split a text where lines end; empty lines are left out."""
    # Not splitlines: it ends a line at U+2028 and others too, which may stand in a name.
    every = text.replace("\r\n", "\n").split("\n")
    numbered = [number for number, line in enumerate(every, start=1) if line.strip(" ")]
    return Lines([every[number - 1] for number in numbered], numbered)


def read_text_table(path: Path) -> Table:
    """Read a table from a text file.

    Comments at the start (``#``) are passed over. A cell that is empty or says NA is missing.

    Raises
    ------
    InputError
        If the file is absent, empty, cut short, of unequal rows, or a cell is no finite number.
    """
    content = split_lines(read_text(path))
    if content.lines and content.lines[0].strip().lower() in {"#1.2", "#1.3"}:
        return _read_gct(path, content)
    n_comments = 0
    while content.lines[n_comments:] and content.lines[n_comments].startswith("#"):
        n_comments += 1
    content = content.after(n_comments)
    if len(content.lines) < 2:
        raise InputError(
            f"{path} holds no expression: a header and one row a patient or gene are needed."
        )
    separator = separator_of(content.lines[0])
    header = header_of(path, content, separator)
    notes: tuple[str, ...] = ()
    if normal(header[0]) == "hybridization_ref":
        # Level 3 of TCGA and Firehose: a second header says what the values are.
        notes = (f"Values: {content.lines[1].split(separator)[-1].strip()}.",)
        content = Lines(
            [content.lines[0], *content.lines[2:]], [content.numbers[0], *content.numbers[2:]]
        )
    annotations = annotation_columns(header)
    return _table(
        path,
        content.after(1),
        separator,
        header,
        annotations,
        format_=_flavour(header, separator, path),
        notes=notes,
    )


def separator_of(line: str) -> str:
    """Return the separator that a header has most of."""
    return max(_SEPARATORS, key=line.count)


def header_of(path: Path, content: Lines, separator: str) -> list[str]:
    """Return the names of all columns, one name a cell of the rows below.

    Raises
    ------
    InputError
        If rows are of unequal length.
    """
    try:
        header = next(csv.reader(content.lines[:1], delimiter=separator))
        expected = _n_cells(content.lines[1], separator)
        # R's write.table names no column for the row names: its header is one cell shorter.
        if expected == len(header) + 1:
            header = ["", *header]
        _check_cell_counts(path, content.after(1), separator, len(header))
    except csv.Error as error:
        raise InputError(f"{path} cannot be read as a table: {error}.") from error
    if len(header) < 2:
        raise InputError(
            f"{path} has one column only; is it separated by commas, semicolons or tabs?"
        )
    return header


def parse_cells(
    path: Path, lines: Sequence[str], separator: str, n_columns: int, as_text: Sequence[int]
) -> pd.DataFrame:
    """Parse rows of cells; columns are numbered from 0.

    Raises
    ------
    InputError
        If they are no table.
    """
    try:
        return pd.read_csv(
            io.StringIO("\n".join(lines)),
            sep=separator,
            lineterminator="\n",
            header=None,
            names=list(range(n_columns)),
            dtype=dict.fromkeys(as_text, str),
            keep_default_na=False,
            na_values=list(MISSING),
            low_memory=False,
        )
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path} cannot be read as a table: {error}.") from error


def _table(
    path: Path,
    body: Lines,
    separator: str,
    header: Sequence[str],
    annotations: Sequence[int],
    *,
    format_: str,
    notes: tuple[str, ...] = (),
    usual: Rows | None = None,
) -> Table:
    cells = parse_cells(path, body.lines, separator, len(header), annotations)
    naming = choose_naming(cells, header, annotations)
    rows = texts(cells[naming.column])
    kept = without(naming.annotations, len(header))
    columns = tuple(header[column].strip() for column in kept)
    if not columns:
        raise InputError(f"{path} has no columns with values beside those that describe genes.")
    values = numbers(str(path), cells[kept], rows, columns, body.numbers)
    return Table(
        format=format_,
        corner=header[naming.column],
        rows=rows,
        columns=columns,
        values=values,
        usual=usual,
        notes=(*notes, *((naming.note,) if naming.note else ())),
        row_numbers=tuple(body.numbers),
    )


def _read_gct(path: Path, content: Lines) -> Table:
    """Read GCT 1.2 and 1.3: sizes in the second line, annotations of genes before the values."""
    version = content.lines[0].strip()[1:]
    try:
        sizes = [int(cell) for cell in content.lines[1].split("\t") if cell.strip()]
        n_rows, n_columns = sizes[:2]
        n_row_fields, n_column_fields = (1, 0) if version == "1.2" else sizes[2:4]
    except (ValueError, IndexError) as error:
        raise InputError(
            f"{path}, line 2: a GCT file says how many rows and columns it has there."
        ) from error
    content = content.after(2)
    if len(content.lines) < 2:
        raise InputError(f"{path} holds no expression: nothing follows its sizes.")
    header = header_of(path, content, "\t")
    body = content.after(1 + n_column_fields)
    if (len(body.lines), len(header)) != (n_rows, 1 + n_row_fields + n_columns):
        raise InputError(
            f"{path} says it has {n_rows} rows and {n_columns} samples, but has {len(body.lines)} "
            f"and {len(header) - 1 - n_row_fields}; is it cut short?"
        )
    notes: tuple[str, ...] = ()
    if n_column_fields:
        fields = ", ".join(
            line.split("\t", 1)[0] for line in content.lines[1 : 1 + n_column_fields]
        )
        notes = (f"Annotations of the samples are not used: {fields}.",)
    return _table(
        path,
        body,
        "\t",
        header,
        range(1 + n_row_fields),
        format_=f"GCT {version}{_packed(path)}",
        notes=notes,
        usual="genes",
    )


def _flavour(header: Sequence[str], separator: str, path: Path) -> str:
    """Name the source that writes such a header, for the report only."""
    names = {normal(name) for name in header[:2]}
    table = f"table separated by {_SEPARATORS[separator]}{_packed(path)}"
    if names & {"hugo_symbol", "entrez_gene_id"}:
        return f"cBioPortal's {table}"
    if normal(header[0]) == "hybridization_ref":
        return f"TCGA level 3 {table}"
    if normal(header[0]) == "sample" and is_barcode(header[1]):
        return f"UCSC Xena's {table}"
    return table


def _packed(path: Path) -> str:
    with path.open("rb") as file:
        return " (gzip)" if file.read(2) == GZIP_MAGIC else ""


def _n_cells(line: str, separator: str) -> int:
    if '"' in line:
        return len(next(csv.reader([line], delimiter=separator)))
    return line.count(separator) + 1


def _check_cell_counts(path: Path, body: Lines, separator: str, expected: int) -> None:
    """Refuse a row of another length: pandas would fill up a short one with missing values."""
    for place, (number, line) in enumerate(zip(body.numbers, body.lines, strict=True)):
        found = _n_cells(line, separator)
        if found != expected:
            other = "the rows before it" if place else "the header"
            raise InputError(
                f"{path}, line {number} has {found} cells, {other} {expected}; "
                "is the file cut short?"
            )
