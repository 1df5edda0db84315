"""Loading the panel's .ui files, and what Qt's tables and boxes need again and again."""

from pathlib import Path

import qt
import slicer

RESOURCES = Path(__file__).resolve().parent.parent / "Resources"


def loadSection(name):
    """Load ``Resources/UI/<name>.ui``; return the widget and its children by their names."""
    widget = slicer.util.loadUI(str(RESOURCES / "UI" / f"{name}.ui"))
    widget.setMRMLScene(slicer.mrmlScene)
    return widget, slicer.util.childWidgetVariables(widget)


def fillBox(box, entries, current=None):
    """Fill a combo box with (text, data) pairs without telling anybody; choose ``current``."""
    blocked = box.blockSignals(True)
    box.clear()
    for text, data in entries:
        box.addItem(text, data)
    box.setCurrentIndex(max(0, box.findData(current)) if entries else -1)
    box.blockSignals(blocked)


def fillTable(table, headers, rows):
    """Show rows of texts in a table widget that nobody edits."""
    blocked = table.blockSignals(True)
    table.setColumnCount(len(headers))
    table.setHorizontalHeaderLabels(headers)
    table.setRowCount(len(rows))
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            table.setItem(row, column, qt.QTableWidgetItem(text))
    table.verticalHeader().setVisible(False)
    table.resizeColumnsToContents()
    table.horizontalHeader().setStretchLastSection(True)
    table.blockSignals(blocked)
