"""The study folder: creating, opening, cases, raters, versions."""

import json

import pytest

from radiogenomics.errors import InputError, StudyError, StudyLockedError
from radiogenomics.study import CONSENSUS, Role, State, Study
from radiogenomics.study.lock import exclusive


@pytest.fixture
def study(tmp_path):
    return Study.create(
        tmp_path / "studie č. 1",
        name='A "quoted" name \\ with\ttab',
        labels="brats",
        raters={"Lékař žluťoučký": Role.READER, "Jan Malý": Role.REVIEWER},
        protocol="Line one\nline two",
    )


def write(text):
    return lambda path: path.write_text(text, encoding="utf-8")


def test_study_opens_as_it_was_created(study):
    assert Study.open(study.root).settings == study.settings


def test_study_is_not_created_over_something(study):
    with pytest.raises(InputError, match="already holds something"):
        Study.create(study.root, name="x", labels="brats")


def test_folder_that_is_no_study_says_how_to_make_one(tmp_path):
    with pytest.raises(StudyError, match="radiogenomics study init"):
        Study.open(tmp_path)


def test_study_of_a_newer_format_is_refused(study):
    path = study.root / "study.toml"
    path.write_text(path.read_text().replace("format = 1", "format = 2"))
    with pytest.raises(StudyError, match="newer version"):
        Study.open(study.root)


@pytest.mark.parametrize("text", ["format = 1\nname = ", "\x00\x01", "name = 'x'", "format = 1"])
def test_damaged_settings_are_reported_with_the_file(study, text):
    (study.root / "study.toml").write_text(text)
    with pytest.raises(StudyError, match=r"study\.toml"):
        Study.open(study.root)


@pytest.mark.parametrize(
    "patient_id",
    ["../x", "a/../b", "..", ".", "", "a/b", "a\\b", "/etc", "C:x", "a..b", ".x", "x.", "a b", "é",
     "con", "NUL.txt", "x" * 65, "a\n", "a\x00b"],
)  # fmt: skip
def test_patient_id_that_could_leave_the_study_or_name_no_folder_is_refused(study, patient_id):
    with pytest.raises(InputError, match="cannot be a patient id"):
        study.add_case(patient_id)
    with pytest.raises(InputError, match="cannot be a patient id"):
        study.case(patient_id)
    assert not (study.root / "cases").exists()


@pytest.mark.parametrize("rater", ["", "../x", "a/b", "a..b", " ", "x\ny", "aux", "Consensus"])
def test_rater_that_could_name_no_file_is_refused(study, rater):
    with pytest.raises(InputError, match=r"rater's name|kept for the consensus"):
        study.add_rater(rater, Role.READER)


def test_names_that_differ_only_by_case_are_refused(study):
    study.add_case("TCGA-02-0006")
    with pytest.raises(InputError, match="upper and lower case"):
        study.add_case("tcga-02-0006")
    with pytest.raises(InputError, match="upper and lower case"):
        study.add_rater("jan malý", Role.READER)


def test_rater_has_one_name_however_it_was_typed(study):
    composed, decomposed = "Lékař žluťoučký", "Le\u0301kar\u030c z\u030clut\u030couc\u030cky\u0301"
    study.add_rater(decomposed, Role.REVIEWER)
    assert Study.open(study.root).settings.raters[composed] is Role.REVIEWER
    assert len(Study.open(study.root).settings.raters) == 2


def test_cases_are_listed_in_order(study):
    for patient_id in ("B-2", "A-1", "C.3"):
        study.add_case(patient_id)
    assert [case.patient_id for case in study.cases()] == ["A-1", "B-2", "C.3"]


def test_unknown_case_is_refused(study):
    with pytest.raises(InputError, match="no case P1"):
        study.case("P1")


def test_each_save_is_a_new_version_with_its_record(study):
    case = study.add_case("P1")
    first = case.add_segmentation("Lékař žluťoučký", write("one"), {"step": "drawn"})
    second = case.add_segmentation("Lékař žluťoučký", write("two"))
    case.add_segmentation(CONSENSUS, write("three"))
    assert first.path.name == "Lékař žluťoučký.v01.seg.nrrd"
    assert first.path.read_text() == "one"
    assert second.path.read_text() == "two"
    assert [(s.rater, s.version) for s in case.segmentations()] == [
        ("Lékař žluťoučký", 1),
        ("Lékař žluťoučký", 2),
        (CONSENSUS, 1),
    ]
    record = json.loads(first.path.with_name("Lékař žluťoučký.v01.json").read_text())
    assert record["step"] == "drawn"
    assert record["software"].startswith("radiogenomics ")
    assert case.latest("Lékař žluťoučký").version == 2
    assert case.latest("nobody") is None


def test_version_ten_comes_after_version_nine(study):
    case = study.add_case("P1")
    for number in range(11):
        case.add_segmentation("R", write(str(number)))
    assert [one.version for one in case.segmentations("R")] == list(range(1, 12))


def test_raters_whose_names_look_like_versions_are_kept_apart(study):
    case = study.add_case("P1")
    case.add_segmentation("R.v01", write("x"))
    case.add_segmentation("R", write("y"))
    assert [(s.rater, s.version) for s in case.segmentations()] == [("R", 1), ("R.v01", 1)]


def test_segmentation_that_was_altered_after_saving_is_noticed(study):
    saved = study.add_case("P1").add_segmentation("R", write("one"))
    saved.verify()
    saved.path.write_text("altered")
    with pytest.raises(StudyError, match="SHA-256 differs"):
        saved.verify()


def test_image_is_kept_with_its_provenance(study):
    case = study.add_case("P1")
    case.add_image("t1c", write("image"), {"step": "copied"})
    case.add_image("flair", write("other"), {"step": "registered"})
    assert list(case.images) == ["t1c", "flair"]
    provenance = json.loads((case.folder / "images" / "provenance.json").read_text())
    assert {name: entry["step"] for name, entry in provenance.items()} == {
        "t1c": "copied",
        "flair": "registered",
    }
    with pytest.raises(InputError, match="no image of a case"):
        case.add_image("../x", write("image"), {})


def test_writer_that_fails_leaves_the_case_as_it_was(study):
    case = study.add_case("P1")
    case.add_segmentation("R", write("one"))
    before = sorted(path.name for path in case.folder.rglob("*"))

    def fail(path):
        path.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StudyError, match="No space left"):
        case.add_segmentation("R", fail)
    assert sorted(path.name for path in case.folder.rglob("*")) == before


def test_review_goes_through_its_states_and_is_remembered(study):
    case = study.add_case("P1")
    assert case.status is None
    case.add_segmentation("Eva", write("one"))
    assert case.status is State.DRAFT
    about = {"rater": "Eva", "version": 1}
    case.review(State.SUBMITTED, who="Eva", role=Role.READER, **about)
    case.review(
        State.RETURNED, who="Jan", role=Role.REVIEWER, comment="Rim cut at slice 70", **about
    )
    case.review(State.SUBMITTED, who="Eva", role=Role.READER, **about)
    case.review(State.APPROVED, who="Jan", role=Role.REVIEWER, **about)
    events = Study.open(study.root).case("P1").review_events()
    assert [event.state for event in events] == ["submitted", "returned", "submitted", "approved"]
    assert events[1].comment == "Rim cut at slice 70"
    assert case.status is State.APPROVED
    case.add_segmentation("Eva", write("two"))
    assert case.state("Eva", 2) is State.DRAFT
    assert case.state("Eva", 1) is State.APPROVED


@pytest.mark.parametrize(
    ("state", "role", "comment", "message"),
    [
        (State.APPROVED, Role.READER, "", "only a reviewer"),
        (State.RETURNED, Role.READER, "why", "only a reviewer"),
        (State.RETURNED, Role.REVIEWER, "  ", "comment"),
        (State.APPROVED, Role.REVIEWER, "", "cannot become approved"),
        (State.DRAFT, Role.READER, "", "cannot become draft"),
    ],
)
def test_review_step_that_may_not_follow_is_refused(study, state, role, comment, message):
    case = study.add_case("P1")
    case.add_segmentation("Eva", write("one"))
    who = "Eva" if role is Role.READER else "Jan"
    with pytest.raises(InputError, match=message):
        case.review(state, who=who, role=role, rater="Eva", version=1, comment=comment)
    assert case.review_events() == []


@pytest.mark.parametrize("state", [State.APPROVED, State.RETURNED])
def test_nobody_approves_or_returns_the_own_work(study, state):
    case = study.add_case("P1")
    case.add_segmentation("Jan", write("one"))
    about = {"who": "Jan", "role": Role.REVIEWER, "rater": "Jan", "version": 1}
    case.review(State.SUBMITTED, **about)
    with pytest.raises(InputError, match="another reviewer"):
        case.review(state, comment="good", **about)
    assert case.state("Jan", 1) is State.SUBMITTED


def test_nobody_submits_or_withdraws_for_another(study):
    case = study.add_case("P1")
    case.add_segmentation("Eva", write("one"))
    about = {"role": Role.REVIEWER, "rater": "Eva", "version": 1}
    with pytest.raises(InputError, match="Only 'Eva' can submit"):
        case.review(State.SUBMITTED, who="Jan", **about)
    case.review(State.SUBMITTED, who="Eva", **about)
    with pytest.raises(InputError, match="Only 'Eva' can submit or withdraw"):
        case.review(State.DRAFT, who="Jan", **about)


def test_a_consensus_is_approved_by_a_reviewer_without_a_submission(study):
    case = study.add_case("P1")
    case.add_segmentation("consensus", write("one"))
    case.review(State.APPROVED, who="Jan", role=Role.REVIEWER, rater="consensus", version=1)
    assert case.status is State.APPROVED


@pytest.mark.parametrize("text", ["[]", "null", "3"])
def test_a_record_that_is_no_record_is_named(study, text):
    case = study.add_case("P1")
    saved = case.add_segmentation("Eva", write("one"))
    sidecar = saved.path.with_name("Eva.v01.json")
    sidecar.write_text(text)
    with pytest.raises(StudyError, match=r"Eva\.v01\.json is damaged"):
        case.segmentations()
    case.add_image("t1c", write("image"), {})
    (case.folder / "images" / "provenance.json").write_text(text)
    with pytest.raises(StudyError, match=r"provenance\.json is damaged"):
        case.image_hashes("t1c")


def test_a_version_whose_record_cannot_be_written_leaves_nothing_behind(study):
    case = study.add_case("P1")
    record = case.folder / "segmentations" / "Eva.v01.json"

    def write_with_a_folder_in_the_way(path):
        path.write_text("one")
        record.mkdir()

    with pytest.raises(StudyError, match=r"Cannot write .*Eva\.v01\.json"):
        case.add_segmentation("Eva", write_with_a_folder_in_the_way)
    assert list((case.folder / "segmentations").glob("*.seg.nrrd")) == []


def test_a_log_that_cannot_be_read_is_named(study):
    case = study.add_case("P1")
    (case.folder / "review.jsonl").mkdir()
    with pytest.raises(StudyError, match=r"Cannot read the review log .*review\.jsonl"):
        case.review_events()


def test_review_of_a_version_that_is_not_there_is_refused(study):
    with pytest.raises(InputError, match="no version 3"):
        study.add_case("P1").review(
            State.SUBMITTED, who="Eva", role=Role.READER, rater="Eva", version=3
        )


def test_unfinished_file_of_a_writer_is_no_segmentation(study):
    case = study.add_case("P1")
    case.add_segmentation("Eva", write("one"))
    (case.folder / "segmentations" / ".writing-ab12cd34-Eva.v02.json").write_text('{"half": ')
    assert [(one.rater, one.version) for one in case.segmentations()] == [("Eva", 1)]
    assert case.status is State.DRAFT


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\u0085", "\x0b", "\r", "\n"])
def test_comment_may_hold_any_kind_of_line_end(study, mark):
    case = study.add_case("P1")
    case.add_segmentation("Eva", write("one"))
    about = {"rater": "Eva", "version": 1}
    case.review(State.SUBMITTED, who="Eva", role=Role.READER, **about)
    comment = f"Rim cut{mark}at slice 70"
    case.review(State.RETURNED, who="Jan", role=Role.REVIEWER, comment=comment, **about)
    assert case.state("Eva", 1) is State.RETURNED
    assert case.review_events()[-1].comment == comment


def test_rater_is_found_however_the_name_was_typed(study):
    case = study.add_case("P1")
    case.add_segmentation(" Le\u0301kar\u030c ", write("one"))
    assert case.latest("Lékař").version == 1
    assert case.latest(" Lékař ").version == 1
    case.review(
        State.SUBMITTED, who="Le\u0301kar\u030c", role=Role.READER, rater=" Lékař", version=1
    )
    assert case.state("Lékař", 1) is State.SUBMITTED


def test_raters_that_differ_only_by_case_never_share_a_version(study, tmp_path):
    case = study.add_case("P1")
    case.add_segmentation("Eva", write("one"))
    with pytest.raises(InputError, match="upper and lower case"):
        case.add_segmentation("eva", write("two"))
    with pytest.raises(InputError, match="upper and lower case"):
        Study.create(
            tmp_path / "x",
            name="x",
            labels="brats",
            raters={"Eva": Role.READER, "EVA": Role.REVIEWER},
        )


def test_clearing_up_does_not_take_what_a_writer_is_writing(study):
    case = study.add_case("P1")
    with exclusive(case.folder):
        busy = case.folder / "segmentations" / ".writing-x"
        busy.parent.mkdir()
        busy.write_text("half")
        with pytest.raises(StudyLockedError):
            study.remove_unfinished(wait=0.1)
        assert busy.exists()
    assert study.remove_unfinished() == 1
    assert not busy.exists()
