"""Paths with both penalties, 0 < alpha < 1, followed in the space of the rows.

Between two changes of the active genes A, with signs s and K the sum of z z' over A, the dual is

    (K + ridge lambda) w = ridge y + alpha (sum of s z over A)

so w is a rational function of lambda. With P = (K + ridge middle)^-1 for the middle of a block of
lambdas, w at all of them is a polynomial in middle - lambda whose terms take one product with P
each (`polynomial`); its relative error has the same bound in every direction. A gene that enters
or leaves changes K and P by the product of a vector with itself.
"""

from __future__ import annotations

import math
from typing import Any

from radiogenomics.models.elastic_net.blocks import block_end, stand
from radiogenomics.models.elastic_net.compiled import (
    add_square,
    compiled,
    copy,
    dot,
    inlined,
    invert,
    times,
)
from radiogenomics.models.elastic_net.course import (
    ACCEPTED,
    LOOSE,
    REPEAT,
    RUNNING,
    STUCK,
    Course,
)
from radiogenomics.models.elastic_net.mixed_state import Mixed, Room
from radiogenomics.models.elastic_net.polynomial import curvature, value, vector_at

_MOST_TRIES = 40
# Stationarity, relative to the lasso part of the penalty, that leaves a path as it is.
_ENOUGH = 1e-9


@inlined
def _settle(b: int, course: Course, mixed: Mixed) -> None:
    """Keep the state where the last block was accepted, go back to its start where not."""
    if course.verdict[b] == ACCEPTED:
        copy(mixed.gram[b], mixed.saved_gram[b])
        copy(mixed.held_gram[b], mixed.saved_held_gram[b])
        for column in range(mixed.push.shape[1]):
            mixed.saved_push[b, column] = mixed.push[b, column]
        for column in range(mixed.held_push.shape[1]):
            mixed.saved_held_push[b, column] = mixed.held_push[b, column]
    else:
        copy(mixed.saved_gram[b], mixed.gram[b])
        copy(mixed.saved_held_gram[b], mixed.held_gram[b])
        for column in range(mixed.push.shape[1]):
            mixed.push[b, column] = mixed.saved_push[b, column]
        for column in range(mixed.held_push.shape[1]):
            mixed.held_push[b, column] = mixed.saved_held_push[b, column]
        for flip in range(mixed.n_flips[b] - 1, -1, -1):
            course.sign[b, mixed.flips[b, flip]] = mixed.flipped_from[b, flip]
    mixed.n_flips[b] = 0


@inlined
def _begin(b: int, course: Course, room: Room, gram: Any, genes: Any, shift: float) -> None:
    """Invert K + shift, gather the genes to watch, and take the block's start for a point."""
    size = genes.shape[1]
    copy(gram, room.inverse)
    for row in range(size):
        room.inverse[row, row] += shift
        course.points[b, 0, row] = course.start[b, row]
    course.inverse[b, 0] = 1 / course.here[b]
    invert(room.inverse, room.rows, room.corner)
    for k in range(course.n_watch[b]):
        gene = course.watch[b, k]
        room.signs[k] = course.sign[b, gene]
        for column in range(size):
            room.watched[k, column] = genes[gene, column]


@inlined
def _expand(
    room: Room, gram: Any, shift: float, polynomial: Any, factor: float, careful: int, n_watch: int
) -> None:
    """Write the terms of the dual and of the watched pulls, from q in ``vector``.

    Parameters
    ----------
    factor
        The ridge part times half the block: what one step of the polynomial's place stands for.
    """
    inverse, terms, vector, other = room.inverse, room.terms, room.vector, room.other
    size = len(vector)
    power = 1.0
    for term in range(len(polynomial)):
        times(inverse, vector, other)
        if careful and term < 3:
            # Later terms are small, and so is their error.
            times(gram, other, terms[term])
            for column in range(size):
                vector[column] -= terms[term, column] + shift * other[column]
            times(inverse, vector, terms[term])
            for column in range(size):
                other[column] += terms[term, column]
        scale = polynomial[term] * power
        power *= factor
        for column in range(size):
            vector[column] = other[column]
            terms[term, column] = scale * other[column]
    for k in range(n_watch):
        for term in range(len(polynomial)):
            room.pulls[k, term] = dot(room.watched[k], terms[term])


@inlined
def _margin(pull: float, sign: int, alpha: float) -> Any:
    """Return how far a pull is from where its gene enters or leaves; below 0 it should have."""
    return alpha * (1 + LOOSE) - abs(pull) if sign == 0 else sign * pull - alpha * (1 - LOOSE)


@inlined
def _flip(b: int, k: int, to: int, course: Course, mixed: Mixed, room: Room, held: Any) -> None:
    """Let a watched gene enter with a sign, or leave."""
    gene, sign = course.watch[b, k], room.signs[k]
    watched, vector = room.watched[k], room.vector
    step = 1.0 if sign == 0 else -1.0
    way = to - sign
    times(room.inverse, watched, vector)
    add_square(room.inverse, vector, -step / (1 + step * dot(watched, vector)))
    add_square(mixed.gram[b], watched, step)
    n_held = held.shape[1]
    for row in range(len(vector)):
        mixed.push[b, row] += way * watched[row]
        for column in range(n_held):
            mixed.held_gram[b, row, column] += step * watched[row] * held[gene, column]
    for column in range(n_held):
        mixed.held_push[b, column] += way * held[gene, column]
    mixed.flips[b, mixed.n_flips[b]] = gene
    mixed.flipped_from[b, mixed.n_flips[b]] = sign
    mixed.n_flips[b] += 1
    room.signs[k] = to
    course.sign[b, gene] = to


@inlined
def _flip_all(
    b: int, at: float, count: int, course: Course, mixed: Mixed, room: Room, held: Any
) -> Any:
    """Let watched genes enter and leave as their pulls say; return how many did."""
    flipped = 0
    for k in range(course.n_watch[b]):
        pull = value(room.pulls[k], count, at)
        if _margin(pull, room.signs[k], course.alpha[b]) < 0:
            to = 0
            if room.signs[k] == 0:
                to = 1 if pull > 0 else -1
            _flip(b, k, to, course, mixed, room, held)
            flipped += 1
    return flipped


@inlined
def _run_end(
    n_watch: int,
    alpha: float,
    lambdas: Any,
    place: int,
    end: int,
    middle: float,
    half: float,
    count: int,
    bend: float,
    room: Room,
) -> Any:
    """Return the first place up to which some watched gene should have entered or left.

    A pull is within ``bend`` of the chord, over 1 / lambda, of its values at place and end, so
    it is only computed where the chord comes that close.
    """
    first = 1 / lambdas[place]
    span = 1 / lambdas[end] - first
    at, at_end = (middle - lambdas[place]) / half, (middle - lambdas[end]) / half
    beyond = end + 1
    for k in range(n_watch):
        sign = room.signs[k]
        here = _margin(value(room.pulls[k], count, at), sign, alpha)
        there = _margin(value(room.pulls[k], count, at_end), sign, alpha)
        if here > bend and there > bend:
            continue
        slope = (there - here) / span if span > 0 else 0.0
        if here > bend and here + slope * (1 / lambdas[beyond - 1] - first) > bend:
            continue
        for trial in range(place + 1, beyond):
            if here + slope * (1 / lambdas[trial] - first) > bend:
                continue
            pull = value(room.pulls[k], count, (middle - lambdas[trial]) / half)
            if _margin(pull, sign, alpha) < 0:
                beyond = trial
                break
    return beyond


@inlined
def _predict(
    b: int,
    place: int,
    beyond: int,
    middle: float,
    half: float,
    count: int,
    course: Course,
    mixed: Mixed,
    room: Room,
) -> None:
    """Write the sums of squares over the held-out rows from place to before beyond."""
    held_terms, predicted = room.held_terms, room.predicted
    n_held = len(predicted)
    for term in range(count):
        for column in range(n_held):
            held_terms[term, column] = 0.0
        for row in range(room.terms.shape[1]):
            factor = room.terms[term, row]
            for column in range(n_held):
                held_terms[term, column] += factor * mixed.held_gram[b, row, column]
    alpha, ridge = course.alpha[b], course.ridge[b]
    for trial in range(place, beyond):
        vector_at(held_terms, count, (middle - course.lambdas[b, trial]) / half, predicted)
        total = 0.0
        for column in range(n_held):
            gap = (predicted[column] - alpha * mixed.held_push[b, column]) / ridge
            gap -= course.held_target[b, column]
            total += gap * gap
        course.errors[b, trial] = total


@inlined
def _keep_ends(
    b: int,
    place: int,
    beyond: int,
    n_points: int,
    middle: float,
    half: float,
    count: int,
    course: Course,
    room: Room,
) -> Any:
    """Write the duals at a run's ends behind the block's points; return how many these are."""
    added = 1 if beyond - 1 == place else 2
    for point in range(added):
        lambda_ = course.lambdas[b, place if point == 0 else beyond - 1]
        at = (middle - lambda_) / half
        vector_at(room.terms, count, at, course.points[b, n_points + point])
        course.inverse[b, n_points + point] = 1 / lambda_
    return added


@inlined
def _residual(b: int, end: int, course: Course, mixed: Mixed, vector: Any) -> Any:
    """Return how much the coefficients at the end miss stationarity, relative to alpha lambda."""
    alpha, ridge, lambda_ = course.alpha[b], course.ridge[b], course.lambdas[b, end]
    times(mixed.gram[b], course.end[b], vector)
    total = 0.0
    for column in range(len(vector)):
        gap = vector[column] - ridge * course.target[b, column] - alpha * mixed.push[b, column]
        gap += ridge * lambda_ * course.end[b, column]
        total += gap * gap
    return math.sqrt(total) / (ridge * alpha * lambda_)


@compiled
def follow_mixed(
    course: Course,
    mixed: Mixed,
    room: Room,
    genes: Any,
    held: Any,
    polynomials: Any,
    half_width: float,
) -> None:
    """Follow every running path over its next block, with changes among the watched genes only.

    Parameters
    ----------
    polynomials
        The terms of 1 / (1 - t) for |t| <= half_width, and more of them for careful paths.
    """
    size = genes.shape[1]
    for b in range(len(course.alpha)):
        if course.state[b] != RUNNING:
            continue
        _settle(b, course, mixed)
        lambdas, place, n_watch = course.lambdas[b], course.place[b], course.n_watch[b]
        points_at, ridge = course.inverse[b], course.ridge[b]
        end = block_end(b, course)
        middle = 0.5 * (lambdas[place] + lambdas[end])
        half = middle * half_width
        polynomial = polynomials[mixed.careful[b]]
        count = len(polynomial)
        _begin(b, course, room, mixed.gram[b], genes, ridge * middle)
        n_points, deviation, tries, changed = 1, 0.0, 0, True
        while tries < _MOST_TRIES and mixed.n_flips[b] + n_watch <= mixed.flips.shape[1]:
            if changed:
                for column in range(size):
                    room.vector[column] = (
                        ridge * course.target[b, column] + course.alpha[b] * mixed.push[b, column]
                    )
                _expand(
                    room,
                    mixed.gram[b],
                    ridge * middle,
                    polynomial,
                    ridge * half,
                    mixed.careful[b],
                    n_watch,
                )
            at = (middle - lambdas[place]) / half
            changed = _flip_all(b, at, count, course, mixed, room, held) > 0
            if changed:
                tries += 1
                continue
            tries = 0
            # A run: lambdas from here on with the same active genes.
            bent = curvature(room.terms, count, at, lambdas[place], half, room.vector) / 8
            first = 1 / lambdas[place]
            span = 1 / lambdas[end] - first
            bend = span * span * bent
            beyond = _run_end(
                n_watch, course.alpha[b], lambdas, place, end, middle, half, count, bend, room
            )
            _predict(b, place, beyond, middle, half, count, course, mixed, room)
            added = _keep_ends(b, place, beyond, n_points, middle, half, count, course, room)
            n_points += added
            span = points_at[n_points - 1] - first
            deviation = max(deviation, span * span * bent)
            place = beyond
            crowded = mixed.n_flips[b] + n_watch > mixed.flips.shape[1] // 2
            if beyond > end or n_points + 2 > len(points_at) or crowded:
                end = beyond - 1
                break
        if changed:
            course.state[b] = STUCK
            continue
        stand(b, course, end, n_points, deviation)
        missed = _residual(b, end, course, mixed, room.vector)
        if missed > _ENOUGH and not mixed.careful[b]:
            mixed.careful[b] = 1
            course.verdict[b] = REPEAT
