"""Putting runs together: the patients that all share, and what makes a comparison doubtful."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from radiogenomics.errors import InputError
from radiogenomics.evaluation.aligned import Aligned, align
from radiogenomics.evaluation.report.account import estimate_kind
from radiogenomics.evaluation.report.naming import ModelStyle, in_order
from radiogenomics.evaluation.verdict import lead_of
from radiogenomics.models.constants import CENTRES
from radiogenomics.study.predictions import Prediction
from radiogenomics.training.run_folder import SavedRun

_SAME = 1e-9  # measured values that differ by less, relatively, are the same measurement
_NAMED = 3

Value = tuple[str, str, str]
"""Patient, ROI and feature."""


@dataclass(frozen=True)
class Entry:
    """A model of a run.

    Attributes
    ----------
    run
        The run's name, one of its own.
    model
        As it is shown.
    key
        Its name among the joined predictions.
    """

    run: str
    model: ModelStyle
    key: str


@dataclass(frozen=True)
class Joined:
    """Runs side by side.

    Attributes
    ----------
    runs, names
        As given; names are run ids, or paths where ids repeat.
    entries
        All models of all runs, in the order of the tables.
    leads
        By run, the model that speaks for it.
    aligned
        Predictions of the shared patients.
    warnings
        What a reader should know before believing a difference.
    """

    runs: tuple[SavedRun, ...]
    names: tuple[str, ...]
    entries: tuple[Entry, ...]
    leads: tuple[Entry, ...]
    aligned: Aligned
    warnings: tuple[str, ...]


def join(runs: Sequence[SavedRun]) -> Joined:
    """Take the patients that all runs predict, with the same measured values.

    Raises
    ------
    InputError
        If there are fewer than two runs, one is given twice, or no patient is shared.
    """
    if len(runs) < 2:
        raise InputError("A comparison needs two runs or more; name their folders.")
    paths = [run.path.resolve() for run in runs]
    for path in paths:
        if paths.count(path) > 1:
            raise InputError(f"{path} is given twice; name each run once.")
    names = _names(runs)
    values = [_measured(run) for run in runs]
    shared_patients = set.intersection(*({patient for patient, _, _ in own} for own in values))
    shared_features = set.intersection(*({key[1:] for key in own} for own in values))
    differing = {
        key[0]
        for key, value in values[0].items()
        if key[0] in shared_patients
        and key[1:] in shared_features
        and any(not math.isclose(value, own.get(key, value), rel_tol=_SAME) for own in values[1:])
    }
    kept = shared_patients - differing
    if not kept or not shared_features:
        raise InputError(_nothing_shared(names, shared_patients, differing))
    entries, leads = [], []
    rows: list[Prediction] = []
    for run, name in zip(runs, names, strict=True):
        own = [Entry(name, model, f"{name}: {model.name}") for model in in_order(run.models)]
        entries += own
        if set(run.models) <= set(CENTRES):
            raise InputError(f"{run.path} holds floors only; there is nothing to compare.")
        leads.append(next(entry for entry in own if entry.model.name == lead_of(run.models)))
        rows += _renamed(run, name, kept, shared_features, values[0])
    return Joined(
        tuple(runs),
        names,
        tuple(entries),
        tuple(leads),
        align(rows),
        tuple(_warnings(runs, names, shared_patients, shared_features, differing)),
    )


def _names(runs: Sequence[SavedRun]) -> tuple[str, ...]:
    ids = [run.run_id for run in runs]
    return tuple(
        run_id if ids.count(run_id) == 1 else run.path.as_posix()
        for run_id, run in zip(ids, runs, strict=True)
    )


def _measured(run: SavedRun) -> dict[Value, float]:
    return {
        (one.patient_id, one.roi, one.feature): one.measured
        for one in run.predictions
        if one.measured is not None and one.kind == "out_of_fold"
    }


def _renamed(
    run: SavedRun,
    name: str,
    patients: set[str],
    features: set[tuple[str, str]],
    measured: dict[Value, float],
) -> Iterable[Prediction]:
    """Yield the shared rows, the models named by their run, measured values those of the first."""
    for one in run.predictions:
        key = (one.patient_id, one.roi, one.feature)
        if (
            one.patient_id in patients
            and (one.roi, one.feature) in features
            and one.measured is not None
            and one.kind == "out_of_fold"
        ):
            yield dataclasses.replace(
                one, model=f"{name}: {one.model}", measured=measured.get(key, one.measured)
            )


def _nothing_shared(names: Sequence[str], patients: set[str], differing: set[str]) -> str:
    if differing:
        return (
            f"{' and '.join(names)} share {len(patients)} patients, but none with the same "
            "measured values, so their errors have different truths. Compare runs of one rater and "
            "one feature table."
        )
    return f"{' and '.join(names)} share no patient; compare runs of the same cohort."


def _warnings(
    runs: Sequence[SavedRun],
    names: Sequence[str],
    patients: set[str],
    features: set[tuple[str, str]],
    differing: set[str],
) -> list[str]:
    found = [
        *_data_warnings(runs),
        *_protocol_warnings(runs, names),
        *_setting_warnings(runs, names),
    ]
    counts = [len({key[0] for key in _measured(run)}) for run in runs]
    if max(counts) > len(patients):
        own = ", ".join(f"{name} {count}" for name, count in zip(names, counts, strict=True))
        found.append(
            f"Only the {len(patients)} patients that all runs share are compared ({own}); averages "
            "here are over these and differ from those of each run's own report."
        )
    if differing:
        some = ", ".join(sorted(differing)[:_NAMED])
        found.append(
            f"{len(differing)} shared patients ({some}{' ...' if len(differing) > _NAMED else ''}) "
            "have other measured values in another run and are left out."
        )
    if any({key[1:] for key in _measured(run)} != features for run in runs):
        found.append(f"Only the {len(features)} features that all runs share are compared.")
    if _folds_differ(runs, patients):
        found.append(
            "The runs divided the patients into folds differently: part of a difference is the "
            "luck of the division."
        )
    return found


def _data_warnings(runs: Sequence[SavedRun]) -> list[str]:
    if _same(run.manifest["data_sha256"] for run in runs):
        return []
    parts = [
        role
        for role in ("expression", "features")
        if not _same(_hash_of(run, role) for run in runs)
    ]
    return [
        "The runs were trained on different data ("
        + (f"other files of {' and of '.join(parts)}" if parts else "other patients or values")
        + "): a difference is of data and model together."
    ]


def _protocol_warnings(runs: Sequence[SavedRun], names: Sequence[str]) -> list[str]:
    kinds = [estimate_kind(run) for run in runs]
    found = []
    if not _same(run.config.protocol for run in runs):
        own = ", ".join(f"{n}: {run.config.protocol}" for n, run in zip(names, runs, strict=True))
        found.append(f"Protocols differ ({own}).")
    if not _same(kind.honest for kind in kinds):
        optimistic = [n for n, kind in zip(names, kinds, strict=True) if not kind.honest]
        found.append(
            f"The errors of {', '.join(optimistic)} are optimistic and the others honest "
            "estimates: the former are too low beside the latter."
        )
    return found


def _setting_warnings(runs: Sequence[SavedRun], names: Sequence[str]) -> list[str]:
    found = []
    for what, values in (
        ("Raters", [run.config.rater or "the only one" for run in runs]),
        ("Versions of radiogenomics", [_version(run) for run in runs]),
    ):
        if not _same(values):
            own = ", ".join(f"{n}: {value}" for n, value in zip(names, values, strict=True))
            found.append(f"{what} differ ({own}).")
    return found


def _folds_differ(runs: Sequence[SavedRun], patients: set[str]) -> bool:
    divisions = []
    for run in runs:
        folds: dict[int | None, set[str]] = {}
        for one in run.predictions:
            if one.patient_id in patients:
                folds.setdefault(one.fold, set()).add(one.patient_id)
        divisions.append({frozenset(members) for members in folds.values()})
    return any(division != divisions[0] for division in divisions)


def _same(values: Iterable[object]) -> bool:
    return len(set(values)) == 1


def _hash_of(run: SavedRun, role: str) -> str:
    return str(run.manifest["inputs"].get(role, {}).get("sha256"))


def _version(run: SavedRun) -> str:
    return str(run.manifest["versions"]["radiogenomics"])
