"""Segment Statistics gives the values that the command line gives, with codes that hold."""

import importlib
import logging
import sys
import types
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("slicer", reason="slicer-core is not installed in this environment")

import slicer
import vtk

from radiogenomics.shape import FEATURE_NAMES, shape_features

MODULE = Path(__file__).resolve().parents[2] / "RadiogenomicsExtension" / "Radiogenomics"
SPACING = (0.9, 0.9, 2.5)


class PluginBase:
    """What Segment Statistics' base class has, without the checkboxes."""

    def __init__(self):
        self.name, self.title, self.keys, self.defaultKeys = "", "", [], []
        self.parameterNode = None

    @staticmethod
    def createCodedEntry(codeValue, codingScheme, codeMeaning, returnAsString=False):
        entry = slicer.vtkCodedEntry()
        entry.SetValueSchemeMeaning(codeValue, codingScheme, codeMeaning)
        return entry.GetAsString() if returnAsString else entry

    @staticmethod
    def createMeasurementInfo(
        name,
        title,
        description,
        units,
        quantityDicomCode=None,
        unitsDicomCode=None,
        measurementMethodDicomCode=None,
        derivationDicomCode=None,
    ):
        info = {"name": name, "title": title, "description": description, "units": units}
        codes = {
            "Quantity": quantityDicomCode,
            "Units": unitsDicomCode,
            "MeasurementMethod": measurementMethodDicomCode,
            "Derivation": derivationDicomCode,
        }
        return info | {f"DICOM.{which}Code": code for which, code in codes.items() if code}

    def toLongKey(self, key):
        return f"{type(self).__name__}.{key}"

    def setDefaultParameters(self, parameterNode):
        for key in self.keys:
            parameterNode.SetParameter(
                self.toLongKey(key) + ".enabled", str(key in self.defaultKeys)
            )

    def setParameterNode(self, parameterNode):
        self.parameterNode = parameterNode
        self.setDefaultParameters(parameterNode)

    def getParameterNode(self):
        return self.parameterNode

    def getRequestedKeys(self):
        return [
            key
            for key in self.keys
            if self.parameterNode.GetParameter(self.toLongKey(key) + ".enabled") == "True"
        ]


class Logic:
    """The registry of Segment Statistics' logic."""

    registeredPlugins: list[type] = []  # noqa: RUF012  (as it is there)

    @staticmethod
    def registerPlugin(plugin):
        assert isinstance(plugin, PluginBase)
        if type(plugin) in Logic.registeredPlugins:
            logging.warning("registered already")
        else:
            Logic.registeredPlugins.append(type(plugin))


@pytest.fixture
def plugins(monkeypatch):
    """The module under test, imported anew, with Segment Statistics' modules stood in for."""
    i18n = types.ModuleType("slicer.i18n")
    i18n.tr = str.__str__
    for name, attributes in {
        "SegmentStatisticsPlugins": {"SegmentStatisticsPluginBase": PluginBase},
        "SegmentStatistics": {"SegmentStatisticsLogic": Logic},
    }.items():
        module = types.ModuleType(name)
        vars(module).update(attributes)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "slicer.i18n", i18n)
    monkeypatch.setattr(Logic, "registeredPlugins", [])
    monkeypatch.syspath_prepend(str(MODULE))
    yield importlib.import_module("RadiogenomicsLib.SegmentStatisticsPlugin")
    for name in [name for name in sys.modules if name.split(".")[0] == "RadiogenomicsLib"]:
        del sys.modules[name]


@pytest.fixture
def scene():
    scene = slicer.vtkMRMLScene()
    logic = slicer.vtkSlicerSegmentationsModuleLogic()
    logic.SetMRMLScene(scene)
    yield scene
    scene.Clear(True)


@pytest.fixture
def segmentation(scene):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "segmentation")
    node.CreateDefaultDisplayNodes()
    return node


def add_segment(node, mask):
    """Add a segment of an oblique grid; return its id."""
    from vtk.util.numpy_support import numpy_to_vtk

    segment_id = node.GetSegmentation().AddEmptySegment()
    if mask is not None:
        image = slicer.vtkOrientedImageData()
        image.SetDimensions(*mask.shape[::-1])
        image.SetSpacing(SPACING)
        image.SetOrigin(10.0, -4.0, 3.0)
        image.SetDirections([[-0.8, 0.6, 0.0], [-0.6, -0.8, 0.0], [0.0, 0.0, 1.0]])
        image.GetPointData().SetScalars(numpy_to_vtk(mask.astype(np.uint8).ravel(), deep=True))
        slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(image, node, segment_id)
    return segment_id


@pytest.fixture
def mask(rng):
    """A rough body and a speck apart from it."""
    z, y, x = np.ogrid[:14, :30, :34]
    inside = ((x - 16) / 13) ** 2 + ((y - 14) / 9) ** 2 + ((z - 6) / 5) ** 2 < 1
    inside &= rng.random(inside.shape) > 0.05
    inside[12, 27:29, 31] = True
    return inside


@pytest.fixture
def plugin(plugins, scene, segmentation):
    plugin = plugins.RadiogenomicsSegmentStatisticsPlugin()
    parameters = scene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")
    parameters.SetParameter("Segmentation", segmentation.GetID())
    plugin.setParameterNode(parameters)
    return plugin


def test_values_are_those_of_the_shape_package_bit_for_bit(plugin, segmentation, mask):
    statistics = plugin.computeStatistics(add_segment(segmentation, mask))
    assert statistics == shape_features(mask, SPACING)
    assert list(statistics) == list(FEATURE_NAMES)
    # What is no float ends up as text in the table of Segment Statistics.
    assert {type(value) for value in statistics.values()} == {float}


def test_only_what_was_asked_for_is_given(plugin, segmentation, mask):
    parameters = plugin.getParameterNode()
    for key in plugin.keys:
        asked = str(key in ("sphericity", "volume"))
        parameters.SetParameter(plugin.toLongKey(key) + ".enabled", asked)
    segment_id = add_segment(segmentation, mask)
    assert set(plugin.computeStatistics(segment_id)) == {"sphericity", "volume"}
    for key in ("sphericity", "volume"):
        parameters.SetParameter(plugin.toLongKey(key) + ".enabled", "False")
    assert plugin.computeStatistics(segment_id) == {}


@pytest.mark.parametrize("painted", [None, np.zeros((3, 4, 5), dtype=bool)])
def test_an_empty_segment_has_a_volume_of_zero_and_nothing_else(plugin, segmentation, painted):
    assert plugin.computeStatistics(add_segment(segmentation, painted)) == {"volume": 0.0}


def test_what_cannot_be_measured_is_told_in_the_log(plugin, scene, segmentation, mask, caplog):
    segment_id = add_segment(segmentation, mask)
    grid = scene.AddNewNodeByClass("vtkMRMLTransformNode", "bent")
    grid.SetAndObserveTransformToParent(vtk.vtkThinPlateSplineTransform())
    segmentation.SetAndObserveTransformNodeID(grid.GetID())
    assert plugin.computeStatistics(segment_id) == {}
    assert "not linear" in caplog.text


def test_a_hardened_linear_transform_leaves_the_values(plugin, scene, segmentation, mask):
    """Segment Statistics measures such a copy of a segmentation that lies under a transform."""
    segment_id = add_segment(segmentation, mask)
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    turn = vtk.vtkTransform()
    turn.RotateWXYZ(35, 1, 2, 3)
    turn.Translate(5, -3, 8)
    transform.SetMatrixTransformToParent(turn.GetMatrix())
    segmentation.SetAndObserveTransformNodeID(transform.GetID())
    assert segmentation.HardenTransform()
    assert plugin.computeStatistics(segment_id) == pytest.approx(
        shape_features(mask, SPACING), rel=1e-9
    )


def codes(info):
    for name in ("Quantity", "Units", "MeasurementMethod", "Derivation"):
        if f"DICOM.{name}Code" in info:
            entry = slicer.vtkCodedEntry()
            assert entry.SetFromString(info[f"DICOM.{name}Code"])
            yield name, entry


def test_every_feature_has_words_and_codes_that_fit_into_dicom(plugin):
    for key in plugin.keys:
        assert "." not in key
        info = plugin.getMeasurementInfo(key)
        assert info["description"]
        entries = dict(codes(info))
        assert {"Quantity", "Units"} <= set(entries)
        assert entries["Units"].GetCodingSchemeDesignator() == "UCUM"
        for entry in entries.values():
            assert 0 < len(entry.GetCodeValue()) <= 16
            assert 0 < len(entry.GetCodingSchemeDesignator()) <= 16
            assert 0 < len(entry.GetCodeMeaning()) <= 64
    names = [plugin.getMeasurementInfo(key)["name"] for key in plugin.keys]
    assert len(set(names)) == len(names)
    assert plugin.getMeasurementInfo("roundness") is None


def test_a_private_code_means_one_thing(plugin):
    meanings = {}
    for key in plugin.keys:
        for _, entry in codes(plugin.getMeasurementInfo(key)):
            code = (entry.GetCodingSchemeDesignator(), entry.GetCodeValue())
            assert meanings.setdefault(code, entry.GetCodeMeaning()) == entry.GetCodeMeaning()


def test_no_code_of_another_definition_is_claimed(plugin):
    schemes = {
        key: dict(codes(plugin.getMeasurementInfo(key)))["Quantity"].GetCodingSchemeDesignator()
        for key in plugin.keys
    }
    standard = {key for key, scheme in schemes.items() if scheme != "99RADIOGENOMICS"}
    assert standard == {"volume", "max_diameter", "major_axis", "minor_axis"}
    # A word as general as Diameter says little without the method.
    for key in standard:
        assert "DICOM.MeasurementMethodCode" in plugin.getMeasurementInfo(key)


def test_registering_again_after_a_reload_replaces_the_old_class(plugins, caplog):
    plugins.registerPlugin()
    plugins.registerPlugin()
    old = plugins.RadiogenomicsSegmentStatisticsPlugin
    assert Logic.registeredPlugins == [old]
    reloaded = importlib.reload(plugins)
    reloaded.registerPlugin()
    assert Logic.registeredPlugins == [reloaded.RadiogenomicsSegmentStatisticsPlugin]
    assert Logic.registeredPlugins != [old]
    assert caplog.text == ""
