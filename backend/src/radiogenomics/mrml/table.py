"""The table node of the live features, as people read it. slicer, vtk."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import vtk

from radiogenomics.mrml.comparison import ComparedFeature
from radiogenomics.shape.wording import feature_label, in_shown_unit, shown_unit, significant

ATTRIBUTE = "Radiogenomics.FeatureTable"
"""Marks the table node, so that it is found again in a scene that was saved."""

COLUMNS = (
    "Region",
    "Feature",
    "Measured",
    "Unit",
    "Predicted",
    "Outside",
    "Interval",
    "Percentile",
    "Difference",
    "Difference %",
)
OUTSIDE = "●"
"""The mark where the measured value lies outside the interval of the prediction."""


class FeatureTable:
    """Writes features into one ``vtkMRMLTableNode`` of a scene, which is saved with it.

    Cells are texts of four significant digits in the units that people read, empty where there is
    no value; files with every digit come from the export.
    """

    def __init__(self, scene: Any) -> None:
        self._scene = scene
        self._node: Any = None

    @property
    def node(self) -> Any:
        """The table node; made anew where the scene was closed or the node removed."""
        if self._node is None or not self._scene.IsNodePresent(self._node):
            self._node = self._find() or self._make()
        return self._node

    def show(self, features: Iterable[ComparedFeature]) -> None:
        """Write one row a feature, in the order given; only cells that differ are touched."""
        rows = [table_cells(one) for one in features]
        table = self.node.GetTable()
        was = self.node.StartModify()
        try:
            for column in range(len(COLUMNS)):
                cells = table.GetColumn(column)
                if cells.GetNumberOfValues() != len(rows):
                    cells.SetNumberOfValues(len(rows))
                for row, texts in enumerate(rows):
                    if cells.GetValue(row) != texts[column]:
                        cells.SetValue(row, texts[column])
            table.Modified()
        finally:
            self.node.EndModify(was)

    def remove_others(self) -> None:
        """Take out feature tables that a loaded scene brought along: one follows the work."""
        kept = self.node
        count = self._scene.GetNumberOfNodesByClass("vtkMRMLTableNode")
        tables = [
            self._scene.GetNthNodeByClass(index, "vtkMRMLTableNode") for index in range(count)
        ]
        for node in tables:
            if node is not kept and node.GetAttribute(ATTRIBUTE):
                self._scene.RemoveNode(node)

    def remove(self) -> None:
        """Take the table out of the scene."""
        if self._node is not None and self._scene.IsNodePresent(self._node):
            self._scene.RemoveNode(self._node)
        self._node = None

    def _find(self) -> Any:
        for index in range(self._scene.GetNumberOfNodesByClass("vtkMRMLTableNode")):
            node = self._scene.GetNthNodeByClass(index, "vtkMRMLTableNode")
            if node.GetAttribute(ATTRIBUTE) and node.GetNumberOfColumns() == len(COLUMNS):
                return node
        return None

    def _make(self) -> Any:
        node = self._scene.AddNewNodeByClass("vtkMRMLTableNode", "Radiogenomics features")
        node.SetAttribute(ATTRIBUTE, "1")
        node.SetUseColumnTitleAsColumnHeader(True)
        for name in COLUMNS:
            column = vtk.vtkStringArray()
            column.SetName(name)
            node.AddColumn(column)
        node.SetLocked(True)
        return node


def table_cells(one: ComparedFeature) -> tuple[str, ...]:
    """Return the texts of one row, one for each of `COLUMNS`."""
    prediction = one.prediction
    interval = ""
    if prediction is not None:
        low, high = (in_shown_unit(end, one.unit) for end in (prediction.lower, prediction.upper))
        interval = f"{significant(low)} – {significant(high)}"
    return (
        one.roi.capitalize(),
        feature_label(one.feature),
        _number(one.measured, one.unit),
        shown_unit(one.unit),
        _number(None if prediction is None else prediction.predicted, one.unit),
        OUTSIDE if one.is_outside else "",
        interval,
        "" if one.percentile is None else f"{one.percentile:.0f}",
        _signed(one.difference, lambda value: significant(in_shown_unit(value, one.unit), 3)),
        _signed(one.percent, lambda value: f"{value:.1f}"),
    )


def _number(value: float | None, unit: str) -> str:
    return "" if value is None else significant(in_shown_unit(value, unit))


def _signed(value: float | None, write: Callable[[float], str]) -> str:
    if value is None:
        return ""
    text = write(abs(value))
    return f"−{text}" if value < 0 else f"+{text}"
