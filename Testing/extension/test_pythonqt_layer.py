"""The imitation of PythonQt and Slicer keeps their rules: what fails in Slicer fails here."""

import os
import subprocess
import sys
from pathlib import Path
from typing import ClassVar

import pytest
from pythonqt.errors import NotImitated, NotInSlicer


@pytest.fixture
def qt(slicerApplication):  # noqa: ARG001
    import qt

    return qt


@pytest.fixture
def ctk(slicerApplication):  # noqa: ARG001
    import ctk

    return ctk


@pytest.fixture
def slicer(slicerApplication):  # noqa: ARG001
    import slicer

    return slicer


class TestProperties:
    def test_is_an_attribute(self, qt):
        button = qt.QPushButton("Measure")
        assert button.text == "Measure"
        button.text = "Stop"
        button.enabled = False
        assert (button.text, button.enabled) == ("Stop", False)

    def test_is_never_called(self, qt):
        with pytest.raises(TypeError, match="not callable"):
            qt.QPushButton("Measure").text()

    def test_has_the_setter_only_where_slicer_lists_it(self, qt, slicer):
        label = qt.QLabel()
        label.setText("volume")
        assert label.text == "volume"
        selector = slicer.qMRMLNodeComboBox()
        with pytest.raises(NotInSlicer, match="setNodeTypes"):
            selector.setNodeTypes(["vtkMRMLVolumeNode"])
        selector.nodeTypes = ["vtkMRMLVolumeNode"]
        assert selector.nodeTypes == ("vtkMRMLVolumeNode",)

    def test_refuses_a_value_of_another_type(self, qt):
        with pytest.raises(TypeError, match="convert it"):
            qt.QLabel().text = 3.5

    def test_cannot_be_written_where_it_is_read_only(self, qt):
        with pytest.raises(NotInSlicer, match="cannot be written"):
            qt.QComboBox().count = 3

    def test_is_also_read_by_the_name_of_the_object(self, qt):
        button = qt.QPushButton()
        button.name = "measureButton"
        assert button.objectName == "measureButton"

    def test_holds_values_such_as_icons(self, qt):
        button = qt.QPushButton()
        button.icon = qt.QIcon()
        assert isinstance(button.icon, qt.QIcon)


class TestNames:
    def test_unknown_to_slicer_is_refused(self, qt):
        with pytest.raises(NotInSlicer, match="setIndent"):
            qt.QPushButton().setIndent(3)
        with pytest.raises(NotInSlicer, match="QLabelX"):
            qt.QLabelX()

    def test_of_pyside_only_are_refused(self, qt):
        for name in ("Signal", "Slot", "Property"):
            with pytest.raises(NotInSlicer, match="PySide6"):
                getattr(qt, name)

    def test_of_slicer_core_only_are_refused(self, slicer):
        with pytest.raises(NotInSlicer, match="arrayFromVolume"):
            slicer.arrayFromVolume(None)
        assert callable(slicer.util.arrayFromVolume)

    def test_of_the_application_are_checked(self, slicer):
        with pytest.raises(NotInSlicer, match="frobnicate"):
            slicer.app.frobnicate()
        with pytest.raises(NotInSlicer, match="radiogenomics"):
            slicer.modules.radiogenomics  # noqa: B018

    def test_without_a_stand_in_say_so(self, slicer):
        with pytest.raises(NotImitated):
            slicer.qMRMLTransformSliders()

    def test_cannot_be_invented_on_an_object_of_cpp(self, qt):
        with pytest.raises(NotInSlicer, match="no new attributes"):
            qt.QPushButton().caseId = "TCGA-02-0006"
        with pytest.raises(NotInSlicer, match="overwritten"):
            qt.QPushButton().click = None

    def test_may_be_invented_on_a_python_subclass(self, qt):
        class CaseButton(qt.QPushButton):
            pass

        button = CaseButton("case")
        button.caseId = "TCGA-02-0006"
        layout = qt.QVBoxLayout()
        layout.addWidget(button)
        assert layout.itemAt(0).widget().caseId == "TCGA-02-0006"

    def test_of_enumerations_are_flat(self, qt):
        label = qt.QLabel()
        label.alignment = qt.Qt.AlignRight
        assert label.alignment & qt.Qt.AlignRight
        assert qt.QMessageBox.Yes | qt.QMessageBox.No

    def test_of_keywords_end_in_an_underscore(self, qt, slicerApplication):
        dialog = qt.QDialog()
        slicerApplication.answer(lambda shown: shown.setWindowTitle("seen") or 1)
        assert dialog.exec_() == 1
        assert dialog.windowTitle == "seen"

    def test_of_children_are_attributes(self, qt):
        widget = qt.QWidget()
        child = qt.QLabel("a", widget)
        child.objectName = "statusLabel"
        assert widget.statusLabel is child


class TestCalls:
    def test_take_no_keywords_and_no_functions(self, qt):
        with pytest.raises(TypeError, match="keyword"):
            qt.QPushButton().setText(text="a")
        with pytest.raises(TypeError, match="connect a signal"):
            qt.QMenu().addAction("Delete", lambda: None)

    def test_give_tuples_for_lists(self, qt):
        table = qt.QListWidget()
        table.addItems(["a", "b"])
        found = table.findItems("a", qt.Qt.MatchExactly)
        assert isinstance(found, tuple)
        assert found[0].text() == "a"  # an item is no QObject: text is its method

    def test_reach_overridden_virtuals_and_back(self, qt, slicerApplication):
        heard = []

        class Panel(qt.QWidget):
            def resizeEvent(self, event):
                heard.append(event.size().width())
                super().resizeEvent(event)

        panel = Panel()
        panel.show()
        panel.resize(321, 50)
        slicerApplication.processEvents()
        assert heard[-1] == 321


class TestSignals:
    def test_connect_by_signature_and_as_attributes(self, qt):
        button, heard = qt.QPushButton(), []
        button.checkable = True
        assert button.connect("clicked(bool)", heard.append) is True
        button.clicked.connect(lambda: heard.append("attribute"))
        button.click()
        assert heard == [True, "attribute"]

    def test_with_an_unknown_signature_are_refused(self, qt):
        with pytest.raises(NotInSlicer, match=r"it has .*clicked\(bool\)"):
            qt.QPushButton().connect("clicked(int)", print)
        with pytest.raises(ValueError, match="no signature"):
            qt.QPushButton().connect("clicked", print)

    def test_give_a_slot_the_arguments_it_takes(self, qt):
        button, heard = qt.QPushButton(), []
        button.connect("clicked(bool)", lambda: heard.append("none"))
        # The trap of PythonQt: the default is taken for a place to put the bool.
        button.connect("clicked(bool)", lambda case="TCGA": heard.append(case))
        button.click()
        assert heard == ["none", False]

    def test_of_qt5_reach_slots(self, qt):
        combo, heard = qt.QComboBox(), []
        combo.addItems(["msd", "brats"])
        combo.connect("currentIndexChanged(QString)", heard.append)
        combo.connect("currentIndexChanged(int)", heard.append)
        combo.currentIndex = 1
        assert heard == ["brats", 1]

    def test_are_disconnected(self, qt):
        button, heard = qt.QPushButton(), []
        button.connect("clicked()", heard.append)
        assert button.disconnect("clicked()", heard.append)
        assert not button.disconnect("clicked()", heard.append)
        button.click()
        assert heard == []

    def test_join_a_receiver_and_its_slot(self, qt):
        box, label = qt.QCheckBox(), qt.QLabel()
        box.connect("toggled(bool)", label, "setVisible(bool)")
        box.checked = True
        assert label.visible


class TestSwallowedExceptions:
    def test_in_a_slot_are_caught(self, qt, expectedExceptions):
        button = qt.QPushButton()
        button.connect("clicked()", lambda: 1 / 0)
        button.click()
        assert [type(error) for error in expectedExceptions()] == [ZeroDivisionError]

    def test_in_a_timer_are_caught(self, qt, slicerApplication, expectedExceptions):
        qt.QTimer.singleShot(1, lambda: 1 / 0)
        slicerApplication.runTimers(50)
        assert [type(error) for error in expectedExceptions()] == [ZeroDivisionError]

    def test_in_an_observer_of_vtk_are_caught(self, slicer, expectedExceptions):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTextNode")
        tag = node.AddObserver("ModifiedEvent", lambda *_: 1 / 0)
        node.Modified()
        node.RemoveObserver(tag)
        assert {type(error) for error in expectedExceptions()} == {ZeroDivisionError}

    def test_in_an_overridden_virtual_are_caught(self, qt, slicerApplication, expectedExceptions):
        class Panel(qt.QWidget):
            def showEvent(self, _event):
                raise ValueError("in a virtual")

        panel = Panel()
        panel.show()
        slicerApplication.processEvents()
        assert [str(error) for error in expectedExceptions()] == ["in a virtual"]

    @pytest.mark.slow
    @pytest.mark.usefixtures("slicerApplication")
    def test_fail_the_test_and_so_do_warnings_of_qt(self, tmp_path):
        """The fixtures that hear them, as a plugin of another pytest."""
        cases = {
            "quiet": "pass",
            "loud": "raise KeyError('lost')",
            "warned": "qt.QVBoxLayout(widget), qt.QVBoxLayout(widget)",
        }
        lines = ["def test_{name}(slicerApplication):", "    import qt"]
        lines += ["    def slot(): {body}", "    button, widget = qt.QPushButton(), qt.QWidget()"]
        lines += ["    button.connect('clicked()', slot)", "    button.click()\n"]
        tests = ["\n".join(lines).format(name=name, body=body) for name, body in cases.items()]
        (tmp_path / "test_slots.py").write_text("\n".join(tests))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "conftest", "-rA", str(tmp_path)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "PASSED test_slots.py::test_quiet" in done.stdout
        assert "ERROR test_slots.py::test_loud - KeyError: 'lost'" in done.stdout
        assert "ERROR test_slots.py::test_warned - AssertionError: Qt warned" in done.stdout


class TestTimers:
    heard: ClassVar[list] = []
    held: ClassVar[list] = []

    def test_that_are_pending_end_with_their_test(self, qt):
        qt.QTimer.singleShot(30, lambda: self.heard.append("late"))
        timer = qt.QTimer()
        timer.setInterval(10)
        timer.connect("timeout()", lambda: self.heard.append("again"))
        timer.start()
        self.held.append(timer)

    def test_of_the_test_before_do_not_fire(self, slicerApplication):
        slicerApplication.runTimers(80)
        assert self.heard == []

    def test_fire_while_events_run(self, qt, slicerApplication):
        heard = []
        qt.QTimer.singleShot(5, lambda: heard.append(1))
        slicerApplication.waitFor(lambda: heard)

    def test_are_single_shot_by_their_method(self, qt):
        timer = qt.QTimer()
        timer.setSingleShot(True)
        assert timer.isSingleShot()
        with pytest.raises(NotInSlicer):
            timer.singleShot = True
