"""Expression as the Genomic Data Commons gives it: one file a sample, and a sample sheet.

https://docs.gdc.cancer.gov/Data/Bioinformatics_Pipelines/Expression_mRNA_Pipeline/
"""

from __future__ import annotations

import io
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.expression.barcodes import choose_samples, is_barcode
from radiogenomics.expression.orientation import normal
from radiogenomics.expression.report import Dropped
from radiogenomics.expression.tables import Table, numbers
from radiogenomics.expression.text import MISSING, read_text

STAR_VALUES = "tpm_unstranded"
_DATA_TYPE = "Gene Expression Quantification"
_GENE_TYPE = "protein_coding"
_SHEET_COLUMNS = frozenset({"file_id", "file_name", "case_id", "sample_id"})


@dataclass(frozen=True)
class _Listed:
    """A row of a sample sheet whose file is there."""

    file_id: str
    path: Path
    sample: str


@dataclass(frozen=True)
class _Profile:
    """What one file holds: ids of its rows, names of the genes, values."""

    ids: pd.Series[str]
    genes: tuple[str, ...]
    values: NDArray[np.float64]
    dropped: tuple[Dropped, ...]
    quantity: str


def is_sample_sheet(header: str) -> bool:
    """Whether a line is the header of a sample sheet."""
    return {normal(name) for name in header.split("\t")} >= _SHEET_COLUMNS


def read_gdc_folder(folder: Path) -> Table:
    """Read the files of a folder that its sample sheet names.

    Understood are the STAR counts of the GDC, of which protein-coding genes and `STAR_VALUES` are
    taken, and files of two columns, gene and value (TCGA level 3, HTSeq).

    Raises
    ------
    InputError
        If there is not one sample sheet, no file of a primary tumour, or files that differ in
        their genes.
    """
    sheets = [
        path
        for path in sorted(folder.iterdir())
        if path.is_file() and path.suffix in {".tsv", ".txt"} and is_sample_sheet(_first_line(path))
    ]
    if len(sheets) != 1:
        found = f"has {len(sheets)} sample sheets" if sheets else "has no sample sheet"
        raise InputError(
            f"{folder} {found}; one file gdc_sample_sheet....tsv is needed, which the GDC's portal "
            "gives beside the manifest of a cart (columns File ID, File Name, Case ID, Sample ID)."
        )
    return read_sample_sheet(sheets[0])


def read_sample_sheet(sheet: Path) -> Table:
    """Read the files that a sample sheet names, which lie beside it or in folders there.

    Raises
    ------
    InputError
        See `read_gdc_folder`.
    """
    listed, dropped = _listed(sheet)
    choice = choose_samples(str(sheet), [one.sample for one in listed])
    listed = [listed[index] for index in choice.indices]
    first = _read_profile(listed[0].path)
    values = np.empty((len(listed), len(first.genes)))
    for row, one in enumerate(listed):
        profile = _read_profile(one.path) if row else first
        if not profile.ids.equals(first.ids):
            raise InputError(
                f"{one.path} has other genes than {listed[0].path}, or in another order; give "
                "files of one workflow and one release only."
            )
        values[row] = profile.values
    return Table(
        format="files of the GDC with a sample sheet",
        corner="",
        rows=tuple(one.sample for one in listed),
        columns=first.genes,
        values=values,
        usual="patients",
        dropped=(*dropped, *choice.dropped, *first.dropped),
        notes=(*choice.notes, f"Values: {first.quantity}."),
        files=(sheet.name, *(str(one.path.relative_to(sheet.parent)) for one in listed)),
    )


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8-sig") as file:
            return file.readline()
    except (OSError, UnicodeDecodeError):
        return ""


def _listed(sheet: Path) -> tuple[list[_Listed], list[Dropped]]:
    """Return the files of primary tumours, one a sample, and what was left out."""
    try:
        rows = pd.read_csv(io.StringIO(read_text(sheet)), sep="\t", dtype=str, na_filter=False)
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{sheet} cannot be read as a table: {error}.") from error
    rows = rows.rename(columns=normal).sort_values("file_id", kind="stable")
    out: dict[str, list[str]] = {}
    paths = {path.name: path for path in sorted(sheet.parent.rglob("*")) if path.is_file()}
    taken: dict[str, _Listed] = {}
    for row in rows.to_dict("records"):
        name = row["file_name"]
        sample = row["sample_id"] if is_barcode(row["sample_id"]) else row["case_id"]
        path = paths.get(name) or paths.get(f"{name}.gz") or paths.get(name.removesuffix(".gz"))
        kind = _other_than_primary(row)
        if row.get("data_type", _DATA_TYPE) != _DATA_TYPE:
            out.setdefault(f"of the data type {row['data_type']}", []).append(name)
        elif kind and not is_barcode(sample):
            out.setdefault(f"of {kind}, not a primary tumour", []).append(name)
        elif path is None:
            out.setdefault("named in the sample sheet, but not in its folder", []).append(name)
        elif sample in taken:
            reason = "another file of the same sample; the first by file id is taken"
            out.setdefault(reason, []).append(name)
        else:
            taken[sample] = _Listed(row["file_id"], path, sample)
    dropped = [
        Dropped("files", reason, len(names), tuple(names[:3])) for reason, names in out.items()
    ]
    if not taken:
        raise InputError(
            f"{sheet} leads to no expression of a primary tumour. {' '.join(map(str, dropped))}"
        )
    return list(taken.values()), dropped


def _other_than_primary(row: Mapping[Hashable, str]) -> str:
    """Return the kind of a sample that is no primary tumour, by the words of the sheet."""
    if "sample_type" in row:
        kind = row["sample_type"]
        return "" if kind.lower().startswith("primary") else kind
    tissue, descriptor = row.get("tissue_type", "Tumor"), row.get("tumor_descriptor", "Primary")
    is_primary = tissue == "Tumor" and descriptor == "Primary"
    return "" if is_primary else f"{tissue} ({descriptor})"


def _read_profile(path: Path) -> _Profile:
    text = read_text(path)
    while text.startswith("#"):
        text = text.partition("\n")[2]
    header = text.partition("\n")[0].rstrip("\r").split("\t")
    try:
        if {"gene_id", "gene_name", "gene_type", STAR_VALUES} <= set(header):
            return _star(path, text)
        return _two_columns(path, text, len(header))
    except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise InputError(f"{path} cannot be read as a table: {error}.") from error


def _star(path: Path, text: str) -> _Profile:
    columns = ["gene_id", "gene_name", "gene_type", STAR_VALUES]
    cells = pd.read_csv(io.StringIO(text), sep="\t", usecols=columns, keep_default_na=False)
    # The first four rows count reads, not genes: N_unmapped, N_multimapping, ...
    cells = cells[~cells["gene_id"].str.startswith("N_")]
    twice = cells["gene_id"].str.endswith("_PAR_Y")
    other = ~twice & (cells["gene_type"] != _GENE_TYPE)
    dropped = [
        Dropped("genes", reason, int(those.sum()), tuple(cells.loc[those, "gene_name"][:3]))
        for reason, those in (
            (f"not of the type {_GENE_TYPE}", other),
            ("the Y copy of a gene on both X and Y, whose reads are counted on X", twice),
        )
        if those.any()
    ]
    cells = cells[~twice & ~other].reset_index(drop=True)
    quantity = f"{STAR_VALUES}, transcripts per million of STAR's counts"
    return _profile(
        path, cells["gene_id"], cells["gene_name"], cells[STAR_VALUES], quantity, dropped
    )


def _two_columns(path: Path, text: str, n_columns: int) -> _Profile:
    if n_columns != 2:
        raise InputError(
            f"{path} has {n_columns} columns; STAR counts with {STAR_VALUES}, or two columns, gene "
            "and value, are needed. Take the files of the data type Gene Expression Quantification."
        )
    cells = pd.read_csv(
        io.StringIO(text),
        sep="\t",
        header=None,
        names=["gene", "value"],
        dtype=str,
        na_filter=False,
    )
    quantity = "the second column of each file"
    # None, one or two lines of header; the last says what the values are.
    for _ in range(2):
        head = cells["value"].iloc[0] if len(cells) else "0"
        if not pd.isna(pd.to_numeric(head, errors="coerce")):
            break
        quantity = head
        cells = cells.iloc[1:]
    # HTSeq ends with counts of reads: __no_feature, __ambiguous, ...
    cells = cells[~cells["gene"].str.startswith("__")].reset_index(drop=True)
    values = cells["value"].where(~cells["value"].isin(MISSING))
    return _profile(path, cells["gene"], cells["gene"], values, quantity, ())


def _profile(
    path: Path,
    ids: pd.Series[str],
    genes: pd.Series[str],
    values: pd.Series[str],
    quantity: str,
    dropped: Sequence[Dropped],
) -> _Profile:
    names = tuple(genes)
    column = numbers(str(path), values.to_frame(), names, ("value",))
    return _Profile(ids, names, column[:, 0], tuple(dropped), quantity)
