"""Loading of .ui files: names are checked first, MRML connections are made by Python."""

from xml.etree import ElementTree

from PySide6 import QtCore, QtUiTools

from . import api
from .errors import NotInSlicer
from .proxy import STANDINS, proxyClass, standIn, wrap
from .signals import connect


@standIn("qt")
class QUiLoader(QtUiTools.QUiLoader):
    """Qt's loader with the stand-ins registered."""

    def load(self, device, parent=None):
        root = ElementTree.fromstring(bytes(device.readAll().data()))
        problems = uiProblems(root)
        if problems:
            raise NotInSlicer("; ".join(problems))
        connections = _connections(root)
        for element in root.findall("connections"):
            root.remove(element)
        for name, cls in STANDINS.items():
            if not name.startswith("qt."):
                self.registerCustomWidget(cls)
        # Kept as long as the loader: Qt reads from it.
        self._content = QtCore.QByteArray(ElementTree.tostring(root))
        buffer = QtCore.QBuffer(self._content)
        buffer.open(QtCore.QIODevice.ReadOnly)
        widget = super().load(buffer, parent)
        if widget is None:
            raise RuntimeError(self.errorString())
        for sender, signal, receiver, slot in connections:
            connect(_find(widget, sender), signal, _find(widget, receiver), slot)
        return widget


def _find(widget, name: str):
    found = widget if widget.objectName() == name else widget.findChild(QtCore.QObject, name)
    if found is None:
        raise NotInSlicer(f"a connection of the .ui names {name!r}, which is no widget of it")
    return wrap(found)


def _connections(root) -> list[tuple[str, str, str, str]]:
    fields = ("sender", "signal", "receiver", "slot")
    return [tuple(c.findtext(f, "") for f in fields) for c in root.iter("connection")]


def uiProblems(root: ElementTree.Element) -> list[str]:
    """What a .ui file names and Slicer does not have: classes, properties, signals, slots."""
    problems = []
    classes = {}
    for element in root.iter("widget"):
        className, name = element.get("class", ""), element.get("name", "")
        qualified = api.widgetClass(className)
        if qualified is None:
            problems.append(f"widget {name!r}: the class {className} does not exist in Slicer")
            continue
        classes[name] = api.classNames(qualified)
        for prop in element.findall("property"):
            # stdset="0" marks what Designer added: a property of this one widget.
            if prop.get("stdset") != "0" and not _hasProperty(qualified, prop.get("name", "")):
                problems.append(f"widget {name!r}: {className} has no {prop.get('name')!r}")
    for sender, signal, receiver, slot in _connections(root):
        if sender in classes and not classes[sender].hasSignal(signal):
            problems.append(f"{sender!r} has no signal {signal!r}")
        if receiver in classes and not classes[receiver].has(api.splitSignature(slot)[0]):
            problems.append(f"{receiver!r} has no slot {slot!r}")
    return problems


def _hasProperty(qualified: str, name: str) -> bool:
    if name in api.classNames(qualified).properties:
        return True
    # Values such as sizes and icons, and lists, are not in the list; Qt's own description has them.
    metaObject = proxyClass(qualified)._qtClass
    metaObject = getattr(metaObject, "staticMetaObject", QtCore.QObject.staticMetaObject)
    return metaObject.indexOfProperty(name) >= 0
