"""Where one measured value stands among the cohort's. Standard library only."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from radiogenomics.study.counting import rows_that_count
from radiogenomics.study.tables import FeatureRow

CohortValues = Mapping[tuple[str, str], Mapping[str, float]]
"""For each ROI and feature the value of each patient, in the unit of the feature table."""


def cohort_values(rows: Iterable[FeatureRow]) -> CohortValues:
    """Return one value a patient: that of the version that counts, as far as the table names one.

    Of the other patients it is the median over the raters, of each the newest version. Empty
    regions (without a value, or of volume 0) are left out.
    """
    rows = list(rows)
    counted = rows_that_count(rows)
    if counted is not None:
        rows = [*counted.rows, *(row for row in rows if row.patient_id in counted.without)]
    newest: dict[tuple[str, str], int] = {}
    for row in rows:
        whose = (row.patient_id, row.rater)
        newest[whose] = max(row.version, newest.get(whose, row.version))
    found: dict[tuple[str, str], dict[str, list[float]]] = {}
    for row in rows:
        if row.version != newest[row.patient_id, row.rater]:
            continue
        if row.value is None or not math.isfinite(row.value):
            continue
        if row.feature == "volume" and row.value == 0:
            continue
        by_patient = found.setdefault((row.roi, row.feature), {})
        by_patient.setdefault(row.patient_id, []).append(row.value)
    return {
        key: {patient_id: median(values) for patient_id, values in by_patient.items()}
        for key, by_patient in found.items()
    }


def percentile(value: float, others: Sequence[float]) -> float | None:
    """Return the share of other values below this one, in percent; None where there are none.

    Equal values count half (the mid-rank): 50 in the middle of a cohort, 0 below all of it.
    """
    if not others:
        return None
    ordered = sorted(others)
    below, not_above = bisect_left(ordered, value), bisect_right(ordered, value)
    return 100 * (below + not_above) / 2 / len(ordered)
