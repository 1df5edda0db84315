"""The report as one HTML page that needs no other file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from radiogenomics.evaluation.report.figures.drawing import inline

if TYPE_CHECKING:
    from radiogenomics.evaluation.report.report import Report


def render(report: Report) -> str:
    """Return the page of a report."""
    return templates().get_template("report.html").render(report=report)


@cache
def templates() -> Environment:
    """Return the page templates; whatever is filled in is escaped."""
    environment = Environment(
        loader=PackageLoader("radiogenomics.evaluation.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["inline"] = inline
    environment.filters["first"] = _first
    return environment


def _first(rows: Sequence[object], number: int) -> Sequence[object]:
    return rows[:number]
