"""Run folders: written whole, read back, never trusted blindly; predictions for new patients."""

import csv
import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.expression import read_expression
from radiogenomics.study.predictions import read_predictions
from radiogenomics.study.progress import silent
from radiogenomics.training import run_folder
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.cross_validation import pretrain, train_final
from radiogenomics.training.data import read_training_data
from radiogenomics.training.predicting import load_network, predict_patients
from radiogenomics.training.run import methods_of, train


@pytest.fixture
def copied(finished, tmp_path):
    path = tmp_path / "first"
    shutil.copytree(finished.folder / "first", path)
    return path


def final_rows(predicted, model="network"):
    return [
        row.predicted for row in predicted.predictions if (row.kind, row.model) == ("final", model)
    ]


def test_every_trained_patient_has_one_out_of_fold_row_a_target_and_model(finished):
    rows = finished.result.predictions
    keys = {(row.patient_id, row.roi, row.feature, row.model) for row in rows}

    assert len(rows) == len(keys) == 22 * 20 * 3
    assert {row.kind for row in rows} == {"out_of_fold"}
    assert {row.run_id for row in rows} == {"first"}
    assert read_predictions(finished.result.path / "predictions.csv") == rows


def test_measured_values_are_those_of_the_table(finished):
    table = {(row.patient_id, row.roi, row.feature): row.value for row in finished.rows}

    for row in finished.result.predictions:
        assert row.measured == table[row.patient_id, row.roi, row.feature]
        assert 0 <= row.lower <= row.predicted <= row.upper


def test_the_fold_of_a_prediction_is_the_one_that_held_the_patient_out(finished):
    folds = json.loads((finished.result.path / "folds.json").read_text())["held_out"]
    fold_of = {patient_id: int(fold) for fold, names in folds.items() for patient_id in names}

    assert all(row.fold == fold_of[row.patient_id] for row in finished.result.predictions)


def test_the_manifest_accounts_for_patients_genes_and_inputs(finished):
    manifest = json.loads((finished.result.path / "manifest.json").read_text())

    assert manifest["patients"]["with_expression"] == 25
    assert manifest["patients"]["trained"] == 22
    assert manifest["patients"]["dropped_by_reason"] == {"features only": 2, "expression only": 3}
    assert manifest["genes"]["used"] == 15
    for name in ("expression", "features"):
        path = finished.folder / f"{name}.csv"
        expected = {"file": path.name, "sha256": run_folder.sha256(path)}
        assert manifest["inputs"][name] == expected
    assert "held out included" in manifest["methods"]["pre_training"]


def test_inputs_of_the_same_name_are_told_apart(make, tmp_path):
    patients = make.patients(3)
    expression = make.expression(patients)
    features = tmp_path / "other" / expression.name
    features.parent.mkdir()
    make.features(make.rows(patients)).rename(features)
    data = read_training_data(expression, features)

    assert data.inputs["expression"]["sha256"] == run_folder.sha256(expression)
    assert data.inputs["features"]["sha256"] == run_folder.sha256(features)


@pytest.mark.parametrize(
    ("nonnegative", "said"),
    [("all", "all weights"), ("output", "output layer"), ("none", "none")],
)
def test_the_methods_say_where_they_depart_from_the_paper(quick, nonnegative, said):
    network = dataclasses.replace(quick.network, nonnegative=nonnegative)
    methods = methods_of(dataclasses.replace(quick, network=network))

    assert "linear" in methods["output_layer"]
    assert "ReLU" in methods["output_layer"]
    assert "tanh" in methods["decoder"]
    assert methods["nonnegative_weights"].startswith(said)
    assert "training fold" in methods["protocol"]


def test_the_history_holds_all_three_trainings(finished, quick):
    with (finished.result.path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    counts = {}
    for row in rows:
        counts[row["model"], row["fold"]] = counts.get((row["model"], row["fold"]), 0) + 1

    folds = {("network", str(fold)): quick.network.epochs for fold in (1, 2, 3)}
    assert counts == {("autoencoder", ""): 3, **folds, ("network", ""): 4}


def test_the_order_of_the_rows_in_the_files_changes_nothing(finished, quick, tmp_path):
    lines = (finished.folder / "expression.csv").read_text().splitlines()
    shuffled = tmp_path / "expression.csv"
    shuffled.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    data = read_training_data(shuffled, finished.folder / "features.csv")
    again = train(data, tmp_path / "first", quick)

    assert again.predictions == finished.result.predictions


def test_the_settings_read_back_equal(finished, quick):
    stored = json.loads((finished.result.path / "config.json").read_text())

    assert TrainingConfig.from_json(stored) == quick


def test_a_trained_patient_gets_its_out_of_fold_prediction_and_a_new_one_the_final_model(finished):
    run = run_folder.load_run(finished.result.path)
    predicted = predict_patients(run, read_expression(finished.folder / "expression.csv"))
    known = [row for row in predicted.predictions if row.patient_id.startswith("p")]

    assert predicted.new == ("x1", "x2", "x3")
    assert sorted(known, key=repr) == sorted(finished.result.predictions, key=repr)
    new = [row for row in predicted.predictions if row.patient_id.startswith("x")]
    assert len(new) == 3 * 20 * 3
    assert {(row.kind, row.fold, row.measured) for row in new} == {("final", None, None)}


def test_the_saved_network_predicts_what_the_trained_one_did(finished, quick):
    data = finished.data
    encoder, _ = pretrain(data.everyone, quick.autoencoder, quick.seed, silent)
    trained, _ = train_final(data.patients, data.cohort.measured, quick, encoder, silent)
    loaded = load_network(run_folder.load_run(finished.result.path))

    np.testing.assert_array_equal(
        loaded.predict_on_batch(data.everyone), trained.predict_on_batch(data.everyone)
    )


def test_reordered_genes_change_no_prediction(finished):
    run = run_folder.load_run(finished.result.path)
    matrix = read_expression(finished.folder / "expression.csv").rows(["x1", "x2"])
    backwards = dataclasses.replace(matrix, genes=matrix.genes[::-1], values=matrix.values[:, ::-1])

    predicted = predict_patients(run, backwards)
    assert predicted.alignment.reordered
    assert final_rows(predicted) == final_rows(predict_patients(run, matrix))


def test_missing_genes_are_refused(finished):
    run = run_folder.load_run(finished.result.path)
    matrix = read_expression(finished.folder / "expression.csv").rows(["x1"])
    fewer = dataclasses.replace(matrix, genes=matrix.genes[1:], values=matrix.values[:, 1:])

    with pytest.raises(InputError, match=r"lacks 1 of the 15 genes .*\(g0\)"):
        predict_patients(run, fewer)


@pytest.mark.parametrize("name", [*run_folder.SEALED, run_folder.METRICS])
def test_a_file_altered_after_the_training_is_refused_by_name(copied, name):
    with (copied / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(TrainingError, match=rf"{name.rpartition('/')[2]} is not the file that the"):
        run_folder.load_run(copied)


def test_a_model_file_that_runs_code_is_never_loaded_even_with_a_fitting_hash(copied):
    from radiogenomics.models.backend import keras

    model = keras.Sequential([keras.Input((15,)), keras.layers.Lambda(lambda x: x[:, :1] * 2)])
    model.save(copied / run_folder.NETWORK)
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["files"][run_folder.NETWORK] = run_folder.sha256(copied / run_folder.NETWORK)
    (copied / "manifest.json").write_text(json.dumps(manifest))

    with pytest.raises(TrainingError, match="is not a saved network"):
        load_network(run_folder.load_run(copied))


def test_a_run_of_another_format_is_refused_with_both_versions(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    (copied / "manifest.json").write_text(json.dumps({**manifest, "format_version": 99}))

    with pytest.raises(InputError, match=r"format 99; this program reads format 1"):
        run_folder.load_run(copied)


def test_an_unfinished_run_is_refused(copied):
    (copied / "manifest.json").unlink()

    with pytest.raises(InputError, match=r"no finished run: it has no manifest\.json"):
        run_folder.load_run(copied)


def test_a_run_folder_with_content_is_not_overwritten(finished, quick):
    with pytest.raises(InputError, match=r"already holds config\.json.*--out"):
        train(finished.data, finished.result.path, quick)


def test_an_interrupted_training_leaves_nothing_but_its_log_and_can_start_again(
    finished, quick, tmp_path
):
    def interrupt(stage, done, *_):
        if (stage, done) == ("cross-validation", 5):
            raise KeyboardInterrupt

    out = tmp_path / "first"
    out.mkdir()
    (out / "progress.jsonl").write_text("{}\n")
    with pytest.raises(KeyboardInterrupt):
        train(finished.data, out, quick, interrupt)
    assert [path.name for path in out.iterdir()] == ["progress.jsonl"]

    again = train(finished.data, out, quick)
    assert again.predictions == finished.result.predictions


@pytest.mark.parametrize("last", ["config.json", "network.keras", "manifest.json"])
def test_a_training_interrupted_while_it_saves_can_start_again(
    finished, quick, tmp_path, monkeypatch, last
):
    rename = Path.replace

    def interrupt(self, target):
        if Path(target).name == last:
            # As after SIGKILL or a power failure: the temporary file stays behind as well.
            self.with_name(f".writing-00000000-{last}").write_bytes(b"half")
            raise KeyboardInterrupt
        return rename(self, target)

    out = tmp_path / "first"
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            train(finished.data, out, quick)
    assert list(out.rglob(f".writing-*-{last}"))

    again = train(finished.data, out, quick)
    assert again.predictions == finished.result.predictions
    assert not list(out.rglob(".writing-*"))


@pytest.mark.parametrize(
    "name", ["notes.txt", "models/notes.txt", "models/config.json", "predictions.csv/x"]
)
def test_a_folder_with_anything_that_no_run_writes_is_left_as_it_is(copied, name):
    (copied / "manifest.json").unlink()
    (copied / "predictions.csv").unlink()
    (copied / name).parent.mkdir(exist_ok=True)
    (copied / name).write_text("mine")
    before = sorted(copied.rglob("*"))

    with pytest.raises(InputError, match=r"already holds .*--out"):
        run_folder.prepare(copied)
    assert sorted(copied.rglob("*")) == before


@pytest.mark.parametrize("config", [None, "{}", '{"learning_rate": 1}', "not json"])
def test_files_that_are_only_named_like_those_of_a_run_are_left_as_they_are(tmp_path, config):
    # `radiogenomics predict` writes a predictions.csv too, wherever it is told to.
    (tmp_path / "predictions.csv").write_text("mine")
    if config is not None:
        (tmp_path / "config.json").write_text(config)

    with pytest.raises(InputError, match=r"already holds .*predictions\.csv"):
        run_folder.prepare(tmp_path)
    assert (tmp_path / "predictions.csv").read_text() == "mine"


def test_run_folder_that_cannot_be_made_is_a_failure_with_the_next_step(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(TrainingError, match=r"Not a directory\. Name one with --out"):
        run_folder.prepare(tmp_path / "file" / "run")


def test_what_is_made_of_the_predictions_is_there_before_the_manifest(finished, quick, tmp_path):
    told = []
    result = train(
        finished.data,
        tmp_path / "first",
        quick,
        finish=lambda path, rows: told.append((rows, (path / run_folder.MANIFEST).exists())),
    )

    assert told == [(result.predictions, False)]


def test_fewer_patients_than_folds_are_refused_before_anything_is_made(make, quick, tmp_path):
    patients = make.patients(2)
    data = read_training_data(make.expression(patients), make.features(make.rows(patients)))

    with pytest.raises(InputError, match=r"2 patients .* fewer than the 3 folds"):
        train(data, tmp_path / "run", quick)
    assert not (tmp_path / "run").exists()


def test_widths_that_the_encoder_cannot_start_are_refused(quick):
    with pytest.raises(InputError, match="its encoder could not start the network"):
        dataclasses.replace(quick, network=dataclasses.replace(quick.network, widths=(8, 6)))
