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
        slicerApplication.inside(editor).selectInList("Segment_edema")
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
