"""The table of repeated cross-validation: how much of a result is the luck of one division."""

from __future__ import annotations

from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.table import (
    Cell,
    Column,
    Row,
    Table,
    lowest_strong,
    number,
    percent,
    word,
)


def repeats_table(evidence: Evidence) -> Table | None:
    """Return the averages over repeats with other folds; None for a run without repeats."""
    repeats = evidence.repeats
    if repeats is None:
        return None
    by_name = {each.model: each for each in repeats.models}
    models = [model for model in evidence.models if model.name in by_name]
    own = [by_name[model.name] for model in models]
    mae = lowest_strong([number(each.mean[0], ".4f") for each in own])
    mape = lowest_strong([number(each.mean[1], ".2f") for each in own])
    rows = []
    for model, each, mean_mae, mean_mape in zip(models, own, mae, mape, strict=True):
        rows.append(
            Row(
                (
                    word(model.name, model.label),
                    mean_mae,
                    _spread(each.spread[0], ".4f"),
                    *_range(each.mae_scaled, ".4f"),
                    _percent(each.wins_mae),
                    mean_mape,
                    _spread(each.spread[1], ".2f"),
                    *_range(each.mape, ".2f"),
                    _percent(each.wins_mape),
                ),
                {"network": "Networks", "baseline": "Baselines", "floor": "Floors"}[model.group],
            )
        )
    return Table(
        "repeats",
        "Table",
        f"Average errors in {len(repeats.repeats)} repeats of the cross-validation with other "
        "folds; the lowest of a column is bold.",
        (
            Column("model", "Model", numeric=False),
            *_columns("Average MAE", "mae_scaled"),
            *_columns("Average MAPE, %", "mape"),
        ),
        tuple(rows),
        (_note(evidence),),
    )


def _note(evidence: Evidence) -> str:
    repeats = evidence.repeats
    note = (
        "Spread: standard deviation over the repeats, which is the luck of divisions and trainings "
        "on the same patients, not the error towards new ones. Lowest: share of the repeats in "
        "which no other model is lower."
    )
    names = [] if repeats is None else [each.model for each in repeats.models]
    lead, reference = evidence.lead, evidence.reference
    if repeats is None or lead.name not in names or reference.name not in names:
        return note
    better = repeats.compare(lead.name, reference.name).better
    return (
        f"{note} The {lead.label} has a lower average MAE than the {reference.label} in "
        f"{percent(better)} of the repeats."
    )


def _columns(group: str, key: str) -> tuple[Column, ...]:
    return (
        Column(f"{key}_mean", "mean", group),
        Column(f"{key}_spread", "spread", group),
        Column("", "range", group),
        Column(f"{key}_lowest", None),
        Column(f"{key}_highest", None),
        Column(f"{key}_share_won", "lowest", group),
    )


def _range(values: tuple[float, ...], form: str) -> tuple[Cell, Cell, Cell]:
    low, high = number(min(values), form), number(max(values), form)
    return Cell(None, f"{low.text}–{high.text}"), low, high


def _spread(value: float, form: str) -> Cell:
    # One repeat has no spread.
    return number(value if value == value else None, form)  # noqa: PLR0124


def _percent(share: float) -> Cell:
    return Cell(share, percent(share))
