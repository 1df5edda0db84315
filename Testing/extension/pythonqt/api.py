"""The names that a running Slicer has, read from the list beside the project."""

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

API_FILE = Path(__file__).resolve().parents[4] / "shared" / "slicer_api.json.gz"

# Names that the list misses although Slicer has them. The list was read off instances and shows
# neither static functions that Slicer adds in Python nor attributes that hold a callable value.
ADDED = {
    # Base/Python/slicerqt.py puts the function in place of the property.
    "qt.QTimer": {"methods": ["singleShot"]},
    # Used by Slicer's ExtensionWizard and other modules of its own.
    "qt.QFileDialog": {
        "methods": [
            "getExistingDirectory",
            "getOpenFileName",
            "getOpenFileNames",
            "getSaveFileName",
            "selectedFiles",
        ]
    },
    # Classes that want arguments when made are listed without the arguments of their signals.
    "qt.QShortcut": {"signals": ["activated()", "activatedAmbiguously()"]},
    # Set by every scripted module; an icon is a value that the list leaves out.
    "slicer.qSlicerScriptedLoadableModule": {"properties": ["icon"]},
}
# Values that are callable in PythonQt, which the list therefore leaves out of the properties.
VALUE_TYPES = frozenset(
    [
        "QIcon",
        "QFont",
        "QSize",
        "QSizeF",
        "QRect",
        "QRectF",
        "QPoint",
        "QPointF",
        "QPalette",
        "QCursor",
        "QLocale",
        "QSizePolicy",
        "QKeySequence",
        "QDate",
        "QTime",
        "QDateTime",
        "QUrl",
        "QColor",
        "QPixmap",
        "QBrush",
    ]
)
# The class of slicer.app, which the list only has as the object's names: the signals it emits.
APPLICATION = "slicer.qSlicerApplication"
_APPLICATION_SIGNALS = (
    "startupCompleted()",
    "aboutToQuit()",
    "lastWindowClosed()",
    "mrmlSceneChanged(vtkMRMLScene*)",
)
# PythonQt gives every wrapped object these; `name` is another name of objectName.
EVERYWHERE = {"className", "inherits", "delete", "help"}


@dataclass(frozen=True)
class ClassNames:
    """What Python sees of one class; signals map a name to its argument lists, None if unknown."""

    name: str
    properties: frozenset[str]
    methods: frozenset[str]
    signals: dict[str, tuple[tuple[str, ...] | None, ...]]
    constants: frozenset[str]

    def has(self, name: str) -> bool:
        return (
            name in self.properties
            or name in self.methods
            or name in self.signals
            or name in self.constants
            or name in EVERYWHERE
            or (name == "name" and "objectName" in self.properties)
            # PythonQt looks exec_ up as exec: keywords end in an underscore.
            or (name.endswith("_") and name[:-1] in self.methods)
        )

    def hasSignal(self, signature: str) -> bool:
        name, arguments = splitSignature(signature)
        known = self.signals.get(name, ())
        return None in known or arguments in known


def splitSignature(signature: str) -> tuple[str, tuple[str, ...]]:
    """Split ``clicked(bool)`` into its name and its argument types, normalised as Qt does it."""
    name, bracket, rest = signature.strip().partition("(")
    if not bracket or not rest.rstrip().endswith(")"):
        raise ValueError(f"{signature!r} is no signature: a signal is named as 'clicked(bool)'")
    text = rest.rstrip()[:-1].strip()
    arguments = [_normalised(argument) for argument in text.split(",")] if text else []
    return name.strip(), tuple(arguments)


def _normalised(argument: str) -> str:
    words = [word for word in argument.replace("&", " ").split() if word != "const"]
    return "".join(words)


def available() -> bool:
    return API_FILE.is_file()


@cache
def raw() -> dict:
    with gzip.open(API_FILE, "rt", encoding="utf-8") as file:
        return json.load(file)


@cache
def classNames(qualifiedName: str) -> ClassNames | None:
    """The names of ``qt.QLabel`` and the like, or None where Slicer has no such class."""
    found = raw()["classes"].get(qualifiedName)
    if qualifiedName == APPLICATION:
        found = {**raw()["classes"]["qt.QObject"], "signals": list(_APPLICATION_SIGNALS)}
    if found is None:
        return None
    added = ADDED.get(qualifiedName, {})
    signals: dict[str, list] = {}
    known = {splitSignature(signature)[0] for signature in added.get("signals", [])}
    for signature in [s for s in found["signals"] if s not in known] + added.get("signals", []):
        if "(" in signature:
            name, arguments = splitSignature(signature)
        else:
            name, arguments = signature, None
        signals.setdefault(name, []).append(arguments)
    return ClassNames(
        qualifiedName,
        frozenset([*found["properties"], *added.get("properties", [])]),
        frozenset([*found["methods"], *added.get("methods", [])]),
        {name: tuple(overloads) for name, overloads in signals.items()},
        frozenset(found["constants"]),
    )


@cache
def widgetClass(name: str) -> str | None:
    """The qualified name of a class that a .ui file names without its module."""
    for module in ("qt", "ctk", "slicer"):
        if f"{module}.{name}" in raw()["classes"]:
            return f"{module}.{name}"
    return None


def listed(key: str) -> frozenset[str]:
    """The attributes listed for ``slicer``, ``slicer.app``, ``slicer.modules`` and the like."""
    return frozenset(raw()[key])


def functions(module: str) -> dict[str, str]:
    """The functions of ``slicer.util`` and its sisters, with their signatures."""
    return raw()["modules"][module]
