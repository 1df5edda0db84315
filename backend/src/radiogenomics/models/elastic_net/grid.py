"""Which penalties an elastic net is tried with. Imports NumPy only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError

Ridge = Literal["per_sd", "plain"]

LEAST_ALPHA = 1e-3
"""Ridge has no largest lambda; as in glmnet, the one of this alpha takes its place."""


@dataclass(frozen=True)
class ElasticNetGrid:
    """The cells among which one is chosen for each target.

    For a target y with standard deviation s (dividing by n) a cell (alpha, lambda) minimises, over
    the intercept b0 and the coefficients b of the standardised inputs x,

        1/(2n) |y - b0 - x b|^2 + lambda (alpha |b|_1 + (1 - alpha)/2 c |b|^2)

    with c = 1/s under ``ridge="per_sd"`` and c = 1 under ``ridge="plain"``.

    Attributes
    ----------
    alphas
        Shares of the lasso penalty, 0 (ridge) to 1 (lasso).
    n_lambdas
        Lambdas a path, evenly spaced in their logarithm.
    smallest
        The last lambda as a share of the first. None is glmnet's rule: 0.01 where there are fewer
        rows than inputs, else 0.0001.
    ridge
        ``per_sd`` is what R's glmnet computes: it divides the target by s first and scales the
        coefficients and lambdas back afterwards, which leaves 1/s on the ridge part. The fit then
        follows the target's unit. ``plain`` is the formula of glmnet's documentation (and of
        scikit-learn) in the unit of the target as given; R gives that fit at
        lambda' = lambda (alpha + (1 - alpha) s) and alpha' = alpha lambda / lambda'.
    """

    alphas: tuple[float, ...] = tuple(step / 20 for step in range(21))
    n_lambdas: int = 4000
    smallest: float | None = None
    ridge: Ridge = "per_sd"

    def __post_init__(self) -> None:
        if not self.alphas or not all(0 <= alpha <= 1 for alpha in self.alphas):
            raise InputError(
                f"The alphas of an elastic net are {self.alphas}; give at least one, from 0 "
                "(ridge) to 1 (lasso)."
            )
        if self.n_lambdas < 2:
            raise InputError(
                f"{self.n_lambdas} lambdas make no path; an elastic net needs 2 or more."
            )
        if self.ridge not in ("per_sd", "plain"):
            raise InputError(
                f"The ridge part of an elastic net cannot be {self.ridge!r}; give per_sd or plain."
            )
        if self.smallest is not None and not 0 < self.smallest < 1:
            raise InputError(
                f"The smallest lambda is {self.smallest} of the largest; give a share above 0 and "
                "below 1, such as 0.01."
            )

    def lambdas(
        self, largest_gradients: NDArray[np.float64], n_rows: int, n_inputs: int
    ) -> NDArray[np.float64]:
        """Return the lambdas of every path, ``(n_targets, n_alphas, n_lambdas)``, falling.

        Parameters
        ----------
        largest_gradients
            For each target the largest |x'y|/n over the inputs. Where it is 0 the lambdas are 0.
        n_rows, n_inputs
            Size of the inputs, for glmnet's rule.
        """
        smallest = self.smallest
        if smallest is None:
            smallest = 0.01 if n_rows < n_inputs else 1e-4
        steps = np.exp(np.linspace(0.0, np.log(smallest), self.n_lambdas))
        divisors = np.maximum(np.asarray(self.alphas), LEAST_ALPHA)
        first = largest_gradients[:, None] / divisors
        return np.asarray(first[:, :, None] * steps)
