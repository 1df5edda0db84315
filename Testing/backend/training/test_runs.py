"""Run folders: written whole, read back, never trusted blindly; predictions for new patients."""

import csv
import dataclasses
import json
import shutil

import numpy as np
import pytest

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.expression import read_expression
from radiogenomics.study.predictions import read_predictions
from radiogenomics.training import run_folder
from radiogenomics.training.data import read_training_data
from radiogenomics.training.methods import methods_of
from radiogenomics.training.predicting import predict_patients
from radiogenomics.training.protocols import settings_from
from radiogenomics.training.run import train
from radiogenomics.training.saved_model import load_model

SEALED = (
    "config.json", "folds.json", "history.csv", "predictions.csv", "metrics.csv",
    "models/constants.json", "models/network/weights.keras", "models/network/scaler.npz",
    "models/network/features.json", "models/network/settings.json", "models/network/card.json",
    "models/network_pca/components.npz",
)  # fmt: skip


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

    assert len(rows) == len(keys) == 22 * 20 * 5
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
    methods = methods_of(dataclasses.replace(quick, network=network, protocol="mine"))

    assert "linear" in methods["output_layer"]
    assert "ReLU" in methods["output_layer"]
    assert "tanh" in methods["decoder"]
    assert methods["nonnegative_weights"].startswith(said)
    assert "training fold" in methods["target_scaling"]
    assert methods["protocol"].startswith("mine")


def test_the_history_holds_all_reported_trainings(finished, quick):
    with (finished.result.path / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    counts = {}
    for row in rows:
        counts[row["model"], row["fold"]] = counts.get((row["model"], row["fold"]), 0) + 1

    networks = {
        (model, fold): quick.network.epochs
        for model in quick.models
        for fold in ("", "1", "2", "3")
    }
    assert counts == {("autoencoder", ""): 3, **networks}


def test_the_order_of_the_rows_in_the_files_changes_nothing(finished, quick, tmp_path):
    lines = (finished.folder / "expression.csv").read_text().splitlines()
    shuffled = tmp_path / "expression.csv"
    shuffled.write_text("\n".join([lines[0], *reversed(lines[1:])]) + "\n")
    data = read_training_data(shuffled, finished.folder / "features.csv")
    again = train(data, tmp_path / "first", quick)

    assert again.predictions == finished.result.predictions


def test_the_settings_read_back_equal(finished, quick):
    stored = json.loads((finished.result.path / "config.json").read_text())

    assert settings_from(stored["settings"], "config.json") == quick


def test_a_trained_patient_gets_its_out_of_fold_prediction_and_a_new_one_the_final_model(finished):
    run = run_folder.load_run(finished.result.path)
    predicted = predict_patients(run, read_expression(finished.folder / "expression.csv"))
    known = [row for row in predicted.predictions if row.patient_id.startswith("p")]

    assert predicted.new == ("x1", "x2", "x3")
    assert sorted(known, key=repr) == sorted(finished.result.predictions, key=repr)
    new = [row for row in predicted.predictions if row.patient_id.startswith("x")]
    assert len(new) == 3 * 20 * 5
    assert {(row.kind, row.fold, row.measured) for row in new} == {("final", None, None)}


@pytest.mark.parametrize("name", ["network", "network_pca"])
def test_a_saved_model_is_the_one_that_was_trained(finished, quick, tmp_path, name):
    from radiogenomics.study.progress import silent
    from radiogenomics.training.planning import plan_folds
    from radiogenomics.training.shards import Shards
    from radiogenomics.training.stages import cross_validate

    shards = Shards(tmp_path / "shards", tmp_path / "times")
    folds = plan_folds(finished.data, quick)
    trained = cross_validate(finished.data, folds, quick, shards, silent).final[name]
    loaded, targets = load_model(finished.result.path / "models" / name)

    assert targets == finished.data.cohort.targets
    np.testing.assert_array_equal(
        loaded.predict(finished.data.matrix)[0], trained.predict(finished.data.matrix)[0]
    )


def test_a_models_card_says_what_it_is_from_what_and_how_good(finished):
    card = json.loads((finished.result.path / "models/network/card.json").read_text())
    with (finished.result.path / "metrics.csv").open(newline="") as file:
        (mae,) = (
            row["mae_scaled"]
            for row in csv.DictReader(file)
            if (row["feature"], row["model"]) == ("average", "network")
        )

    assert card["data_sha256"] == finished.data.digest()
    assert card["patients"]["trained"] == 22
    assert card["seed"] == 5
    assert card["errors"]["mae_scaled"] == float(mae)
    assert set(card["errors_of_constants"]) == {"median", "mean", "least_mape"}
    assert card["versions"]["tensorflow"]


def test_a_model_asked_for_alone_gives_its_rows_only(finished):
    run = run_folder.load_run(finished.result.path)
    matrix = read_expression(finished.folder / "expression.csv")
    predicted = predict_patients(run, matrix, ["network_pca"])

    assert {row.model for row in predicted.predictions} == {"network_pca"}
    assert len(predicted.predictions) == 25 * 20
    with pytest.raises(InputError, match=r"no model 'netwrk'; did you mean network"):
        predict_patients(run, matrix, ["netwrk"])


def test_intervals_of_a_new_patient_hold_the_spread_of_the_fold_models(finished, copied):
    matrix = read_expression(finished.folder / "expression.csv").rows(["x1"])
    # Expression far from any that was seen: the models of the folds go apart.
    far = dataclasses.replace(matrix, values=matrix.values * 3)
    run = run_folder.load_run(copied)

    def halves(expression):
        rows = predict_patients(run, expression, ["network"]).predictions
        assert all(row.lower <= row.predicted <= row.upper for row in rows)
        return np.array([row.upper - row.predicted for row in rows])

    assert not np.allclose(halves(far), halves(matrix))
    shutil.rmtree(copied / "shards")  # to save space, say
    assert not predict_patients(run, far, ["network"]).with_spread
    np.testing.assert_allclose(halves(far), halves(matrix))


def test_an_altered_model_of_a_fold_is_refused_by_name(copied, finished):
    matrix = read_expression(finished.folder / "expression.csv").rows(["x1"])
    with (copied / "shards" / "fold" / "network-02.npz").open("ab") as file:
        file.write(b" ")

    with pytest.raises(TrainingError, match=r"network-02\.npz is not the file that the"):
        predict_patients(run_folder.load_run(copied), matrix)


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


@pytest.mark.parametrize("name", SEALED)
def test_a_file_altered_after_the_training_is_refused_by_name(copied, name):
    with (copied / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(TrainingError, match=rf"{name.rpartition('/')[2]} is not the file that the"):
        run_folder.load_run(copied)


def test_a_model_file_that_runs_code_is_never_loaded_even_with_a_fitting_hash(copied):
    from radiogenomics.models.backend import keras

    name = "models/network/weights.keras"
    model = keras.Sequential([keras.Input((15,)), keras.layers.Lambda(lambda x: x[:, :1] * 2)])
    model.save(copied / name)
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["files"][name] = run_folder.sha256(copied / name)
    (copied / "manifest.json").write_text(json.dumps(manifest))

    assert run_folder.load_run(copied).run_id == "first"
    with pytest.raises(TrainingError, match="is not a saved network"):
        load_model(copied / "models" / "network")


def test_a_run_of_another_format_is_refused_with_both_versions(copied):
    manifest = json.loads((copied / "manifest.json").read_text())
    (copied / "manifest.json").write_text(json.dumps({**manifest, "format_version": 99}))

    with pytest.raises(InputError, match=r"format 99; this program reads format 3"):
        run_folder.load_run(copied)


def test_an_unfinished_run_is_refused(copied):
    (copied / "manifest.json").unlink()

    with pytest.raises(InputError, match=r"no manifest\.json.*--resume"):
        run_folder.load_run(copied)


def test_what_is_made_of_the_predictions_is_there_before_the_manifest(finished, quick, tmp_path):
    told = []
    result = train(
        finished.data,
        tmp_path / "first",
        quick,
        finish=lambda path, rows: (
            told.append((rows, (path / run_folder.MANIFEST).exists())) or {"network": {"mae": 1.0}}
        ),
    )
    assert result.manifest["errors"] == {"network": {"mae": 1.0}}

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
