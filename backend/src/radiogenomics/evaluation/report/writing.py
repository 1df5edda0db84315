"""Writing a page, its tables and its figures, each file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.errors import InputError, StudyError
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


def check_writable(folder: Path) -> None:
    """Refuse a folder that cannot be written to, before minutes are spent on what goes there.

    Nothing is made. A place that is refused only in the writing is told then, by `StudyError`.

    Raises
    ------
    InputError
        If the folder, or one that it is to lie in, is a file.
    StudyError
        If there is no permission to write.
    """
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if not there.is_dir():
        raise InputError(f"{there} is a file, so nothing can lie in it; name a folder with --out.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise StudyError(
            f"Cannot write into {there}: there is no permission, or the disk is read-only. Name a "
            "folder with --out where you may write."
        )


def write_files(folder: Path, tables: Iterable[Table], figures: Iterable[Figure]) -> None:
    """Write tables as CSV and figures as SVG and PNG into a folder."""
    for table in tables:
        write_text(folder / f"{table.name}.csv", table.to_csv())
    for figure in figures:
        write_text(folder / f"{figure.name}.svg", figure.svg)
        write_bytes(folder / f"{figure.name}.png", figure.png)
