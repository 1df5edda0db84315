"""The page on how the raters of a study agree, and its pictures as files beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from radiogenomics.agreement import CaseAgreement, CohortAgreement, FeatureAgreement
from radiogenomics.agreement.wording import block_words
from radiogenomics.checking.agreement_figures import (
    draw_dice,
    draw_forest,
    draw_limits,
    pair_colour,
)
from radiogenomics.checking.svg import Svg
from radiogenomics.checking.wording import roi_colour, templates
from radiogenomics.shape.wording import feature_label, significant
from radiogenomics.study.atomic import write_text

INDEX = "index.html"
# With a character that no rater's name can hold.
_DIFFERENCES = "differences~"
# A study of many raters has many pairs; the tables hold all of them.
_MOST_PAIRS_DRAWN = 6
_LOWEST_CASES = 12


@dataclass(frozen=True)
class _FeatureLine:
    """One line of the table of features: words of each ROI's cells."""

    name: str
    cells: list[tuple[str, str, str, str]]


@dataclass(frozen=True)
class _CaseLine:
    """One line of the table of cases that agree least."""

    patient_id: str
    roi: str
    raters: str
    cells: list[str]


@dataclass(frozen=True)
class _Pair:
    """One pair of raters: its colour, how many cases they share, and its picture."""

    names: str
    colour: str
    cases: int
    picture: Markup | None


def write_agreement_page(
    folder: Path,
    title: str,
    cases: Sequence[CaseAgreement],
    cohort: CohortAgreement,
    *,
    one_rater: int,
    failures: Sequence[tuple[str, str]],
    drafts: bool,
) -> Path:
    """Write the page and its pictures into a folder; return the page.

    Parameters
    ----------
    folder
        Pages and pictures of an earlier comparison are written over.
    title
        Name of the study.
    cases, cohort
        What was found.
    one_rater
        How many cases fewer than two raters have handed in.
    failures
        Patient and reason of the cases that could not be compared.
    drafts
        Whether drafts were taken for handed in.

    Raises
    ------
    StudyError
        If a file cannot be written.
    """
    shared: dict[tuple[str, str], set[str]] = {}
    for one in cases:
        shared.setdefault(one.raters, set()).add(one.patient_id)
    pairs = sorted(shared, key=lambda pair: (-len(shared[pair]), pair))
    forest = _saved(folder / "forest.svg", draw_forest(cohort.features)) if cases else None
    dice = _saved(folder / "dice.svg", draw_dice(cases, pairs)) if cases else None
    # Those of raters who are compared no more would speak of an earlier state.
    for earlier in folder.glob(f"{_DIFFERENCES}*.svg"):
        earlier.unlink()
    drawn = [
        _drawn_pair(folder, pair, position, len(shared[pair]), cohort)
        for position, pair in enumerate(pairs)
    ]
    rois = list(dict.fromkeys(one.roi for one in cohort.features))
    page = folder / INDEX
    write_text(
        page,
        templates()
        .get_template("agreement.html")
        .render(
            title=title,
            counts=[
                (len({one.patient_id for one in cases}), "cases compared"),
                (len({rater for pair in pairs for rater in pair}), "raters"),
                (len(pairs), "pairs of raters"),
                (one_rater, "cases with fewer than two"),
                (len(failures), "cases not compared"),
            ],
            lines=block_words(cohort.block, one_rater, drafts=drafts),
            failures=failures,
            rois=[(roi, roi_colour(roi, position)) for position, roi in enumerate(rois)],
            features=_feature_lines(cohort, rois),
            verdict=_verdict(cohort.features),
            forest=forest,
            dice=dice,
            overlap=_overlap_lines(cases, pairs),
            lowest=_lowest(cases),
            pairs=drawn,
            most_pairs=_MOST_PAIRS_DRAWN,
        ),
    )
    return page


def _saved(path: Path, svg: Svg) -> Markup:
    picture = svg.drawn()
    write_text(path, picture)
    return picture


def _drawn_pair(
    folder: Path, pair: tuple[str, str], position: int, cases: int, cohort: CohortAgreement
) -> _Pair:
    own = [one for one in cohort.differences if one.raters == pair]
    colour = pair_colour(position)
    picture = None
    if own and position < _MOST_PAIRS_DRAWN:
        path = folder / f"{_DIFFERENCES}{pair[0]}~{pair[1]}.svg"
        picture = _saved(path, draw_limits(own, colour))
    return _Pair(f"{pair[0]} and {pair[1]}", colour, cases, picture)


def _verdict(features: Sequence[FeatureAgreement]) -> list[tuple[str, list[str]]]:
    """Return the features of each word, the best word first."""
    words = ("excellent", "good", "moderate", "poor")
    return [
        (
            word,
            [
                f"{one.roi} {feature_label(one.feature).lower()}"
                for one in features
                if one.word == word
            ],
        )
        for word in words
        if any(one.word == word for one in features)
    ]


def _feature_lines(cohort: CohortAgreement, rois: Sequence[str]) -> list[_FeatureLine]:
    by_key = {(one.roi, one.feature): one for one in cohort.features}
    typical: dict[tuple[str, str], list[float]] = {}
    for one in cohort.differences:
        typical.setdefault((one.roi, one.feature), []).append(one.typical_percent)
    return [
        _FeatureLine(
            feature_label(feature),
            [_cells(by_key.get((roi, feature)), typical.get((roi, feature), [])) for roi in rois],
        )
        for feature in dict.fromkeys(one.feature for one in cohort.features)
    ]


def _cells(one: FeatureAgreement | None, typical: Sequence[float]) -> tuple[str, str, str, str]:
    if one is None or one.correlation is None:
        return "—", "—", "", _range(typical)
    single, average = one.correlation.single, one.correlation.average
    return (
        _number(single.value),
        f"{_number(average.value)} ({_number(average.low)} to {_number(average.high)})",
        one.word,
        _range(typical),
    )


def _range(values: Sequence[float]) -> str:
    """Write one number, or the smallest and the largest."""
    if not values:
        return "—"
    low, high = f"{min(values):.1f}", f"{max(values):.1f}"
    return low if low == high else f"{low} to {high}"


def _number(value: float) -> str:
    return f"{value:.3f}".replace("-", "−").replace("inf", "∞")


def _overlap_lines(
    cases: Sequence[CaseAgreement], pairs: Sequence[tuple[str, str]]
) -> list[tuple[str, str, str, list[str]]]:
    """Return colour, pair, ROI and the medians over the cases."""
    lines = []
    for position, pair in enumerate(pairs):
        for roi in dict.fromkeys(one.agreement.roi for one in cases):
            own = [
                one.agreement for one in cases if one.raters == pair and one.agreement.roi == roi
            ]
            percent = [one.volume_difference_percent for one in own]
            lines.append(
                (
                    pair_colour(position),
                    f"{pair[0]} and {pair[1]}",
                    roi,
                    [
                        str(len(own)),
                        _median([one.dice for one in own]),
                        _median([one.hausdorff_95 for one in own]),
                        _median([one.mean_surface_distance for one in own]),
                        _median([None if value is None else abs(value) for value in percent]),
                    ],
                )
            )
    return lines


def _median(values: Sequence[float | None]) -> str:
    found = sorted(value for value in values if value is not None)
    if not found:
        return "—"
    middle = (found[(len(found) - 1) // 2] + found[len(found) // 2]) / 2
    return significant(middle, 3)


def _lowest(cases: Sequence[CaseAgreement]) -> list[_CaseLine]:
    """Return the comparisons with the lowest Dice."""
    with_dice = [(one.agreement.dice, one) for one in cases if one.agreement.dice is not None]
    with_dice.sort(key=lambda entry: (entry[0], entry[1].patient_id, entry[1].raters))
    return [
        _CaseLine(
            one.patient_id,
            one.agreement.roi,
            " and ".join(
                f"{rater} v{version}"
                for rater, version in zip(one.raters, one.versions, strict=True)
            ),
            [
                significant(value, 3)
                for value in (
                    one.agreement.dice,
                    one.agreement.hausdorff_95,
                    one.agreement.mean_surface_distance,
                    one.agreement.volume_difference_percent,
                )
            ],
        )
        for _, one in with_dice[:_LOWEST_CASES]
    ]
