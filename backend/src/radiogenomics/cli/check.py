"""``radiogenomics check``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from radiogenomics.cli.progress import reporting, stoppable


def check(
    study: Annotated[Path, typer.Argument(help="The study folder.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the pages; default: check/ in the study.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes at once; 0 for one per processor.")
    ] = 0,
) -> None:
    """Draw pictures to check a study by.

    For every case and rater a page with the slices of largest extent, the outlines, the diameter
    and the axes where they were found, and the numbers; for every case whose images were prepared a
    page that shows how they fit; an index page with the cohort's distributions and its outliers.
    The pages open in any browser, without a server.

    [bold]Example[/bold]

      radiogenomics check my-study
    """
    from radiogenomics.checking.study_pages import check_study
    from radiogenomics.parallel import processors
    from radiogenomics.study import Study

    opened = Study.open(study)
    folder = out or opened.root / "check"
    again = "Some pages are drawn; run the same again for all and the index."
    with stoppable(again), reporting(opened.root / "progress.jsonl") as progress:
        result = check_study(opened, folder, processes=jobs or processors(), progress=progress)
    print(f"{result.pages} page{'' if result.pages == 1 else 's'}. Open {result.index}")
    for what, why in result.problems:
        print(f"  {what}: {why}", file=sys.stderr)
    if result.problems:
        raise typer.Exit(1)
