"""The command ``radiogenomics``: puts the groups together and turns errors into one message.

Exit codes: 0 success, 1 failure (also: some of many inputs failed), 2 bad input, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from radiogenomics import __version__
from radiogenomics.cli.check import check
from radiogenomics.cli.measure import measure
from radiogenomics.cli.predict import predict
from radiogenomics.cli.simulate import simulate
from radiogenomics.cli.study import study_app
from radiogenomics.cli.train import train
from radiogenomics.errors import InputError, RadiogenomicsError

app = typer.Typer(
    name="radiogenomics",
    help="Shape features of glioblastoma regions, and models predicting them from gene expression.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(study_app, name="study")
app.command()(measure)
app.command()(check)
app.command()(simulate)
app.command()(train)
app.command()(predict)


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


def run() -> None:
    """Run the command line; the entry point of the installed command."""
    debug = "--debug" in sys.argv
    sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        app()
    except RadiogenomicsError as error:
        if debug:
            raise
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(2 if isinstance(error, InputError) else 1)
    except OSError as error:
        if debug:
            raise
        print(f"Error: {error}. Check that disk and folder are there.", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        print(
            f"Error: {type(error).__name__}: {error}\n"
            "This is a fault of radiogenomics. Run again with --debug and report what it prints.",
            file=sys.stderr,
        )
        sys.exit(1)


if __name__ == "__main__":
    run()
