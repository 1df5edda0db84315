"""The cases and raters of a cohort that make a complete block, as an intraclass correlation needs.

Standard library only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import combinations

_MOST_RATERS = 14


@dataclass(frozen=True)
class Block:
    """Cases that the same raters have all measured.

    Attributes
    ----------
    cases, raters
        By name; none of either where no case has two raters.
    left_out_cases
        Those that two raters or more have measured, but not all raters of the block.
    left_out_raters
        Those who are not in it.
    """

    cases: tuple[str, ...]
    raters: tuple[str, ...]
    left_out_cases: tuple[str, ...]
    left_out_raters: tuple[str, ...]


def largest_block(raters_of: Mapping[str, Collection[str]]) -> Block:
    """Return the complete block with the most measurements (cases times raters).

    Of blocks of one size that with more cases is taken, since those bound a correlation more
    tightly than more raters do; then that of the raters who are first by name. Of more than 14
    raters those with the most cases are looked at.

    Parameters
    ----------
    raters_of
        The raters of each case.
    """
    by_cases = Counter(rater for raters in raters_of.values() for rater in set(raters))
    everyone = sorted(by_cases)
    looked_at = sorted(sorted(everyone, key=lambda rater: -by_cases[rater])[:_MOST_RATERS])
    patterns = Counter(frozenset(raters) for raters in raters_of.values())
    best: tuple[int, int] = (0, 0)
    chosen: tuple[str, ...] = ()
    for size in range(2, len(looked_at) + 1):
        for raters in combinations(looked_at, size):
            cases = sum(count for pattern, count in patterns.items() if pattern.issuperset(raters))
            if (cases * size, cases) > best:
                best, chosen = (cases * size, cases), raters
    several = sorted(case for case, raters in raters_of.items() if len(set(raters)) > 1)
    inside = {case for case in several if chosen and set(raters_of[case]).issuperset(chosen)}
    return Block(
        cases=tuple(case for case in several if case in inside),
        raters=chosen,
        left_out_cases=tuple(case for case in several if case not in inside),
        left_out_raters=tuple(rater for rater in everyone if rater not in chosen),
    )
