"""Tables of differences between two models, with their tests and what these could have shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from radiogenomics.evaluation.bootstrap import Estimate
from radiogenomics.evaluation.comparison import Comparison, FeatureComparison, JudgedPair
from radiogenomics.evaluation.power import MAX_PATIENTS, FeaturePower, Power
from radiogenomics.evaluation.report.averages import difference_cell
from radiogenomics.evaluation.report.features import name_cells, name_columns
from radiogenomics.evaluation.report.marks import CAUTION, MARKS_NOTE, Measure, mark_of
from radiogenomics.evaluation.report.naming import plain_unit, style_of
from radiogenomics.evaluation.report.table import (
    Cell,
    Column,
    Row,
    Table,
    Value,
    number,
    p_value,
    percent,
)
from radiogenomics.shape.wording import in_shown_unit

_MEASURES = {"absolute": "MAE", "percentage": "MAPE, %"}


def comparison_table(
    comparison: Comparison,
    measure: Measure,
    name: str,
    power: Power | None = None,
    labels: tuple[str, str] | None = None,
) -> Table:
    """Return differences, intervals and p-values of a model against another, feature by feature.

    Parameters
    ----------
    comparison
        Of the two.
    measure
        Of the absolute errors or of the percentage errors.
    name
        Of the table's file.
    power
        Of the same two in absolute errors: two columns more say what would have been found.
    labels
        What the two are called; None for the names of their models.
    """
    model, reference = labels or (
        style_of(comparison.model).label,
        style_of(comparison.reference).label,
    )
    key = "mae" if measure == "absolute" else "mape"
    rows = tuple(
        Row(
            (
                *name_cells(each.roi, each.feature, each.unit),
                *_difference(getattr(each, measure), each.unit if key == "mae" else None),
                *(_shown_cells(power.features[index]) if power else ()),
            ),
            each.roi.capitalize(),
        )
        for index, each in enumerate(comparison.features)
    )
    average = comparison.average.scaled if key == "mae" else comparison.average.percentage
    total = Row(
        (
            Cell("", ""),
            Cell("average", "Average, scaled" if key == "mae" else "Average"),
            Cell("", ""),
            *_difference_cells(average, ".4f" if key == "mae" else ".2f"),
            *(_shown_cells(power.average) if power else ()),
        ),
        "All features",
        is_total=True,
    )
    return Table(
        name,
        "Table",
        f"{model[:1].upper()}{model[1:]} against {reference}, {_MEASURES[measure]}: differences of "
        f"the errors, the former's minus the latter's, so that below 0 the {model} is better.",
        (
            *name_columns(),
            *_difference_columns(key),
            *(_shown_columns(power) if power else ()),
        ),
        (*rows, total),
        (
            f"{percent(comparison.interval_level)} intervals by bootstrap over patients (BCa, "
            f"{comparison.resamples:,} draws, seed {comparison.seed}).",
            "p: paired Wilcoxon signed-rank test with continuity correction, as the paper; then "
            f"corrected over the {len(comparison.features)} features after Bonferroni, Holm, and "
            f"Benjamini and Hochberg (BH). {CAUTION}",
            MARKS_NOTE,
            *((_shown_note(power, reference),) if power else ()),
        ),
        wide=True,
    )


def differences_table(comparisons: Sequence[Comparison], name: str = "differences") -> Table:
    """Return every difference of some comparisons, for the file alone."""
    rows = []
    for comparison in comparisons:
        for each in comparison.features:
            for measure, pair, unit in (
                ("mae", each.absolute, each.unit),
                ("mape", each.percentage, "%"),
            ):
                rows.append(_long_row(comparison, each, measure, pair, unit))
    columns = (
        "model", "reference", "roi", "feature", "measure", "unit", "n_patients", "error",
        "error_lower", "error_upper", "reference_error", "difference", "difference_lower",
        "difference_upper", "V", "method", "n_used", "n_zero_differences", "p", "p_bonferroni",
        "p_holm", "p_benjamini_hochberg", "cautious_p", "cautious_p_bonferroni", "cautious_p_holm",
        "cautious_p_benjamini_hochberg",
    )  # fmt: skip
    return Table(
        name,
        "All differences",
        "Every model against another, feature by feature.",
        tuple(Column(key, key) for key in columns),
        tuple(rows),
    )


def _long_row(
    comparison: Comparison, each: FeatureComparison, measure: str, pair: JudgedPair, unit: str
) -> Row:
    factor = 1.0 if measure == "mape" else in_shown_unit(1.0, unit)
    values: tuple[Value, ...] = (
        comparison.model,
        comparison.reference,
        each.roi,
        each.feature,
        measure,
        "%" if measure == "mape" else plain_unit(unit),
        each.n_patients - (each.n_zero if measure == "mape" else 0),
        *(factor * end for end in _ends(pair.model)),
        factor * pair.reference.value,
        *(factor * end for end in _ends(pair.difference)),
        pair.test.statistic,
        pair.test.method,
        pair.test.n_used,
        pair.test.n_zero,
        pair.p.p_value,
        pair.p.bonferroni,
        pair.p.holm,
        pair.p.benjamini_hochberg,
        pair.cautious.p_value,
        pair.cautious.bonferroni,
        pair.cautious.holm,
        pair.cautious.benjamini_hochberg,
    )
    return Row(tuple(Cell(value, str(value)) for value in values))


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.lower, estimate.upper


def _difference(pair: JudgedPair, unit: str | None) -> tuple[Cell, ...]:
    if unit is None:
        return _difference_cells(pair, ".1f")
    return _difference_cells(pair, 2, in_shown_unit(1.0, unit))


def _difference_cells(pair: JudgedPair, form: str | int, factor: float = 1.0) -> tuple[Cell, ...]:
    estimate = Estimate(*(factor * end for end in _ends(pair.difference)))
    relative = pair.relative
    return (
        difference_cell(estimate, form),
        number(estimate.value, form),
        number(estimate.lower, form),
        number(estimate.upper, form),
        Cell(relative, percent(relative)),
        p_value(pair.p.p_value),
        dataclasses.replace(p_value(pair.p.bonferroni), mark=mark_of(pair)),
        p_value(pair.p.holm),
        p_value(pair.p.benjamini_hochberg),
        p_value(pair.cautious.p_value),
        p_value(pair.cautious.bonferroni),
    )


def _shown_cells(found: FeaturePower) -> tuple[Cell, Cell]:
    """Return what would have been found: the least reduction shown, and patients for the effect."""
    least = found.detectable
    needed = found.patients_needed
    return (
        Cell(least, "none" if least is None else percent(-least)),
        Cell(needed, f"> {MAX_PATIENTS:,}" if needed is None else f"{needed:,}"),
    )


def _shown_columns(power: Power) -> tuple[Column, Column]:
    return (
        Column("mae_smallest_reduction_shown", "least shown", "Power"),
        Column(
            f"patients_to_show_{100 * power.effect:.0f}_percent",
            f"patients for {percent(-power.effect)}",
            "Power",
        ),
    )


def _shown_note(power: Power, reference: str) -> str:
    return (
        f"Power: the smallest reduction of the error of the {reference} that a cohort of this size "
        f"shows with {percent(power.target)} power at the corrected level, and the patients that a "
        f"reduction by {percent(power.effect)} needs ({power.simulations:,} simulated cohorts, "
        f"seed {power.seed}; the command radiogenomics power says how). Where no difference is "
        "significant, a smaller one than this may be there and was not to be seen."
    )


def _difference_columns(key: str) -> tuple[Column, ...]:
    test, cautious = "Test of the paper", "Cautious"
    return (
        Column("", "difference, 95 % interval"),
        Column(f"{key}_difference", None),
        Column(f"{key}_difference_lower", None),
        Column(f"{key}_difference_upper", None),
        Column(f"{key}_difference_relative", "relative"),
        Column(f"{key}_p", "p", test),
        Column(f"{key}_p_bonferroni", "Bonferroni", test),
        Column(f"{key}_p_holm", "Holm", test),
        Column(f"{key}_p_benjamini_hochberg", "BH", test),
        Column(f"{key}_cautious_p", "p", cautious),
        Column(f"{key}_cautious_p_bonferroni", "Bonferroni", cautious),
    )
