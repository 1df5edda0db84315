"""``radiogenomics compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radiogenomics.cli.printing import print_json
from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(help="Finished runs; the others are compared with the first."),
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for comparison.html, the tables and the figure.")
    ] = Path("comparison"),
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Put runs side by side, with the same tests as a report, on the patients they share.

    Says what makes a difference doubtful: other data, protocols, raters or folds.

    [bold]Examples[/bold]

      radiogenomics compare runs/nested runs/chosen

      radiogenomics compare runs/seed-1 runs/seed-2 runs/seed-3 --out comparisons/seeds
    """
    advice = "Run the same again for the whole comparison."
    with stopping_soon(advice), reporting(out / "progress.jsonl") as progress:
        from radiogenomics.training.run_folder import load_run

        # Bad input is told before Matplotlib loads.
        saved = [load_run(path) for path in runs]

        from radiogenomics.evaluation.report import write_comparison

        written = write_comparison(saved, out, progress)
    if as_json:
        print_json({"comparison": str(written.page), "headline": written.headline})
        return
    print(f"{written.headline}\nComparison: {written.page}\nTables and figure: {written.folder}")
