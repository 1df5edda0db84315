"""STAPLE for several labels: expectation maximisation over patterns of votes. numpy only.

Simultaneous truth and performance level estimation: the true label of a voxel is hidden, each
rater errs independently with a confusion matrix of their own, and both are estimated in turn.

Voxels with the same votes are one term with a count, so a step costs the same on any grid.
SimpleITK's MultiLabelSTAPLE visits every voxel in every step (a hundred times as long on a whole
head), does not tell how many steps it took, finds ties by comparing products of floating-point
numbers for equality, and starts from a majority vote, which between two raters means from where
they agree. It serves as the reference in the tests: from three raters on the labels are the same.
With one ROI the iteration is that of SimpleITK's binary STAPLE, step by step.

References
----------
Warfield, Zou and Wells, "Simultaneous truth and performance level estimation (STAPLE): an
algorithm for the validation of image segmentation", IEEE Transactions on Medical Imaging 23
(2004) 903-921.
Rohlfing, Russakoff and Maurer, "Performance-based classifier combination in atlas-based image
segmentation using expectation-maximization parameter estimation", IEEE Transactions on Medical
Imaging 23 (2004) 983-994 (several labels).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.agreement.votes import Votes

TOLERANCE = 1e-7
"""The iteration ends when no entry of a confusion matrix changes by more than this."""

MAX_ITERATIONS = 1000
"""The iteration ends after this many steps in any case."""


@dataclass(frozen=True, eq=False)
class StapleEstimate:
    """What STAPLE estimates.

    Attributes
    ----------
    posterior : ndarray, shape (n_patterns, n_classes)
        Probability of each class for each pattern; rows sum to 1.
    confusion : ndarray, shape (n_raters, n_classes, n_classes)
        ``confusion[r, said, true]``: how often rater r says `said` where `true` is true. Columns
        sum to 1, or are 0 for a class that is never true.
    prevalence : ndarray, shape (n_classes,)
        Voxels expected to be of each class.
    iterations : int
        Steps taken.
    converged : bool
        Whether the last step changed less than `TOLERANCE`.
    """

    posterior: NDArray[np.float64]
    confusion: NDArray[np.float64]
    prevalence: NDArray[np.float64]
    iterations: int
    converged: bool


def staple(votes: Votes) -> StapleEstimate:
    """Estimate the true labels and the raters' confusion matrices.

    The voxels are those of `Votes.box`: more background around the tumour would say nothing on
    how the raters outline, and would move prior and specificity. The prior probability of a class
    is the share of all votes in the box that it got, and stays. The first posterior of a voxel is
    the share of its own votes, so that no rater begins ahead of another.

    Parameters
    ----------
    votes
        With at least one voxel in its box.
    """
    said = votes.patterns[:, :, np.newaxis] == np.arange(votes.n_classes)
    posterior = votes.shares
    n_votes = votes.patterns.shape[1] * votes.counts.sum()
    prior = (votes.tallies * votes.counts[:, np.newaxis]).sum(axis=0) / n_votes
    confusion = np.zeros((votes.patterns.shape[1], votes.n_classes, votes.n_classes))
    iterations, change = 0, np.inf
    while iterations < MAX_ITERATIONS and change > TOLERANCE:
        updated = _confusion(said, posterior * votes.counts[:, np.newaxis])
        posterior = _posterior(votes.patterns, prior, updated)
        change = float(np.abs(updated - confusion).max())
        confusion = updated
        iterations += 1
    return StapleEstimate(
        posterior=posterior,
        confusion=confusion,
        prevalence=_order_free_sum(posterior * votes.counts[:, np.newaxis]),
        iterations=iterations,
        converged=change <= TOLERANCE,
    )


def _confusion(said: NDArray[np.bool_], mass: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the confusion matrices that suit the expected labels best (the maximisation step)."""
    _, n_raters, n_classes = said.shape
    total = _order_free_sum(mass)
    confusion = np.zeros((n_raters, n_classes, n_classes))
    for rater in range(n_raters):
        for label in range(n_classes):
            given = _order_free_sum(mass[said[:, rater, label]])
            np.divide(given, total, out=confusion[rater, label], where=total > 0)
    return confusion


def _posterior(
    patterns: NDArray[np.intp], prior: NDArray[np.float64], confusion: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the probability of each class given the votes (the expectation step)."""
    with np.errstate(divide="ignore"):  # log 0: a class that the votes exclude
        log_prior, log_confusion = np.log(prior), np.log(confusion)
    # (n_raters, n_patterns, n_classes): what each rater's vote says.
    evidence = log_confusion[np.arange(patterns.shape[1])[:, np.newaxis], patterns.T]
    log_joint = log_prior + _order_free_sum(evidence)
    joint = np.exp(log_joint - log_joint.max(axis=1, keepdims=True))
    posterior: NDArray[np.float64] = joint / joint.sum(axis=1, keepdims=True)
    return posterior


def _order_free_sum(terms: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum over the first axis, to the last bit independent of the order along it.

    Raters whose votes are mirror images of each other thus stay exactly equal, and their tie is
    left to the tie rule rather than to rounding, which the iteration would blow up.
    """
    summed: NDArray[np.float64] = np.sort(terms, axis=0).sum(axis=0)
    return summed
