"""Figure 1: the average errors of all models with their intervals."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from radiogenomics.evaluation.bootstrap import Estimate
from radiogenomics.evaluation.report import paper
from radiogenomics.evaluation.report.averages import averages_of
from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.figures.drawing import FAINT, INK, RULE, Figure, draw
from radiogenomics.evaluation.report.naming import ModelStyle, style_of

_WIDTH, _LINE, _FOOT = 11.6, 0.36, 1.3
_MEASURES = ("average MAE, parts of the maximum", "average MAPE, %")


def overview(evidence: Evidence) -> Figure:
    """Draw one line a model: its averages with intervals, and what the paper printed."""
    means = averages_of(evidence)

    def paint(drawing: Drawing) -> None:
        panels = drawing.subplots(1, 2, sharey=True)
        for part, axes in enumerate(panels):
            own = {model: means[model.name][part] for model in evidence.models}
            printed = {
                model: paper.AVERAGES[model.name].mape
                if part
                else paper.AVERAGES[model.name].mae_scaled
                for model in evidence.models
                if model.name in paper.AVERAGES
            }
            _paint(axes, own, printed)
            axes.set_xlabel(_MEASURES[part])
        handles, labels = panels[0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=len(labels))

    lowest = [
        style_of(min(means, key=lambda name: means[name][part].value)).label for part in (0, 1)
    ]
    return draw(
        "figure1_overview",
        "Figure 1",
        "Average errors of all models on held-out patients, the lower the better, with 95 % "
        "bootstrap intervals over the patients. The intervals of two models overlap more than "
        "their difference varies, since both face the same patients: for differences see Table 5.",
        f"Lowest average MAE: {lowest[0]}. Lowest average MAPE: {lowest[1]}. Numbers in Table 2.",
        (_WIDTH, _LINE * len(evidence.models) + _FOOT),
        paint,
    )


def _paint(axes: Axes, own: dict[ModelStyle, Estimate], printed: dict[ModelStyle, float]) -> None:
    floor = min(estimate.value for model, estimate in own.items() if model.is_floor)
    axes.axvline(floor, color=FAINT, linewidth=1.1, linestyle=":", label="best floor", zorder=1)
    first = True
    for row, (model, estimate) in enumerate(own.items()):
        if row % 2:
            axes.axhspan(row - 0.5, row + 0.5, color=RULE, alpha=0.3, linewidth=0)
        axes.plot((estimate.lower, estimate.upper), (row, row), color=model.colour, linewidth=1.6)
        axes.plot(
            estimate.value, row, model.marker, color=model.colour, markersize=7.5,
            markeredgewidth=1.8 if model.is_floor else 0.8, zorder=3,
        )  # fmt: skip
        if model in printed:
            axes.plot(
                printed[model], row, "D", color=INK, markerfacecolor="white", markersize=5.5,
                linestyle="none", zorder=4,
                label="the paper, on its own patients" if first else None,
            )  # fmt: skip
            first = False
    axes.set_yticks(range(len(own)), [model.label for model in own])
    axes.set_ylim(len(own) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
