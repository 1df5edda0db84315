"""What ``radiogenomics train`` prints at its end."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from radiogenomics.cli.printing import print_json
from radiogenomics.evaluation import Average, FeatureError, averages
from radiogenomics.evaluation.verdict import lead_of, verdict_with_tests
from radiogenomics.shape import SHOWN_UNITS
from radiogenomics.training import run_folder

if TYPE_CHECKING:
    from radiogenomics.training.config import TrainingConfig
    from radiogenomics.training.run import RunResult

# Whom the lead stands beside, as far as they are there; more columns do not fit a terminal.
_BESIDE = ("linear", "median", "least_mape")
_SIDE_BY_SIDE = 3


def print_result(
    result: RunResult, config: TrainingConfig, errors: Sequence[FeatureError], *, as_json: bool
) -> None:
    """Print the errors, what they say about the models, and what went into the run."""
    means = averages(errors)
    said = verdict_with_tests(
        result.predictions,
        reporting_folds_chose=any(config.chosen_by_reporting_folds(model) for model in means),
    )
    if as_json:
        print_json(_as_json(result, errors, means, said))
        return
    console = Console()
    models = dict.fromkeys((lead_of(means), *(name for name in _BESIDE if name in means)))
    patients = result.manifest["patients"]["trained"]
    console.print(_table(errors, means, list(models)[:_SIDE_BY_SIDE], patients))
    console.print(_averages_table(means))
    console.print(said, highlight=False)
    repeats = result.manifest["repeats"]["number"]
    if repeats > 1:
        console.print(
            f"Repeats: all of this is of the first of {repeats} cross-validations, each with folds "
            f"of its own; all are in {result.path / run_folder.REPEATS}, and the report sums them "
            "up.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
    for line in _account(result.manifest):
        console.print(escape(line), highlight=False, soft_wrap=True)
    console.print(
        f"Predictions: {result.path / run_folder.PREDICTIONS}\n"
        f"Errors:      {result.path / run_folder.METRICS}\n"
        f"Models:      {result.path / run_folder.MODELS}\n"
        f"Everything:  {result.path / run_folder.MANIFEST}\n"
        f"Next:        radiogenomics report {shlex.quote(str(result.path))}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )


def _as_json(
    result: RunResult, errors: Sequence[FeatureError], means: Mapping[str, Average], said: str
) -> dict[str, Any]:
    repeats = result.manifest["repeats"]["number"]
    return {
        "run": str(result.path),
        "patients": result.manifest["patients"],
        "genes": result.manifest["genes"],
        "features": [dataclasses.asdict(error) for error in errors],
        "repeats": {
            "number": repeats,
            "errors_are_of_repeat": 1,
            "errors_of_all": str(result.path / run_folder.REPEATS) if repeats > 1 else None,
        },
        "averages": [dataclasses.asdict(average) for average in means.values()],
        "verdict": said,
    }


def _table(
    errors: Sequence[FeatureError],
    means: Mapping[str, Average],
    models: Sequence[str],
    patients: int,
) -> Table:
    table = Table(
        title=f"Errors on the {patients} held-out patients; the lowest of a row is bold",
        box=SIMPLE_HEAD,
        collapse_padding=True,
        pad_edge=False,
    )
    table.add_column("", no_wrap=True)
    for measure in ("MAE", "MAPE %"):
        for model in models:
            name = model.replace("_", "\n")  # a wide column would crowd the numbers of others
            table.add_column(f"{measure}\n{name}", justify="right", no_wrap=True)
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


def _averages_table(means: Mapping[str, Average]) -> Table:
    table = Table(
        title="All models, averages over the features; the lowest of a column is bold",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("", no_wrap=True)
    table.add_column("MAE / maximum", justify="right")
    table.add_column("MAPE %", justify="right")
    mae = _lowest_bold([each.mae_scaled for each in means.values()], "{:.4f}")
    mape = _lowest_bold([each.mape for each in means.values()], "{:.2f}")
    for row in zip(means, mae, mape, strict=True):
        table.add_row(*row)
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
    used = [f"{count} {basis}" for basis, count in patients.get("versions", {}).items()]
    genes_out = [f"{n} {reason}" for reason, n in genes["dropped_by_reason"].items() if n]
    machine = manifest["machine"]
    lines = [
        f"Protocol: {methods['protocol']}.",
        *manifest["expression"]["messages"],
        f"Patients: {patients['trained']} with expression and features"
        + (f"; left out: {', '.join(left_out)}." if left_out else "."),
        *([f"Segmentations used: {', '.join(used)}."] if used else []),
        f"Genes: {genes['used']}"
        + (f"; left out: {', '.join(genes_out)}" if genes_out else "")
        + f"; missing values replaced by their gene's mean: {genes['missing_values_filled']}.",
        f"Standardisation: {methods['gene_scaling']}.",
        f"Pre-training: {methods['pre_training']}.",
        *([f"Baselines: {methods['baselines']}."] if "baselines" in methods else []),
        f"Device: {', '.join(machine['gpus']) or 'CPU'}",
        f"Time: {manifest['wall_time_s']['total']:.0f} s.",
    ]
    if manifest["diverged_fits"]:
        lines.insert(1, f"{manifest['diverged_fits']} fits of the search diverged; see search.csv.")
    return lines
