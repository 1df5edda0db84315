"""Unsaved work survives full disks, other windows, other people's steps and odd scenes."""

from pathlib import Path

import pytest
import slicer

from radiogenomics.errors import InputError, StudyError
from radiogenomics.mrml.case import read_segmentation
from radiogenomics.mrml.grids import LABELS, fill_segments
from radiogenomics.mrml.opened import Change
from radiogenomics.mrml.reviewing import Review
from radiogenomics.mrml.segments import find_roi_segments, segment_grid
from radiogenomics.mrml.session import DRAFT_MS, Session
from radiogenomics.study import Role, State
from radiogenomics.study.drafts import find_draft

from .conftest import make_logics, tumour_array


@pytest.fixture
def reports():
    return []


@pytest.fixture
def session(scene, clock, study, reports):
    session = Session(scene, clock.schedule, lambda _: None, reports.append)
    session.open_study(study.root)
    session.sign_in("Eva Nová", Role.READER)
    session.open_case("P1")
    yield session
    session.end()
    session.end()


@pytest.fixture
def window(clock, study, reports):
    """A second window of the same rater, with the same case open."""
    scene = slicer.vtkMRMLScene()
    logics = make_logics(scene)
    session = Session(scene, clock.schedule, lambda _: None, reports.append)
    session.open_study(study.root)
    session.sign_in("Eva Nová", Role.READER)
    session.open_case("P1")
    yield session
    session.end()
    del logics


def node_of(session):
    return session.open.nodes.segmentations[session.open.rater]


def draw(session, voxels=0):
    array = tumour_array()
    array[0, 0, :voxels] = LABELS["edema"]
    fill_segments(node_of(session), array, LABELS)


def voxels_in(node):
    return int(segment_grid(node, find_roi_segments(node)["edema"]).mask.sum())


def voxels_drawn(extra=0):
    return int((tumour_array() == LABELS["edema"]).sum()) + extra


def voxels_in_file(scene, path):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode")
    read_segmentation(path, node)
    return voxels_in(node)


def move(session):
    """Make the work impossible to keep: a file would lose the transform."""
    transform = session.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    node_of(session).SetAndObserveTransformNodeID(transform.GetID())


@pytest.mark.parametrize(
    "leave",
    [
        lambda session: session.open_case("P2"),
        lambda session: session.close_case(),
        lambda session: session.close_study(),
        lambda session: session.open_study(session.study.root),
        lambda session: session.sign_in("Olga", Role.READER),
        lambda session: session.follow(
            session.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "another")
        ),
    ],
)
def test_a_case_whose_work_cannot_be_kept_stays_open(session, leave):
    draw(session)
    move(session)
    with pytest.raises(InputError, match=r"would be lost, so the case stays open.*moved"):
        leave(session)
    assert session.open.case.patient_id == "P1"
    assert session.rater.name == "Eva Nová"
    assert voxels_in(node_of(session)) == voxels_drawn()


def test_work_that_a_full_disk_cannot_take_stays_open(session, study):
    draw(session)
    folder = study.case("P1").folder / "segmentations"
    folder.write_text("no folder, so that nothing can be written into it")
    with pytest.raises(StudyError, match="would be lost, so the case stays open"):
        session.open_case("P2")
    assert session.is_dirty
    folder.unlink()
    session.open_case("P2")
    assert find_draft(study.case("P1"), "Eva Nová") is not None


def test_work_that_cannot_be_kept_when_the_scene_closes_is_rescued(
    session, scene, reports, tmp_path, monkeypatch
):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    draw(session)
    node_of(session).GetSegmentation().CreateRepresentation("Closed surface")
    move(session)
    scene.Clear(False)
    assert session.open is None
    (path,) = tmp_path.glob("radiogenomics-*/P1 Eva Nová.seg.nrrd")
    assert str(path) in reports[0]
    assert voxels_in_file(scene, path) == voxels_drawn()


def test_keeping_is_tried_again_until_it_works(session, clock, study, reports):
    draw(session)
    folder = study.case("P1").folder / "segmentations"
    folder.write_text("in the way")
    clock.advance(DRAFT_MS)
    assert len(reports) == 1
    folder.unlink()
    clock.advance(DRAFT_MS)
    assert find_draft(study.case("P1"), "Eva Nová") is not None


def test_a_damaged_draft_is_set_aside_and_the_newest_version_opens(session, study):
    draw(session)
    session.save()
    draw(session, voxels=5)
    session.close_case()
    draft = find_draft(study.case("P1"), "Eva Nová")
    draft.path.write_bytes(draft.path.read_bytes()[:-200])
    message = session.open_case("P1")
    assert "cannot be restored and is kept as" in message
    assert "aside01" in message
    assert voxels_in(node_of(session)) == voxels_drawn()
    assert not session.is_dirty


def test_a_draft_with_a_duplicated_segment_opens_and_says_so(session):
    draw(session)
    inner = node_of(session).GetSegmentation()
    copy = slicer.vtkSegment()
    copy.DeepCopy(inner.GetSegment(find_roi_segments(node_of(session))["edema"]))
    inner.AddSegment(copy, "copy")
    session.open_case("P2")
    assert "restored" in session.open_case("P1")
    assert "both have the terminology of edema" in session.live.rois["edema"].problem
    node_of(session).GetSegmentation().RemoveSegment("copy")
    session.save()


def test_another_window_neither_writes_over_a_draft_nor_discards_it(
    session, window, study, reports, scene
):
    draw(session, voxels=1)
    session.keep_draft()
    draw(window, voxels=2)
    window.keep_draft()
    assert "another window" in reports[0]
    folder = study.case("P1").folder / "segmentations"
    assert voxels_in_file(scene, folder / "Eva Nová.aside01.seg.nrrd") == voxels_drawn(1)
    session.save()
    assert voxels_in_file(scene, find_draft(study.case("P1"), "Eva Nová").path) == voxels_drawn(2)


def test_a_version_saved_over_another_windows_says_so(session, window, reports):
    draw(session)
    session.save()
    draw(window, voxels=2)
    assert window.save().version == 2
    assert "Version 1 of P1 was saved in another window" in reports[0]


def test_what_was_submitted_in_another_window_gets_no_newer_version(session, window, study):
    draw(session)
    session.save()
    session.open_case("P1")
    window.open_case("P1")
    Review(window).submit()
    study.case("P1").review(
        State.APPROVED, who="Jan Malý", role=Role.REVIEWER, rater="Eva Nová", version=1
    )
    draw(session, voxels=5)
    with pytest.raises(InputError, match="Version 1 of P1 by Eva Nová is approved since"):
        session.save()
    assert study.case("P1").status is State.APPROVED
    # The draft is kept, and is not shown as if it were what was approved.
    session.open_case("P1")
    assert voxels_in(node_of(session)) == voxels_drawn()
    assert find_draft(study.case("P1"), "Eva Nová") is not None


def test_a_consensus_is_made_of_the_files_and_not_of_what_was_drawn_on_them(session):
    review = Review(session)
    draw(session)
    review.submit()
    session.sign_in("Olga", Role.READER)
    session.open_case("P1")
    draw(session)
    review.submit()
    # Another module may draw on what this one shows read-only.
    draw(session, voxels=9)
    _, agreed = review.make_consensus("majority")
    assert int((agreed.array == agreed.labels["edema"]).sum()) == voxels_drawn()


def test_segments_on_several_grids_are_not_saved_as_something_else(session, study):
    draw(session)
    node = node_of(session)
    image = slicer.vtkOrientedImageData()
    image.SetDimensions(10, 10, 10)
    image.SetSpacing(2.3, 2.3, 2.3)
    image.SetOrigin(-15.0, -5.0, 10.0)
    image.AllocateScalars(3, 1)
    image.GetPointData().GetScalars().Fill(1)
    slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(
        image, node, find_roi_segments(node)["enhancing"], 0
    )
    with pytest.raises(InputError, match="segments on several grids"):
        session.save()
    assert study.case("P1").segmentations() == []


def test_a_region_whose_segment_was_moved_away_is_not_saved_as_empty(session, study):
    draw(session)
    node = node_of(session)
    other = session.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "other")
    other.GetSegmentation().CopySegmentFromSegmentation(
        node.GetSegmentation(), find_roi_segments(node)["edema"], True
    )
    with pytest.raises(InputError, match=r"no segment for edema.*terminology Edema"):
        session.save()
    assert study.case("P1").segmentations() == []


def test_following_a_node_of_the_open_case_leaves_the_case_open(session):
    draw(session)
    node = node_of(session)
    session.follow(node)
    assert session.scene.IsNodePresent(node)
    assert session.live.node is node
    second = session.open.nodes.add_segmentation("Olga", None)
    with pytest.raises(InputError, match="belongs to the open case"):
        session.follow(second)


def test_a_scene_closed_while_a_case_opens_leaves_nothing_open(scene, clock, study):
    def clear(change):
        if change is Change.FEATURES:
            scene.Clear(False)

    session = Session(scene, clock.schedule, clear, lambda _: None)
    session.open_study(study.root)
    session.sign_in("Eva Nová", Role.READER)
    with pytest.raises(InputError, match="scene was closed while"):
        session.open_case("P1")
    assert session.open is None
    assert session.live is None
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    session.end()


def test_a_damaged_feature_table_leaves_the_study_to_work_in(session, study, reports):
    Path(study.root / "features.csv").write_text("patient_id,rater\nP1,x\n")
    session.open_study(study.root)
    assert "Nothing can be compared with the cohort" in reports[0]
    session.sign_in("Eva Nová", Role.READER)
    session.open_case("P1")
    assert session.board.cohort == {}


def test_work_that_was_kept_and_then_undone_does_not_come_back(session, clock):
    history = slicer.vtkSegmentationHistory()
    history.SetSegmentation(node_of(session).GetSegmentation())
    history.SaveState()
    draw(session)
    clock.advance(DRAFT_MS)
    assert find_draft(session.open.case, "Eva Nová") is not None

    history.RestorePreviousState()
    clock.advance(DRAFT_MS)
    assert not session.is_dirty
    assert find_draft(session.open.case, "Eva Nová") is None
    assert session.open_case("P1") == ""
    assert voxels_in(node_of(session)) == 0
