"""Compiled arithmetic on short vectors. Imports NumPy and Numba only.

Vectors have a multiple of `WIDTH` numbers, the last ones zero where nothing is there, so that every
loop runs in whole registers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from radiogenomics.models.regression import Matrix

Function = TypeVar("Function", bound=Callable[..., Any])

WIDTH = 8
BLOCK = 4
# Sums may be taken in another order, which lets them run in registers; NaN keeps its meaning.
_FAST = {"reassoc", "contract", "nsz"}


def compiled(function: Function) -> Function:
    """Compile without the interpreter's lock, and keep the machine code on disk where possible."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": _FAST}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:
        # Numba found no folder that it may write to: an installation for all users, a container.
        return cast(Function, numba.njit(**options)(function))


def inlined(function: Function) -> Function:
    """Compile a part of compiled functions, where it is called and not for itself."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": _FAST}
    return cast(Function, numba.njit(inline="always", **options)(function))


def padded(columns: Matrix) -> Matrix:
    """Return columns as rows of a multiple of `WIDTH` numbers, filled up with zeros."""
    length, count = columns.shape
    rows = np.zeros((count, -(-length // WIDTH) * WIDTH))
    rows[:, :length] = columns.T
    return rows


@compiled
def copy(given: Any, to: Any) -> None:
    """Write a matrix into another one."""
    for row in range(given.shape[0]):
        for column in range(given.shape[1]):
            to[row, column] = given[row, column]


@compiled
def dot(first: Any, second: Any) -> Any:
    """Return the inner product of two vectors."""
    total = 0.0
    for place in range(len(first)):
        total += first[place] * second[place]
    return total


@compiled
def times(matrix: Any, vector: Any, product: Any) -> None:
    """Write a symmetric matrix times a vector into product."""
    size = len(vector)
    for column in range(size):
        product[column] = 0.0
    # Four rows at a time, so that the product is loaded and stored a quarter as often.
    for row in range(0, size, BLOCK):
        first = vector[row]
        second = vector[row + 1]
        third = vector[row + 2]
        fourth = vector[row + 3]
        for column in range(size):
            product[column] += (
                first * matrix[row, column]
                + second * matrix[row + 1, column]
                + third * matrix[row + 2, column]
                + fourth * matrix[row + 3, column]
            )


@compiled
def add_square(matrix: Any, vector: Any, factor: float) -> None:
    """Add factor times the outer product of a vector with itself to a matrix."""
    size = len(vector)
    for row in range(size):
        scaled = factor * vector[row]
        for column in range(size):
            matrix[row, column] += scaled * vector[column]


@compiled
def invert(matrix: Any, rows: Any, corner: Any) -> None:
    """Turn a positive definite matrix into its inverse, in place.

    Gauss and Jordan's sweeps, `BLOCK` pivots at a time; where the matrix is positive definite they
    need no exchange of rows.

    Parameters
    ----------
    matrix
        Its size is a multiple of `WIDTH`.
    rows, corner
        Room to work in, ``(BLOCK, size)`` and ``(BLOCK, BLOCK)``.
    """
    size = len(matrix)
    for start in range(0, size, BLOCK):
        _invert_corner(matrix, start, corner)
        for row in range(BLOCK):
            for column in range(size):
                rows[row, column] = (
                    corner[row, 0] * matrix[start, column]
                    + corner[row, 1] * matrix[start + 1, column]
                    + corner[row, 2] * matrix[start + 2, column]
                    + corner[row, 3] * matrix[start + 3, column]
                )
            for column in range(BLOCK):
                rows[row, start + column] = corner[row, column]
        for row in range(size):
            first = matrix[row, start]
            second = matrix[row, start + 1]
            third = matrix[row, start + 2]
            fourth = matrix[row, start + 3]
            for column in range(BLOCK):
                matrix[row, start + column] = 0.0
            for column in range(size):
                matrix[row, column] -= (
                    first * rows[0, column]
                    + second * rows[1, column]
                    + third * rows[2, column]
                    + fourth * rows[3, column]
                )
        for row in range(BLOCK):
            for column in range(size):
                matrix[start + row, column] = rows[row, column]


@inlined
def _invert_corner(matrix: Any, start: int, corner: Any) -> None:
    """Write the inverse of a block on the diagonal into corner."""
    for row in range(BLOCK):
        for column in range(BLOCK):
            corner[row, column] = matrix[start + row, start + column]
    for step in range(BLOCK):
        pivot = 1.0 / corner[step, step]
        corner[step, step] = 1.0
        for column in range(BLOCK):
            corner[step, column] *= pivot
        for row in range(BLOCK):
            if row != step:
                factor = corner[row, step]
                corner[row, step] = 0.0
                for column in range(BLOCK):
                    corner[row, column] -= factor * corner[step, column]
