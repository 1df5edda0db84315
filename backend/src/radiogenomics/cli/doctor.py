"""``radiogenomics doctor``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radiogenomics.cli.printing import print_json


def doctor(
    folder: Annotated[
        Path, typer.Option(help="Where runs are to be written; its free space is told.")
    ] = Path(),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Tell what this computer can train with.

    Versions, devices with the speed of a matrix product on each, free memory and disk, and what is
    missing with the command that brings it. The exit code is 1 if something is missing that
    training needs.

    [bold]Example[/bold]

      radiogenomics doctor
    """
    from radiogenomics.training.diagnosis import diagnose

    found = diagnose(folder)
    if as_json:
        print_json(found.to_json())
    else:
        for line in found.lines():
            print(line)
    if found.missing:
        raise typer.Exit(1)
