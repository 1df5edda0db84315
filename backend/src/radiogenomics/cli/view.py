"""``radiogenomics view``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from radiogenomics.study import Role


def view(
    study: Annotated[Path, typer.Argument(help="The study folder.")],
    rater: Annotated[str, typer.Option(help="Who works; left out, the page asks.")] = "",
    role: Annotated[
        Role | None, typer.Option(help="As what; left out, as the study knows the rater.")
    ] = None,
    case: Annotated[str, typer.Option(help="Patient whose case is opened first.")] = "",
    run: Annotated[str, typer.Option(help="Run of the study whose predictions are shown.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 for any that is free.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the system's browser.")] = True,
) -> None:
    """Review and measure a study in the browser, where 3D Slicer is not installed.

    Slicer's own scene, segment editor and rendering run in this program and are shown in a page on
    this computer: draw the regions, see the features follow, submit, return, approve, export.
    Needs the package's extra "viewer". Ends with Ctrl-C; unsaved work is kept.

    [bold]Example[/bold]

      radiogenomics view my-study --rater "Eva Nová"
    """
    from radiogenomics.viewer.viewing import Opening, Tell
    from radiogenomics.viewer.viewing import view as serve

    def ready(address: str) -> None:
        print(f"Open {address}", flush=True)
        print(
            "It is for this computer and this run alone. Ctrl-C ends it; work is kept.", flush=True
        )

    def ended(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    serve(Opening(study, rater, role, case, run), port, Tell(ready, ended), opens_browser=browser)
