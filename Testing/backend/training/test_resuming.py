"""Runs that were stopped, and what may go on in their folders."""

import dataclasses
import json
import os
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.study.lock import exclusive
from radiogenomics.training import devices, run_folder
from radiogenomics.training.data import read_training_data
from radiogenomics.training.run import train
from radiogenomics.training.saved_model import load_model

from .conftest import finish


class Stop(BaseException):
    """Stands for a process that ends here."""


def stopping_at(stage, done):
    def progress(*told):
        if told[:2] == (stage, done):
            raise Stop

    return progress


def content(path):
    """All that a run leaves, but for times and for the dates that Keras writes into its files."""
    found = {}
    for file in sorted(path.rglob("*")):
        name = file.relative_to(path).as_posix()
        if file.name == "weights.keras":
            model, _ = load_model(file.parent)
            found[name] = {k: [a.tobytes() for a in v] for k, v in model.weights.items()}
        elif name == "manifest.json":
            manifest = json.loads(file.read_text())
            del manifest["wall_time_s"], manifest["files"]
            found[name] = manifest
        elif file.is_file() and name not in ("progress.jsonl", "times.jsonl", "shards/.lock"):
            found[name] = file.read_bytes()
    return found


@pytest.mark.parametrize(
    ("stage", "done"),
    [
        ("pre-training", 2),
        ("choosing the network", 9),
        ("choosing the network", 30),
        ("cross-validation", 5),
        ("final model", 2),
    ],
)
def test_a_run_that_was_stopped_ends_bit_identical(finished, searching, tmp_path, stage, done):
    whole = train(finished.data, tmp_path / "a" / "run", searching, finish=finish)
    out = tmp_path / "b" / "run"
    with pytest.raises(Stop):
        train(finished.data, out, searching, stopping_at(stage, done), finish)
    assert not (out / "manifest.json").exists()
    train(finished.data, out, searching, finish=finish, resume=True)

    assert content(out) == content(whole.path)


@pytest.mark.parametrize(
    "last", ["config.json", "network-02.npz", "weights.keras", "manifest.json"]
)
def test_a_kill_while_a_file_is_written_leaves_nothing_behind(
    finished, quick, tmp_path, monkeypatch, last
):
    rename = Path.replace

    def end(self, target):
        if Path(target).name == last:
            # As after SIGKILL or a power failure: the temporary file stays behind.
            self.with_name(f".writing-00000000-{last}").write_bytes(b"half")
            raise Stop
        return rename(self, target)

    out = tmp_path / "first"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", end)
        with pytest.raises(Stop):
            train(finished.data, out, quick, finish=finish)
    assert list(out.rglob(f".writing-*-{last}"))

    train(finished.data, out, quick, finish=finish, resume=True)
    assert content(out) == content(finished.result.path)
    assert not list(out.rglob(".writing-*"))


def test_a_stopped_run_is_not_begun_again_without_being_asked(finished, quick, tmp_path):
    with pytest.raises(Stop):
        train(finished.data, tmp_path / "run", quick, stopping_at("cross-validation", 5))

    with pytest.raises(InputError, match=r"did not finish.*--resume"):
        train(finished.data, tmp_path / "run", quick)


def test_resuming_with_other_settings_or_data_is_refused_by_name(finished, quick, tmp_path, make):
    with pytest.raises(Stop):
        train(finished.data, tmp_path / "run", quick, stopping_at("cross-validation", 5))
    network = dataclasses.replace(quick.network, learning_rate=0.1)
    with pytest.raises(InputError, match=r"settings\.network\.learning_rate = 0\.3 \(now 0\.1\)"):
        train(
            finished.data,
            tmp_path / "run",
            dataclasses.replace(quick, network=network),
            resume=True,
        )
    rows = [*finished.rows]
    rows[0] = dataclasses.replace(rows[0], value=rows[0].value + 1e-9)
    altered = read_training_data(finished.folder / "expression.csv", make.features(rows))
    altered_in_a_held_out_value = altered.cohort.measured.tobytes() != (
        finished.data.cohort.measured.tobytes()
    )
    assert not altered_in_a_held_out_value  # p00 has no expression: the data are the same
    rows[-1] = dataclasses.replace(rows[-1], value=rows[-1].value + 1e-9)
    altered = read_training_data(finished.folder / "expression.csv", make.features(rows))
    with pytest.raises(InputError, match=r"begun with data\.sha256"):
        train(altered, tmp_path / "run", quick, resume=True)


def test_a_finished_run_is_reported_again_and_never_overwritten(finished, quick):
    before = content(finished.result.path)
    again = train(finished.data, finished.result.path, quick, resume=True)

    assert again.predictions == finished.result.predictions
    with pytest.raises(InputError, match=r"already holds .*--out"):
        train(finished.data, finished.result.path, quick)
    assert content(finished.result.path) == before


@pytest.mark.parametrize("resume", [False, True])
@pytest.mark.parametrize(
    "files",
    [
        {"notes.txt": "mine"},
        {"predictions.csv": "mine"},
        {"config.json": '{"learning_rate": 1}'},
        {"shards/notes.npz": "mine"},
    ],
)
def test_a_folder_with_anything_that_no_run_wrote_is_left_as_it_is(
    finished, quick, tmp_path, files, resume
):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)

    with pytest.raises(InputError, match=r"already holds .*--out"):
        train(finished.data, tmp_path, quick, resume=resume)
    assert {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()} == set(
        files
    )


def test_an_unfinished_run_of_another_version_is_refused_with_both(finished, quick, tmp_path):
    with pytest.raises(Stop):
        train(finished.data, tmp_path / "run", quick, stopping_at("pre-training", 1))
    path = tmp_path / "run" / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "format_version": 1}))

    with pytest.raises(InputError, match=r"run of format 1; this program reads format 3"):
        train(finished.data, tmp_path / "run", quick, resume=True)


def test_two_processes_do_not_train_in_one_folder(finished, quick, tmp_path):
    (tmp_path / "run" / "shards").mkdir(parents=True)
    with (
        exclusive(tmp_path / "run" / "shards"),
        pytest.raises(TrainingError, match=r"Another process is training in"),
    ):
        train(finished.data, tmp_path / "run", quick)


def test_a_process_that_comes_late_leaves_what_another_is_writing(finished, quick, tmp_path):
    out = tmp_path / "run"
    with pytest.raises(Stop):
        train(finished.data, out, quick, stopping_at("cross-validation", 5))
    for name in (".writing-1-history.csv", "models/network/.writing-2-card.json"):
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text("half")
    before = content(out)
    with (
        exclusive(out / "shards"),
        pytest.raises(TrainingError, match=r"Another process is training in"),
    ):
        train(finished.data, out, quick, resume=True)

    assert content(out) == before
    train(finished.data, out, quick, resume=True)
    assert not list(out.rglob(".writing-*"))


def test_a_folder_that_cannot_be_made_is_a_failure_with_the_next_step(tmp_path, finished, quick):
    (tmp_path / "file").write_text("x")

    with pytest.raises(TrainingError, match=r"Name one with --out"):
        train(finished.data, tmp_path / "file" / "run", quick)
    with pytest.raises(InputError, match=r"is a file; name a new folder"):
        train(finished.data, tmp_path / "file", quick)


def test_a_device_without_memory_enough_is_a_message_and_the_run_can_go_on(
    finished, quick, tmp_path, monkeypatch
):
    import tensorflow as tf

    from radiogenomics.training import fits

    def exhausted(*_, **__):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    out = tmp_path / "first"
    with monkeypatch.context() as patch:
        patch.setattr(fits, "fit_network", exhausted)
        with pytest.raises(TrainingError, match=r"memory of the device .*--resume.*--device cpu"):
            train(finished.data, out, quick, finish=finish)
    assert run_folder.CONFIG in {path.name for path in out.iterdir()}
    train(finished.data, out, quick, finish=finish, resume=True)

    assert content(out) == content(finished.result.path)


def test_other_faults_of_the_backend_are_not_taken_for_a_lack_of_memory():
    import tensorflow as tf

    assert devices.is_out_of_memory(MemoryError())
    assert not devices.is_out_of_memory(tf.errors.InternalError(None, None, "blas failed"))
    assert not devices.is_out_of_memory(ValueError("OOM when allocating"))


def test_a_gpu_that_is_not_there_is_refused():
    if devices.gpus():
        pytest.skip("this machine has a GPU")
    with pytest.raises(InputError, match=r"no GPU that tensorflow can use; .*doctor"):
        devices.choose_device("gpu")
    with pytest.raises(InputError, match=r"'tpu'; use auto, cpu, gpu"):
        devices.choose_device("tpu")
    assert devices.choose_device("auto") == devices.choose_device("cpu") == "cpu"


def test_no_shard_and_no_model_holds_a_pickle(finished):
    files = [*finished.result.path.rglob("*.npz")]

    assert len(files) > 6
    for path in files:
        with np.load(path, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype.kind in "fUi" for name in arrays.files)
    assert not [p for p in finished.result.path.rglob("*") if os.fspath(p).endswith(".pkl")]
