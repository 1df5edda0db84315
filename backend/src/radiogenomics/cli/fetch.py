"""``radiogenomics fetch``: the public data of the paper."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon

if TYPE_CHECKING:
    from radiogenomics.fetching import Source
    from radiogenomics.study.progress import Progress

fetch_app = typer.Typer(
    help="Get the public data of the paper: expression, segmentations, MR images.",
    no_args_is_help=True,
    rich_markup_mode="rich",
)

Out = Annotated[Path, typer.Option(help="The folder to fetch into.")]
Accept = Annotated[
    bool, typer.Option("--accept", help="Accept the licence that is shown, without being asked.")
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", help="Another address of the same data: https, or http on this computer."
    ),
]


@fetch_app.command()
def expression(
    out: Out = Path("public-data"), accept: Accept = False, address: From = None
) -> None:
    """Fetch the gene expression: TCGA-GBM on Affymetrix HG-U133A, from UCSC Xena.

    The file is what [bold]radiogenomics expression[/bold] and [bold]train[/bold] read. After a stop
    the same command goes on where it ended.

    [bold]Examples[/bold]

      radiogenomics fetch expression --out public-data

      radiogenomics fetch expression --out public-data --accept
    """
    from radiogenomics.fetching import find_source
    from radiogenomics.fetching.addresses import check_address
    from radiogenomics.fetching.transfer import fetch_file

    source = find_source("expression")
    addresses = [check_address(address)] if address is not None else []
    _ask_for_acceptance(source, accept)
    with _fetching(out) as progress:
        fetched = fetch_file(source, out, addresses=addresses, progress=progress)
    print(f"{'Fetched' if fetched.new else 'There already, unchanged'}: {fetched.path}")
    print(f"See what it holds with: radiogenomics expression {fetched.path}")


def _ask_for_acceptance(source: Source, accept: bool, extra: Sequence[str] = ()) -> None:
    """Show the licence and what to cite; go on if it is accepted."""
    from radiogenomics.errors import InputError
    from radiogenomics.fetching import terms

    print(terms(source, extra), flush=True)
    if accept:
        return
    if not sys.stdin.isatty():
        raise InputError(
            "Nothing was fetched. Read the licence above; if you accept it, run the same command "
            "with: --accept"
        )
    if not typer.confirm("Do you accept the licence, and will you cite these?"):
        print("Nothing was fetched.")
        raise typer.Exit


@contextmanager
def _fetching(out: Path) -> Iterator[Progress]:
    """Show progress; end soon after Ctrl-C, saying that what has come is kept."""
    with (
        stopping_soon("What has come is kept; run the same again to go on."),
        reporting(out / "progress.jsonl") as progress,
    ):
        yield progress
