"""The family: every path of every fold, the choice, and the fits of what was chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from radiogenomics.models.choosing import Folds, put_together
from radiogenomics.models.elastic_net.cells import Cells
from radiogenomics.models.elastic_net.choosing import Cell, Scores, best_cells, settings_of
from radiogenomics.models.elastic_net.fitted import ElasticNets
from radiogenomics.models.elastic_net.grid import ElasticNetGrid
from radiogenomics.models.elastic_net.problem import Problem, check
from radiogenomics.models.regression import Chosen, Matrix, OnDone
from radiogenomics.parallel import processors

Given = TypeVar("Given")
Made = TypeVar("Made")

# Of the whole work, by time; the rest refits what was chosen.
_SHARE_OF_FOLDS = 0.95


def fit_elastic_nets(
    inputs: Matrix,
    targets: Matrix,
    folds: Folds,
    seed: Sequence[int],  # noqa: ARG001 - nothing is drawn
    on_done: OnDone,
    grid: ElasticNetGrid | None = None,
) -> Chosen:
    """Choose an elastic net for each target over the folds, and fit it: a `Family`.

    The lambdas of a path come from all rows and serve every fold, as in ``cv.glmnet``. A cell of
    the grid competes if its fit of every fold has a coefficient; the highest mean R2 over the
    folds' held-out rows wins (`choosing.Scores`), and is refitted on all rows.

    Parameters
    ----------
    inputs, targets, folds, seed, on_done
        As `Family` says; nothing is drawn.
    grid
        The penalties that are tried; the paper's by default.

    Raises
    ------
    InputError
        If a number is not finite or the folds do not fit the patients.
    TrainingError
        If a path cannot be followed.
    """
    grid = grid or ElasticNetGrid()
    check(inputs, targets, folds)
    everything = Problem.of(inputs, targets)
    lambdas = grid.lambdas(everything.largest_gradients, *inputs.shape)
    on_done(0.0, "getting ready; once on a machine this compiles, which takes seconds")
    # One thread a product: the threads here follow paths of their own.
    with threadpool_limits(1), ThreadPoolExecutor(processors()) as pool:
        scores = Scores(lambdas.shape)
        for number, (learned, held_out) in enumerate(folds):
            cells = Cells(grid, lambdas, Problem.of(inputs[learned], targets[learned]))
            told = _Told(on_done, number, len(folds))
            errors = _errors(pool, cells, inputs[held_out], targets[held_out], told)
            scores.add(errors, targets[held_out], cells.intercept_only)
        best = best_cells(scores.r2())
        fits: dict[int, ElasticNets] = {}
        for number, fit in _in_threads(
            pool,
            partial(_refit, inputs, targets, folds, lambdas, grid, best),
            range(len(folds) + 1),
        ):
            fits[number] = fit
            on_done(_SHARE_OF_FOLDS + 0.05 * len(fits) / (len(folds) + 1), "fitting the choice")
    by_fold = tuple(fits[number] for number in range(len(folds)))
    final = fits[len(folds)]
    used = np.count_nonzero(final.values, axis=0)
    settings = tuple(
        settings_of(cell, grid, lambdas[target], int(used[target]))
        for target, cell in enumerate(best)
    )
    return put_together(inputs, folds, final, by_fold, settings)


@dataclass(frozen=True)
class _Told:
    """Tells how far a fold is as a share of all."""

    on_done: OnDone
    number: int
    n_folds: int

    def __call__(self, share: float) -> None:
        self.on_done(
            _SHARE_OF_FOLDS * (self.number + share) / self.n_folds,
            f"{self.number + int(share)} of {self.n_folds} folds done",
        )


def _errors(
    pool: ThreadPoolExecutor, cells: Cells, held_inputs: Matrix, held_targets: Matrix, told: _Told
) -> Matrix:
    """Return the sums of squares over the rows that a fold holds out, for every cell."""
    space = cells.space(held_inputs, held_targets)
    errors = cells.errors_of_means(held_targets)
    parts = list(cells.parts())
    found = _in_threads(pool, partial(cells.errors, space), parts)
    for done, (places, part) in enumerate(found, start=1):
        targets, alphas = np.transpose(places)
        errors[targets, alphas] = part
        told(done / len(parts))
    return errors


def _refit(
    inputs: Matrix,
    targets: Matrix,
    folds: Folds,
    lambdas: Matrix,
    grid: ElasticNetGrid,
    best: Sequence[Cell | None],
    number: int,
) -> ElasticNets:
    """Fit the chosen cells to what a fold learns from, or to all rows after the last fold."""
    rows = folds[number][0] if number < len(folds) else np.arange(len(inputs))
    return Cells(grid, lambdas, Problem.of(inputs[rows], targets[rows])).fit(best)


def _in_threads(
    pool: ThreadPoolExecutor, function: Callable[[Given], Made], given: Iterable[Given]
) -> Iterator[tuple[Given, Made]]:
    """Yield what was given with what the function made of it, as each is finished."""
    futures: dict[Future[Made], Given] = {pool.submit(function, each): each for each in given}
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        # Where the caller stops, what has not begun does not begin.
        for future in futures:
            future.cancel()
