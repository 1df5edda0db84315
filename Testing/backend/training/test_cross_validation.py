"""Training and cross-validation on small arrays."""

import dataclasses

import numpy as np
import pytest

from radiogenomics.errors import TrainingError
from radiogenomics.models.initial import draw_weights, start_from
from radiogenomics.models.network import build_network
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.study.progress import silent
from radiogenomics.training.cross_validation import MODELS, cross_validate, pretrain, train_final
from radiogenomics.training.fitting import fit, predict
from radiogenomics.training.folds import make_folds

N_PATIENTS, N_GENES, N_TARGETS = 18, 9, 3
FOLDS = make_folds(N_PATIENTS, 3, seed=2)


@pytest.fixture(scope="module")
def inputs():
    return np.random.default_rng(3).uniform(-0.5, 0.5, (N_PATIENTS, N_GENES)).astype(np.float32)


@pytest.fixture(scope="module")
def measured():
    return np.random.default_rng(4).uniform(10, 90, (N_PATIENTS, N_TARGETS))


@pytest.fixture(scope="module")
def first(inputs, measured, quick):
    return cross_validate(inputs, measured, FOLDS, quick, {}, silent)


def test_nothing_measured_in_a_held_out_patient_reaches_its_prediction(
    first, inputs, measured, quick
):
    held_out = FOLDS[1].held_out
    altered = measured.copy()
    altered[held_out] *= 1000
    again = cross_validate(inputs, altered, FOLDS, quick, {}, silent)

    for model in MODELS:
        before, after = first.predicted[model], again.predicted[model]
        np.testing.assert_array_equal(after[held_out], before[held_out])
        others = np.setdiff1d(np.arange(N_PATIENTS), held_out)
        assert (after[others] != before[others]).any()


def test_the_expression_of_a_held_out_patient_reaches_no_prediction_but_its_own(
    first, inputs, measured, quick
):
    # Given the same encoder, that is: pre-training and standardisation see every patient.
    fold = FOLDS[1]
    patient, *others = fold.held_out
    altered = inputs.copy()
    altered[patient] += 0.4
    again = cross_validate(altered, measured, FOLDS, quick, {}, silent)
    before, after = first.predicted["network"], again.predicted["network"]

    np.testing.assert_array_equal(after[others], before[others])
    assert (after[patient] != before[patient]).any()
    losses = [
        [epoch.training for epoch in run.history if epoch.fold == fold.number]
        for run in (first, again)
    ]
    assert losses[0] == losses[1]
    assert (after[FOLDS[0].held_out] != before[FOLDS[0].held_out]).any()


def test_the_same_seed_gives_the_same_predictions_and_another_seed_others(
    first, inputs, measured, quick
):
    again = cross_validate(inputs, measured, FOLDS, quick, {}, silent)
    other_config = dataclasses.replace(quick, seed=6)
    other = cross_validate(inputs, measured, FOLDS, other_config, {}, silent)

    np.testing.assert_array_equal(again.predicted["network"], first.predicted["network"])
    assert again.history == first.history
    assert (other.predicted["network"] != first.predicted["network"]).any()


def test_a_fold_alone_gives_what_it_gives_among_all(first, inputs, measured, quick):
    alone = cross_validate(inputs, measured, (FOLDS[2],), quick, {}, silent)
    held_out = FOLDS[2].held_out

    np.testing.assert_array_equal(
        alone.predicted["network"][held_out], first.predicted["network"][held_out]
    )


def test_the_constants_are_those_of_the_training_fold(first, measured):
    fold = FOLDS[0]

    for row in fold.held_out:
        np.testing.assert_allclose(
            first.predicted["median"][row], np.median(measured[fold.train], axis=0)
        )
        np.testing.assert_allclose(first.predicted["mean"][row], measured[fold.train].mean(axis=0))


def test_predictions_are_nonnegative_and_in_the_units_of_the_measurements(first, measured):
    predicted = first.predicted["network"]

    assert predicted.min() >= 0
    assert 10 < predicted.mean() < 2 * measured.mean()


def test_the_history_has_every_epoch_of_every_fold_with_both_losses(first, quick):
    assert [(epoch.fold, epoch.number) for epoch in first.history] == [
        (fold, number) for fold in (1, 2, 3) for number in range(1, quick.network.epochs + 1)
    ]
    assert all(epoch.validation is not None for epoch in first.history)


def test_the_loss_of_an_epoch_is_weighted_by_the_patients_of_each_batch():
    # A rate of next to nothing leaves the model as it was: the losses can be told by hand.
    settings = NetworkSettings(widths=(2,), dropout=0.0, learning_rate=1e-12, batch_size=4)
    model = build_network(1, 1, settings)
    zero = [np.zeros_like(array) for array in draw_weights(model, np.random.default_rng(0))]
    start_from(model, zero, 0)
    targets = np.arange(6, dtype=np.float32)[:, None]
    (epoch,) = fit(
        model,
        np.ones((6, 1), np.float32),
        targets,
        epochs=1,
        batch_size=4,
        generator=np.random.default_rng(0),
        on_epoch=lambda _: None,
    )

    assert epoch.training == pytest.approx(targets.mean())  # all predictions are 0
    assert epoch.validation is None


def test_training_lowers_the_loss_of_a_network_with_something_to_learn():
    generator = np.random.default_rng(0)
    inputs = generator.uniform(-0.5, 0.5, (60, 6)).astype(np.float32)
    targets = (0.5 + 0.4 * inputs[:, :1]).astype(np.float32)
    settings = NetworkSettings(widths=(16,), dropout=0.0, nonnegative="none", learning_rate=0.01)
    model = build_network(6, 1, settings)
    start_from(model, draw_weights(model, generator), 0)
    fit(
        model,
        inputs,
        targets,
        epochs=150,
        batch_size=10,
        generator=generator,
        on_epoch=lambda _: None,
    )
    error = np.abs(predict(model, inputs) - targets).mean()

    assert error < 0.3 * np.abs(targets - np.median(targets)).mean()


def test_a_loss_that_is_not_finite_stops_the_training_with_a_hint():
    model = build_network(2, 1, NetworkSettings(widths=(2,)))
    start_from(model, draw_weights(model, np.random.default_rng(0)), 0)

    with pytest.raises(TrainingError, match=r"loss of the network .* epoch 1 of fold 3.*lower"):
        fit(
            model,
            np.ones((2, 2), np.float32),
            np.full((2, 1), np.nan, np.float32),
            epochs=1,
            batch_size=2,
            generator=np.random.default_rng(0),
            fold=3,
            on_epoch=lambda _: None,
        )


def test_a_prediction_that_is_not_finite_is_never_handed_on():
    model = build_network(2, 1, NetworkSettings(widths=(2,)))
    model.set_weights([np.full_like(array, np.inf) for array in model.get_weights()])

    with pytest.raises(TrainingError, match=r"network predicts values that are not finite"):
        predict(model, np.ones((3, 2), np.float32))


def test_pretraining_changes_what_the_network_starts_from(inputs, measured, quick):
    settings = AutoencoderSettings(widths=quick.network.widths, epochs=2)
    encoder, history = pretrain(inputs, settings, quick.seed, silent)
    with_it, _ = train_final(inputs, measured, quick, encoder, silent)
    without, _ = train_final(inputs, measured, quick, {}, silent)

    assert sorted(encoder) == ["encoder_1", "encoder_2", "encoder_3"]
    assert [epoch.model for epoch in history] == ["autoencoder"] * 2
    assert (with_it.get_weights()[0] != without.get_weights()[0]).any()


def test_progress_counts_the_epochs_of_all_folds(inputs, measured, quick):
    told = []
    cross_validate(inputs, measured, FOLDS, quick, {}, lambda *call: told.append(call))
    total = 3 * quick.network.epochs

    assert [(stage, done, of) for stage, done, of, _ in told] == [
        ("cross-validation", done, total) for done in range(1, total + 1)
    ]
    assert told[-1][3].startswith("fold 3 of 3, loss ")
