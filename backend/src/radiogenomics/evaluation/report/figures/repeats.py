"""Figure: the average errors of every repeat of the cross-validation."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from radiogenomics.evaluation.repeats import ModelRepeats
from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.figures.drawing import INK, RULE, Figure, draw
from radiogenomics.evaluation.report.naming import ModelStyle

_WIDTH, _LINE, _FOOT = 11.6, 0.36, 1.3


def repeats(evidence: Evidence) -> Figure | None:
    """Draw one mark a repeat and model, and the means; None for a run without repeats."""
    found = evidence.repeats
    if found is None:
        return None
    by_name = {each.model: each for each in found.models}
    shown = {model: by_name[model.name] for model in evidence.models if model.name in by_name}

    def paint(drawing: Drawing) -> None:
        panels = drawing.subplots(1, 2, sharey=True)
        for part, axes in enumerate(panels):
            _paint(axes, shown, part)
            axes.set_xlabel("average MAPE, %" if part else "average MAE, parts of the maximum")
        panels[0].set_yticks(range(len(shown)), [model.label for model in shown])
        handles, labels = panels[0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=len(labels))

    means = [f"{model.label} {each.mean[0]:.4f}" for model, each in shown.items()]
    return draw(
        "repeats",
        "Figure",
        f"Average errors in each of {len(found.repeats)} repeats of the cross-validation with "
        "other folds: the spread is what the luck of one division can do.",
        f"Mean of the average MAE over the repeats: {'; '.join(means)}.",
        (_WIDTH, _LINE * len(shown) + _FOOT),
        paint,
    )


def _paint(axes: Axes, shown: dict[ModelStyle, ModelRepeats], part: int) -> None:
    for row, (model, each) in enumerate(shown.items()):
        if row % 2:
            axes.axhspan(row - 0.5, row + 0.5, color=RULE, alpha=0.3, linewidth=0)
        values = each.mape if part else each.mae_scaled
        # Spread over the height of the line in the order of the repeats, so that none hides.
        heights = row + np.linspace(-0.22, 0.22, len(values)) if len(values) > 1 else [row]
        axes.plot(
            values, heights, "o", color=model.colour, markersize=3.6, alpha=0.75, linestyle="none",
            label=None if row else "one repeat",
        )  # fmt: skip
        axes.plot(
            [each.mean[part]] * 2, (row - 0.3, row + 0.3), color=INK, linewidth=1.8,
            label=None if row else "mean",
        )  # fmt: skip
    axes.set_ylim(len(shown) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
