"""What every baseline is to the rest: chosen over folds, refitted, able to predict, kept as arrays.

A *family* is a function that takes inputs, targets and folds, and returns what it chose; the
elastic net, ridge and the others differ in nothing else. Imports NumPy only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Rows = NDArray[np.intp]

OnDone = Callable[[float, str], None]
"""Told how far a choice is, as a share from 0 to 1, and at what; raising stops it."""


class Regressor(Protocol):
    """A fitted regression of all targets on the inputs."""

    def predict(self, inputs: Matrix) -> Matrix:
        """Return predictions ``(n_patients, n_targets)`` for inputs ``(n_patients, n_inputs)``."""
        ...

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return it as arrays that NumPy stores without pickle, strings as arrays of ``str``."""
        ...


@dataclass(frozen=True)
class Chosen:
    """What a family chose over folds, and the fits of it.

    Attributes
    ----------
    final
        Refitted on all rows that were given.
    by_fold
        For each fold, the fit of the chosen settings on the rows that the fold learns from.
    out_of_fold
        ``(n_patients, n_targets)``; the rows of each fold predicted by its fit of ``by_fold``, the
        rows that no fold holds out are NaN.
    settings
        For each target what was chosen, such as ``{"alpha": 0.2, "lambda": 0.01, "r2": 0.05}``;
        plain values that JSON can hold.
    """

    final: Regressor
    by_fold: tuple[Regressor, ...]
    out_of_fold: Matrix
    settings: tuple[Mapping[str, Any], ...]


class Family(Protocol):
    """A way to choose and fit regressions."""

    def __call__(
        self,
        inputs: Matrix,
        targets: Matrix,
        folds: Sequence[tuple[Rows, Rows]],
        seed: Sequence[int],
        on_done: OnDone,
    ) -> Chosen:
        """Choose settings for each target by the folds' held-out rows, and fit.

        Parameters
        ----------
        inputs, targets
            ``(n_patients, n_inputs)`` standardised expression and ``(n_patients, n_targets)``
            scaled features, float64.
        folds
            For each fold the rows to learn from and the rows held out.
        seed
            What ``np.random.default_rng`` takes, for families that draw.
        on_done
            Told of progress.
        """
        ...
