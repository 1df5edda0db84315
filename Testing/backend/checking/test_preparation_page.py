"""The page of a prepared case shows where its images came from, how they fit, and the brain."""

import base64
import html
import io
import json
import re
import shutil

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image

from radiogenomics.checking import write_preparation_page
from radiogenomics.checking.study_pages import check_study
from radiogenomics.errors import StudyError
from radiogenomics.imaging.preparing import PreparedImages, PrepareSettings, prepare_case
from radiogenomics.imaging.series import Contrast
from radiogenomics.study import Study

from ..imaging.preparing.heads import head, moved, stripped, write_heads

# Far enough that it can be seen.
MOVE = moved(shift=(8.0, 0.0, 0.0), turn=(0.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def prepared_root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("source")
    source = write_heads(folder / "heads", {Contrast.FLAIR: MOVE}, (Contrast.T1C, Contrast.FLAIR))
    study = Study.create(folder / "study", name="Zkouška", labels="brats")
    settings = PrepareSettings(brain_mask=folder / "mask-of-the-brain.nii.gz")
    prepare_case(study, source, patient_id="P1", settings=settings)
    return study.root


@pytest.fixture
def study(prepared_root, tmp_path):
    return Study.open(shutil.copytree(prepared_root, tmp_path / "study"))


def page_of(study, tmp_path):
    write_preparation_page(tmp_path / "page.html", "P1", study.case("P1").folder / "images")
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def text_of(markup):
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", markup).split()))


def section_of(page, title):
    return next(part for part in page.split("<section")[1:] if title in part)


def pictures_of(section):
    found = re.findall(r"<figure>.*?<h3>(.*?)</h3>.*?base64,(.*?)\"", section, flags=re.DOTALL)
    return {
        title: np.asarray(Image.open(io.BytesIO(base64.b64decode(png))), dtype=float)
        for title, png in found
    }


def test_sources_distances_and_quality_are_in_the_table(study, tmp_path):
    text = text_of(page_of(study, tmp_path))
    known = json.loads((study.case("P1").folder / "images" / "provenance.json").read_text())
    quality = known["flair"]["registration"]["quality"]
    assert "FLAIR file 1 (flair) named FLAIR by its file name 1 60 × 70 × 25 voxels" in text
    assert "of 1.2 × 1.2 × 3 mm" in text
    moved_by = float(re.search(r"([\d.]+) mm [\d.]+° 100% ", text)[1])
    assert moved_by == pytest.approx(8.0, abs=0.5)
    assert f"{quality:#.2g}" in text
    assert "Prepared · 72 × 84 × 75 voxels of 1 mm · Brain mask: file" in text
    assert "There is no T2, no T1 without contrast." in text
    assert "does not look like a whole adult brain" in text


def test_chequered_pictures_fit_after_the_registration_and_not_before(study, tmp_path):
    pictures = pictures_of(section_of(page_of(study, tmp_path), "FLAIR with T1 with contrast"))
    assert set(pictures) == {
        f"{view}, {when}"
        for view in ("Axial", "Sagittal", "Coronal")
        for when in ("before", "after")
    }

    # Where the scalp ends, on the right and on the left side of the head, row by row.
    def edges(picture):
        bright = picture > 60
        return np.array([row.nonzero()[0][[0, -1]] for row in bright if row.sum() > 20])

    def jumps(picture):
        return np.abs(np.diff(edges(picture), axis=0)).max()

    assert jumps(pictures["Axial, before"]) >= 6
    assert jumps(pictures["Axial, after"]) <= 4


def test_before_shows_where_the_header_had_placed_the_image(study):
    images = PreparedImages(study.case("P1").folder / "images")
    before = images.before(Contrast.FLAIR)
    expected = head(Contrast.FLAIR, (1.0, 1.0, 1.0), MOVE, noise=0)
    middle = np.s_[10:-10, 12:-12, 12:-12]
    there = np.corrcoef(before[middle].ravel(), sitk.GetArrayFromImage(expected)[middle].ravel())
    registered = images.whole(Contrast.FLAIR)
    elsewhere = np.corrcoef(
        registered[middle].ravel(), sitk.GetArrayFromImage(expected)[middle].ravel()
    )
    assert there[0, 1] > 0.9
    assert there[0, 1] > elsewhere[0, 1] + 0.1


def test_outline_of_the_brain_is_drawn_where_the_mask_ends(study, tmp_path):
    section = section_of(page_of(study, tmp_path), ">The brain<")
    figures = section.split("<figure>")[1:]
    assert len(figures) == 9
    axial = next(figure for figure in figures if "Slice 38 of 75" in figure)
    path = re.search(r'<path d="(.*?)" data-roi="brain"', axial)[1]
    points = np.array(
        [[float(part) for part in point.split()] for point in re.split("[MLZ]", path) if point]
    )
    inside = PreparedImages(study.case("P1").folder / "images").brain_mask()[37]
    rows, columns = inside.nonzero()
    # The picture is as wide as the volume is long: 84 mm, with 6 mm on each side.
    assert points[:, 0].min() == pytest.approx(columns.min() + 6, abs=0.1)
    assert points[:, 0].max() == pytest.approx(columns.max() + 1 + 6, abs=0.1)
    assert points[:, 1].min() == pytest.approx(rows.min(), abs=0.1)


def test_mask_that_was_changed_since_is_pointed_out_and_shown(study, tmp_path):
    first = page_of(study, tmp_path)
    assert "was changed since" not in first
    path = study.case("P1").folder / "images" / "brain_mask.nii.gz"
    mask = sitk.ReadImage(str(path))
    mask[:36, :, :] = 0
    sitk.WriteImage(mask, str(path))
    second = page_of(study, tmp_path)
    assert "The brain mask was changed since the images were stripped by it." in text_of(second)
    outlines = [re.findall(r'<path d="(.*?)" data-roi="brain"', page) for page in (first, second)]
    assert outlines[0] != outlines[1]


def test_page_that_shows_the_case_as_it_is_is_not_drawn_again(study, tmp_path):
    page_of(study, tmp_path)
    before = (tmp_path / "page.html").stat().st_mtime_ns
    page_of(study, tmp_path)
    assert (tmp_path / "page.html").stat().st_mtime_ns == before


def test_page_is_the_same_each_time_and_asks_nothing_of_the_network(study, tmp_path):
    first = page_of(study, tmp_path)
    (tmp_path / "page.html").unlink()
    assert page_of(study, tmp_path) == first
    assert not re.search(r"(?:src|href)=\"(?!data:)[^\"#]*//", first)
    assert str(study.root) not in first


def test_ready_case_is_shown_without_before_and_after(tmp_path):
    folder = tmp_path / "ready"
    folder.mkdir()
    for contrast in (Contrast.T1C, Contrast.FLAIR):
        sitk.WriteImage(stripped(contrast), str(folder / f"{contrast}.nii.gz"))
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    prepare_case(study, folder, patient_id="P1")
    page = page_of(study, tmp_path)
    text = text_of(page)
    assert "Ready as given" in text
    assert "as it came, without the skull" in text
    assert "Moved by" not in text
    assert list(pictures_of(section_of(page, "FLAIR with"))) == [
        "Axial, as given",
        "Sagittal, as given",
        "Coronal, as given",
    ]


def test_image_that_is_cut_short_is_reported_with_its_file(study, tmp_path):
    path = study.case("P1").folder / "images" / "unstripped" / "flair.nii.gz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(StudyError, match=r"flair\.nii\.gz cannot be read"):
        page_of(study, tmp_path)


def test_check_draws_prepared_cases_that_nobody_has_segmented_yet(study, tmp_path):
    result = check_study(study, tmp_path / "pages")
    assert result.pages == 1
    assert result.problems == []
    index = result.index.read_text(encoding="utf-8")
    assert 'href="P1.preparation.html"' in index
    assert "1 prepared case" in text_of(index)
    page = (tmp_path / "pages" / "P1.preparation.html").read_text(encoding="utf-8")
    assert 'href="index.html"' in page


def test_check_reports_a_prepared_case_that_is_damaged(study, tmp_path):
    (study.case("P1").folder / "images" / "unstripped" / "t1c.nii.gz").unlink()
    result = check_study(study, tmp_path / "pages")
    ((what, why),) = result.problems
    assert what == "P1, preparation"
    assert "unstripped/t1c.nii.gz cannot be read" in why
    assert str(study.root) not in result.index.read_text(encoding="utf-8")
