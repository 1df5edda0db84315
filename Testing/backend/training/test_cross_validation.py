"""The stages of a training: who is seen by what, and that every fit stands for itself."""

import dataclasses

import numpy as np
import pytest

from radiogenomics.errors import TrainingError
from radiogenomics.expression import ExpressionMatrix
from radiogenomics.study.progress import silent
from radiogenomics.training.cohort import Cohort
from radiogenomics.training.data import TrainingData
from radiogenomics.training.folds import make_folds
from radiogenomics.training.shards import Shards
from radiogenomics.training.stages import cross_validate
from radiogenomics.training.targets import Target

N_PATIENTS, N_GENES = 18, 9
FOLDS = make_folds(N_PATIENTS, 3, seed=2)
HELD_OUT = FOLDS[1].held_out
NETWORKS = ("network", "network_pretrained", "network_plain", "network_pca")


def data(altered_genes=None, altered_features=None):
    """18 patients with features and 4 without, named so that the former come first."""
    values = np.random.default_rng(3).normal(8, 2, (N_PATIENTS + 4, N_GENES))
    measured = np.random.default_rng(4).uniform(10, 90, (N_PATIENTS, 3))
    if altered_genes is not None:
        values[altered_genes] += 5.0
    if altered_features is not None:
        measured[altered_features] *= 1000
    names = tuple(f"p{n:02d}" for n in range(N_PATIENTS + 4))
    genes = tuple(f"g{n}" for n in range(N_GENES))
    targets = tuple(Target("edema", name, "mm") for name in ("max_diameter", "major_axis", "x"))
    cohort = Cohort(names[:N_PATIENTS], targets, measured, ())
    return TrainingData(cohort, ExpressionMatrix(names, genes, values, "e.csv"), {})


@pytest.fixture
def trained(tmp_path):
    numbers = iter(range(100))

    def run(config, given=None, folds=FOLDS, progress=silent, folder=None):
        folder = folder or tmp_path / f"run-{next(numbers)}"
        shards = Shards(folder, folder.with_suffix(".times"))
        return cross_validate(given or data(), folds, config, shards, progress)

    return run


@pytest.fixture
def honest(quick):
    return dataclasses.replace(
        quick, models=NETWORKS, expression_steps="training_fold", target_scaling="training_fold"
    )


def test_nothing_measured_in_a_held_out_patient_reaches_its_prediction(trained, honest):
    before = trained(honest).predicted
    after = trained(honest, data(altered_features=HELD_OUT)).predicted

    others = np.setdiff1d(np.arange(N_PATIENTS), HELD_OUT)
    for model in (*NETWORKS, "median", "mean", "least_mape"):
        np.testing.assert_array_equal(after[model][HELD_OUT], before[model][HELD_OUT])
        assert (after[model][others] != before[model][others]).any()


def test_expression_of_a_held_out_patient_reaches_no_prediction_of_its_fold_but_its_own(
    trained, honest
):
    # Scaling, autoencoder and components, all of them fitted inside the training fold.
    patient, *others = HELD_OUT
    before, after = trained(honest), trained(honest, data(altered_genes=[patient]))

    for model in NETWORKS:
        np.testing.assert_array_equal(
            after.predicted[model][others], before.predicted[model][others]
        )
        assert (after.predicted[model][patient] != before.predicted[model][patient]).any()
        assert (
            after.predicted[model][FOLDS[0].held_out] != before.predicted[model][FOLDS[0].held_out]
        ).any()
    assert [e.training for e in after.history if (e.model, e.fold) == ("autoencoder", 2)] == [
        e.training for e in before.history if (e.model, e.fold) == ("autoencoder", 2)
    ]


def test_steps_on_all_patients_do_see_the_held_out_ones_expression(trained, quick):
    patient, *others = HELD_OUT
    before = trained(quick).predicted["network"]
    after = trained(quick, data(altered_genes=[patient])).predicted["network"]

    assert (after[others] != before[others]).any()


def test_a_held_out_patient_has_no_part_in_the_choice_for_its_fold(trained, searching):
    searching = dataclasses.replace(searching, network_grid={"learning_rate": (0.3, 0.1)})
    first = trained(searching)
    again = trained(searching, data(altered_features=HELD_OUT, altered_genes=HELD_OUT))

    def losses(run, scope):
        return [one.loss for one in run.tried if one.scope == scope]

    assert losses(first, 2) == losses(again, 2)
    assert losses(first, 0) != losses(again, 0)


def test_the_same_seed_gives_the_same_and_another_seed_something_else(trained, quick):
    first, again = trained(quick), trained(quick)
    other = trained(dataclasses.replace(quick, seed=6))

    for model in quick.models:
        np.testing.assert_array_equal(again.predicted[model], first.predicted[model])
        assert (other.predicted[model] != first.predicted[model]).any()
    assert again.history == first.history


def test_a_model_alone_gives_what_it_gives_among_all(trained, honest):
    alone = trained(dataclasses.replace(honest, models=("network_plain",)))

    np.testing.assert_array_equal(
        alone.predicted["network_plain"], trained(honest).predicted["network_plain"]
    )


def test_the_variants_differ_where_they_say(trained, honest):
    run = trained(honest)
    settings = {name: run.final[name].settings for name in NETWORKS}

    assert settings["network"].dropout == 0.25
    assert settings["network_pretrained"].dropout == settings["network_plain"].dropout == 0
    assert settings["network_pca"].widths == (6, 4)
    assert run.final["network_pca"].weights["encoder_1"][0].shape == (4, 6)
    assert run.final["network"].components is None
    losses = {
        name: tuple(e.training for e in run.history if e.model == name and e.fold == 1)
        for name in NETWORKS
    }
    assert len(set(losses.values())) == len(NETWORKS)


def test_the_constants_are_those_of_the_training_fold(trained, quick):
    predicted, measured = trained(quick).predicted, data().cohort.measured
    fold = FOLDS[0]

    for row in fold.held_out:
        np.testing.assert_allclose(predicted["median"][row], np.median(measured[fold.train], 0))
        np.testing.assert_allclose(predicted["mean"][row], measured[fold.train].mean(0))
        for column, lowest in enumerate(predicted["least_mape"][row]):
            known = measured[fold.train, column]
            mape = [np.mean(np.abs(known - each) / known) for each in (*known, lowest)]
            assert mape[-1] == pytest.approx(min(mape))


def test_the_history_has_every_epoch_of_every_reported_fit(trained, searching):
    history = trained(searching).history
    counts = {}
    for epoch in history:
        counts[epoch.model, epoch.fold] = counts.get((epoch.model, epoch.fold), 0) + 1

    scopes = (None, 1, 2, 3)
    assert counts == {("autoencoder", s): 3 for s in scopes} | {("network", s): 4 for s in scopes}
    for epoch in history:
        held_out = epoch.model == "network" and epoch.fold is not None
        assert (epoch.validation is not None) == held_out


def test_a_cell_that_diverges_is_recorded_and_never_chosen(trained, searching):
    run = trained(searching)

    assert {one.settings.learning_rate for one in run.tried if one.chosen} == {0.1}
    hot = [one for one in run.tried if one.settings.learning_rate == 1e30]
    assert len(hot) == 4 * 2  # three folds and the final model, two inner folds each
    assert all(one.loss == np.inf and one.diverged_at for one in hot)
    assert {s.learning_rate for s in run.chosen["network"].values()} == {0.1}


def test_a_grid_of_diverging_cells_only_is_an_error_that_says_what_to_lower(trained, searching):
    hopeless = dataclasses.replace(searching, network_grid={"learning_rate": (1e30, 1e31)})

    with pytest.raises(TrainingError, match=r"2 cells of the network's grid diverged.*lower"):
        trained(hopeless)


def test_a_fit_that_the_run_rests_on_and_diverges_is_an_error_by_name(trained, quick):
    network = dataclasses.replace(quick.network, learning_rate=1e30)

    with pytest.raises(TrainingError, match=r"loss of the network is not .* fold 1; a lower"):
        trained(dataclasses.replace(quick, network=network))


def test_the_lowest_mean_loss_wins(trained, searching):
    grid = {"learning_rate": (1e-9, 0.1, 0.2), "decay": (0.0, 1e-3)}
    run = trained(dataclasses.replace(searching, network_grid=grid, inner_folds=3))

    for scope in range(4):
        means = {}
        for one in run.tried:
            if one.scope == scope:
                means.setdefault(one.settings, []).append(one.loss)
        best = min(means, key=lambda settings: np.mean(means[settings]))
        assert run.chosen["network"][scope] == best
        assert best.learning_rate > 1e-9


def test_folds_that_choose_and_report_make_the_same_fits(trained, quick):
    # The paper's way: the winner's losses of the search are those of the cross-validation.
    paper = dataclasses.replace(
        quick,
        choice="reporting_folds",
        network_grid={"learning_rate": (0.05, 0.2)},
        autoencoder_grid={"activation": ("tanh", "sigmoid")},
        models=("network",),
    )
    run = trained(paper)
    searched = {one.fold: one.loss for one in run.tried if one.model == "network" and one.chosen}
    last = {e.fold: e.validation for e in run.history if e.model == "network" and e.number == 4}

    assert searched == {fold: last[fold] for fold in (1, 2, 3)}
    assert sum(one.model == "autoencoder" for one in run.tried) == 2 * 3


def test_work_that_is_done_is_not_done_again_and_ends_the_same(trained, searching, tmp_path):
    told = []
    first = trained(searching, folder=tmp_path / "run")
    for path in [*(tmp_path / "run").rglob("*.npz")][::3]:
        path.unlink()
    again = trained(searching, folder=tmp_path / "run", progress=lambda *call: told.append(call))
    np.testing.assert_array_equal(again.predicted["network"], first.predicted["network"])
    assert (again.history, again.tried) == (first.history, first.tried)
    fresh = []
    trained(searching, progress=lambda *call: fresh.append(call))
    assert 0 < len(told) < len(fresh)


def test_a_damaged_shard_is_computed_anew(trained, quick, tmp_path):
    first = trained(quick, folder=tmp_path / "run")
    path = tmp_path / "run" / "fold" / "network-02.npz"
    path.write_bytes(path.read_bytes()[:-100])
    again = trained(quick, folder=tmp_path / "run")

    np.testing.assert_array_equal(again.predicted["network"], first.predicted["network"])


def test_progress_counts_the_epochs_of_all_fits_of_a_stage(trained, quick):
    told = []
    trained(
        dataclasses.replace(quick, models=("network",)), progress=lambda *call: told.append(call)
    )

    assert [(stage, done, of) for stage, done, of, _ in told] == [
        *(("pre-training", done, 3) for done in (1, 2, 3)),
        *(("cross-validation", done, 12) for done in range(1, 13)),
        *(("final model", done, 4) for done in (1, 2, 3, 4)),
    ]
    assert told[-5][3].startswith("fold 3 of 3, network, loss ")
