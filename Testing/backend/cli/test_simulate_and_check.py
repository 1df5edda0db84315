"""``radiogenomics simulate`` and ``check`` as a user types them."""

import csv
import json
import re

import pytest

from radiogenomics.study import Study

pytestmark = pytest.mark.slow


def simulate(radiogenomics, folder, *more):
    size = ["--patients", 3, "--genes", 80, "--seed", 7, "--spacing", 3]
    return radiogenomics("simulate", folder, *size, *more)


@pytest.fixture(scope="module")
def phantoms(tmp_path_factory, radiogenomics):
    folder = tmp_path_factory.mktemp("simulated") / "phantoms"
    made = simulate(radiogenomics, folder, "--without-images", 2)
    assert made.returncode == 0, made.stderr
    return folder


def contents(folder):
    """Every file's bytes, but for the times that records and logs carry."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.name not in ("progress.jsonl", "provenance.json", ".lock"):
            text = path.read_bytes()
            if path.suffix == ".json":
                text = re.sub(rb'"time": "[^"]*"', b"", text)
            found[path.relative_to(folder)] = text
    return found


def test_simulated_study_has_images_raters_expression_and_truth(phantoms):
    study = Study.open(phantoms)
    assert [case.patient_id for case in study.cases()] == ["SIM-0001", "SIM-0002", "SIM-0003"]
    for case in study.cases():
        assert list(case.images) == ["t1c", "flair", "t2"]
        assert 1 <= len(case.segmentations()) <= 3
        for one in case.segmentations():
            one.verify()
    with (phantoms / "expression" / "expression.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows[1:]] == [f"SIM-{number:04d}" for number in range(1, 6)]
    assert all(len(row) == 81 for row in rows)
    truth = json.loads((phantoms / "truth.json").read_text())
    drivers = {gene["gene"] for gene in truth["driving_genes"]}
    assert drivers
    assert drivers <= set(rows[0])


def test_same_seed_gives_the_same_files_whatever_the_number_of_processes(
    phantoms, tmp_path, radiogenomics
):
    again = tmp_path / "again"
    assert simulate(radiogenomics, again, "--without-images", 2, "--jobs", 1).returncode == 0
    assert contents(again) == contents(phantoms)


def test_simulation_does_not_write_into_a_folder_that_holds_something(phantoms, radiogenomics):
    ran = simulate(radiogenomics, phantoms)
    assert ran.returncode == 2
    assert "already holds something" in ran.stderr


def test_check_draws_a_page_a_rater_and_links_all_from_the_index(phantoms, tmp_path, radiogenomics):
    out = tmp_path / "pages"
    ran = radiogenomics("check", phantoms, "--out", out)
    assert ran.returncode == 0, ran.stderr
    raters = sum(len(case.segmentations()) for case in Study.open(phantoms).cases())
    assert f"{raters} pages" in ran.stdout
    pages = {path.name for path in out.glob("SIM-*.html")}
    assert len(pages) == raters
    index = (out / "index.html").read_text()
    assert all(f'href="{page}"' in index for page in pages)
    for page in out.glob("*.html"):
        assert str(phantoms) not in page.read_text()


def test_check_reports_a_damaged_case_and_draws_the_others(phantoms, tmp_path, radiogenomics):
    saved = Study.open(phantoms).cases()[1].segmentations()[0]
    whole = saved.path.read_bytes()
    saved.path.write_bytes(whole[:-100])
    try:
        ran = radiogenomics("check", phantoms, "--out", tmp_path / "pages")
    finally:
        saved.path.write_bytes(whole)
    assert ran.returncode == 1
    assert "is not the file that was saved" in ran.stderr
    index = (tmp_path / "pages" / "index.html").read_text()
    assert "is not the file that was saved" in index
    assert str(phantoms) not in index


def test_check_reports_a_damaged_record_and_draws_the_others(phantoms, tmp_path, radiogenomics):
    record = Study.open(phantoms).cases()[1].segmentations()[0].path
    record = record.with_name(record.name.replace(".seg.nrrd", ".json"))
    whole = record.read_bytes()
    record.write_text("{")
    try:
        ran = radiogenomics("check", phantoms, "--out", tmp_path / "pages")
    finally:
        record.write_bytes(whole)
    assert ran.returncode == 1
    assert f"{record.name} is damaged" in ran.stderr
    assert "is damaged" in (tmp_path / "pages" / "index.html").read_text()


def test_check_of_an_empty_study_says_how_to_fill_it(tmp_path, radiogenomics):
    Study.create(tmp_path / "s", name="s", labels="brats")
    ran = radiogenomics("check", tmp_path / "s")
    assert ran.returncode == 2
    assert "radiogenomics study import" in ran.stderr
