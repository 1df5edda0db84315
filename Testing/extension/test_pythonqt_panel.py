"""A small panel as an extension writes one, run in the imitation: .ui, parameters, editor."""

import enum
import sys
from typing import Annotated

import numpy as np
import pytest
from pythonqt.errors import NotInSlicer

UI = """<?xml version="1.0" encoding="UTF-8"?>
<ui version="4.0">
 <class>Rings</class>
 <widget class="qMRMLWidget" name="Rings">
  <layout class="QVBoxLayout" name="verticalLayout">
   <item>
    <widget class="ctkCollapsibleButton" name="inputsButton">
     <property name="text"><string>Inputs</string></property>
     <layout class="QFormLayout" name="formLayout">
      <item row="0" column="1">
       <widget class="qMRMLNodeComboBox" name="volumeSelector">
        <property name="nodeTypes">
         <stringlist><string>vtkMRMLScalarVolumeNode</string></stringlist>
        </property>
        <property name="noneEnabled"><bool>true</bool></property>
        <property name="SlicerParameterName" stdset="0"><string>volume</string></property>
       </widget>
      </item>
      <item row="1" column="1">
       <widget class="QLineEdit" name="raterEdit">
        <property name="SlicerParameterName" stdset="0"><string>rater</string></property>
       </widget>
      </item>
      <item row="2" column="1">
       <widget class="QCheckBox" name="liveCheckBox">
        <property name="text"><string>Live</string></property>
        <property name="SlicerParameterName" stdset="0"><string>isLive</string></property>
       </widget>
      </item>
      <item row="3" column="1">
       <widget class="ctkComboBox" name="presetBox">
        <property name="SlicerParameterName" stdset="0"><string>preset</string></property>
       </widget>
      </item>
     </layout>
    </widget>
   </item>
   <item><widget class="qMRMLSegmentEditorWidget" name="editor"/></item>
   <item><widget class="QPushButton" name="addButton"/></item>
  </layout>
 </widget>
 <customwidgets/>
 <connections>
  <connection>
   <sender>Rings</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
   <receiver>volumeSelector</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot>
  </connection>
  <connection>
   <sender>Rings</sender><signal>mrmlSceneChanged(vtkMRMLScene*)</signal>
   <receiver>editor</receiver><slot>setMRMLScene(vtkMRMLScene*)</slot>
  </connection>
 </connections>
</ui>
"""

MODULE = """
import enum
from typing import Annotated

import qt
import slicer
from slicer import vtkMRMLScalarVolumeNode
from slicer.i18n import tr as _
from slicer.parameterNodeWrapper import Choice, Default, parameterNodeWrapper
from slicer.ScriptedLoadableModule import *
from slicer.util import VTKObservationMixin


@parameterNodeWrapper
class RingsParameterNode:
    volume: vtkMRMLScalarVolumeNode
    rater: str
    isLive: bool = True
    preset: Annotated[str, Choice(["brats", "msd"])] = "msd"


class Rings(ScriptedLoadableModule):
    def __init__(self, parent):
        super().__init__(parent)
        parent.title = _("Rings")


class RingsLogic(ScriptedLoadableModuleLogic):
    def getParameterNode(self):
        return RingsParameterNode(super().getParameterNode())


class RingsWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    def __init__(self, parent=None):
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.closes = 0

    def setup(self):
        super().setup()
        uiWidget = slicer.util.loadUI(self.resourcePath("UI/Rings.ui"))
        self.layout.addWidget(uiWidget)
        self.ui = slicer.util.childWidgetVariables(uiWidget)
        self.editorNode = slicer.vtkMRMLSegmentEditorNode()
        self.editorNode.SetSingletonTag("Rings")
        self.editorNode = slicer.mrmlScene.AddNode(self.editorNode)
        self.ui.editor.setMRMLSegmentEditorNode(self.editorNode)
        uiWidget.setMRMLScene(slicer.mrmlScene)
        self.logic = RingsLogic()
        self.ui.addButton.connect("clicked(bool)", self.onAdd)
        self.addObserver(slicer.mrmlScene, slicer.mrmlScene.EndCloseEvent, self.onClosed)
        self.parameterNode = self.logic.getParameterNode()
        self.tag = self.parameterNode.connectGui(self.ui)

    def onAdd(self):
        if not slicer.util.confirmOkCancelDisplay(_("Add a segment?")):
            return
        node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
        node.GetSegmentation().AddEmptySegment("enhancing")
        self.ui.editor.setSegmentationNode(node)
        slicer.util.showStatusMessage("added", 1000)

    def onClosed(self, caller, event):
        self.closes += 1

    def enter(self):
        self.ui.editor.installKeyboardShortcuts()

    def exit(self):
        self.ui.editor.setActiveEffect(None)
        self.ui.editor.uninstallKeyboardShortcuts()

    def cleanup(self):
        self.removeObservers()
"""


@pytest.fixture
def module(slicerApplication, tmp_path):
    (tmp_path / "Resources" / "UI").mkdir(parents=True)
    (tmp_path / "Resources" / "UI" / "Rings.ui").write_text(UI)
    (tmp_path / "Rings.py").write_text(MODULE)
    yield slicerApplication.loadModule(tmp_path / "Rings.py")
    sys.modules.pop("Rings")
    sys.path.remove(str(tmp_path))


@pytest.fixture
def panel(module):
    return module.widgetRepresentation().self()


def test_the_module_is_described_and_found(module):
    import slicer

    assert module.title == "Rings"
    assert slicer.modules.rings is module
    assert slicer.util.modulePath("Rings") == module.path


def test_the_ui_follows_the_scene(panel):
    import slicer

    assert panel.ui.volumeSelector.currentNode() is None
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "t1c")
    panel.ui.volumeSelector.setCurrentNode(node)
    assert panel.parameterNode.volume is node
    slicer.mrmlScene.RemoveNode(node)
    assert panel.ui.volumeSelector.currentNode() is None
    assert panel.parameterNode.volume is None


def test_parameters_and_widgets_are_joined_both_ways(panel):
    parameters = panel.parameterNode
    assert (parameters.rater, parameters.isLive, parameters.preset) == ("", True, "msd")
    assert panel.ui.liveCheckBox.checked
    assert panel.ui.presetBox.currentText == "msd"
    panel.ui.raterEdit.text = "mm"
    panel.ui.presetBox.currentText = "brats"
    panel.ui.liveCheckBox.checked = False
    assert (parameters.rater, parameters.isLive, parameters.preset) == ("mm", False, "brats")
    parameters.rater = "ek"
    assert panel.ui.raterEdit.text == "ek"
    parameters.disconnectGui(panel.tag)
    parameters.rater = "xx"
    assert panel.ui.raterEdit.text == "ek"
    panel.ui.raterEdit.text = "yy"
    assert parameters.rater == "xx"


def test_parameters_refuse_other_values(panel):
    with pytest.raises(TypeError, match="rater"):
        panel.parameterNode.rater = 3
    with pytest.raises(ValueError, match="none of"):
        panel.parameterNode.preset = "brats2025"
    with pytest.raises(ValueError, match="no parameter"):
        panel.parameterNode.setValue("reader", "mm")


def test_a_question_waits_for_the_answer_of_the_test(panel, slicerApplication, expectedExceptions):
    import slicer

    panel.ui.addButton.click()
    assert "give slicerApplication.answer" in str(expectedExceptions()[0])
    slicerApplication.answer(False, True)
    panel.ui.addButton.click()
    assert panel.ui.editor.segmentationNode() is None
    panel.ui.addButton.click()
    assert panel.ui.editor.segmentationNode() is not None
    assert [shown.text for shown in slicerApplication.dialogs] == ["Add a segment?"] * 3
    assert slicer.util.mainWindow().statusBar().currentMessage() == "added"


def test_the_editor_tells_of_a_segment_chosen_in_its_list_only(panel, slicerApplication):
    from pythonqt.segmenteditor import selectInList

    heard = []
    panel.ui.editor.connect("currentSegmentIDChanged(QString)", heard.append)
    slicerApplication.answer(True)
    panel.ui.addButton.click()
    added = panel.ui.editor.currentSegmentID()
    assert heard == [added]
    panel.ui.editor.setCurrentSegmentID("")
    assert heard == [added]
    selectInList(slicerApplication.inside(panel.ui.editor), added)
    assert heard == [added] * 2
    panel.ui.editor.setActiveEffectByName("Paint")
    assert panel.ui.editor.activeEffect().name == "Paint"
    panel.ui.editor.setActiveEffect(None)
    assert panel.editorNode.GetActiveEffectName() in (None, "")


def test_the_editor_takes_the_image_of_another_segmentation(panel):
    import slicer

    images = [slicer.util.addVolumeFromArray(np.zeros((3, 4, 5))) for _ in range(2)]
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    node.SetReferenceImageGeometryParameterFromVolumeNode(images[0])
    # As in Slicer: what was chosen before the segmentation is lost, what comes after stays.
    panel.ui.editor.setSourceVolumeNode(images[1])
    panel.ui.editor.setSegmentationNode(node)
    assert panel.ui.editor.sourceVolumeNode() is images[0]
    panel.ui.editor.setSourceVolumeNode(images[1])
    assert panel.ui.editor.sourceVolumeNode() is images[1]


@pytest.mark.usefixtures("slicerApplication")
def test_an_editor_without_its_node_is_refused():
    import slicer

    editor = slicer.qMRMLSegmentEditorWidget()
    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    with pytest.raises(RuntimeError, match="setMRMLSegmentEditorNode"):
        editor.setSegmentationNode(node)


@pytest.mark.usefixtures("panel")
def test_choosing_modules_enters_and_leaves(module, slicerApplication):
    import qt
    import slicer

    shortcuts = lambda: slicer.util.mainWindow().findChildren(qt.QShortcut)  # noqa: E731
    slicer.util.selectModule("Rings")
    assert module.widgetRepresentation().isEntered
    assert shortcuts()
    slicer.util.selectModule("Data")
    assert not module.widgetRepresentation().isEntered
    slicerApplication.processEvents()
    assert not shortcuts()


@pytest.mark.usefixtures("module")
def test_the_module_is_reloaded_by_slicers_own_function(panel):
    import slicer

    slicer.util.reloadScriptedModule("Rings")
    assert slicer.modules.RingsWidget is not panel
    assert slicer.modules.RingsWidget.ui.addButton is not panel.ui.addButton


def test_closing_the_scene_is_heard(panel):
    import slicer

    slicer.mrmlScene.Clear(False)
    assert panel.closes == 1


@pytest.mark.usefixtures("slicerApplication")
def test_a_ui_that_names_what_slicer_lacks_is_refused(tmp_path):
    import slicer

    broken = UI.replace("ctkComboBox", "ctkChoiceBox").replace("setMRMLScene(", "setScene(")
    (tmp_path / "broken.ui").write_text(broken)
    with pytest.raises(NotInSlicer, match=r"ctkChoiceBox.*no slot 'setScene"):
        slicer.util.loadUI(str(tmp_path / "broken.ui"))


@pytest.mark.usefixtures("panel")
def test_a_picture_of_the_panel_has_readable_text(module, slicerApplication, tmp_path):
    from PySide6 import QtGui

    path = slicerApplication.grab(module.widgetRepresentation(), tmp_path / "panel.png")
    assert QtGui.QImage(str(path)).width() == 420
    # Without a font Qt draws a box for every letter, all of one width.
    metrics = QtGui.QFontMetrics(slicerApplication.inside(module.widgetRepresentation()).font())
    assert metrics.horizontalAdvance("W") > metrics.horizontalAdvance("i") > 0


class Preset(enum.Enum):
    MSD = 1
    BRATS = 2


@pytest.mark.usefixtures("slicerApplication")
def test_parameters_keep_their_types():
    import pathlib

    import slicer
    from slicer.parameterNodeWrapper import Default, WithinRange, parameterNodeWrapper

    @parameterNodeWrapper
    class Kept:
        preset: Preset
        share: Annotated[float, WithinRange(0, 1), Default(0.5)]
        folder: pathlib.Path
        genes: list[str]

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLScriptedModuleNode")
    kept = Kept(node)
    assert (kept.preset, kept.share, kept.genes) == (Preset.MSD, 0.5, [])
    kept.preset, kept.folder, kept.genes = Preset.BRATS, pathlib.Path("/study"), ["EGFR"]
    again = Kept(node)
    assert (again.preset, again.folder, again.genes) == (
        Preset.BRATS,
        pathlib.Path("/study"),
        ["EGFR"],
    )
    with pytest.raises(ValueError, match="within"):
        kept.share = 2.0
