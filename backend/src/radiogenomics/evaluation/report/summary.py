"""What the run shows, in sentences that do not flatter anyone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from radiogenomics.evaluation.comparison import LEVEL, Comparison, JudgedPair
from radiogenomics.evaluation.power import MAX_PATIENTS, Power
from radiogenomics.evaluation.report.account import chosen_by_reporting_folds
from radiogenomics.evaluation.report.averages import (
    averages_of,
    difference_cell,
    significant_columns,
    significant_counts,
)
from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.marks import COUNTS_NOTE, DAGGER, MARKS_NOTE, Measure, mark_of
from radiogenomics.evaluation.report.naming import style_of
from radiogenomics.evaluation.report.table import (
    Cell,
    Column,
    Row,
    Table,
    lowest_strong,
    number,
    p_value,
    percent,
    word,
    written,
)

_FLATTERED = "{} settings were chosen by these very folds, which flatters it."


@dataclass(frozen=True)
class Summary:
    """The verdict in a sentence or two, and what it rests on.

    Attributes
    ----------
    headline
        The verdict.
    points
        What else to know at once.
    glance
        The lead beside what it has to beat.
    """

    headline: str
    points: tuple[str, ...]
    glance: Table


def summarise(evidence: Evidence) -> Summary:
    """Say who wins, by how much, and whether that is more than chance."""
    points = [_winners(evidence)]
    if evidence.reference.is_floor:
        points.append(
            f"The run holds no network; the {evidence.lead.label} is compared with the training "
            "median."
            if evidence.lead.name == "linear"
            else "The run holds no elastic net, so models are compared with the training median, "
            "not with the paper's baseline."
        )
    points.append(_power_point(evidence.powers[evidence.reference.name], evidence))
    points.append(_chance_point(evidence))
    return Summary(_headline(evidence), tuple(points), _glance(evidence))


def _glance(evidence: Evidence) -> Table:
    """Return the lead beside those that it has to beat: the best floors, and the reference."""
    against = dict(_best_floors(evidence))
    against.setdefault(evidence.reference.name, evidence.lead_comparison)
    rows = []
    for name, comparison in against.items():
        cells = [word(name, f"against the {style_of(name).label}")]
        average = comparison.average
        measures: tuple[tuple[Measure, JudgedPair, str, int], ...] = (
            ("absolute", average.scaled, ".4f", comparison.n_better_mae),
            ("percentage", average.percentage, ".2f", comparison.n_better_mape),
        )
        for measure, pair, form, lower in measures:
            cells += [
                *lowest_strong(
                    [number(pair.model.value, form), number(pair.reference.value, form)]
                ),
                difference_cell(pair.difference, form, mark_of(pair)),
                number(pair.difference.value, form),
                number(pair.difference.lower, form),
                number(pair.difference.upper, form),
                Cell(lower, f"{lower} of {len(comparison.features)}"),
                *significant_counts(comparison, measure),
            ]
        rows.append(Row(tuple(cells)))
    return Table(
        "verdict",
        "At a glance",
        f"The {evidence.lead.label} against what it has to beat; the lower of two errors is bold.",
        (
            Column("against", "", numeric=False),
            *_glance_columns("Average MAE", "mae", evidence.lead.label),
            *_glance_columns("Average MAPE, %", "mape", evidence.lead.label),
        ),
        tuple(rows),
        (
            f"Difference: below 0 the {evidence.lead.label} is better; in brackets 95 % intervals. "
            f"Features: where it has the lower error. {COUNTS_NOTE} {MARKS_NOTE}",
        ),
        wide=True,
    )


def _glance_columns(group: str, key: str, lead: str) -> tuple[Column, ...]:
    return (
        Column(key, lead, group),
        Column(f"{key}_other", "other", group),
        Column("", "difference", group),
        Column(f"{key}_difference", None),
        Column(f"{key}_difference_lower", None),
        Column(f"{key}_difference_upper", None),
        Column(f"features_lower_{key}", "features", group),
        *significant_columns(f"{DAGGER} lower, higher", key, group),
    )


def _power_point(power: Power, evidence: Evidence) -> str:
    """Say which difference this cohort could have shown, to stand beside what was not found."""
    n_patients = len(evidence.aligned.patients)
    reference = style_of(power.reference).label
    middle, average = power.detectable, power.average.detectable
    needed = power.patients_needed
    return (
        f"What {n_patients} patients can show against the {reference}, with "
        f"{percent(power.target)} power: in the middle one of the features "
        + (
            "no reduction of the MAE, however large"
            if middle is None
            else f"a reduction of the MAE by {percent(middle)}"
        )
        + ", on average over the features "
        + ("none" if average is None else f"one by {percent(average)}")
        + f". A reduction by {percent(power.effect)} in one feature takes "
        + (f"more than {MAX_PATIENTS:,}" if needed is None else f"about {needed:,.0f}")
        + " patients. What is smaller may be there and was not to be seen."
    )


def _chance_point(evidence: Evidence) -> str:
    chance = evidence.chances.get(evidence.lead.name)
    if chance is None:
        return (
            f"Whether the {evidence.lead.label} tells patients apart better than chance is not "
            "tested: no fold has two patients with every feature measured to exchange."
        )
    found = sum(each.cautious.bonferroni <= LEVEL for each in chance.features)
    clear = chance.average.cautious.p_value <= LEVEL
    return (
        f"The {evidence.lead.label} {'tells' if clear else 'does not tell'} patients apart better "
        f"than chance (exchange of predictions among patients, cautious "
        f"{_p_words(chance.average.cautious.p_value)} on average; {found or 'none'} of "
        f"{len(chance.features)} features after Bonferroni's correction)."
        + (
            " Its settings were chosen by these very folds, which the test does not allow for."
            if clear and chosen_by_reporting_folds(evidence.run, evidence.lead.name)
            else ""
        )
    )


def _p_words(value: float) -> str:
    text = p_value(value).text
    return f"p < {text[1:]}" if text.startswith("<") else f"p = {text}"


def _headline(evidence: Evidence) -> str:
    """Judge the lead by the best floor of each measure, then by the reference."""
    by_measure = _best_floors_by_measure(evidence)
    mae = by_measure["scaled"].average.scaled
    mape = by_measure["percentage"].average.percentage
    sentences = [_against_floors(evidence.lead.label, mae, mape)]
    flattered = chosen_by_reporting_folds(evidence.run, evidence.lead.name)
    if flattered and _better_in(mae, mape):
        sentences.append(_FLATTERED.format("Its"))
    if not evidence.reference.is_floor:
        sentences.append(_against_reference(evidence))
        if chosen_by_reporting_folds(evidence.run, evidence.reference.name) and not flattered:
            sentences.append(_FLATTERED.format(f"The {evidence.reference.label}'s"))
    return " ".join(sentences)


def _against_floors(lead: str, mae: JudgedPair, mape: JudgedPair) -> str:
    wins = _better_in(mae, mape)
    if not wins:
        return (
            f"The {lead} does not beat a constant: in this run, expression gave it nothing over "
            "answering every patient with the same value."
        )
    if len(wins) == 1:
        other = "MAPE" if wins == ["MAE"] else "MAE"
        return f"The {lead} beats every constant in average {wins[0]}, but not in average {other}."
    clear = _clear_in(mae, mape)
    if len(clear) == 2:
        return f"The {lead} beats every constant in both average errors, by more than chance."
    if clear:
        return (
            f"The {lead} has lower average errors than every constant; by more than chance in "
            f"{clear[0]} only."
        )
    return (
        f"The {lead} has lower average errors than every constant, but by no more than chance "
        "can explain."
    )


def _against_reference(evidence: Evidence) -> str:
    average = evidence.lead_comparison.average
    pairs = average.scaled, average.percentage
    reference = evidence.reference.label
    wins, clear = _better_in(*pairs), _clear_in(*pairs)
    surely = (
        "by more than chance"
        if len(clear) == 2
        else f"by more than chance in {clear[0]} only"
        if clear
        else "but by no more than chance can explain"
    )
    if len(wins) == 2:
        return f"Its average errors are lower than those of the {reference}, {surely}."
    if not wins:
        return f"The {reference} has lower average errors than the {evidence.lead.label}, {surely}."
    return f"Against the {reference} it is better in average {wins[0]} only."


def _better_in(mae: JudgedPair, mape: JudgedPair) -> list[str]:
    return [name for name, pair in (("MAE", mae), ("MAPE", mape)) if pair.better]


def _clear_in(mae: JudgedPair, mape: JudgedPair) -> list[str]:
    """Return the measures that differ by the cautious test, the interval being on one side of 0."""
    return [
        name
        for name, pair in (("MAE", mae), ("MAPE", mape))
        if pair.difference.lower * pair.difference.upper > 0 and pair.significant(cautious=True)
    ]


def _winners(evidence: Evidence) -> str:
    means = averages_of(evidence)
    mae = min(means, key=lambda name: means[name][0].value)
    mape = min(means, key=lambda name: means[name][1].value)
    first = (
        f"Lowest average MAE of the {len(means)} models: {style_of(mae).label}, "
        f"{written(means[mae][0].value, '.4f')}"
    )
    second = (
        f"lowest average MAPE: {style_of(mape).label}, {written(means[mape][1].value, '.2f')} %"
    )
    return f"{first}; {second}."


def _best_floors_by_measure(evidence: Evidence) -> dict[str, Comparison]:
    return {
        measure: min(
            evidence.floors.values(),
            key=lambda each, measure=measure: getattr(each.average, measure).reference.value,  # type: ignore[misc]
        )
        for measure in ("scaled", "percentage")
    }


def _best_floors(evidence: Evidence) -> Mapping[str, Comparison]:
    """Return the best floor of each measure, once where it is the same."""
    return {each.reference: each for each in _best_floors_by_measure(evidence).values()}
