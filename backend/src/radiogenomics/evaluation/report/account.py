"""What a run says of itself: kind of estimate, what was left out, configuration, methods, files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from radiogenomics.evaluation.report.naming import ModelStyle
from radiogenomics.evaluation.report.table import Column, Row, Table, count, word
from radiogenomics.training import run_folder
from radiogenomics.training.protocols import settings_of
from radiogenomics.training.run_folder import SavedRun

_GLOSSES = {
    "features only": "features only, no expression",
    "expression only": "expression only, no features",
}
_OF_MODEL = "model_"
_METHODS = {
    "protocol": "Protocol",
    "choice": "Choice of settings",
    "baselines": "Choice for the baselines",
    "repeats": "Repeats",
    "folds": "Folds",
    "gene_scaling": "Genes",
    "target_scaling": "Features",
    "pre_training": "Pre-training",
    "decoder": "Decoder",
    "principal_components": "Principal components",
    "output_layer": "Output layer",
    "nonnegative_weights": "Nonnegative weights",
    "missing_expression": "Missing expression",
    "intervals": "Prediction intervals",
}


@dataclass(frozen=True)
class EstimateKind:
    """What the errors are an estimate of.

    Attributes
    ----------
    honest
        Whether nothing of a held-out patient reached the model that predicted it.
    title
        In two words or three.
    reasons
        Why, one sentence each.
    """

    honest: bool
    title: str
    reasons: tuple[str, ...]


def estimate_kind(run: SavedRun) -> EstimateKind:
    """Judge from the settings whether the errors flatter."""
    config = run.config
    reasons = []
    if config.choice == "reporting_folds" and config.networks:
        reasons.append(
            "The folds that chose the settings also report the errors, as in the paper, so the "
            "errors are those of the winners on the patients that made them win."
        )
    elif config.protocol == "chosen" and config.networks:
        reasons.append(
            "Settings were not searched here: they are the values that the paper chose, by the "
            "folds of its own patients; where those are among yours, they chose for themselves."
        )
    if config.baselines and not config.baselines_choose_inside:
        unchosen = config.networks and config.choice != "reporting_folds"
        beside = ", beside networks without a choice" if unchosen else ""
        reasons.append(
            "The settings of the baselines were chosen by the folds that report, as in the paper, "
            f"so their errors are those of the winners{beside}."
        )
    if config.expression_steps == "all_patients":
        reasons.append(
            "Genes were standardised, and autoencoder and principal components (where there are "
            "any) fitted, on all patients with expression, the held-out ones too; never on their "
            "features."
        )
    if config.target_scaling == "all_patients":
        reasons.append(
            "Each feature was divided by its maximum among all patients, the held-out ones too."
        )
    if reasons:
        return EstimateKind(False, "Optimistic estimate", tuple(reasons))
    ways = []
    if config.baselines or config.choice == "inner_folds":
        ways.append("chosen by inner folds")
    if config.networks and config.choice == "none":
        ways.append("fixed beforehand")
    return EstimateKind(
        True,
        "Honest estimate",
        (
            f"Settings were {' or '.join(ways)}, and everything was fitted without the patients "
            "that a fold holds out: nothing of a patient reached the model that predicts it.",
        ),
    )


def chosen_by_reporting_folds(run: SavedRun, model: str) -> bool:
    """Whether the folds that report a model's errors have chosen its settings, too."""
    return run.config.chosen_by_reporting_folds(model)


def dropped_table(run: SavedRun) -> Table:
    """Return how many patients and genes were used and left out, and why."""
    patients, genes = run.manifest["patients"], run.manifest["genes"]
    rows = [
        ("patients", "with expression", patients["with_expression"]),
        ("patients", "with expression and all features: trained and scored", patients["trained"]),
        *(
            ("patients", f"of them measured on the version that counts: {basis}", number)
            for basis, number in patients.get("versions", {}).items()
        ),
        *(
            ("patients", f"left out: {_glossed(reason)}", number)
            for reason, number in patients["dropped_by_reason"].items()
        ),
        *(
            ("samples", f"left out: {reason}", number)
            for reason, number in _reasons(run.manifest["expression"].get("dropped", ())).items()
        ),
        ("genes", "used", genes["used"]),
        *(
            ("genes", f"left out: {reason}", number)
            for reason, number in genes["dropped_by_reason"].items()
        ),
        ("values", "missing, replaced by their gene's mean", genes["missing_values_filled"]),
        ("fits", "diverged in the search", run.manifest.get("diverged_fits", 0)),
    ]
    return Table(
        "dropped",
        "What was used and left out",
        "Counts from the run's manifest.",
        (
            Column("of", "Of", numeric=False),
            Column("what", "What", numeric=False),
            Column("count", "Number"),
        ),
        tuple(Row((word(of), word(what), count(int(number)))) for of, what, number in rows),
    )


def dropped_patients_table(run: SavedRun) -> Table:
    """Return the patients with measured features that were left out, each with the reason."""
    return Table(
        "dropped_patients",
        "Patients left out",
        "Patients with features, but not in the training; those with expression alone are counted "
        "above.",
        (
            Column("patient_id", "Patient", numeric=False),
            Column("reason", "Reason", numeric=False),
        ),
        tuple(
            Row((word(str(each["patient_id"])), word(str(each["reason"]))))
            for each in run.manifest["patients"]["dropped"]
        ),
    )


def dropped_patients(run: SavedRun) -> dict[str, list[str]]:
    """Return the patients of `dropped_patients_table`, by reason."""
    by_reason: dict[str, list[str]] = {}
    for each in run.manifest["patients"]["dropped"]:
        by_reason.setdefault(_glossed(str(each["reason"])), []).append(str(each["patient_id"]))
    return by_reason


def settings_table(run: SavedRun) -> Table:
    """Return every setting of the run by its dotted name."""
    return Table(
        "settings",
        "Settings",
        "Every setting, from the run's config.json.",
        (Column("setting", "Setting", numeric=False), Column("value", "Value", numeric=False)),
        tuple(Row((word(key), word(value))) for key, value in flat_settings(run).items()),
    )


def flat_settings(run: SavedRun) -> dict[str, str]:
    """Return every setting by its dotted name, as text."""
    flat = _flat(settings_of(run.config))
    return {key: _plain(value) for key, value in flat if key != "description"}


def provenance_table(run: SavedRun) -> Table:
    """Return versions, machine, seeds, inputs and hashes."""
    manifest = run.manifest
    machine = manifest["machine"]
    rows: list[tuple[str, str]] = [
        ("run", run.run_id),
        ("seed", str(manifest["seed"])),
        *((f"version of {name}", str(version)) for name, version in manifest["versions"].items()),
        ("computed on", ", ".join(machine["gpus"]) or f"CPU, {machine['cpus']} cores"),
        ("system", str(machine["system"])),
        ("Keras backend", str(machine["keras_backend"])),
        ("seconds of computing", f"{manifest['wall_time_s']['total']:.0f}"),
    ]
    for role, file in manifest["inputs"].items():
        rows += [(f"{role}: {key}", _plain(value)) for key, value in file.items()]
    rows += [("data, SHA-256", str(manifest["data_sha256"]))]
    sealed = (run_folder.CONFIG, run_folder.PREDICTIONS, run_folder.METRICS, run_folder.HISTORY)
    rows += [
        (f"{name}, SHA-256", str(manifest["files"][name]))
        for name in sealed
        if name in manifest["files"]
    ]
    return Table(
        "provenance",
        "Provenance",
        "Versions, machine, inputs and hashes, from the run's manifest.json.",
        (Column("what", "What", numeric=False), Column("value", "Value", numeric=False)),
        tuple(Row((word(what), word(value))) for what, value in rows),
    )


def methods(run: SavedRun) -> list[tuple[str, str]]:
    """Return the methods in the run's own words, each with a heading."""
    said: Mapping[str, str] = run.manifest["methods"]
    return [
        (_METHODS.get(key, key.replace("_", " ").capitalize()), words)
        for key, words in said.items()
        if not key.startswith(_OF_MODEL)
    ]


def model_words(run: SavedRun, models: Iterable[ModelStyle]) -> list[tuple[str, str]]:
    """Return what each model is: in the run's own words where it has some."""
    said: Mapping[str, str] = run.manifest["methods"]
    return [
        (
            f"{model.label[:1].upper()}{model.label[1:]}",
            said.get(f"{_OF_MODEL}{model.name}")
            or model.what
            or "A model that this version of the report does not know by name.",
        )
        for model in models
    ]


def _glossed(reason: str) -> str:
    return _GLOSSES.get(reason, reason)


def _reasons(dropped: Any) -> dict[str, int]:
    """Count what the reading of expression left out, by reason."""
    counts: dict[str, int] = {}
    for each in dropped:
        reason = str(each.get("reason", each) if isinstance(each, Mapping) else each)
        counts[reason] = counts.get(reason, 0) + 1
    return counts


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{prefix}{name}.")
        else:
            flat.append((prefix + name, value))
    return flat


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
