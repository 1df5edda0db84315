"""Review on a real study: submit, return, approve, blinding, agreement and consensus."""

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.mrml.grids import (
    LABELS,
    fill_segments,
    rater_labelmap,
    set_reference_geometry,
)
from radiogenomics.mrml.reviewing import Review
from radiogenomics.mrml.session import Session
from radiogenomics.study import Role, State

from .conftest import tumour_array


@pytest.fixture
def session(scene, clock, study):
    session = Session(scene, clock.schedule, lambda _: None, lambda _: None)
    session.open_study(study.root)
    yield session
    session.end()


@pytest.fixture
def review(session):
    return Review(session)


def work(session, name, role=Role.READER, rater=None):
    session.sign_in(name, role)
    session.open_case("P1", rater)


def draw(session, array):
    node = session.open.nodes.segmentations[session.open.rater]
    fill_segments(node, array, LABELS)


def shifted():
    array = tumour_array()
    return array.take(range(1, array.shape[2] + 1), axis=2, mode="clip")


def submit_both(session, review):
    for name, array in (("Eva Nová", tumour_array()), ("Olga", shifted())):
        work(session, name)
        draw(session, array)
        review.submit()


def test_submitting_saves_first_and_ends_the_drawing(session, review, study):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    review.submit()
    assert study.case("P1").state("Eva Nová", 1) is State.SUBMITTED
    assert not session.is_editable


def test_an_empty_case_cannot_be_submitted(session, review):
    work(session, "Eva Nová")
    with pytest.raises(InputError, match="nothing to submit"):
        review.submit()


def test_an_empty_version_does_not_open_the_others_work(session, review):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    review.submit()
    work(session, "Olga")
    session.save()
    with pytest.raises(InputError, match="nothing to submit"):
        review.submit()
    assert review.hidden() == ["Eva Nová"]


def test_a_submission_can_be_withdrawn_by_its_rater(session, review):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    review.submit()
    review.withdraw()
    assert session.is_editable


def test_a_reader_sees_no_other_reader_before_both_have_submitted(session, review):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    review.submit()
    work(session, "Olga")
    assert review.visible() == []
    assert review.hidden() == ["Eva Nová"]
    with pytest.raises(InputError, match="you have not submitted yours"):
        review.show_second("Eva Nová")
    with pytest.raises(InputError, match="you have not submitted yours"):
        session.open_case("P1", "Eva Nová")
    draw(session, shifted())
    session.save()
    assert review.hidden() == ["Eva Nová"]
    review.submit()
    assert [one.rater for one in review.visible()] == ["Olga", "Eva Nová"]


def test_a_reviewer_sees_only_what_was_submitted(session, review):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    session.save()
    work(session, "Jan Malý", Role.REVIEWER)
    assert review.visible() == []
    with pytest.raises(InputError, match="not submitted yet"):
        session.open_case("P1", "Eva Nová")


def test_a_reviewer_returns_with_a_comment_and_the_reader_goes_on(session, review, study):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    review.submit()
    work(session, "Jan Malý", Role.REVIEWER, "Eva Nová")
    assert not session.is_editable
    with pytest.raises(InputError, match="with a comment"):
        review.give_back("")
    review.give_back("The rim is too thick in front.")
    work(session, "Eva Nová")
    assert session.open.state is State.RETURNED
    assert session.is_editable
    assert study.case("P1").review_events()[-1].comment == "The rim is too thick in front."


def test_only_a_reviewer_approves_and_what_is_approved_is_read_only(session, review, study):
    submit_both(session, review)
    with pytest.raises(InputError, match="only a reviewer"):
        review.approve()
    work(session, "Jan Malý", Role.REVIEWER, "Eva Nová")
    review.approve()
    assert study.case("P1").status is State.APPROVED
    work(session, "Eva Nová")
    assert not session.is_editable


def test_two_raters_are_compared_side_by_side(session, review):
    submit_both(session, review)
    rows = {row.roi: row for row in review.agreement("Eva Nová")}
    assert set(session.open.nodes.segmentations) == {"Olga", "Eva Nová"}
    assert 0.85 < rows["edema"].dice < 1
    assert rows["edema"].volume_difference == 0
    # Moved by one voxel of 1 mm.
    assert rows["edema"].hausdorff_95 == pytest.approx(1.0)
    review.hide_second()
    assert set(session.open.nodes.segmentations) == {"Olga"}


def test_what_a_rater_draws_after_submission_is_nobody_elses(session, review):
    submit_both(session, review)
    work(session, "Jan Malý", Role.REVIEWER, "Eva Nová")
    review.give_back("Thinner.")
    work(session, "Eva Nová")
    array = tumour_array()
    array[:3, :3, :3] = LABELS["edema"]
    draw(session, array)
    session.save()
    work(session, "Olga")
    assert [(one.rater, one.version) for one in review.visible()] == [("Olga", 1), ("Eva Nová", 1)]
    session.open_case("P1", "Eva Nová")
    assert session.open.version == 1


def test_a_consensus_is_made_of_submitted_work_only(session, review):
    submit_both(session, review)
    work(session, "Jan Malý", Role.REVIEWER, "Eva Nová")
    review.give_back("Thinner.")
    with pytest.raises(InputError, match="two"):
        review.make_consensus("majority")


def test_a_reader_cannot_draw_again_with_the_others_work_in_sight(session, review):
    submit_both(session, review)
    with pytest.raises(InputError, match="You can see the segmentation by Eva Nová now"):
        review.withdraw()


def test_a_reviewer_who_became_a_reader_meanwhile_cannot_approve(session, review, study):
    submit_both(session, review)
    work(session, "Jan Malý", Role.REVIEWER, "Eva Nová")
    study.add_rater("Jan Malý", Role.READER)
    for step in (review.approve, lambda: review.show_second("Olga")):
        with pytest.raises(InputError, match="signed in as a reviewer, and the study now says"):
            step()
    assert study.case("P1").status is State.SUBMITTED


def test_a_second_segmentation_that_was_taken_out_of_the_scene_is_loaded_again(session, review):
    submit_both(session, review)
    session.scene.RemoveNode(review.show_second("Eva Nová"))
    assert session.scene.IsNodePresent(review.show_second("Eva Nová"))


def test_the_log_says_nothing_of_a_rater_who_is_hidden(session, review):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    review.submit()
    work(session, "Olga")
    draw(session, shifted())
    session.save()
    assert review.log() == []
    review.submit()
    assert [one.rater for one in review.log()] == ["Eva Nová", "Olga"]


@pytest.mark.parametrize("method", ["majority", "staple"])
def test_a_consensus_is_a_version_of_its_own(session, review, study, method):
    submit_both(session, review)
    work(session, "Jan Malý", Role.REVIEWER, "Eva Nová")
    saved, agreed = review.make_consensus(method)
    assert saved.path.name == "consensus.v01.seg.nrrd"
    assert saved.record["method"] == method
    assert saved.record["of"] == [
        {"rater": "Eva Nová", "version": 1},
        {"rater": "Olga", "version": 1},
    ]
    assert [one.version for one in study.case("P1").segmentations("Eva Nová")] == [1]
    session.open_case("P1", "consensus")
    session.update()
    volume = session.live.rois["edema"].measurement.features["volume"]
    assert volume == pytest.approx((agreed.array == agreed.labels["edema"]).sum() * 1.5)


def test_a_consensus_of_one_rater_is_refused(session, review):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    review.submit()
    with pytest.raises(InputError, match="two"):
        review.make_consensus("majority")


@pytest.mark.parametrize("images", ["shifted", "none"])
def test_a_consensus_lies_where_the_raters_drew(session, review, study, images):
    """Also where their grid is half a voxel beside that of the image, or there is no image."""
    case = study.case("P1")
    for path in case.images.values() if images == "none" else []:
        path.unlink()
    affine = np.array([[-1, 0, 0, -10.5], [0, -1, 0, 20.5], [0, 0, 1.5, 5], [0, 0, 0, 1.0]])
    for name, array in (("Eva Nová", tumour_array()), ("Olga", shifted())):
        work(session, name)
        node = session.open.nodes.segmentations[name]
        set_reference_geometry(node, array.shape, affine)
        fill_segments(node, array, LABELS)
        review.submit()
    work(session, "Jan Malý", Role.REVIEWER, "Eva Nová")
    saved, agreed = review.make_consensus("majority")
    session.open_case("P1", "consensus")
    written = rater_labelmap(session.live.node, "consensus")
    assert np.allclose(written.affine, affine)
    for roi in ("enhancing", "edema"):
        inside = written.array == written.labels[roi]
        assert np.array_equal(inside, agreed.array == agreed.labels[roi])
    assert saved.version == 1


def test_what_lies_on_another_grid_is_not_compared_and_leaves_the_scene(session, review):
    work(session, "Eva Nová")
    draw(session, tumour_array())
    review.submit()
    work(session, "Olga")
    affine = np.array([[-1, 0, 0, -10.5], [0, -1, 0, 20.5], [0, 0, 1.5, 5], [0, 0, 0, 1.0]])
    set_reference_geometry(session.live.node, tumour_array().shape, affine)
    fill_segments(session.live.node, tumour_array(), LABELS)
    review.submit()
    with pytest.raises(InputError, match="grid"):
        review.agreement("Eva Nová")
    assert list(session.open.nodes.segmentations) == ["Olga"]


def test_only_steps_that_the_log_would_take_are_possible(session, review):
    assert review.possible_steps() == set()
    work(session, "Eva Nová")
    assert review.possible_steps() == {State.SUBMITTED}
    draw(session, tumour_array())
    review.submit()
    assert review.possible_steps() == {State.DRAFT}

    work(session, "Jan Malý", Role.REVIEWER, rater="Eva Nová")
    assert review.possible_steps() == {State.RETURNED, State.APPROVED}
    review.approve()
    assert review.possible_steps() == {State.RETURNED}
    review.give_back("The rim is missing.")
    assert review.possible_steps() == set()

    work(session, "Eva Nová")
    assert review.possible_steps() == {State.SUBMITTED}


def test_no_step_is_possible_on_another_readers_work_nor_a_review_of_the_own(session, review):
    submit_both(session, review)
    work(session, "Olga", rater="Eva Nová")
    assert review.possible_steps() == set()
    work(session, "Jan Malý", Role.REVIEWER)
    draw(session, tumour_array())
    review.submit()
    assert review.possible_steps() == {State.DRAFT}


@pytest.mark.parametrize("method", ["majority", "staple"])
def test_slicer_and_the_command_line_make_the_same_consensus(session, review, study, method):
    pytest.importorskip("pandas", reason="the command line is not installed here")
    from radiogenomics.measuring import Outcome, make_consensus

    submit_both(session, review)
    work(session, "Jan Malý", Role.REVIEWER, "Eva Nová")
    here, _ = review.make_consensus(method)
    session.close_case()
    there = {one.patient_id: one.outcome for one in make_consensus(study, method).cases}
    assert there["P1"] is Outcome.UNCHANGED

    by_slicer = _masks(here.path)
    here.path.with_name("consensus.v01.json").unlink()
    make_consensus(study, method)
    by_command = _masks(study.case("P1").latest("consensus").path)
    assert by_slicer.any()
    assert np.array_equal(by_slicer, by_command)


def _masks(path):
    """The regions of a file on the grid of the image, which Slicer crops and others do not."""
    from radiogenomics.imaging import find_inside, read_grid, read_labelmap

    labelmap = read_labelmap(path, None)
    image = path.parent.parent / "images" / "t1c.nii.gz"
    grid = read_grid(image)
    masks = np.zeros((2, *grid.size[::-1]), dtype=bool)
    for mask, roi in zip(masks, ("enhancing", "edema"), strict=True):
        mask[find_inside(labelmap.grid, path, grid, image)] = labelmap.array == labelmap.labels[roi]
    return masks
