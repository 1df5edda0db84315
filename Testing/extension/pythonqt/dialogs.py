"""Dialogs that never block: what they show is recorded, what they answer is given before."""

from collections import deque
from dataclasses import dataclass, field

from PySide6 import QtWidgets

from .proxy import SPECIAL, STATIC, Proxy, live, standIn


@dataclass(frozen=True)
class Shown:
    """One dialog as the user would have met it."""

    kind: str  # "information", "warning", "critical", "question", or the function that asked
    text: str
    title: str = ""
    details: str = ""


@dataclass
class Dialogs:
    """The dialogs of one test."""

    shown: list[Shown] = field(default_factory=list)
    answers: deque = field(default_factory=deque)

    def ask(self, shown: Shown, default=None):
        """Record a dialog and give the answer prepared for it."""
        self.shown.append(shown)
        if self.answers:
            return self.answers.popleft()
        if default is not None:
            return default
        raise AssertionError(
            f"a dialog waits for the user ({shown.kind}: {shown.text!r}): "
            "give slicerApplication.answer(...) before"
        )


DIALOGS = Dialogs()


@standIn("ctk")
class ctkMessageBox(QtWidgets.QMessageBox):
    """What ``slicer.util`` shows its messages in."""

    def exec(self):
        return runMessageBox(self)


def runMessageBox(box: QtWidgets.QMessageBox):
    kind = box.icon().name.lower()
    buttons = box.standardButtons()
    isQuestion = bool(buttons & ~QtWidgets.QMessageBox.Ok) or len(box.buttons()) > 1
    default = None if isQuestion else QtWidgets.QMessageBox.Ok
    shown = Shown(kind, box.text(), box.windowTitle().strip(), box.detailedText())
    answer = DIALOGS.ask(shown, default)
    if isinstance(answer, bool):
        accept = (
            QtWidgets.QMessageBox.Yes
            if buttons & QtWidgets.QMessageBox.Yes
            else (QtWidgets.QMessageBox.Ok)
        )
        decline = (
            QtWidgets.QMessageBox.No
            if buttons & QtWidgets.QMessageBox.No
            else (QtWidgets.QMessageBox.Cancel)
        )
        answer = accept if answer else decline
    return answer


def _execute(proxy: Proxy, *args):
    """``dialog.exec()``: the answer may be a function that fills the dialog in."""
    qtObject = live(proxy)
    if isinstance(qtObject, QtWidgets.QMessageBox):
        return runMessageBox(qtObject)
    if isinstance(qtObject, QtWidgets.QMenu):
        return DIALOGS.ask(Shown("QMenu", qtObject.title()))
    if not isinstance(qtObject, QtWidgets.QDialog):
        return qtObject.exec(*args)
    answer = DIALOGS.ask(Shown(proxy.className(), qtObject.windowTitle()))
    if callable(answer):
        answer = answer(proxy)
    qtObject.done(int(answer))
    return int(answer)


SPECIAL["exec"] = _execute


def _asking(name: str, emptyAnswer):
    def ask(_parent=None, title="", text="", *_):
        answer = DIALOGS.ask(Shown(name, str(text), str(title)))
        return emptyAnswer if answer is None else answer

    return ask


for _name in ("getExistingDirectory", "getOpenFileName", "getSaveFileName"):
    STATIC["qt.QFileDialog", _name] = _asking(_name, "")
STATIC["qt.QFileDialog", "getOpenFileNames"] = _asking("getOpenFileNames", ())
for _name in ("getText", "getMultiLineText", "getItem"):
    STATIC["qt.QInputDialog", _name] = _asking(_name, "")
for _name in ("getInt", "getDouble"):
    STATIC["qt.QInputDialog", _name] = _asking(_name, 0)
