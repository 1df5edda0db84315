"""What the tests of the extension share: a Slicer that is imitated (see the package pythonqt)."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

_HERE = Path(__file__).resolve().parent
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
