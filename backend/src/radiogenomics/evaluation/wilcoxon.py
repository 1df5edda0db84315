"""The Wilcoxon signed-rank test of paired values, as R's ``wilcox.test(x, y, paired = TRUE)``.

SciPy's test of the same name differs where there are ties or zeros and in when it turns to the
normal approximation, so the rules of R 4.2 are written out here and tested against R itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr
from scipy.stats import rankdata

from radiogenomics.errors import InputError

Alternative = Literal["two.sided", "less", "greater"]
Method = Literal["exact", "normal"]

ALTERNATIVES: tuple[Alternative, ...] = ("two.sided", "less", "greater")

EXACT_BELOW = 50
"""With fewer differences than this, none of them 0 and no two equal, the p-value is exact."""


@dataclass(frozen=True)
class SignedRankTest:
    """What the test found.

    Attributes
    ----------
    statistic
        R's V: the sum of the ranks of the positive differences.
    p_value
        NaN for the two-sided test if every difference is 0, as in R: nothing was tested.
    n_used
        Differences that are not 0; only these are ranked.
    n_zero
        Differences of 0, which are dropped.
    method
        ``exact``, or ``normal`` for the approximation with continuity correction.
    """

    statistic: float
    p_value: float
    n_used: int
    n_zero: int
    method: Method


def signed_rank_test(
    x: ArrayLike, y: ArrayLike, alternative: Alternative = "two.sided"
) -> SignedRankTest:
    """Test whether the differences x - y lie symmetrically about 0.

    The absolute differences are ranked, ties getting the mean of their ranks; V is the sum of the
    ranks of the positive ones. Differences of 0 are dropped first (Wilcoxon's own way). With fewer
    than 50 differences, no ties and no zeros the p-value comes from the exact distribution of V;
    otherwise from z = (V - n (n + 1) / 4 - c) / s with the continuity correction c, which is 0.5
    towards the mean (two-sided), 0.5 (greater) or -0.5 (less), and
    s^2 = n (n + 1) (2 n + 1) / 24 - sum over ties (t^3 - t) / 48
    (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods, section 3.1).

    Parameters
    ----------
    x, y
        Values of the same patients in the same order, ``(n,)``.
    alternative
        What speaks against the null hypothesis: that x is different, less or greater.

    Raises
    ------
    InputError
        If there are no pairs, the lengths differ, or a value is not finite. R drops incomplete
        pairs silently; here the caller says what is left out.
    """
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise InputError(
            f"A paired test needs two lists of the same length, not {first.shape} and "
            f"{second.shape} values."
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise InputError("A paired test needs finite values; leave incomplete pairs out.")
    differences = (first - second)[np.newaxis]
    statistic, p_value, exact = _test(differences, alternative)
    n_zero = int(np.count_nonzero(differences == 0))
    return SignedRankTest(
        statistic=float(statistic[0]),
        p_value=float(p_value[0]),
        n_used=len(first) - n_zero,
        n_zero=n_zero,
        method="exact" if exact[0] else "normal",
    )


def signed_rank_p_values(
    differences: NDArray[np.float64], alternative: Alternative = "two.sided"
) -> NDArray[np.float64]:
    """Return the p-value of each row of differences ``(n_tests, n)``, for simulations.

    The same numbers as `signed_rank_test` gives row by row.
    """
    return _test(differences, alternative)[1]


def _test(
    differences: NDArray[np.float64], alternative: Alternative
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return V, p-value and whether it is exact, for each row."""
    if alternative not in ALTERNATIVES:
        raise InputError(f"The alternative is {alternative!r}; use {', '.join(ALTERNATIVES)}.")
    n_all = differences.shape[1]
    zero = differences == 0
    n_zero = zero.sum(axis=1)
    n = n_all - n_zero
    # Zeros have the lowest absolute value: without them every rank is lower by their number.
    ranks = rankdata(np.abs(differences), axis=1) - n_zero[:, np.newaxis]
    ranks[zero] = 0.0
    statistic = np.where(differences > 0, ranks, 0.0).sum(axis=1)
    # The ties' correction is in the sum of the squared ranks: a group of t loses (t^3 - t) / 12.
    squares = (ranks**2).sum(axis=1)
    untied = squares == n * (n + 1) * (2 * n + 1) / 6
    exact: NDArray[np.bool_] = untied & (n_zero == 0) & (n < EXACT_BELOW)
    p_value = _normal(statistic - n * (n + 1) / 4, np.sqrt(squares) / 2, alternative)
    if exact.any():
        p_value[exact] = _exact(statistic[exact].astype(np.intp), n_all, alternative)
    return statistic, p_value, exact


def _normal(
    excess: NDArray[np.float64], deviation: NDArray[np.float64], alternative: Alternative
) -> NDArray[np.float64]:
    correction = {
        "two.sided": 0.5 * np.sign(excess),
        "greater": np.full_like(excess, 0.5),
        "less": np.full_like(excess, -0.5),
    }[alternative]
    # Without any difference but 0 this is 0/0 or a number over 0, as in R.
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (excess - correction) / deviation
    below: NDArray[np.float64] = ndtr(z)
    above: NDArray[np.float64] = ndtr(-z)
    return {"two.sided": 2 * np.minimum(below, above), "greater": above, "less": below}[alternative]


def _exact(statistic: NDArray[np.intp], n: int, alternative: Alternative) -> NDArray[np.float64]:
    at_most = _cumulative(n)
    top = n * (n + 1) // 2
    below: NDArray[np.float64] = at_most[statistic]
    # V and its complement have the same distribution.
    above: NDArray[np.float64] = at_most[top - statistic]
    if alternative == "less":
        return below
    if alternative == "greater":
        return above
    either: NDArray[np.float64] = np.minimum(1.0, 2 * np.minimum(below, above))
    return either


@lru_cache(maxsize=EXACT_BELOW)
def _cumulative(n: int) -> NDArray[np.float64]:
    """Return P(V <= v) for v = 0 .. n (n + 1) / 2, from the subsets of 1 .. n by their sum."""
    subsets = np.zeros(n * (n + 1) // 2 + 1, dtype=np.int64)
    subsets[0] = 1
    for rank in range(1, n + 1):
        subsets[rank:] = subsets[rank:] + subsets[:-rank]
    shares: NDArray[np.float64] = subsets.cumsum() / 2.0**n
    shares.flags.writeable = False
    return shares
