"""Joining expression and measured features by patient id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.expression import ExpressionMatrix
from radiogenomics.training.folds import Fold
from radiogenomics.training.targets import Dropped, MeasuredFeatures, Target, refuse_constant


@dataclass(frozen=True)
class Cohort:
    """The patients that a network can learn from, and those left out.

    Attributes
    ----------
    patient_ids
        With expression and all features, sorted: folds do not depend on the order of the files.
    targets
        The columns of ``measured``.
    measured
        float64 of shape ``(n_patients, n_targets)``, in the targets' units.
    dropped
        Patients with one of the two only, with an empty ROI, or not measured by the chosen rater,
        each with the reason.
    versions
        How many of the patients are measured on a version that counts for which reason, or on that
        of the chosen rater; empty where neither is known.
    """

    patient_ids: tuple[str, ...]
    targets: tuple[Target, ...]
    measured: NDArray[np.float64]
    dropped: tuple[Dropped, ...]
    versions: Mapping[str, int] = field(default_factory=dict)

    def dropped_by_reason(self) -> dict[str, int]:
        """Count the patients left out, by reason."""
        return dict(Counter(dropped.reason for dropped in self.dropped))


def join(expression: ExpressionMatrix, features: MeasuredFeatures) -> Cohort:
    """Take the patients that are in both.

    Raises
    ------
    InputError
        If there is none, or if a feature is the same in all of them.
    """
    with_expression = set(expression.patient_ids)
    kept = [row for row, name in enumerate(features.patient_ids) if name in with_expression]
    if not kept:
        raise InputError(
            f"No patient is in both {expression.source} (such as {expression.patient_ids[0]}) and "
            f"{features.source} (such as {features.patient_ids[0]}); patients are joined by id."
        )
    patient_ids = tuple(features.patient_ids[row] for row in kept)
    measured = features.values[kept]
    refuse_constant(measured, features.targets, features.source)
    unusable = {dropped.patient_id for dropped in features.dropped}
    dropped = [
        *features.dropped,
        *(
            Dropped(name, "features only")
            for name in features.patient_ids
            if name not in with_expression
        ),
        *(
            Dropped(name, "expression only")
            for name in sorted(with_expression - set(features.patient_ids) - unusable)
        ),
    ]
    versions = Counter(features.basis[name] for name in patient_ids if name in features.basis)
    return Cohort(
        patient_ids, features.targets, measured, tuple(dropped), dict(sorted(versions.items()))
    )


def refuse_unscalable(cohort: Cohort, folds: tuple[Fold, ...]) -> None:
    """Refuse folds whose patients to learn from all have a feature of 0: it has no scale there.

    Raises
    ------
    InputError
        Naming the first such fold and the features.
    """
    for fold in folds:
        zero = cohort.measured[fold.train].max(axis=0) == 0
        if zero.any():
            names = ", ".join(
                f"{t.roi} {t.feature}" for t, z in zip(cohort.targets, zero, strict=True) if z
            )
            raise InputError(
                f"In fold {fold.number} the value of all {len(fold.train)} patients to learn from "
                f"is 0 for {names}, which leaves nothing to scale by. Check the segmentations, "
                "choose another --seed, or add patients."
            )
