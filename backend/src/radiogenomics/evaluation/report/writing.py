"""Writing a page, its tables and its figures, each file whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.evaluation.report.figures.drawing import Figure
from radiogenomics.evaluation.report.table import Table
from radiogenomics.study.atomic import write_bytes, write_text


@dataclass(frozen=True)
class Written:
    """What was written, and where.

    Attributes
    ----------
    page, folder
        The page, and the folder of tables and figures.
    headline
        What the page says first.
    """

    page: Path
    folder: Path
    headline: str


def write_files(folder: Path, tables: Iterable[Table], figures: Iterable[Figure]) -> None:
    """Write tables as CSV and figures as SVG and PNG into a folder."""
    for table in tables:
        write_text(folder / f"{table.name}.csv", table.to_csv())
    for figure in figures:
        write_text(folder / f"{figure.name}.svg", figure.svg)
        write_bytes(folder / f"{figure.name}.png", figure.png)
