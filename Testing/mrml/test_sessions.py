"""A rater's session on a real study: open, draw, save, switch, crash and come back."""

import shutil

import numpy as np
import pytest
import slicer

from radiogenomics.errors import InputError, StudyError
from radiogenomics.mrml.case import write_segmentation
from radiogenomics.mrml.grids import LABELS, fill_segments
from radiogenomics.mrml.live import DELAY_MS
from radiogenomics.mrml.segments import find_roi_segments
from radiogenomics.mrml.session import DRAFT_MS, Change, Session
from radiogenomics.shape import labelmap_features
from radiogenomics.study import Role, State, Study
from radiogenomics.study.drafts import find_draft

from .conftest import make_logics, tumour_array

SPACING = (1.0, 1.0, 1.5)


class Told:
    def __init__(self):
        self.changes = []
        self.reports = []


@pytest.fixture
def told():
    return Told()


@pytest.fixture
def session(scene, clock, told, study):
    session = Session(scene, clock.schedule, told.changes.append, told.reports.append)
    session.open_study(study.root)
    session.sign_in("Eva Nová", Role.READER)
    yield session
    session.end()


def node_of(session):
    return session.open.nodes.segmentations[session.open.rater]


def draw(session, array=None):
    fill_segments(node_of(session), tumour_array() if array is None else array, LABELS)


def live_features(session):
    session.update()
    return {roi: one.measurement.features for roi, one in session.live.rois.items()}


def expected_features(array):
    return labelmap_features(array, SPACING, {roi: LABELS[roi] for roi in ("enhancing", "edema")})


def test_a_case_opens_with_its_images_and_two_standard_segments_in_a_folder(session, scene):
    session.open_case("P1")
    assert set(session.open.nodes.volumes) == {"t1c", "flair"}
    assert list(find_roi_segments(node_of(session))) == ["enhancing", "edema"]
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    parents = {
        hierarchy.GetItemName(hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node)))
        for node in [*session.open.nodes.volumes.values(), node_of(session)]
    }
    assert parents == {"P1"}


def test_enhancing_is_drawn_on_t1c_and_edema_on_flair(session):
    session.open_case("P1")
    nodes = session.open.nodes
    assert nodes.source_volume("enhancing") is nodes.volumes["t1c"]
    assert nodes.source_volume("edema") is nodes.volumes["flair"]


def test_what_is_saved_measures_the_same_on_the_command_line(session):
    from radiogenomics.imaging import read_labelmap

    session.open_case("P1")
    draw(session)
    live = live_features(session)
    assert live == expected_features(tumour_array())
    saved = session.save()
    assert saved.path.name == "Eva Nová.v01.seg.nrrd"
    labelmap = read_labelmap(saved.path, None)
    labels = {roi: labelmap.labels[roi] for roi in ("enhancing", "edema")}
    assert labelmap_features(labelmap.array, labelmap.grid.spacing, labels) == live


def test_the_record_beside_a_version_and_a_tag_inside_it_say_who_and_when(session):
    session.open_case("P1")
    draw(session)
    saved = session.save()
    assert saved.record["rater"] == "Eva Nová"
    assert saved.record["based_on"] == 0
    saved.verify()
    session.close_case()
    session.open_case("P1")
    segment = node_of(session).GetSegmentation().GetNthSegment(0)
    tags = ["Rater", "Time", "Software"]
    assert all(segment.HasTag(f"Radiogenomics.{name}") for name in tags)
    header = saved.path.read_bytes()[:20_000].decode("utf-8", errors="replace")
    assert "Radiogenomics.Rater:Eva Nová|" in header


def test_nothing_in_the_scene_refers_to_the_study_files(session):
    session.open_case("P1")
    draw(session)
    session.save()
    assert node_of(session).GetStorageNode() is None
    assert all(node.GetStorageNode() is None for node in session.open.nodes.volumes.values())


def test_saving_and_opening_again_restores_the_segmentation(session):
    session.open_case("P1")
    draw(session)
    session.save()
    session.open_case("P2")
    assert live_features(session)["edema"]["volume"] == 0.0
    session.open_case("P1")
    assert session.open.version == 1
    assert live_features(session) == expected_features(tumour_array())
    assert not session.is_dirty


def test_a_second_save_is_a_second_version(session):
    session.open_case("P1")
    draw(session)
    session.save()
    array = tumour_array()
    array[:3, :3, :3] = LABELS["edema"]
    draw(session, array)
    session.update()
    assert session.is_dirty
    assert session.save().version == 2
    assert not session.is_dirty


def test_events_that_change_nothing_leave_nothing_to_save(session, study):
    session.open_case("P1")
    draw(session)
    session.save()
    inner = node_of(session).GetSegmentation()
    touches = session.live.touches
    inner.SeparateSegmentLabelmap(find_roi_segments(node_of(session))["edema"])
    inner.CollapseBinaryLabelmaps(False)
    assert session.live.touches > touches
    assert not session.is_dirty
    session.close_case()
    assert find_draft(study.case("P1"), "Eva Nová") is None


def test_switching_cases_keeps_unsaved_work_and_restores_it(session, study):
    session.open_case("P1")
    draw(session)
    session.open_case("P2")
    assert find_draft(study.case("P1"), "Eva Nová") is not None
    assert study.case("P1").segmentations() == []
    message = session.open_case("P1")
    assert "Unsaved work of 20" in message
    assert live_features(session) == expected_features(tumour_array())
    assert session.is_dirty
    session.save()
    assert find_draft(study.case("P1"), "Eva Nová") is None


def test_work_is_kept_in_time_so_that_a_crash_loses_at_most_half_a_minute(session, clock, study):
    session.open_case("P1")
    draw(session)
    clock.advance(DRAFT_MS)
    # The crash: nothing of the session runs any more, and another one opens the study.
    scene = slicer.vtkMRMLScene()
    logics = make_logics(scene)
    second = Session(scene, clock.schedule, lambda _: None, lambda _: None)
    second.open_study(study.root)
    second.sign_in("Eva Nová", Role.READER)
    assert "restored" in second.open_case("P1")
    assert live_features(second) == expected_features(tumour_array())
    second.end()
    del logics


def test_a_draft_older_than_the_newest_version_is_set_aside_and_said(session, study, tmp_path):
    session.open_case("P1")
    draw(session)
    session.keep_draft()
    draft = find_draft(study.case("P1"), "Eva Nová")
    copy = tmp_path / "draft.seg.nrrd"
    shutil.copy(draft.path, copy)
    session.save()
    shutil.copy(copy, draft.path)
    message = session.open_case("P1")
    assert "aside01" in message
    assert not session.is_dirty
    assert len(list(draft.path.parent.glob("*aside01.seg.nrrd"))) == 1


def test_a_draft_that_cannot_be_written_is_reported_and_not_lost(session, told):
    session.open_case("P1")
    draw(session)
    node = node_of(session)
    transform = session.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    node.SetAndObserveTransformNodeID(transform.GetID())
    session.keep_draft()
    assert "could not be kept" in told.reports[0]
    assert session.is_dirty


def test_overlapping_regions_are_not_saved_and_the_overlap_is_said(session, study):
    session.open_case("P1")
    draw(session)
    node = node_of(session)
    edema = find_roi_segments(node)["edema"]
    node.GetSegmentation().SeparateSegmentLabelmap(edema)
    fill_segments(node, (tumour_array() == LABELS["enhancing"]).astype(np.uint8), {"edema": 1})
    with pytest.raises(InputError, match="overlaps another region in 1986 voxels"):
        session.save()
    assert study.case("P1").segmentations() == []


def test_a_segmentation_under_a_transform_is_not_saved(session):
    session.open_case("P1")
    draw(session)
    transform = session.scene.AddNewNodeByClass("vtkMRMLLinearTransformNode", "moved")
    node_of(session).SetAndObserveTransformNodeID(transform.GetID())
    with pytest.raises(InputError, match="under the transform moved"):
        session.save()


def test_a_damaged_image_is_named_and_leaves_no_nodes(session, scene, study):
    path = study.case("P2").images["t1c"]
    path.write_bytes(path.read_bytes()[:100])
    before = scene.GetNumberOfNodes()
    with pytest.raises(StudyError, match=r"t1c\.nii\.gz cannot be read"):
        session.open_case("P2")
    assert session.open is None
    assert scene.GetNumberOfNodes() == before


def test_an_image_of_which_a_part_is_missing_is_not_shown(session, scene, study):
    path = study.case("P2").images["flair"]
    path.write_bytes(path.read_bytes()[:-1000])
    before = scene.GetNumberOfNodes()
    with pytest.raises(StudyError, match=r"flair\.nii\.gz cannot be read as an image: it was cut"):
        session.open_case("P2")
    assert scene.GetNumberOfNodes() == before


def test_a_version_that_was_altered_is_refused(session):
    session.open_case("P1")
    draw(session)
    saved = session.save()
    session.close_case()
    saved.path.write_bytes(saved.path.read_bytes() + b"x")
    with pytest.raises(StudyError, match="SHA-256 differs"):
        session.open_case("P1")


def test_ten_cases_in_a_row_leave_no_nodes_behind(session, scene):
    session.open_case("P1")
    session.open_case("P2")
    nodes = scene.GetNumberOfNodes()
    for _ in range(5):
        session.open_case("P1")
        draw(session)
        session.open_case("P2")
    assert scene.GetNumberOfNodes() == nodes


def test_closing_the_scene_keeps_unsaved_work(session, scene, study):
    session.open_case("P1")
    draw(session)
    scene.Clear(False)
    assert session.open is None
    assert find_draft(study.case("P1"), "Eva Nová") is not None
    session.open_case("P1")
    assert live_features(session) == expected_features(tumour_array())


def test_a_segmentation_removed_from_the_scene_closes_the_case_and_keeps_the_work(
    session, scene, study, clock
):
    session.open_case("P1")
    draw(session)
    scene.RemoveNode(node_of(session))
    clock.advance(0)
    assert session.open is None
    assert find_draft(study.case("P1"), "Eva Nová") is not None


def test_the_folder_of_a_case_removed_by_hand_closes_the_case_and_keeps_the_work(
    session, scene, study, clock
):
    session.open_case("P1")
    draw(session)
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
    folder = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node_of(session)))
    # Otherwise a crash of the whole application.
    hierarchy.RemoveItem(folder, True, True)
    clock.advance(0)
    assert session.open is None
    assert scene.GetNumberOfNodesByClass("vtkMRMLVolumeNode") == 0
    assert find_draft(study.case("P1"), "Eva Nová") is not None
    session.open_case("P1")
    assert live_features(session) == expected_features(tumour_array())


def test_any_segmentation_is_measured_without_a_study(scene, session, volume):
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "theirs")
    node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    first = node.GetSegmentation().AddEmptySegment("a", "Tumour")
    session.follow(node, {"enhancing": first})
    assert session.live.rois["enhancing"].measurement.features["volume"] == 0.0
    assert "no segment for edema" in session.live.rois["edema"].problem
    assert session.open is None
    assert not session.is_dirty


def test_an_unknown_rater_is_added_and_a_known_one_keeps_the_role(session, study):
    session.sign_in("Petr", Role.READER)
    assert Study.open(study.root).settings.raters["Petr"] is Role.READER
    with pytest.raises(InputError, match="Eva Nová is a reader in this study, not a reviewer"):
        session.sign_in("Eva Nová", Role.REVIEWER)


def test_a_case_needs_a_study_and_somebody_signed_in(scene, clock, told, study):
    session = Session(scene, clock.schedule, told.changes.append, told.reports.append)
    with pytest.raises(InputError, match="No study is open"):
        session.open_case("P1")
    session.open_study(study.root)
    with pytest.raises(InputError, match="Nobody is signed in"):
        session.open_case("P1")
    session.end()


def test_two_studies_do_not_mix(session, tmp_path, study):
    other = Study.create(tmp_path / "other", name="o", labels="brats")
    other.add_case("Q1")
    session.open_case("P1")
    draw(session)
    session.open_study(other.root)
    assert session.open is None
    assert session.rater is None
    assert find_draft(study.case("P1"), "Eva Nová") is not None
    with pytest.raises(InputError, match="Nobody"):
        session.open_case("Q1")


def test_changes_are_told(session, told, clock):
    told.changes.clear()
    session.open_case("P1")
    assert told.changes[-1] is Change.CASE
    draw(session)
    clock.advance(DELAY_MS)
    assert told.changes[-1] is Change.FEATURES
    session.save()
    assert told.changes[-1] is Change.SAVED


def test_a_submitted_version_can_only_be_looked_at(session, study):
    session.open_case("P1")
    draw(session)
    session.save()
    study.case("P1").review(
        State.SUBMITTED, who="Eva Nová", role=Role.READER, rater="Eva Nová", version=1
    )
    session.open_case("P1")
    assert not session.is_editable
    with pytest.raises(InputError, match="is submitted and can only be looked at"):
        session.save()


def test_a_full_disk_leaves_the_segmentation_unsaved_and_says_so(session, study):
    session.open_case("P1")
    draw(session)
    folder = study.case("P1").folder / "segmentations"
    folder.mkdir(exist_ok=True)
    with pytest.raises(StudyError, match="cannot be written"):
        write_segmentation(folder / "missing" / "x.seg.nrrd", node_of(session))
    assert session.is_dirty
