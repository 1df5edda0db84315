"""What several paths hold while they are followed side by side. Imports NumPy only.

A *path* is one target's fits over falling lambdas at one alpha. It is followed in the space of the
rows: with unit genes z (centred, divided by their norm) the fit at lambda is known from the *dual*
w = residual / (lambda sqrt(n)), a vector as long as there are rows. A gene's *pull* is c = z'w; its
coefficient is not zero where |c| > alpha, and has the sign of c.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from radiogenomics.models.elastic_net.compiled import padded
from radiogenomics.models.elastic_net.problem import Problem
from radiogenomics.models.regression import Matrix

RUNNING, DONE, STUCK = 0, 1, 2
REPEAT, ACCEPTED, UNCHECKED = 0, 1, 2

# A block spans lambdas from its first to this share of it. Wider ones meet more changes of the
# active genes, each of which costs more since more genes are watched.
WIDEST = 0.88
NARROWEST = 1 - 1e-9
MOST_WATCHED = 2048
MOST_POINTS = 64
LOOSE = 1e-10
"""A pull this close to alpha, relatively, counts as on the side where it was."""


@dataclass(frozen=True)
class Space:
    """Rows to learn from and rows held out, as paths are followed in them.

    Where there are more rows than genes, both are turned so that the genes have as many numbers
    as there are genes; the rest of the targets is of no consequence to the coefficients.

    Attributes
    ----------
    genes
        ``(n_inputs, size)``; unit vectors, constant genes 0, filled up with zeros.
    genes_single
        ``(size, n_inputs)``; the same in single precision.
    targets
        ``(n_targets, size)``; of standard deviation 1, divided by the root of the rows.
    held
        ``(n_inputs, n_held)``; the held-out rows on the scale of `Problem`, filled up with zeros.
    held_targets
        ``(n_targets, n_held)``; in standard deviations from the mean of the rows to learn from.
    """

    genes: Matrix
    genes_single: Any
    targets: Matrix
    held: Matrix
    held_targets: Matrix

    @classmethod
    def of(cls, problem: Problem, held_inputs: Matrix, held_targets: Matrix) -> Space:
        """Bring a problem, and rows that it does not learn from, into the space."""
        n_rows, n_inputs = problem.inputs.shape
        genes, targets = problem.inputs / np.sqrt(n_rows), problem.targets / np.sqrt(n_rows)
        if n_rows > n_inputs:
            turn, genes = np.linalg.qr(genes)
            targets = turn.T @ targets
        rows = padded(genes)
        scales = np.where(problem.target_scales == 0, 1.0, problem.target_scales)
        return cls(
            rows,
            np.ascontiguousarray(rows.T, dtype=np.float32),
            padded(targets),
            padded((held_inputs - problem.means) / problem.scales),
            padded((held_targets - problem.target_means) / scales),
        )


class Course(NamedTuple):
    """Where each path is; arrays with an entry or a row for every path.

    A path goes block by block. It stands at ``here`` with the dual ``start`` and has followed a
    block of lambdas to ``lambdas[end_place]`` with the dual ``end``; on the way only the genes in
    ``watch`` could enter or leave. The duals at the ends of the block's runs are ``points``.
    """

    alpha: Any
    ridge: Any  # (1 - alpha) times the factor of the ridge part
    target: Any
    held_target: Any
    lambdas: Any
    last: Any  # place of the last lambda that is wanted
    sign: Any  # of every gene's coefficient
    here: Any
    place: Any  # of the first lambda below `here`
    width: Any  # of a block: last lambda / first
    start: Any
    end: Any
    end_place: Any
    watch: Any
    n_watch: Any
    points: Any
    inverse: Any  # 1 / lambda of the points
    n_points: Any
    deviation: Any  # of a dual inside a run from the chord of its ends, at most
    chord: Any  # of a dual inside the block from the chord of its ends, at most
    errors: Any  # sums of squares over the held-out rows at every lambda
    state: Any
    verdict: Any  # on the last block


def course(
    space: Space, which: Any, alphas: Matrix, ridges: Matrix, lambdas: Matrix, last: Any
) -> Course:
    """Put paths at their starts.

    Parameters
    ----------
    which
        For each path the target's number.
    alphas, ridges
        For each path, above 0 and at least 0.
    lambdas
        ``(n_paths, n_lambdas)``, for targets of standard deviation 1, falling.
    last
        For each path the place of the last lambda that is wanted.
    """
    n_paths, n_genes, size = len(which), len(space.genes), space.genes.shape[1]
    targets = space.targets[which]
    here = np.abs(targets @ space.genes.T).max(axis=1) / alphas
    start = targets / here[:, None]
    held_targets = space.held_targets[which]
    # At and above `here` every coefficient is 0 and the prediction is the mean.
    errors = np.repeat(np.sum(held_targets**2, axis=1)[:, None], lambdas.shape[1], axis=1)
    place = np.array(
        [np.searchsorted(-row, -top, side="right") for row, top in zip(lambdas, here, strict=True)]
    )
    n_watched = min(n_genes, MOST_WATCHED)
    return Course(
        alpha=alphas,
        ridge=ridges,
        target=targets,
        held_target=held_targets,
        lambdas=lambdas,
        last=last,
        sign=np.zeros((n_paths, n_genes), dtype=np.int8),
        here=here,
        place=place,
        width=np.full(n_paths, WIDEST),
        start=start,
        end=start.copy(),
        end_place=place - 1,
        watch=np.zeros((n_paths, n_watched), dtype=np.int32),
        n_watch=np.zeros(n_paths, dtype=np.int64),
        points=np.zeros((n_paths, MOST_POINTS, size)),
        inverse=np.zeros((n_paths, MOST_POINTS)),
        n_points=np.zeros(n_paths, dtype=np.int64),
        deviation=np.zeros(n_paths),
        chord=np.zeros(n_paths),
        errors=errors,
        state=np.where(place <= last, RUNNING, DONE),
        verdict=np.full(n_paths, ACCEPTED),
    )
