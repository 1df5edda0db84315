"""Whether values are linear, logarithms or centred: told from the values, compared with a model."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError

ValueScale: TypeAlias = Literal["linear", "log", "centred"]

# The logarithm to base 2 of the brightest spot or the deepest read count is about 25.
_ABOVE_ANY_LOGARITHM = 50.0
_NEGATIVE_WHERE_CENTRED = 0.2
_SKEWED = 1.5
_WORDS = {"linear": "linear", "log": "logarithms", "centred": "centred (z-scores, log ratios)"}
# Of the level of a highly expressed gene, between two data sets on one scale: platforms and
# normalisations differ by less, a scale and its logarithm by more.
_OTHER_LEVEL = 3.0
_HIGH_GENE = 0.95


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


def refuse_other_scale(
    source: str,
    values: NDArray[np.float64],
    mean: NDArray[np.float64],
    spread: NDArray[np.float64],
    fitted: str,
) -> None:
    """Refuse values that are not on the scale that a model learned on.

    Two signs, each enough: the typical gene lies further from its mean in the training than the
    whole range it had there; or one of the two is linear, the other is not, and the level of highly
    expressed genes (the 95th percentile) differs threefold.

    Parameters
    ----------
    source
        For the message.
    values
        ``(n_patients, n_genes)``, not standardised; NaN is left out.
    mean, spread
        Of each gene in the training, ``(n_genes,)``; its range is the spread.
    fitted
        What the values of the training looked like; empty if not known.

    Raises
    ------
    InputError
        With both scales and what to do.
    """
    present = ~np.isnan(values)
    if not present.any():
        return
    distance = float(np.median(np.abs((values - mean) / spread)[present]))
    scale = value_scale(values)
    if distance <= 1.0 and not _differs_in_level(values, mean, scale, fitted):
        return
    level, level_fitted = float(np.median(values[present])), float(np.median(mean))
    raise InputError(
        f"{source} is on another scale than the values that the model was trained on: they look "
        f"{_WORDS[scale]} with the median {level:.3g}, those of the training "
        f"{_WORDS.get(fitted, 'otherwise')} with the median {level_fitted:.3g}. Bring values of "
        "the same platform and normalisation, in logarithms or z-scores if those were."
    )


def _differs_in_level(
    values: NDArray[np.float64], mean: NDArray[np.float64], scale: ValueScale, fitted: str
) -> bool:
    if not fitted or (scale == "linear") == (fitted == "linear"):
        return False
    counts = (~np.isnan(values)).sum(axis=0)
    own = np.nansum(values, axis=0)[counts > 0] / counts[counts > 0]
    high, high_fitted = (float(np.quantile(level, _HIGH_GENE)) for level in (own, mean))
    if min(high, high_fitted) <= 0:
        return True
    return not 1 / _OTHER_LEVEL < high / high_fitted < _OTHER_LEVEL
