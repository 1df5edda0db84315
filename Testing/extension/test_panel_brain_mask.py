"""The brain mask in the panel: seen, corrected with the panel's editor, and kept."""

import numpy as np
import pytest
from panelsteps import draw


def write_mask(case, array, image_path):
    import SimpleITK as sitk

    image = sitk.ReadImage(str(image_path))
    mask = sitk.GetImageFromArray(array.astype(np.uint8))
    mask.CopyInformation(image)
    sitk.WriteImage(mask, str(case.folder / "images" / "brain_mask.nii.gz"))


@pytest.fixture
def masked(working, folder):
    """The panel with a case that has a brain mask and an image from before stripping."""
    import shutil

    import SimpleITK as sitk

    from radiogenomics.study import Study

    case = Study.open(folder).case("PHANTOM-1")
    image = case.images["t1c"]
    size = sitk.ReadImage(str(image)).GetSize()[::-1]
    write_mask(case, box(size, 4), image)
    unstripped = case.folder / "images" / "unstripped"
    unstripped.mkdir()
    shutil.copy(image, unstripped / "t1c.nii.gz")
    return working


def box(size, margin):
    array = np.zeros(size, dtype=bool)
    array[margin:-margin, margin:-margin, margin:-margin] = True
    return array


def mask_of(folder):
    import SimpleITK as sitk

    path = folder / "cases" / "PHANTOM-1" / "images" / "brain_mask.nii.gz"
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))) == 1


def shrink(layer, margin):
    """Correct the mask as an effect of the editor does."""
    import slicer
    from vtk.util.numpy_support import vtk_to_numpy

    segmentId = layer.node.GetSegmentation().GetNthSegmentID(0)
    image = slicer.vtkOrientedImageData()
    layer.node.GetBinaryLabelmapRepresentation(segmentId, image)
    scalars = vtk_to_numpy(image.GetPointData().GetScalars())
    scalars[:] = box(image.GetDimensions()[::-1], margin).ravel()
    slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
        image,
        layer.node,
        segmentId,
        slicer.vtkSlicerSegmentationsModuleLogic.MODE_REPLACE,
    )


def test_a_case_without_a_mask_says_so(working):
    assert not working.brainMask.ui.content.enabled
    working.study.openCase("PHANTOM-2")
    assert working.brainMask.ui.maskLabel.text == "This case has no brain mask."
    assert not working.brainMask.ui.content.enabled


def test_the_outline_is_shown_and_can_be_put_away(masked):
    masked.study.openCase("PHANTOM-1")
    layer = masked.workplace.session.open.nodes.brain_mask
    ui = masked.brainMask.ui
    assert ui.content.enabled
    assert ui.outlineBox.checked
    ui.outlineBox.click()
    assert not layer.visible
    ui.outlineBox.click()
    assert layer.visible


def test_the_editor_corrects_the_mask_on_the_image_before_stripping(masked):
    masked.study.openCase("PHANTOM-1")
    layer = masked.workplace.session.open.nodes.brain_mask
    editor = masked.segment.ui.editor
    regions = editor.segmentationNode()
    masked.brainMask.ui.correctButton.click()
    assert editor.segmentationNode() is layer.node
    assert editor.sourceVolumeNode().GetName() == "PHANTOM-1 t1c before stripping"
    assert not masked.segment.ui.edemaButton.enabled
    assert "brain mask" in masked.segment.ui.sourceLabel.text
    # The regions are still what is measured.
    assert masked.workplace.session.live.node is regions
    masked.segment.switchRoi()
    assert editor.segmentationNode() is layer.node
    masked.brainMask.ui.correctButton.click()
    assert editor.segmentationNode() is regions
    assert editor.sourceVolumeNode().GetName() == "PHANTOM-1 t1c"
    assert masked.segment.ui.edemaButton.enabled


def test_a_corrected_mask_is_saved_and_it_is_said_how_the_images_follow(
    masked, folder, slicerApplication
):
    masked.study.openCase("PHANTOM-1")
    masked.brainMask.ui.correctButton.click()
    before = mask_of(folder)
    shrink(masked.workplace.session.open.nodes.brain_mask, 3)
    masked.brainMask.ui.saveButton.click()
    assert slicerApplication.dialogs == []
    assert 0 < mask_of(folder).sum() < before.sum()
    assert "prepare --again --study" in masked.brainMask.ui.maskLabel.text
    images = folder / "cases" / "PHANTOM-1" / "images"
    assert (images / "brain_mask.v01.nii.gz").is_file()


def test_the_mask_of_a_submitted_case_can_be_corrected_and_its_regions_cannot(
    masked, slicerApplication
):
    masked.study.openCase("PHANTOM-1")
    draw(masked, slicerApplication)
    masked.review.ui.submitButton.click()
    assert masked.segment.ui.editor.readOnly
    masked.brainMask.ui.correctButton.click()
    assert not masked.segment.ui.editor.readOnly
    masked.brainMask.ui.correctButton.click()
    assert masked.segment.ui.editor.readOnly


def test_the_next_case_ends_the_correction(masked, folder, slicerApplication):
    masked.study.openCase("PHANTOM-1")
    masked.brainMask.ui.correctButton.click()
    before = mask_of(folder)
    shrink(masked.workplace.session.open.nodes.brain_mask, 3)
    masked.study.openCase("PHANTOM-2")
    assert not masked.brainMask.ui.correctButton.checked
    live = masked.workplace.session.live.node
    assert masked.segment.ui.editor.segmentationNode() is live
    assert mask_of(folder).sum() < before.sum()
    assert "brain mask of PHANTOM-1 was saved" in masked.segment.ui.savedLabel.text
    assert slicerApplication.dialogs == []


def test_a_mask_that_cannot_be_saved_is_told_in_a_dialog(masked, slicerApplication):
    masked.study.openCase("PHANTOM-1")
    layer = masked.workplace.session.open.nodes.brain_mask
    added = layer.node.GetSegmentation().AddEmptySegment("more")
    masked.brainMask.ui.saveButton.click()
    assert "has 2 segments" in slicerApplication.dialogs[-1].text
    layer.node.GetSegmentation().RemoveSegment(added)
