"""Following paths to their ends, many at a time. Imports NumPy only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import TrainingError
from radiogenomics.models.elastic_net import lasso
from radiogenomics.models.elastic_net.course import RUNNING, STUCK, WIDEST, Course, Space, course
from radiogenomics.models.elastic_net.mixed import follow_mixed
from radiogenomics.models.elastic_net.mixed_state import mixed, mixed_room
from radiogenomics.models.elastic_net.polynomial import chebyshev
from radiogenomics.models.elastic_net.screening import go_on, verify
from radiogenomics.models.regression import Matrix

# The active genes are found from those at the lambda before, which must not be far; and a block,
# which ends at a lambda, must not hold too many changes.
_FARTHEST = 0.03
# Where that fails: how much nearer the lambdas come, and by how much of its length a target is
# shaken, which parts genes whose pulls are exactly equal (in designs of few different numbers).
_ATTEMPTS = ((1, 0.0), (4, 1e-11), (16, 1e-10), (64, 1e-9))
_MOST_POLISHED = 2000
# Of the duals of most paths and of careful ones, in every direction.
_ERRORS = (1e-12, 1e-15)


class _Stuck(Exception):
    """A path could not be followed at this spacing of lambdas."""


@dataclass(frozen=True)
class Paths:
    """Which paths, all at alpha = 1 or all at 0 < alpha < 1, for targets of standard deviation 1.

    Attributes
    ----------
    targets
        For each path the number of its target.
    alphas
        For each path.
    factors
        For each path what stands before the ridge part beside (1 - alpha)/2.
    lambdas
        ``(n_paths, n_lambdas)``, falling.
    last
        For each path the place of the last lambda that is wanted.
    """

    targets: NDArray[np.intp]
    alphas: Matrix
    factors: Matrix
    lambdas: Matrix
    last: NDArray[np.intp]


@dataclass(frozen=True)
class Followed:
    """Paths at their ends.

    Attributes
    ----------
    errors
        ``(n_paths, n_lambdas)`` sums of squares over the held-out rows, target of standard
        deviation 1; those behind the last wanted lambda mean nothing.
    coefficients
        ``(n_paths, n_inputs)`` at the last wanted lambda, of standardised inputs.
    """

    errors: Matrix
    coefficients: Matrix


def follow(space: Space, paths: Paths, with_coefficients: bool = False) -> Followed:
    """Follow paths from their first lambda to the last one that is wanted.

    Raises
    ------
    TrainingError
        If a path goes round in circles even in small steps.
    """
    for finer, shaken in _ATTEMPTS:
        try:
            return _follow(space, paths, finer, shaken, with_coefficients)
        except _Stuck:
            continue
    raise TrainingError(
        "An elastic net could not be followed over its lambdas: the same genes enter and leave "
        "again and again. Leave out genes that repeat each other exactly."
    )


def _follow(
    space: Space, paths: Paths, finer: int, shaken: float, with_coefficients: bool
) -> Followed:
    n_paths, n_lambdas = paths.lambdas.shape
    steps, lambdas, before = _spaced(space, paths, finer)
    at = course(
        space,
        paths.targets,
        paths.alphas,
        (1 - paths.alphas) * paths.factors,
        lambdas,
        before + paths.last * steps,
    )
    if shaken:
        noise = np.random.default_rng(0).normal(size=at.target.shape)
        # What fills the vectors up stays 0.
        at.target[:] += shaken * noise * space.genes.any(axis=0)
    n_watched, size, n_held = at.watch.shape[1], space.genes.shape[1], space.held.shape[1]
    if paths.alphas[0] == 1:
        lars = lasso.lasso(n_paths, size)
        lars_room = lasso.room(n_watched, size, n_held)
        _to_the_end(
            space, at, lambda: lasso.follow_lasso(at, lars, lars_room, space.genes, space.held)
        )
    else:
        state = mixed(n_paths, n_watched, size, n_held)
        room = mixed_room(n_watched, size, n_held)
        half_width = (1 - WIDEST) / (1 + WIDEST)
        polynomials = tuple(chebyshev(half_width, error) for error in _ERRORS)
        _to_the_end(
            space,
            at,
            lambda: follow_mixed(at, state, room, space.genes, space.held, polynomials, half_width),
        )
    coefficients = np.zeros((n_paths if with_coefficients else 0, len(space.genes)))
    for path in range(len(coefficients)):
        if paths.alphas[0] == 1:
            active = lars.active[path, : lars.n_active[path]]
            found = lars.coefficients[path, : len(active)]
            coefficients[path, np.abs(active) - 1] = found
        else:
            coefficients[path] = _polished(space, at, path)
    return Followed(at.errors[:, before::steps][:, :n_lambdas], coefficients)


def _spaced(space: Space, paths: Paths, finer: int) -> tuple[int, Matrix, int]:
    """Put lambdas between those of the paths, and before them up to the first coefficient.

    Returns the steps from one of the paths' lambdas to the next, all lambdas, and how many of them
    come before the first of the paths'.
    """
    logs = np.log(paths.lambdas)
    step = np.max(logs[:, :-1] - logs[:, 1:], initial=1e-3)
    steps = int(np.ceil(finer * step / _FARTHEST))
    first = np.abs(space.targets[paths.targets] @ space.genes.T).max(axis=1) / paths.alphas
    ahead = np.max(np.log(first) - logs[:, 0], initial=0.0)
    before = int(np.ceil(ahead / step * steps))
    n_lambdas = logs.shape[1]
    places = np.arange(-before, (n_lambdas - 1) * steps + 1) / steps
    spaced = np.array([np.interp(places, np.arange(n_lambdas), row) for row in logs])
    spaced[:, :before] += step * -places[:before]
    spaced = np.exp(spaced)
    spaced[:, before::steps] = paths.lambdas
    return steps, spaced, before


def _to_the_end(space: Space, at: Course, follow_block: Callable[[], None]) -> None:
    shape = (len(at.alpha), len(space.genes))
    # At 1 / lambda = 0 every pull would be 0.
    before: NDArray[Any] = np.zeros(shape, dtype=np.float32)
    after = (at.start @ space.genes.T).astype(np.float32)
    exempt = np.zeros(shape[1], dtype=np.bool_)
    go_on(at, before, after)
    while (at.state == RUNNING).any():
        follow_block()
        np.matmul(at.end.astype(np.float32), space.genes_single, out=after)
        verify(at, space.genes, before, after, exempt)
        go_on(at, before, after)
    if (at.state == STUCK).any():
        raise _Stuck


def _polished(space: Space, at: Course, path: int) -> Matrix:
    """Return the coefficients at a path's end, with the equations of the active ones solved.

    Those that the dual gives are divided by the ridge part, which leaves few digits where it is
    small.
    """
    alpha, ridge, lambda_ = at.alpha[path], at.ridge[path], at.here[path]
    pulls = space.genes @ at.start[path]
    coefficients = np.zeros(len(pulls))
    active = np.flatnonzero(np.abs(pulls) > alpha)
    genes, signs = space.genes[active], np.sign(pulls[active])
    found = (pulls[active] - alpha * signs) / ridge
    # With more active genes the ridge part is not small.
    if len(active) <= _MOST_POLISHED:
        residual = at.target[path] - found @ genes
        missed = genes @ residual - lambda_ * (ridge * found + alpha * signs)
        equations = genes @ genes.T + ridge * lambda_ * np.eye(len(active))
        found += np.linalg.solve(equations, missed)
    coefficients[active] = np.where(found * signs > 0, found, 0.0)
    return coefficients
