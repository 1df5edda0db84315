"""The brain mask of a case: shown as an outline, corrected, kept, and never measured."""

import json

import numpy as np
import pytest
import SimpleITK as sitk
import slicer

from radiogenomics.errors import InputError, StudyError
from radiogenomics.mrml.grids import fill_segments
from radiogenomics.mrml.segments import find_roi_segments, segmentation_content
from radiogenomics.mrml.session import Session
from radiogenomics.study import Role
from radiogenomics.study.brain_mask import find_brain_mask

from .conftest import SHAPE, ball

BRAIN = ball(SHAPE, (28, 24, 20), 17)
# Axes of the file: towards the back, down and to the right.
TURNED = (0, 0, -1, 1, 0, 0, 0, -1, 0)


def write_mask(path, array=BRAIN, direction=(1, 0, 0, 0, 1, 0, 0, 0, 1), value=1):
    image = sitk.GetImageFromArray(array.astype(np.uint8) * value)
    image.SetSpacing((1.0, 1.0, 1.5))
    image.SetOrigin((10.0, -20.0, 5.0))
    image.SetDirection(direction)
    sitk.WriteImage(image, str(path))


@pytest.fixture
def case(study):
    case = study.case("P1")
    write_mask(case.folder / "images" / "brain_mask.nii.gz")
    return case


@pytest.fixture
def reports():
    return []


@pytest.fixture
def session(scene, clock, case, reports):
    session = Session(scene, clock.schedule, lambda _: None, reports.append)
    session.open_study(case.folder.parents[1])
    session.sign_in("Eva Nová", Role.READER)
    yield session
    session.end()


def paint(layer, array):
    """Replace the mask by an array, as an effect of the segment editor does."""
    from radiogenomics.mrml.grids import _image, reference_geometry

    slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
        _image(array, reference_geometry(layer.node)),
        layer.node,
        layer.node.GetSegmentation().GetNthSegmentID(0),
        slicer.vtkSlicerSegmentationsModuleLogic.MODE_REPLACE,
    )


def bigger():
    return ball(SHAPE, (28, 24, 20), 19)


def voxels(path):
    return sitk.GetArrayFromImage(sitk.ReadImage(str(path))) == 1


def test_mask_opens_with_its_case_as_an_outline_of_its_own(session, scene):
    session.open_case("P1")
    layer = session.open.nodes.brain_mask
    display = layer.node.GetDisplayNode()
    assert layer.visible
    assert (display.GetVisibility2DOutline(), display.GetVisibility2DFill()) == (1, 0)
    assert not display.GetVisibility3D()
    assert layer.node.GetName() == "P1 brain mask"
    assert layer.node.GetSegmentation().GetNthSegment(0).GetName() == "Brain mask"
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    item = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(layer.node))
    assert hierarchy.GetItemName(item) == "P1"
    layer.visible = False
    assert not display.GetVisibility()


def test_mask_is_no_region_and_is_not_measured(session):
    session.open_case("P1")
    nodes = session.open.nodes
    assert find_roi_segments(nodes.brain_mask.node) == {}
    assert list(nodes.segmentations) == ["Eva Nová"]
    assert nodes.brain_mask.node is not session.live.node
    assert set(session.live.rois) == {"enhancing", "edema"}


def test_case_without_a_mask_opens_without_one(session):
    session.open_case("P2")
    assert session.open.nodes.brain_mask is None


def test_closing_the_case_takes_the_mask_out_of_the_scene(session, scene, case):
    before = {scene.GetNthNode(index).GetID() for index in range(scene.GetNumberOfNodes())}
    content = find_brain_mask(case).read_bytes()
    session.open_case("P1")
    assert not session.open.nodes.brain_mask.is_changed
    session.close_case()
    after = {scene.GetNthNode(index) for index in range(scene.GetNumberOfNodes())}
    left = {node.GetID(): node.GetClassName() for node in after if node.GetID() not in before}
    assert "vtkMRMLSegmentationNode" not in left.values()
    assert "vtkMRMLSegmentationDisplayNode" not in left.values()
    # Nothing was changed, so nothing is written.
    assert find_brain_mask(case).read_bytes() == content
    assert [one.name for one in (case.folder / "images").glob("brain_mask*")] == [
        "brain_mask.nii.gz"
    ]


@pytest.mark.parametrize("direction", [(1, 0, 0, 0, 1, 0, 0, 0, 1), TURNED])
def test_corrected_mask_is_kept_voxel_by_voxel_on_its_grid_and_the_one_before_too(
    session, case, direction
):
    path = find_brain_mask(case)
    write_mask(path, direction=direction)
    before = path.read_bytes()
    session.open_case("P1")
    layer = session.open.nodes.brain_mask
    paint(layer, bigger())
    assert layer.is_changed
    saved = layer.save("Eva Nová")
    assert not layer.is_changed
    written = sitk.ReadImage(str(path))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(written), bigger().astype(np.uint8))
    assert written.GetPixelID() == sitk.sitkUInt8
    assert written.GetSpacing() == pytest.approx((1.0, 1.0, 1.5))
    assert written.GetOrigin() == pytest.approx((10.0, -20.0, 5.0))
    assert written.GetDirection() == pytest.approx(direction)
    assert saved.earlier.name == "brain_mask.v01.nii.gz"
    assert saved.earlier.read_bytes() == before
    entry = json.loads((case.folder / "images" / "brain_mask.jsonl").read_text(encoding="utf-8"))
    assert entry["who"] == "Eva Nová"
    assert (entry["sha256"], entry["earlier"]) == (saved.sha256, saved.earlier.name)


def test_stripping_takes_the_corrected_mask(session, case):
    from radiogenomics.imaging.skull import mask_from_file

    session.open_case("P1")
    paint(session.open.nodes.brain_mask, bigger())
    path = session.open.nodes.brain_mask.save("Eva Nová").path
    image = sitk.ReadImage(str(case.images["t1c"]))
    brain = mask_from_file(path, image)
    assert brain.parameters["resampled"] == "no"
    np.testing.assert_array_equal(sitk.GetArrayFromImage(brain.mask) == 1, bigger())


def test_second_correction_keeps_both_before(session, case):
    session.open_case("P1")
    layer = session.open.nodes.brain_mask
    paint(layer, bigger())
    layer.save("Eva Nová")
    paint(layer, BRAIN)
    layer.save("Eva Nová")
    images = case.folder / "images"
    assert voxels(images / "brain_mask.v01.nii.gz").sum() == BRAIN.sum()
    assert voxels(images / "brain_mask.v02.nii.gz").sum() == bigger().sum()
    assert voxels(images / "brain_mask.nii.gz").sum() == BRAIN.sum()


def test_switching_cases_saves_what_was_corrected_and_says_so(session, case, reports):
    session.open_case("P1")
    paint(session.open.nodes.brain_mask, bigger())
    session.open_case("P2")
    np.testing.assert_array_equal(voxels(find_brain_mask(case)), bigger())
    assert len(reports) == 1
    assert "corrected brain mask of P1 was saved. The one before is kept as brain_m" in reports[0]
    study = case.folder.parents[1]
    assert reports[0].endswith(f"radiogenomics prepare --again --study {study} --patient P1")


def test_clearing_the_scene_saves_what_was_corrected(session, case, scene):
    session.open_case("P1")
    paint(session.open.nodes.brain_mask, bigger())
    scene.Clear(False)
    np.testing.assert_array_equal(voxels(find_brain_mask(case)), bigger())


def test_empty_mask_is_not_saved_and_the_case_stays_open(session, case, scene, reports):
    before = find_brain_mask(case).read_bytes()
    session.open_case("P1")
    paint(session.open.nodes.brain_mask, np.zeros(SHAPE, dtype=bool))
    with pytest.raises(InputError, match=r"P1 brain mask is empty.*Undo what emptied"):
        session.open_case("P2")
    assert session.open.case.patient_id == "P1"
    assert find_brain_mask(case).read_bytes() == before
    scene.Clear(False)
    assert "could not be saved and is lost: P1 brain mask is empty" in reports[-1]
    assert find_brain_mask(case).read_bytes() == before


def test_mask_with_a_segment_added_is_not_saved(session):
    session.open_case("P1")
    layer = session.open.nodes.brain_mask
    layer.node.GetSegmentation().AddEmptySegment("more")
    with pytest.raises(InputError, match="has 2 segments"):
        layer.save("Eva Nová")
    layer.node.GetSegmentation().RemoveSegment("more")


def test_mask_under_a_transform_is_not_saved(session, scene):
    session.open_case("P1")
    layer = session.open.nodes.brain_mask
    transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "T")
    layer.node.SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(InputError, match="lies under the transform T"):
        layer.save("Eva Nová")
    layer.node.SetAndObserveTransformNodeID(None)


def test_drawing_a_region_leaves_the_mask_as_it_is(session):
    session.open_case("P1")
    layer = session.open.nodes.brain_mask
    content = segmentation_content(layer.node)
    fill_segments(session.live.node, BRAIN.astype(np.uint8), {"edema": 1})
    assert segmentation_content(layer.node) == content


@pytest.mark.parametrize(
    ("damage", "refusal"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-40]), "cannot be read as an image"),
        (lambda path: path.write_bytes(b""), "cannot be read as an image"),
        (lambda path: write_mask(path, BRAIN.astype(np.uint8) + bigger()), "has 2 values beside 0"),
        (lambda path: write_mask(path, BRAIN & ~BRAIN), "has 0 values beside 0"),
    ],
)
def test_damaged_mask_is_told_and_nothing_is_left_in_the_scene(
    session, case, scene, damage, refusal
):
    damage(find_brain_mask(case))
    with pytest.raises(StudyError, match=refusal):
        session.open_case("P1")
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    assert scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 0
