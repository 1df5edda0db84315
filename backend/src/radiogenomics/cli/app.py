"""The command ``radiogenomics``: puts the commands and groups together."""

from __future__ import annotations

from typing import Annotated

import typer

from radiogenomics import __version__
from radiogenomics.cli.agree import agree
from radiogenomics.cli.check import check
from radiogenomics.cli.compare import compare
from radiogenomics.cli.consensus import consensus
from radiogenomics.cli.doctor import doctor
from radiogenomics.cli.expression import expression
from radiogenomics.cli.fetch import fetch_app
from radiogenomics.cli.measure import measure
from radiogenomics.cli.power import power
from radiogenomics.cli.predict import predict
from radiogenomics.cli.prepare import prepare
from radiogenomics.cli.report import report
from radiogenomics.cli.simulate import simulate
from radiogenomics.cli.study import study_app
from radiogenomics.cli.train import train
from radiogenomics.cli.view import view

_HELP = """
Shape features of glioblastoma regions, and models predicting them from gene expression.

[bold]Examples[/bold]

  radiogenomics measure segmentations/ --labels brats --out features.csv

  radiogenomics study init my-study --labels brats

  radiogenomics train --expression expression.csv.gz --features features.csv --out runs/first

  radiogenomics COMMAND --help
"""

app = typer.Typer(
    name="radiogenomics",
    help=_HELP,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(study_app, name="study")
app.add_typer(fetch_app, name="fetch")
app.command()(prepare)
app.command()(measure)
app.command()(check)
app.command()(agree)
app.command()(consensus)
app.command()(view)
app.command()(simulate)
app.command()(expression)
app.command()(train)
app.command()(predict)
app.command()(report)
app.command()(power)
app.command()(compare)
app.command()(doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"radiogenomics {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error; valid anywhere.")
    ] = False,
) -> None:
    # Both are handled before: the version by its callback, --debug by `run`.
    del version, debug
