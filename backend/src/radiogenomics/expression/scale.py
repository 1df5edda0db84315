"""Whether values are linear, logarithms or centred: told from the values alone."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

ValueScale: TypeAlias = Literal["linear", "log", "centred"]

# The logarithm to base 2 of the brightest spot or the deepest read count is about 25.
_ABOVE_ANY_LOGARITHM = 50.0
_NEGATIVE_WHERE_CENTRED = 0.2
_SKEWED = 1.5


def value_scale(values: NDArray[np.float64]) -> ValueScale:
    """Tell what expression values look like; NaN is left out.

    Returns
    -------
    str
        ``centred`` where more than a fifth of the values are negative (z-scores, log ratios);
        ``linear`` where values above 50, which no logarithm to base 2 reaches, are 5 % of all or
        more, or the mean is above 1.5 medians (intensities, counts, TPM, FPKM); else ``log``.
    """
    present = values[~np.isnan(values)]
    if not present.size:
        return "log"
    if np.count_nonzero(present < 0) > _NEGATIVE_WHERE_CENTRED * present.size:
        return "centred"
    if present.max() <= _ABOVE_ANY_LOGARITHM:
        return "log"
    often = np.count_nonzero(present > _ABOVE_ANY_LOGARITHM) >= 0.05 * present.size
    skewed = present.mean() > _SKEWED * np.median(present)
    return "linear" if often or skewed else "log"
