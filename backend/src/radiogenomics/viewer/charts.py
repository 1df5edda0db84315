"""A plot chart node as a drawing for the page: lines, marks and ticks in the units of an SVG.

slicer through the node alone; no Qt, no plotting library.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 450.0, 330.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 60.0, 8.0, 8.0, 40.0
_MOST_TICKS = 10
# Darker than this a colour cannot be seen on the page's ground.
_DARK = 0.15


@dataclass(frozen=True)
class _Axis:
    """Where values of an axis lie on the drawing."""

    low: float
    high: float
    begin: float
    end: float

    def place(self, value: float) -> float:
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.begin + share * (self.end - self.begin)


def chart_shown(chart: Any | None) -> dict[str, Any] | None:
    """Return what to draw of a chart; None for none.

    Parameters
    ----------
    chart
        A ``vtkMRMLPlotChartNode`` with fixed ranges of both axes.

    Returns
    -------
    dict
        ``title``, ``x_title`` and ``y_title``; in ``numbered`` what the numbers of the first axis
        stand for, empty where they are values; ``width`` and ``height`` of the drawing; ``x_ticks``
        and ``y_ticks`` with place and text; ``series`` with legend, colour and either a ``path`` or
        ``marks``. All of it JSON can hold.
    """
    if chart is None:
        return None
    (left, right), (bottom, top) = chart.GetXAxisRange(), chart.GetYAxisRange()
    x = _Axis(left, right, _LEFT, WIDTH - _RIGHT)
    y = _Axis(bottom, top, HEIGHT - _BOTTOM, _TOP)
    # An axis of numbered things: what the numbers are is listed below the drawing.
    lines = chart.GetXAxisTitle().split("\n")
    numbered = [thing for line in lines for thing in line.split(" · ")] if len(lines) > 1 else []
    nodes = [chart.GetNthPlotSeriesNode(i) for i in range(chart.GetNumberOfPlotSeriesNodes())]
    return {
        "title": chart.GetTitle(),
        "x_title": "" if numbered else chart.GetXAxisTitle(),
        "numbered": numbered,
        "y_title": chart.GetYAxisTitle(),
        "width": WIDTH,
        "height": HEIGHT,
        "frame": {"x": x.begin, "y": y.end, "width": x.end - x.begin, "height": y.begin - y.end},
        "x_ticks": _ticks(x, len(numbered) + 1 if numbered else _MOST_TICKS),
        "y_ticks": _ticks(y, _MOST_TICKS),
        "series": [_series(node, x, y) for node in nodes if node is not None],
    }


def _series(node: Any, x: _Axis, y: _Axis) -> dict[str, Any]:
    table = node.GetTableNode().GetTable()
    xs = _numbers(table, node.GetXColumnName())
    ys = _numbers(table, node.GetYColumnName())
    labels = _texts(table, node.GetLabelColumnName(), len(xs))
    points = [
        (round(x.place(a), 1), round(y.place(b), 1), label) if _finite(a, b) else None
        for a, b, label in zip(xs, ys, labels, strict=True)
    ]
    is_line = node.GetLineStyle() != node.LineStyleNone
    return {
        "legend": node.GetName(),
        "colour": _colour(node.GetColor()),
        "dashed": node.GetLineStyle() == node.LineStyleDash,
        "line_width": node.GetLineWidth(),
        "diamond": node.GetMarkerStyle() == node.MarkerStyleDiamond,
        "size": node.GetMarkerSize() / 2,
        "path": _path(points) if is_line else "",
        # A single row is in the table twice.
        "marks": (
            []
            if is_line
            else [
                {"x": a, "y": b, "label": label}
                for a, b, label in dict.fromkeys(point for point in points if point)
            ]
        ),
    }


def _numbers(table: Any, name: str) -> list[float]:
    column = table.GetColumnByName(name)
    return [float(column.GetValue(row)) for row in range(column.GetNumberOfValues())]


def _texts(table: Any, name: str | None, count: int) -> list[str]:
    column = table.GetColumnByName(name) if name else None
    if column is None:
        return [""] * count
    return [str(column.GetValue(row)) for row in range(count)]


def _finite(*values: float) -> bool:
    return all(math.isfinite(value) for value in values)


def _path(points: Iterable[tuple[float, float, str] | None]) -> str:
    """Return the path through points; where one is missing the line breaks."""
    words = []
    pen_down = False
    for point in points:
        if point is not None:
            words.append(f"{'L' if pen_down else 'M'}{point[0]} {point[1]}")
        pen_down = point is not None
    return " ".join(words)


def _colour(rgb: tuple[float, float, float]) -> str:
    if max(rgb) < _DARK:
        return "currentColor"
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


def _ticks(axis: _Axis, most: int) -> list[dict[str, Any]]:
    """Return round values within an axis, with their places and texts."""
    span = axis.high - axis.low
    if not _finite(axis.low, axis.high) or span <= 0:
        return []
    rough = span / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * part for part in (1, 2, 2.5, 5, 10) if power * part >= rough)
    digits = max(0, -math.floor(math.log10(step)) + (1 if step / power == 2.5 else 0))
    first, last = math.ceil(axis.low / step), math.floor(axis.high / step)
    return [
        {
            "place": round(axis.place(number * step), 1),
            "text": f"{number * step:.{digits}f}".replace("-", "−"),
        }
        for number in range(first, last + 1)
    ]
