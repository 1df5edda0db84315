"""The pictures of how raters agree: correlations, overlap case by case, limits of agreement."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from radiogenomics.agreement import BANDS, CaseAgreement, FeatureAgreement, FeatureDifference
from radiogenomics.checking.svg import FAINT, INK, RULE, Axis, Svg, axis_around
from radiogenomics.checking.wording import roi_colour
from radiogenomics.shape.wording import feature_label, in_shown_unit, shown_unit, significant

PAIR_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00")
"""Of pairs of raters, told apart with any colour vision (Okabe and Ito); then they repeat."""

_BAND_FILLS = {"excellent": "#d3e7dc", "good": "#e6f1ea", "moderate": "#f7f2df", "poor": "#f9e9e4"}
_ROW, _PANEL_TOP = 26.0, 62.0


def draw_forest(features: Sequence[FeatureAgreement]) -> Svg:
    """Draw ICC(2,1) of every feature with its interval, over the bands of Koo and Li."""
    rois = list(dict.fromkeys(one.roi for one in features))
    names = list(dict.fromkeys(one.feature for one in features))
    lowest = min((one.correlation.single.low for one in features if one.correlation), default=0.0)
    left, panel, gap = 158.0, 330.0, 168.0
    width = left + len(rois) * (panel + gap)
    height = _PANEL_TOP + len(names) * _ROW + 34
    svg = Svg(width, height, "Intraclass correlation of every feature with its interval")
    bottom = _PANEL_TOP + len(names) * _ROW
    for row, name in enumerate(names):
        svg.text((0, _PANEL_TOP + row * _ROW + 18), feature_label(name), size=13)
    for position, roi in enumerate(rois):
        start = left + position * (panel + gap)
        axis = Axis(max(-1.0, min(0.0, lowest)), 1.0, start, start + panel)
        _draw_bands(svg, axis, bottom)
        svg.box((start, 22), panel, 3, roi_colour(roi, position))
        svg.text((start, 15), roi.capitalize(), size=15, bold=True)
        for x, words in axis.ticks(6):
            svg.line((x, bottom), (x, bottom + 5), FAINT)
            svg.text((x, bottom + 19), words, anchor="middle", size=11, colour=FAINT)
        for one in features:
            if one.roi == roi:
                _draw_row(svg, axis, one, _PANEL_TOP + names.index(one.feature) * _ROW + 13)
    return svg


def _draw_bands(svg: Svg, axis: Axis, bottom: float) -> None:
    above = axis.high
    for limit, word in BANDS:
        low = max(limit, axis.low)
        x, end = axis.place(low), axis.place(above)
        svg.box((x, _PANEL_TOP), end - x, bottom - _PANEL_TOP, _BAND_FILLS[word])
        turned = word if end - x > 45 else word[:4] + "."
        svg.text(((x + end) / 2, _PANEL_TOP - 8), turned, anchor="middle", size=11, colour=FAINT)
        above = low


def _draw_row(svg: Svg, axis: Axis, one: FeatureAgreement, y: float) -> None:
    words = axis.end + 8
    if one.correlation is None:
        svg.text((words, y + 5), "no value", size=12, colour=FAINT)
        return
    single, average = one.correlation.single, one.correlation.average
    svg.line((axis.place(single.low), y), (axis.place(single.high), y), INK, 2)
    for end in (single.low, single.high):
        svg.line((axis.place(end), y - 4), (axis.place(end), y + 4), INK, 1.5)
    if average.value > axis.low:
        svg.dot((axis.place(average.value), y), 4, "#ffffff", stroke=INK)
    told = f"{feature_label(one.feature)}: {_interval(single.value, single.low, single.high)}"
    svg.dot((axis.place(single.value), y), 4.5, INK, words=f"{told}, {one.word}")
    svg.text((words, y + 5), f"{_interval(single.value, single.low, single.high)}", size=12)


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:.2f} ({low:.2f} to {high:.2f})".replace("-", "−")


def pair_colour(position: int) -> str:
    """Return the colour of a pair of raters."""
    return PAIR_COLOURS[position % len(PAIR_COLOURS)]


def draw_dice(cases: Sequence[CaseAgreement], pairs: Sequence[tuple[str, str]]) -> Svg:
    """Draw the Dice coefficient of every case and pair, the cases from the lowest up."""
    rois = list(dict.fromkeys(one.agreement.roi for one in cases))
    panel_height, width, left, right = 230.0, 1120.0, 46.0, 20.0
    svg = Svg(width, len(rois) * panel_height, "Dice coefficient of every case")
    for position, roi in enumerate(rois):
        top = position * panel_height
        axis = Axis(0.0, 1.0, top + panel_height - 28, top + 34)
        by_patient: dict[str, list[tuple[tuple[str, str], float]]] = {}
        for one in cases:
            if one.agreement.roi == roi and one.agreement.dice is not None:
                dots = by_patient.setdefault(one.patient_id, [])
                dots.append((one.raters, one.agreement.dice))
        svg.text((left, top + 16), roi.capitalize(), size=15, bold=True)
        svg.box((left, top + 22), width - left - right, 3, roi_colour(roi, position))
        for y, words in axis.ticks(5):
            svg.line((left, y), (width - right, y), RULE)
            svg.text((left - 7, y + 4), words, anchor="end", size=11, colour=FAINT)
        order = sorted(by_patient, key=lambda patient_id: _median_dice(by_patient[patient_id]))
        if not order:
            continue
        middle = median(_median_dice(group) for group in by_patient.values())
        svg.line((left, axis.place(middle)), (width - right, axis.place(middle)), INK, 1.2, "5 4")
        svg.text(
            (width - right, top + 16),
            f"median of the cases {middle:.3f}",
            anchor="end",
            colour=FAINT,
        )
        step = (width - left - right) / len(order)
        for number, patient_id in enumerate(order):
            x = left + (number + 0.5) * step
            for raters, value in by_patient[patient_id]:
                colour = pair_colour(pairs.index(raters))
                words = f"{patient_id}, {' and '.join(raters)}: {value:.3f}"
                svg.dot((x, axis.place(value)), 3.4, colour, opacity=0.8, words=words)
        svg.text(
            (left, top + panel_height - 8),
            f"{len(order)} cases, from the lowest median on",
            size=11,
            colour=FAINT,
        )
    return svg


def _median_dice(dots: Sequence[tuple[tuple[str, str], float]]) -> float:
    return median(value for _, value in dots)


def draw_limits(differences: Sequence[FeatureDifference], colour: str) -> Svg:
    """Draw the differences of one pair of raters against their mean, a panel a feature and ROI."""
    columns, panel_width, panel_height = 5, 226.0, 178.0
    rows = -(-len(differences) // columns)
    svg = Svg(
        columns * panel_width,
        rows * panel_height,
        f"Differences of {' and '.join(differences[0].raters)} with limits of agreement",
    )
    for number, one in enumerate(differences):
        corner = (number % columns * panel_width, number // columns * panel_height)
        _draw_panel(svg, one, corner, (panel_width, panel_height), colour)
    return svg


def _draw_panel(
    svg: Svg,
    one: FeatureDifference,
    corner: tuple[float, float],
    size: tuple[float, float],
    colour: str,
) -> None:
    left, top = corner[0] + 48, corner[1] + 24
    right, bottom = corner[0] + size[0] - 12, corner[1] + size[1] - 26
    points = [
        (in_shown_unit((first + second) / 2, one.unit), in_shown_unit(second - first, one.unit))
        for first, second in one.values
    ]
    limits = one.limits
    lower, bias, upper = (
        [in_shown_unit(end, one.unit) for end in (part.value, part.low, part.high)]
        for part in (limits.lower, limits.bias, limits.upper)
    )
    across = axis_around([mean for mean, _ in points], left, right)
    up = axis_around([*(gap for _, gap in points), lower[1], upper[2], 0.0], bottom, top)
    unit = shown_unit(one.unit)
    title = f"{one.roi.capitalize()} {feature_label(one.feature).lower()}, {unit}"
    svg.text((corner[0] + 6, corner[1] + 14), title.removesuffix(", "), size=11, bold=True)
    for part, dash in ((lower, "4 3"), (bias, ""), (upper, "4 3")):
        y, low, high = (up.place(end) for end in part)
        svg.box((left, high), right - left, low - high, colour, 0.14)
        svg.line((left, y), (right, y), colour, 1.4, dash)
    svg.line((left, up.place(0)), (right, up.place(0)), FAINT, 0.8)
    svg.line((left, bottom), (right, bottom), RULE)
    svg.line((left, top), (left, bottom), RULE)
    for x, words in across.ticks(4):
        svg.text((x, bottom + 14), words, anchor="middle", size=10, colour=FAINT)
    for y, words in up.ticks(4):
        svg.text((left - 4, y + 3.5), words, anchor="end", size=10, colour=FAINT)
    for patient_id, (mean, gap) in zip(one.patients, points, strict=True):
        words = (
            f"{patient_id}: mean {significant(mean, 3)}, difference {significant(gap, 3)} {unit}"
        )
        svg.dot((across.place(mean), up.place(gap)), 2.4, INK, opacity=0.55, words=words.rstrip())
