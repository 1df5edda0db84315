"""Which measures are tested, the marks of a difference, and what is said below the tables."""

from __future__ import annotations

from typing import Literal

from radiogenomics.evaluation.comparison import LEVEL, JudgedPair

Measure = Literal["absolute", "percentage"]
MEASURES: tuple[Measure, ...] = ("absolute", "percentage")

DAGGER, DOUBLE_DAGGER = "†", "‡"

CAUTION = (
    "The models of the folds share most of the patients that they learned from, which makes this "
    "test too lenient; the cautious p-values allow for that after Nadeau and Bengio (2003) and are "
    "somewhat too strict."
)
MARKS_NOTE = (
    f"{DAGGER} significant by the paper's test (p at most {LEVEL:g} after Bonferroni's correction "
    f"over the features); {DOUBLE_DAGGER} also by the cautious one."
)
COUNTS_NOTE = (
    f"{DAGGER} lower, higher: in how many features the error is significantly lower and in how "
    "many significantly higher; in brackets by the cautious test, where that finds another number."
)


def mark_of(pair: JudgedPair) -> str:
    """Return the mark of a tested difference; empty where it is not significant."""
    if not pair.significant():
        return ""
    return DOUBLE_DAGGER if pair.significant(cautious=True) else DAGGER
