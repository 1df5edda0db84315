"""Tables that check the predictions themselves: against chance, and what their intervals cover."""

from __future__ import annotations

import numpy as np

from radiogenomics.evaluation.calibration import Calibration
from radiogenomics.evaluation.comparison import LEVEL
from radiogenomics.evaluation.permutation import METHOD
from radiogenomics.evaluation.report.account import chosen_by_reporting_folds
from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.features import name_cells, name_columns
from radiogenomics.evaluation.report.naming import style_of
from radiogenomics.evaluation.report.table import (
    Cell,
    Column,
    Row,
    Table,
    count,
    number,
    p_value,
    percent,
    word,
)
from radiogenomics.shape.wording import in_shown_unit


def chance_table(evidence: Evidence) -> Table | None:
    """Return whether each model that learns is better than chance, on average and counted.

    None where no fold has two patients to exchange.
    """
    if not evidence.chances:
        return None
    rows = []
    for model in evidence.models:
        chance = evidence.chances.get(model.name)
        if chance is None:
            continue
        found, sure = (
            sum(getattr(each, kind).bonferroni <= LEVEL for each in chance.features)
            for kind in ("p", "cautious")
        )
        rows.append(
            Row(
                (
                    word(model.name, model.label),
                    number(chance.average.mae, ".4f"),
                    number(chance.average.mae_by_chance, ".4f"),
                    p_value(chance.average.p.p_value),
                    Cell(found, f"{found} of {len(chance.features)}"),
                    p_value(chance.average.cautious.p_value),
                    Cell(sure, f"{sure} of {len(chance.features)}"),
                )
            )
        )
    first = next(iter(evidence.chances.values()))
    return Table(
        "chance",
        "Table",
        "Better than chance? The average MAE of each model that learns, beside that with its "
        "predictions exchanged among patients.",
        (
            Column("model", "Model", numeric=False),
            Column("mae_scaled", "as predicted", "Average MAE"),
            Column("mae_scaled_by_chance", "exchanged", "Average MAE"),
            Column("p", "p", "Permutations"),
            Column("features_significant", "features, Bonferroni", "Permutations"),
            Column("cautious_p", "p", "Cautious"),
            Column("features_cautiously_significant", "features, Bonferroni", "Cautious"),
        ),
        tuple(rows),
        (
            f"{METHOD} {first.permutations:,} permutations, seed {first.seed}.",
            "This asks whether a model tells patients apart, not whether it beats a floor: one "
            "that tells them apart can still lose to the median.",
            *_selection_note(evidence),
        ),
    )


def _selection_note(evidence: Evidence) -> tuple[str, ...]:
    flattered = [
        style_of(name).label
        for name in evidence.chances
        if chosen_by_reporting_folds(evidence.run, name)
    ]
    if not flattered:
        return ()
    return (
        f"Chosen by these very folds, which the test does not allow for: {', '.join(flattered)}. "
        "Their p-values are too small.",
    )


def chance_features_table(evidence: Evidence) -> Table | None:
    """Return the tests against chance of every model and feature, for the file alone.

    None where no fold has two patients to exchange.
    """
    if not evidence.chances:
        return None
    rows = []
    for name, chance in evidence.chances.items():
        for each in chance.features:
            factor = in_shown_unit(1.0, each.unit)
            rows.append(
                Row(
                    (
                        word(name),
                        *name_cells(each.roi, each.feature, each.unit),
                        number(factor * each.mae, 3),
                        number(factor * each.mae_by_chance, 3),
                        p_value(each.p.p_value),
                        p_value(each.p.bonferroni),
                        p_value(each.p.holm),
                        p_value(each.p.benjamini_hochberg),
                        p_value(each.cautious.p_value),
                        p_value(each.cautious.bonferroni),
                    )
                )
            )
    keys = (
        "mae", "mae_by_chance", "p", "p_bonferroni", "p_holm", "p_benjamini_hochberg",
        "cautious_p", "cautious_p_bonferroni",
    )  # fmt: skip
    return Table(
        "chance_features",
        "Better than chance",
        "Every model and feature.",
        (
            Column("model", "Model", numeric=False),
            *name_columns(),
            *(Column(key, key) for key in keys),
        ),
        tuple(rows),
    )


def calibration_table(evidence: Evidence) -> Table:
    """Return what the intervals of each model cover, over its features."""
    level = evidence.run.config.interval_level
    rows = []
    for model in evidence.models:
        own = [each for each in evidence.calibrations if each.model == model.name]
        shares = [each.coverage.value for each in own]
        held = sum(each.holds(level) for each in own)
        width = float(np.median([each.width_relative for each in own]))
        rows.append(
            Row(
                (
                    word(model.name, model.label),
                    _percent(float(np.mean(shares))),
                    _percent(min(shares)),
                    _percent(max(shares)),
                    Cell(held, f"{held} of {len(own)}"),
                    Cell(width, f"{width:.2f}"),
                )
            )
        )
    return Table(
        "calibration",
        "Table",
        f"What the {percent(level)} intervals cover: share of patients whose measured value lies "
        "in the interval about their out-of-fold prediction.",
        (
            Column("model", "Model", numeric=False),
            Column("coverage_mean", "mean", "Covered, over the features"),
            Column("coverage_lowest", "lowest", "Covered, over the features"),
            Column("coverage_highest", "highest", "Covered, over the features"),
            Column("features_holding_level", f"features holding {percent(level)}"),
            Column("width_relative_median", "median width / range"),
        ),
        tuple(rows),
        (
            f"A feature holds {percent(level)} if that lies in the 95 % binomial interval of its "
            "coverage. Width / range: the mean width of an interval over the range of the measured "
            "values; near 1 an interval says little more than the cohort does.",
        ),
    )


def calibration_features_table(evidence: Evidence) -> Table:
    """Return the coverage of every model and feature, for the file alone."""
    return Table(
        "calibration_features",
        "Coverage",
        "Every model and feature.",
        (
            Column("model", "Model", numeric=False),
            *name_columns(),
            *(
                Column(key, key)
                for key in (
                    "n_patients", "n_covered", "coverage", "coverage_lower", "coverage_upper",
                    "n_below", "n_above", "mean_width", "width_relative",
                )
            ),
        ),
        tuple(_calibration_row(each) for each in evidence.calibrations),
    )  # fmt: skip


def _calibration_row(each: Calibration) -> Row:
    return Row(
        (
            word(each.model, style_of(each.model).label),
            *name_cells(each.roi, each.feature, each.unit),
            count(each.n_patients),
            count(each.n_covered),
            _percent(each.coverage.value),
            _percent(each.coverage.lower),
            _percent(each.coverage.upper),
            count(each.n_below),
            count(each.n_above),
            number(in_shown_unit(each.width, each.unit), 3),
            number(each.width_relative, ".2f"),
        )
    )


def _percent(share: float) -> Cell:
    return Cell(share, percent(share))
