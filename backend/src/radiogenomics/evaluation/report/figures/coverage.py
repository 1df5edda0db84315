"""Figure: what the prediction intervals cover, feature by feature, beside what they promise."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import MaxNLocator

from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.figures.drawing import FAINT, RULE, Figure, draw
from radiogenomics.evaluation.report.naming import ModelStyle, feature_name
from radiogenomics.evaluation.report.table import percent

_WIDTH, _LINE, _FOOT = 11.6, 0.3, 1.5


def coverage(evidence: Evidence, models: Sequence[ModelStyle]) -> Figure:
    """Draw the coverage of some models with binomial intervals, one panel a ROI."""
    features = evidence.aligned.features
    rois = list(dict.fromkeys(each.roi for each in features))
    names = list(dict.fromkeys(each.feature for each in features))
    level = evidence.run.config.interval_level

    def paint(drawing: Drawing) -> None:
        panels = drawing.subplots(1, len(rois), sharey=True, sharex=True, squeeze=False)[0]
        for axes, roi in zip(panels, rois, strict=True):
            _paint(axes, evidence, models, roi, names)
            axes.axvline(level, color=FAINT, linestyle="--", linewidth=1, label="promised")
            axes.set_title(roi.capitalize())
            axes.set_xlabel("share of patients covered")
        panels[0].set_yticks(range(len(names)), [feature_name(name) for name in names])
        handles, labels = panels[0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=len(labels))

    described = []
    for model in models:
        own = [each.coverage.value for each in evidence.calibrations if each.model == model.name]
        described.append(f"{model.label} {percent(sum(own) / len(own))} on average")
    return draw(
        "coverage",
        "Figure",
        f"Coverage of the {percent(level)} intervals of out-of-fold predictions, with 95 % "
        "binomial intervals. To the left of the line the intervals are too narrow, to the right "
        "wider than they need be.",
        f"Share of patients covered by their intervals: {'; '.join(described)}.",
        (_WIDTH, _LINE * len(names) + _FOOT),
        paint,
    )


def _paint(
    axes: Axes, evidence: Evidence, models: Sequence[ModelStyle], roi: str, names: list[str]
) -> None:
    for row in range(1, len(names), 2):
        axes.axhspan(row - 0.5, row + 0.5, color=RULE, alpha=0.3, linewidth=0)
    step = 0.6 / len(models)
    for position, model in enumerate(models):
        own = [e for e in evidence.calibrations if (e.model, e.roi) == (model.name, roi)]
        shift = (position - (len(models) - 1) / 2) * step
        heights = [names.index(each.feature) + shift for each in own]
        low, high = [each.coverage.lower for each in own], [each.coverage.upper for each in own]
        axes.hlines(heights, low, high, color=model.colour, linewidth=1.3)
        axes.plot(
            [each.coverage.value for each in own], heights, model.marker, color=model.colour,
            markersize=5.5, linestyle="none", label=model.label,
        )  # fmt: skip
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(7, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(lambda share, _: percent(share))
