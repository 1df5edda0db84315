"""Killed writers, full and read-only disks, two writers at once: nothing saved is lost."""

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from radiogenomics.errors import StudyError, StudyLockedError
from radiogenomics.study import Role, State, Study
from radiogenomics.study.atomic import append_line, replacing, write_text
from radiogenomics.study.lock import LOCK_NAME, exclusive

# Saves versions, events and settings for ever, and says what is safe once it is.
ENDLESS_WRITER = """
    import sys
    from pathlib import Path
    from radiogenomics.study import Role, State, Study

    study = Study.open(Path(sys.argv[1]))
    case = study.add_case("P1")
    number = 0
    while True:
        number += 1
        content = (f"{number} " * 5000).encode()
        saved = case.add_segmentation("R", lambda path: path.write_bytes(content))
        print("version", saved.version, flush=True)
        case.review(State.SUBMITTED, who="R", role=Role.READER, rater="R", version=saved.version)
        print("submitted", saved.version, flush=True)
        study.add_rater(f"rater {number}", Role.READER)
        print("rater", number, flush=True)
"""


def start(script, *arguments):
    # Coverage is not taken here: where files cannot grow or the process is killed, what it leaves
    # is damaged, and the report at the end would complain of it.
    environment = {k: v for k, v in os.environ.items() if k != "COVERAGE_PROCESS_CONFIG"}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.mark.slow
def test_study_whose_writer_is_killed_again_and_again_keeps_all_that_was_committed(tmp_path, rng):
    root = tmp_path / "study"
    Study.create(root, name="s", labels="brats")
    committed: set[tuple[str, int]] = set()
    for _ in range(12):
        process = start(ENDLESS_WRITER, root)
        first = process.stdout.readline()
        time.sleep(rng.uniform(0, 0.25))
        process.send_signal(signal.SIGKILL)
        said = first + process.communicate()[0]
        # A last line without its end was cut by the kill, and says nothing.
        for line in said.split("\n")[:-1]:
            what, number = line.split()
            committed.add((what, int(number)))

        study = Study.open(root)
        case = study.case("P1")
        assert {one.rater for one in case.segmentations()} == {"R"}
        assert case.status is not None
        saved = {one.version: one for one in case.segmentations("R")}
        for one in saved.values():
            one.verify()
        for what, number in committed:
            if what == "version":
                assert number in saved
            elif what == "submitted":
                assert case.state("R", number) is State.SUBMITTED
            else:
                assert study.settings.raters[f"rater {number}"] is Role.READER
    assert {what for what, _ in committed} == {"version", "submitted", "rater"}

    # What the killed writers left is cleared, and nothing else.
    study.remove_unfinished()
    assert not list(root.rglob(".writing-*"))
    assert {one.version for one in case.segmentations("R")} == set(saved)
    case.add_segmentation("R", lambda path: path.write_text("after"))
    assert case.latest("R").version == max(saved) + 1


def test_log_goes_on_after_a_line_that_a_kill_cut_short(tmp_path):
    log = tmp_path / "log.jsonl"
    append_line(log, "one")
    with log.open("a") as file:
        file.write('{"half": ')
    append_line(log, "two")
    assert log.read_text().splitlines() == ["one", '{"half": ', "two"]


def test_review_log_with_a_line_cut_short_is_read_without_it(tmp_path):
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    case = study.add_case("P1")
    case.add_segmentation("R", lambda path: path.write_text("x"))
    case.review(State.SUBMITTED, who="R", role=Role.READER, rater="R", version=1)
    with (case.folder / "review.jsonl").open("ab") as file:
        file.write('{"time": "2026", "who": "Lé'.encode()[:-1])
    assert case.state("R", 1) is State.SUBMITTED
    case.review(State.APPROVED, who="J", role=Role.REVIEWER, rater="R", version=1)
    assert case.state("R", 1) is State.APPROVED


def test_failed_write_leaves_the_old_content_and_no_litter(tmp_path):
    path = tmp_path / "file.txt"
    write_text(path, "old")

    def half_then_fail():
        with replacing(path) as temporary:
            temporary.write_text("half of the new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half_then_fail()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file.txt"]


SMALL_DISK = """
    import resource, signal, sys
    from pathlib import Path
    from radiogenomics.errors import StudyError
    from radiogenomics.study import Study

    # Files cannot grow beyond 4 kB, as on a disk with no more room.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    case = Study.open(Path(sys.argv[1])).case("P1")
    try:
        case.add_segmentation("R", lambda path: path.write_bytes(bytes(100_000)))
    except StudyError as error:
        print(error)
"""


def test_file_that_does_not_fit_is_reported_and_what_was_there_stays(tmp_path):
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    case = study.add_case("P1")
    case.add_segmentation("R", lambda path: path.write_text("one"))
    said = start(SMALL_DISK, study.root).communicate(timeout=60)[0]
    assert "Cannot write" in said
    assert "free some space" in said
    assert [one.version for one in case.segmentations()] == [1]
    case.segmentations()[0].verify()
    assert not list(study.root.rglob(".writing-*"))


def test_place_that_cannot_be_written_or_cleaned_is_named_in_one_error(tmp_path):
    (tmp_path / "file").write_text("old")
    with pytest.raises(StudyError, match=r"Cannot write .*x\.txt.*choose a folder"):
        write_text(tmp_path / "file" / "x.txt", "new")
    assert (tmp_path / "file").read_text() == "old"


@pytest.fixture
def full_disk(tmp_path):
    """A real file system of 64 kB, where the system lets us make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("a small file system cannot be mounted here (needs root)")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def read_only_disk(full_disk):
    """The same, with an empty folder and a file in it, and then made read-only as a whole."""
    (full_disk / "empty").mkdir()
    (full_disk / "file.txt").write_text("old")
    subprocess.run(["mount", "-o", "remount,ro", full_disk], check=True)
    return full_disk


def test_every_write_to_a_read_only_disk_says_so_and_what_to_do(read_only_disk):
    for write in (
        lambda: write_text(read_only_disk / "file.txt", "new"),
        lambda: write_text(read_only_disk / "new" / "file.txt", "new"),
        lambda: append_line(read_only_disk / "file.txt", "new"),
        lambda: Study.create(read_only_disk / "empty", name="s", labels="brats"),
    ):
        with pytest.raises(StudyError, match=r"Read-only file system.* then run again"):
            write()
    assert (read_only_disk / "file.txt").read_text() == "old"


def test_full_disk_loses_nothing_and_the_study_goes_on_once_there_is_room(full_disk):
    study = Study.create(full_disk / "s", name="s", labels="brats")
    case = study.add_case("P1")
    case.add_segmentation("R", lambda path: path.write_text("one"))
    ballast = full_disk / "ballast"
    with pytest.raises(OSError, match="No space"):
        ballast.write_bytes(bytes(1_000_000))
    with pytest.raises(StudyError, match="free some space"):
        case.add_segmentation("R", lambda path: path.write_bytes(bytes(50_000)))
    with pytest.raises(StudyError, match="free some space"):
        study.add_rater("Eva", Role.READER)
    long_comment = "x" * 20_000
    with pytest.raises(StudyError, match="free some space"):
        append_line(case.folder / "review.jsonl", long_comment)
    assert not case.review_events()
    assert Study.open(study.root).settings == study.settings
    case.segmentations()[0].verify()
    ballast.unlink()
    assert case.add_segmentation("R", lambda path: path.write_text("two")).version == 2


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_read_only_study_can_be_read_and_says_that_it_cannot_be_written(tmp_path):
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    study.add_case("P1").add_segmentation("R", lambda path: path.write_text("one"))
    mounted = subprocess.run(
        ["mount", "--bind", "-o", "ro", study.root, study.root], capture_output=True, check=False
    )
    if mounted.returncode:
        for path in (study.root, *study.root.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        if os.access(study.root, os.W_OK):
            pytest.skip("nothing is read-only for this user here")
    try:
        opened = Study.open(study.root)
        assert opened.case("P1").latest("R").version == 1
        with pytest.raises(StudyError, match="may write to"):
            opened.case("P1").add_segmentation("R", lambda path: path.write_text("two"))
        with pytest.raises(StudyError, match="may write to"):
            opened.add_case("P2")
        with pytest.raises(StudyError, match="may write to"):
            opened.add_rater("Eva", Role.READER)
    finally:
        if not mounted.returncode:
            subprocess.run(["umount", study.root], check=True)
        else:
            for path in (study.root, *study.root.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)


SAVING_TWENTY = """
    import sys
    from pathlib import Path
    from radiogenomics.study import Role, Study

    study = Study.open(Path(sys.argv[1]))
    case = study.add_case("P1")
    for number in range(20):
        case.add_segmentation("R", lambda path: path.write_text(f"{sys.argv[2]} {number}"))
        study.add_rater(f"{sys.argv[2]} {number}", Role.READER)
"""


def test_two_processes_writing_one_study_lose_nothing_of_each_other(tmp_path):
    study = Study.create(tmp_path / "s", name="s", labels="brats")
    writers = [start(SAVING_TWENTY, study.root, name) for name in ("a", "b")]
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    for writer in writers:
        writer.stdout.close()
    saved = study.case("P1").segmentations("R")
    assert [one.version for one in saved] == list(range(1, 41))
    contents = {one.path.read_text() for one in saved}
    assert contents == {f"{name} {number}" for name in "ab" for number in range(20)}
    assert len(Study.open(study.root).settings.raters) == 40


def test_writer_that_waits_too_long_says_who_is_in_the_way(tmp_path):
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with exclusive(tmp_path):
            entered.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(10)
    with (
        pytest.raises(StudyLockedError, match="Another process is writing"),
        exclusive(tmp_path, wait=0.1),
    ):
        pass
    leave.set()
    holder.join()
    with exclusive(tmp_path, wait=0.1):
        pass


def test_writer_that_waited_for_a_case_that_was_removed_locks_the_one_that_came_after(tmp_path):
    folder = tmp_path / "case"
    folder.mkdir()
    entered = threading.Event()

    def wait_for_it():
        with exclusive(folder):
            entered.set()
            # The lock that all others would take.
            with pytest.raises(StudyLockedError), exclusive(folder, wait=0):
                pass

    waiter = threading.Thread(target=wait_for_it)
    with exclusive(folder):
        waiter.start()
        time.sleep(0.2)
        (folder / LOCK_NAME).unlink()
        (folder / LOCK_NAME).touch()
        assert not entered.is_set()
    waiter.join(10)
    assert entered.is_set()


def test_lock_of_a_killed_process_is_free_at_once(tmp_path):
    script = """
        import sys, time
        from pathlib import Path
        from radiogenomics.study.lock import exclusive
        with exclusive(Path(sys.argv[1])):
            print("held", flush=True)
            time.sleep(60)
    """
    process = start(script, tmp_path)
    assert process.stdout.readline() == "held\n"
    process.kill()
    process.communicate()
    with exclusive(tmp_path, wait=1):
        pass
