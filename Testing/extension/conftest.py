"""What the tests of the extension share: a Slicer that is imitated (see the package pythonqt)."""

import importlib.util
import os
import sys
import types
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve().parent
_MODULE = _HERE.parents[1] / "RadiogenomicsExtension" / "Radiogenomics"
_OURS = ("RadiogenomicsLib", "radiogenomics")
_NEEDED = ("slicer", "PySide6", "shiboken6", "vtk")
_HAS_LAYER = all(importlib.util.find_spec(name) is not None for name in _NEEDED)
# Without slicer-core and PySide6 only the static checks can run.
collect_ignore_glob = [] if _HAS_LAYER else ["test_panel*.py", "test_pythonqt*.py"]
if str(_HERE) not in sys.path:
    sys.path.append(str(_HERE))


@pytest.fixture(scope="module")  # other tests see slicer-core as it is
def _installation(tmp_path_factory):
    from pythonqt import api

    if not api.available():
        pytest.skip(f"the list of Slicer's names is not there ({api.API_FILE.name})")
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6 import QtCore, QtWidgets
    from pythonqt.world import Installation

    application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["Slicer"])
    application.setApplicationName("Slicer")
    application.setOrganizationName("radiogenomics-tests")
    application.setQuitOnLastWindowClosed(False)
    settings = QtCore.QSettings
    settings.setDefaultFormat(settings.IniFormat)
    for scope in (settings.UserScope, settings.SystemScope):
        settings.setPath(settings.IniFormat, scope, str(tmp_path_factory.mktemp("settings")))
    installation = Installation()
    yield installation
    installation.remove()


@pytest.fixture(autouse=True)
def _swallowedExceptions(monkeypatch):
    """Fail on what Qt's slots and timers and VTK's observers swallow."""
    caught = []
    monkeypatch.setattr(sys, "excepthook", lambda *exception: caught.append(exception))
    yield caught
    if caught:
        raise caught[0][1]


@pytest.fixture
def expectedExceptions(_swallowedExceptions):
    """Give and forget the exceptions caught so far, for a test that expects some."""

    def take():
        taken = [exception[1] for exception in _swallowedExceptions]
        _swallowedExceptions.clear()
        return taken

    return take


@pytest.fixture
def slicerApplication(_installation, _swallowedExceptions):
    """A fresh Slicer without a screen: scene, application, main window, no dialogs, no timers."""
    from PySide6 import QtCore
    from pythonqt.world import World

    world = World()
    QtCore.QSettings().clear()
    yield world
    world.end()


class OtherModules:
    """What the module asks of Sample Data and Segment Statistics, which are not imitated."""

    def __init__(self):
        self.sources = {}
        self.plugins = []
        logic = types.SimpleNamespace(
            registerCustomSampleDataSource=self.addSample,
            registeredPlugins=self.plugins,
            registerPlugin=lambda plugin: self.plugins.append(type(plugin)),
        )
        self.modules = {
            "SampleData": types.SimpleNamespace(SampleDataLogic=logic),
            "SegmentStatistics": types.SimpleNamespace(SegmentStatisticsLogic=logic),
            "SegmentStatisticsPlugins": types.SimpleNamespace(SegmentStatisticsPluginBase=object),
        }

    def addSample(
        self, category, sampleName, uris, nodeNames, fileNames, thumbnailFileName, customDownloader
    ):
        assert len([uris]) == len([nodeNames]) == len([fileNames])
        assert Path(thumbnailFileName).is_file()
        # Slicer tells entries apart by all that was given, so another function is another entry.
        source = types.SimpleNamespace(sampleName=sampleName, customDownloader=customDownloader)
        if source not in self.sources.setdefault(category, []):
            self.sources[category].append(source)


@pytest.fixture
def others(monkeypatch):
    others = OtherModules()
    for name, module in others.modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return others


@pytest.fixture
def module(slicerApplication, others):
    before = {name: loaded for name, loaded in sys.modules.items() if name.split(".")[0] in _OURS}
    import slicer

    slicer.modules.sampleDataSources = others.sources
    loaded = slicerApplication.loadModule(_MODULE / "Radiogenomics.py")
    slicerApplication.completeStartup()
    yield loaded
    for name in [name for name in sys.modules if name.split(".")[0] in _OURS]:
        del sys.modules[name]
    # Other tests hold classes of the package, which a reload has made anew.
    sys.modules.update(before)
    sys.modules.pop("Radiogenomics", None)


@pytest.fixture
def panel(module, slicerApplication):  # noqa: ARG001
    import slicer

    slicer.util.selectModule("Radiogenomics")
    slicerApplication.processEvents()
    widget = slicer.modules.RadiogenomicsWidget
    widget.panel.widget.resize(430, 2400)
    yield widget.panel
    widget.cleanup()


@pytest.fixture
def folder(tmp_path):
    """A study of three phantoms with images, no segmentation yet."""
    import SimpleITK as sitk

    from radiogenomics.phantom import phantom_case
    from radiogenomics.study import Role, Study

    study = Study.create(
        tmp_path / "study",
        name="Phantoms",
        labels="brats",
        raters={"Eva Nová": Role.READER, "Jan Malý": Role.REVIEWER},
    )
    for number in (1, 2, 3):
        phantom = phantom_case(4, 3.0)
        case = study.add_case(f"PHANTOM-{number}")
        for name in ("t1c", "flair"):
            image = sitk.GetImageFromArray(phantom.images[name])
            image.SetSpacing(phantom.spacing)
            image.SetOrigin(phantom.origin)
            case.add_image(name, lambda path, image=image: sitk.WriteImage(image, str(path)), {})
    return study.root


@pytest.fixture
def working(panel, folder, slicerApplication):
    """The panel with a study open and a reader signed in."""
    panel.study.openStudy(str(folder))
    panel.rater.signIn("Eva Nová", "reader")
    slicerApplication.processEvents()
    assert slicerApplication.dialogs == []
    return panel
