"""Limits of agreement between two raters (Bland and Altman). numpy and scipy only.

References
----------
Bland and Altman, "Statistical methods for assessing agreement between two methods of clinical
measurement", Lancet 327 (1986) 307-310.
Bland and Altman, "Measuring agreement in method comparison studies", Statistical Methods in Medical
Research 8 (1999) 135-160: the intervals of the limits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import norm
from scipy.stats import t as t_distribution

from radiogenomics.agreement.correlation import LEVEL, Estimate
from radiogenomics.errors import InputError


@dataclass(frozen=True)
class LimitsOfAgreement:
    """How far a second rater's measurements lie from a first one's, second less first.

    Attributes
    ----------
    cases
        How many both measured.
    bias
        The mean difference.
    sd
        The standard deviation of the differences.
    lower, upper
        The bias less and plus 1.96 standard deviations, between which 95 % of the differences are
        expected.
    """

    cases: int
    bias: Estimate
    sd: float
    lower: Estimate
    upper: Estimate


def limits_of_agreement(first: ArrayLike, second: ArrayLike) -> LimitsOfAgreement:
    """Return bias and limits of agreement of two raters on the same cases.

    The intervals are those of Student's t with n - 1 degrees of freedom: of the bias with the
    standard error s/sqrt(n), of a limit with s * sqrt(1/n + z^2 / (2 (n - 1))).

    Parameters
    ----------
    first, second : array_like of shape (n_cases,)
        Finite; at least two cases.

    Raises
    ------
    InputError
        For other shapes, or values that are not finite.
    """
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if one.shape != other.shape or one.ndim != 1 or one.size < 2:
        raise InputError(
            "Limits of agreement need the values of two raters on the same cases, at least two; "
            f"got arrays of the shapes {one.shape} and {other.shape}."
        )
    differences = other - one
    if not np.isfinite(differences).all():
        raise InputError("Limits of agreement need finite values.")
    n = one.size
    bias, sd = float(differences.mean()), float(differences.std(ddof=1))
    tail = (1 + LEVEL) / 2
    t, z = float(t_distribution.ppf(tail, n - 1)), float(norm.ppf(tail))
    of_bias = t * sd / math.sqrt(n)
    of_limit = t * sd * math.sqrt(1 / n + z**2 / (2 * (n - 1)))

    def around(value: float, half_width: float) -> Estimate:
        return Estimate(value, value - half_width, value + half_width)

    return LimitsOfAgreement(
        cases=n,
        bias=around(bias, of_bias),
        sd=sd,
        lower=around(bias - z * sd, of_limit),
        upper=around(bias + z * sd, of_limit),
    )
