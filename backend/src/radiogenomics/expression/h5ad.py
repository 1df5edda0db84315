"""Expression in AnnData's ``.h5ad``, read with h5py alone by AnnData's format of 0.8 and later.

https://anndata.readthedocs.io/en/stable/fileformat-prose.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from radiogenomics.errors import InputError
from radiogenomics.expression.genes import n_well_known
from radiogenomics.expression.tables import Table, refuse_infinite

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
# Columns of var that hold symbols where its index holds Ensembl ids.
_SYMBOLS = ("gene_symbol", "gene_symbols", "gene_name", "gene_names", "feature_name", "symbol")
_LEFT_ALONE = ("layers", "raw")


def read_h5ad_table(path: Path) -> Table:
    """Read ``X`` with the indices of ``obs`` and ``var``; dense, CSR or CSC.

    Raises
    ------
    InputError
        If h5py is absent, the file is damaged or is of another format, or a value is infinite.
    """
    try:
        import h5py  # type: ignore[import-untyped]  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise InputError(f"{path}: reading .h5ad needs h5py; pip install h5py.") from error
    try:
        with h5py.File(path, "r") as file:
            return _read(path, file)
    except (OSError, KeyError, ValueError, TypeError, IndexError) as error:
        raise InputError(
            f"{path} cannot be read as AnnData of 0.8 or later: {error}. "
            "Write it again with a present AnnData."
        ) from error


def _read(path: Path, file: Any) -> Table:
    if "obs" not in file or "var" not in file:
        raise InputError(f"{path} is an HDF5 file, but not AnnData's: it has no obs and var.")
    if "X" not in file:
        raise InputError(f"{path} has no X; put the values to use there and write it again.")
    rows = _strings(file["obs"][_text(file["obs"].attrs["_index"])])
    variables = file["var"]
    index = _text(variables.attrs["_index"])
    columns, taken = _strings(variables[index]), index
    for field in _SYMBOLS:
        if field in variables and field != index:
            symbols = _strings(variables[field])
            if n_well_known(symbols) > n_well_known(columns):
                columns, taken = symbols, field
    values = _matrix(file["X"])
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"X has the shape {values.shape}, the names {(len(rows), len(columns))}")
    refuse_infinite(str(path), values, rows, columns)
    unused = [name for name in _LEFT_ALONE if name in file and len(file[name])]
    notes = [f"Genes are named by the column {taken!r} of var."] if taken != index else []
    if unused:
        notes.append(f"Values are those of X; not used: {', '.join(unused)}.")
    return Table(
        format="AnnData",
        corner="",
        rows=rows,
        columns=columns,
        values=values,
        usual="patients",
        notes=tuple(notes),
    )


def _matrix(stored: Any) -> NDArray[np.float64]:
    encoding = _text(stored.attrs.get("encoding-type", "array"))
    if encoding in {"csr_matrix", "csc_matrix"}:
        kind = sparse.csr_matrix if encoding == "csr_matrix" else sparse.csc_matrix
        parts = (stored["data"][()], stored["indices"][()], stored["indptr"][()])
        matrix = kind(parts, shape=tuple(stored.attrs["shape"]))
        return np.asarray(matrix.toarray(), dtype=np.float64)
    return np.asarray(stored[()], dtype=np.float64)


def _strings(stored: Any) -> tuple[str, ...]:
    encoding = _text(stored.attrs.get("encoding-type", "string-array"))
    if encoding == "categorical":
        categories = (*_strings(stored["categories"]), "")  # code -1 is a missing value
        return tuple(categories[code] for code in stored["codes"][()])
    if encoding == "nullable-string-array":
        present = zip(_strings(stored["values"]), stored["mask"][()], strict=True)
        return tuple("" if masked else text for text, masked in present)
    return tuple(_text(cell).strip() for cell in stored[()])


def _text(cell: Any) -> str:
    return cell.decode("utf-8") if isinstance(cell, bytes) else str(cell)
