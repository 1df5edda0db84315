"""The marks of a significant difference, and what stands below a table that has them."""

from __future__ import annotations

from radiogenomics.evaluation.comparison import LEVEL, JudgedPair

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


def mark_of(pair: JudgedPair) -> str:
    """Return the mark of a tested difference; empty where it is not significant."""
    if not pair.significant():
        return ""
    return DOUBLE_DAGGER if pair.significant(cautious=True) else DAGGER
