"""Bootstrap intervals of mean errors: patients are drawn, everything of a patient goes with it.

One set of draws serves all features and models, so that differences between models and averages
over features keep their dependence. An interval is BCa (bias-corrected and accelerated; Efron 1987,
Efron and Tibshirani 1993, chapter 14), since absolute and percentage errors are skewed and the
percentile interval ignores that. It says how much errors vary with the patients, the fitted models
being what they are: folds and trainings are not repeated in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from radiogenomics.errors import InputError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its interval."""

    value: float
    lower: float
    upper: float


class PatientBootstrap:
    """Draws of patients with replacement, to take means over.

    Parameters
    ----------
    n_patients
        Patients to draw from, and in each draw.
    resamples
        Draws.
    seed
        What ``np.random.default_rng`` takes.
    level
        Share of intervals meant to cover.

    Raises
    ------
    InputError
        If there are fewer than two patients or draws, or the level is not between 0 and 1.
    """

    def __init__(
        self, n_patients: int, resamples: int = 9999, seed: int = 0, level: float = 0.95
    ) -> None:
        if n_patients < 2 or resamples < 2 or not 0 < level < 1:
            raise InputError(
                f"A bootstrap needs at least 2 patients, 2 draws and a level between 0 and 1, not "
                f"{n_patients}, {resamples} and {level}."
            )
        generator = np.random.default_rng(seed)
        chances = np.full(n_patients, 1 / n_patients)
        # How often each patient is in each draw: a mean over a draw is then a matrix product.
        self._counts = generator.multinomial(n_patients, chances, size=resamples).astype(np.float64)
        self._level = level

    def mean(self, values: Array) -> tuple[Estimate, ...]:
        """Return the mean of each column of values ``(n_patients, n_columns)`` with its interval.

        NaN is left out of its column's mean, in every draw.
        """
        estimate, draws, without_one = self._means(values)
        lower, upper = bca_interval(estimate, draws, without_one, self._level)
        return tuple(Estimate(*map(float, row)) for row in zip(estimate, lower, upper, strict=True))

    def average(self, values: Array) -> Estimate:
        """Return the mean of the columns' means, with its interval; columns weigh the same."""
        estimate, draws, without_one = (
            part.mean(axis=-1, keepdims=True) for part in self._means(values)
        )
        lower, upper = bca_interval(estimate, draws, without_one, self._level)
        return Estimate(float(estimate[0]), float(lower[0]), float(upper[0]))

    def _means(self, values: Array) -> tuple[Array, Array, Array]:
        """Return the means, those of each draw, and those without one patient at a time."""
        there = np.isfinite(values)
        if (there.sum(axis=0) < 2).any():
            raise InputError("A bootstrap needs at least two patients with a value.")
        filled = np.where(there, values, 0.0)
        total, number = filled.sum(axis=0), there.sum(axis=0)
        drawn = self._counts @ there
        with np.errstate(invalid="ignore"):
            draws = (self._counts @ filled) / drawn
        # A draw without any patient that has a value, possible where few have one, says nothing.
        draws = np.where(drawn > 0, draws, np.nan)
        without_one = (total - filled) / (number - there)
        return total / number, draws, without_one


def bca_interval(
    estimate: Array, draws: Array, without_one: Array, level: float
) -> tuple[Array, Array]:
    """Return the ends of BCa intervals.

    Parameters
    ----------
    estimate
        ``(k,)``.
    draws
        Of each resample, ``(n_resamples, k)``; NaN is ignored.
    without_one
        Jackknife values, ``(n_patients, k)``.
    level
        Such as 0.95.

    Returns
    -------
    tuple
        Lower and upper ends, ``(k,)``; both are the estimate where all draws are the same.
    """
    lower, upper = estimate.copy(), estimate.copy()
    for column, value in enumerate(estimate):
        own = draws[:, column]
        own = own[np.isfinite(own)]
        # What differs by rounding alone is the same.
        if np.ptp(own) <= 1e-12 * max(abs(float(value)), np.finfo(np.float64).tiny):
            continue
        shares = _bca_shares(float(value), own, without_one[:, column], level)
        lower[column], upper[column] = np.quantile(own, shares)
    return lower, upper


def _bca_shares(value: float, draws: Array, without_one: Array, level: float) -> Array:
    """Return which quantiles of the draws are the ends: bias z0 and acceleration a corrected."""
    below = (np.mean(draws < value) + np.mean(draws <= value)) / 2
    # A share of 0 or 1 would put z0 at infinity; with so few draws beyond it, half a draw is there.
    half = 0.5 / len(draws)
    bias = ndtri(np.clip(below, half, 1 - half))
    deviations = without_one.mean() - without_one
    acceleration = (deviations**3).sum() / (6 * (deviations**2).sum() ** 1.5)
    z = bias + ndtri(np.array([(1 - level) / 2, (1 + level) / 2]))
    shares: Array = ndtr(bias + z / (1 - acceleration * z))
    return shares
