"""``radiogenomics report``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radiogenomics.cli.printing import print_json
from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon


def report(
    run: Annotated[Path, typer.Argument(help="A finished run: the folder of radiogenomics train.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for report.html and report/; default: the run's own folder."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Report what a run shows: one page, with its tables as CSV and figures as SVG and PNG.

    The paper's Tables 2 to 4 and Figures 2 and 3 for this run, beside the paper's own numbers, with
    the constant predictors and the tests beside everything. The page opens without a network.

    [bold]Examples[/bold]

      radiogenomics report runs/first

      radiogenomics report runs/first --out reports/first
    """
    log = (out or run) / "report" / "progress.jsonl"
    with stopping_soon("Run the same again for the whole report."), reporting(log) as progress:
        from radiogenomics.training.run_folder import load_run

        # Bad input is told before Matplotlib loads.
        saved = load_run(run)

        from radiogenomics.evaluation.report import write_report

        written = write_report(saved, out, progress)
    if as_json:
        print_json({"report": str(written.page), "folder": str(written.folder)})
        return
    print(written.headline)
    print(f"Report: {written.page}\nTables and figures: {written.folder}")
