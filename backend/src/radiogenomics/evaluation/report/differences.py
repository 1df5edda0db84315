"""Tables of differences between two models, with their tests and what these could have shown."""

from __future__ import annotations

from collections.abc import Sequence

from radiogenomics.evaluation.bootstrap import Estimate
from radiogenomics.evaluation.comparison import LEVEL, Comparison, FeatureComparison, JudgedPair
from radiogenomics.evaluation.power import MAX_PATIENTS, FeaturePower, Power
from radiogenomics.evaluation.report.averages import interval_text
from radiogenomics.evaluation.report.features import name_cells, name_columns
from radiogenomics.evaluation.report.naming import plain_unit, style_of
from radiogenomics.evaluation.report.table import (
    DAGGER,
    Cell,
    Column,
    Row,
    Table,
    Value,
    number,
    p_value,
    percent,
    written,
)
from radiogenomics.shape.wording import in_shown_unit


def comparison_table(
    comparison: Comparison,
    called: str,
    name: str,
    power: Power | None = None,
    labels: tuple[str, str] | None = None,
) -> Table:
    """Return differences, intervals and p-values of a model against another, feature by feature.

    Parameters
    ----------
    comparison
        Of the two.
    called, name
        As the table is called, and its file.
    power
        Of the same two: a column more says which difference would have been found.
    labels
        What the two are called; None for the names of their models.
    """
    model, reference = labels or (
        style_of(comparison.model).label,
        style_of(comparison.reference).label,
    )
    rows = tuple(
        Row(
            (
                *name_cells(each.roi, each.feature, each.unit),
                *_difference(each.absolute, each.unit),
                *(_shown_cells(power.features[index]) if power else ()),
                *_difference(each.percentage, None),
            ),
            each.roi.capitalize(),
        )
        for index, each in enumerate(comparison.features)
    )
    average = Row(
        (
            Cell("", ""),
            Cell("average", "Average (MAE scaled)"),
            Cell("", ""),
            *_difference_cells(comparison.average.scaled, ".4f"),
            *(_shown_cells(power.average) if power else ()),
            *_difference_cells(comparison.average.percentage, ".2f"),
        ),
        "All features",
        is_total=True,
    )
    return Table(
        name,
        called,
        f"{model[:1].upper()}{model[1:]} against {reference}: differences of the errors, the "
        f"former's minus the latter's, so that below 0 the {model} is better.",
        (
            *name_columns(),
            *_difference_columns("MAE", "mae"),
            *(_shown_columns(power) if power else ()),
            *_difference_columns("MAPE, %", "mape"),
        ),
        (*rows, average),
        (
            f"{percent(comparison.interval_level)} intervals by bootstrap over patients (BCa, "
            f"{comparison.resamples:,} draws, seed {comparison.seed}). p-values of the paired "
            "Wilcoxon signed-rank test with continuity correction, alone and corrected over the "
            f"{len(comparison.features)} features after Bonferroni (as the paper), Holm, and "
            "Benjamini and Hochberg (BH).",
            f"{DAGGER} Bonferroni-corrected p at most {LEVEL:g}.",
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
        "p_holm", "p_benjamini_hochberg",
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
    bonferroni = p_value(pair.p.bonferroni)
    if pair.significant():
        bonferroni = Cell(bonferroni.value, bonferroni.text, mark=DAGGER)
    return (
        Cell(None, f"{written(estimate.value, form)} ({interval_text(estimate, form, ' to ')})"),
        number(estimate.value, form),
        number(estimate.lower, form),
        number(estimate.upper, form),
        p_value(pair.p.p_value),
        bonferroni,
        p_value(pair.p.holm),
        p_value(pair.p.benjamini_hochberg),
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
        Column("mae_smallest_reduction_shown", "least shown", "Power, MAE"),
        Column(
            f"patients_to_show_{100 * power.effect:.0f}_percent",
            f"patients for {percent(-power.effect)}",
            "Power, MAE",
        ),
    )


def _shown_note(power: Power, reference: str) -> str:
    return (
        f"Power: the smallest reduction of the error of the {reference} that a cohort of this size "
        f"shows with {percent(power.target)} power at the corrected level, and the patients that a "
        f"reduction by {percent(power.effect)} needs ({power.simulations:,} simulated cohorts, "
        f"seed {power.seed}). Where no difference is significant, a smaller one than this may be "
        "there and was not to be seen."
    )


def _difference_columns(group: str, key: str) -> tuple[Column, ...]:
    return (
        Column("", "difference, 95 % interval", group),
        Column(f"{key}_difference", None),
        Column(f"{key}_difference_lower", None),
        Column(f"{key}_difference_upper", None),
        Column(f"{key}_p", "p", group),
        Column(f"{key}_p_bonferroni", "Bonferroni", group),
        Column(f"{key}_p_holm", "Holm", group),
        Column(f"{key}_p_benjamini_hochberg", "BH", group),
    )
