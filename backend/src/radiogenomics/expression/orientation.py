"""Which way round a table lies: told from the ids of its rows and columns, or refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from radiogenomics.errors import InputError
from radiogenomics.expression.barcodes import is_barcode, patient_id_of
from radiogenomics.expression.genes import n_gene_names

Rows: TypeAlias = Literal["patients", "genes"]

# Ids of public cohorts that no gene is named like.
_OTHER_COHORTS = re.compile(
    r"GSM\d+|C3[LN]-\d{5}(?:-.*)?|CGGA_[A-Z]?\d+|UPENN-GBM-\d+(?:_\d+)?|GTEX-.+"
    r"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
)
_PATIENT_COLUMNS = """
patient patients patient_id patientid case case_id subject subject_id participant sample_id
bcr_patient_barcode
"""
_GENE_COLUMNS = """
gene genes gene_id gene_name gene_symbol genesymbol symbol hugo_symbol hgnc_symbol entrez_gene_id
ensembl_id ensembl_gene_id hybridization_ref id_ref probe probe_id
"""
_OF_PATIENTS = frozenset(_PATIENT_COLUMNS.split())
_OF_GENES = frozenset(_GENE_COLUMNS.split())


@dataclass(frozen=True)
class Orientation:
    """What the rows of a table are, and what told so."""

    rows: Rows
    because: str


def normal(name: str) -> str:
    """Spell the name of a column the same whatever its case and separators."""
    return re.sub(r"[\s.\-]+", "_", name.strip().strip("#")).lower()


def decide_orientation(
    source: str,
    rows: Sequence[str],
    columns: Sequence[str],
    corner: str = "",
    *,
    asked: Rows | None = None,
    usual: Rows | None = None,
    patients: Collection[str] = (),
    genes: Collection[str] = (),
) -> Orientation:
    """Tell whether the rows are patients or genes.

    In this order: ids of patients (TCGA, GEO, CPTAC, CGGA, ...) on one side, patients and genes
    that are expected, names that can only be genes, the name of the first column, what the format
    usually has.

    Parameters
    ----------
    source
        For the messages.
    rows, columns
        The names of both.
    corner
        The name of the first column, which holds the names of the rows.
    asked
        What the user says; refused only if ids of patients stand where the genes would be.
    usual
        What rows are in this format.
    patients, genes
        Ids and names that the caller knows, such as those of a feature table or a model.

    Raises
    ------
    InputError
        If nothing tells, or ids of patients contradict what was asked.
    """
    found = _by_patients(rows, columns)
    if asked is not None:
        if found is not None and found.rows != asked:
            raise InputError(
                f"{source}: the rows are said to be {asked}, but {found.because}. "
                f"Leave the orientation out, or say {found.rows}."
            )
        return Orientation(asked, "as asked")
    found = (
        found
        or _by_known(rows, columns, frozenset(patients), "patients")
        or _by_known(rows, columns, frozenset(genes), "genes")
        or _by_genes(rows, columns)
        or _by_corner(corner)
    )
    if found is None and usual is not None:
        found = Orientation(usual, "as the format has it")
    if found is None:
        raise InputError(
            f"{source}: it cannot be told whether its rows are patients or genes (rows "
            f"{', '.join(rows[:3])}, columns {', '.join(columns[:3])}). Say so with "
            'orientation="patients" or orientation="genes" (--orientation on the command line), '
            "or name the first column patient_id or gene."
        )
    return found


def _by_patients(rows: Sequence[str], columns: Sequence[str]) -> Orientation | None:
    in_rows, in_columns = _n_patients(rows), _n_patients(columns)
    rows_are_patients = in_rows > len(rows) / 2
    columns_are_patients = in_columns > len(columns) / 2
    if rows_are_patients == columns_are_patients:
        return None
    count, names, side, found = (
        (in_rows, rows, "row", "patients")
        if rows_are_patients
        else (in_columns, columns, "column", "genes")
    )
    kind = "TCGA barcodes" if any(map(is_barcode, names)) else "ids of patients or samples"
    because = f"{count} of {len(names)} {side} names are {kind}"
    return Orientation("patients" if found == "patients" else "genes", because)


def _by_known(
    rows: Sequence[str], columns: Sequence[str], known: frozenset[str], what: Rows
) -> Orientation | None:
    in_rows, in_columns = (
        sum(patient_id_of(name) in known for name in names) for names in (rows, columns)
    )
    if in_rows > in_columns:
        return Orientation(what, f"{in_rows} of {len(rows)} row names are known {what}")
    if in_columns > in_rows:
        other: Rows = "genes" if what == "patients" else "patients"
        return Orientation(other, f"{in_columns} of {len(columns)} column names are known {what}")
    return None


def _by_genes(rows: Sequence[str], columns: Sequence[str]) -> Orientation | None:
    in_rows, in_columns = n_gene_names(rows), n_gene_names(columns)
    if in_rows > in_columns:
        return Orientation("genes", f"{in_rows} of {len(rows)} row names are known genes")
    if in_columns > in_rows:
        return Orientation(
            "patients", f"{in_columns} of {len(columns)} column names are known genes"
        )
    return None


def _by_corner(corner: str) -> Orientation | None:
    because = f"the first column is named {corner.strip()}"
    if normal(corner) in _OF_PATIENTS:
        return Orientation("patients", because)
    if normal(corner) in _OF_GENES:
        return Orientation("genes", because)
    return None


def _n_patients(names: Sequence[str]) -> int:
    return sum(is_barcode(name) or _OTHER_COHORTS.fullmatch(name) is not None for name in names)
