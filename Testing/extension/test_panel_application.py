"""The panel among what else happens in the application: other nodes, scenes, layouts, reloads."""

import pytest
from panelsteps import cells, draw


def addPhantom():
    from RadiogenomicsLib import SampleCase

    return SampleCase.addPhantom(spacing=3.0)


def follow(panel, node):
    panel.features.ui.segmentationBox.setCurrentNode(node)
    panel.features.ui.followButton.click()


@pytest.mark.parametrize("way", ["a click in its list", "its keys"])
def test_a_segment_chosen_in_the_editor_brings_its_image(working, slicerApplication, way):
    working.study.openCase("PHANTOM-1")
    editor = working.segment.ui.editor
    if way == "its keys":
        editor.setCurrentSegmentID("Segment_edema")
    else:
        from pythonqt.segmenteditor import selectInList

        selectInList(slicerApplication.inside(editor), "Segment_edema")
    assert editor.sourceVolumeNode().GetName() == "PHANTOM-1 flair"
    assert working.segment.ui.edemaButton.checked
    assert working.segment.ui.sourceLabel.text == "Drawing on PHANTOM-1 flair"


def test_the_editor_lets_go_of_a_case_before_its_nodes_leave_the_scene(working):
    import slicer

    working.study.openCase("PHANTOM-1")
    editor = working.segment.ui.editor
    held = []

    def look(_scene, _event):
        held.append(editor.segmentationNode())

    tag = slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.NodeRemovedEvent, look)
    editor.setActiveEffectByName("Paint")
    working.workplace.session.close_case()
    slicer.mrmlScene.RemoveObserver(tag)
    assert set(held) == {None}
    assert editor.activeEffect() is None


def test_an_image_removed_by_hand_is_not_drawn_on(working):
    import slicer

    working.study.openCase("PHANTOM-1")
    slicer.mrmlScene.RemoveNode(working.workplace.session.open.nodes.volumes["flair"])
    working.segment.switchRoi()
    assert working.segment.ui.editor.sourceVolumeNode().GetName() == "PHANTOM-1 t1c"
    assert "the case has no flair" in working.segment.ui.sourceLabel.text


def test_what_was_submitted_cannot_be_painted_on(working, slicerApplication):
    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    working.segment.ui.editor.setActiveEffectByName("Paint")
    working.review.ui.submitButton.click()
    assert working.segment.ui.editor.activeEffect() is None


def test_a_segmentation_without_a_study_is_drawn_on_its_own_image(panel):
    volume, *_, node = addPhantom()
    follow(panel, node)
    editor = panel.segment.ui.editor
    assert editor.sourceVolumeNode() is volume
    assert editor.sourceVolumeNodeSelectorVisible


def test_no_key_adds_a_region_to_a_segmentation_without_a_study(panel):
    import slicer

    node = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLSegmentationNode", "Other")
    follow(panel, node)
    panel.segment.switchRoi()
    assert node.GetSegmentation().GetNumberOfSegments() == 0


def test_the_study_lists_its_cases_again_after_the_scene_closed(working):
    import slicer

    working.study.openCase("PHANTOM-1")
    slicer.mrmlScene.Clear(False)
    assert len(cells(working.study.ui.caseTable)) == 3


def test_what_the_module_registers_is_there_once_and_new_after_a_reload(panel, others):
    import slicer

    (before,) = others.sources["Radiogenomics"]
    (plugin,) = others.plugins
    slicer.modules.RadiogenomicsWidget.onReload()
    assert panel is not slicer.modules.RadiogenomicsWidget.panel
    (source,) = others.sources["Radiogenomics"]
    assert source.customDownloader is not before.customDownloader
    assert plugin not in others.plugins
    assert len(others.plugins) == 1
    slicer.modules.RadiogenomicsWidget.cleanup()


def test_a_reload_leaves_no_panel_that_goes_on_listening(panel, slicerApplication):
    import slicer

    slicer.modules.RadiogenomicsWidget.onReload()
    slicerApplication.runTimers(20)
    assert not panel.widget
    slicer.modules.RadiogenomicsWidget.cleanup()


def test_opening_a_case_keeps_the_layout_that_the_user_has(working):
    import slicer

    manager = slicer.app.layoutManager()
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView)
    working.study.openCase("PHANTOM-1")
    assert manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    manager.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutOneUp3DView)
    working.study.openCase("PHANTOM-2")
    assert manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


@pytest.fixture
def compared(working, slicerApplication):
    """Olga's case beside Eva's."""
    for name in ("Eva Nová", "Olga"):
        working.rater.signIn(name, "reader")
        working.study.openCase("PHANTOM-1")
        draw(working, slicerApplication)
        working.review.take("submit")
    working.review.compare("Eva Nová")
    return working


@pytest.mark.parametrize("end", ["the button", "another case"])
def test_the_views_are_as_before_once_a_comparison_ends(compared, end):
    import slicer

    manager = slicer.app.layoutManager()
    yellow = manager.sliceWidget("Yellow").mrmlSliceNode()
    assert manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutSideBySideView
    assert yellow.GetOrientation() == "Axial"
    display = compared.workplace.session.live.node.GetDisplayNode()
    assert display.GetViewNodeIDs() == ("vtkMRMLSliceNodeRed",)
    if end == "the button":
        compared.review.ui.compareButton.click()
        assert display.GetViewNodeIDs() == ()
    else:
        compared.study.openCase("PHANTOM-2")
    assert manager.layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    assert yellow.GetOrientation() == "Sagittal"
    assert not compared.review.ui.compareButton.checked


def test_the_log_tells_a_blinded_reader_nothing_of_another(working, slicerApplication):
    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    working.review.take("submit")
    assert "Eva" in working.review.ui.logEdit.plainText
    working.rater.signIn("Olga", "reader")
    working.study.openCase("PHANTOM-1")
    assert working.review.ui.logEdit.plainText == ""
    assert working.review.ui.hiddenLabel.text.startswith("1 more raters")


def test_a_consensus_leaves_only_the_open_segmentation_in_the_views(compared):
    import slicer

    compared.review.ui.compareButton.click()
    compared.review.ui.consensusButton.click()
    assert "consensus version 1" in compared.review.ui.consensusLabel.text
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1
    assert not compared.review.ui.compareButton.checked


def test_the_selected_feature_stays_marked_in_the_next_case(working, slicerApplication):
    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    working.features.selectRow(5)
    working.study.openCase("PHANTOM-2")
    rows = {index.row() for index in working.features.ui.tableView.selectedIndexes()}
    assert rows == {5}
    assert working.workplace.highlight.selected == ("enhancing", "max_diameter")


def test_one_feature_table_is_left_after_a_scene_was_loaded(working, tmp_path, slicerApplication):
    import slicer

    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    path = tmp_path / "scene.mrml"
    slicer.mrmlScene.SetURL(str(path))
    slicer.mrmlScene.SetRootDirectory(str(tmp_path))
    assert slicer.mrmlScene.Commit()
    slicer.mrmlScene.Clear(False)
    slicer.mrmlScene.Import()
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1
    table = working.workplace.session.board.table.node
    assert working.features.ui.tableView.mrmlTableNode() is table


def test_a_closed_scene_forgets_the_selection_and_the_plot(working, slicerApplication):
    import slicer

    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    working.features.selectRow(5)
    slicer.mrmlScene.Clear(False)
    assert working.workplace.highlight.selected is None


def test_an_export_can_be_cancelled_and_writes_nothing(
    working, slicerApplication, tmp_path, monkeypatch
):
    import slicer

    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    working.segment.save()
    make = slicer.util.createProgressDialog

    def cancelled(**settings):
        dialog = make(**settings)
        dialog.cancel()
        return dialog

    monkeypatch.setattr(slicer.util, "createProgressDialog", cancelled)
    working.export.exportTable(str(tmp_path / "study.csv"), "study", False)
    assert "cancelled" in slicerApplication.dialogs[-1].text
    assert not (tmp_path / "study.csv").exists()
