"""``radiogenomics train``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiogenomics.cli.progress import reporting
from radiogenomics.cli.stopping import stopping_soon
from radiogenomics.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiogenomics.evaluation import FeatureError
    from radiogenomics.study.predictions import Prediction


def train(
    expression: Annotated[
        Path, typer.Option(help="Gene expression, as radiogenomics expression reads it.")
    ],
    features: Annotated[Path, typer.Option(help="The table that radiogenomics measure wrote.")],
    protocol: Annotated[
        str,
        typer.Option(
            help="How to train: nested (inner folds choose; the honest estimate), paper (its full "
            "grids), chosen (the paper's values), quick (a demonstration), or a TOML file."
        ),
    ] = "nested",
    models: Annotated[
        str,
        typer.Option(
            help="Separated by commas. Networks: network, network_pretrained (no dropout), "
            "network_plain (neither pre-training nor dropout), network_pca (principal components). "
            "Baselines: linear (the paper's elastic net), ridge, pcr (regression on principal "
            "components), trees, linear_absolute (trained on absolute error). The constants "
            "median, mean and least_mape are always there."
        ),
    ] = "network",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the run; its name is the run's id. Default: runs/PROTOCOL."),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option(
            "--set", help="Override a value of the protocol, such as network.epochs=60; repeat."
        ),
    ] = None,
    folds: Annotated[
        int | None, typer.Option(help="Folds that report; the protocol's if not given.")
    ] = None,
    repeats: Annotated[
        int | None,
        typer.Option(
            help="Cross-validate this often, each time anew with other folds: repeats.csv."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of folds, weights, shuffles and dropout.")] = 1,
    rater: Annotated[
        str | None,
        typer.Option(
            help="Learn this rater's measurements, not those of the version of a case that counts."
        ),
    ] = None,
    device: Annotated[
        str, typer.Option(help="auto (a GPU where there is one), cpu, or gpu.")
    ] = "auto",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that did not finish.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Train networks and baselines to predict shape features from gene expression.

    Chooses by the protocol, pre-trains an autoencoder, cross-validates networks and baselines,
    trains final ones on all patients, and states the errors on held-out patients beside those of
    constant predictors. What is finished is kept: after Ctrl-C or a crash, --resume goes on.

    [bold]Examples[/bold]

      radiogenomics train --expression expression.csv.gz --features features.csv
      --models network,linear

      radiogenomics train --expression expression.csv --features features.csv --protocol quick
      --models network,network_plain --set widths=64,32,16 --out runs/small
    """
    # Bad input is told first: TensorFlow takes seconds to load, and not under a progress bar,
    # whose drawing it would hold back.
    from radiogenomics.training import run_folder
    from radiogenomics.training.data import read_training_data
    from radiogenomics.training.devices import DEVICES
    from radiogenomics.training.planning import plan_folds
    from radiogenomics.training.protocols import load_protocol
    from radiogenomics.training.variants import parse_models

    config = load_protocol(
        protocol,
        overrides or (),
        models=parse_models(models),
        folds=folds,
        repeats=repeats,
        seed=seed,
        rater=rater,
    )
    if device not in DEVICES:
        raise InputError(f"--device is {device!r}; use {', '.join(DEVICES)}.")
    folder = out or Path("runs") / config.protocol
    run_folder.check_new(folder, resume=resume)
    data = read_training_data(expression, features, rater)
    plan_folds(data, config)

    from radiogenomics.cli.training_result import print_result
    from radiogenomics.evaluation import averages, feature_errors, write_metrics
    from radiogenomics.training.run import record_for
    from radiogenomics.training.run import train as run_training

    run_folder.check(folder, record_for(data, config, device), resume=resume)
    errors: list[FeatureError] = []

    def finish(
        path: Path, predictions: tuple[Prediction, ...]
    ) -> Mapping[str, Mapping[str, float]]:
        errors.extend(feature_errors(predictions))
        write_metrics(path / run_folder.METRICS, errors)
        return {
            model: {"mae_scaled": average.mae_scaled, "mape": average.mape}
            for model, average in averages(errors).items()
        }

    advice = f"What is finished is kept in {folder}; the same command with --resume goes on."
    with (
        stopping_soon(advice),
        reporting(folder / run_folder.PROGRESS, always_log=True) as progress,
    ):
        result = run_training(data, folder, config, progress, finish, device=device, resume=resume)
    if not errors:  # it was finished before
        errors.extend(feature_errors(result.predictions))
    print_result(result, config, errors, as_json=as_json)
