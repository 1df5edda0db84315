"""Baselines in a run: who chooses them, whom they have seen, and how they are kept."""

import dataclasses
import sys

import numpy as np
import pytest

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.expression import ExpressionMatrix
from radiogenomics.models.baseline_settings import (
    AbsoluteGrid,
    BaselineSettings,
    LinearSettings,
    PcrSettings,
    RidgeGrid,
    TreeSettings,
)
from radiogenomics.study.progress import silent
from radiogenomics.training import devices
from radiogenomics.training.cohort import Cohort
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.data import TrainingData
from radiogenomics.training.families import BASELINES, family_of
from radiogenomics.training.folds import make_folds
from radiogenomics.training.planning import plan_folds
from radiogenomics.training.preparation import ALL, prepare
from radiogenomics.training.run import record_for, train
from radiogenomics.training.shards import Shards
from radiogenomics.training.stages import cross_validate
from radiogenomics.training.targets import Target

from .conftest import finish
from .test_resuming import Stop, content

N_PATIENTS, N_GENES, N_TARGETS = 24, 30, 7
FOLDS = make_folds(N_PATIENTS, 3, seed=2)
HELD_OUT = FOLDS[1].held_out
SMALL = BaselineSettings(
    linear=LinearSettings(alphas=(0.0, 0.5, 1.0), n_lambdas=20),
    ridge=RidgeGrid(n_lambdas=9),
    pcr=PcrSettings(most_components=4),
    trees=TreeSettings(most_trees=6, learning_rate=0.3, least_patients=3),
    linear_absolute=AbsoluteGrid(lasso=(0.7, 0.3), ridge=(10.0, 0.1)),
)


def data(altered_genes=None, altered_features=None):
    """24 patients, a factor in whose genes drives the features, and 3 with expression alone."""
    generator = np.random.default_rng(3)
    values = generator.normal(8, 2, (N_PATIENTS + 3, N_GENES))
    factor = generator.normal(0, 3, (N_PATIENTS + 3, 1))
    values[:, :10] += factor
    driven = 60 + 3 * factor[:N_PATIENTS] + generator.normal(0, 3, (N_PATIENTS, N_TARGETS))
    if altered_genes is not None:
        values[altered_genes] += 5.0
    if altered_features is not None:
        driven[altered_features] *= 1000
    names = tuple(f"p{n:02d}" for n in range(N_PATIENTS + 3))
    targets = tuple(Target("edema", f"feature_{n}", "mm") for n in range(N_TARGETS))
    matrix = ExpressionMatrix(names, tuple(f"g{n}" for n in range(N_GENES)), values, "e.csv")
    return TrainingData(Cohort(names[:N_PATIENTS], targets, driven, ()), matrix, {})


@pytest.fixture
def paper():
    """The folds that report choose; everything is scaled on all patients."""
    return TrainingConfig(
        models=tuple(BASELINES), baseline_settings=SMALL, folds=3, target_scaling="all_patients"
    )


@pytest.fixture
def nested(paper):
    return dataclasses.replace(
        paper,
        choice="inner_folds",
        inner_folds=2,
        expression_steps="training_fold",
        target_scaling="training_fold",
    )


@pytest.fixture
def trained(tmp_path):
    numbers = iter(range(100))

    def run(config, given=None):
        folder = tmp_path / f"shards-{next(numbers)}"
        shards = Shards(folder, folder.with_suffix(".times"))
        return cross_validate(given or data(), FOLDS, config, shards, silent)

    return run


def pairs(folds):
    return [(fold.train, fold.held_out) for fold in folds]


@pytest.mark.parametrize("model", BASELINES)
def test_where_reporting_folds_choose_predictions_are_those_of_one_direct_call(
    trained, paper, model
):
    given = data()
    run = trained(dataclasses.replace(paper, models=(model,)))
    maximum = given.cohort.measured.max(axis=0)
    inputs = prepare(given, FOLDS, ALL).patients.astype(np.float64)
    direct = family_of(model, SMALL)(
        inputs,
        given.cohort.measured / maximum,
        pairs(FOLDS),
        [paper.seed, 5, ALL],
        lambda *_: None,
    )

    # All targets in one call here, in groups there.
    np.testing.assert_allclose(run.predicted[model], direct.out_of_fold * maximum, rtol=1e-9)
    np.testing.assert_allclose(
        run.baselines[model].predict_scaled(inputs), direct.final.predict(inputs) * maximum,
        rtol=1e-9,
    )  # fmt: skip
    (choice,) = run.baseline_choices
    assert (choice.scope, len(choice.settings)) == (ALL, N_TARGETS)


def test_where_inner_folds_choose_a_fold_is_predicted_by_a_choice_among_its_own_patients(
    trained, nested
):
    given, fold = data(), FOLDS[1]
    run = trained(dataclasses.replace(nested, models=("ridge",)))
    maximum = given.cohort.measured[fold.train].max(axis=0)
    inputs = prepare(given, FOLDS, fold.number).patients.astype(np.float64)
    inner = make_folds(len(fold.train), 2, nested.seed)
    direct = family_of("ridge", SMALL)(
        inputs[fold.train],
        given.cohort.measured[fold.train] / maximum,
        pairs(inner),
        [nested.seed, 5, fold.number],
        lambda *_: None,
    )

    np.testing.assert_array_equal(
        run.predicted["ridge"][fold.held_out], direct.final.predict(inputs[fold.held_out]) * maximum
    )
    assert [choice.scope for choice in run.baseline_choices] == [0, 1, 2, 3]
    assert run.baseline_choices[2].settings == direct.settings


def test_nothing_measured_in_a_held_out_patient_reaches_its_prediction(trained, nested):
    before = trained(nested).predicted
    after = trained(nested, data(altered_features=HELD_OUT)).predicted

    others = np.setdiff1d(np.arange(N_PATIENTS), HELD_OUT)
    for model in BASELINES:
        np.testing.assert_array_equal(after[model][HELD_OUT], before[model][HELD_OUT])
        assert (after[model][others] != before[model][others]).any()


def test_expression_of_a_held_out_patient_reaches_no_prediction_of_its_fold_but_its_own(
    trained, nested
):
    patient, *others = HELD_OUT
    before = trained(nested).predicted
    after = trained(nested, data(altered_genes=[patient])).predicted

    for model in BASELINES:
        np.testing.assert_array_equal(after[model][others], before[model][others])
        assert (after[model][FOLDS[0].held_out] != before[model][FOLDS[0].held_out]).any()


def test_folds_that_report_and_choose_do_let_the_held_out_patients_choose(trained, paper):
    # The optimism of the paper's way, which the methods state.
    patient = HELD_OUT[0]
    altered = data()
    altered.cohort.measured[patient] = altered.cohort.measured.min(axis=0)
    before, after = trained(paper), trained(paper, altered)

    assert (after.predicted["linear"][HELD_OUT] != before.predicted["linear"][HELD_OUT]).any()


def test_a_baseline_finds_what_genes_drive(trained, nested):
    measured = data().cohort.measured
    run = trained(nested)

    for model in ("linear", "ridge", "linear_absolute"):
        errors = np.abs(run.predicted[model] - measured).mean()
        assert errors < 0.7 * np.abs(run.predicted["median"] - measured).mean()


def test_steps_inside_the_training_fold_bring_the_choice_there_too(quick):
    inside = dataclasses.replace(quick, expression_steps="training_fold")

    assert quick.choice == inside.choice == "none"
    assert inside.baselines_choose_inside
    assert not quick.baselines_choose_inside


def test_progress_rises_to_the_end_of_every_baseline(nested, tmp_path):
    told = []
    shards = Shards(tmp_path / "s", tmp_path / "t")
    models = ("ridge", "trees")
    config = dataclasses.replace(nested, models=models)
    cross_validate(data(), FOLDS, config, shards, lambda *call: told.append(call))

    for model in models:
        done = [call[1] / call[2] for call in told if call[0] == f"baseline: {model}"]
        assert done == sorted(done)
        assert done[-1] == 1.0
        assert len(set(done)) > 4
    assert any("without fold 2" in message for *_, message in told)


@pytest.mark.parametrize(("stage", "share"), [("ridge", 0.3), ("trees", 0.2), ("trees", 0.8)])
def test_a_run_that_was_stopped_among_baselines_ends_bit_identical(
    finished, nested, tmp_path, stage, share
):
    config = dataclasses.replace(nested, models=("ridge", "trees"))

    def stop(name, done, total, _):
        if name == f"baseline: {stage}" and done >= share * total:
            raise Stop

    whole = train(finished.data, tmp_path / "a" / "run", config, finish=finish)
    out = tmp_path / "b" / "run"
    with pytest.raises(Stop):
        train(finished.data, out, config, stop, finish)
    assert list((out / "shards").glob("baseline-*/*.npz"))
    train(finished.data, out, config, finish=finish, resume=True)

    assert content(out) == content(whole.path)


def test_settings_of_a_baseline_are_part_of_what_a_run_resumes_with(finished, nested, tmp_path):
    config = dataclasses.replace(nested, models=("ridge",))

    def stop(*_):
        raise Stop

    with pytest.raises(Stop):
        train(finished.data, tmp_path / "run", config, stop)
    other = dataclasses.replace(SMALL, ridge=RidgeGrid(n_lambdas=8))
    with pytest.raises(InputError, match=r"settings\.ridge\.n_lambdas = 9 \(now 8\)"):
        train(
            finished.data,
            tmp_path / "run",
            dataclasses.replace(config, baseline_settings=other),
            resume=True,
        )


def test_a_library_that_is_not_installed_is_told_before_anything_is_made(
    finished, paper, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    monkeypatch.delitem(sys.modules, "radiogenomics.models.trees", raising=False)

    with pytest.raises(TrainingError, match=r"lightgbm is not installed; the baseline trees .*pip"):
        train(finished.data, tmp_path / "run", dataclasses.replace(paper, models=("trees",)))
    assert not (tmp_path / "run").exists()


def test_a_gpu_for_baselines_alone_is_refused(paper):
    with pytest.raises(InputError, match=r"No network .*computed on the CPU"):
        record_for(data(), paper, "gpu")
    with pytest.raises(InputError, match=r"'tpu'; use auto, cpu, gpu"):
        devices.refuse_gpu("tpu")


def test_fewer_patients_than_inner_folds_are_refused_though_no_network_is_searched(nested):
    few = dataclasses.replace(nested, models=("ridge",), folds=24, inner_folds=24)

    with pytest.raises(InputError, match=r"23 patients .*fewer than the 24 inner folds"):
        plan_folds(data(), few)
