"""``radiogenomics expression``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from radiogenomics.cli.printing import print_json

if TYPE_CHECKING:
    from radiogenomics.expression.orientation import Rows


def expression(
    file: Annotated[
        Path, typer.Argument(help="A matrix, or a folder of the GDC with its sample sheet.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="Write patients x genes there: CSV, gzip if the name ends in .gz."),
    ] = None,
    orientation: Annotated[
        str | None,
        typer.Option(help="What the rows are, patients or genes, where the ids do not tell."),
    ] = None,
    log2: Annotated[
        bool, typer.Option("--log2", help="Take log2(x + 1) of linear values.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON, for programs.")
    ] = False,
) -> None:
    """Say what a file of gene expression holds, and write it as the other commands take it.

    Tables with patients or genes in rows (UCSC Xena, cBioPortal, GEO), GCT, Parquet, AnnData, and
    folders of the GDC are recognised from their content. What is left out is said, with the reason.

    [bold]Examples[/bold]

      radiogenomics expression HT_HG-U133A.gz

      radiogenomics expression gdc-download/ --log2 --out expression.csv.gz
    """
    from radiogenomics.errors import InputError
    from radiogenomics.expression import read_expression, write_expression

    if out is not None and out.exists():
        raise InputError(f"--out {out} is there already; choose another place.")
    matrix = read_expression(file, orientation=cast("Rows | None", orientation), log2=log2)
    if out is not None:
        write_expression(out, matrix)
    if as_json:
        written = None if out is None else str(out)
        print_json({"source": str(file), "out": written, **matrix.report.to_json()})
        return
    for line in matrix.report.messages:
        print(line)
    if out is not None:
        print(f"Written: {out}")
