"""The distribution of one feature of one ROI: a dot for each case along a logarithmic axis."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from radiogenomics.checking.outliers import OUTLIER_THRESHOLD, Spread, spread_of
from radiogenomics.checking.svg import round_step
from radiogenomics.checking.wording import link
from radiogenomics.shape.wording import feature_label, in_shown_unit, shown_unit, significant
from radiogenomics.study.tables import FeatureRow

WIDTH, HEIGHT = 560.0, 98.0
_EDGE = 14.0
_RADIUS = 2.7
_MIDDLE, _HALF_HEIGHT = 54.0, 20.0
_LABEL_LINES = (10.0, 24.0)
_LETTER_WIDTH = 6.8
_LONGEST_LABEL = 30


@dataclass(frozen=True)
class Dot:
    """One case: its place in pixels, its words on pointing, and its page."""

    x: float
    y: float
    words: str
    outlier: bool
    href: str | None


@dataclass(frozen=True)
class DotLabel:
    """The name of an outlier, and the dot that it belongs to."""

    x: float
    y: float
    anchor: str
    text: str
    dot: Dot


@dataclass(frozen=True)
class Strip:
    """What the template draws: positions in pixels of a `WIDTH` by `HEIGHT` picture.

    Attributes
    ----------
    name, unit, summary
        Words above the strip.
    dots, labels
        All cases, and the names of the outliers for which there is room.
    unlabelled
        Outliers whose names would have overlapped.
    median
        Position of the median.
    band
        Positions between which nothing is marked.
    ticks
        Positions and values of the axis.
    """

    name: str
    unit: str
    summary: str
    dots: tuple[Dot, ...]
    labels: tuple[DotLabel, ...]
    unlabelled: int
    median: float
    band: tuple[float, float]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class _Axis:
    """Carries values in the shown unit to pixels."""

    low: float
    high: float
    logarithmic: bool

    def position(self, value: float) -> float:
        if self.logarithmic:
            # A value of 0 has no place on a logarithmic axis: it goes to the left end.
            value = max(value, self.low)
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return _EDGE + min(1.0, max(0.0, share)) * (WIDTH - 2 * _EDGE)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        """Return round values: at least three, as far apart as their numbers need."""
        inside = []
        if self.logarithmic:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            candidates = [multiple * 10.0**decade for decade in decades for multiple in (1, 2, 5)]
            inside = [value for value in candidates if self.low <= value <= self.high]
        if len(inside) < 4:
            step = round_step((self.high - self.low) / 6)
            first = math.ceil(self.low / step)
            inside = [n * step for n in range(first, math.floor(self.high / step) + 1)]
        ticks: list[tuple[float, str]] = []
        for value in inside:
            x = self.position(value)
            # A number in the axis's small type is at most this wide.
            if not ticks or x - ticks[-1][0] > 34:
                ticks.append((x, f"{value:.4g}"))
        return tuple(ticks)


def draw_strip(
    feature: str,
    values: Sequence[tuple[FeatureRow, float]],
    names: Mapping[tuple[str, str, int], str],
    pages: Mapping[tuple[str, str], str],
) -> Strip:
    """Draw the distribution of one feature.

    Parameters
    ----------
    feature
        Its key.
    values
        Rows of one ROI and this feature with their values; at least one.
    names
        What to call each (patient, rater, version).
    pages
        Address of the page of each (patient, rater) that has one.
    """
    unit = values[0][0].unit
    spread = spread_of([value for _, value in values])
    axis = _axis(values, spread)
    places = [(axis.position(in_shown_unit(value, unit)), row, value) for row, value in values]
    places.sort(key=lambda place: place[0])
    heights = _swarm([x for x, _, _ in places])
    dots, named = [], []
    for (x, row, value), y in zip(places, heights, strict=True):
        name = names[row.patient_id, row.rater, row.version]
        shown = f"{significant(in_shown_unit(value, unit))} {shown_unit(unit)}".rstrip()
        robust_z = spread.robust_z(value)
        outlier = abs(robust_z) > OUTLIER_THRESHOLD
        words = f"{name}: {shown}, robust z {significant(robust_z, 2)}"
        page = link(pages.get((row.patient_id, row.rater)))
        dot = Dot(x, y, words, outlier, page)
        dots.append(dot)
        if outlier:
            named.append((abs(robust_z), name, dot))
    named.sort(key=lambda entry: -entry[0])
    labels = _place_labels([(name, dot) for _, name, dot in named])
    low, high = (in_shown_unit(limit, unit) for limit in spread.limits(OUTLIER_THRESHOLD))
    median = in_shown_unit(spread.median, unit)
    return Strip(
        name=feature_label(feature),
        unit=shown_unit(unit),
        summary=f"median {significant(median)} {shown_unit(unit)}".rstrip(),
        dots=tuple(dots),
        labels=tuple(labels),
        unlabelled=len(named) - len(labels),
        median=axis.position(median),
        band=(axis.position(low), axis.position(high)),
        ticks=axis.ticks(),
    )


def _axis(values: Sequence[tuple[FeatureRow, float]], spread: Spread) -> _Axis:
    """Return an axis that holds all values with a little room at both ends."""
    shown = [in_shown_unit(value, row.unit) for row, value in values]
    if spread.logarithmic:
        positive = [value for value in shown if value > 0]
        room = (max(positive) / min(positive)) ** 0.04 * 1.02
        return _Axis(min(positive) / room, max(positive) * room, True)
    low, high = min(shown), max(shown)
    room = 0.04 * (high - low) or 0.02 * abs(high) or 1.0
    # A linear axis is for values with negative ones among them; its ticks need no decades.
    return _Axis(low - room, high + room, False)


def _swarm(positions: Sequence[float]) -> list[float]:
    """Stack dots that would overlap, alternately above and below the middle.

    Where a stack would leave the strip its dots move closer together.
    """
    stacks: dict[int, int] = {}
    levels = []
    for x in positions:
        column = math.floor(x / (2 * _RADIUS))
        level = stacks.get(column, 0)
        stacks[column] = level + 1
        levels.append((level + 1) // 2 * (1 if level % 2 else -1))
    tallest = max((abs(level) for level in levels), default=0)
    step = min(2 * _RADIUS, _HALF_HEIGHT / tallest) if tallest else 0.0
    return [_MIDDLE + level * step for level in levels]


def _place_labels(named: Sequence[tuple[str, Dot]]) -> list[DotLabel]:
    """Give names to as many dots as fit in two lines, the first ones first."""
    taken: list[list[tuple[float, float]]] = [[] for _ in _LABEL_LINES]
    labels = []
    for name, dot in named:
        text = name if len(name) <= _LONGEST_LABEL else name[: _LONGEST_LABEL - 1] + "…"
        width = _LETTER_WIDTH * sum(
            2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text
        )
        # Beside an edge the name starts or ends there, so that no letter is cut off.
        left, anchor, x = dot.x - width / 2, "middle", dot.x
        if left < 0:
            left, anchor, x = 0.0, "start", 0.0
        elif left + width > WIDTH:
            left, anchor, x = WIDTH - width, "end", WIDTH
        for line, y in enumerate(_LABEL_LINES):
            if all(left > end + 6 or left + width < start - 6 for start, end in taken[line]):
                taken[line].append((left, left + width))
                labels.append(DotLabel(x, y, anchor, text, dot))
                break
    return labels
