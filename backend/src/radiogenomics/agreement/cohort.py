"""Which shape features the raters of a cohort agree on. numpy and scipy only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from radiogenomics.agreement.block import Block, largest_block
from radiogenomics.agreement.correlation import IntraclassCorrelation, intraclass_correlation
from radiogenomics.agreement.differences import LimitsOfAgreement, limits_of_agreement
from radiogenomics.study.names import CONSENSUS
from radiogenomics.study.tables import FeatureRow

_FEWEST_CASES = 2


@dataclass(frozen=True)
class FeatureAgreement:
    """How well the raters of a block agree on one feature of one ROI.

    Attributes
    ----------
    roi, feature, unit
        As in the feature table.
    cases, raters
        Of the block, without the cases in which a rater of the block has an empty ROI.
    correlation
        None for fewer than two cases, and where all values are the same.
    """

    roi: str
    feature: str
    unit: str
    cases: int
    raters: int
    correlation: IntraclassCorrelation | None

    @property
    def word(self) -> str:
        """How good the agreement of single raters is, by the lower end of its interval."""
        return "" if self.correlation is None else self.correlation.single.word


@dataclass(frozen=True)
class FeatureDifference:
    """How two raters differ on one feature of one ROI, over all cases that both measured.

    Attributes
    ----------
    roi, feature, unit
        As in the feature table.
    raters
        First and second, by name.
    patients
        The patients, in the order of ``values``.
    values
        The values of the two raters for each patient.
    limits
        Second less first, in ``unit``.
    typical_percent
        The median over the cases of the absolute difference in percent of the two values' mean.
    """

    roi: str
    feature: str
    unit: str
    raters: tuple[str, str]
    patients: tuple[str, ...]
    values: tuple[tuple[float, float], ...]
    limits: LimitsOfAgreement
    typical_percent: float


@dataclass(frozen=True)
class CohortAgreement:
    """How well the raters of a cohort agree on its features.

    Attributes
    ----------
    block
        The cases and raters of the intraclass correlations.
    features
        One a feature and ROI.
    differences
        One a feature, ROI and pair of raters: with more than two raters every pair stands for
        itself, each with all the cases that both have measured.
    """

    block: Block
    features: tuple[FeatureAgreement, ...]
    differences: tuple[FeatureDifference, ...]


def cohort_agreement(rows: Iterable[FeatureRow]) -> CohortAgreement:
    """Compare the raters of a cohort feature by feature.

    Values are taken as they are, in their units. An empty ROI has no shape, so a case in which one
    of the raters has one is left out of that ROI.

    Parameters
    ----------
    rows
        One version of each rater and case; rows of a consensus are passed over.
    """
    values: dict[tuple[str, str, str], dict[tuple[str, str], float]] = {}
    raters_of: dict[str, set[str]] = {}
    empty: set[tuple[str, str, str]] = set()
    for row in rows:
        if row.rater == CONSENSUS:
            continue
        raters_of.setdefault(row.patient_id, set()).add(row.rater)
        if row.feature == "volume" and row.value == 0:
            empty.add((row.patient_id, row.rater, row.roi))
        measured = values.setdefault((row.roi, row.feature, row.unit), {})
        if row.value is not None and math.isfinite(row.value):
            measured[row.patient_id, row.rater] = row.value
    block = largest_block(raters_of)
    everyone = sorted(set().union(*raters_of.values()))
    features, differences = [], []
    for key, found in values.items():
        present = {
            (patient_id, rater): value
            for (patient_id, rater), value in found.items()
            if (patient_id, rater, key[0]) not in empty
        }
        features.append(_feature_agreement(key, present, block))
        for pair in combinations(everyone, 2):
            difference = _feature_difference(key, present, pair)
            if difference is not None:
                differences.append(difference)
    return CohortAgreement(block, tuple(features), tuple(differences))


def _feature_agreement(
    key: tuple[str, str, str], measured: Mapping[tuple[str, str], float], block: Block
) -> FeatureAgreement:
    complete = [
        [measured[case, rater] for rater in block.raters]
        for case in block.cases
        if all((case, rater) in measured for rater in block.raters)
    ]
    enough = len(complete) >= _FEWEST_CASES
    correlation = intraclass_correlation(complete) if enough else None
    return FeatureAgreement(*key, len(complete), len(block.raters), correlation)


def _feature_difference(
    key: tuple[str, str, str], measured: Mapping[tuple[str, str], float], pair: tuple[str, str]
) -> FeatureDifference | None:
    first, second = pair
    patients = sorted({case for case, rater in measured if rater == first})
    both = [case for case in patients if (case, second) in measured]
    if len(both) < _FEWEST_CASES:
        return None
    values = np.array([[measured[case, rater] for rater in pair] for case in both])
    means = values.mean(axis=1)
    apart = np.abs(values[:, 1] - values[:, 0])
    percent = 100 * np.divide(apart, means, out=np.zeros_like(apart), where=means > 0)
    return FeatureDifference(
        *key,
        raters=pair,
        patients=tuple(both),
        values=tuple((float(one), float(other)) for one, other in values),
        limits=limits_of_agreement(values[:, 0], values[:, 1]),
        typical_percent=float(np.median(percent)),
    )
