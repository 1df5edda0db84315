"""Figure 4: predicted against measured, one panel a feature."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from scipy.stats import spearmanr

from radiogenomics.evaluation.report.evidence import Array, Evidence
from radiogenomics.evaluation.report.figures.drawing import FAINT, INK, Figure, draw
from radiogenomics.evaluation.report.naming import ROI_STYLES, ModelStyle, file_name, with_unit
from radiogenomics.evaluation.report.table import percent
from radiogenomics.shape.wording import in_shown_unit

_COLUMNS = 5
_WIDTH, _ROW, _BAR = 11.6, 2.35, "#c9ced6"
_OTHER = (INK, "D")


def predicted_against_measured(evidence: Evidence, model: ModelStyle) -> Figure:
    """Draw small multiples, those of a ROI together, with intervals and the line of equality."""
    features = evidence.aligned.features
    rois = dict.fromkeys(each.roi for each in features)
    members = {roi: [i for i, each in enumerate(features) if each.roi == roi] for roi in rois}
    rows = {roi: -(-len(own) // _COLUMNS) for roi, own in members.items()}
    ends = _intervals(evidence, model)

    def paint(drawing: Drawing) -> None:
        parts = drawing.subfigures(len(rois), 1, squeeze=False, height_ratios=[*rows.values()])
        for part, (roi, own) in zip(parts[:, 0], members.items(), strict=True):
            part.suptitle(roi.capitalize(), x=0.01, ha="left", fontsize=11, fontweight="bold")
            part.supxlabel("measured", fontsize=9.5)
            part.supylabel("predicted, out of fold", fontsize=9.5)
            grid = part.subplots(rows[roi], _COLUMNS, squeeze=False)
            for axes in grid.flat[len(own) :]:
                axes.set_visible(False)
            for axes, index in zip(grid.flat, own, strict=False):
                _paint(axes, evidence, model, index, ends[..., index])

    return draw(
        f"predicted_{file_name(model.name)}",
        "Figure",
        f"Predicted against measured, {model.label}: one point a patient, predicted by models that "
        f"had not seen it. Grey bars: {percent(evidence.run.config.interval_level)} intervals. "
        "Dashed: equality. Dotted: the median of the measured values. ρ: Spearman's rank "
        "correlation; a constant taken from the other folds has one a little below 0.",
        f"Scatter of predicted against measured values, {model.label}, {len(features)} features; "
        "the numbers are in predictions.csv of the run.",
        (_WIDTH, _ROW * sum(rows.values()) + 0.7 * len(rois)),
        paint,
    )


def _intervals(evidence: Evidence, model: ModelStyle) -> Array:
    """Return lower and upper ends, ``(2, n_patients, n_features)``."""
    aligned = evidence.aligned
    rows = {patient: i for i, patient in enumerate(aligned.patients)}
    columns = {(each.roi, each.feature): i for i, each in enumerate(aligned.features)}
    ends = np.full((2, len(rows), len(columns)), np.nan)
    for one in evidence.run.predictions:
        if one.model == model.name and one.kind == "out_of_fold" and one.measured is not None:
            row, column = rows[one.patient_id], columns[one.roi, one.feature]
            ends[:, row, column] = one.lower, one.upper
    return ends


def _paint(axes: Axes, evidence: Evidence, model: ModelStyle, index: int, ends: Array) -> None:
    feature = evidence.aligned.features[index]
    factor = in_shown_unit(1.0, feature.unit)
    measured = factor * evidence.aligned.measured[:, index]
    predicted = factor * evidence.aligned.predicted[model.name][:, index]
    there = np.isfinite(measured)
    measured, predicted, ends = measured[there], predicted[there], factor * ends[:, there]
    colour, marker = ROI_STYLES.get(feature.roi, _OTHER)
    span = (min(0.0, 1.06 * predicted.min()), 1.06 * max(measured.max(), predicted.max()))
    axes.vlines(measured, ends[0], ends[1], color=_BAR, linewidth=0.6, zorder=1)
    axes.plot(span, span, color=FAINT, linestyle="--", linewidth=0.9, zorder=2)
    axes.axhline(float(np.median(measured)), color=FAINT, linestyle=":", linewidth=1.1, zorder=2)
    axes.plot(
        measured, predicted, marker, color=colour, markersize=3.4, markerfacecolor="none",
        markeredgewidth=0.9, zorder=3,
    )  # fmt: skip
    axes.set_xlim(span)
    axes.set_ylim(span)
    axes.set_title(with_unit(feature.feature, feature.unit), fontsize=9)
    axes.locator_params(nbins=4)
    axes.tick_params(labelsize=8)
    if np.ptp(predicted) > 0 and np.ptp(measured) > 0:
        rho = float(spearmanr(measured, predicted).statistic)
        axes.text(
            0.97, 0.04, f"ρ {rho:.2f}".replace("-", "−"), transform=axes.transAxes, ha="right",
            fontsize=8.5, color=INK, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
        )  # fmt: skip
