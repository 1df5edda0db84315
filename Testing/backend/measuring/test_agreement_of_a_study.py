"""How the raters of a study agree: the cases compared, those left out, the tables and the page."""

import csv
import re
from xml.etree import ElementTree

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.agreement.tables import CASES, read_feature_agreement
from radiogenomics.checking.agreement_page import write_agreement_page
from radiogenomics.errors import InputError
from radiogenomics.imaging import read_labelmap
from radiogenomics.measuring import (
    jobs_from_study,
    make_consensus,
    measure,
    study_agreement,
    write_agreement,
)


def compared(found):
    return {(one.patient_id, one.raters, one.agreement.roi) for one in found.cases}


def page_of(folder, found):
    return write_agreement_page(
        folder,
        found.name,
        found.cases,
        found.cohort,
        one_rater=found.one_rater,
        failures=found.failures,
        drafts=found.drafts,
    )


@pytest.mark.usefixtures("read_twice")
def test_every_pair_of_every_case_is_compared_and_a_consensus_is_no_rater(study):
    make_consensus(study)
    found = study_agreement(study)
    assert compared(found) == {
        (f"P{number}", ("Eva", "Olga"), roi)
        for number in range(3)
        for roi in ("enhancing", "edema")
    }
    assert found.one_rater == 1
    assert found.cohort.block.raters == ("Eva", "Olga")
    assert len(found.cohort.features) == 20
    assert len(found.cohort.differences) == 20


@pytest.mark.usefixtures("read_twice")
def test_features_are_those_of_the_feature_table(study):
    jobs, _ = jobs_from_study(study, ("enhancing", "edema"))
    measured = [row for job in jobs for row in measure(job).rows if row.patient_id != "P3"]
    values = {(r.patient_id, r.rater, r.roi, r.feature): r.value for r in measured}
    found = study_agreement(study).rows
    assert {(r.patient_id, r.rater, r.roi, r.feature): r.value for r in found} == values


@pytest.mark.usefixtures("read_twice")
def test_overlap_and_distances_are_those_of_simpleitk(study):
    (found,) = [
        one.agreement
        for one in study_agreement(study).cases
        if (one.patient_id, one.agreement.roi) == ("P1", "edema")
    ]
    masks = []
    for rater in ("Eva", "Olga"):
        labelmap = read_labelmap(study.case("P1").latest(rater).path, None)
        mask = sitk.GetImageFromArray((labelmap.array == labelmap.labels["edema"]).astype("u1"))
        mask.SetSpacing(labelmap.grid.spacing)
        masks.append(mask)
    overlap = sitk.LabelOverlapMeasuresImageFilter()
    overlap.Execute(*masks)
    assert found.dice == pytest.approx(overlap.GetDiceCoefficient(1), rel=1e-12)
    hausdorff = sitk.HausdorffDistanceImageFilter()
    hausdorff.Execute(*masks)
    assert found.hausdorff == pytest.approx(hausdorff.GetHausdorffDistance(), rel=1e-5)


def test_drafts_are_compared_only_where_it_is_said(study, draw, tumour):
    for number in range(2):
        for rater in ("Eva", "Olga"):
            draw(f"P{number}", rater, np.roll(tumour, number, axis=0), submitted=False)
    with pytest.raises(InputError, match=r"submitted\. Some have drafts .*--drafts"):
        study_agreement(study)
    assert len(study_agreement(study, drafts=True).cases) == 4


def test_a_study_of_single_raters_is_refused(study, draw, tumour):
    draw("P1", "Eva", tumour)
    with pytest.raises(InputError, match=r"No case .* two raters"):
        study_agreement(study)


@pytest.mark.usefixtures("read_twice")
def test_a_damaged_case_is_reported_and_the_others_are_compared(study):
    study.case("P1").latest("Olga").path.write_text("altered")
    found = study_agreement(study)
    assert {patient_id for patient_id, _, _ in compared(found)} == {"P0", "P2"}
    assert [patient_id for patient_id, _ in found.failures] == ["P1"]


@pytest.mark.usefixtures("read_twice")
def test_the_tables_hold_what_was_found(study, tmp_path):
    found = study_agreement(study)
    write_agreement(tmp_path / "out", found)
    assert read_feature_agreement(tmp_path / "out" / "feature_agreement.csv") == list(
        found.cohort.features
    )
    with (tmp_path / "out" / CASES).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["dice"]) for row in rows] == [one.agreement.dice for one in found.cases]
    assert rows[0]["rater_1"] == "Eva"
    assert rows[0]["version_2"] == "1"


@pytest.mark.usefixtures("read_twice")
def test_the_page_is_whole_in_itself_and_names_are_escaped(study, tmp_path):
    object.__setattr__(study.settings, "name", "<b>Study</b>")
    found = study_agreement(study)
    page = page_of(tmp_path / "out", found)
    text = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;Study&lt;/b&gt;" in text
    assert "<b>Study" not in text
    # The name of a namespace is no address that anything is loaded from.
    addresses = set(re.findall(r"https?://[^\"]+", text))
    assert addresses == {"http://www.w3.org/2000/svg"}
    assert not re.search(r"<(script|link|img|iframe)\b", text)
    assert "3 cases that Eva and Olga have all read" in text
    for name in ("forest", "dice", "differences~Eva~Olga"):
        picture = (tmp_path / "out" / f"{name}.svg").read_text(encoding="utf-8")
        ElementTree.fromstring(picture)
        assert picture in text


@pytest.mark.usefixtures("read_twice")
def test_the_pictures_place_what_they_show(study, tmp_path):
    found = study_agreement(study)
    page_of(tmp_path, found)
    svg = "{http://www.w3.org/2000/svg}"
    dice = ElementTree.parse(tmp_path / "dice.svg")
    dots = [
        (float(dot.get("cy")), float(dot.find(f"{svg}title").text.split(": ")[1]))
        for dot in dice.iter(f"{svg}circle")
    ]
    assert len(dots) == len(found.cases)
    # Of one region: the higher the coefficient, the higher the dot; 1 at 34 and 0 at 202 pixels.
    for y, value in dots[:3]:
        assert y == pytest.approx(202 - value * (202 - 34), abs=0.2)
    forest = ElementTree.parse(tmp_path / "forest.svg")
    titles = [dot.find(f"{svg}title") for dot in forest.iter(f"{svg}circle")]
    words = [title.text for title in titles if title is not None]
    known = [one for one in found.cohort.features if one.correlation is not None]
    assert len(words) == len(known) > 15
    assert all(word.endswith(f", {one.word}") for one, word in zip(known, words, strict=True))


@pytest.mark.usefixtures("read_twice")
def test_pictures_of_raters_who_are_compared_no_more_do_not_stay(study, tmp_path):
    stale = tmp_path / "differences~Eva~Nobody.svg"
    own = tmp_path / "notes.svg"
    for path in (stale, own):
        path.write_text("<svg/>")
    page_of(tmp_path, study_agreement(study))
    assert not stale.exists()
    assert own.exists()
    assert (tmp_path / "differences~Eva~Olga.svg").exists()


@pytest.mark.usefixtures("read_twice")
def test_where_every_case_fails_the_page_says_why(study, tmp_path):
    for number in range(3):
        study.case(f"P{number}").latest("Olga").path.write_text("altered")
    found = study_agreement(study)
    text = page_of(tmp_path, found).read_text(encoding="utf-8")
    assert text.count("is not the file that was saved") == 3
    assert "<svg" not in text


def test_of_many_pairs_some_are_drawn_and_the_page_says_so(study, draw, tumour, tmp_path):
    for number in range(2):
        drawn = tumour.copy()
        drawn[:, :, 16 + number :] = 0
        for rater in ("A", "B", "C", "D", "E"):
            draw(f"P{number}", rater, drawn)
    text = page_of(tmp_path, study_agreement(study)).read_text(encoding="utf-8")
    assert len(list(tmp_path.glob("differences~*.svg"))) == 6
    assert "has all 10" in text
