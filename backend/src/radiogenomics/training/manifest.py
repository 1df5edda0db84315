"""The manifest of a run and the cards of its models: what a reader should know."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import radiogenomics
from radiogenomics.expression import Alignment, GeneScaler
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.methods import methods_of
from radiogenomics.training.protocols import settings_of
from radiogenomics.training.repeats import config_of_repeat, numbers_of_repeats
from radiogenomics.training.results import CrossValidation
from radiogenomics.training.run_folder import FORMAT_VERSION
from radiogenomics.training.variants import CONSTANT_MODELS, what_is

_PACKAGES = (
    "keras", "tensorflow", "jax", "numpy", "scipy", "numba", "pandas", "scikit-learn", "lightgbm",
)  # fmt: skip
Errors = Mapping[str, Mapping[str, float]]
"""Of each model, by the name of the error."""


def versions() -> dict[str, str]:
    """Return the versions of what computes; absent packages are left out."""
    found = {"radiogenomics": radiogenomics.__version__, "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def record_of(
    data: TrainingData, config: TrainingConfig, backend: str, device: str
) -> dict[str, Any]:
    """Return what determines a run, for ``config.json``: a run resumes only if all of it agrees."""
    return {
        "format_version": FORMAT_VERSION,
        "settings": settings_of(config),
        "data": {
            "sha256": data.digest(),
            "patients": len(data.cohort.patient_ids),
            "genes": len(data.matrix.genes),
        },
        "computed_by": {
            "keras_backend": backend,
            "device": device,
            "radiogenomics": radiogenomics.__version__,
        },
    }


def manifest_of(
    run_id: str,
    record: Mapping[str, Any],
    config: TrainingConfig,
    data: TrainingData,
    results: CrossValidation,
    scaler: GeneScaler,
    alignment: Alignment,
    gpus: list[str],
    wall_time_s: Mapping[str, float],
    errors: Errors,
) -> dict[str, Any]:
    """Return the plain values of ``manifest.json``, but for the hashes of the files."""
    cohort, computed = data.cohort, record["computed_by"]
    return {
        "format_version": FORMAT_VERSION,
        "run_id": run_id,
        "seed": config.seed,
        "versions": versions(),
        "machine": {
            "system": platform.platform(),
            "cpus": os.cpu_count(),
            "device": computed["device"],
            "gpus": gpus if computed["device"] == "gpu" else [],
            "keras_backend": computed["keras_backend"],
        },
        "inputs": {role: dict(file) for role, file in data.inputs.items()},
        "expression": data.matrix.report.to_json(),
        "data_sha256": record["data"]["sha256"],
        "patients": {
            "with_expression": len(data.matrix.patient_ids),
            "trained": len(cohort.patient_ids),
            "versions": dict(cohort.versions),
            "dropped_by_reason": cohort.dropped_by_reason(),
            "dropped": [
                asdict(dropped) for dropped in cohort.dropped if dropped.reason != "expression only"
            ],
        },
        "genes": {
            "used": len(scaler.genes),
            "dropped_by_reason": {
                "without values": len(scaler.without_values),
                "constant": len(scaler.constant),
            },
            "missing_values_filled": alignment.n_filled,
        },
        "models": list(config.models),
        "chosen": {
            part: {
                "all patients" if scope == 0 else f"without fold {scope}": asdict(settings)
                for scope, settings in of_part.items()
            }
            for part, of_part in results.chosen.items()
        },
        "searched_with": config.lead,
        "repeats": {
            "number": config.repeats,
            "seeds": [
                config.seed,
                *(config_of_repeat(config, number).seed for number in numbers_of_repeats(config)),
            ],
        },
        "diverged_fits": sum(one.diverged_at is not None for one in results.tried),
        "methods": methods_of(config),
        "errors": {model: dict(own) for model, own in errors.items()},
        "wall_time_s": dict(wall_time_s),
    }


def card_of(model: str, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return a model's card, from the manifest of its run."""
    shared = ("run_id", "seed", "versions", "inputs", "data_sha256", "patients", "genes")
    return {
        "model": model,
        "what": what_is(model),
        **{name: manifest[name] for name in shared},
        "backend": manifest["machine"]["keras_backend"],
        "errors": manifest["errors"].get(model, {}),
        "errors_of_constants": {
            name: own for name, own in manifest["errors"].items() if name in CONSTANT_MODELS
        },
        "methods": manifest["methods"],
        "use": "research only; no medical device",
    }


def wall_times(log: Path) -> dict[str, float]:
    """Sum the seconds of every stage over all sessions, from the log of the shards."""
    seconds: dict[str, float] = {}
    try:
        lines = log.read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        try:
            entry = json.loads(line)
            stage, spent = str(entry["shard"]).partition("/")[0], float(entry["seconds"])
        except (ValueError, KeyError, TypeError):
            continue  # a line cut short by a kill
        seconds[stage] = seconds.get(stage, 0.0) + spent
    times = {stage: round(value, 3) for stage, value in seconds.items()}
    return {**times, "total": round(sum(seconds.values()), 3)}
