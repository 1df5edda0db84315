"""Stand-ins for the widgets of CTK; they imitate what a panel reads, sets and hears."""

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import Property, Signal

from .dialogs import DIALOGS, Shown
from .proxy import standIn


def _setChildrenVisible(widget: QtWidgets.QWidget, shown: bool) -> None:
    direct = QtCore.Qt.FindDirectChildrenOnly
    for child in widget.findChildren(QtWidgets.QWidget, options=direct):
        child.setVisible(shown)


@standIn("ctk")
class ctkCollapsibleButton(QtWidgets.QAbstractButton):
    """A header that hides its contents."""

    contentsCollapsed = Signal(bool)

    def __init__(self, *args):
        text = next((a for a in args if isinstance(a, str)), "")
        super().__init__(next((a for a in args if isinstance(a, QtWidgets.QWidget)), None))
        self.setText(text)
        self.setCheckable(True)
        self.setChecked(True)
        self.setContentsMargins(0, self._headerHeight(), 0, 0)
        self.setSizePolicy(QtWidgets.QSizePolicy.Preferred, QtWidgets.QSizePolicy.Preferred)
        self.toggled.connect(self._showContents)

    def _headerHeight(self) -> int:
        return self.fontMetrics().height() + 8

    def _collapsed(self) -> bool:
        return not self.isChecked()

    def _setCollapsed(self, collapsed: bool) -> None:
        self.setChecked(not collapsed)

    collapsed = Property(bool, _collapsed, _setCollapsed)

    def _showContents(self, shown: bool) -> None:
        _setChildrenVisible(self, shown)
        self.contentsCollapsed.emit(not shown)

    def childEvent(self, event):
        super().childEvent(event)
        if event.added() and not self.isChecked() and event.child().isWidgetType():
            event.child().setVisible(False)

    def hitButton(self, position):
        return position.y() < self._headerHeight()

    def sizeHint(self):
        header = QtCore.QSize(200, self._headerHeight())
        if self.layout() is None or not self.isChecked():
            return header
        return self.layout().totalSizeHint().expandedTo(header)

    def minimumSizeHint(self):
        isOpen = self.layout() is not None and self.isChecked()
        return self.layout().totalMinimumSize() if isOpen else self.sizeHint()

    def paintEvent(self, _event):
        painter = QtGui.QPainter(self)
        header = QtCore.QRect(0, 0, self.width(), self._headerHeight() - 2)
        painter.fillRect(header, self.palette().mid())
        sign = "▾" if self.isChecked() else "▸"
        painter.drawText(
            header.adjusted(6, 0, -6, 0), QtCore.Qt.AlignVCenter, f"{sign} {self.text()}"
        )


@standIn("ctk")
class ctkCollapsibleGroupBox(QtWidgets.QGroupBox):
    def __init__(self, *args):
        super().__init__(*args)
        self.setCheckable(True)
        self.setChecked(True)
        self.toggled.connect(lambda shown: _setChildrenVisible(self, shown))

    def childEvent(self, event):
        super().childEvent(event)
        if event.added() and not self.isChecked() and event.child().isWidgetType():
            event.child().setVisible(False)

    def showEvent(self, event):
        super().showEvent(event)
        _setChildrenVisible(self, self.isChecked())

    collapsed = Property(
        bool, lambda self: not self.isChecked(), lambda self, value: self.setChecked(not value)
    )


@standIn("ctk")
class ctkComboBox(QtWidgets.QComboBox):
    """A combo box that shows a text of its own while nothing is chosen."""

    def _userData(self) -> str:
        data = self.currentData()
        return "" if data is None else str(data)

    def setCurrentUserDataAsString(self, value: str) -> None:
        index = next(
            (i for i in range(self.count()) if str(self.itemData(i)) == value), self.currentIndex()
        )
        self.setCurrentIndex(index)

    currentUserDataAsString = Property(str, _userData, setCurrentUserDataAsString)

    def _setDefaultText(self, text: str) -> None:
        self.setPlaceholderText(text)

    defaultText = Property(str, QtWidgets.QComboBox.placeholderText, _setDefaultText)


@standIn("ctk")
class ctkSearchBox(QtWidgets.QLineEdit):
    def __init__(self, *args):
        super().__init__(*args)
        self.setPlaceholderText("Search...")


@standIn("ctk")
class ctkCheckBox(QtWidgets.QCheckBox):
    pass


@standIn("ctk")
class ctkPushButton(QtWidgets.QPushButton):
    pass


@standIn("ctk")
class ctkCheckablePushButton(ctkPushButton):
    pass


@standIn("ctk")
class ctkMenuButton(QtWidgets.QPushButton):
    pass


@standIn("ctk")
class ctkDoubleSpinBox(QtWidgets.QDoubleSpinBox):
    pass


@standIn("ctk")
class ctkPathLineEdit(QtWidgets.QWidget):
    """A path with its history; typing and setting both emit ``currentPathChanged``."""

    currentPathChanged = Signal(str)
    validInputChanged = Signal(bool)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._combo = QtWidgets.QComboBox(self)
        self._combo.setEditable(True)
        self._combo.setInsertPolicy(QtWidgets.QComboBox.NoInsert)
        self._browse = QtWidgets.QToolButton(self)
        self._browse.setText("...")
        self._browse.clicked.connect(self.browse)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._combo, 1)
        layout.addWidget(self._browse)
        self._combo.editTextChanged.connect(self.currentPathChanged)

    def _path(self) -> str:
        return self._combo.currentText()

    def setCurrentPath(self, path: str) -> None:
        self._combo.setEditText(path)

    currentPath = Property(str, _path, setCurrentPath)

    def comboBox(self):
        return self._combo

    def browse(self) -> None:
        path = DIALOGS.ask(Shown("browse", self.property("label") or "", self.objectName()))
        if path:
            self.setCurrentPath(str(path))

    def addCurrentPathToHistory(self) -> None:
        path = self._path()
        if path and self._combo.findText(path) < 0:
            self._combo.addItem(path)
            self._combo.setEditText(path)

    def retrieveHistory(self) -> None:
        """Slicer reads the settings of ``settingKey``; nothing is kept between tests."""


@standIn("ctk")
class ctkDirectoryButton(QtWidgets.QWidget):
    directoryChanged = Signal(str)
    directorySelected = Signal(str)

    def __init__(self, *args):
        super().__init__(next((a for a in args if isinstance(a, QtWidgets.QWidget)), None))
        self._directory = next((a for a in args if isinstance(a, str)), "")

    def _set(self, directory: str) -> None:
        if directory != self._directory:
            self._directory = directory
            self.directoryChanged.emit(directory)

    directory = Property(str, lambda self: self._directory, _set)


@standIn("ctk")
class ctkSliderWidget(QtWidgets.QWidget):
    """A slider with a number beside it."""

    valueChanged = Signal(float)

    def __init__(self, parent=None):
        super().__init__(parent)
        self._spin = QtWidgets.QDoubleSpinBox(self)
        self._spin.setRange(0, 99)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._spin)
        self._spin.valueChanged.connect(self.valueChanged)

    def setValue(self, value: float) -> None:
        self._spin.setValue(value)

    value = Property(float, lambda self: self._spin.value(), setValue)
    minimum = Property(
        float, lambda self: self._spin.minimum(), lambda self, v: self._spin.setMinimum(v)
    )
    maximum = Property(
        float, lambda self: self._spin.maximum(), lambda self, v: self._spin.setMaximum(v)
    )
    singleStep = Property(
        float, lambda self: self._spin.singleStep(), lambda self, v: self._spin.setSingleStep(v)
    )
    decimals = Property(
        int, lambda self: self._spin.decimals(), lambda self, v: self._spin.setDecimals(v)
    )
