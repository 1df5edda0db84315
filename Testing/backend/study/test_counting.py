"""Which version of a case counts, and what the feature table says of it."""

import pytest

from radiogenomics.study import CONSENSUS, FeatureRow, Role, State, Study
from radiogenomics.study.cohort import cohort_values
from radiogenomics.study.counting import (
    Basis,
    describe_counts,
    handed_in,
    marked,
    measured_versions,
    rows_that_count,
    version_that_counts,
)


@pytest.fixture
def case(tmp_path):
    return Study.create(tmp_path / "s", name="s", labels="brats").add_case("P1")


def draw(case, rater, **record):
    return case.add_segmentation(rater, lambda path: path.write_text(rater), record)


def step(case, saved, state):
    """Take one version through the review to a state."""
    who = "boss" if state in (State.RETURNED, State.APPROVED) else saved.rater
    case.review(
        state, who=who, role=Role.REVIEWER, rater=saved.rater, version=saved.version, comment="c"
    )
    return saved


def submitted(case, rater):
    return step(case, draw(case, rater), State.SUBMITTED)


def approved(case, rater):
    return step(case, submitted(case, rater), State.APPROVED)


def consensus_of(case, *versions, **record):
    of = [{"rater": one.rater, "version": one.version} for one in versions]
    return draw(case, CONSENSUS, of=of, **record)


def counts(case):
    counting = version_that_counts(case)
    one = counting.segmentation
    return counting.reason if one is None else (one.rater, one.version, counting.basis)


def test_an_approved_version_counts_before_a_consensus_and_before_later_drawing(case):
    one = approved(case, "A")
    consensus_of(case, one, submitted(case, "B"))
    assert counts(case) == ("A", 1, Basis.APPROVED)
    submitted(case, "A")
    assert counts(case) == ("A", 1, Basis.APPROVED)
    step(case, one, State.RETURNED)
    assert counts(case) == "several raters and a consensus of older versions"


def test_an_approved_consensus_counts_before_raters_who_were_approved(case):
    agreed = consensus_of(case, approved(case, "A"), approved(case, "B"))
    step(case, agreed, State.APPROVED)
    assert counts(case) == (CONSENSUS, 1, Basis.APPROVED)


def test_of_several_approved_raters_the_consensus_counts_and_without_it_none(case):
    one, other = approved(case, "A"), approved(case, "B")
    assert counts(case) == "several approved versions and no consensus"
    consensus_of(case, other, one)
    assert counts(case) == (CONSENSUS, 1, Basis.CONSENSUS)


def test_several_raters_without_a_consensus_leave_the_case_without_a_version(case):
    draw(case, "A")
    draw(case, "B")
    assert counts(case) == "several raters and no consensus"
    submitted(case, "A")
    submitted(case, "B")
    assert counts(case) == "several raters and no consensus"


def test_a_consensus_counts_only_as_long_as_it_is_of_what_is_handed_in(case):
    one, other = submitted(case, "A"), submitted(case, "B")
    agreed = consensus_of(case, one, other)
    draw(case, "A")
    assert counts(case) == (CONSENSUS, 1, Basis.CONSENSUS)
    submitted(case, "A")
    assert counts(case) == "several raters and a consensus of older versions"
    consensus_of(case, case.segmentations("A")[-1], other)
    assert counts(case) == (CONSENSUS, 2, Basis.CONSENSUS)
    step(case, case.latest(CONSENSUS), State.RETURNED)
    assert counts(case) == "several raters and a consensus that was returned"
    assert agreed.version == 1


def test_a_consensus_of_drafts_counts_until_one_of_them_is_drawn_again(case):
    consensus_of(case, draw(case, "A"), draw(case, "B"), drafts=True)
    assert counts(case) == (CONSENSUS, 1, Basis.CONSENSUS)
    draw(case, "B")
    assert counts(case) == "several raters and a consensus of older versions"


def test_a_consensus_of_drafts_goes_on_counting_once_they_are_submitted(case):
    one, other = draw(case, "A"), draw(case, "B")
    consensus_of(case, one, other, drafts=True)
    step(case, one, State.SUBMITTED)
    step(case, other, State.SUBMITTED)
    draw(case, "B")
    assert counts(case) == (CONSENSUS, 1, Basis.CONSENSUS)


def test_a_consensus_of_an_earlier_version_of_this_program_counts(case):
    submitted(case, "A")
    submitted(case, "B")
    draw(case, CONSENSUS)
    assert counts(case) == (CONSENSUS, 1, Basis.CONSENSUS)


def test_the_only_raters_draft_counts_and_gives_way_to_what_was_submitted(case):
    draw(case, "A")
    assert counts(case) == ("A", 1, Basis.ONLY_RATER)
    submitted(case, "A")
    draw(case, "A")
    assert counts(case) == ("A", 2, Basis.ONLY_RATER)


def test_the_only_rater_who_has_submitted_counts_beside_anothers_draft(case):
    draw(case, "A")
    submitted(case, "B")
    assert counts(case) == ("B", 1, Basis.ONLY_RATER)


def test_what_was_returned_counts_neither_as_it_was_nor_as_the_next_draft(case):
    step(case, submitted(case, "A"), State.RETURNED)
    assert counts(case) == "returned to its rater"
    draw(case, "A")
    assert counts(case) == "returned to its rater"
    submitted(case, "A")
    assert counts(case) == ("A", 3, Basis.ONLY_RATER)


def test_a_case_without_a_segmentation_has_no_version(case):
    assert counts(case) == "no segmentation"


def test_handed_in_is_the_newest_submitted_version_of_each_rater(case):
    submitted(case, "A")
    draw(case, "A")
    step(case, submitted(case, "B"), State.RETURNED)
    draw(case, "C")
    draw(case, CONSENSUS)
    assert [(one.rater, one.version) for one in handed_in(case)] == [("A", 1)]
    drafts = [(one.rater, one.version) for one in handed_in(case, drafts=True)]
    assert drafts == [("A", 2), ("C", 1)]


def rows_of(case, value=1.0):
    counting = version_that_counts(case)
    rows = [
        FeatureRow(
            case.patient_id, one.rater, one.version, "edema", "volume", value + number, "mm3"
        )
        for number, one in enumerate(measured_versions(case, counting))
    ]
    return marked(rows, counting)


def test_the_table_holds_the_version_that_counts_also_where_it_is_not_the_newest(case):
    approved(case, "A")
    draw(case, "A")
    draw(case, "B")
    rows = rows_of(case)
    assert [(row.rater, row.version, row.counts) for row in rows] == [
        ("A", 1, "approved"),
        ("A", 2, ""),
        ("B", 1, ""),
    ]
    counted = rows_that_count(rows)
    assert (counted.rows, counted.basis, counted.without) == (
        [rows[0]], {"P1": Basis.APPROVED}, {},
    )  # fmt: skip
    assert cohort_values(rows) == {("edema", "volume"): {"P1": 1.0}}


def test_a_case_without_a_version_says_why_on_each_of_its_rows(case):
    submitted(case, "A")
    submitted(case, "B")
    rows = rows_of(case)
    assert {row.counts for row in rows} == {"no: several raters and no consensus"}
    counted = rows_that_count(rows)
    assert counted.rows == []
    assert counted.without == {"P1": "several raters and no consensus"}
    # A percentile still shows the case, by the median of its raters.
    assert cohort_values(rows) == {("edema", "volume"): {"P1": 1.5}}


def test_a_table_that_says_nothing_of_versions_is_told_from_one_where_none_counts():
    assert rows_that_count([FeatureRow("P1", "A", 1, "edema", "volume", 1.0, "mm3")]) is None


def test_a_version_that_counts_but_could_not_be_measured_is_missed(case):
    approved(case, "A")
    draw(case, "B")
    rows = [row for row in rows_of(case) if row.rater == "B"]
    other = FeatureRow("P2", "A", 1, "edema", "volume", 1.0, "mm3", "only rater")
    assert rows_that_count([*rows, other]).without == {"P1": "its version is not in the table"}


def test_the_account_counts_by_reason_and_names_a_few():
    basis = [Basis.CONSENSUS, Basis.APPROVED, Basis.APPROVED]
    without = {f"P{n}": "several raters and no consensus" for n in range(4)} | {"Q": "returned"}
    assert describe_counts(basis, without) == (
        "2 approved, 1 consensus; 4 cases have none: several raters and no consensus "
        "(P0, P1, P2, ...); 1 case has none: returned (Q)"
    )
