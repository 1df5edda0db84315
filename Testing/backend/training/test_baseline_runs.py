"""A run of baselines alone: its folder, its saved models, and predictions for new patients."""

import dataclasses
import json
import shutil

import numpy as np
import pytest

from radiogenomics.errors import TrainingError
from radiogenomics.expression import read_expression
from radiogenomics.study.progress import silent
from radiogenomics.training import run_folder
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.planning import plan_folds
from radiogenomics.training.predicting import predict_patients
from radiogenomics.training.run import train
from radiogenomics.training.shards import Shards
from radiogenomics.training.stages import cross_validate
from radiogenomics.training.trained_baseline import load_baseline

from .conftest import finish
from .test_baselines import SMALL, data


@pytest.fixture(scope="module")
def run(finished, tmp_path_factory):
    config = TrainingConfig(models=("ridge", "trees"), baseline_settings=SMALL, folds=3, seed=5)
    folder = tmp_path_factory.mktemp("baselines") / "run"
    return train(finished.data, folder, config, finish=finish)


@pytest.fixture
def copied(run, tmp_path):
    shutil.copytree(run.path, tmp_path / "run")
    return tmp_path / "run"


def test_a_run_of_baselines_alone_has_all_that_a_run_has(run, finished):
    loaded = run_folder.load_run(run.path)
    seals = loaded.manifest["files"]

    assert loaded.models == ("ridge", "trees", "median", "mean", "least_mape")
    assert len(loaded.predictions) == 22 * 20 * 5
    assert loaded.genes == tuple(f"g{n}" for n in range(15))
    assert {"chosen.csv", "models/ridge/model.npz", "shards/fold/trees-03.npz"} <= set(seals)
    assert loaded.manifest["machine"]["keras_backend"] == "none"
    assert "this is optimistic" in loaded.manifest["methods"]["baselines"]
    card = json.loads((run.path / "models" / "trees" / "card.json").read_text())
    assert "gradient-boosted" in card["what"]
    assert set(card["errors_of_constants"]) == {"median", "mean", "least_mape"}
    assert not list((run.path / "shards").glob("baseline-*"))
    assert finished.data.digest() == card["data_sha256"]


def test_what_was_chosen_for_every_feature_is_in_a_table(run):
    lines = (run.path / "chosen.csv").read_text().splitlines()
    ridge = [line.split(",") for line in lines[1:] if line.startswith("ridge,")]

    assert lines[0] == "model,repeat,scope,roi,feature,setting,value"
    assert len({(roi, feature) for _, _, _, roi, feature, _, _ in ridge}) == 20
    assert {setting for *_, setting, _ in ridge} == {"lambda", "r2", "degrees_of_freedom"}
    assert all(float(value) > 0 for *_, setting, value in ridge if setting == "lambda")


def test_a_saved_baseline_is_the_one_that_was_fitted(run, finished, tmp_path):
    config = run_folder.load_run(run.path).config
    shards = Shards(tmp_path / "shards", tmp_path / "times")
    folds = plan_folds(finished.data, config)
    fitted = cross_validate(finished.data, folds, config, shards, silent).baselines
    for model in ("ridge", "trees"):
        loaded, targets = load_baseline(model, run.path / "models" / model)

        assert targets == finished.data.cohort.targets
        np.testing.assert_array_equal(
            loaded.predict(finished.data.matrix)[0], fitted[model].predict(finished.data.matrix)[0]
        )


def test_new_patients_get_the_final_fit_and_an_interval_with_the_spread_of_the_folds(run, copied):
    loaded = run_folder.load_run(run.path)
    matrix = data().matrix
    genes = tuple(f"g{n}" for n in range(15))
    new = dataclasses.replace(
        matrix, genes=genes, values=(matrix.values[:, :15] - 8) / 2, patient_ids=tuple(
            f"new{n}" for n in range(len(matrix.patient_ids))
        ),
    )  # fmt: skip
    predicted = predict_patients(loaded, new, ["ridge"])
    final, _ = load_baseline("ridge", run.path / "models" / "ridge")

    assert predicted.with_spread
    values = np.array([row.predicted for row in predicted.predictions]).reshape(-1, 20)
    np.testing.assert_allclose(values, final.predict(new)[0])
    assert all(row.lower <= row.predicted <= row.upper for row in predicted.predictions)
    shutil.rmtree(copied / "shards")
    assert not predict_patients(run_folder.load_run(copied), new, ["ridge"]).with_spread


def test_without_the_folds_fits_the_errors_alone_give_the_interval(finished, tmp_path, run):
    config = run_folder.load_run(run.path).config
    lean = dataclasses.replace(config, keep_fold_models=False)
    result = train(finished.data, tmp_path / "run", lean)
    matrix = read_expression(finished.folder / "expression.csv")
    predicted = predict_patients(run_folder.load_run(result.path), matrix)

    assert not predicted.with_spread
    assert [row.predicted for row in result.predictions] == [
        row.predicted for row in run.predictions
    ]


@pytest.mark.parametrize(
    "name", ["chosen.csv", "models/ridge/model.npz", "models/trees/scaler.npz"]
)
def test_a_file_altered_after_the_training_is_refused_by_name(copied, name):
    with (copied / name).open("ab") as file:
        file.write(b" ")

    with pytest.raises(TrainingError, match=rf"{name.rpartition('/')[2]} is not the file that the"):
        run_folder.load_run(copied)


def test_an_altered_fit_of_a_fold_is_refused_where_it_is_used(copied, finished):
    with (copied / "shards" / "fold" / "ridge-02.npz").open("ab") as file:
        file.write(b" ")
    loaded = run_folder.load_run(copied)
    matrix = read_expression(finished.folder / "expression.csv")

    with pytest.raises(TrainingError, match=r"ridge-02\.npz is not the file that the"):
        predict_patients(loaded, matrix, ["ridge"])


@pytest.mark.parametrize("damage", ["pickle", "cut", "other model", "fewer features"])
def test_a_model_file_of_another_kind_is_a_message_and_never_unpickled(copied, damage):
    folder = copied / "models" / "ridge"
    path = folder / "model.npz"
    if damage == "pickle":
        np.savez(path, **{"part0:coefficients": np.array([object()])}, allow_pickle=True)
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:-100])
    elif damage == "other model":
        shutil.copy(copied / "models" / "trees" / "model.npz", path)
    else:
        values = json.loads((folder / "features.json").read_text())
        values["features"].pop()
        (folder / "features.json").write_text(json.dumps(values))

    with pytest.raises(TrainingError, match=r"models/ridge cannot be read: .* Train anew"):
        load_baseline("ridge", folder)
