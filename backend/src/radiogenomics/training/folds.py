"""Dividing the patients into folds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import KFold

from radiogenomics.errors import InputError


@dataclass(frozen=True)
class Fold:
    """One division of the patients.

    Attributes
    ----------
    number
        Counted from 1.
    train, held_out
        Row numbers of the patients to learn from and of those to predict; integer arrays.
    """

    number: int
    train: NDArray[np.intp]
    held_out: NDArray[np.intp]


def make_folds(n_patients: int, n_folds: int, seed: int) -> tuple[Fold, ...]:
    """Divide patients at random so that each is held out in exactly one fold.

    Raises
    ------
    InputError
        If there are fewer patients than folds.
    """
    if n_patients < n_folds:
        raise InputError(
            f"{n_patients} patients have both expression and features, fewer than the {n_folds} "
            f"folds; add patients or choose --folds {max(2, min(n_patients, 5))}."
            if n_patients >= 2
            else f"Only {n_patients} patient has both expression and features; 2 are needed."
        )
    division = KFold(n_folds, shuffle=True, random_state=seed)
    return tuple(
        Fold(number, train, held_out)
        for number, (train, held_out) in enumerate(division.split(np.empty(n_patients)), start=1)
    )


def fold_numbers(folds: tuple[Fold, ...]) -> NDArray[np.intp]:
    """Return for each patient the number of the fold that holds it out, ``(n_patients,)``."""
    numbers = np.zeros(sum(len(fold.held_out) for fold in folds), dtype=np.intp)
    for fold in folds:
        numbers[fold.held_out] = fold.number
    return numbers
