"""What Slicer exports is what the command line measures, and carries no more than it should."""

import pytest

from radiogenomics.errors import InputError
from radiogenomics.mrml.casepage import write_case_page
from radiogenomics.mrml.exporting import (
    case_rows,
    refuse_study_table,
    study_rows,
    write_tables,
)
from radiogenomics.mrml.grids import LABELS, fill_segments
from radiogenomics.mrml.session import Session
from radiogenomics.study import Role, State, read_features

from .conftest import tumour_array

PNG = bytes.fromhex("89504e470d0a1a0a")


@pytest.fixture
def session(scene, clock, study):
    session = Session(scene, clock.schedule, lambda _: None, lambda _: None)
    session.open_study(study.root)
    for name, case in (("Eva Nová", "P1"), ("Olga", "P1"), ("Eva Nová", "P2")):
        session.sign_in(name, Role.READER)
        session.open_case(case)
        array = tumour_array()
        array[:2, :2, : 1 + len(name)] = LABELS["edema"]
        fill_segments(session.open.nodes.segmentations[name], array, LABELS)
        session.save()
        study.case(case).review(State.SUBMITTED, who=name, role=Role.READER, rater=name, version=1)
    session.sign_in("Jan Malý", Role.REVIEWER)
    yield session
    session.end()


def test_the_study_exports_the_values_of_the_command_line(session, study, tmp_path):
    pytest.importorskip("pandas", reason="the command line is not installed here")
    from radiogenomics.measuring import jobs_from_study, measure_cohort

    exported = study_rows(session)
    assert (exported.failures, exported.hidden) == ([], 0)
    jobs, _ = jobs_from_study(study, ("enhancing", "edema"))
    measured = measure_cohort(jobs, tmp_path / "features.csv")
    assert exported.rows == measured.rows


def test_an_approved_version_is_exported_and_counts_beside_a_newer_one(session, study, tmp_path):
    pytest.importorskip("pandas", reason="the command line is not installed here")
    from radiogenomics.measuring import jobs_from_study, measure_cohort

    case = study.case("P1")
    case.review(State.APPROVED, who="Jan Malý", role=Role.REVIEWER, rater="Olga", version=1)
    content = case.latest("Olga").path.read_bytes()
    case.add_segmentation("Olga", lambda path: path.write_bytes(content))
    case.review(State.SUBMITTED, who="Olga", role=Role.READER, rater="Olga", version=2)
    exported = study_rows(session).rows
    found = {(row.patient_id, row.rater, row.version): row.counts for row in exported}
    assert found == {
        ("P1", "Eva Nová", 1): "",
        ("P1", "Olga", 1): "approved",
        ("P1", "Olga", 2): "",
        ("P2", "Eva Nová", 1): "only rater",
    }
    jobs, _ = jobs_from_study(study, ("enhancing", "edema"))
    assert exported == measure_cohort(jobs, tmp_path / "features.csv").rows


def test_a_reader_exports_only_what_may_be_seen_and_is_told_the_number(session):
    session.sign_in("Petr", Role.READER)
    exported = study_rows(session)
    assert exported.rows == []
    assert exported.hidden == 3


def test_a_damaged_version_is_reported_and_the_others_exported(session, study):
    path = study.case("P2").segmentations()[0].path
    path.write_bytes(b"NRRD0004")
    exported = study_rows(session)
    assert {row.patient_id for row in exported.rows} == {"P1"}
    assert "P2, Eva Nová" in exported.failures[0]
    assert "SHA-256 differs" in exported.failures[0]


def test_progress_is_told_case_by_case(session):
    told = []
    study_rows(session, lambda *line: told.append(line))
    assert told[0] == ("export", 0, 3, "P1")
    assert told[-1] == ("export", 3, 3, "")


def test_the_open_case_exports_what_is_drawn_now_long_and_wide(session, tmp_path):
    session.open_case("P1", "Eva Nová")
    rows = case_rows(session)
    write_tables(tmp_path / "long.csv", rows, wide=False)
    assert read_features(tmp_path / "long.csv") == rows
    assert len(rows) == 20
    write_tables(tmp_path / "wide.csv", rows, wide=True)
    header, *lines = (tmp_path / "wide.csv").read_text(encoding="utf-8").splitlines()
    assert header.startswith("patient_id,rater,version,roi,volume [mm3]")
    assert len(lines) == 2
    assert "Largest distance" in (tmp_path / "wide.dictionary.csv").read_text(encoding="utf-8")


def test_nothing_open_is_said(session):
    session.close_case()
    with pytest.raises(InputError, match="nothing to export"):
        case_rows(session)


def test_the_studys_own_table_is_not_written_over(session, study):
    with pytest.raises(InputError, match="the study's own table"):
        refuse_study_table(study.root / "x" / ".." / "features.csv", session.study)


def test_the_case_page_holds_pictures_numbers_and_escaped_names(session, tmp_path):
    session.open_case("P1", "Eva Nová")
    session.update()
    page = tmp_path / "P1.html"
    write_case_page(
        page,
        patient_id="P1",
        about=[("Rater", "<Eva>"), ("Version", "1"), ("Nothing", "")],
        pictures=[("Axial", PNG)],
        features=session.board.features,
    )
    text = page.read_text(encoding="utf-8")
    assert "&lt;Eva&gt;" in text
    assert "<Eva>" not in text
    assert "data:image/png;base64,iVBORw0KGgo=" in text
    assert text.count("<tr") == 21
    assert "http" not in text
