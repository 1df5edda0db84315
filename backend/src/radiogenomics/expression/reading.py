"""Reading an expression matrix from whatever file it is in."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.expression.barcodes import choose_samples
from radiogenomics.expression.frames import PARQUET_MAGIC, read_parquet_table
from radiogenomics.expression.gdc import is_sample_sheet, read_gdc_folder, read_sample_sheet
from radiogenomics.expression.genes import unify_genes
from radiogenomics.expression.h5ad import HDF5_MAGIC, read_h5ad_table
from radiogenomics.expression.matrix import ExpressionMatrix
from radiogenomics.expression.orientation import Orientation, Rows, decide_orientation
from radiogenomics.expression.report import Dropped, ExpressionReport
from radiogenomics.expression.scale import value_scale
from radiogenomics.expression.tables import Table
from radiogenomics.expression.text import read_text_table

LOG2 = "log2(x + 1)"


def read_expression(
    path: Path,
    *,
    orientation: Rows | None = None,
    log2: bool = False,
    patients: Collection[str] = (),
    genes: Collection[str] = (),
) -> ExpressionMatrix:
    """Read expression; what the file is, and which way round, is told from its content.

    Understood are tables in text (commas, tabs, semicolons; gzip or not) with patients or genes in
    rows, such as those of UCSC Xena and cBioPortal, GCT 1.2 and 1.3, Parquet, AnnData's ``.h5ad``,
    and a folder of files of the GDC with its sample sheet. The report of the matrix says what was
    recognised, what was left out and why.

    Of TCGA barcodes the primary tumours are taken, one sample a patient (`barcodes.SAMPLE_RULE`).
    Several rows of a gene become their mean; rows without a symbol are left out (`unify_genes`).

    Parameters
    ----------
    path
        A file, or a folder with a sample sheet.
    orientation
        What the rows are, ``patients`` or ``genes``; needed only where the ids do not tell.
    log2
        Take log2(x + 1) of all values.
    patients, genes
        Patient ids and genes that are expected, as of a feature table or a model: they help to tell
        which way round the file is, and select nothing.

    Raises
    ------
    InputError
        If the file is absent, empty, cut short, of unequal rows; if a cell is no finite number; if
        all are zero; if the ids do not tell which way round it is; if a patient occurs twice and no
        barcode tells the two apart. The message says where.
    """
    if orientation not in {None, "patients", "genes"}:
        raise InputError(f"The orientation is {orientation!r}; say patients or genes.")
    table = _read_table(path)
    oriented = decide_orientation(
        str(path),
        table.rows,
        table.columns,
        table.corner,
        asked=orientation,
        usual=table.usual,
        patients=patients,
        genes=genes,
    )
    return _to_matrix(str(path), table, oriented, log2)


def _read_table(path: Path) -> Table:
    if path.is_dir():
        return read_gdc_folder(path)
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except FileNotFoundError as error:
        raise InputError(f"There is no expression file {path}.") from error
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror or error}.") from error
    if start.startswith(HDF5_MAGIC):
        return read_h5ad_table(path)
    if start.startswith(PARQUET_MAGIC):
        return read_parquet_table(path)
    header = start.decode("utf-8-sig", errors="replace").partition("\n")[0]
    return read_sample_sheet(path) if is_sample_sheet(header) else read_text_table(path)


def _to_matrix(source: str, table: Table, oriented: Orientation, log2: bool) -> ExpressionMatrix:
    samples, names, values = table.rows, table.columns, table.values
    if oriented.rows == "genes":
        samples, names, values = names, samples, values.T
    _refuse_nameless(source, table, samples, in_rows=oriented.rows == "patients")
    choice = choose_samples(source, samples)
    if len(choice.indices) < len(samples):
        values = values[list(choice.indices)]
    genes, values, genes_out, gene_notes = unify_genes(names, values)
    if not genes:
        raise InputError(f"{source} names no gene. {' '.join(map(str, genes_out))}")
    patient_ids, values, empty = _without_empty(choice.patient_ids, values)
    _refuse_nothing(source, values)
    scale = value_scale(values)
    if log2:
        values = _log2(source, values, scale)
    notes = (*table.notes, *choice.notes, *gene_notes, *_advice(values, scale, log2))
    report = ExpressionReport(
        format=table.format,
        rows=oriented.rows,
        rows_because=oriented.because,
        n_patients=len(patient_ids),
        n_genes=len(genes),
        n_missing=int(np.count_nonzero(np.isnan(values))),
        value_scale=value_scale(values) if log2 else scale,
        transformed=LOG2 if log2 else "",
        dropped=(*table.dropped, *choice.dropped, *genes_out, *empty),
        notes=notes,
        files=table.files,
    )
    return ExpressionMatrix(patient_ids, genes, values, source, report)


def _refuse_nameless(source: str, table: Table, samples: tuple[str, ...], *, in_rows: bool) -> None:
    if "" not in samples:
        return
    place = samples.index("")
    if in_rows and table.row_numbers is not None:
        where = f"line {table.row_numbers[place]}"
    else:
        where = f"{'row' if in_rows else 'column of values'} {place + 1}"
    raise InputError(f"{source}, {where}: the patient id is empty.")


def _without_empty(
    patient_ids: tuple[str, ...], values: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.float64], tuple[Dropped, ...]]:
    """Leave out patients without any value, who would come to be the average patient."""
    empty = np.isnan(values).all(axis=1)
    if not empty.any():
        return patient_ids, values, ()
    names = np.asarray(patient_ids, dtype=object)
    out = tuple(names[empty])
    dropped = Dropped("samples", "without any value", len(out), out[:3])
    return tuple(names[~empty]), values[~empty], (dropped,)


def _refuse_nothing(source: str, values: NDArray[np.float64]) -> None:
    if not values.size:
        raise InputError(f"{source}: every value is missing.")
    if not np.any(values[~np.isnan(values)]):
        raise InputError(f"{source}: every value is 0; there is no expression in it.")


def _log2(source: str, values: NDArray[np.float64], scale: str) -> NDArray[np.float64]:
    lowest, highest = float(np.nanmin(values)), float(np.nanmax(values))
    if lowest < 0 or scale != "linear":
        raise InputError(
            f"{source}: {LOG2} is for linear values (counts, TPM, intensities), but these "
            f"({lowest:.4g} to {highest:.4g}) "
            + ("have negative ones among them." if lowest < 0 else "look like logarithms already.")
        )
    return np.log2(values + 1.0)


def _advice(values: NDArray[np.float64], scale: str, log2: bool) -> tuple[str, ...]:
    if log2:
        return (f"{LOG2} was taken of all values, as asked.",)
    if scale != "linear":
        return ()
    return (
        f"Values look linear (up to {np.nanmax(values):.4g}), not like logarithms: a few patients "
        f"with high values then decide what is learned. Take {LOG2} first (radiogenomics "
        "expression FILE --log2 --out NEW.csv.gz), and the same when predicting.",
    )
