"""A kernel in training on a processor: its products, and its change on the way of one of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from radiogenomics.models import kernels, lanes
from radiogenomics.models.crew import Crew

Matrix = NDArray[np.float32]

MOST_PARTS = 16
_LEAST_IN_PART = 1 << 17  # weights; below, waking a thread takes longer than the work
_AT_HAND = 1 << 17  # weights that stay in a processor's own cache, with their velocities
_LINE = 64  # bytes


class Step(NamedTuple):
    """How a step changes a kernel."""

    rate: np.float32
    momentum: np.float32
    nonnegative: bool


class MovingKernel:
    """A kernel and its velocity by rows.

    Rows are shared between threads in parts that depend on the shape alone, and sums over parts are
    taken in their order, so that results are the same bit for bit on any number of threads. A part
    passes in pieces that a processor holds in its cache for all that is done with them. Patients'
    matrices are `padded`.
    """

    def __init__(self, values: Matrix, crew: Crew) -> None:
        self._shape = values.shape
        self._weights = _zeros(
            _up(values.shape[0], kernels.ROWS), _up(values.shape[1], lanes.WIDTH)
        )
        self.values[:] = values
        self._velocity = _zeros(*self._weights.shape)
        self._parts = _parts(*self._weights.shape)
        self._crew = crew

    @property
    def values(self) -> Matrix:
        """The weights, ``(rows, columns)``."""
        return self._weights[: self._shape[0], : self._shape[1]]

    def combined(self, factors: Matrix) -> Matrix:
        """Return factors W, ``(patients, columns)``."""
        sums = self._sums(factors)

        def piece(part: int, first: int, last: int) -> None:
            kernels.combine(self._weights, first, last, factors, sums[part])

        self._pass(piece)
        return _added(sums)

    def move(self, left: Matrix, right: Matrix, step: Step) -> None:
        """Descend by the gradient left' right."""
        self._pass(lambda _part, first, last: self._move(first, last, left, right, step))

    def move_and_combine(self, left: Matrix, right: Matrix, step: Step, factors: Matrix) -> Matrix:
        """Descend by the gradient left' right, and return factors W of the weights then."""
        sums = self._sums(factors)

        def piece(part: int, first: int, last: int) -> None:
            self._move(first, last, left, right, step)
            kernels.combine(self._weights, first, last, factors, sums[part])

        self._pass(piece)
        return _added(sums)

    def dot_and_move(self, left: Matrix, right: Matrix, step: Step) -> Matrix:
        """Return right W', ``(patients, rows)``, and descend by the gradient left' right."""
        products = _zeros(len(right), _up(len(self._weights), lanes.WIDTH))

        def piece(_part: int, first: int, last: int) -> None:
            kernels.dots(self._weights, first, last, right, products)
            self._move(first, last, left, right, step)

        self._pass(piece)
        return products

    def answer_and_move(
        self, right: Matrix, answer: Callable[[int, slice, Matrix], None], step: Step
    ) -> tuple[Matrix, Matrix]:
        """Let outputs, a row each, be answered by their errors.

        Parameters
        ----------
        right
            What enters them, ``(patients, columns)``.
        answer
            Called from several threads with a part, some rows, and right W' of these, which it
            turns into the derivative D of the loss in place.

        Returns
        -------
            D, ``(patients, rows)``, and D W of the weights before.
        """
        deltas = _zeros(len(right), _up(len(self._weights), lanes.WIDTH))
        sums = self._sums(deltas)

        def piece(part: int, first: int, last: int) -> None:
            kernels.dots(self._weights, first, last, right, deltas)
            there = slice(first, min(last, self._shape[0]))
            answer(part, there, deltas[:, there])
            kernels.combine(self._weights, first, last, deltas, sums[part])
            self._move(first, last, deltas, right, step)

        self._pass(piece)
        return deltas, _added(sums)

    @property
    def n_parts(self) -> int:
        """Parts that the rows are shared in."""
        return len(self._parts)

    def _move(self, first: int, last: int, left: Matrix, right: Matrix, step: Step) -> None:
        kernels.move(self._weights, self._velocity, first, last, left, right, *step)

    def _sums(self, factors: Matrix) -> NDArray[np.float32]:
        return _zeros(len(self._parts), len(factors), self._weights.shape[1])

    def _pass(self, piece: Callable[[int, int, int], None]) -> None:
        height = _up(max(_AT_HAND // self._weights.shape[1], 1), kernels.ROWS)

        def whole(part: int) -> None:
            start, stop = self._parts[part]
            for first in range(start, stop, height):
                piece(part, first, min(first + height, stop))

        self._crew.share(whole, len(self._parts))


def padded(values: Matrix | NDArray[np.bool_]) -> Matrix:
    """Return patients' vectors as float32, with zeros up to what the kernels need."""
    out = _zeros(_up(values.shape[0], 2), _up(values.shape[1], lanes.WIDTH))
    out[: values.shape[0], : values.shape[1]] = values
    return out


def _parts(n_rows: int, n_columns: int) -> list[tuple[int, int]]:
    groups = n_rows // kernels.ROWS
    n_parts = min(max(n_rows * n_columns // _LEAST_IN_PART, 1), MOST_PARTS, groups)
    edges = [kernels.ROWS * (groups * part // n_parts) for part in range(n_parts + 1)]
    return list(pairwise(edges))


def _added(sums: NDArray[np.float32]) -> Matrix:
    added: Matrix = sums[0]
    for each in sums[1:]:
        added += each
    return added


def _up(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple


def _zeros(*shape: int) -> NDArray[np.float32]:
    """Return zeros that begin with a cache line, which registers are then loaded from at once."""
    size = int(np.prod(shape))
    numbers = np.zeros(size + _LINE // 4, dtype=np.float32)
    start = -numbers.ctypes.data % _LINE // 4
    return numbers[start : start + size].reshape(shape)
