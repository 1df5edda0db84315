"""The tables, series and charts behind the plots, each made once and found again. slicer, vtk."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import slicer
import vtk

Colour = tuple[float, float, float]
Column = Sequence[float | str]

ATTRIBUTE = "Radiogenomics.plot"
"""Attribute by which the nodes are known, also in a scene that was saved and opened."""


@dataclass(frozen=True)
class Series:
    """One series of a chart.

    Attributes
    ----------
    role
        What it is, the same for every case and feature.
    legend
        Its name in the legend.
    table, x, y, label
        A ``vtkMRMLTableNode``, and the columns for the axes and for what the mouse is told.
    colour
        Of its line and points.
    drawn
        As separate points, or as a line that breaks where a value is NaN.
    marker, size
        Shape and diameter in pixels of points.
    dashed, width
        How a line is drawn, with its width in pixels.
    """

    role: str
    legend: str
    table: Any
    x: str
    y: str
    colour: Colour
    drawn: Literal["points", "line"] = "points"
    label: str = ""
    marker: Literal["Circle", "Diamond", "Square"] = "Circle"
    size: float = 7.0
    dashed: bool = False
    width: float = 2.0


class PlotNodes:
    """Keeps the nodes of the plots in one scene; what is missing there is made.

    Parameters
    ----------
    scene
        The MRML scene.
    """

    def __init__(self, scene: slicer.vtkMRMLScene) -> None:
        self._scene = scene
        self._known: dict[str, Any] = {}
        self._ranges: dict[str, tuple[float, float]] = {}

    def find(self, role: str, class_name: str) -> Any:
        """Return the node of a role, or None where the scene has none."""
        key = f"{class_name} {role}"
        node = self._known.get(key)
        if node is None or not self._scene.IsNodePresent(node):
            self._known.pop(key, None)
            for index in range(self._scene.GetNumberOfNodesByClass(class_name)):
                candidate = self._scene.GetNthNodeByClass(index, class_name)
                if candidate.GetAttribute(ATTRIBUTE) == role:
                    self._known[key] = candidate
                    return candidate
            return None
        return node

    @contextmanager
    def one_event(self, role: str) -> Iterator[None]:
        """Let a chart tell its view once of all that changes inside: each time, it draws anew."""
        node = self.find(role, "vtkMRMLPlotChartNode")
        if node is None:
            yield
            return
        changing = node.StartModify()
        try:
            yield
        finally:
            node.EndModify(changing)

    def table(
        self, role: str, name: str, columns: Mapping[str, Column], *, hidden: bool = False
    ) -> Any:
        """Return the table of a role, with these columns; equal ones fire no event.

        A single row is written twice: VTK prints an error each time it paints a series of one.

        Parameters
        ----------
        role, name
            What it is, and its name in the scene.
        columns
            Name and values of each column, all of one length, numbers or all text.
        hidden
            Whether to leave it out of the lists that people choose from.
        """
        node = self._node(role, "vtkMRMLTableNode", hidden=hidden)
        _rename(node, name)
        columns = {
            column: [*values, *values] if len(values) == 1 else values
            for column, values in columns.items()
        }
        table = node.GetTable()
        names = [table.GetColumnName(index) for index in range(table.GetNumberOfColumns())]
        n_rows = len(next(iter(columns.values())))
        if names == list(columns) and table.GetNumberOfRows() == n_rows:
            changed = [_fill(table.GetColumnByName(key), new) for key, new in columns.items()]
            if any(changed):
                table.Modified()
        else:
            fresh = vtk.vtkTable()
            for column, values in columns.items():
                text = bool(values) and isinstance(values[0], str)
                array = vtk.vtkStringArray() if text else vtk.vtkDoubleArray()
                array.SetName(column)
                array.SetNumberOfValues(n_rows)
                _fill(array, values)
                fresh.AddColumn(array)
            node.SetAndObserveTable(fresh)
        return node

    def chart(
        self, role: str, name: str, *, title: str, x_title: str, y_title: str, series: list[Series]
    ) -> Any:
        """Return the chart of a role, with these titles and exactly these series in their order."""
        node = self._node(role, "vtkMRMLPlotChartNode")
        changing = node.StartModify()
        _rename(node, name)
        node.SetTitle(title)
        node.SetXAxisTitle(x_title)
        node.SetYAxisTitle(y_title)
        node.SetTitleFontSize(16)
        node.SetAxisTitleFontSize(13)
        node.SetLegendFontSize(12)
        wanted = [self._series(one).GetID() for one in series]
        held = [node.GetNthPlotSeriesNodeID(i) for i in range(node.GetNumberOfPlotSeriesNodes())]
        if held != wanted:
            node.RemoveAllPlotSeriesNodeIDs()
            for series_id in wanted:
                node.AddAndObservePlotSeriesNodeID(series_id)
        node.EndModify(changing)
        return node

    def set_ranges(
        self, role: str, x: tuple[float, float], y: tuple[float, float] | None = None
    ) -> None:
        """Set what the axes of a chart cover; the same again leaves what the user zoomed to."""
        node = self.find(role, "vtkMRMLPlotChartNode")
        for axis, limits in (("X", x), ("Y", y)):
            key = f"{node.GetID()} {axis}"
            if limits is None or self._ranges.get(key) == limits:
                continue
            self._ranges[key] = limits
            getattr(node, f"Set{axis}AxisRangeAuto")(False)
            getattr(node, f"Set{axis}AxisRange")(*limits)

    def remove(self) -> None:
        """Remove the nodes of every role from the scene."""
        for class_name in ("vtkMRMLPlotChartNode", "vtkMRMLPlotSeriesNode", "vtkMRMLTableNode"):
            nodes = [
                self._scene.GetNthNodeByClass(index, class_name)
                for index in range(self._scene.GetNumberOfNodesByClass(class_name))
            ]
            for node in nodes:
                if node.GetAttribute(ATTRIBUTE) is not None:
                    self._scene.RemoveNode(node)
        self._known.clear()
        self._ranges.clear()

    def _series(self, look: Series) -> Any:
        node = self._node(look.role, "vtkMRMLPlotSeriesNode")
        changing = node.StartModify()
        _rename(node, look.legend)
        if node.GetTableNode() is not look.table:
            node.SetAndObserveTableNodeID(look.table.GetID())
        node.SetPlotType(node.PlotTypeScatter)
        node.SetXColumnName(look.x)
        node.SetYColumnName(look.y)
        node.SetLabelColumnName(look.label)
        node.SetColor(*look.colour)
        node.SetLineWidth(look.width)
        node.SetMarkerSize(look.size)
        if look.drawn == "points":
            node.SetLineStyle(node.LineStyleNone)
            node.SetMarkerStyle(getattr(node, f"MarkerStyle{look.marker}"))
        else:
            node.SetLineStyle(node.LineStyleDash if look.dashed else node.LineStyleSolid)
            node.SetMarkerStyle(node.MarkerStyleNone)
        node.EndModify(changing)
        return node

    def _node(self, role: str, class_name: str, *, hidden: bool = False) -> Any:
        node = self.find(role, class_name)
        if node is None:
            node = self._scene.CreateNodeByClass(class_name)
            node.UnRegister(None)
            node.SetAttribute(ATTRIBUTE, role)
            node.SetHideFromEditors(hidden)
            self._scene.AddNode(node)
            self._known[f"{class_name} {role}"] = node
        return node


def _fill(array: Any, values: Column) -> bool:
    """Write values into a column of that length; tell whether any differs."""
    changed = False
    for index, value in enumerate(values):
        held = array.GetValue(index)
        # NaN differs from itself, but writing it again changes nothing.
        if held != value and str(held) != str(value):
            array.SetValue(index, value)
            changed = True
    if changed:
        array.Modified()
    return changed


def _rename(node: Any, name: str) -> None:
    if node.GetName() != name:
        node.SetName(name)
