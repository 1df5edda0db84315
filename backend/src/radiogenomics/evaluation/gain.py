"""What two models' absolute errors differ by if one is better by a given share of the error.

Without any effect the models of a pair are exchangeable, which is the null hypothesis of a paired
test: they err by the same on average, and which of a patient's two errors is whose is a matter of
chance. So the model's errors are scaled to the reference's mean absolute error, and each patient's
two are taken both ways round. The models then disagree patient by patient as they do in the run.

A model that explains the share r of the variance that is left, e = s + e' with s and e'
uncorrelated, has the error e' = (1 - r) e + sqrt(r (1 - r)) u, where u is independent of e with the
same variance: for normal errors exactly, by the conditional distribution of e' given e. So a gain
brings its own scatter; a model cannot be better by the same amount in every patient. Absolute
errors stay at 0 or above, and at r = 1 all of the better model's are 0: its difference from the
reference is the reference's error and nothing else, however much the two disagreed before.
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
    """What a model that is better than a reference gains in one feature.

    Parameters
    ----------
    model, reference
        Signed errors of the two, ``(n_patients,)``; NaN where there is none.
    partners
        Of the same patients.
    """

    def __init__(self, model: Array, reference: Array, partners: Partners) -> None:
        self._error = float(np.nanmean(np.abs(reference)))
        # Of a patient the two errors without an effect: ``(n_patients, 2)``.
        self._own = np.stack([_scaled(model, self._error, reference), reference], axis=1)
        # A missing partner counts as an error of the mean.
        centred = np.nan_to_num(self._own - np.nanmean(self._own, axis=0))
        self._others = np.swapaxes(centred[partners.indices], 1, 2)

    def table(self, effect: float) -> Array:
        """Return the better model's absolute error less the reference's, ``(n_patients, 2, 64)``.

        The second axis is the two ways round, the third the partners. The mean of the table is
        minus the effect times the reference's mean absolute error.
        """
        reference = np.abs(self._own[:, ::-1, np.newaxis])
        gained: Array = np.abs(self._errors(self._explained(effect))) - reference
        return gained

    def _errors(self, explained: float) -> Array:
        own = self._own[:, :, np.newaxis]
        errors: Array = (1 - explained) * own + np.sqrt(explained * (1 - explained)) * self._others
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


def _scaled(model: Array, error: float, reference: Array) -> Array:
    """Return the model's errors with that mean absolute error."""
    own = float(np.nanmean(np.abs(model)))
    # A model without any error has none to scale; without an effect it is the reference.
    return model * (error / own) if own else reference
