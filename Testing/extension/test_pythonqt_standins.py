"""The stand-ins of Slicer's and CTK's widgets and of the application behave as those do."""

import sys

import numpy as np
import pytest
import vtk
from pythonqt.errors import NotInSlicer
from pythonqt.proxy import STANDINS, proxyClass


@pytest.fixture
def qt(slicerApplication):  # noqa: ARG001
    import qt

    return qt


@pytest.fixture
def slicer(slicerApplication):  # noqa: ARG001
    import slicer

    return slicer


class TestStandIns:
    @pytest.mark.usefixtures("slicerApplication")
    def test_declare_only_names_that_slicer_has(self):
        invented = []
        for name, cls in STANDINS.items():
            names = proxyClass(name)._names
            for attribute in vars(cls):
                isOfQt = any(hasattr(base, attribute) for base in cls.__bases__)
                if not attribute.startswith("_") and not isOfQt and not names.has(attribute):
                    invented.append(f"{name}.{attribute}")
        assert invented == []

    def test_keep_properties_that_they_do_not_imitate(self, slicer):
        editor = slicer.qMRMLSegmentEditorWidget()
        editor.maskingSectionVisible = False
        editor.setUndoEnabled(True)
        assert (editor.maskingSectionVisible, editor.undoEnabled) == (False, True)
        with pytest.raises(NotInSlicer):
            editor.masking = False

    def test_of_the_application_tell_its_end(self, slicer, slicerApplication):
        heard = []
        slicer.app.connect("aboutToQuit()", lambda: heard.append("quit"))
        slicer.app.startupCompleted.connect(lambda: heard.append("ready"))
        slicerApplication.completeStartup()
        slicerApplication.quit()
        assert heard == ["ready", "quit"]

    def test_show_volumes_in_the_slice_views(self, slicer):
        volume = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode")
        slicer.util.updateVolumeFromArray(volume, np.zeros((3, 4, 5)))
        slicer.util.setSliceViewerLayers(background=volume, fit=True)
        view = slicer.app.layoutManager().sliceWidget("Red")
        assert view.sliceLogic().GetBackgroundLayer().GetVolumeNode() is volume
        assert view.mrmlSliceNode().GetOrientation() == "Axial"

    def test_show_a_table_whose_selection_lasts(self, slicer):
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLTableNode")
        column = vtk.vtkDoubleArray()
        column.SetName("volume")
        for value in (1.5, 2.5):
            column.InsertNextValue(value)
        node.AddColumn(column)
        view, heard = slicer.qMRMLTableView(), []
        view.setMRMLTableNode(node)
        view.connect("selectionChanged()", lambda: heard.append(view.selectedIndexes()))
        # The columns' names are a row of the view, unless the node says otherwise.
        assert view.model().rowCount() == 3
        node.SetUseColumnTitleAsColumnHeader(True)
        assert view.model().rowCount() == 2
        view.selectRow(1)
        assert [index.row() for index in heard[-1]] == [1]
        node.SetCellText(1, 0, "3.5")
        assert [index.data() for index in view.selectedIndexes()] == ["3.5"]

    def test_show_the_views_of_the_layout(self, slicer):
        manager = slicer.app.layoutManager()
        layouts = slicer.vtkMRMLLayoutNode
        manager.setLayout(layouts.SlicerLayoutSideBySideView)
        assert [manager.sliceWidget(n).visible for n in manager.sliceViewNames()] == [
            True,
            True,
            False,
        ]
        assert manager.layout == layouts.SlicerLayoutSideBySideView
        assert manager.threeDWidget(0).visible is False

    def test_run_a_process_beside_events(self, slicer, slicerApplication):
        lines, codes = [], []
        slicer.util.launchConsoleProcess(
            [sys.executable, "-c", "print('fold 1')"],
            blocking=False,
            logCallback=lines.append,
            completedCallback=codes.append,
        )
        slicerApplication.waitFor(lambda: codes)
        assert (lines, codes) == (["fold 1"], [0])

    def test_keep_settings_within_a_test(self, qt, slicer):
        qt.QSettings().setValue("Radiogenomics/rater", "mm")
        assert slicer.util.settingsValue("Radiogenomics/rater", "") == "mm"
        assert slicer.app.userSettings().value("Radiogenomics/rater") == "mm"

    def test_forget_settings_after_a_test(self, slicer):
        assert slicer.util.settingsValue("Radiogenomics/rater", "nobody") == "nobody"

    def test_ask_for_paths_without_a_window(self, qt, slicerApplication):
        slicerApplication.answer("/study", "")
        assert qt.QFileDialog.getExistingDirectory(None, "Open a study") == "/study"
        assert qt.QFileDialog.getOpenFileName(None, "Open", "", "*.csv") == ""
        assert [shown.kind for shown in slicerApplication.dialogs] == [
            "getExistingDirectory",
            "getOpenFileName",
        ]

    def test_skip_dialogs_under_testing(self, slicer, slicerApplication):
        slicerApplication.setTesting(True)
        slicer.util.errorDisplay("seen by nobody")
        assert slicerApplication.dialogs == []


class TestLifetime:
    def test_of_an_object_that_nobody_holds_ends(self, qt, slicerApplication):
        heard = []

        def forget():
            timer = qt.QTimer()
            timer.setInterval(1)
            timer.connect("timeout()", lambda: heard.append("still here"))
            timer.start()

        forget()
        slicerApplication.runTimers(30)
        assert heard == []

    def test_of_a_child_is_its_parents(self, qt, slicerApplication):
        parent = qt.QWidget()
        qt.QLabel("kept", parent).objectName = "label"
        slicerApplication.runTimers(1)
        label = parent.label
        assert label.text == "kept"
        parent.delete()
        with pytest.raises(ValueError, match="deleted"):
            label.text  # noqa: B018

    def test_warnings_of_qt_are_heard(self, qt, slicerApplication):
        widget = qt.QWidget()
        qt.QVBoxLayout(widget)
        qt.QVBoxLayout(widget)
        assert "already has a layout" in slicerApplication.qtWarnings.pop()
