"""Compiled arithmetic on some rows of a matrix of weights: three products, each in one sweep.

A sweep takes four rows at a time, which stay in registers while the patients pass. All arrays are
float32 and padded with zeros: rows of a matrix to a multiple of `ROWS`, columns to a multiple of
`radiogenomics.models.lanes.WIDTH`, and patients to an even number.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from radiogenomics.models.lanes import (
    WIDTH,
    add,
    fill,
    load,
    load_one,
    multiply,
    multiply_add,
    not_negative,
    store,
    total,
    zeros,
)

ROWS = 4

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compile without the interpreter's lock, and keep the machine code on disk where possible."""
    made: Any
    try:
        made = numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:
        # No folder that may be written to: an installation for all users, a container.
        made = numba.njit(nogil=True)(function)
    return made  # type: ignore[no-any-return]


@compiled
def dots(weights: Any, first: int, last: int, vectors: Any, out: Any) -> None:
    """Write the inner products of rows with vectors.

    Parameters
    ----------
    weights
        ``(rows, columns)``.
    first, last
        Of its rows, multiples of `ROWS`.
    vectors
        ``(patients, columns)``.
    out
        ``(patients, rows)``; its columns first to last are written.
    """
    for row in range(first, last, 4):
        for patient in range(0, vectors.shape[0], 2):
            a0, a1, a2, a3 = zeros(), zeros(), zeros(), zeros()
            b0, b1, b2, b3 = zeros(), zeros(), zeros(), zeros()
            for column in range(0, weights.shape[1], WIDTH):
                a = load(vectors, patient, column)
                b = load(vectors, patient + 1, column)
                w0 = load(weights, row, column)
                w1 = load(weights, row + 1, column)
                w2 = load(weights, row + 2, column)
                w3 = load(weights, row + 3, column)
                a0, b0 = multiply_add(a, w0, a0), multiply_add(b, w0, b0)
                a1, b1 = multiply_add(a, w1, a1), multiply_add(b, w1, b1)
                a2, b2 = multiply_add(a, w2, a2), multiply_add(b, w2, b2)
                a3, b3 = multiply_add(a, w3, a3), multiply_add(b, w3, b3)
            out[patient, row], out[patient + 1, row] = total(a0), total(b0)
            out[patient, row + 1], out[patient + 1, row + 1] = total(a1), total(b1)
            out[patient, row + 2], out[patient + 1, row + 2] = total(a2), total(b2)
            out[patient, row + 3], out[patient + 1, row + 3] = total(a3), total(b3)


@compiled
def combine(weights: Any, first: int, last: int, factors: Any, out: Any) -> None:
    """Add to each patient's vector the rows, each times the patient's factor.

    Parameters
    ----------
    weights, first, last
        As in `dots`.
    factors
        ``(patients, rows)``.
    out
        ``(patients, columns)``.
    """
    for row in range(first, last, 4):
        for column in range(0, weights.shape[1], WIDTH):
            w0 = load(weights, row, column)
            w1 = load(weights, row + 1, column)
            w2 = load(weights, row + 2, column)
            w3 = load(weights, row + 3, column)
            for patient in range(out.shape[0]):
                summed = load(out, patient, column)
                summed = multiply_add(load_one(factors, patient, row), w0, summed)
                summed = multiply_add(load_one(factors, patient, row + 1), w1, summed)
                summed = multiply_add(load_one(factors, patient, row + 2), w2, summed)
                summed = multiply_add(load_one(factors, patient, row + 3), w3, summed)
                store(out, patient, column, summed)


@compiled
def move(
    weights: Any,
    velocity: Any,
    first: int,
    last: int,
    left: Any,
    right: Any,
    rate: Any,
    momentum: Any,
    nonnegative: bool,
) -> None:
    """Let rows descend: velocity = momentum velocity - rate left' right, weights += velocity.

    Parameters
    ----------
    weights, first, last
        As in `dots`; ``velocity`` has the shape of the weights.
    left, right
        ``(patients, rows)`` and ``(patients, columns)``.
    rate, momentum
        Float32.
    nonnegative
        Whether a weight below 0 becomes 0.
    """
    keep, change = fill(momentum), fill(-rate)
    for row in range(first, last, 4):
        for column in range(0, weights.shape[1], WIDTH):
            v0, v1, v2, v3 = zeros(), zeros(), zeros(), zeros()
            for patient in range(left.shape[0]):
                values = load(right, patient, column)
                v0 = multiply_add(load_one(left, patient, row), values, v0)
                v1 = multiply_add(load_one(left, patient, row + 1), values, v1)
                v2 = multiply_add(load_one(left, patient, row + 2), values, v2)
                v3 = multiply_add(load_one(left, patient, row + 3), values, v3)
            v0 = multiply_add(change, v0, multiply(keep, load(velocity, row, column)))
            v1 = multiply_add(change, v1, multiply(keep, load(velocity, row + 1, column)))
            v2 = multiply_add(change, v2, multiply(keep, load(velocity, row + 2, column)))
            v3 = multiply_add(change, v3, multiply(keep, load(velocity, row + 3, column)))
            store(velocity, row, column, v0)
            store(velocity, row + 1, column, v1)
            store(velocity, row + 2, column, v2)
            store(velocity, row + 3, column, v3)
            v0 = add(load(weights, row, column), v0)
            v1 = add(load(weights, row + 1, column), v1)
            v2 = add(load(weights, row + 2, column), v2)
            v3 = add(load(weights, row + 3, column), v3)
            if nonnegative:
                v0, v1 = not_negative(v0), not_negative(v1)
                v2, v3 = not_negative(v2), not_negative(v3)
            store(weights, row, column, v0)
            store(weights, row + 1, column, v1)
            store(weights, row + 2, column, v2)
            store(weights, row + 3, column, v3)
