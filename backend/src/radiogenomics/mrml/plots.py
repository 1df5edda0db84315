"""Plots of predictions in the scene: the cohort in one feature, and one case in all features.

The nodes are saved with the scene, found again in a scene that was opened, and used for every case
and feature. Nothing here shows a plot: a plot view is given `CohortPlots.feature_chart` or
`CohortPlots.case_chart`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import slicer

from radiogenomics.errors import InputError
from radiogenomics.mrml.plot_nodes import Colour, Column, PlotNodes, Series
from radiogenomics.shape import FEATURE_NAMES, Features
from radiogenomics.shape.wording import feature_label, in_shown_unit, shown_unit, significant
from radiogenomics.study.labels import MEASURED_ROIS, ROI_COLOURS
from radiogenomics.study.predictions import Prediction, preferring_out_of_fold

Rows = Mapping[str, Prediction]
"""For each patient the prediction of one feature by one model."""

_GREY: Colour = (0.55, 0.55, 0.55)
_BLACK: Colour = (0.0, 0.0, 0.0)
_MARGIN = 0.05
# Of the height, for the legend.
_LEGEND = 0.22
_KIND_WORDS = {"out_of_fold": "out-of-fold", "final": "final"}
# Half of the distance between the two ROIs at one feature, in features.
_ASIDE = 0.14


class CohortPlots:
    """The plots of one scene.

    Parameters
    ----------
    scene
        The MRML scene that holds the nodes.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._nodes = PlotNodes(scene)
        self._predictions: Sequence[Prediction] | None = None
        self._by_target: dict[tuple[str, str, str], dict[str, Prediction]] = {}

    @property
    def feature_chart(self) -> Any:
        """The ``vtkMRMLPlotChartNode`` of `show_feature`; None before its first call."""
        return self._nodes.find("feature", "vtkMRMLPlotChartNode")

    @property
    def case_chart(self) -> Any:
        """The ``vtkMRMLPlotChartNode`` of `show_case`; None before its first call."""
        return self._nodes.find("case", "vtkMRMLPlotChartNode")

    def show_feature(
        self,
        predictions: Sequence[Prediction],
        roi: str,
        feature: str,
        patient_id: str | None = None,
        measured_now: float | None = None,
        *,
        model: str = "network",
    ) -> None:
        """Plot predicted against measured over the cohort, with this case marked.

        Called again with only another ``measured_now``, it moves the mark and nothing else: it may
        follow every brush stroke.

        Parameters
        ----------
        predictions
            The rows of one ``predictions.csv``; not to be changed in place afterwards. A patient
            that the model was trained on is shown with its out-of-fold prediction only.
        roi, feature, model
            Which of them.
        patient_id
            This case, which is taken out of the cohort's points. None for no case.
        measured_now
            The value measured in this case, in the unit of the predictions; None where there is
            none, and then the case is not marked.

        Raises
        ------
        InputError
            If the model predicts no such feature.
        """
        rows = self._rows(predictions).get((model, roi, feature))
        if not rows:
            models = {p.model for p in predictions if (p.roi, p.feature) == (roi, feature)}
            raise InputError(
                f"The predictions hold nothing for {roi} {feature} by the model {model!r}; models "
                f"that predict it: {', '.join(sorted(models)) or 'none'}."
            )
        case = rows.get(patient_id) if patient_id is not None else None
        others = [row for row in rows.values() if row is not case]
        drawn = [row for row in others if row.measured is not None]
        name = f"{feature_label(feature)}, {roi}"
        unit = next(iter(rows.values())).unit
        in_unit = f" ({shown_unit(unit)})" if shown_unit(unit) else ""
        with self._nodes.one_event("feature"):
            series, values = self._cohort(name, unit, others)
            if case is not None and measured_now is not None and math.isfinite(measured_now):
                marked, more = self._marked(name, unit, case, measured_now)
                series += marked
                values += more
            low, high = min(values, default=0.0), max(values, default=1.0)
            space = (high - low) * _MARGIN or 1.0
            low, high = low - space, high + space
            self._nodes.chart(
                "feature",
                f"{name}: predicted and measured",
                title=f"{name}: predicted by {model}, {_kinds(drawn or rows.values())}",
                x_title=f"Measured{in_unit}",
                y_title=f"Predicted{in_unit}",
                series=[self._equality(name, low, high), *series],
            )
            # The legend lies over the upper right corner.
            self._nodes.set_ranges("feature", (low, high), (low, high + (high - low) * _LEGEND))

    def show_case(
        self,
        predictions: Sequence[Prediction],
        patient_id: str,
        measured_now: Mapping[str, Features],
        *,
        model: str = "network",
    ) -> None:
        """Plot the features of one case, measured beside predicted with its interval.

        Each value is divided by the largest value measured in the cohort, as the models do; a
        feature with no such value is left out. The mouse over a point tells the values
        themselves.

        Parameters
        ----------
        predictions, model
            As for `show_feature`.
        patient_id
            The case.
        measured_now
            The features of each ROI of the case, such as ``{"enhancing": features}``.

        Raises
        ------
        InputError
            If the model predicts nothing for this case.
        """
        by_target = self._rows(predictions)
        columns: dict[str, Column] = {}
        drawn: list[tuple[str, str]] = []
        own: list[Prediction] = []
        top = 1.0
        for position, roi in enumerate(MEASURED_ROIS):
            targets = {f: by_target.get((model, roi, f), {}) for f in FEATURE_NAMES}
            own += [rows[patient_id] for rows in targets.values() if patient_id in rows]
            x = (2 * position - 1) * _ASIDE
            made = _case_columns(targets, patient_id, measured_now.get(roi, {}), x)
            columns |= {f"{roi} {column}": values for column, values in made.items()}
            for column in ("interval", "predicted", "measured"):
                values = [value for value in map(float, made[column]) if not math.isnan(value)]
                if values:
                    drawn.append((roi, column))
                    top = max(top, *values)
        if not own:
            raise InputError(
                f"The predictions hold nothing for {patient_id} by the model {model!r}. Choose "
                "another predictions file, or predict this patient first."
            )
        with self._nodes.one_event("case"):
            table = self._nodes.table("case", f"Features of {patient_id}", columns)
            self._nodes.chart(
                "case",
                f"Features of {patient_id}",
                title=f"{patient_id}: predicted by {model}, {_kinds(own)}",
                x_title=_numbered_features(),
                y_title="Divided by the largest measured value of the cohort",
                series=[_case_series(table, roi, column) for roi, column in drawn],
            )
            self._nodes.set_ranges(
                "case", (0.4, len(FEATURE_NAMES) + 0.6), (0.0, top * (1 + _MARGIN + _LEGEND))
            )

    def remove(self) -> None:
        """Remove every node of the plots from the scene."""
        self._nodes.remove()

    def _rows(
        self, predictions: Sequence[Prediction]
    ) -> Mapping[tuple[str, str, str], Mapping[str, Prediction]]:
        """Return the predictions by model, ROI and feature, sorted once a sequence."""
        if self._predictions is not predictions:
            self._by_target = {}
            for row in preferring_out_of_fold(predictions):
                rows = self._by_target.setdefault((row.model, row.roi, row.feature), {})
                rows[row.patient_id] = row
            self._predictions = predictions
        return self._by_target

    def _equality(self, name: str, low: float, high: float) -> Series:
        columns = {"measured": [low, high], "predicted": [low, high]}
        table = self._nodes.table("feature.equality", f"{name}: equality", columns, hidden=True)
        return Series(
            role="feature.equality",
            legend="Predicted = measured",
            table=table,
            x="measured",
            y="predicted",
            colour=_BLACK,
            drawn="line",
            dashed=True,
            width=1.0,
        )

    def _cohort(
        self, name: str, unit: str, rows: Sequence[Prediction]
    ) -> tuple[list[Series], list[float]]:
        """Return the series of the cohort, and its values in the unit that is shown."""
        pairs = [(row, row.measured) for row in rows if row.measured is not None]
        measured = [in_shown_unit(value, unit) for _, value in pairs]
        predicted = [in_shown_unit(row.predicted, unit) for row, _ in pairs]
        columns: dict[str, Column] = {
            "patient_id": [row.patient_id for row, _ in pairs],
            "measured": measured,
            "predicted": predicted,
        }
        table = self._nodes.table("feature.cohort", f"{name}: cohort", columns)
        if not pairs:
            return [], []
        left_out = len(rows) - len(pairs)
        legend = f"Cohort, {len(pairs)} patient" + ("" if len(pairs) == 1 else "s")
        if left_out:
            legend += f" ({left_out} more without a measured value)"
        series = Series(
            role="feature.cohort",
            legend=legend,
            table=table,
            x="measured",
            y="predicted",
            colour=_GREY,
            label="patient_id",
        )
        return [series], [*measured, *predicted]

    def _marked(
        self, name: str, unit: str, case: Prediction, measured_now: float
    ) -> tuple[list[Series], list[float]]:
        """Return the series of this case, its interval below its point, and its values."""
        x = in_shown_unit(measured_now, unit)
        predicted, lower, upper = (
            in_shown_unit(value, unit) for value in (case.predicted, case.lower, case.upper)
        )
        # Two rows: the ends of the interval, and the point twice.
        columns: dict[str, Column] = {
            "patient_id": [case.patient_id] * 2,
            "measured": [x, x],
            "predicted": [predicted, predicted],
            "interval": [lower, upper],
        }
        table = self._nodes.table("feature.case", f"{name}: this case", columns, hidden=True)
        colour = ROI_COLOURS.get(case.roi, _BLACK)
        interval = Series(
            role="feature.interval",
            legend="Its interval",
            table=table,
            x="measured",
            y="interval",
            colour=colour,
            drawn="line",
            width=3.0,
        )
        point = Series(
            role="feature.case",
            legend=f"{case.patient_id}, {_KIND_WORDS[case.kind]}",
            table=table,
            x="measured",
            y="predicted",
            colour=colour,
            label="patient_id",
            marker="Diamond",
            size=14.0,
        )
        return [interval, point], [x, predicted, lower, upper]


def _case_columns(
    targets: Mapping[str, Rows], patient_id: str, measured_now: Features, aside: float
) -> dict[str, Column]:
    """Return the columns of one ROI: three rows a feature, the third of which breaks the line."""
    x: list[float] = []
    measured: list[float] = []
    predicted: list[float] = []
    interval: list[float] = []
    told: list[str] = []
    for number, feature in enumerate(FEATURE_NAMES, start=1):
        rows = targets[feature]
        largest = max((row.measured or 0.0 for row in rows.values()), default=0.0)
        own = rows.get(patient_id)
        value = measured_now.get(feature)
        if largest <= 0:
            own, value = None, None
        told += [_told(feature, own, value)] * 3
        x += [number + aside, number + aside, math.nan]
        measured += [math.nan if value is None else value / largest, math.nan, math.nan]
        if own is None:
            predicted += [math.nan] * 3
            interval += [math.nan] * 3
        else:
            predicted += [own.predicted / largest, math.nan, math.nan]
            interval += [own.lower / largest, own.upper / largest, math.nan]
    return {
        "values": told,
        "position": x,
        "measured": measured,
        "predicted": predicted,
        "interval": interval,
    }


def _case_series(table: Any, roi: str, column: str) -> Series:
    colour = ROI_COLOURS[roi]
    pale = (0.5 + colour[0] / 2, 0.5 + colour[1] / 2, 0.5 + colour[2] / 2)
    return Series(
        role=f"case.{roi}.{column}",
        legend=f"{roi.capitalize()}, {column}",
        table=table,
        x=f"{roi} position",
        y=f"{roi} {column}",
        colour=pale if column == "interval" else colour,
        drawn="line" if column == "interval" else "points",
        label=f"{roi} values",
        marker="Circle" if column == "measured" else "Diamond",
        size=9.0 if column == "measured" else 12.0,
        width=5.0,
    )


def _told(feature: str, own: Prediction | None, measured: float | None) -> str:
    """Return what the mouse is told: the values of a feature in the unit for people."""
    if own is None:
        return feature_label(feature)
    unit = shown_unit(own.unit)

    def text(value: float | None) -> str:
        return significant(None if value is None else in_shown_unit(value, own.unit))

    return (
        f"{feature_label(feature)}: measured {text(measured)}, predicted {text(own.predicted)} "
        f"({text(own.lower)} to {text(own.upper)}) {unit}"
    ).rstrip()


def _numbered_features() -> str:
    """Return the features with their places on the axis, which can itself hold only numbers."""
    labels = [
        f"{number} {feature_label(feature).lower()}"
        for number, feature in enumerate(FEATURE_NAMES, start=1)
    ]
    half = (len(labels) + 1) // 2
    return " · ".join(labels[:half]) + "\n" + " · ".join(labels[half:])


def _kinds(rows: Iterable[Prediction]) -> str:
    kinds = {row.kind for row in rows}
    return " and ".join(words for kind, words in _KIND_WORDS.items() if kind in kinds)
