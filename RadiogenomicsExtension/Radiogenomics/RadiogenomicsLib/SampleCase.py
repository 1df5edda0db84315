"""A phantom patient in Sample Data, generated on this computer: nothing is downloaded."""

from pathlib import Path

import slicer
from slicer.i18n import tr as _

from RadiogenomicsLib import Views

NAME = "RadiogenomicsPhantom"
_CATEGORY = "Radiogenomics"
# Of the first seeds the one with the clearest rim, necrosis and edema.
_SEED = 4


def register():
    """Offer the phantom in the Sample Data module, once, in a category of its own."""
    # A module of the application, there once it has started.
    from SampleData import SampleDataLogic  # noqa: PLC0415

    registered = getattr(slicer.modules, "sampleDataSources", {}).get(_CATEGORY, [])
    # Sample Data compares functions too, and would list the phantom again after a reload.
    registered[:] = [source for source in registered if source.sampleName != NAME]
    icon = Path(__file__).resolve().parent.parent / "Resources" / "Icons" / "Radiogenomics.png"
    SampleDataLogic.registerCustomSampleDataSource(
        category=_CATEGORY,
        sampleName=NAME,
        # Sample Data asks for an address, also of what is made here.
        uris="generated-locally",
        nodeNames=NAME,
        fileNames=NAME,
        thumbnailFileName=str(icon),
        customDownloader=_onDownload,
    )


def _onDownload(_source=None):
    return addPhantom()


def addPhantom(scene=None, seed=_SEED, spacing=1.0):
    """Add a phantom's images and its segmentation to the scene.

    Parameters
    ----------
    scene : vtkMRMLScene, optional
        The application's by default.
    seed : int
        Another seed is another patient.
    spacing : float
        Voxel size in mm.

    Returns
    -------
    list of vtkMRMLNode
        T1 with contrast, FLAIR and T2, and the segmentation last.
    """
    # Slow to load, and this file is read while the application starts.
    from radiogenomics.mrml.grids import LABELS, fill_segments  # noqa: PLC0415
    from radiogenomics.phantom import phantom_case  # noqa: PLC0415

    scene = slicer.mrmlScene if scene is None else scene
    case = phantom_case(seed, spacing)
    matrix = slicer.util.vtkMatrixFromArray(case.ijk_to_ras())
    nodes = []
    for name, array in case.images.items():
        volume = scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", f"{NAME} {name}")
        volume.SetIJKToRASMatrix(matrix)
        slicer.util.updateVolumeFromArray(volume, array)
        volume.CreateDefaultDisplayNodes()
        nodes.append(volume)
    segmentation = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", f"{NAME} segmentation")
    segmentation.CreateDefaultDisplayNodes()
    segmentation.SetReferenceImageGeometryParameterFromVolumeNode(nodes[0])
    labels = {roi: case.labels[roi] for roi in LABELS if roi in case.labels}
    fill_segments(segmentation, case.labelmap, labels)
    if scene is slicer.mrmlScene:
        Views.showCase(nodes[0])
    slicer.util.showStatusMessage(_("The phantom patient is ready."), 3000)
    return [*nodes, segmentation]
