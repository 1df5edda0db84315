"""A preparation that is killed goes on, bit for bit; nothing half written is taken for a result."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap

import pytest
import SimpleITK as sitk

from radiogenomics.errors import StudyError, StudyLockedError
from radiogenomics.imaging.preparing import PrepareSettings, prepare_case, strip_again
from radiogenomics.imaging.preparing.work import Computed, working_in
from radiogenomics.imaging.series import Contrast
from radiogenomics.study import Study
from radiogenomics.study.lock import exclusive

from .heads import contents, readable, write_heads

CHOSEN = {Contrast.T2: "none", Contrast.T1: "none"}

# Prepares a case; ends itself, as a power failure would, when a step is told for the first time.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    from radiogenomics.imaging.preparing import PrepareSettings, prepare_case
    from radiogenomics.imaging.series import Contrast
    from radiogenomics.study import Study

    root, source, mask = map(Path, sys.argv[1:4])
    n = int(sys.argv[4])
    told = []

    def tell(*event):
        told.append(event)
        if len(told) == n:
            os.kill(os.getpid(), signal.SIGKILL)

    settings = PrepareSettings(
        brain_mask=mask,
        chosen={Contrast.T2: "none", Contrast.T1: "none"},
    )
    prepare_case(Study.open(root), source, patient_id="P1", settings=settings, progress=tell)
    print(len(told))
"""


def start(script, *arguments, **options):
    # Coverage is not taken: what a killed process leaves of it is damaged.
    environment = {k: v for k, v in os.environ.items() if k != "COVERAGE_PROCESS_CONFIG"}
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **options,
    )


class Interrupted(Exception):
    """Ends a preparation from within."""


def new_study(folder):
    return Study.create(folder, name="s", labels="brats")


@pytest.fixture(scope="module")
def heads(tmp_path_factory):
    return write_heads(
        tmp_path_factory.mktemp("source") / "heads", contrasts=(Contrast.T1C, Contrast.FLAIR)
    )


@pytest.fixture(scope="module")
def settings(heads):
    return PrepareSettings(brain_mask=heads.parent / "mask-of-the-brain.nii.gz", chosen=CHOSEN)


@pytest.fixture(scope="module")
def whole_root(tmp_path_factory, heads, settings):
    """A study that was prepared in one go."""
    study = new_study(tmp_path_factory.mktemp("whole") / "s")
    prepare_case(study, heads, patient_id="P1", settings=settings)
    return study.root


@pytest.fixture(scope="module")
def whole(whole_root):
    """Its files."""
    return contents(whole_root)


def test_same_images_elsewhere_give_the_same_files_bit_for_bit(tmp_path, heads, settings, whole):
    other = tmp_path / "elsewhere"
    other.mkdir()
    for path in heads.iterdir():
        # Their times differ.
        shutil.copyfile(path, other / path.name)
    study = new_study(tmp_path / "s")
    prepare_case(study, other, patient_id="P1", settings=settings)
    assert contents(study.root) == whole


def test_interrupted_at_every_step_it_goes_on_to_the_same_files(tmp_path, heads, settings, whole):
    study = new_study(tmp_path / "s")

    for last in range(1, 100):
        told = []

        def tell(*event, told=told, last=last):
            told.append(event)
            if len(told) == last:
                raise Interrupted

        try:
            prepare_case(study, heads, patient_id="P1", settings=settings, progress=tell)
        except Interrupted:
            # Not in the study before it is whole.
            assert study.cases() == []
        else:
            break
    assert last > 10
    assert contents(study.root) == whole


@pytest.mark.slow
def test_killed_at_every_step_it_goes_on_to_the_same_files(tmp_path, heads, settings, whole):
    mask = settings.brain_mask
    study = new_study(tmp_path / "killed")
    codes = []
    # The first steps read and tell often; each run goes on from where the one before was killed.
    for n in (2, 7, 9, 11, 13, 99):
        codes.append(start(KILLED, study.root, heads, mask, n).returncode)
        if codes[-1] == 0:
            break
        assert study.cases() == []
    assert codes[:3] == [-signal.SIGKILL] * 3
    assert codes[-1] == 0
    assert contents(study.root) == whole


@pytest.fixture(scope="module")
def begun(tmp_path_factory, heads, settings):
    """A study in which the preparation was interrupted before the last step."""
    root = tmp_path_factory.mktemp("begun") / "s"
    with pytest.raises(Interrupted):
        prepare_case(
            new_study(root), heads, patient_id="P1", settings=settings, progress=at_the_last_step
        )
    return root


def at_the_last_step(stage, *_):
    if stage == "strip":
        raise Interrupted


@pytest.mark.parametrize("damage", ["cut", "other", "gone", "record", "empty record", "no object"])
def test_damaged_result_is_computed_anew(tmp_path, begun, heads, settings, whole, damage):
    study = Study.open(shutil.copytree(begun, tmp_path / "s"))
    work = study.root / "preparing" / "P1"
    image, record = work / "images" / "unstripped" / "flair.nii.gz", work / "lay-flair.json"
    content = image.read_bytes()
    if damage == "cut":
        image.write_bytes(content[:-100])
    elif damage == "other":
        image.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    elif damage == "gone":
        image.unlink()
    elif damage == "record":
        record.write_text(record.read_text()[:-30])
    elif damage == "empty record":
        record.write_text("")
    elif damage == "no object":
        record.write_text("[]")
    # What a killed writer leaves beside it.
    image.with_name(".writing-0123abcd-flair.nii.gz").write_bytes(content[:1000])
    prepare_case(study, heads, patient_id="P1", settings=settings)
    assert contents(study.root) == whole


def test_results_of_other_input_or_parameters_are_not_taken_over(tmp_path):
    image = sitk.Image((4, 4, 4), sitk.sitkInt16)
    made = []

    def compute():
        made.append(image)
        return Computed({"a.nrrd": image})

    def step(work, inputs, parameters):
        return work.step("step", inputs, parameters, compute)

    with working_in(tmp_path / "work") as work:
        first = step(work, {"image": "1"}, {"level": 2})
        assert step(work, {"image": "1"}, {"level": 2}).hashes == first.hashes
        assert len(made) == 1
        step(work, {"image": "2"}, {"level": 2})
        step(work, {"image": "2"}, {"level": 3})
        assert len(made) == 3


def test_what_killed_writers_left_is_cleared(tmp_path):
    folder = tmp_path / "work"
    left = folder / "images" / "unstripped" / ".writing-0123abcd-t1c.nii.gz"
    left.parent.mkdir(parents=True)
    left.write_bytes(bytes(1000))
    with working_in(folder):
        assert not left.exists()


def test_text_that_an_image_carries_does_not_get_into_a_result(tmp_path):
    image = sitk.Image((4, 4, 4), sitk.sitkInt16)
    image.SetMetaData("ITK_FileNotes", "Zweistein")
    with working_in(tmp_path / "work") as work:
        result = work.step("step", {}, {}, lambda: Computed({"a.nii.gz": image}))
        assert b"Zweistein" not in readable(result.files["a.nii.gz"].read_bytes())
    assert image.GetMetaData("ITK_FileNotes") == "Zweistein"


def test_files_of_a_run_with_other_series_do_not_get_into_the_case(
    tmp_path, begun, heads, settings, whole
):
    study = Study.open(shutil.copytree(begun, tmp_path / "s"))
    assert (study.root / "preparing" / "P1" / "images" / "unstripped" / "flair.nii.gz").exists()
    alone = PrepareSettings(
        brain_mask=settings.brain_mask, chosen={**CHOSEN, Contrast.FLAIR: "none"}
    )
    prepare_case(study, heads, patient_id="P1", settings=alone)
    assert set(contents(study.root)) == {name for name in whole if "flair" not in name}


@pytest.mark.parametrize("new_is_in", [False, True])
def test_replacement_that_was_killed_between_its_renames_is_settled(
    tmp_path, whole_root, heads, settings, new_is_in
):
    study = Study.open(shutil.copytree(whole_root, tmp_path / "s"))
    images = study.case("P1").folder / "images"
    (images / "notes.txt").write_text("mine")
    before = contents(images)
    work = study.root / "preparing" / "P1"
    work.mkdir(parents=True)
    images.rename(work / "replaced")
    if new_is_in:
        shutil.copytree(work / "replaced", images)
        (images / "notes.txt").unlink()
    prepare_case(study, heads, patient_id="P1", settings=settings)
    assert contents(images) == before
    assert not work.exists()


def test_two_programs_do_not_prepare_one_case_at_once(tmp_path, heads, settings):
    study = new_study(tmp_path / "s")
    work = study.root / "preparing" / "P1"
    work.mkdir(parents=True)
    with exclusive(work), pytest.raises(StudyLockedError):
        prepare_case(study, heads, patient_id="P1", settings=settings)
    assert study.cases() == []


def test_study_that_cannot_be_written_to_is_named(tmp_path, heads, settings):
    study = new_study(tmp_path / "s")
    # A file where a folder has to be: nobody can write there, the administrator neither.
    (study.root / "preparing").write_text("")
    with pytest.raises(StudyError, match=r"Cannot create .*preparing"):
        prepare_case(study, heads, patient_id="P1", settings=settings)


SMALL_DISK = """
    import resource, signal, sys
    from pathlib import Path
    from radiogenomics.errors import StudyError
    from radiogenomics.imaging.preparing import PrepareSettings, prepare_case
    from radiogenomics.imaging.series import Contrast
    from radiogenomics.study import Study

    # Files cannot grow beyond this, as on a disk with no more room.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
    settings = PrepareSettings(
        brain_mask=Path(sys.argv[3]), chosen={Contrast.T2: "none", Contrast.T1: "none"}
    )
    try:
        prepare_case(
            Study.open(Path(sys.argv[1])), Path(sys.argv[2]), patient_id="P1", settings=settings
        )
    except StudyError as error:
        print(error)
"""


@pytest.mark.slow
def test_full_disk_is_told_and_loses_nothing(tmp_path, begun, heads, settings, whole):
    study = Study.open(shutil.copytree(begun, tmp_path / "s"))
    for path in (study.root / "preparing").rglob("t1c.nii.gz"):
        path.unlink()
    ran = start(SMALL_DISK, study.root, heads, settings.brain_mask, 200_000)
    assert "Cannot write" in ran.stdout, ran.stderr
    assert "run again" in ran.stdout
    assert study.cases() == []
    prepare_case(study, heads, patient_id="P1", settings=settings)
    assert contents(study.root) == whole


def test_stripping_again_is_interrupted_and_goes_on(tmp_path, whole_root):
    study = Study.open(shutil.copytree(whole_root, tmp_path / "s"))
    images = study.case("P1").folder / "images"
    mask = sitk.ReadImage(str(images / "brain_mask.nii.gz"))
    mask[:36, :, :] = 0
    sitk.WriteImage(mask, str(images / "brain_mask.nii.gz"))
    before = contents(images)

    def tell(stage, done, *_):
        if (stage, done) == ("strip", 1):
            raise Interrupted

    with pytest.raises(Interrupted):
        strip_again(study, "P1", progress=tell)
    assert contents(images) == before
    strip_again(study, "P1")
    known = json.loads((images / "provenance.json").read_text())
    assert known["brain_mask"]["method"] == "corrected"
    assert not (study.root / "preparing").exists()
