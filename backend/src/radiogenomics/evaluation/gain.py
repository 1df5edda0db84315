"""A model that is better than another by a given share of its error, patient by patient.

A model that explains the share r of the variance that a reference leaves, e = s + e' with s and e'
uncorrelated, has the error e' = (1 - r) e + sqrt(r (1 - r)) u, where u is independent of e with the
same variance: for normal errors exactly, by the conditional distribution of e' given e. So a gain
brings its own scatter; a model cannot be better by the same amount in every patient.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_N_PARTNERS = 64
_GRID = np.linspace(0.0, 1.0, 41)
_HALVINGS = 20


class Partners:
    """For each patient some others, whose errors stand for what is independent of the patient's.

    The same others serve every feature, so that the gains of features go together as errors do.
    """

    def __init__(self, n_patients: int, seed: int) -> None:
        generator = np.random.default_rng(seed)
        self.indices = generator.integers(n_patients, size=(n_patients, _N_PARTNERS))


class Gains:
    """What models better than a reference gain in one feature.

    Parameters
    ----------
    residuals
        Signed errors of the reference, ``(n_patients,)``; NaN where there is none.
    partners
        Of the same patients.
    """

    def __init__(self, residuals: Array, partners: Partners) -> None:
        # A missing partner counts as an error of the mean.
        others = np.nan_to_num(residuals - np.nanmean(residuals))
        self._own = residuals[:, np.newaxis]
        self._others = others[partners.indices]
        self._error = float(np.nanmean(np.abs(residuals)))

    def table(self, effect: float) -> Array:
        """Return the better model's absolute error less the reference's, ``(n_patients, 64)``.

        Parameters
        ----------
        effect
            The mean of the table is minus this share of the reference's mean absolute error.
        """
        gained: Array = np.abs(self._errors(self._explained(effect))) - np.abs(self._own)
        return gained

    def _errors(self, explained: float) -> Array:
        errors: Array = (1 - explained) * self._own + np.sqrt(
            explained * (1 - explained)
        ) * self._others
        return errors

    def _explained(self, effect: float) -> float:
        """Return the smallest share explained that brings the effect.

        It is bracketed on a grid first: where errors are more peaked than Laplace's distribution a
        small share explained makes the mean absolute error larger.
        """
        if effect == 0:
            return 0.0

        def brings(explained: float) -> bool:
            lower = float(np.nanmean(np.abs(self._errors(explained))))
            return lower <= (1 - effect) * self._error

        # All of it explained is enough for any effect.
        first = next(place for place in range(1, len(_GRID)) if brings(float(_GRID[place])))
        too_little, enough = float(_GRID[first - 1]), float(_GRID[first])
        for _ in range(_HALVINGS):
            middle = (too_little + enough) / 2
            too_little, enough = (too_little, middle) if brings(middle) else (middle, enough)
        return enough
