"""Repeated cross-validation: other folds each time, and nothing else of the run changes."""

import csv
import dataclasses
import json

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.evaluation.repeats import read_repeats, summarise_repeats
from radiogenomics.models.baseline_settings import BaselineSettings, RidgeGrid
from radiogenomics.study.progress import silent
from radiogenomics.training import run_folder
from radiogenomics.training.data import read_training_data
from radiogenomics.training.folds import make_folds
from radiogenomics.training.planning import plan_folds
from radiogenomics.training.repeats import config_of_repeat, repeat_cross_validation
from radiogenomics.training.run import train
from radiogenomics.training.shards import Shards
from radiogenomics.training.stages import cross_validate

from .conftest import feature_rows, finish
from .test_resuming import Stop, content

SMALL = BaselineSettings(ridge=RidgeGrid(n_lambdas=9))


@pytest.fixture(scope="module")
def config(quick):
    return dataclasses.replace(
        quick, models=("network", "ridge"), baseline_settings=SMALL, repeats=3
    )


@pytest.fixture(scope="module")
def repeated(finished, config, tmp_path_factory):
    folder = tmp_path_factory.mktemp("repeats") / "run"
    return train(finished.data, folder, config, finish=finish)


def test_every_patient_is_predicted_once_a_repeat_by_every_model(repeated, finished):
    rows = read_repeats(repeated.path / "repeats.csv")
    keys = {(row.patient_id, row.roi, row.feature, row.model, row.repeat) for row in rows}

    assert len(rows) == len(keys) == 22 * 20 * 5 * 3
    assert {row.repeat for row in rows} == {1, 2, 3}
    measured = {(row.patient_id, row.roi, row.feature): row.value for row in finished.rows}
    assert all(row.measured == measured[row.patient_id, row.roi, row.feature] for row in rows)


def test_the_first_repeat_is_the_run_itself(repeated):
    rows = read_repeats(repeated.path / "repeats.csv")
    first = [(r.patient_id, r.feature, r.model, r.fold, r.predicted) for r in rows if r.repeat == 1]

    assert first == [
        (r.patient_id, r.feature, r.model, r.fold, r.predicted) for r in repeated.predictions
    ]


def test_each_repeat_divides_the_patients_anew(repeated):
    rows = read_repeats(repeated.path / "repeats.csv")
    fold_of = {
        repeat: tuple(sorted({(row.patient_id, row.fold) for row in rows if row.repeat == repeat}))
        for repeat in (1, 2, 3)
    }

    assert len(set(fold_of.values())) == 3
    assert all(len(each) == 22 for each in fold_of.values())


def test_a_repeat_is_the_cross_validation_of_its_own_seed(repeated, finished, config, tmp_path):
    own = config_of_repeat(config, 2)
    folds = make_folds(22, 3, own.seed)
    shards = Shards(tmp_path / "shards", tmp_path / "times")
    alone = cross_validate(finished.data, folds, own, shards, silent).predicted
    rows = read_repeats(repeated.path / "repeats.csv")

    for model in ("network", "ridge", "least_mape"):
        told = [row.predicted for row in rows if (row.repeat, row.model) == (2, model)]
        np.testing.assert_array_equal(np.reshape(told, (22, 20)), alone[model])
    manifest = json.loads((repeated.path / "manifest.json").read_text())
    assert manifest["repeats"]["number"] == 3
    assert manifest["repeats"]["seeds"][:2] == [config.seed, own.seed]


def test_repeats_change_nothing_else_of_the_run(repeated, finished, config, tmp_path):
    once = train(
        finished.data, tmp_path / "run", dataclasses.replace(config, repeats=1), finish=finish
    )
    single, several = content(once.path), content(repeated.path)
    differ = {name for name in several if single.get(name) != several[name]}

    assert not (once.path / "repeats.csv").exists()
    # The cards state the methods; their errors are the same.
    cards = {"models/network/card.json", "models/ridge/card.json"}
    assert differ == {"config.json", "manifest.json", "repeats.csv", "chosen.csv"} | cards
    assert several["chosen.csv"].startswith(single["chosen.csv"])
    assert not list((repeated.path / "shards").glob("repeat-*"))


def test_the_repeats_are_sealed_and_read_by_the_evaluation(repeated):
    seals = json.loads((repeated.path / "manifest.json").read_text())["files"]
    summary = summarise_repeats(read_repeats(repeated.path / "repeats.csv"))

    assert seals["repeats.csv"] == run_folder.sha256(repeated.path / "repeats.csv")
    assert summary.repeats == (1, 2, 3)


@pytest.mark.parametrize(
    ("stage", "done"), [("repeat 2: cross-validation", 5), ("repeat 3: baseline: ridge", 400)]
)
def test_a_run_that_was_stopped_in_a_repeat_ends_bit_identical(
    repeated, finished, config, tmp_path, stage, done
):
    told = []

    def stop(name, at, *_):
        told.append(name)
        if name == stage.replace(":", " of 3:", 1) and at >= done:
            raise Stop

    out = tmp_path / "run"
    with pytest.raises(Stop):
        train(finished.data, out, config, stop, finish)
    assert "final model" in told
    train(finished.data, out, config, finish=finish, resume=True)

    assert content(out) == content(repeated.path)
    assert not list(out.rglob(".writing-*"))


def searched(quick, choice, **others):
    return dataclasses.replace(
        quick,
        models=("network",),
        choice=choice,
        inner_folds=2,
        network_grid={"learning_rate": (0.05, 0.2)},
        repeats=2,
        **others,
    )


def again(data, config, folder):
    shards = Shards(folder, folder.with_suffix(".times"))
    first = cross_validate(data, plan_folds(data, config), config, shards, silent)
    (second,) = repeat_cross_validation(data, config, first, shards, silent)
    return first, second.results


def test_what_inner_folds_choose_is_chosen_anew_in_every_repeat(finished, quick, tmp_path):
    config = searched(quick, "inner_folds", expression_steps="training_fold")
    first, second = again(finished.data, config, tmp_path / "run")

    assert len(first.tried) == 4 * 2 * 2  # three folds and the final model
    assert len(second.tried) == 3 * 2 * 2  # there is no final model
    assert {one.loss for one in first.tried}.isdisjoint(one.loss for one in second.tried)


def test_what_reporting_folds_chose_for_the_networks_is_kept(finished, quick, tmp_path):
    config = searched(quick, "reporting_folds")
    first, second = again(finished.data, config, tmp_path / "run")

    assert len(first.tried) == 2 * 3
    assert second.tried == ()
    assert second.chosen["network"] == first.chosen["network"]
    assert (second.predicted["network"] != first.predicted["network"]).any()


def test_the_folds_of_every_repeat_are_checked_before_anything_is_made(make, quick):
    # Two patients have a value of an edema feature above 0; a fold that holds out both has none.
    names = make.patients(6)
    rows = [
        dataclasses.replace(row, value=0.0)
        if (row.roi, row.feature) == ("edema", "volume") and row.patient_id not in names[:2]
        else row
        for row in feature_rows(names)
    ]
    data = read_training_data(make.expression(names), make.features(rows))
    config = dataclasses.replace(quick, models=("network",), repeats=40)

    assert plan_folds(data, dataclasses.replace(config, repeats=1))
    with pytest.raises(InputError, match=r"is 0 for edema volume"):
        plan_folds(data, config)


def test_no_repeat_at_all_is_refused(quick):
    with pytest.raises(InputError, match="repeats is 0"):
        dataclasses.replace(quick, repeats=0)


def test_the_settings_of_each_repeat_are_in_the_table_of_choices(repeated):
    with (repeated.path / "chosen.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert {(row["model"], row["repeat"], row["scope"]) for row in rows} == {
        ("ridge", number, "0") for number in "123"
    }
