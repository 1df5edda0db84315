"""Putting the imitation in place: ``qt``, ``ctk``, the rest of ``slicer``, and a test's world."""

import gc
import importlib.util
import shutil
import sys
import tempfile
import threading
import time
import types
import weakref
from collections import deque
from pathlib import Path

import slicer
import slicer.util
import vtk
from PySide6 import QtCore, QtWidgets

from . import api, ctkwidgets, parameternode, scripted, uiloader  # noqa: F401  (they register)
from . import application as app
from .dialogs import DIALOGS, Shown
from .errors import NotInSlicer
from .proxy import CREATED, STATIC, Proxy, live, proxyClass, unwrap, wrap
from .segmenteditor import qMRMLSegmentEditorWidget  # noqa: F401

TIMERS: weakref.WeakSet = weakref.WeakSet()
PROCESSES: list = []
QT_WARNINGS: list[str] = []
_HARMLESS = ("propagateSizeHints",)
_HINTS = {
    "Signal": "there are no signals of one's own in PythonQt's way: keep a list of functions",
    "Slot": "every function is a slot",
    "Property": "use a Python property",
}
_MODULES = {
    "segmentations": "vtkSlicerSegmentationsModuleLogic",
    "markups": "vtkSlicerMarkupsLogic",
    "subjecthierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "tables": "vtkSlicerTablesLogic",
    "plots": "vtkSlicerPlotsLogic",
    "terminologies": "vtkSlicerTerminologiesModuleLogic",
    "colors": "vtkSlicerColorLogic",
    "volumes": "vtkSlicerVolumesLogic",
    "texts": "vtkSlicerTextsLogic",
    "models": "vtkSlicerModelsLogic",
}


class _ClassModule(types.ModuleType):
    """``qt`` and ``ctk``: only the classes of the list."""

    def __getattr__(self, name: str):
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _HINTS:
            raise NotInSlicer(f"{self.__name__}.{name} is PySide6's: {_HINTS[name]}")
        return proxyClass(f"{self.__name__}.{name}")


def _slicerAttribute(name: str):
    """What the module ``slicer`` gives for a name that slicer-core lacks."""
    if name.startswith(("q", "ctk")) and f"slicer.{name}" in api.raw()["classes"]:
        return proxyClass(f"slicer.{name}")
    raise NotInSlicer(f"module 'slicer' has no attribute {name!r}")


def _singleShot(milliseconds, function, *_):
    timer = proxyClass("qt.QTimer")(slicer.app.moduleManager())
    timer.setSingleShot(True)
    timer.connect("timeout()", function)
    timer.start(milliseconds)


def _setOverrideCursor(cursor) -> None:
    # PySide6 answers with a guard, which is none of Slicer's classes.
    QtWidgets.QApplication.setOverrideCursor(unwrap(cursor))


class Installation:
    """The imitation in ``sys.modules``; everything is put back by :meth:`remove`."""

    def __init__(self):
        self._modules = {}
        self._attributes = dict(vars(slicer))
        STATIC["qt.QTimer", "singleShot"] = _singleShot
        STATIC["qt.QApplication", "setOverrideCursor"] = _setOverrideCursor
        CREATED.append(_watchTimer)
        for name in ("qt", "ctk"):
            self._add(name, _ClassModule(name))
        self._add("slicer.i18n", _module("slicer.i18n", scripted, "tr translate getContext"))
        self._add(
            "slicer.parameterNodeWrapper",
            _module(
                "slicer.parameterNodeWrapper",
                parameternode,
                "parameterNodeWrapper isParameterNodeWrapper Default Choice WithinRange Minimum "
                "Maximum Validator",
            ),
        )
        self._add(
            "slicer.ScriptedLoadableModule",
            _module(
                "slicer.ScriptedLoadableModule",
                scripted,
                "ScriptedLoadableModule ScriptedLoadableModuleWidget ScriptedLoadableModuleLogic "
                "ScriptedLoadableModuleTest",
            ),
        )
        for name in set(vars(slicer)) - api.listed("slicer"):
            if not name.startswith("_"):
                delattr(slicer, name)
        slicer.util = sys.modules["slicer.util"]
        slicer.i18n = sys.modules["slicer.i18n"]
        slicer.parameterNodeWrapper = sys.modules["slicer.parameterNodeWrapper"]
        slicer.ScriptedLoadableModule = sys.modules["slicer.ScriptedLoadableModule"]
        slicer.__dict__["__getattr__"] = _slicerAttribute
        QtCore.qInstallMessageHandler(_hearQt)
        # What was loaded so far is here to stay; collecting garbage gets quick.
        gc.collect()
        gc.freeze()
        self._launch = slicer.util.launchConsoleProcess
        slicer.util.launchConsoleProcess = self._launchWatched

    def _add(self, name: str, module) -> None:
        self._modules[name] = sys.modules.get(name)
        sys.modules[name] = module

    def _launchWatched(self, *args, **kwargs):
        """Slicer's own function; the process is ended with its test."""
        process = self._launch(*args, **kwargs)
        PROCESSES.append(process)
        return process

    def remove(self) -> None:
        gc.unfreeze()
        QtCore.qInstallMessageHandler(None)
        slicer.util.launchConsoleProcess = self._launch
        CREATED.remove(_watchTimer)
        for name, module in self._modules.items():
            if module is None:
                del sys.modules[name]
            else:
                sys.modules[name] = module
        vars(slicer).clear()
        vars(slicer).update(self._attributes)


def _module(name: str, source, attributes: str) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update({attribute: getattr(source, attribute) for attribute in attributes.split()})
    return module


def _watchTimer(proxy: Proxy) -> None:
    if isinstance(proxy._qt, QtCore.QTimer):
        TIMERS.add(proxy._qt)


def _hearQt(kind, _context, text: str) -> None:
    isWarning = kind in (QtCore.QtMsgType.QtWarningMsg, QtCore.QtMsgType.QtCriticalMsg)
    if isWarning and not any(harmless in text for harmless in _HARMLESS):
        QT_WARNINGS.append(text)


class World:
    """One test's Slicer: a fresh scene, application and main window. The tests' handle."""

    def __init__(self):
        DIALOGS.shown, DIALOGS.answers = [], deque()
        QT_WARNINGS.clear()
        self._folder = Path(tempfile.mkdtemp(prefix="slicer-imitated-"))
        slicer.mrmlScene = slicer.vtkMRMLScene()
        applicationLogic = slicer.vtkSlicerApplicationLogic()
        applicationLogic.SetMRMLScene(slicer.mrmlScene)
        self._logics = {name: getattr(slicer, logic)() for name, logic in _MODULES.items()}
        # The files of default terminologies and colours are Slicer's and not in slicer-core.
        vtk.vtkObject.GlobalWarningDisplayOff()
        for logic in self._logics.values():
            logic.SetMRMLApplicationLogic(applicationLogic)
            logic.SetMRMLScene(slicer.mrmlScene)
        vtk.vtkObject.GlobalWarningDisplayOn()
        slicer.modules = app.Modules()
        for name, logic in self._logics.items():
            setattr(slicer.modules, name, app.Module(name, logic))
        slicer.app = app.Application(self._folder, applicationLogic)

    @property
    def qtWarnings(self) -> list[str]:
        """What Qt complained about so far; the test fails unless it takes them."""
        return QT_WARNINGS

    def setTesting(self, isTesting: bool) -> None:
        """Behave as under ``--testing``, where dialogs are skipped."""
        vars(slicer.app)["isTesting"] = isTesting

    @property
    def dialogs(self) -> list[Shown]:
        """The dialogs shown so far."""
        return DIALOGS.shown

    def answer(self, *answers) -> None:
        """Give the next dialogs' answers: True, a path, a text, or a function of the dialog."""
        DIALOGS.answers.extend(answers)

    def processEvents(self) -> None:
        QtWidgets.QApplication.processEvents()

    def runTimers(self, milliseconds: int) -> None:
        """Let Qt's events and timers run for so long; what nobody holds is gone, as in Slicer."""
        gc.collect()
        self._run(milliseconds)

    def _run(self, milliseconds: int) -> None:
        end = time.monotonic() + milliseconds / 1000
        while time.monotonic() < end:
            QtWidgets.QApplication.processEvents(QtCore.QEventLoop.AllEvents, 10)
            # Slicer is in its event loop, where `deleteLater` comes true; here there is none.
            QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.Type.DeferredDelete)
            time.sleep(0.002)

    def waitFor(self, condition, milliseconds: int = 5000) -> None:
        """Run events until the condition holds."""
        gc.collect()
        end = time.monotonic() + milliseconds / 1000
        while not condition():
            if time.monotonic() > end:
                raise AssertionError(f"nothing came within {milliseconds} ms")
            self._run(5)

    def completeStartup(self) -> None:
        """All modules are loaded: tell those that wait for it."""
        slicer.app.startupCompleted.emit()

    def quit(self) -> None:
        """The application ends."""
        slicer.app.aboutToQuit.emit()

    def inside(self, proxy: Proxy):
        """The PySide6 object, for what a test may know and a panel may not."""
        return live(proxy)

    def grab(self, widget: Proxy, path: Path, width: int = 420) -> Path:
        """Save what a widget looks like, as PNG."""
        qtWidget = live(widget)
        qtWidget.show()
        layout = qtWidget.layout()
        isTaller = layout is not None and layout.hasHeightForWidth()
        height = layout.totalHeightForWidth(width) if isTaller else qtWidget.sizeHint().height()
        qtWidget.resize(width, height)
        self.processEvents()
        if not qtWidget.grab().save(str(path)):
            raise OSError(f"{path} could not be written")
        return path

    def loadModule(self, path: Path):
        """Load a scripted module as Slicer's factory does and return its module object."""
        path, name = Path(path), Path(path).stem
        if str(path.parent) not in sys.path:
            sys.path.insert(0, str(path.parent))
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
        cpp = wrap(app.qSlicerScriptedLoadableModule(name, path))
        setattr(slicer.modules, name.lower(), cpp)
        setattr(slicer.modules, f"{name}Instance", getattr(module, name)(cpp))
        return cpp

    def end(self) -> None:
        """Stop timers, delete widgets, empty the scene."""
        for timer in list(TIMERS):
            try:
                timer.stop()
            except RuntimeError:
                continue  # its C++ object is gone
        while PROCESSES:
            process = PROCESSES.pop()
            process.kill()
            process.wait()
            for thread in threading.enumerate():
                if "readOutputThread" in thread.name:
                    thread.join()
            # Slicer's reader of the output leaves the file open.
            process.stdout.close()
        for widget in QtWidgets.QApplication.topLevelWidgets():
            widget.deleteLater()
        QtCore.QCoreApplication.sendPostedEvents(None, QtCore.QEvent.DeferredDelete)
        QtWidgets.QApplication.processEvents()
        while QtWidgets.QApplication.overrideCursor() is not None:
            QtWidgets.QApplication.restoreOverrideCursor()
        slicer.mrmlScene.Clear(True)
        shutil.rmtree(self._folder, ignore_errors=True)
        if QT_WARNINGS:
            raise AssertionError("Qt warned: " + "; ".join(QT_WARNINGS))
