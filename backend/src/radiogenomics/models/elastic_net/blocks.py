"""Where a block ends, and what following it leaves to be verified. Imports Numba only."""

from __future__ import annotations

from typing import Any

from radiogenomics.models.elastic_net.compiled import inlined
from radiogenomics.models.elastic_net.course import UNCHECKED, Course


@inlined
def block_end(b: int, course: Course) -> Any:
    """Return the place of the last lambda of a path's next block; it has one at least."""
    end = course.place[b]
    least = course.here[b] * course.width[b]
    while end < course.last[b] and course.lambdas[b, end + 1] >= least:
        end += 1
    return end


@inlined
def stand(b: int, course: Course, end: int, n_points: int, deviation: float) -> None:
    """Leave a block that was followed to a place to be verified; its last point is its end."""
    for column in range(course.end.shape[1]):
        course.end[b, column] = course.points[b, n_points - 1, column]
    course.end_place[b] = end
    course.n_points[b] = n_points
    course.deviation[b] = deviation
    course.verdict[b] = UNCHECKED
