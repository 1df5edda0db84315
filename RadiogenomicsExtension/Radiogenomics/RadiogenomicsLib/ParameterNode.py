"""What the panel keeps in the scene, so that a saved scene opens as it was left."""

from slicer import vtkMRMLSegmentationNode
from slicer.parameterNodeWrapper import parameterNodeWrapper


@parameterNodeWrapper
class RadiogenomicsParameterNode:
    """The panel's choices.

    Attributes
    ----------
    segmentation
        Measured without a study.
    drawMeasured
        Whether the selected feature is drawn in the views.
    exportWide
        Whether tables are exported with one row a region.
    """

    segmentation: vtkMRMLSegmentationNode
    drawMeasured: bool = True
    exportWide: bool = False
