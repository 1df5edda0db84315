"""The tables of a comparison of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radiogenomics.evaluation.bootstrap import Estimate
from radiogenomics.evaluation.comparison import Comparison, JudgedPair
from radiogenomics.evaluation.report.account import flat_settings
from radiogenomics.evaluation.report.averages import (
    difference_cell,
    interval_text,
    significant_columns,
    significant_counts,
)
from radiogenomics.evaluation.report.features import name_cells, name_columns
from radiogenomics.evaluation.report.marks import (
    CAUTION,
    COUNTS_NOTE,
    DAGGER,
    MARKS_NOTE,
    Measure,
    mark_of,
)
from radiogenomics.evaluation.report.side_by_side.joining import Entry, Joined
from radiogenomics.evaluation.report.table import (
    Cell,
    Column,
    Row,
    Table,
    count,
    lowest_strong,
    number,
    p_value,
    word,
)
from radiogenomics.shape.wording import in_shown_unit

_MAE, _MAPE = ".4f", ".2f"


@dataclass(frozen=True)
class Pair:
    """A model of a run against one of the first run, and their comparison."""

    model: Entry
    reference: Entry
    comparison: Comparison


def averages_table(joined: Joined, means: Mapping[str, tuple[Estimate, Estimate]]) -> Table:
    """Return the average errors of all models of all runs on the shared patients."""
    mae = lowest_strong([number(means[entry.key][0].value, _MAE) for entry in joined.entries])
    mape = lowest_strong([number(means[entry.key][1].value, _MAPE) for entry in joined.entries])
    rows = []
    for entry, *cells in zip(joined.entries, mae, mape, strict=True):
        scaled, percentage = means[entry.key]
        rows.append(
            Row(
                (
                    word(entry.run),
                    word(entry.model.name, entry.model.label),
                    cells[0],
                    *_interval(scaled, _MAE),
                    cells[1],
                    *_interval(percentage, _MAPE),
                ),
                f"Run {entry.run}",
            )
        )
    return Table(
        "averages",
        "Averages",
        f"Average errors over {len(joined.aligned.features)} features on the "
        f"{len(joined.aligned.patients)} shared patients; the lowest of a column is bold.",
        (
            Column("run", None, numeric=False),
            Column("model", "Model", numeric=False),
            Column("mae_scaled", "MAE", "Average MAE"),
            Column("", "95 % interval", "Average MAE"),
            Column("mae_scaled_lower", None),
            Column("mae_scaled_upper", None),
            Column("mape", "MAPE", "Average MAPE, %"),
            Column("", "95 % interval", "Average MAPE, %"),
            Column("mape_lower", None),
            Column("mape_upper", None),
        ),
        tuple(rows),
        (
            "MAE in parts of each feature's largest measured value among the shared patients. "
            "Intervals by bootstrap over the patients.",
        ),
    )


def differences_table(joined: Joined, pairs: Sequence[Pair]) -> Table:
    """Return the difference of each model to the first run's, on average and counted."""
    rows = []
    for pair in pairs:
        average = pair.comparison.average
        cells = [
            word(pair.model.run),
            word(pair.model.model.name, pair.model.model.label),
            word(pair.reference.model.name, pair.reference.model.label),
        ]
        measures: tuple[tuple[Measure, JudgedPair, str, int], ...] = (
            ("absolute", average.scaled, _MAE, pair.comparison.n_better_mae),
            ("percentage", average.percentage, _MAPE, pair.comparison.n_better_mape),
        )
        for measure, tested, form, better in measures:
            cells += [
                difference_cell(tested.difference, form, mark_of(tested)),
                number(tested.difference.value, form),
                number(tested.difference.lower, form),
                number(tested.difference.upper, form),
                p_value(tested.p.p_value),
                p_value(tested.cautious.p_value),
                count(better),
                *significant_counts(pair.comparison, measure),
            ]
        rows.append(Row(tuple(cells), f"Run {pair.model.run}"))
    first, n_features = joined.names[0], len(joined.aligned.features)
    return Table(
        "differences",
        "Differences",
        f"Each model against that of run {first}: its error minus the other's, so that below 0 the "
        f"run named on the left is better than {first}.",
        (
            Column("run", None, numeric=False),
            Column("model", "Model", numeric=False),
            Column("reference_model", f"against, of {first}", numeric=False),
            *_difference_columns("Average MAE", "mae"),
            *_difference_columns("Average MAPE, %", "mape"),
        ),
        tuple(rows),
        (
            "p of the paired Wilcoxon signed-rank test of the patients' mean errors. Features: in "
            f"how many of the {n_features} the error is lower. {COUNTS_NOTE}",
            CAUTION,
            "Several comparisons stand here, and each is a family of tests of its own.",
        ),
        wide=True,
    )


def features_table(pairs: Sequence[Pair], measure: Measure) -> Table:
    """Return the errors of the runs' leads, feature by feature."""
    in_units = measure == "absolute"
    key = "mae" if in_units else "mape"
    rows = []
    for index, feature in enumerate(pairs[0].comparison.features):
        first = getattr(feature, measure).reference.value
        cells = [_error(first, feature.unit, in_units)]
        for pair in pairs:
            tested = getattr(pair.comparison.features[index], measure)
            cells.append(_error(tested.model.value, feature.unit, in_units, mark_of(tested)))
        rows.append(
            Row(
                (
                    *name_cells(feature.roi, feature.feature, feature.unit),
                    *lowest_strong(cells),
                ),
                feature.roi.capitalize(),
            )
        )
    leads = [pairs[0].reference, *(pair.model for pair in pairs)]
    return Table(
        f"features_{key}",
        "MAE by feature" if in_units else "MAPE by feature",
        ("Mean absolute error in units" if in_units else "Mean absolute percentage error, %")
        + " of the model that speaks for each run; the lowest of a row is bold.",
        (
            *name_columns(),
            *(Column(f"{key}_{lead.run}", lead.model.label, f"run {lead.run}") for lead in leads),
        ),
        tuple(rows),
        (f"Differences from run {leads[0].run}: {MARKS_NOTE}",),
    )


def settings_table(joined: Joined) -> Table:
    """Return the settings and facts in which the runs differ."""
    columns = [_facts(joined, index) for index in range(len(joined.runs))]
    keys = dict.fromkeys(key for own in columns for key in own)
    differing = [key for key in keys if len({own.get(key, "—") for own in columns}) > 1]
    return Table(
        "settings",
        "What differs",
        "Settings and inputs in which the runs differ; all others are the same.",
        (
            Column("setting", "Setting", numeric=False),
            *(Column(f"run_{name}", f"run {name}", numeric=False) for name in joined.names),
        ),
        tuple(Row((word(key), *(word(own.get(key, "—")) for own in columns))) for key in differing),
    )


def _facts(joined: Joined, index: int) -> dict[str, str]:
    run = joined.runs[index]
    facts = flat_settings(run)
    facts |= {
        "patients": str(run.manifest["patients"]["trained"]),
        "genes": str(run.manifest["genes"]["used"]),
        "version": str(run.manifest["versions"]["radiogenomics"]),
        "device": str(run.manifest["machine"]["device"]),
        "data, SHA-256": str(run.manifest["data_sha256"])[:16],
    }
    return facts


def _error(value: float, unit: str, in_units: bool, mark: str = "") -> Cell:
    if in_units:
        return number(in_shown_unit(value, unit), 3, mark=mark)
    return number(value, ".1f", mark=mark)


def _interval(estimate: Estimate, form: str) -> tuple[Cell, Cell, Cell]:
    return (
        Cell(None, interval_text(estimate, form)),
        number(estimate.lower, form),
        number(estimate.upper, form),
    )


def _difference_columns(group: str, key: str) -> tuple[Column, ...]:
    return (
        Column("", "difference, 95 % interval", group),
        Column(f"{key}_difference", None),
        Column(f"{key}_difference_lower", None),
        Column(f"{key}_difference_upper", None),
        Column(f"{key}_p", "p", group),
        Column(f"{key}_cautious_p", "cautious p", group),
        Column(f"features_lower_{key}", "features", group),
        *significant_columns(f"{DAGGER} lower, higher", key, group),
    )
