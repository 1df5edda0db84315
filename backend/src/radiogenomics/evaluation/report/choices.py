"""Tables of the settings that were chosen, for the networks and for the baselines."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from radiogenomics.errors import InputError
from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.features import name_cells, name_columns
from radiogenomics.evaluation.report.naming import in_order
from radiogenomics.evaluation.report.table import Cell, Column, Row, Table, word, written
from radiogenomics.training import run_folder

_FIRST, _ALL = "1", "0"  # repeat and scope
_SAID = {"r2": "R²", "n_components": "components", "n_trees": "trees"}
_COLUMNS = {"model", "repeat", "scope", "roi", "feature", "setting", "value"}

Chosen = dict[tuple[str, str, str], dict[str, str]]
"""By model, ROI and feature, the value of each setting."""


def network_choices_table(evidence: Evidence) -> Table | None:
    """Return the settings of autoencoder and networks, by the patients that chose them."""
    chosen: Mapping[str, Mapping[str, Mapping[str, Any]]] = evidence.run.manifest["chosen"]
    rows = [
        (part, patients, settings)
        for part, by_patients in chosen.items()
        for patients, settings in by_patients.items()
    ]
    if not rows:
        return None
    names = [
        name
        for name in dict.fromkeys(key for _, _, settings in rows for key in settings)
        if name != "widths"
    ]
    return Table(
        "chosen_networks",
        "Settings of the networks",
        "What was chosen or given, from the run's manifest.json; every network shares the choice.",
        (
            Column("part", "Part", numeric=False),
            Column("chosen_on", "On", numeric=False),
            *(Column(name, name.replace("_", " ")) for name in names),
        ),
        tuple(
            Row(
                (
                    word(part),
                    word(patients),
                    *(_setting(settings.get(name)) for name in names),
                )
            )
            for part, patients, settings in rows
        ),
    )


def baseline_choices_table(evidence: Evidence) -> Table | None:
    """Return what each baseline chose for each feature on all patients; None without baselines."""
    chosen = _read(evidence)
    if not chosen:
        return None
    models = in_order(model for model, _, _ in chosen)
    rows = []
    for feature in evidence.aligned.features:
        cells = []
        for model in models:
            settings = chosen.get((model.name, feature.roi, feature.feature), {})
            cells.append(Cell(_plain(settings), _said(settings)))
        names = name_cells(feature.roi, feature.feature, feature.unit)
        rows.append(Row((*names, *cells), feature.roi.capitalize()))
    return Table(
        "chosen_baselines",
        "Settings of the baselines",
        "What each baseline chose for each feature on all patients, from the run's chosen.csv, "
        "which has the choices inside the folds, too.",
        (
            *name_columns(),
            *(Column(model.name, model.label, numeric=False) for model in models),
        ),
        tuple(rows),
        (
            "R²: of the patients that the choosing folds held out, 1 less the squared error over "
            "that of their mean; near or below 0 the best setting tells no more than a mean.",
        ),
        wide=True,
    )


def _read(evidence: Evidence) -> Chosen:
    path = evidence.run.path / run_folder.CHOSEN
    if not path.exists():
        return {}
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read what was chosen, {path}: {error}.") from error
    missing = _COLUMNS - set(reader.fieldnames or ())
    if missing:
        raise InputError(f"{path} lacks the columns {', '.join(sorted(missing))}.")
    found: Chosen = {}
    for row in reader:
        if (row["repeat"], row["scope"]) == (_FIRST, _ALL):
            key = (row["model"], row["roi"], row["feature"])
            found.setdefault(key, {})[row["setting"]] = row["value"]
    return found


def _said(settings: Mapping[str, str]) -> str:
    parts = [f"{_SAID.get(name, name)} {_rounded(value)}" for name, value in settings.items()]
    return ", ".join(parts) or "—"


def _plain(settings: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in settings.items())


def _rounded(value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        return value or "none"
    return value if number.is_integer() and "." not in value else written(number, 2)


def _setting(value: Any) -> Cell:
    if value is None:
        return Cell(None, "—")
    return Cell(value if isinstance(value, int | float) else str(value), f"{value}")
