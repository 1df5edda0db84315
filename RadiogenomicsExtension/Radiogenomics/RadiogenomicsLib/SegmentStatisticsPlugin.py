"""The ten shape features in Slicer's Segment Statistics, with DICOM codes for what they are.

The measuring is that of the live panel and of the command line, so the values are the same ones.

About the codes. SNOMED CT and DCM codes are from DICOM PS3.16: context groups 7472 (Volume
Measurement), 7474 (General Volume Calculation Method), 7470 (Linear Measurement) and 3488 (the
derivation Maximum). Group 7477 (Global Shape Descriptor) also holds codes of the Image Biomarker
Standardisation Initiative, but those are of other definitions: surfaces and diameters of a mesh
(C0JK, L0JK), what follows from them (2PR5, QCFX, KRCK, SKGS, BQWJ), axes in 3D (TDIC, P9VJ).
Whoever finds such a code must be able to compare the value, so these features have other codes.
"""

import logging

from SegmentStatisticsPlugins import SegmentStatisticsPluginBase
from slicer.i18n import tr as _

from RadiogenomicsLib import Backend

Backend.ensureImportable()

from radiogenomics.errors import InputError  # noqa: E402
from radiogenomics.mrml.live import measure  # noqa: E402
from radiogenomics.mrml.segments import segment_grid  # noqa: E402
from radiogenomics.shape import FEATURE_NAMES, FEATURE_UNITS  # noqa: E402

SCHEME = "99RADIOGENOMICS"
"""Our coding scheme; DICOM keeps names that begin with 99 for private ones."""

# Value, scheme, meaning. DICOM allows 16 characters for a value and a scheme, 64 for a meaning.
UNIT_CODES = {
    "mm3": ("mm3", "UCUM", "cubic millimeter"),
    "mm2": ("mm2", "UCUM", "square millimeter"),
    "1/mm": ("/mm", "UCUM", "per millimeter"),
    "mm": ("mm", "UCUM", "millimeter"),
    "1": ("1", "UCUM", "no units"),
}
QUANTITY_CODES = {
    "volume": ("118565006", "SCT", "Volume"),
    "surface_area": (
        "surface_area",
        SCHEME,
        "Surface area by the Crofton formula in 13 directions",
    ),
    "surface_to_volume": ("surface_volume", SCHEME, "Crofton surface area by volume of voxels"),
    "sphericity": ("sphericity", SCHEME, "Sphericity of Crofton surface and volume of voxels"),
    "spherical_disproportion": ("disproportion", SCHEME, "Inverse of sphericity (Crofton surface)"),
    "max_diameter": ("81827009", "SCT", "Diameter"),
    "major_axis": ("131187009", "SCT", "Major Axis"),
    "minor_axis": ("131188004", "SCT", "Minor Axis"),
    "compactness_1": ("compactness_1", SCHEME, "Compactness 1 of Crofton surface"),
    "compactness_2": ("compactness_2", SCHEME, "Compactness 2 of Crofton surface"),
}
_ELLIPSE = ("slice_ellipse", SCHEME, "Ellipse of equal moments, longest among slice pieces")
METHOD_CODES = {
    "volume": ("126030", "DCM", "Sum of segmented voxel method for volume"),
    "max_diameter": ("voxel_centres", SCHEME, "Largest distance between two voxel centres"),
    "major_axis": _ELLIPSE,
    "minor_axis": _ELLIPSE,
}
DERIVATION_CODES = {"max_diameter": ("56851009", "SCT", "Maximum")}


class RadiogenomicsSegmentStatisticsPlugin(SegmentStatisticsPluginBase):
    """The shape features of each segment's largest connected piece.

    The class's name is part of the parameters that Segment Statistics saves with a scene.
    """

    def __init__(self):
        super().__init__()
        self.name = "Radiogenomics"
        self.title = _("Radiogenomics")
        self.keys = list(FEATURE_NAMES)
        self.defaultKeys = list(FEATURE_NAMES)

    def computeStatistics(self, segmentID):
        """Measure a segment.

        Returns
        -------
        dict
            The requested features by key, in the unit of `getMeasurementInfo`. An empty segment
            has a volume of 0 and nothing else. A segment that cannot be measured has nothing; why
            is in the log, and the other plugins go on.
        """
        requestedKeys = self.getRequestedKeys()
        if not requestedKeys:
            return {}
        parameterNode = self.getParameterNode()
        segmentationNode = parameterNode.GetScene().GetNodeByID(
            parameterNode.GetParameter("Segmentation")
        )
        try:
            features = measure(segment_grid(segmentationNode, segmentID)).features
        except InputError as error:
            logging.warning("Segment Statistics has no Radiogenomics features: %s", error)
            return {}
        return {key: features[key] for key in requestedKeys if features[key] is not None}

    def getMeasurementInfo(self, key):
        """Return name, description, unit and codes of a feature; None for another key."""
        if key not in FEATURE_UNITS:
            return None
        title, description = _words(key)
        unit = FEATURE_UNITS[key]
        return self.createMeasurementInfo(
            name=f"Radiogenomics {key}",
            title=title,
            description=description,
            units="" if unit == "1" else unit,
            quantityDicomCode=self._entry(QUANTITY_CODES[key]),
            unitsDicomCode=self._entry(UNIT_CODES[unit]),
            measurementMethodDicomCode=self._entry(METHOD_CODES.get(key)),
            derivationDicomCode=self._entry(DERIVATION_CODES.get(key)),
        )

    def _entry(self, code):
        return None if code is None else self.createCodedEntry(*code, True)


def registerPlugin():
    """Make Segment Statistics offer the features; a class from before a reload is replaced.

    To be called when all modules are loaded. A Segment Statistics panel that is open already offers
    them from its next reload on.
    """
    # It may not be loaded yet when this file is imported.
    from SegmentStatistics import SegmentStatisticsLogic  # noqa: PLC0415

    plugin = RadiogenomicsSegmentStatisticsPlugin
    # The registry would take a reloaded class for another plugin with the same parameters.
    SegmentStatisticsLogic.registeredPlugins[:] = [
        registered
        for registered in SegmentStatisticsLogic.registeredPlugins
        if registered.__name__ != plugin.__name__
    ]
    SegmentStatisticsLogic.registerPlugin(plugin())


def _words(key):
    """Return the title and the description of a feature, translated."""
    return {
        "volume": (_("Volume"), _("Voxels of the largest connected piece times their volume.")),
        "surface_area": (
            _("Surface area"),
            _(
                "Estimated by the Crofton formula in 13 directions (Legland, Kieu and Devaux "
                "2007); surfaces of meshes are larger by about a tenth."
            ),
        ),
        "surface_to_volume": (_("Surface to volume"), _("Surface area divided by volume.")),
        "sphericity": (
            _("Sphericity"),
            _(
                "Surface of a ball of equal volume, divided by the surface area. It can exceed 1 "
                "for fewer than about 200 voxels."
            ),
        ),
        "spherical_disproportion": (_("Spherical disproportion"), _("1 divided by sphericity.")),
        "max_diameter": (
            _("Max diameter"),
            _("Largest distance between the centres of two voxels."),
        ),
        "major_axis": (
            _("Major axis"),
            _(
                "Largest major axis among the ellipses with the second moments of the pieces of "
                "all slices. The slices are those of the segmentation's own grid."
            ),
        ),
        "minor_axis": (_("Minor axis"), _("Minor axis of the ellipse of the major axis.")),
        "compactness_1": (
            _("Compactness 1"),
            _("Volume divided by the root of pi times the cube of the surface area."),
        ),
        "compactness_2": (_("Compactness 2"), _("The cube of sphericity.")),
    }[key]
