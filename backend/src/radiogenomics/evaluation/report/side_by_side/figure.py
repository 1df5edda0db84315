"""The average errors of runs, side by side."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from radiogenomics.evaluation.bootstrap import Estimate
from radiogenomics.evaluation.report.figures.drawing import RULE, Figure, draw
from radiogenomics.evaluation.report.naming import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    in_order,
)
from radiogenomics.evaluation.report.side_by_side.joining import Joined

_LOOKS = ((BLUE, "o"), (VERMILION, "s"), (GREEN, "^"), (PURPLE, "D"), (ORANGE, "v"), (SKY, "P"))
_OTHER = (BLACK, "x")
_WIDTH, _LINE, _FOOT = 11.6, 0.16, 1.4


def averages(joined: Joined, means: Mapping[str, tuple[Estimate, Estimate]]) -> Figure:
    """Draw the averages of each model, one mark a run."""
    models = in_order(dict.fromkeys(entry.model.name for entry in joined.entries))

    def paint(drawing: Drawing) -> None:
        panels = drawing.subplots(1, 2, sharey=True)
        for part, axes in enumerate(panels):
            _paint(axes, joined, [model.name for model in models], means, part)
            axes.set_xlabel("average MAPE, %" if part else "average MAE, parts of the maximum")
        panels[0].set_yticks(range(len(models)), [model.label for model in models])
        handles, labels = panels[0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)))

    return draw(
        "averages",
        "Figure",
        f"Average errors on the {len(joined.aligned.patients)} shared patients, the lower the "
        "better, with 95 % bootstrap intervals over the patients. The intervals of two runs "
        "overlap more than their difference varies, since both face the same patients: for "
        "differences see the table.",
        "Average errors of all models of all runs; the numbers are in the table of averages.",
        (_WIDTH, _LINE * len(models) * (len(joined.runs) + 1) + _FOOT),
        paint,
    )


def _paint(
    axes: Axes,
    joined: Joined,
    models: list[str],
    means: Mapping[str, tuple[Estimate, Estimate]],
    part: int,
) -> None:
    for row in range(1, len(models), 2):
        axes.axhspan(row - 0.5, row + 0.5, color=RULE, alpha=0.3, linewidth=0)
    step = 0.8 / len(joined.names)
    for position, name in enumerate(joined.names):
        colour, marker = _LOOKS[position] if position < len(_LOOKS) else _OTHER
        label: str | None = f"run {name}"
        for entry in joined.entries:
            if entry.run != name:
                continue
            estimate = means[entry.key][part]
            height = (
                models.index(entry.model.name) + (position - (len(joined.names) - 1) / 2) * step
            )
            axes.plot(
                (estimate.lower, estimate.upper), (height, height), color=colour, linewidth=1.4
            )
            axes.plot(
                estimate.value, height, marker, color=colour, markersize=6, linestyle="none",
                label=label,
            )  # fmt: skip
            label = None
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
