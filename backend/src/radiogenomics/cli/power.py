"""``radiogenomics power``."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiogenomics.cli.printing import print_json
from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon

if TYPE_CHECKING:
    from radiogenomics.evaluation.power import FeaturePower, Power


def power(
    run: Annotated[Path, typer.Argument(help="A finished run: the folder of radiogenomics train.")],
    model: Annotated[
        str | None, typer.Option(help="The model. Default: the full network, or what is there.")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(help="Whom it is compared with. Default: linear, or the median without it."),
    ] = None,
    effect: Annotated[
        str, typer.Option(help="By how much less the reference's mean absolute error is.")
    ] = "10%",
    target: Annotated[str, typer.Option(help="The power wanted.")] = "80%",
    level: Annotated[
        float, typer.Option(help="Of all tests together; Bonferroni divides it by the features.")
    ] = 0.05,
    simulations: Annotated[int, typer.Option(help="Simulated cohorts an estimate.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same numbers.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Say which difference between two models a cohort of this size can show.

    Simulates cohorts from the run's out-of-fold errors, for each feature and for the average over
    them: the chance to show the effect asked for, the smallest effect that is shown with the power
    wanted, and how many patients the effect asked for needs. Nothing is written.

    [bold]Example[/bold]

      radiogenomics power runs/first --effect 15%
    """
    with stopping_soon("Nothing was written."), reporting(None) as progress:
        from radiogenomics.evaluation.power import METHOD, power_of, share_from
        from radiogenomics.evaluation.verdict import lead_of, reference_of
        from radiogenomics.training.run_folder import load_run

        wanted = share_from(effect, "--effect"), share_from(target, "--target")
        saved = load_run(run)
        found = power_of(
            saved.predictions,
            model or lead_of(saved.models),
            reference or reference_of(saved.models),
            effect=wanted[0],
            target=wanted[1],
            level=level,
            simulations=simulations,
            seed=seed,
            progress=progress,
        )
    if as_json:
        values = dataclasses.asdict(found)
        print_json({"run": str(run), **values, "method": METHOD})
    else:
        _print(found)


def _print(found: Power) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from radiogenomics.evaluation.power import METHOD, in_words, summary_in_words
    from radiogenomics.shape.wording import in_shown_unit, shown_unit, significant

    table = Table(
        title=f"{found.model} against {found.reference}: what {found.average.n_patients} patients "
        "can show",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("", no_wrap=True)
    for head in (
        f"MAE of\n{found.reference}",
        f"power for\n{_share(found.effect)} less",
        f"shown with\n{_share(found.target)} power",
        f"patients for\n{_share(found.effect)} less",
    ):
        table.add_column(head, justify="right", no_wrap=True)
    section = None
    for each in found.features:
        if each.roi != section:
            table.add_section()
            table.add_row(f"[bold]{each.roi}[/bold]")
            section = each.roi
        unit = shown_unit(each.unit)
        error = significant(in_shown_unit(each.reference_error, each.unit), 3)
        name = each.feature.replace("_", " ") + (f", {unit}" if unit else "")
        table.add_row(name, error, *_numbers(each))
    table.add_section()
    average = found.average
    table.add_row(
        "average, MAE / maximum", significant(average.reference_error, 3), *_numbers(average)
    )
    console = Console()
    console.print(table)
    for line in (
        f"Features, level {found.features[0].level:.2g} each: {summary_in_words(found)}",
        f"Average: {in_words(average, found)}",
        METHOD,
    ):
        console.print(line, highlight=False, markup=False)


def _numbers(each: FeaturePower) -> tuple[str, str, str]:
    from radiogenomics.evaluation.power import MAX_PATIENTS

    return (
        f"{each.power:.0%}",
        "none" if each.detectable is None else f"{each.detectable:.0%} less",
        f"over {MAX_PATIENTS}" if each.patients_needed is None else str(each.patients_needed),
    )


def _share(value: float) -> str:
    return f"{100 * value:.3g}%"
