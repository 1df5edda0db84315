"""Intraclass correlation of raters who measured the same cases. numpy and scipy only.

Two-way random effects, absolute agreement: the raters stand for all raters of their kind, and one
who measures everything larger than the others does not agree with them.

References
----------
Shrout and Fleiss, "Intraclass correlations: uses in assessing rater reliability", Psychological
Bulletin 86 (1979) 420-428: ICC(2,1) and ICC(2,k).
McGraw and Wong, "Forming inferences about some intraclass correlation coefficients", Psychological
Methods 1 (1996) 30-46: the same as ICC(A,1) and ICC(A,k), with their intervals.
Koo and Li, "A guideline of selecting and reporting intraclass correlation coefficients for
reliability research", Journal of Chiropractic Medicine 15 (2016) 155-163: the words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import f as f_distribution

from radiogenomics.errors import InputError

LEVEL = 0.95
"""Confidence level of all intervals of this package."""

BANDS: tuple[tuple[float, str], ...] = (
    (0.9, "excellent"),
    (0.75, "good"),
    (0.5, "moderate"),
    (-math.inf, "poor"),
)
"""Words of Koo and Li 2016 and the value above which each holds."""


@dataclass(frozen=True)
class Estimate:
    """A value and its interval at `LEVEL`; a lower end of -inf where nothing bounds it below."""

    value: float
    low: float
    high: float

    @property
    def word(self) -> str:
        """The word of Koo and Li for the lower end: what the data show at the least."""
        return next(word for above, word in BANDS if self.low > above or above == -math.inf)


@dataclass(frozen=True)
class IntraclassCorrelation:
    """How much of the spread of the measurements is between cases and not between raters.

    Attributes
    ----------
    cases, raters
        Size of the block that was measured.
    single
        ICC(2,1): of one rater's measurement.
    average
        ICC(2,k): of the mean of all the raters' measurements.
    """

    cases: int
    raters: int
    single: Estimate
    average: Estimate


@dataclass(frozen=True)
class _MeanSquares:
    """Of the two-way analysis of variance of n cases by k raters without repetition."""

    n: int
    k: int
    cases: float
    raters: float
    error: float


def intraclass_correlation(measured: ArrayLike) -> IntraclassCorrelation | None:
    """Return ICC(2,1) and ICC(2,k) with their intervals.

    Parameters
    ----------
    measured : array_like of shape (n_cases, n_raters)
        Finite; at least two of each.

    Returns
    -------
    IntraclassCorrelation or None
        None where all values are the same, which tells nothing.

    Raises
    ------
    InputError
        For another shape, or values that are not finite.
    """
    values = np.asarray(measured, dtype=np.float64)
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():
        raise InputError(
            f"An intraclass correlation needs finite values of at least two cases (rows) by two "
            f"raters (columns); got an array of shape {values.shape}."
        )
    if values.min() == values.max():
        return None
    squares = _mean_squares(values)
    single = _single(squares)
    return IntraclassCorrelation(
        squares.n,
        squares.k,
        single,
        Estimate(*(_of_average(end, squares.k) for end in (single.value, single.low, single.high))),
    )


def _mean_squares(values: np.ndarray) -> _MeanSquares:
    n, k = values.shape
    centred = values - values.mean()
    of_cases = centred.mean(axis=1, keepdims=True)
    of_raters = centred.mean(axis=0, keepdims=True)
    rest = centred - of_cases - of_raters
    return _MeanSquares(
        n,
        k,
        cases=float(k * (of_cases**2).sum() / (n - 1)),
        raters=float(n * (of_raters**2).sum() / (k - 1)),
        error=float((rest**2).sum() / ((n - 1) * (k - 1))),
    )


def _single(s: _MeanSquares) -> Estimate:
    """Return ICC(2,1), with the interval of McGraw and Wong 1996, table 7, for ICC(A,1)."""
    n, k = s.n, s.k
    value = (s.cases - s.error) / (s.cases + (k - 1) * s.error + k * (s.raters - s.error) / n)
    if s.raters == s.error == 0:
        return Estimate(1.0, 1.0, 1.0)
    # Satterthwaite's degrees of freedom of the mean squares of raters and error in their mixture.
    # Both parts by n(1 - value), which is 0 where the raters agree on everything but their level.
    of_raters = k * value * s.raters
    of_error = (n * (1 - value) + k * value * (n - 1)) * s.error
    degrees = (of_raters + of_error) ** 2 / (
        of_raters**2 / (k - 1) + of_error**2 / ((n - 1) * (k - 1))
    )
    tail = (1 + LEVEL) / 2
    above = float(f_distribution.ppf(tail, n - 1, degrees))
    below = float(f_distribution.ppf(tail, degrees, n - 1))
    mixture = k * s.raters + (k * n - k - n) * s.error
    low = n * (s.cases - above * s.error) / (above * mixture + n * s.cases)
    high = n * (below * s.cases - s.error) / (mixture + n * below * s.cases)
    if not (math.isfinite(low) and math.isfinite(high)):
        # Far below 0, where few cases can put an estimate, the approximation breaks down.
        return Estimate(value, -math.inf, 1.0)
    # Of raters who agree to the last digits, rounding can put the value outside.
    return Estimate(value, min(low, value), max(high, value))


def _of_average(single: float, k: int) -> float:
    """Carry a correlation of one rater to that of the mean of k (Spearman and Brown)."""
    denominator = 1 + (k - 1) * single
    return k * single / denominator if denominator > 0 else -math.inf
