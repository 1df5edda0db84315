"""Names of genes: what is one, what the same gene's rows become."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from radiogenomics.expression.report import Dropped

# Measured on every platform: housekeeping genes and those that glioma research is about.
_NAMES = """
ACTB AKT1 ATM ATRX B2M BCL2 BRAF BRCA1 CCND1 CD44 CDK4 CDK6 CDKN2A CHI3L1 COL1A1 CTNNB1 DLL3
EGFR ERBB2 FN1 GAPDH GFAP GUSB HIF1A HPRT1 IDH1 IDH2 JAK1 KRAS LDHA MAPK1 MDM2 MDM4 MET MGMT
MKI67 MTOR MYC NES NF1 NOTCH1 OLIG2 PDGFRA PGK1 PIK3CA PIK3R1 PPIA PTEN RB1 RPLP0 SDHA SOX2
STAT3 TBP TERT TGFB1 TNF TP53 TUBB VEGFA VIM YWHAZ
"""
WELL_KNOWN = frozenset(_NAMES.split())
DUPLICATE_RULE = (
    "a gene with several rows is their mean, missing values left out; unlike the highest row, it "
    "does not depend on the other patients, so training and prediction agree"
)

_ENSEMBL = re.compile(r"(?P<id>ENSG\d{11})(?:\.\d+)?(?P<par>_PAR_Y)?")
_WITH_ENTREZ = re.compile(r"(?P<symbol>[^|]+)\|\d+")
_PROBE = re.compile(r"(?:AFFX-.+|\d+(?:_[a-z]+)?)_at")
_NAMELESS = frozenset({"", "?", "-", "---", "NA", "N/A", "NaN", "nan", "None", "NULL", "null"})
_DATE = re.compile(
    r"\d{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r"|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)-\d{1,2}"
)
_SEVERAL = re.compile(r"\s*///\s*")


def n_well_known(names: Sequence[str]) -> int:
    """Count the well-known genes among names."""
    return len(WELL_KNOWN.intersection(map(_symbol, names)))


def n_gene_names(names: Sequence[str]) -> int:
    """Count the names that can only be genes: well known, Ensembl ids, SYMBOL|1956, probes."""
    return sum(
        _symbol(name) in WELL_KNOWN
        or any(pattern.fullmatch(name) for pattern in (_ENSEMBL, _WITH_ENTREZ, _PROBE))
        for name in names
    )


def unify_genes(
    names: Sequence[str], values: NDArray[np.float64]
) -> tuple[tuple[str, ...], NDArray[np.float64], tuple[Dropped, ...], tuple[str, ...]]:
    """Give every gene one column.

    ``EGFR|1956`` becomes ``EGFR``, ``ENSG00000146648.18`` loses its version. Left out are columns
    without a name (``?|100130426``), with several genes (``A /// B``), and with a date that a
    spreadsheet made of a symbol (``1-Mar``: two genes became this). `DUPLICATE_RULE` holds.

    Parameters
    ----------
    names
        One a column.
    values
        ``(n_patients, n_columns)``; not changed.

    Returns
    -------
    tuple
        Genes in the order of their first column, values ``(n_patients, n_genes)``, what was left
        out, and notes.
    """
    dropped: dict[str, list[str]] = defaultdict(list)
    columns: dict[str, list[int]] = defaultdict(list)
    for column, name in enumerate(names):
        symbol = _symbol(name)
        reason = _unusable(name, symbol)
        if reason:
            dropped[reason].append(name)
        else:
            columns[symbol].append(column)
    genes = tuple(columns)
    # A copy in any case, of patients' rows in one piece.
    unified = np.ascontiguousarray(values[:, [own[0] for own in columns.values()]])
    several = {gene: own for gene, own in columns.items() if len(own) > 1}
    for place, gene in enumerate(genes):
        if gene in several:
            unified[:, place] = _mean(values[:, several[gene]])
    notes = []
    if several:
        n_rows = sum(map(len, several.values()))
        some = ", ".join(list(several)[:3])
        notes.append(
            f"{len(several)} gene{'s' if len(several) > 1 else ''} with {n_rows} rows "
            f"({some}{', ...' if len(several) > 3 else ''}): {DUPLICATE_RULE}."
        )
    ensembl = Counter(_ENSEMBL.fullmatch(gene) is not None for gene in genes)[True]
    if ensembl > len(genes) / 2:
        notes.append("Genes are named by Ensembl ids, not by symbols; versions were cut off.")
    return genes, unified, _all_dropped(dropped), tuple(notes)


def _symbol(name: str) -> str:
    name = name.strip()
    with_entrez = _WITH_ENTREZ.fullmatch(name)
    if with_entrez:
        return with_entrez["symbol"].strip()
    ensembl = _ENSEMBL.fullmatch(name)
    return name if ensembl is None else ensembl["id"]


def _unusable(name: str, symbol: str) -> str:
    if symbol in _NAMELESS:
        return "without a symbol"
    if _DATE.fullmatch(symbol):
        return "a spreadsheet turned the symbol into a date"
    if _SEVERAL.search(symbol):
        return "several genes in one row"
    ensembl = _ENSEMBL.fullmatch(name.strip())
    if ensembl is not None and ensembl["par"]:
        return "the Y copy of a gene on both X and Y, whose reads are counted on X"
    return ""


def _mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each row without its missing values; NaN where all are missing."""
    present = ~np.isnan(values)
    counts = present.sum(axis=1)
    totals = np.where(present, values, 0.0).sum(axis=1)
    means: NDArray[np.float64] = np.divide(
        totals, counts, out=np.full(len(values), np.nan), where=counts > 0
    )
    return means


def _all_dropped(dropped: dict[str, list[str]]) -> tuple[Dropped, ...]:
    return tuple(
        Dropped("genes", reason, len(names), tuple([name for name in names if name.strip()][:3]))
        for reason, names in dropped.items()
    )
