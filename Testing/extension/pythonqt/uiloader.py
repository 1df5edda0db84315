"""Loading of .ui files: names are checked first, MRML connections are made by Python."""

from xml.etree import ElementTree

from PySide6 import QtCore, QtUiTools

from .errors import NotInSlicer
from .proxy import STANDINS, standIn, wrap
from .signals import connect
from .uicheck import connections, uiProblems


@standIn("qt")
class QUiLoader(QtUiTools.QUiLoader):
    """Qt's loader with the stand-ins registered."""

    def load(self, device, parent=None):
        root = ElementTree.fromstring(bytes(device.readAll().data()))
        problems = uiProblems(root)
        if problems:
            raise NotInSlicer("; ".join(problems))
        joined = connections(root)
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
        for sender, signal, receiver, slot in joined:
            connect(_find(widget, sender), signal, _find(widget, receiver), slot)
        return widget


def _find(widget, name: str):
    found = widget if widget.objectName() == name else widget.findChild(QtCore.QObject, name)
    if found is None:
        raise NotInSlicer(f"a connection of the .ui names {name!r}, which is no widget of it")
    return wrap(found)
