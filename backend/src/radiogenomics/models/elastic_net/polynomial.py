"""Solutions of (K + ridge lambda) w = q as polynomials over a block of lambdas.

Imports NumPy and Numba only.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from radiogenomics.models.elastic_net.compiled import compiled, dot, inlined
from radiogenomics.models.regression import Matrix

MOST_TERMS = 24


def chebyshev(half_width: float, error: float) -> Matrix:
    """Return the terms of a polynomial q(t) close to 1 / (1 - t) for |t| <= half_width < 1.

    (1 - t) q(t) - 1 is the Chebyshev polynomial that stays smallest on the interval among those
    that are -1 at t = 1; it stays below the error.
    """
    reach = math.acosh(1 / half_width)
    degree = min(math.ceil(math.acosh(1 / error) / reach), MOST_TERMS)
    remainder = np.polynomial.chebyshev.cheb2poly(np.eye(degree + 1)[degree])
    remainder = remainder / (math.cosh(degree * reach) * half_width ** np.arange(degree + 1))
    return np.asarray(1 - np.cumsum(remainder)[:-1])


@compiled
def value(terms: Any, count: int, at: float) -> Any:
    """Return a polynomial at a place."""
    total = terms[count - 1]
    for term in range(count - 2, -1, -1):
        total = total * at + terms[term]
    return total


@compiled
def vector_at(terms: Any, count: int, at: float, vector: Any) -> None:
    """Write a polynomial whose terms are vectors, at a place."""
    size = terms.shape[1]
    for column in range(size):
        vector[column] = terms[count - 1, column]
    for term in range(count - 2, -1, -1):
        for column in range(size):
            vector[column] = vector[column] * at + terms[term, column]


@inlined
def curvature(terms: Any, count: int, at: float, lambda_: float, half: float, room: Any) -> Any:
    """Return the norm of the solution's second derivative by 1 / lambda.

    In every direction it is largest at the first, largest lambda of a run: there it is
    2 ridge lambda^3 d q / (d + ridge lambda)^3 for a d >= 0.

    Parameters
    ----------
    lambda_, at, half
        The lambda, its place (middle - lambda) / half in the polynomial, and half the block.
    """
    size = len(room)
    for column in range(size):
        room[column] = 0.0
    first = -2 * lambda_**3 / half
    second = lambda_**4 / half**2
    power, before = 1.0, 0.0
    for term in range(1, count):
        factor = term * (first * power + second * (term - 1) * before)
        for column in range(size):
            room[column] += factor * terms[term, column]
        before = power
        power *= at
    return math.sqrt(dot(room, room))
