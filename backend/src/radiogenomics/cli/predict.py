"""``radiogenomics predict``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from radiogenomics.cli.printing import print_json

if TYPE_CHECKING:
    from radiogenomics.training.predicting import Predicted
    from radiogenomics.training.run_folder import SavedRun


def predict(
    run: Annotated[Path, typer.Option(help="A finished run: the folder of radiogenomics train.")],
    expression: Annotated[Path, typer.Option(help="Gene expression with the genes of the run.")],
    out: Annotated[Path, typer.Option(help="The table of predictions.")] = Path("predictions.csv"),
    model: Annotated[
        list[str] | None,
        typer.Option(help="Only this model of the run; repeat for more. Default: all of them."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, for programs.")
    ] = False,
) -> None:
    """Predict the shape features of patients from their gene expression.

    A patient that the run was trained on gets its out-of-fold prediction back, made by a model
    that had not seen the patient; every other patient gets the final model's. An interval holds
    the out-of-fold errors and, for a new patient, the spread of the models of the folds (CV+); the
    run's manifest states the method.

    [bold]Example[/bold]

      radiogenomics predict --run runs/first --expression new.csv --out predictions.csv
    """
    from radiogenomics.errors import InputError
    from radiogenomics.expression import read_expression
    from radiogenomics.study.predictions import write_predictions
    from radiogenomics.training.run_folder import load_run

    saved = load_run(run)
    if out.resolve().is_relative_to(run.resolve()):
        raise InputError(
            f"{out} lies in the run folder, which is not changed; choose another place."
        )
    if out.exists() and out.samefile(expression):
        raise InputError(f"--out {out} is the expression matrix itself; choose another place.")
    # The genes help to tell which way round the matrix is.
    matrix = read_expression(expression, genes=saved.genes)

    from radiogenomics.training.predicting import predict_patients

    result = predict_patients(saved, matrix, model or ())
    write_predictions(out, result.predictions)
    if as_json:
        print_json(
            {
                "predictions": str(out),
                "run_id": saved.run_id,
                "out_of_fold": list(result.trained),
                "final": list(result.new),
                "models": list(model or saved.models),
                "intervals": _interval_method(saved, result),
            }
        )
    else:
        for line in (*matrix.report.messages, *_account(result, out)):
            print(line)


def _interval_method(run: SavedRun, result: Predicted) -> str:
    from radiogenomics.training import intervals

    new = intervals.NEW_BY_FOLDS if result.with_spread else intervals.NEW_BY_ERRORS
    return f"{run.config.interval_level:.0%} intervals. {intervals.METHOD} {new}"


def _account(result: Predicted, out: Path) -> list[str]:
    lines = [
        f"{len(result.new)} patients predicted by the final models, "
        f"{len(result.trained)} known to the run by their out-of-fold predictions."
    ]
    alignment = result.alignment
    if alignment is not None:
        if alignment.reordered or alignment.n_extra:
            lines.append(
                f"Genes were matched by name; {alignment.n_extra} are not in the model and unused."
            )
        if alignment.n_filled:
            lines.append(
                f"{alignment.n_filled} missing values count as their gene's mean in the training."
            )
    if result.new:
        lines.append(
            "Intervals of new patients hold the spread of the fold models and the out-of-fold "
            "errors (CV+)."
            if result.with_spread
            else "Intervals of new patients hold the out-of-fold errors alone; the fold models "
            "were not kept."
        )
    return [*lines, f"Predictions: {out}"]
