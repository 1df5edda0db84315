"""p-values corrected for the number of tests, as R's ``p.adjust``.

An adjusted p-value is compared with the level of the whole family, such as 0.05.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

from radiogenomics.errors import InputError


@dataclass(frozen=True)
class Adjusted:
    """One test's p-value, alone and corrected in three ways.

    Attributes
    ----------
    p_value
        Of the test alone.
    bonferroni
        As in the paper: the chance of any false rejection is held.
    holm
        Holds the same, and never rejects less.
    benjamini_hochberg
        Holds the expected share of false rejections among the rejections.
    """

    p_value: float
    bonferroni: float
    holm: float
    benjamini_hochberg: float


def bonferroni(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return min(1, m p) for each of m p-values ``(m,)``."""
    p = _checked(p_values)
    return np.minimum(1.0, len(p) * p)


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return Holm's (1979) step-down adjustment of p-values ``(m,)``.

    The i-th smallest becomes the largest of min(1, (m - j + 1) p_j) over j up to i.
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    steps = np.minimum(1.0, np.arange(len(p), 0, -1) * p[order])
    adjusted = np.empty_like(p)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


def benjamini_hochberg(p_values: ArrayLike) -> NDArray[np.float64]:
    """Return Benjamini and Hochberg's (1995) adjustment of p-values ``(m,)``, by SciPy."""
    adjusted: NDArray[np.float64] = false_discovery_control(_checked(p_values), method="bh")
    return adjusted


def adjust(p_values: ArrayLike) -> tuple[Adjusted, ...]:
    """Return each p-value of a family with its three corrections, in the order given."""
    p = _checked(p_values)
    columns = (p, bonferroni(p), holm(p), benjamini_hochberg(p))
    return tuple(Adjusted(*map(float, row)) for row in zip(*columns, strict=True))


def _checked(p_values: ArrayLike) -> NDArray[np.float64]:
    p = np.asarray(p_values, dtype=np.float64)
    # Written so that NaN fails, too.
    if p.ndim != 1 or not len(p) or not bool(((p >= 0) & (p <= 1)).all()):
        raise InputError("Corrections need a list of p-values from 0 to 1, and none that is NaN.")
    return p
