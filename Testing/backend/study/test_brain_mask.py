"""A corrected brain mask counts at once, and none before is lost."""

import json

import pytest

from radiogenomics.errors import InputError, StudyError
from radiogenomics.study import Study
from radiogenomics.study.brain_mask import find_brain_mask, find_unstripped, save_brain_mask


@pytest.fixture
def case(tmp_path):
    study = Study.create(tmp_path / "study", name="s", labels="brats")
    case = study.add_case("P1")
    case.add_image("t1c", lambda path: path.write_bytes(b"image"), {})
    return case


def save(case, content, who="Eva Nová"):
    return save_brain_mask(case, lambda path: path.write_bytes(content), who=who)


def test_first_mask_has_none_before(case):
    assert find_brain_mask(case) is None
    saved = save(case, b"first")
    assert saved.earlier is None
    assert find_brain_mask(case) == saved.path
    assert saved.path == case.folder / "images" / "brain_mask.nii.gz"


def test_every_mask_before_is_kept_and_the_log_tells_who_changed_it(case):
    for content in (b"first", b"second", b"third"):
        saved = save(case, content)
    images = case.folder / "images"
    kept = {path.name: path.read_bytes() for path in images.glob("brain_mask*.nii.gz")}
    assert kept == {
        "brain_mask.nii.gz": b"third",
        "brain_mask.v01.nii.gz": b"first",
        "brain_mask.v02.nii.gz": b"second",
    }
    lines = (images / "brain_mask.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    assert [one["earlier"] for one in entries] == [
        None,
        "brain_mask.v01.nii.gz",
        "brain_mask.v02.nii.gz",
    ]
    assert {one["who"] for one in entries} == {"Eva Nová"}
    assert entries[-1]["sha256"] == saved.sha256


def test_gap_in_the_numbers_is_not_filled(case):
    save(case, b"first")
    (case.folder / "images" / "brain_mask.v07.nii.gz").write_bytes(b"from elsewhere")
    assert save(case, b"second").earlier.name == "brain_mask.v08.nii.gz"


def test_writer_that_fails_leaves_everything_as_it_was(case):
    save(case, b"first")
    images = case.folder / "images"
    before = {path.name: path.read_bytes() for path in images.iterdir()}

    def fail(path):
        path.write_bytes(b"half")
        raise StudyError("disk full")

    with pytest.raises(StudyError, match="disk full"):
        save_brain_mask(case, fail, who="Eva Nová")
    assert {path.name: path.read_bytes() for path in images.iterdir()} == before


def test_name_that_cannot_be_used_is_refused_before_anything_is_written(case):
    with pytest.raises(InputError):
        save(case, b"first", who="../Eva")
    assert find_brain_mask(case) is None


def test_images_before_stripping_are_found_where_they_were_kept(case):
    assert find_unstripped(case) == {}
    folder = case.folder / "images" / "unstripped"
    folder.mkdir()
    (folder / "t1c.nii.gz").write_bytes(b"head")
    # Of no image of the case.
    (folder / "flair.nii.gz").write_bytes(b"head")
    assert find_unstripped(case) == {"t1c": folder / "t1c.nii.gz"}
