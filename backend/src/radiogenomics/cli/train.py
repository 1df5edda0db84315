"""``radiogenomics train``."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from radiogenomics.cli.printing import print_json
from radiogenomics.cli.progress import reporting
from radiogenomics.errors import InputError
from radiogenomics.models.settings import (
    PAPER_WIDTHS,
    AutoencoderSettings,
    NetworkSettings,
    Nonnegative,
)
from radiogenomics.training.config import TrainingConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from radiogenomics.evaluation import Average, FeatureError
    from radiogenomics.study.predictions import Prediction
    from radiogenomics.training.run import RunResult


def train(
    expression: Annotated[
        Path, typer.Option(help="Expression matrix, one patient a row: CSV or TSV, gzip or not.")
    ],
    features: Annotated[Path, typer.Option(help="The table that radiogenomics measure wrote.")],
    out: Annotated[Path, typer.Option(help="New folder for the run; its name is the run's id.")],
    rater: Annotated[
        str | None, typer.Option(help="Whose measurements to learn, if there are several raters.")
    ] = None,
    folds: Annotated[int, typer.Option(help="Folds of the cross-validation.")] = 10,
    seed: Annotated[int, typer.Option(help="Seed of folds, weights, shuffles and dropout.")] = 1,
    epochs: Annotated[int, typer.Option(help="Epochs of the network.")] = NetworkSettings.epochs,
    autoencoder_epochs: Annotated[
        int | None, typer.Option(help="Epochs of the autoencoder; as --epochs if not given.")
    ] = None,
    widths: Annotated[
        str, typer.Option(help="Units of the hidden layers, separated by commas.")
    ] = ",".join(map(str, PAPER_WIDTHS)),
    nonnegative: Annotated[
        str,
        typer.Option(
            help="Weights held nonnegative: all (the paper), output (enough for nonnegative "
            "predictions; the network can then learn falling relations too), or none."
        ),
    ] = NetworkSettings.nonnegative,
    no_pretraining: Annotated[
        bool, typer.Option("--no-pretraining", help="Start the network from random weights.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Train the paper's network to predict shape features from gene expression.

    Pre-trains an autoencoder on all patients with expression, cross-validates the network on those
    with features too, trains a final network on all of them, and states the errors on held-out
    patients beside those of constant predictors.

    [bold]Examples[/bold]

      radiogenomics train --expression expression.csv.gz --features features.csv --out runs/first

      radiogenomics train --expression expression.csv --features features.csv --out runs/quick
      --widths 64,32,16 --epochs 20
    """
    hidden = _parse_widths(widths)
    if no_pretraining and autoencoder_epochs is not None:
        raise InputError("--no-pretraining leaves out the autoencoder; drop --autoencoder-epochs.")
    pretraining = AutoencoderSettings(
        widths=hidden, epochs=epochs if autoencoder_epochs is None else autoencoder_epochs
    )
    config = TrainingConfig(
        autoencoder=None if no_pretraining else pretraining,
        network=NetworkSettings(
            widths=hidden, epochs=epochs, nonnegative=cast("Nonnegative", nonnegative)
        ),
        folds=folds,
        seed=seed,
        rater=rater,
    )
    # Bad input is told first: TensorFlow takes seconds to load, and not under a progress bar,
    # whose drawing it would hold back. The training makes sure of folds and folder again, since
    # its other callers need that too.
    from radiogenomics.training import run_folder
    from radiogenomics.training.data import read_training_data
    from radiogenomics.training.folds import make_folds

    data = read_training_data(expression, features, rater)
    make_folds(len(data.cohort.patient_ids), folds, seed)
    run_folder.prepare(out)

    from radiogenomics.evaluation import averages, feature_errors, write_metrics
    from radiogenomics.training.run import train as run_training

    errors: list[FeatureError] = []

    def finish(path: Path, predictions: tuple[Prediction, ...]) -> None:
        errors.extend(feature_errors(predictions))
        write_metrics(path / run_folder.METRICS, errors)

    try:
        with reporting(out / run_folder.PROGRESS) as progress:
            result = run_training(data, out, config, progress, finish)
    except KeyboardInterrupt as interrupt:
        print(
            f"Interrupted: the run in {out} did not finish; the same command starts it again.",
            file=sys.stderr,
        )
        raise typer.Exit(130) from interrupt
    means = averages(errors)
    if as_json:
        print_json(_as_json(result, errors, means))
    else:
        _print_result(result, errors, means)


def _parse_widths(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise InputError(
            f"--widths is {text!r}; give whole numbers separated by commas, such as 2000,1000,500."
        ) from error


def _as_json(
    result: RunResult, errors: Sequence[FeatureError], means: Mapping[str, Average]
) -> dict[str, Any]:
    from radiogenomics.evaluation.verdict import verdict

    return {
        "run": str(result.path),
        "patients": result.manifest["patients"],
        "genes": result.manifest["genes"],
        "features": [dataclasses.asdict(error) for error in errors],
        "averages": [dataclasses.asdict(average) for average in means.values()],
        "verdict": verdict(means),
    }


def _print_result(
    result: RunResult, errors: Sequence[FeatureError], means: Mapping[str, Average]
) -> None:
    from radiogenomics.evaluation.verdict import verdict
    from radiogenomics.training import run_folder

    console = Console()
    console.print(_table(result, errors, means))
    console.print(verdict(means), highlight=False)
    for line in _account(result.manifest):
        console.print(escape(line), highlight=False, soft_wrap=True)
    console.print(
        f"Predictions: {result.path / run_folder.PREDICTIONS}\n"
        f"Errors:      {result.path / run_folder.METRICS}\n"
        f"Everything:  {result.path / run_folder.MANIFEST}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _table(
    result: RunResult, errors: Sequence[FeatureError], means: Mapping[str, Average]
) -> Table:
    from radiogenomics.shape import SHOWN_UNITS

    models = list(dict.fromkeys(error.model for error in errors))
    table = Table(
        title=f"Errors on the {result.manifest['patients']['trained']} held-out patients; "
        "the lowest of a row is bold",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    table.add_column("", no_wrap=True)
    for measure in ("MAE", "MAPE %"):
        for model in models:
            table.add_column(f"{measure}\n{model}", justify="right", no_wrap=True)
    by_feature: dict[tuple[str, str, str], dict[str, FeatureError]] = {}
    for error in errors:
        key = (error.roi, error.feature, error.unit)
        by_feature.setdefault(key, {})[error.model] = error
    section = None
    for (roi, feature, unit), own in by_feature.items():
        if roi != section:
            table.add_section()
            table.add_row(f"[bold]{roi}[/bold]")
            section = roi
        shown, factor = SHOWN_UNITS.get(unit, (unit, 1.0))
        mae = [own[model].mae * factor for model in models]
        mape = [own[model].mape for model in models]
        name = feature.replace("_", " ") + (f", {shown}" if shown else "")
        table.add_row(name, *_lowest_bold(mae, "{:.3g}"), *_lowest_bold(mape, "{:.1f}"))
    table.add_section()
    table.add_row(
        "average, MAE / maximum",
        *_lowest_bold([means[model].mae_scaled for model in models], "{:.4f}"),
        *_lowest_bold([means[model].mape for model in models], "{:.2f}"),
    )
    return table


def _lowest_bold(values: Sequence[float], form: str) -> list[str]:
    """Write the numbers; bold goes to all that read as the lowest, so that no tie is hidden."""
    texts = [form.format(value) for value in values]
    lowest = form.format(min(values))
    return [f"[bold]{text}[/bold]" if text == lowest else text for text in texts]


def _account(manifest: Mapping[str, Any]) -> list[str]:
    """Say what was used, and what was left out and why."""
    patients, genes, methods = manifest["patients"], manifest["genes"], manifest["methods"]
    left_out = [f"{count} {reason}" for reason, count in patients["dropped_by_reason"].items()]
    genes_out = [f"{n} {reason}" for reason, n in genes["dropped_by_reason"].items() if n]
    pretraining = methods.get("pre_training", methods.get("no_pre_training"))
    return [
        f"Patients: {patients['trained']} with expression and features"
        + (f"; left out: {', '.join(left_out)}." if left_out else "."),
        f"Genes: {genes['used']}"
        + (f"; left out: {', '.join(genes_out)}" if genes_out else "")
        + f"; missing values replaced by their gene's mean: {genes['missing_values_filled']}.",
        f"Standardisation: {methods['gene_scaling']}.",
        f"Pre-training: {pretraining}.",
        f"Device: {', '.join(manifest['machine']['gpus']) or 'CPU'}",
        f"Time: {manifest['wall_time_s']['total']:.0f} s.",
    ]
