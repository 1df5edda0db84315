"""Whether prediction intervals cover as many measured values as they promise, and their width.

An interval about an out-of-fold prediction comes from the errors of other patients (see
``training.intervals``), so a patient's own value has no part in its interval. The coverage's own
interval is the exact binomial one (Clopper and Pearson 1934), as if patients were covered or not
independently of each other; they share the errors that made their intervals, so it is approximate.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.stats import binomtest

from radiogenomics.errors import InputError
from radiogenomics.evaluation.bootstrap import Estimate
from radiogenomics.study.predictions import Prediction


@dataclass(frozen=True)
class Calibration:
    """The intervals of one model on one feature.

    Attributes
    ----------
    roi, feature, unit, model
        What was predicted, and by whom.
    n_patients
        Patients with a measured value.
    n_covered
        Of these, with the measured value in the interval or on its end.
    coverage
        Their share, with its 95 % binomial interval.
    n_below, n_above
        Patients measured below the lower and above the upper end.
    width
        Mean width in ``unit``; infinite if an interval is open.
    width_relative
        Mean width over the range of the measured values (largest less smallest): at 1 an interval
        says no more than the cohort's range; NaN where all are the same.
    """

    roi: str
    feature: str
    unit: str
    model: str
    n_patients: int
    n_covered: int
    coverage: Estimate
    n_below: int
    n_above: int
    width: float
    width_relative: float

    def holds(self, level: float) -> bool:
        """Whether the promised level is in the coverage's interval."""
        return self.coverage.lower <= level <= self.coverage.upper


def calibration(predictions: Iterable[Prediction]) -> tuple[Calibration, ...]:
    """Return the calibration of each feature and model, in the order they are met.

    Only out-of-fold predictions of measured values count.

    Raises
    ------
    InputError
        If there are none.
    """
    groups: dict[tuple[str, str, str, str], list[tuple[float, float, float]]] = {}
    for row in predictions:
        if row.kind == "out_of_fold" and row.measured is not None:
            key = (row.roi, row.feature, row.unit, row.model)
            groups.setdefault(key, []).append((row.measured, row.lower, row.upper))
    if not groups:
        raise InputError(
            "No out-of-fold prediction has a measured value beside it; intervals cannot be checked."
        )
    return tuple(_calibration(*key, rows) for key, rows in groups.items())


def _calibration(
    roi: str, feature: str, unit: str, model: str, rows: list[tuple[float, float, float]]
) -> Calibration:
    measured, lower, upper = np.array(rows, dtype=np.float64).T
    below = int(np.count_nonzero(measured < lower))
    above = int(np.count_nonzero(measured > upper))
    covered = len(rows) - below - above
    binomial = binomtest(covered, len(rows)).proportion_ci(0.95, method="exact")
    width = float((upper - lower).mean())
    spread = float(np.ptp(measured))
    return Calibration(
        roi=roi,
        feature=feature,
        unit=unit,
        model=model,
        n_patients=len(rows),
        n_covered=covered,
        coverage=Estimate(covered / len(rows), float(binomial.low), float(binomial.high)),
        n_below=below,
        n_above=above,
        width=width,
        width_relative=width / spread if spread else np.nan,
    )
