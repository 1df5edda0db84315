"""What the baselines share: refusing bad input, and putting together what was chosen over folds.

Imports NumPy only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.models.regression import Chosen, Matrix, Regressor, Rows

Folds = Sequence[tuple[Rows, Rows]]


def check(inputs: Matrix, targets: Matrix, folds: Folds) -> None:
    """Refuse what no baseline can be chosen on.

    Raises
    ------
    InputError
        If the shapes do not fit, a number is not finite, or the folds do not fit the rows.
    """
    check_tables(inputs, targets, "a baseline")
    if not folds:
        raise InputError("A baseline is chosen over folds and was given none; give at least one.")
    check_folds(folds, "a baseline")


def check_tables(inputs: Matrix, targets: Matrix, model: str) -> None:
    """Refuse tables whose shapes do not fit or that hold a number that is not finite.

    Parameters
    ----------
    inputs, targets
        As `Family` takes them.
    model
        What they were given to, such as ``a baseline``; messages name it.

    Raises
    ------
    InputError
        Naming the shapes, or the first such number.
    """
    if inputs.ndim != 2 or targets.ndim != 2 or len(inputs) != len(targets):
        raise InputError(
            f"{model.capitalize()} was given inputs of shape {inputs.shape} and targets of shape "
            f"{targets.shape}; give two tables with a row for each patient."
        )
    for name, values in (("input", inputs), ("target", targets)):
        finite = np.isfinite(values)
        if not finite.all():
            row, column = np.argwhere(~finite)[0]
            raise InputError(
                f"The {name} in row {row + 1}, column {column + 1} is {values[row, column]}; "
                f"{model} needs finite numbers. Leave the patient or the column out, or fill "
                "missing values in first."
            )


def check_folds(folds: Folds, model: str) -> None:
    """Refuse a fold that learns from fewer than two patients or holds out none.

    Raises
    ------
    InputError
        Naming the first such fold, and the model as in `check_tables`.
    """
    for number, (learned, held_out) in enumerate(folds, start=1):
        if len(learned) < 2 or not len(held_out):
            raise InputError(
                f"Fold {number} learns from {len(learned)} patients and holds out "
                f"{len(held_out)}; {model} needs at least 2 and 1. Use fewer folds."
            )


def put_together(
    inputs: Matrix,
    folds: Folds,
    final: Regressor,
    by_fold: Sequence[Regressor],
    settings: Sequence[Mapping[str, Any]],
) -> Chosen:
    """Return the choice, with the held-out rows of each fold predicted by the fold's fit."""
    out_of_fold = np.full((len(inputs), len(settings)), np.nan)
    for (_, held_out), fitted in zip(folds, by_fold, strict=True):
        out_of_fold[held_out] = fitted.predict(inputs[held_out])
    return Chosen(final, tuple(by_fold), out_of_fold, tuple(settings))


def first_best(
    scores: NDArray[np.float64],
) -> tuple[NDArray[np.intp], tuple[float | None, ...]]:
    """Return for each row of scores the place of the highest, and that score.

    Among equals the first place is taken, so what is simplest goes first. Where a row has no score
    (all NaN, since the target never varies) it is the first place too, with None.
    """
    none: NDArray[np.bool_] = np.asarray(np.isnan(scores).all(axis=1))
    places = np.argmax(np.where(np.isnan(scores), -np.inf, scores), axis=1)
    values = tuple(
        None if empty else float(row[place])
        for row, place, empty in zip(scores, places, none, strict=True)
    )
    return places, values
