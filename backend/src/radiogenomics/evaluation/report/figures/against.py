"""Figure 3: the error of each feature, the network's against another's, with equality drawn."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FixedLocator, NullLocator, StrMethodFormatter

from radiogenomics.evaluation.comparison import Comparison
from radiogenomics.evaluation.report.evidence import Evidence
from radiogenomics.evaluation.report.figures.drawing import FAINT, INK, Figure, draw
from radiogenomics.evaluation.report.naming import ROI_STYLES, feature_name, style_of

_OTHER = (INK, "D")
_PANEL, _FOOT = 4.6, 0.9
_FEWEST_TICKS = 4


def errors_against(evidence: Evidence) -> Figure:
    """Draw the lead's errors against the reference's and, where that is no floor, the median's."""
    comparisons = [evidence.lead_comparison]
    if "median" in evidence.floors and evidence.reference.name != "median":
        comparisons.append(evidence.floors["median"])
    lead = evidence.lead.label

    def paint(drawing: Drawing) -> None:
        grid = drawing.subplots(len(comparisons), 2, squeeze=False)
        for row, comparison in zip(grid, comparisons, strict=True):
            _paint(row[0], comparison, "scaled")
            _paint(row[1], comparison, "percentage")
        handles, labels = grid[0][0].get_legend_handles_labels()
        drawing.legend(handles, labels, loc="outside upper center", ncols=len(labels))
        drawing.supxlabel(_key(comparisons[0]), fontsize=8.5, color=INK)

    counts = [
        f"Against the {style_of(each.reference).label}: lower MAE in {each.n_better_mae} and lower "
        f"MAPE in {each.n_better_mape} of {len(each.features)} features."
        for each in comparisons
    ]
    return draw(
        "figure3_errors",
        "Figure 3",
        f"Error of each feature: {lead} against "
        + " and ".join(style_of(each.reference).label for each in comparisons)
        + f". Below the line of equal error the {lead} is better; a filled marker differs "
        "significantly after Bonferroni's correction. MAPE on logarithmic axes. "
        + " ".join(counts),
        f"Scatter of the errors of each feature. {' '.join(counts)}",
        (2 * _PANEL + 0.4, _PANEL * len(comparisons) + _FOOT),
        paint,
    )


def _key(comparison: Comparison) -> str:
    """Say which number is which feature."""
    names = dict.fromkeys(each.feature for each in comparison.features)
    numbered = [f"{i} {feature_name(name).lower()}" for i, name in enumerate(names, start=1)]
    half = (len(numbered) + 1) // 2
    return "\n".join(" · ".join(part) for part in (numbered[:half], numbered[half:]) if part)


def _paint(axes: Axes, comparison: Comparison, measure: Literal["scaled", "percentage"]) -> None:
    pairs = [getattr(each, measure) for each in comparison.features]
    x = np.array([pair.reference.value for pair in pairs])
    y = np.array([pair.model.value for pair in pairs])
    both = np.concatenate([x, y])
    span = (both.min() / 1.12, both.max() * 1.12)
    axes.plot(span, span, color=FAINT, linestyle="--", linewidth=1, label="equal error", zorder=1)
    for roi in dict.fromkeys(each.roi for each in comparison.features):
        _paint_roi(axes, comparison, roi, x, y, measure)
    if measure == "percentage":
        axes.set_xscale("log")
        axes.set_yscale("log")
        _plain_ticks(axes, span)
    axes.set_xlim(span)
    axes.set_ylim(span)
    axes.set_aspect("equal")
    name = "MAPE, %" if measure == "percentage" else "MAE, parts of the maximum"
    axes.set_xlabel(f"{style_of(comparison.reference).label}: {name}")
    axes.set_ylabel(f"{style_of(comparison.model).label}: {name}")


def _paint_roi(
    axes: Axes,
    comparison: Comparison,
    roi: str,
    x: np.ndarray[tuple[int], np.dtype[np.float64]],
    y: np.ndarray[tuple[int], np.dtype[np.float64]],
    measure: Literal["scaled", "percentage"],
) -> None:
    colour, marker = ROI_STYLES.get(roi, _OTHER)
    names = list(dict.fromkeys(each.feature for each in comparison.features))
    own = [i for i, each in enumerate(comparison.features) if each.roi == roi]
    filled = []
    for i in own:
        each = comparison.features[i]
        tested = each.percentage if measure == "percentage" else each.absolute
        filled.append(colour if tested.significant() else "white")
    axes.scatter(
        x[own], y[own], s=34, marker=marker, facecolors=filled, edgecolors=colour,
        linewidths=1.4, label=roi, zorder=3,
    )  # fmt: skip
    # Each ROI has its side of the line for its numbers, so that fewer of them meet.
    offset, align = ((-5, 3), "right") if marker == "o" else ((5, -8), "left")
    for i in own:
        axes.annotate(
            str(names.index(comparison.features[i].feature) + 1), (x[i], y[i]), xytext=offset,
            textcoords="offset points", ha=align, fontsize=8, color=colour, zorder=4,
        )  # fmt: skip


def _plain_ticks(axes: Axes, span: tuple[float, float]) -> None:
    """Write the ticks of logarithmic axes as numbers, at least four of them where that can be."""
    ticks: list[float] = []
    for steps in ((1, 2, 5), (1, 2, 3, 5, 7), (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)):
        every = [step * 10.0**power for power in range(-3, 6) for step in steps]
        ticks = [tick for tick in every if span[0] <= tick <= span[1]]
        if len(ticks) >= _FEWEST_TICKS:
            break
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.set_minor_locator(NullLocator())
