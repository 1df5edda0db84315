"""Principal-component regression: least squares on the first principal components of the inputs.

The components are those of the learning rows, centred and not divided by anything (as in
scikit-learn's ``PCA``), so inputs with a larger spread weigh more. Least squares on the first k of
them is what ``LinearRegression`` after ``PCA(k)`` gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.models.choosing import Folds, check, first_best, put_together
from radiogenomics.models.elastic_net.choosing import Scores
from radiogenomics.models.linear import LinearModels
from radiogenomics.models.regression import Chosen, Matrix, OnDone

# Relative to the first; what is below is the rounding of the centring and of duplicated inputs.
_NO_DIRECTION = 1e-10


def fit_pcr(
    inputs: Matrix,
    targets: Matrix,
    folds: Folds,
    seed: Sequence[int],  # noqa: ARG001 - nothing is drawn
    on_done: OnDone,
    at_most: int | None = None,
) -> Chosen:
    """Choose the number of components for each target over the folds, and fit: a `Family`.

    Every number from 1 to the number of directions that the patients of the smallest fit span (at
    most one less than the patients) is tried. The one with the highest R2 on the held-out rows
    wins, by the same `Scores` as the elastic net; among equals the smallest. A target that does
    not vary has no R2 (None). Where the inputs of some fit do not vary there is no component, and
    the mean is predicted.

    Parameters
    ----------
    inputs, targets, folds, seed, on_done
        As `Family` says; nothing is drawn.
    at_most
        Components that are tried at most; None for all.

    Returns
    -------
    Chosen
        Of `LinearModels`, with settings ``n_components`` and ``r2``.

    Raises
    ------
    InputError
        If a number is not finite, the folds do not fit the patients or at_most is below 1.
    """
    check(inputs, targets, folds)
    if at_most is not None and at_most < 1:
        raise InputError(f"At most {at_most} components leave nothing to fit; give 1 or more.")
    parts = []
    for number, (learned, _) in enumerate(folds, start=1):
        on_done((number - 1) / (len(folds) + 1), f"fold {number}")
        parts.append(_Directions.of(inputs[learned], targets[learned]))
    everyone = _Directions.of(inputs, targets)
    n_tried = min(len(part.sizes) for part in (everyone, *parts))
    n_tried = n_tried if at_most is None else min(n_tried, at_most)
    counts = np.arange(1, n_tried + 1) if n_tried else np.array([0])
    constant = (np.ptp(targets, axis=0) == 0)[:, None, None]
    scores = Scores((targets.shape[1], 1, len(counts)))
    for part, (_, held_out) in zip(parts, folds, strict=True):
        off = part.path(inputs[held_out], counts) - targets[held_out].T[:, None, :]
        errors = np.sum(off**2, axis=2)[:, None, :]
        scores.add(errors, targets[held_out], np.broadcast_to(constant, errors.shape))
    places, r2 = first_best(scores.r2()[:, 0])
    chosen = counts[places]
    by_fold = [part.fit(chosen) for part in parts]
    final = everyone.fit(chosen)
    on_done(1.0, "refitted")
    settings = [
        {"n_components": int(count), "r2": value} for count, value in zip(chosen, r2, strict=True)
    ]
    return put_together(inputs, folds, final, by_fold, settings)


@dataclass(frozen=True)
class _Directions:
    """The principal components of some learning rows, and the least squares on each.

    Attributes
    ----------
    means, target_means
        ``(n_inputs,)`` and ``(n_targets,)``.
    sizes
        ``(n_components,)``, falling: singular values of the centred rows, those of no size left
        out.
    directions
        ``(n_components, n_inputs)``, orthonormal rows.
    slopes
        ``(n_components, n_targets)``: change of a target per unit along a direction. Scores of
        different components are uncorrelated, so the slopes do not depend on how many are used.
    """

    means: Matrix
    target_means: Matrix
    sizes: Matrix
    directions: Matrix
    slopes: Matrix

    @classmethod
    def of(cls, inputs: Matrix, targets: Matrix) -> _Directions:
        means, target_means = inputs.mean(axis=0), targets.mean(axis=0)
        centred = inputs - means
        left, sizes, directions = np.linalg.svd(centred, full_matrices=False)
        # Without spread beside the values' own size there is nothing but rounding.
        floor = _NO_DIRECTION * max(sizes.max(initial=0.0), np.abs(inputs).max(initial=0.0))
        kept = int(np.count_nonzero(sizes > floor))
        slopes = left[:, :kept].T @ (targets - target_means) / sizes[:kept, None]
        return cls(means, target_means, sizes[:kept], directions[:kept], slopes)

    def path(self, inputs: Matrix, counts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return predictions ``(n_targets, n_counts, n_patients)`` of the first components."""
        along = (inputs - self.means) @ self.directions.T
        parts = along.T[None, :, :] * self.slopes.T[:, :, None]
        none = np.zeros((parts.shape[0], 1, parts.shape[2]))
        summed = np.cumsum(np.concatenate([none, parts], axis=1), axis=1)
        return np.asarray(summed[:, counts] + self.target_means[:, None, None])

    def fit(self, counts: NDArray[np.intp]) -> LinearModels:
        """Return the fit with one number of components a target."""
        used = np.arange(len(self.sizes))[:, None] < counts
        coefficients = self.directions.T @ np.where(used, self.slopes, 0.0)
        return LinearModels(coefficients, self.target_means - self.means @ coefficients)
