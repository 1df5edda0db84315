"""Unsaved work is kept beside the versions; raters are blind to each other until both submitted."""

import pytest

from radiogenomics.errors import InputError
from radiogenomics.study import Role, State, Study
from radiogenomics.study.blinding import hidden_raters, refuse_withdrawal, visible_segmentations
from radiogenomics.study.cohort import cohort_values, percentile
from radiogenomics.study.drafts import discard_draft, find_draft, keep_draft, set_draft_aside
from radiogenomics.study.tables import FeatureRow


@pytest.fixture
def case(tmp_path):
    return Study.create(tmp_path / "s", name="s", labels="brats").add_case("P1")


def writes(text):
    return lambda path: path.write_text(text, encoding="utf-8")


def test_a_draft_is_found_again_and_is_no_version(case):
    keep_draft(case, "Eva", writes("one"), based_on=0)
    keep_draft(case, "Eva", writes("two"), based_on=3)
    draft = find_draft(case, "Eva")
    assert (draft.path.read_text(encoding="utf-8"), draft.based_on) == ("two", 3)
    assert case.segmentations() == []
    assert find_draft(case, "Olga") is None


def test_a_draft_that_fails_to_be_written_leaves_the_one_before(case):
    keep_draft(case, "Eva", writes("one"), based_on=0)

    def fail(path):
        path.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")

    with pytest.raises(Exception, match="No space left"):
        keep_draft(case, "Eva", fail, based_on=0)
    assert find_draft(case, "Eva").path.read_text(encoding="utf-8") == "one"


def test_a_draft_without_its_record_is_found_all_the_same(case):
    draft = keep_draft(case, "Eva", writes("one"), based_on=2)
    draft.path.with_name("Eva.draft.json").unlink()
    assert find_draft(case, "Eva").based_on == 0


def test_a_discarded_draft_is_gone_and_discarding_twice_is_no_error(case):
    keep_draft(case, "Eva", writes("one"), based_on=0)
    discard_draft(case, "Eva")
    discard_draft(case, "Eva")
    assert find_draft(case, "Eva") is None


def test_drafts_set_aside_are_numbered_and_never_overwritten(case):
    kept = []
    for text in ("one", "two"):
        keep_draft(case, "Eva", writes(text), based_on=0)
        kept.append(set_draft_aside(case, find_draft(case, "Eva")))
    assert [path.read_text(encoding="utf-8") for path in kept] == ["one", "two"]
    assert find_draft(case, "Eva") is None


def submit(case, rater):
    saved = case.add_segmentation(rater, writes(rater))
    case.review(State.SUBMITTED, who=rater, role=Role.READER, rater=rater, version=saved.version)


def seen(case, viewer, role):
    return [one.rater for one in visible_segmentations(case, viewer, role)]


def test_a_reader_sees_another_only_after_both_have_submitted(case):
    submit(case, "Olga")
    case.add_segmentation("Eva", writes("Eva"))
    assert seen(case, "Eva", Role.READER) == ["Eva"]
    assert hidden_raters(case, "Eva", Role.READER) == ["Olga"]
    submit(case, "Eva")
    assert seen(case, "Eva", Role.READER) == ["Eva", "Olga"]
    assert seen(case, "Olga", Role.READER) == ["Olga", "Eva"]


def test_what_was_returned_or_drawn_on_after_submission_stays_visible(case):
    submit(case, "Olga")
    case.review(
        State.RETURNED, who="Jan", role=Role.REVIEWER, rater="Olga", version=1, comment="thinner"
    )
    case.add_segmentation("Olga", writes("again"))
    assert [one.version for one in visible_segmentations(case, "Jan", Role.REVIEWER)] == [1]
    assert [one.version for one in visible_segmentations(case, "Olga", Role.READER)] == [2]


def test_what_was_withdrawn_is_hidden_again_and_hides_the_others(case):
    submit(case, "Olga")
    case.review(State.DRAFT, who="Olga", role=Role.READER, rater="Olga", version=1)
    submit(case, "Eva")
    assert seen(case, "Jan", Role.REVIEWER) == ["Eva"]
    assert seen(case, "Olga", Role.READER) == ["Olga"]


def test_a_reader_who_may_have_seen_another_cannot_withdraw(case):
    submit(case, "Olga")
    refuse_withdrawal(case, "Olga", Role.READER)
    submit(case, "Eva")
    with pytest.raises(InputError, match="You can see the segmentation by Eva now"):
        refuse_withdrawal(case, "Olga", Role.READER)
    refuse_withdrawal(case, "Olga", Role.REVIEWER)


def test_a_reviewer_does_not_see_drafts(case):
    case.add_segmentation("Eva", writes("Eva"))
    assert seen(case, "Jan", Role.REVIEWER) == []


def test_a_consensus_is_hidden_from_a_reader_who_has_not_submitted(case):
    case.add_segmentation("consensus", writes("both"))
    assert seen(case, "Eva", Role.READER) == []
    assert seen(case, "Jan", Role.REVIEWER) == ["consensus"]


def row(patient_id, rater, value, feature="volume", version=1):
    return FeatureRow(patient_id, rater, version, "edema", feature, value, "mm3")


def test_of_several_versions_of_a_rater_the_newest_counts():
    rows = [row("P1", "a", 9.0, version=2), row("P1", "a", 1.0), row("P1", "b", 5.0)]
    assert cohort_values(rows) == {("edema", "volume"): {"P1": 7.0}}


def test_a_region_that_the_newest_version_left_empty_has_no_older_value():
    rows = [row("P1", "a", 9.0), row("P1", "a", 0.0, version=2)]
    assert cohort_values(rows) == {}


def test_several_raters_of_a_patient_count_as_one_value_their_median():
    rows = [row("P1", "a", 1.0), row("P1", "b", 5.0), row("P1", "c", 2.0), row("P2", "a", 7.0)]
    assert cohort_values(rows) == {("edema", "volume"): {"P1": 2.0, "P2": 7.0}}


def test_empty_regions_are_no_part_of_the_cohort():
    rows = [row("P1", "a", 0.0), row("P1", "a", None, "sphericity")]
    assert cohort_values(rows) == {}


@pytest.mark.parametrize(
    ("value", "expected"), [(0.5, 0), (1.0, 12.5), (2.5, 50), (9.0, 100), (2.0, 37.5)]
)
def test_the_percentile_is_the_mid_rank_among_the_others(value, expected):
    assert percentile(value, [4.0, 1.0, 3.0, 2.0]) == expected


def test_the_percentile_among_nobody_is_unknown():
    assert percentile(1.0, []) is None
