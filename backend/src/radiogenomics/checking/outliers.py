"""Values that stand apart from the cohort: robust z on a log scale, from median and MAD."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.study.tables import FeatureRow

OUTLIER_THRESHOLD = 3.5
"""A value whose robust z is beyond this is marked (Iglewicz and Hoaglin 1993)."""

FEWEST_VALUES = 5
"""With fewer values than this nothing is marked: their spread says too little."""


@dataclass(frozen=True)
class Outlier:
    """One value far from the median of its feature.

    Attributes
    ----------
    patient_id, rater, version, roi, feature, value, unit
        As in the feature table.
    robust_z
        Distance from the median in robust standard deviations, negative below it; on the log
        scale, so -inf for a value of 0.
    median
        Median of the feature over the cohort, in ``unit``.
    """

    patient_id: str
    rater: str
    version: int
    roi: str
    feature: str
    value: float
    unit: str
    robust_z: float
    median: float


@dataclass(frozen=True)
class Spread:
    """Centre and robust width of one feature's values.

    Attributes
    ----------
    centre, width
        Median and robust standard deviation, both of the logarithm where ``logarithmic``. A width
        of 0 means that all values are equal, or too few to tell.
    logarithmic
        Whether the values were positive, so that ratios rather than differences count.
    """

    centre: float
    width: float
    logarithmic: bool

    @property
    def median(self) -> float:
        """The median in the feature's own unit."""
        return math.exp(self.centre) if self.logarithmic else self.centre

    def robust_z(self, value: float) -> float:
        """Distance of a value from the centre in robust standard deviations."""
        if self.width == 0:
            return 0.0
        if not self.logarithmic:
            return (value - self.centre) / self.width
        return (math.log(value) - self.centre) / self.width if value > 0 else -math.inf

    def limits(self, threshold: float) -> tuple[float, float]:
        """Values between which nothing is marked, in the feature's own unit."""
        low, high = (self.centre + sign * threshold * self.width for sign in (-1, 1))
        return (math.exp(low), math.exp(high)) if self.logarithmic else (low, high)


def spread_of(values: Sequence[float]) -> Spread:
    """Return the centre and the robust width of values that are all finite; at least one.

    The width is 1.4826 MAD. Where more than half of the values are equal, and the MAD is 0 for that
    reason alone, it is 1.2533 times the mean absolute deviation.
    """
    array = np.asarray(values, dtype=np.float64)
    # The ten features are positive. A diameter of 0 (one voxel) has no logarithm: it is left out
    # of the centre and the width, and then lies infinitely far below.
    logarithmic = bool((array >= 0).all() and (array > 0).any())
    scaled: NDArray[np.float64] = np.log(array[array > 0]) if logarithmic else array
    centre = float(np.median(scaled))
    deviations = np.abs(scaled - centre)
    width = 0.0
    if array.size >= FEWEST_VALUES:
        width = 1.4826 * float(np.median(deviations)) or 1.2533 * float(deviations.mean())
    # Equal values differ in the last bits of their logarithms; that is no spread.
    if width < 1e-9 * max(1.0, abs(centre)):
        width = 0.0
    return Spread(centre, width, logarithmic)


def find_outliers(
    rows: Iterable[FeatureRow], threshold: float = OUTLIER_THRESHOLD
) -> list[Outlier]:
    """Find the values that stand apart from the others of their ROI and feature.

    All raters and versions in ``rows`` count alike. Empty ROIs are left out, and so are values
    that are not finite.

    Parameters
    ----------
    rows
        The feature table.
    threshold
        Robust z beyond which, on either side, a value is an outlier.

    Returns
    -------
    list of Outlier
        The farthest first.
    """
    found = []
    for group in by_feature(rows).values():
        spread = spread_of([value for _, value in group])
        for row, value in group:
            robust_z = spread.robust_z(value)
            if abs(robust_z) > threshold:
                found.append(
                    Outlier(
                        patient_id=row.patient_id,
                        rater=row.rater,
                        version=row.version,
                        roi=row.roi,
                        feature=row.feature,
                        value=value,
                        unit=row.unit,
                        robust_z=robust_z,
                        median=spread.median,
                    )
                )
    return sorted(found, key=lambda outlier: -abs(outlier.robust_z))


def by_feature(
    rows: Iterable[FeatureRow],
) -> dict[tuple[str, str], list[tuple[FeatureRow, float]]]:
    """Group the rows of ROIs that are not empty, with their finite values, by ROI and feature."""
    rows = list(rows)
    empty = empty_rois(rows)
    groups: dict[tuple[str, str], list[tuple[FeatureRow, float]]] = {}
    for row in rows:
        if row.value is None or not math.isfinite(row.value) or roi_key(row) in empty:
            continue
        groups.setdefault((row.roi, row.feature), []).append((row, row.value))
    return groups


def empty_rois(rows: Iterable[FeatureRow]) -> set[tuple[str, str, int, str]]:
    """Return the keys, as of `roi_key`, of the ROIs without a voxel: those of volume 0."""
    return {roi_key(row) for row in rows if row.feature == "volume" and row.value == 0}


def roi_key(row: FeatureRow) -> tuple[str, str, int, str]:
    """Patient, rater, version and ROI of a row."""
    return row.patient_id, row.rater, row.version, row.roi
