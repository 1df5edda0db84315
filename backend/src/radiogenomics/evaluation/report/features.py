"""Tables with a row a feature: errors (the paper's Tables 3 and 4) and the tests behind them."""

from __future__ import annotations

import numpy as np

from radiogenomics.evaluation.report import paper
from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.marks import MARKS_NOTE, Measure, mark_of
from radiogenomics.evaluation.report.naming import ModelStyle, plain_unit, with_unit
from radiogenomics.evaluation.report.table import (
    Cell,
    Column,
    Row,
    Table,
    count,
    lowest_strong,
    number,
    word,
    written,
)
from radiogenomics.shape.wording import in_shown_unit


def mae_table(evidence: Evidence) -> Table:
    """Return the paper's Table 3: MAE in shown units with the measured values."""
    aligned = evidence.aligned
    rows = []
    for index, feature in enumerate(aligned.features):
        measured = aligned.measured[:, index]
        shown = in_shown_unit(1.0, feature.unit) * measured[np.isfinite(measured)]
        printed = paper.MEASURED.get((feature.roi, feature.feature))
        rows.append(
            Row(
                (
                    *name_cells(feature.roi, feature.feature, feature.unit),
                    count(int(aligned.n_measured[index])),
                    *_range(float(shown.min()), float(shown.max()), float(shown.mean())),
                    *(
                        _range(printed.minimum, printed.maximum, printed.mean)
                        if printed
                        else (Cell(None, "—"),) * 4
                    ),
                    *_errors(evidence, index, "absolute"),
                ),
                feature.roi.capitalize(),
            )
        )
    return Table(
        "table3_mae",
        "Table 3",
        "Mean absolute error of each feature in its unit; the lowest of a row is bold.",
        (
            *name_columns(),
            Column("n_patients", None),
            *_range_columns("measured, this run", "measured"),
            *_range_columns("measured, paper", "paper_measured"),
            *_model_columns(evidence, "mae"),
        ),
        tuple(rows),
        (
            _mark_note(evidence),
            "The paper's own errors per feature are in its Table 3; here stand the values that it "
            "measured, since the size of an error goes with the spread of a feature.",
        ),
        wide=True,
    )


def mape_table(evidence: Evidence) -> Table:
    """Return the paper's Table 4: MAPE per feature."""
    rows = []
    for index, each in enumerate(evidence.lead_comparison.features):
        rows.append(
            Row(
                (
                    *name_cells(each.roi, each.feature, each.unit),
                    count(each.n_patients - each.n_zero),
                    count(each.n_zero),
                    count(each.n_near_zero),
                    *_errors(evidence, index, "percentage"),
                ),
                each.roi.capitalize(),
            )
        )
    near = sum(each.n_near_zero for each in evidence.lead_comparison.features)
    zero = sum(each.n_zero for each in evidence.lead_comparison.features)
    return Table(
        "table4_mape",
        "Table 4",
        "Mean absolute percentage error of each feature, %; the lowest of a row is bold.",
        (
            *name_columns(),
            Column("n_patients", "patients"),
            Column("n_zero", None),
            Column("n_near_zero", "near zero"),
            *_model_columns(evidence, "mape"),
        ),
        tuple(rows),
        (
            _mark_note(evidence),
            "Near zero: values measured as 0 or below 1 % of the feature's median, whose "
            f"percentage errors are huge whatever is predicted; {near or 'none'} in this run"
            + (f", {zero} of them 0 and left out." if zero else "."),
        ),
        wide=True,
    )


def name_cells(roi: str, feature: str, unit: str) -> tuple[Cell, Cell, Cell]:
    """Return the cells of `name_columns`."""
    return word(roi), word(feature, with_unit(feature, unit)), word(plain_unit(unit))


def name_columns() -> tuple[Column, Column, Column]:
    """Return the columns that name a feature."""
    return (
        Column("roi", None, numeric=False),
        Column("feature", "Feature", numeric=False),
        Column("unit", None, numeric=False),
    )


def _range(minimum: float, maximum: float, mean: float) -> tuple[Cell, Cell, Cell, Cell]:
    return (
        Cell(None, f"{written(minimum, 3)}–{written(maximum, 3)}"),
        number(minimum, 3),
        number(maximum, 3),
        number(mean, 3),
    )


def _range_columns(group: str, key: str) -> tuple[Column, ...]:
    return (
        Column("", "range", group),
        Column(f"{key}_min", None),
        Column(f"{key}_max", None),
        Column(f"{key}_mean", "mean", group),
    )


def _model_columns(evidence: Evidence, key: str) -> tuple[Column, ...]:
    return tuple(
        Column(f"{key}_{model.name}", model.head, _group(model, evidence))
        for model in evidence.models
    )


def _group(model: ModelStyle, evidence: Evidence) -> str:
    several = sum(other.group == model.group for other in evidence.models) > 1
    return f"{model.group}s" if several else model.group


def _errors(evidence: Evidence, index: int, measure: Measure) -> list[Cell]:
    """Return the errors of all models on a feature, daggers where they differ significantly."""
    cells = []
    for model in evidence.models:
        if model.name == evidence.reference.name:
            each = evidence.lead_comparison.features[index]
            pair, value, mark = getattr(each, measure), getattr(each, measure).reference.value, ""
        else:
            each = evidence.comparisons[model.name].features[index]
            pair = getattr(each, measure)
            value, mark = pair.model.value, mark_of(pair)
        if measure == "absolute":
            cells.append(number(in_shown_unit(value, each.unit), 3, mark=mark))
        else:
            cells.append(number(value, ".1f", mark=mark))
    return lowest_strong(cells)


def _mark_note(evidence: Evidence) -> str:
    return (
        f"Differences from the {evidence.reference.label}, better or worse: {MARKS_NOTE} Each "
        "model is a family of tests of its own."
    )
