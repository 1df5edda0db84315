"""Figure 2: training and validation loss per epoch, mean over the folds, one panel a network."""

from __future__ import annotations

import warnings

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from radiogenomics.evaluation.report import paper
from radiogenomics.evaluation.report.evidence import Array, Evidence, LearningCurve
from radiogenomics.evaluation.report.figures.drawing import FAINT, Figure, draw
from radiogenomics.evaluation.report.naming import BLUE, VERMILION, ModelStyle

_WIDTH, _NARROWEST, _HEIGHT, _WIDEST_PANEL = 11.6, 7.4, 3.5, 4.2
# The first epochs of a high learning rate can lie a thousand times above all others.
_ABOVE_END = 2.5


def learning_curves(evidence: Evidence) -> Figure | None:
    """Draw the learning curves of all networks; None for a run without."""
    shown = [
        (model, evidence.curves[model.name])
        for model in evidence.models
        if model.name in evidence.curves
    ]
    if not shown:
        return None
    floor = _floor(evidence)
    top = _top([curve for _, curve in shown], floor)

    def paint(drawing: Drawing) -> None:
        panels = drawing.subplots(1, len(shown), sharey=True, squeeze=False)[0]
        for axes, (model, curve) in zip(panels, shown, strict=True):
            _paint_panel(axes, model, curve, floor)
            axes.set_ylim(0, top)
        panels[0].set_ylabel("mean absolute error, scaled")
        named = {
            label: handle
            for axes in panels
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True)
        }
        drawing.legend(named.values(), named.keys(), loc="outside lower center", ncols=len(named))

    return draw(
        "figure2_learning_curves",
        "Figure 2",
        _caption(shown, floor, top),
        _description(shown, floor),
        (max(_NARROWEST, min(_WIDTH, _WIDEST_PANEL * len(shown))), _HEIGHT),
        paint,
    )


def _floor(evidence: Evidence) -> float | None:
    """Return the median's error on the networks' scale, if all folds share one maximum."""
    if evidence.run.config.target_scaling != "all_patients":
        return None
    return float(np.nanmean(evidence.aligned.scaled_errors("median")))


def _top(curves: list[LearningCurve], floor: float | None) -> float:
    """Return the upper end of the axis: all of the later epochs, not all of the first ones."""
    ends = [_last(losses) for curve in curves for losses in (curve.training, curve.validation)]
    everything = max(
        float(np.nanmax(losses))
        for curve in curves
        for losses in (curve.training, curve.validation)
    )
    return min(1.05 * everything, _ABOVE_END * max(*ends, floor or 0.0))


def _last(losses: Array) -> float:
    finite = losses[:, -1][np.isfinite(losses[:, -1])]
    return float(finite.mean()) if len(finite) else float(np.nanmin(losses))


def _paint_panel(axes: Axes, model: ModelStyle, curve: LearningCurve, floor: float | None) -> None:
    epochs = np.arange(1, curve.training.shape[1] + 1)
    for losses, name, colour, line in (
        (curve.training, "training", BLUE, "-"),
        (curve.validation, "validation", VERMILION, "--"),
    ):
        mean, low, high = _over_folds(losses)
        axes.fill_between(epochs, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.plot(epochs, mean, line, color=colour, label=name)
    if floor is not None:
        axes.axhline(floor, color=FAINT, linestyle=":", linewidth=1.2, label="training median")
    printed = paper.LOSSES.get(model.name)
    if printed is not None:
        for value, name, colour, marker in (
            (printed.training, "the paper, training", BLUE, "P"),
            (printed.validation, "the paper, validation", VERMILION, "X"),
        ):
            axes.plot(
                epochs[-1], value, marker, color=colour, markersize=7.5, markeredgecolor="white",
                markeredgewidth=0.6, linestyle="none", clip_on=False, zorder=5, label=name,
            )  # fmt: skip
    axes.set_title(model.label)
    axes.set_xlabel("epoch")
    axes.set_xlim(0, epochs[-1])


def _over_folds(losses: Array) -> tuple[Array, Array, Array]:
    """Return mean, lowest and highest of each epoch."""
    with warnings.catch_warnings():
        # An epoch that no fold reached has none of the three.
        warnings.simplefilter("ignore", RuntimeWarning)
        return (
            np.asarray(np.nanmean(losses, axis=0)),
            np.asarray(np.nanmin(losses, axis=0)),
            np.asarray(np.nanmax(losses, axis=0)),
        )


def _caption(shown: list[tuple[ModelStyle, LearningCurve]], floor: float | None, top: float) -> str:
    caption = (
        f"Learning curves: loss per epoch, mean over {len(shown[0][1].training)} folds, the range "
        "of the folds shaded. The paper's marks are what it prints for the end of its training."
    )
    highest = max(
        float(np.nanmax(losses))
        for _, curve in shown
        for losses in (curve.training, curve.validation)
    )
    if highest > top:
        caption += f" Early epochs reach {highest:.3g}, beyond the axis."
    if floor is None:
        caption += (
            " Features are scaled within each training fold here, so the floors' errors, which are "
            "scaled by the maximum of all, are not drawn."
        )
    return caption


def _description(shown: list[tuple[ModelStyle, LearningCurve]], floor: float | None) -> str:
    ends = [
        f"{model.label} {_last(curve.training):.3f} and {_last(curve.validation):.3f}"
        for model, curve in shown
    ]
    text = f"Training and validation loss after the last epoch: {'; '.join(ends)}."
    return text + (f" The training median has {floor:.3f}." if floor is not None else "")
