"""``slicer.app``, ``slicer.modules`` and what hangs on them: modules and the main window."""

import sys
from pathlib import Path

import slicer
from PySide6 import QtCore, QtWidgets
from PySide6.QtCore import Property, Signal

from . import api
from .errors import NotImitated, NotInSlicer
from .mrmlwidgets import qMRMLWidget
from .proxy import Proxy, proxyClass, standIn, wrap
from .views import qSlicerLayoutManager


@standIn("slicer")
class qSlicerScriptedLoadableModule(QtCore.QObject):
    """What a scripted module describes itself to."""

    def __init__(self, name="", path=""):
        super().__init__()
        self.moduleName, self.modulePath, self._widget = name, str(path), None

    name = Property(str, lambda self: self.moduleName)
    path = Property(str, lambda self: self.modulePath)

    def widgetRepresentation(self):
        if self._widget is None:
            self._widget = self.createNewWidgetRepresentation()
        return self._widget

    def createNewWidgetRepresentation(self):
        return qSlicerScriptedLoadableModuleWidget(self)


@standIn("slicer")
class qSlicerScriptedLoadableModuleWidget(qMRMLWidget):
    """The C++ parent of a module's Python widget; ``self()`` gives the latter."""

    def __init__(self, module=None):
        super().__init__()
        self._module, self._python, self._isEntered = module, None, False
        QtWidgets.QVBoxLayout(self)
        self.setMRMLScene(slicer.mrmlScene)
        if module is not None:
            self.reload()

    moduleName = Property(str, lambda self: self._module.moduleName)
    isEntered = Property(bool, lambda self: self._isEntered)

    def reload(self) -> None:
        name = f"{self._module.moduleName}Widget"
        pythonClass = getattr(sys.modules[self._module.moduleName], name)
        self._python = pythonClass(wrap(self))
        setattr(slicer.modules, name, self._python)
        self._python.setup()

    def self(self):
        return self._python

    def enter(self) -> None:
        self._isEntered = True
        if hasattr(self._python, "enter"):
            self._python.enter()

    def exit(self) -> None:
        self._isEntered = False
        if hasattr(self._python, "exit"):
            self._python.exit()


class Module:
    """One of Slicer's own modules: its logic is real."""

    def __init__(self, name: str, logic):
        self.name, self._logic = name, logic

    def logic(self):
        return self._logic

    def widgetRepresentation(self):
        raise NotImitated(f"the widget of Slicer's module {self.name} is not imitated")


class Modules:
    """``slicer.modules``: the names Slicer has, and the modules that a test loads."""

    def __getattr__(self, name: str):
        if name in api.listed("slicer.modules"):
            raise NotImitated(f"slicer.modules.{name} is in Slicer and not imitated")
        raise NotInSlicer(f"slicer.modules has no {name!r}")


@standIn("slicer")
class qSlicerModuleManager(QtCore.QObject):
    moduleLoaded = Signal(str)
    moduleAboutToBeUnloaded = Signal(str)

    def module(self, name: str):
        found = slicer.modules.__dict__.get(name.lower())
        return found._qt if isinstance(found, Proxy) else found

    def modulesNames(self):
        found = vars(slicer.modules).values()
        return [module.name for module in found if hasattr(module, "widgetRepresentation")]

    def factoryManager(self):
        raise NotImitated("the module factory is not imitated")


@standIn("slicer")
class qSlicerModuleSelectorToolBar(QtWidgets.QToolBar):
    """Choosing a module leaves the one before and enters the new one."""

    moduleSelected = Signal(str)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._selected = ""

    selectedModule = Property(str, lambda self: self._selected)

    def selectModule(self, name: str) -> None:
        if name == self._selected:
            return
        for moduleName, step in ((self._selected, "exit"), (name, "enter")):
            module = slicer.modules.__dict__.get(moduleName.lower())
            if isinstance(module, Proxy):
                getattr(module._qt.widgetRepresentation(), step)()
        self._selected = name
        self.moduleSelected.emit(name)


@standIn("slicer")
class qSlicerMainWindow(QtWidgets.QMainWindow):
    def __init__(self):
        super().__init__()
        self.setObjectName("qSlicerMainWindow")
        self._selector = qSlicerModuleSelectorToolBar(self)

    def moduleSelector(self):
        return self._selector


@standIn("slicer")
class qSlicerApplication(QtCore.QObject):
    """The signals of ``slicer.app``; of a test's own, so that no connection outlives it."""

    startupCompleted = Signal()
    aboutToQuit = Signal()
    lastWindowClosed = Signal()
    mrmlSceneChanged = Signal(object)


class Application:
    """``slicer.app``: names that Slicer's lacks are refused, and so are new attributes."""

    applicationName = "Slicer"
    applicationVersion = "5.13.0-imitated"
    mainApplicationName = "Slicer"
    majorVersion, minorVersion = 5, 13
    revision = repositoryRevision = "0"
    platform = "linux-amd64"
    documentationVersion = "latest"
    documentationBaseUrl = "https://slicer.readthedocs.io/en/latest/"

    def __init__(self, folder: Path, logic):
        values = {
            "_folder": folder,
            "temporaryPath": str(folder),
            "cachePath": str(folder / "cache"),
            "slicerHome": str(folder / "home"),
            "_logic": logic,
            "_layout": wrap(qSlicerLayoutManager()),
            "_moduleManager": wrap(qSlicerModuleManager()),
            "_window": wrap(qSlicerMainWindow()),
            "_qtApplication": wrap(QtWidgets.QApplication.instance()),
            "_signals": wrap(qSlicerApplication()),
            "isTesting": False,
        }
        self.__dict__.update(values)

    def __getattr__(self, name: str):
        plain = name.removesuffix("_")
        if plain not in api.listed("slicer.app"):
            raise NotInSlicer(f"slicer.app has no {name!r}")
        if plain in self._signals._names.signals:
            return getattr(self._signals, plain)
        try:
            return getattr(self._qtApplication, name)
        except NotInSlicer:
            raise NotImitated(f"slicer.app.{name} is in Slicer and not imitated") from None

    def __setattr__(self, name: str, value):
        raise NotInSlicer(f"slicer.app.{name} cannot be set here")

    def connect(self, signal: str, *target) -> bool:
        return self._signals.connect(signal, *target)

    def disconnect(self, signal: str, *target) -> bool:
        return self._signals.disconnect(signal, *target)

    def applicationLogic(self):
        return self._logic

    def mrmlScene(self):
        return slicer.mrmlScene

    def layoutManager(self):
        return self._layout

    def moduleManager(self):
        return self._moduleManager

    def moduleLogic(self, name: str):
        return self._moduleManager.module(name).logic()

    def topLevelWidgets(self):
        return (self._window,)

    def settings(self):
        return proxyClass("qt.QSettings")()

    userSettings = revisionUserSettings = settings

    def testingEnabled(self) -> bool:
        return self.isTesting

    def startupEnvironment(self):
        return wrap(QtCore.QProcessEnvironment.systemEnvironment())

    def processEvents(self) -> None:
        QtWidgets.QApplication.processEvents()

    def pauseRender(self) -> None:
        """Nothing is drawn."""

    def resumeRender(self) -> None:
        """Nothing is drawn."""

    def setRenderPaused(self, isPaused: bool) -> None:
        """Nothing is drawn."""
