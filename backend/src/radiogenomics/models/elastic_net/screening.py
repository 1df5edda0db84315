"""Which genes a block must watch, and whether it watched all that mattered.

Inside a block the dual stays within ``chord`` of the straight line, over 1 / lambda, between its
ends, and the genes are unit vectors: so a pull stays within ``chord`` of the line between its
values there. Two products with all genes, one at either end, therefore vouch for every lambda in
between; the few genes that this leaves open are looked at along the block.
"""

from __future__ import annotations

import math
from typing import Any

from radiogenomics.models.elastic_net.compiled import compiled, dot, inlined
from radiogenomics.models.elastic_net.course import (
    ACCEPTED,
    DONE,
    LOOSE,
    NARROWEST,
    REPEAT,
    RUNNING,
    STUCK,
    UNCHECKED,
    Course,
)

# How much more than by the last block a pull may change before its gene should be watched.
_SWERVE = 1.0
_BEND = 0.4
# Of one number in single precision; a product with a unit vector is off by this for every number.
_SINGLE = 2.0**-24


@inlined
def _chord(b: int, course: Course) -> Any:
    """Return how far the duals of a block are from the chord of its ends, at most."""
    points, points_at, n_points = course.points[b], course.inverse[b], course.n_points[b]
    span = points_at[n_points - 1] - points_at[0]
    farthest = 0.0
    for point in range(1, n_points - 1):
        share = (points_at[point] - points_at[0]) / span
        total = 0.0
        for column in range(points.shape[1]):
            gap = points[point, column] - (1 - share) * course.start[b, column]
            gap -= share * course.end[b, column]
            total += gap * gap
        farthest = max(farthest, total)
    return math.sqrt(farthest) + course.deviation[b]


@inlined
def _is_sure(old: float, new: float, sign: int, alpha: float, slack: float, at_one: bool) -> Any:
    """Say whether pulls at the ends show that a gene neither enters nor leaves in between."""
    if sign == 0:
        return max(abs(old), abs(new)) <= alpha - slack
    # At alpha = 1 the active genes are followed anyway.
    return at_one or min(sign * old, sign * new) >= alpha + slack


@inlined
def _is_missed(b: int, gene: Any, sign: int, course: Course) -> Any:
    """Say whether a gene enters or leaves inside a block, by its pulls at all the points."""
    alpha, deviation = course.alpha[b], course.deviation[b]
    for point in range(1, course.n_points[b]):
        pull = dot(gene, course.points[b, point])
        if sign == 0:
            if abs(pull) + deviation > alpha * (1 + LOOSE):
                return True
        elif sign * pull - deviation < alpha * (1 - LOOSE):
            return True
    return False


@compiled
def verify(course: Course, genes: Any, before: Any, after: Any, exempt: Any) -> None:
    """Accept a block, or watch what it should have watched and have it repeated.

    Parameters
    ----------
    before, after
        ``(n_paths, n_inputs)``; the pulls at the block's ends, in single precision.
    exempt
        Room for a mark on every gene; all 0, and 0 again afterwards.
    """
    most = course.watch.shape[1]
    for b in range(len(course.alpha)):
        if course.state[b] != RUNNING or course.verdict[b] != UNCHECKED:
            continue
        alpha, at_one = course.alpha[b], course.ridge[b] == 0
        course.chord[b] = _chord(b, course)
        length = max(dot(course.start[b], course.start[b]), dot(course.end[b], course.end[b]))
        slack = course.chord[b] + (genes.shape[1] + 4) * _SINGLE * math.sqrt(length)
        n_watch = course.n_watch[b]
        for k in range(n_watch):
            exempt[course.watch[b, k]] = 1
        n_more = n_watch
        for gene in range(before.shape[1]):
            old, new = before[b, gene], after[b, gene]
            if abs(new) + abs(new - old) < alpha - slack or exempt[gene]:
                continue
            sign = course.sign[b, gene]
            if not _is_sure(old, new, sign, alpha, slack, at_one) and _is_missed(
                b, genes[gene], sign, course
            ):
                if n_more < most:
                    course.watch[b, n_more] = gene
                n_more += 1
        for k in range(n_watch):
            exempt[course.watch[b, k]] = 0
        if n_more == n_watch:
            course.verdict[b] = ACCEPTED
            continue
        course.verdict[b] = REPEAT
        course.n_watch[b] = min(n_more, most)
        if n_more > most:
            course.width[b] = math.sqrt(course.width[b])


@inlined
def _is_near(
    old: float, new: float, sign: int, ahead: float, alpha: float, margin: float, at_one: bool
) -> Any:
    """Say whether a gene may enter or leave in the next block, going by its last step."""
    step = ahead * (new - old)
    swerve = _SWERVE * abs(step) + margin
    if sign == 0:
        return max(abs(new) + margin, abs(new + step) + swerve) > alpha
    return not at_one and min(sign * new - margin, sign * (new + step) - swerve) < alpha


@inlined
def _choose(
    b: int, ahead: float, margin: float, course: Course, before: Any, after: Any, most: int
) -> Any:
    """Write the genes to watch, at most so many; return how many there would be."""
    alpha, at_one = course.alpha[b], course.ridge[b] == 0
    n_watch = 0
    for gene in range(before.shape[1]):
        old, new = before[b, gene], after[b, gene]
        if abs(new) + (1 + _SWERVE) * ahead * abs(new - old) + margin <= alpha:
            continue
        if _is_near(old, new, course.sign[b, gene], ahead, alpha, margin, at_one):
            if n_watch < most:
                course.watch[b, n_watch] = gene
            n_watch += 1
    return n_watch


@compiled
def go_on(course: Course, before: Any, after: Any) -> None:
    """Stand at the end of an accepted block, and choose what to watch in the next one.

    Parameters
    ----------
    before, after
        ``(n_paths, n_inputs)``; the pulls at the block's ends. Those after become those before.
    """
    size = course.start.shape[1]
    most = course.watch.shape[1]
    if most < before.shape[1]:
        # The other half is for genes that turn out to be missing.
        most //= 2
    for b in range(len(course.alpha)):
        if course.state[b] != RUNNING or course.verdict[b] != ACCEPTED:
            continue
        # Before the first block there were no points, and all pulls were 0 at 1 / lambda = 0.
        since = 0.0
        if course.n_points[b]:
            since = 1 / course.here[b]
            course.here[b] = course.lambdas[b, course.end_place[b]]
        course.place[b] = course.end_place[b] + 1
        if course.end_place[b] >= course.last[b]:
            course.state[b] = DONE
        for column in range(size):
            course.start[b, column] = course.end[b, column]
        here = 1 / course.here[b]
        slack = (size + 4) * _SINGLE * math.sqrt(dot(course.end[b], course.end[b]))
        while course.state[b] == RUNNING:
            ahead = here * (1 / course.width[b] - 1) / (here - since)
            margin = _BEND * ahead * course.chord[b] + slack
            n_watch = _choose(b, ahead, margin, course, before, after, most)
            if n_watch <= most:
                course.n_watch[b] = n_watch
                break
            course.width[b] = math.sqrt(course.width[b])
            if course.width[b] > NARROWEST:
                course.state[b] = STUCK
        for gene in range(before.shape[1]):
            before[b, gene] = after[b, gene]
