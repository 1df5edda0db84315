"""``radiogenomics simulate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from radiogenomics.cli.progress import reporting, stoppable


def simulate(
    study: Annotated[Path, typer.Argument(help="A new or empty folder; it becomes a study.")],
    patients: Annotated[int, typer.Option(min=1, help="Number of patients with images.")] = 60,
    without_images: Annotated[
        int, typer.Option(min=0, help="Further patients that have expression alone.")
    ] = 0,
    genes: Annotated[int, typer.Option(help="Number of genes, at least 60.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same cohort.")] = 1,
    spacing: Annotated[float, typer.Option(help="Voxel size in mm, 0.5 to 4.")] = 1.5,
    jobs: Annotated[
        int, typer.Option(min=0, help="Processes at once; 0 for one per processor.")
    ] = 0,
) -> None:
    """Make a cohort of phantoms, in which known genes drive known features.

    T1 with contrast, FLAIR and T2 volumes, segmentations by one to three raters who disagree a
    little, and an expression matrix. What drives what is written to truth.json. For demonstrations,
    tutorials and tests; no patient's data is in it.

    [bold]Example[/bold]

      radiogenomics simulate phantoms --patients 60 --genes 2000 --seed 1
    """
    from radiogenomics.parallel import processors
    from radiogenomics.simulation import simulate_cohort
    from radiogenomics.simulation.writing import EXPRESSION, TRUTH, create_study, write_cohort

    cohort = simulate_cohort(patients + without_images, genes, seed, spacing=spacing)
    created = create_study(cohort, study)
    advice = f"{study} holds a part of the cohort only: delete it, then run the same again."
    with stoppable(advice), reporting(study / "progress.jsonl") as progress:
        write_cohort(
            cohort, created, imaged=patients, processes=jobs or processors(), progress=progress
        )
    print(f"{patients} simulated patients in {study}, {without_images} more with expression alone.")
    print(f"Expression: {study / EXPRESSION}")
    print(f"What drives what: {study / TRUTH}")
