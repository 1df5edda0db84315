"""The measured features of each patient as the targets of a model."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.imaging import MEASURED_ROIS
from radiogenomics.shape import FEATURE_NAMES
from radiogenomics.study.counting import rows_that_count
from radiogenomics.study.tables import FeatureRow, read_features

_NAMED_IN_A_MESSAGE = 5


@dataclass(frozen=True)
class Target:
    """One thing that a model predicts: a shape feature of an ROI, in its unit."""

    roi: str
    feature: str
    unit: str


@dataclass(frozen=True)
class Dropped:
    """A patient that was left out, and why."""

    patient_id: str
    reason: str


@dataclass(frozen=True)
class MeasuredFeatures:
    """What was measured in each patient, without gaps.

    Attributes
    ----------
    patient_ids
        Sorted.
    targets
        The columns: first the ROI, then the feature, in their fixed order.
    values
        float64 of shape ``(n_patients, n_targets)``, in the targets' units.
    dropped
        Patients of the table that are not among them.
    source
        The table's path.
    basis
        Why the version counts that each patient is measured on, such as ``consensus``, or whose it
        is where a rater was chosen, such as ``by rater-1``; empty where the table does not say it.
    """

    patient_ids: tuple[str, ...]
    targets: tuple[Target, ...]
    values: NDArray[np.float64]
    dropped: tuple[Dropped, ...]
    source: str
    basis: Mapping[str, str] = field(default_factory=dict)


def read_targets(path: Path, rater: str | None = None) -> MeasuredFeatures:
    """Read the features of the enhancing and the edema ROI from a long feature table.

    Of a study's table each patient has the version that counts (`radiogenomics.study.counting`),
    unless a rater is chosen. A patient without one, or with an empty ROI, which has features
    without a value, is dropped with the reason.

    Parameters
    ----------
    path
        The table that ``radiogenomics measure`` writes.
    rater
        Whose measurements to take, of each the newest version; needed where a patient has several
        raters and the table does not say which version counts.

    Raises
    ------
    InputError
        If the table cannot be read, holds several raters for one patient and none was chosen,
        several versions or values of one feature, a value that is negative or not finite, or a
        unit that changes; or if no patient is left.
    """
    rows, left_out, basis = _chosen(path, read_features(path), rater)
    wanted = [(roi, feature) for roi in MEASURED_ROIS for feature in FEATURE_NAMES]
    units: dict[tuple[str, str], str] = {}
    patients: dict[str, dict[tuple[str, str], float | None]] = {}
    for row in rows:
        key = (row.roi, row.feature)
        values = patients.setdefault(row.patient_id, {})
        if key in values:
            raise InputError(
                f"{path}: patient {row.patient_id} has several values of {row.roi} {row.feature} "
                f"by rater {row.rater!r}; keep the rows of one version."
            )
        if row.value is not None and not (math.isfinite(row.value) and row.value >= 0):
            raise InputError(
                f"{path}: {row.roi} {row.feature} of patient {row.patient_id} is {row.value}; a "
                "shape feature is a finite number of 0 or more."
            )
        if units.setdefault(key, row.unit) != row.unit:
            raise InputError(
                f"{path}: {row.roi} {row.feature} is in {units[key]} and, for patient "
                f"{row.patient_id}, in {row.unit}; measure all patients anew."
            )
        values[key] = row.value
    kept, incomplete = _complete(patients, wanted)
    dropped = (*incomplete, *left_out)
    if not kept:
        raise InputError(
            f"{path}: no patient has all {len(wanted)} features of {' and '.join(MEASURED_ROIS)}"
            + (f" ({dropped[0].patient_id}: {dropped[0].reason})." if dropped else ".")
        )
    measured = np.array([[patients[i][key] for key in wanted] for i in kept], dtype=np.float64)
    targets = tuple(Target(roi, feature, units[roi, feature]) for roi, feature in wanted)
    return MeasuredFeatures(kept, targets, measured, dropped, str(path), basis)


def refuse_constant(measured: NDArray[np.float64], targets: Sequence[Target], where: str) -> None:
    """Refuse a feature that is the same in all patients, from which nothing can be learnt.

    Raises
    ------
    InputError
        Naming the features.
    """
    same = measured.min(axis=0) == measured.max(axis=0)
    if same.any():
        names = ", ".join(f"{t.roi} {t.feature}" for t, s in zip(targets, same, strict=True) if s)
        raise InputError(
            f"{where}: the same value in all {len(measured)} patients for {names}; nothing can be "
            "learnt from it. Check the segmentations, or add patients."
        )


def _chosen(
    path: Path, rows: Sequence[FeatureRow], rater: str | None
) -> tuple[list[FeatureRow], tuple[Dropped, ...], Mapping[str, str]]:
    """Return the rows to learn, the patients without, and why the others' versions count."""
    if rater is not None:
        own, others = _of_rater(path, rows, rater)
        return own, others, {row.patient_id: f"by {rater}" for row in own}
    counted = rows_that_count(rows)
    if counted is None:
        _refuse_several(path, rows)
        return list(rows), (), {}
    if not counted.rows:
        raise InputError(
            f"{path}: no version counts of any patient; {counted.describe()}. Make a consensus "
            "with: radiogenomics consensus, and measure again; or choose whose measurements to "
            f"learn with --rater {min(row.rater for row in rows)}"
        )
    without = tuple(
        Dropped(patient_id, f"no version that counts: {reason}")
        for patient_id, reason in counted.without.items()
    )
    _refuse_several(path, counted.rows)
    return counted.rows, without, {name: str(basis) for name, basis in counted.basis.items()}


def _of_rater(
    path: Path, rows: Sequence[FeatureRow], rater: str
) -> tuple[list[FeatureRow], tuple[Dropped, ...]]:
    """Return the rows of a rater's newest versions, and the patients that only others measured."""
    own = [row for row in rows if row.rater == rater]
    if not own:
        everyone = sorted({row.rater for row in rows})
        raise InputError(
            f"{path} holds nothing by rater {rater!r}; its raters are {_quoted(everyone)}."
        )
    newest: dict[str, int] = {}
    for row in own:
        newest[row.patient_id] = max(row.version, newest.get(row.patient_id, row.version))
    others = sorted({row.patient_id for row in rows} - set(newest))
    return (
        [row for row in own if row.version == newest[row.patient_id]],
        tuple(Dropped(patient_id, f"not measured by {rater}") for patient_id in others),
    )


def _refuse_several(path: Path, rows: Iterable[FeatureRow]) -> None:
    raters: dict[str, set[str]] = {}
    for row in rows:
        raters.setdefault(row.patient_id, set()).add(row.rater)
    several = [patient_id for patient_id, names in raters.items() if len(names) > 1]
    if several:
        raise InputError(
            f"{path}: {len(several)} patients have several raters ({several[0]}: "
            f"{_quoted(sorted(raters[several[0]]))}); choose whose measurements to learn with "
            f"--rater {min(set().union(*raters.values()))}, or make a consensus of a study with: "
            "radiogenomics consensus"
        )


def _quoted(names: Sequence[str]) -> str:
    more = len(names) - _NAMED_IN_A_MESSAGE
    shown = ", ".join(repr(name) for name in names[:_NAMED_IN_A_MESSAGE])
    return f"{shown} and {more} more" if more > 0 else shown


def _complete(
    patients: Mapping[str, Mapping[tuple[str, str], float | None]],
    wanted: Sequence[tuple[str, str]],
) -> tuple[tuple[str, ...], tuple[Dropped, ...]]:
    """Tell the patients with every value from those without one, each with the reason."""
    kept, dropped = [], []
    for patient_id in sorted(patients):
        values = patients[patient_id]
        absent = next((key for key in wanted if key not in values), None)
        empty = next((key for key in wanted if values.get(key, 0.0) is None), None)
        if absent is not None:
            dropped.append(Dropped(patient_id, f"no row for {absent[0]} {absent[1]}"))
        elif empty is not None:
            dropped.append(Dropped(patient_id, f"empty ROI: {empty[0]}"))
        else:
            kept.append(patient_id)
    return tuple(kept), tuple(dropped)
