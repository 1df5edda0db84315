"""Paths at alpha = 1, followed from one change of the active genes to the next (LARS).

Between changes the coefficients are straight lines in lambda and the dual one in 1 / lambda:
with the active genes' matrix Z, G = Z'Z and signs s,

    b = G^-1 Z'y - lambda G^-1 s,    w = (y - Z G^-1 Z'y) / lambda + Z G^-1 s

A gene that lies in the span of the active ones has a pull that does not move, so it never enters;
among equal genes the first one does.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from radiogenomics.models.elastic_net.blocks import block_end, stand
from radiogenomics.models.elastic_net.compiled import (
    BLOCK,
    WIDTH,
    add_square,
    compiled,
    dot,
    inlined,
    invert,
    times,
)
from radiogenomics.models.elastic_net.course import (
    ACCEPTED,
    NARROWEST,
    REPEAT,
    RUNNING,
    STUCK,
    Course,
)

# A pull that changes less than this over a block stands still; a gene whose square outside the span
# of the active ones is less is inside it.
_STILL = 1e-11
_INSIDE = 1e-11
# A coefficient of the wrong sign, for a target of length 1, that is more than rounding.
_WRONG = 1e-8
# Changes at one lambda, per row, after which the path goes round in circles.
_MOST_AT_ONCE = 8


class Lasso(NamedTuple):
    """What `Course` lacks for these paths; the saved ones are those at the start of the block."""

    active: Any
    n_active: Any
    saved_active: Any
    saved_n_active: Any
    coefficients: Any  # of the active genes at the end of the block


class Room(NamedTuple):
    """Room for one path at a time; the active genes come first."""

    inverse: Any  # G^-1
    rows: Any
    corner: Any
    active: Any  # unit vectors
    signs: Any
    at_zero: Any  # the coefficients at lambda = 0 if no gene left, and how they fall
    fall: Any
    products: Any
    change: Any
    rest: Any  # the dual's two parts
    part: Any
    watched: Any
    idle: Any  # which watched genes are active (1) or inside the span (2)
    held: Any  # the two parts of what is predicted


def lasso(n_paths: int, size: int) -> Lasso:
    """Return the start of paths: no gene is active."""
    shape = (n_paths, size + 1)
    return Lasso(
        np.zeros(shape, dtype=np.int32),
        np.zeros(n_paths, dtype=np.int64),
        np.zeros(shape, dtype=np.int32),
        np.zeros(n_paths, dtype=np.int64),
        np.zeros(shape),
    )


def room(n_watched: int, size: int, n_held: int) -> Room:
    """Return room for paths of these sizes."""
    # More than can be independent, so that an entering gene always has a place.
    most = size + WIDTH
    shapes = {
        "inverse": (most, most),
        "rows": (BLOCK, most),
        "corner": (BLOCK, BLOCK),
        "active": (most, size),
        "signs": (most,),
        "at_zero": (most,),
        "fall": (most,),
        "products": (most,),
        "change": (most,),
        "rest": (size,),
        "part": (size,),
        "watched": (n_watched, size),
        "held": (2, n_held),
    }
    return Room(
        **{name: np.zeros(shape) for name, shape in shapes.items()},
        idle=np.zeros(n_watched, dtype=np.int8),
    )


@inlined
def _settle(b: int, course: Course, lasso: Lasso) -> None:
    """Keep the active genes where the last block was accepted, go back to its start where not."""
    active, saved = lasso.active[b], lasso.saved_active[b]
    if course.verdict[b] == ACCEPTED:
        lasso.saved_n_active[b] = lasso.n_active[b]
        for k in range(lasso.n_active[b]):
            saved[k] = active[k]
        return
    for k in range(lasso.n_active[b]):
        course.sign[b, abs(active[k]) - 1] = 0
    lasso.n_active[b] = lasso.saved_n_active[b]
    for k in range(lasso.n_active[b]):
        active[k] = saved[k]
        course.sign[b, abs(active[k]) - 1] = 1 if active[k] > 0 else -1


@inlined
def _solve(room: Room, target: Any, n_active: int) -> None:
    """Write how coefficients and dual move while the active genes stay, corrected twice."""
    size, most = len(target), len(room.signs)
    inverse, active, products, change = room.inverse, room.active, room.products, room.change
    rest, part, at_zero, fall = room.rest, room.part, room.at_zero, room.fall
    for column in range(size):
        rest[column] = target[column]
        part[column] = 0.0
    for k in range(most):
        at_zero[k] = 0.0
        fall[k] = 0.0
        change[k] = 0.0
    for _ in range(3):
        for k in range(n_active):
            change[k] = dot(active[k], rest)
        times(inverse, change, products)
        for k in range(n_active):
            at_zero[k] += products[k]
            for column in range(size):
                rest[column] -= products[k] * active[k, column]
        for k in range(n_active):
            change[k] = room.signs[k] - dot(active[k], part)
        times(inverse, change, products)
        for k in range(n_active):
            fall[k] += products[k]
            for column in range(size):
                part[column] += products[k] * active[k, column]


@inlined
def _enter(room: Room, gene: Any, side: float, n_active: int) -> Any:
    """Make a unit vector active unless it lies in the span of the active ones; say whether."""
    inverse, products, change = room.inverse, room.products, room.change
    for k in range(n_active):
        change[k] = dot(room.active[k], gene)
    for k in range(n_active, len(change)):
        change[k] = 0.0
    times(inverse, change, products)
    left = dot(gene, gene) - dot(change, products)
    if left < _INSIDE:
        return False
    add_square(inverse, products, 1 / left)
    for k in range(n_active):
        inverse[n_active, k] = -products[k] / left
        inverse[k, n_active] = -products[k] / left
    inverse[n_active, n_active] = 1 / left
    for column in range(len(gene)):
        room.active[n_active, column] = gene[column]
    room.signs[n_active] = side
    return True


@inlined
def _leave(room: Room, k: int, last: int) -> None:
    """Make an active gene inactive; the last one takes its place."""
    inverse, change = room.inverse, room.change
    most = len(change)
    for column in range(most):
        change[column] = inverse[k, column]
    add_square(inverse, change, -1 / change[k])
    corner = inverse[last, last]
    for column in range(most):
        inverse[k, column] = inverse[last, column]
        inverse[column, k] = inverse[column, last]
    inverse[k, k] = corner
    for column in range(most):
        inverse[last, column] = 0.0
        inverse[column, last] = 0.0
    inverse[last, last] = 1.0
    for column in range(room.active.shape[1]):
        room.active[k, column] = room.active[last, column]
        room.active[last, column] = 0.0
    room.signs[k] = room.signs[last]
    room.signs[last] = 0.0


@inlined
def _begin(b: int, course: Course, lasso: Lasso, room: Room, genes: Any) -> None:
    """Gather the active and the watched genes, and invert the active ones' G."""
    size, most = genes.shape[1], len(room.signs)
    inverse, n_active = room.inverse, lasso.n_active[b]
    for k in range(course.n_watch[b]):
        room.idle[k] = 0
        for column in range(size):
            room.watched[k, column] = genes[course.watch[b, k], column]
    for k in range(most):
        room.signs[k] = 0.0
        for column in range(most):
            inverse[k, column] = 0.0
        inverse[k, k] = 1.0
        for column in range(size):
            room.active[k, column] = 0.0
    for k in range(n_active):
        number = lasso.active[b, k]
        room.signs[k] = 1.0 if number > 0 else -1.0
        for column in range(size):
            room.active[k, column] = genes[abs(number) - 1, column]
        for other in range(k + 1):
            product = dot(room.active[k], room.active[other])
            inverse[k, other] = product
            inverse[other, k] = product
    invert(inverse, room.rows, room.corner)
    for column in range(size):
        course.points[b, 0, column] = course.start[b, column]
    course.inverse[b, 0] = 1 / course.here[b]


@inlined
def _next_change(room: Room, n_watch: int, n_active: int, now: float, goal: float) -> Any:
    """Return where, in 1 / lambda, the active genes change next, at which gene, and how.

    The sign with which a watched gene enters, 0 where an active one leaves; the number of the gene
    is -1 where the goal is reached first.
    """
    when, which, sign = goal, -1, 0.0
    for k in range(n_watch):
        if room.idle[k]:
            continue
        slope = dot(room.watched[k], room.rest)
        if abs(slope) * goal < _STILL:
            continue
        towards = 1.0 if slope > 0 else -1.0
        at = max((towards - dot(room.watched[k], room.part)) / slope, now)
        if at < when:
            when, which, sign = at, k, towards
    for k in range(n_active):
        # A coefficient on its way to 0, which would have the other sign at lambda = 0.
        if room.signs[k] * room.fall[k] < 0 and room.signs[k] * room.at_zero[k] < 0:
            at = max(room.fall[k] / room.at_zero[k], now)
            if at < when:
                when, which, sign = at, k, 0.0
    return when, which, sign


@inlined
def _predict(
    b: int, place: int, end: int, until: float, course: Course, lasso: Lasso, room: Room, held: Any
) -> Any:
    """Write the sums of squares over the held-out rows up to 1 / lambda; return the next place."""
    lambdas = course.lambdas[b]
    if place > end or 1 / lambdas[place] > until:
        return place
    n_held = held.shape[1]
    for column in range(n_held):
        room.held[0, column] = 0.0
        room.held[1, column] = 0.0
    for k in range(lasso.n_active[b]):
        gene = abs(lasso.active[b, k]) - 1
        for column in range(n_held):
            room.held[0, column] += room.at_zero[k] * held[gene, column]
            room.held[1, column] += room.fall[k] * held[gene, column]
    while place <= end and 1 / lambdas[place] <= until:
        total = 0.0
        for column in range(n_held):
            gap = room.held[0, column] - lambdas[place] * room.held[1, column]
            gap -= course.held_target[b, column]
            total += gap * gap
        course.errors[b, place] = total
        place += 1
    return place


@inlined
def _let_enter(b: int, k: int, sign: float, course: Course, lasso: Lasso, room: Room) -> None:
    """Let a watched gene enter, unless it lies in the span of the active ones."""
    gene, n_active = course.watch[b, k], lasso.n_active[b]
    if not _enter(room, room.watched[k], sign, n_active):
        room.idle[k] = 2
        return
    room.idle[k] = 1
    lasso.active[b, n_active] = gene + 1 if sign > 0 else -(gene + 1)
    course.sign[b, gene] = 1 if sign > 0 else -1
    lasso.n_active[b] = n_active + 1


@inlined
def _let_leave(b: int, k: int, course: Course, lasso: Lasso, room: Room, genes: Any) -> Any:
    """Let an active gene leave and be watched; return whether there was room to watch it."""
    gene, last = abs(lasso.active[b, k]) - 1, lasso.n_active[b] - 1
    _leave(room, k, last)
    lasso.active[b, k] = lasso.active[b, last]
    lasso.n_active[b] = last
    course.sign[b, gene] = 0
    n_watch = course.n_watch[b]
    found = n_watch
    for other in range(n_watch):
        # With a gene gone, others may be outside the span again.
        if room.idle[other] == 2:
            room.idle[other] = 0
        if course.watch[b, other] == gene:
            found = other
    if found == course.watch.shape[1]:
        return False
    if found == n_watch:
        course.watch[b, found] = gene
        course.n_watch[b] = n_watch + 1
        for column in range(genes.shape[1]):
            room.watched[found, column] = genes[gene, column]
    room.idle[found] = 0
    return True


@inlined
def _keep_coefficients(b: int, at: float, course: Course, lasso: Lasso, room: Room) -> None:
    """Write the active genes' coefficients at a place in 1 / lambda.

    One that is 0 but for rounding may have either sign. One that has the wrong sign in earnest
    shows that equal genes led the path astray.
    """
    for k in range(lasso.n_active[b]):
        coefficient = room.at_zero[k] - room.fall[k] / at
        if coefficient * room.signs[k] < 0:
            if abs(coefficient) > _WRONG:
                course.state[b] = STUCK
            coefficient = 0.0
        lasso.coefficients[b, k] = coefficient


@compiled
def follow_lasso(course: Course, lasso: Lasso, room: Room, genes: Any, held: Any) -> None:
    """Follow every running path over its next block; only watched genes can enter."""
    size = genes.shape[1]
    for b in range(len(course.alpha)):
        if course.state[b] != RUNNING:
            continue
        _settle(b, course, lasso)
        place, end = course.place[b], block_end(b, course)
        _begin(b, course, lasso, room, genes)
        points, points_at = course.points[b], course.inverse[b]
        now, goal = points_at[0], 1 / course.lambdas[b, end]
        n_points, at_once, fits = 1, 0, True
        while fits:
            _solve(room, course.target[b], lasso.n_active[b])
            when, which, sign = _next_change(room, course.n_watch[b], lasso.n_active[b], now, goal)
            place = _predict(b, place, end, when, course, lasso, room, held)
            at_once += 1
            if when > now:
                at_once = 0
                now = when
                for column in range(size):
                    points[n_points, column] = now * room.rest[column] + room.part[column]
                points_at[n_points] = now
                n_points += 1
            if which < 0:
                break
            fits = n_points < len(points) and at_once <= _MOST_AT_ONCE * size
            if sign != 0:
                _let_enter(b, which, sign, course, lasso, room)
            else:
                fits = _let_leave(b, which, course, lasso, room, genes) and fits
        if not fits:
            # Too much for one block; a shorter one holds less, unless the path goes in circles.
            course.verdict[b] = REPEAT
            course.width[b] = math.sqrt(course.width[b])
            if course.width[b] > NARROWEST:
                course.state[b] = STUCK
            continue
        _keep_coefficients(b, goal, course, lasso, room)
        stand(b, course, end, n_points, 0.0)
