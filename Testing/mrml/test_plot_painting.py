"""What the plots hold can be painted: VTK tells by an error what it cannot draw."""

import numpy as np
import pytest
import vtk

from radiogenomics.mrml.plots import CohortPlots
from radiogenomics.shape import FEATURE_NAMES

from .made_up_predictions import CASE, made_up_predictions
from .painting import can_paint


def paint(node):
    """Paint a chart as a plot view does; return the bounds of what each series holds."""
    view = vtk.vtkContextView()
    view.GetRenderWindow().SetOffScreenRendering(True)
    chart = vtk.vtkChartXY()
    view.GetScene().AddItem(chart)
    for index in range(node.GetNumberOfPlotSeriesNodes()):
        one = node.GetNthPlotSeriesNode(index)
        plot = vtk.vtkPlotLine()
        table = one.GetTableNode().GetTable()
        plot.SetInputData(table, one.GetXColumnName(), one.GetYColumnName())
        plot.SetIndexedLabels(table.GetColumnByName(one.GetLabelColumnName()))
        chart.AddPlot(plot)
    view.GetRenderWindow().Render()
    found = []
    for index in range(chart.GetNumberOfPlots()):
        bounds = [0.0] * 4
        chart.GetPlot(index).GetBounds(bounds)
        found.append(bounds)
    return found


@pytest.mark.skipif(not can_paint(), reason="VTK cannot paint on this machine")
def test_the_charts_are_painted_without_an_error(scene, rng, capfd):
    plots, predictions = CohortPlots(scene), made_up_predictions(rng)
    two = [row for row in predictions if row.patient_id in (CASE, "TCGA-02-0001")]
    plots.show_feature(two, "edema", "volume", CASE, 31500.0)
    plots.show_case(predictions, CASE, {"edema": dict.fromkeys(FEATURE_NAMES)})
    for node in (plots.feature_chart, plots.case_chart):
        assert np.isfinite(paint(node)).all()
    assert "ERR" not in capfd.readouterr().err
