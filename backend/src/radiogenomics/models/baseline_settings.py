"""What can be chosen about the baselines.

Standard library only, as `settings` is: a protocol is read before a library is loaded. The messages
name a setting as a protocol does. The defaults are the grids of the protocols, all but `quick`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from radiogenomics.errors import InputError

Shares = tuple[float, ...]


@dataclass(frozen=True)
class LinearSettings:
    """Which penalties the elastic net ``linear`` is tried with; the paper's grid.

    Attributes
    ----------
    alphas
        Shares of the lasso penalty, from 0 (ridge) to 1 (lasso).
    n_lambdas
        Lambdas a path, evenly spaced in their logarithm.
    lambda_min_ratio
        The last lambda of a path as a share of the first.
    """

    alphas: Shares = tuple(step / 20 for step in range(21))
    n_lambdas: int = 4000
    lambda_min_ratio: float = 0.01

    def __post_init__(self) -> None:
        if not self.alphas or not all(0 <= alpha <= 1 for alpha in self.alphas):
            raise InputError(
                f"linear.alphas are {list(self.alphas)}; give at least one, each from 0 (ridge) to "
                "1 (lasso)."
            )
        if self.n_lambdas < 2:
            raise InputError(f"linear.n_lambdas is {self.n_lambdas}; a path needs 2 or more.")
        if not 0 < self.lambda_min_ratio < 1:
            raise InputError(
                f"linear.lambda_min_ratio is {self.lambda_min_ratio}; it must be in (0, 1)."
            )


@dataclass(frozen=True)
class RidgeGrid:
    """Which lambdas ``ridge`` is tried with, the same for every target and fold.

    They are given as shares of the number of inputs that vary: that is the sum of the eigenvalues
    of x x'/n, so a share of 100 shrinks even the strongest direction to less than a hundredth (in
    practice the mean is predicted), and 0.0001 leaves the learning rows almost interpolated.

    Attributes
    ----------
    largest, smallest
        The first and the last share.
    n_lambdas
        Evenly spaced in their logarithm.
    """

    largest: float = 100.0
    smallest: float = 1e-4
    n_lambdas: int = 121

    def __post_init__(self) -> None:
        if not 0 < self.smallest <= self.largest < math.inf:
            raise InputError(
                f"ridge goes from {self.largest} down to {self.smallest}; ridge.largest must be "
                "no smaller than ridge.smallest, and both above 0."
            )
        if self.n_lambdas < 1:
            raise InputError(f"ridge.n_lambdas is {self.n_lambdas}; give 1 or more.")


@dataclass(frozen=True)
class PcrSettings:
    """How many principal components ``pcr`` is tried with.

    Attributes
    ----------
    most_components
        All numbers from 1 to this are tried, fewer where the patients of a fit span fewer.
    """

    most_components: int = 500

    def __post_init__(self) -> None:
        if self.most_components < 1:
            raise InputError(f"pcr.most_components is {self.most_components}; give 1 or more.")


@dataclass(frozen=True)
class TreeSettings:
    """How ``trees`` are grown; their number is chosen, from 1 to ``most_trees``.

    Attributes
    ----------
    most_trees
        The largest number that is tried.
    learning_rate
        What share of a tree's answer is added.
    leaves, least_patients
        Most leaves of a tree, and fewest patients of a leaf.
    share_of_inputs, least_inputs
        What share of the inputs each tree sees, but not fewer than these (or all there are).
    """

    most_trees: int = 200
    learning_rate: float = 0.05
    leaves: int = 4
    least_patients: int = 5
    share_of_inputs: float = 0.1
    least_inputs: int = 50

    def __post_init__(self) -> None:
        for name, least in (("most_trees", 1), ("leaves", 2), ("least_patients", 1)):
            if getattr(self, name) < least:
                raise InputError(f"trees.{name} is {getattr(self, name)}; give {least} or more.")
        if self.least_inputs < 1:
            raise InputError(f"trees.least_inputs is {self.least_inputs}; give 1 or more.")
        for name in ("learning_rate", "share_of_inputs"):
            if not 0 < getattr(self, name) <= 1:
                raise InputError(
                    f"trees.{name} is {getattr(self, name)}; it must be above 0 and at most 1."
                )


@dataclass(frozen=True)
class AbsoluteGrid:
    """Which penalties ``linear_absolute`` is tried with for each target; each list falls.

    Attributes
    ----------
    lasso
        Lambdas as shares of one from which on the lasso has no coefficient on all rows.
    ridge
        Lambdas as shares of (inputs that vary) / (rows times the target's mean absolute deviation
        from its median). At 100 little but the median is left, at 0.01 every learning row is met
        where there are more inputs than patients.
    """

    lasso: Shares = (0.95, 0.81, 0.69, 0.59, 0.5, 0.43, 0.36, 0.31, 0.26, 0.22, 0.19, 0.16, 0.14,
                     0.12, 0.1)  # fmt: skip
    ridge: Shares = (100.0, 56.0, 32.0, 18.0, 10.0, 5.6, 3.2, 1.8, 1.0, 0.56, 0.32, 0.18, 0.1,
                     0.056, 0.032, 0.018, 0.01)  # fmt: skip

    def __post_init__(self) -> None:
        for name, shares in (("lasso", self.lasso), ("ridge", self.ridge)):
            falls = list(shares) == sorted(shares, reverse=True)
            if not falls or not all(0 < share < math.inf for share in shares):
                raise InputError(
                    f"linear_absolute.{name} is {list(shares)}; give shares above 0, the largest "
                    "first."
                )
        if not self.lasso and not self.ridge:
            raise InputError(
                "linear_absolute.lasso and linear_absolute.ridge are both empty; give a penalty."
            )


@dataclass(frozen=True)
class BaselineSettings:
    """The settings of every baseline that has some, under its name."""

    linear: LinearSettings = field(default_factory=LinearSettings)
    ridge: RidgeGrid = field(default_factory=RidgeGrid)
    pcr: PcrSettings = field(default_factory=PcrSettings)
    trees: TreeSettings = field(default_factory=TreeSettings)
    linear_absolute: AbsoluteGrid = field(default_factory=AbsoluteGrid)
