"""The trainings: the same as Keras's own, whatever is saved on the way, with every engine."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.models import gram
from radiogenomics.models.autoencoder import build_autoencoder
from radiogenomics.models.backend import keras
from radiogenomics.models.batches import Draws, draw_epochs, draw_start
from radiogenomics.models.engine import training_with
from radiogenomics.models.fitting import (
    encode,
    fit_autoencoder,
    fit_network,
    predict_network,
    reconstruct,
)
from radiogenomics.models.network import build_network
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.models.stack import autoencoder_layers, network_layers

SEED = [7, 1]
N_PATIENTS, N_TARGETS = 11, 3  # in batches of 2 the last is half full
NARROW = {"widths": (6, 5, 4), "epochs": 4, "batch_size": 4, "decay": 0.05}
# Rows in 16 parts of several pieces each: 4.2 million weights in the widest layer; 42 steps.
WIDE = {"widths": (2000, 5), "epochs": 7, "batch_size": 2, "decay": 0.01}
# The engine of GPUs is the same program on a processor.
ENGINES = ["cpu", "tensorflow"]
SHAPES = pytest.mark.parametrize(
    ("engine", "n_genes", "shape"),
    [
        ("cpu", 8, NARROW),
        ("cpu", 60, NARROW),
        ("cpu", 2100, WIDE),
        ("tensorflow", 8, NARROW),
        ("tensorflow", 60, NARROW),
    ],
    ids=["kernel", "row space", "wide", "kernel, TensorFlow", "row space, TensorFlow"],
)


def rows(seed, columns, n=N_PATIENTS):
    return (np.random.default_rng(seed).uniform(-0.3, 0.5, (n, columns))).astype(np.float32)


def targets(n=N_PATIENTS):
    return np.random.default_rng(5).uniform(0.1, 1, (n, N_TARGETS)).astype(np.float32)


def trained_by_keras(model, layers, inputs, wanted, settings):
    """Weights by layer and losses by epoch of the plain training of the same start and batches."""
    draws = Draws.of(SEED)
    start = draw_start(layers, inputs.shape[1], draws.weights)
    for layer, pair in zip(layers, start, strict=True):
        model.get_layer(layer.name).set_weights(pair)
    losses = []
    for plan in draw_epochs(layers, inputs.shape[1], len(inputs), settings, draws):
        summed = 0.0
        for patients, shares in zip(plan.patients, plan.weights, strict=True):
            batch = patients[shares > 0]
            model.reset_metrics()
            summed += len(batch) * float(model.train_on_batch(inputs[batch], wanted[batch]))
        losses.append(summed / len(inputs))
    return {layer.name: model.get_layer(layer.name).get_weights() for layer in layers}, losses


def assert_same_weights(ours, theirs, tolerance=1e-5):
    assert list(ours) == list(theirs)
    for name, pair in theirs.items():
        for mine, other in zip(ours[name], pair, strict=True):
            assert mine.dtype == np.float32
            scale = np.abs(other).max()
            np.testing.assert_allclose(mine, other, rtol=0, atol=tolerance * scale, err_msg=name)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid"])
@SHAPES
def test_the_autoencoder_trains_as_with_keras(engine, n_genes, shape, activation):
    settings = AutoencoderSettings(**shape, activation=activation)
    inputs, others = rows(1, n_genes), rows(2, n_genes)
    layers = autoencoder_layers(n_genes, settings)
    assert gram.pays_off(layers[0], N_PATIENTS, n_genes) == (n_genes > 8)

    with training_with(engine):
        fitted = fit_autoencoder(inputs, settings, SEED, held_out=others)
    model = build_autoencoder(n_genes, settings)
    weights, losses = trained_by_keras(model, layers, inputs, inputs, settings)

    assert_same_weights(fitted.weights, weights)
    np.testing.assert_allclose(fitted.training_loss, losses, rtol=1e-5)
    last = float(np.mean((model.predict_on_batch(others) - others) ** 2))
    assert fitted.held_out_loss[-1] == pytest.approx(last, rel=1e-5)
    assert fitted.diverged_at is None


@pytest.mark.parametrize("nonnegative", ["all", "output", "none"])
@SHAPES
def test_the_network_trains_as_with_keras(engine, n_genes, shape, nonnegative):
    settings = NetworkSettings(**shape, nonnegative=nonnegative, dropout=0.0, learning_rate=0.05)
    inputs, others = rows(1, n_genes), (rows(2, n_genes), targets())
    with training_with(engine):
        fitted = fit_network(inputs, targets(), settings, SEED, held_out=others)
    layers = network_layers(N_TARGETS, settings)
    model = build_network(n_genes, N_TARGETS, settings)
    weights, losses = trained_by_keras(model, layers, inputs, targets(), settings)

    assert_same_weights(fitted.weights, weights)
    np.testing.assert_allclose(fitted.training_loss, losses, rtol=1e-5)
    last = float(np.abs(model.predict_on_batch(others[0]) - others[1]).mean())
    assert fitted.held_out_loss[-1] == pytest.approx(last, rel=1e-5)


def trained_by_the_book(inputs, wanted, settings):
    """Backpropagation with dropout in float64, written out layer by layer."""
    layers = network_layers(N_TARGETS, settings)
    draws = Draws.of(SEED)
    kernels, biases = (
        [array.astype(np.float64) for array in arrays]
        for arrays in zip(*draw_start(layers, inputs.shape[1], draws.weights), strict=True)
    )
    moving = [np.zeros_like(array) for array in (*kernels, *biases)]
    n_layers = len(layers)
    for plan in draw_epochs(layers, inputs.shape[1], len(inputs), settings, draws):
        for number, rate in enumerate(plan.rates):
            used = plan.weights[number] > 0
            batch = plan.patients[number][used]
            masks = [plan.masks[at][number][used] / (1 - settings.dropout) for at in plan.masks]
            entering = [inputs[batch] * masks[0]]
            for at in range(n_layers):
                summed = entering[at] @ kernels[at] + biases[at]
                if at < n_layers - 1:
                    entering.append(np.maximum(summed, 0) * masks[at + 1])
            error = np.sign(summed - wanted[batch]) / summed.size
            gradients = [None] * (2 * n_layers)
            for at in reversed(range(n_layers)):
                gradients[at] = entering[at].T @ error
                gradients[n_layers + at] = error.sum(axis=0)
                # A mask's zero stops the error as a ReLU's does.
                error = (error @ kernels[at].T) * masks[at] * (entering[at] > 0)
            for at, array in enumerate((*kernels, *biases)):
                moving[at] = settings.momentum * moving[at] - rate * gradients[at]
                np.add(array, moving[at], out=array)
                if layers[at % n_layers].nonnegative:
                    np.maximum(array, 0, out=array)
    return {
        layer.name: pair
        for layer, pair in zip(layers, zip(kernels, biases, strict=True), strict=True)
    }


@pytest.mark.parametrize("nonnegative", ["all", "output"])
@pytest.mark.parametrize(
    ("engine", "n_genes", "shape"),
    [("cpu", 8, NARROW), ("cpu", 2100, WIDE), ("tensorflow", 8, NARROW)],
    ids=["narrow", "wide", "narrow, TensorFlow"],
)
def test_dropout_trains_by_the_book(engine, n_genes, shape, nonnegative):
    settings = NetworkSettings(**shape, nonnegative=nonnegative, dropout=0.3, learning_rate=0.05)
    with training_with(engine):
        fitted = fit_network(rows(1, n_genes), targets(), settings, SEED)

    assert_same_weights(
        fitted.weights, trained_by_the_book(rows(1, n_genes), targets(), settings), 2e-5
    )


def test_dropout_keeps_its_fraction_and_no_mask_comes_twice():
    settings = NetworkSettings(widths=(500, 500), dropout=0.25, epochs=2)
    layers = network_layers(N_TARGETS, settings)
    plans = list(draw_epochs(layers, 500, 20, settings, Draws.of(SEED)))
    masks = [mask for plan in plans for mask in plan.masks.values()]

    assert len(masks) == 2 * 3
    assert np.mean(masks) == pytest.approx(0.75, abs=0.005)
    assert len({mask[:, row].tobytes() for mask in masks for row in range(10)}) == 6 * 10


def test_the_decay_reaches_every_update_of_every_epoch():
    # One weight that only moves up: |9 - bias| has the gradient -1, so each step is the rate.
    settings = NetworkSettings(
        widths=(1,), dropout=0.0, nonnegative="none", learning_rate=0.3, decay=0.5, momentum=0.0,
        epochs=3, batch_size=2,
    )  # fmt: skip
    fitted = fit_network(np.zeros((4, 1), np.float32), np.full((4, 1), 9, np.float32), settings, 0)

    expected = sum(0.3 / (1 + 0.5 * update) for update in range(3 * 2))
    assert fitted.weights["features"][1][0] == pytest.approx(expected, rel=1e-6)


def test_the_encoder_starts_the_layers_of_its_name():
    genes = 9
    encoder = fit_autoencoder(rows(1, genes), AutoencoderSettings(**NARROW), SEED).weights
    still = NetworkSettings(**NARROW | {"epochs": 1}, nonnegative="none", learning_rate=1e-30)
    without = fit_network(rows(1, genes), targets(), still, SEED).weights
    with_it = fit_network(rows(1, genes), targets(), still, SEED, encoder=encoder).weights

    for position in (1, 2, 3):
        for ours, theirs, drawn in zip(
            *(weights[f"encoder_{position}"] for weights in (with_it, encoder, without)),
            strict=True,
        ):
            np.testing.assert_allclose(ours, theirs, atol=1e-12)
            assert not np.array_equal(ours, drawn)
    np.testing.assert_array_equal(with_it["features"][0], without["features"][0])


def test_an_encoder_of_another_shape_or_of_other_names_is_refused():
    settings = NetworkSettings(**NARROW)
    kernel, bias = np.zeros((9, 7), np.float32), np.zeros(7, np.float32)

    with pytest.raises(ValueError, match="encoder_1 has the shape"):
        fit_network(rows(1, 9), targets(), settings, 0, encoder={"encoder_1": (kernel, bias)})
    with pytest.raises(ValueError, match="no layer of the network"):
        fit_network(rows(1, 9), targets(), settings, 0, encoder={"layer": (kernel, bias)})


@pytest.mark.parametrize("nonnegative", ["all", "output", "none"])
def test_the_constraint_holds_where_it_is_asked_for(nonnegative):
    settings = NetworkSettings(**NARROW, nonnegative=nonnegative)
    weights = fit_network(rows(1, 9), targets(), settings, SEED).weights
    lowest = [min(kernel.min(), bias.min()) for kernel, bias in weights.values()]

    assert (min(lowest[:-1]) >= 0) == (nonnegative == "all")
    assert (lowest[-1] >= 0) == (nonnegative != "none")
    if nonnegative != "none":
        assert predict_network(weights, settings, rows(4, 9)).min() >= 0


def test_predictions_are_those_of_the_keras_models():
    network, autoencoder = NetworkSettings(**NARROW), AutoencoderSettings(**NARROW)
    fitted = fit_network(rows(1, 9), targets(), network, SEED).weights
    built = build_network(9, N_TARGETS, network)
    coder = fit_autoencoder(rows(1, 9), autoencoder, SEED).weights
    whole = build_autoencoder(9, autoencoder)
    for model, weights in ((built, fitted), (whole, coder)):
        for name, pair in weights.items():
            model.get_layer(name).set_weights(pair)
    half = keras.Model(whole.input, whole.get_layer("encoder_3").output)
    patients = rows(4, 9)

    for ours, theirs in (
        (predict_network(fitted, network, patients), built),
        (encode(coder, autoencoder, patients), half),
        (reconstruct(coder, autoencoder, patients), whole),
    ):
        assert ours.dtype == np.float64
        np.testing.assert_allclose(ours, theirs.predict_on_batch(patients), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("nonnegative", ["all", "output"])
def test_a_fit_repeated_is_bit_identical_whatever_was_trained_between(nonnegative):
    settings = NetworkSettings(**WIDE, nonnegative=nonnegative, learning_rate=0.05)
    first = fit_network(rows(1, 2100), targets(), settings, SEED)
    fit_network(rows(3, 2100, n=6), targets(6), replace(settings, learning_rate=0.3), 0)
    again = fit_network(rows(1, 2100), targets(), settings, SEED)
    other = fit_network(rows(1, 2100), targets(), settings, [7, 2])

    np.testing.assert_array_equal(first.training_loss, again.training_loss)
    for name, pair in first.weights.items():
        for ours, theirs in zip(pair, again.weights[name], strict=True):
            np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(first.training_loss, other.training_loss)


def test_each_epoch_is_told_and_what_is_raised_there_stops_the_fit():
    told = []

    def on_epoch(*of_epoch):
        told.append(of_epoch)
        if len(told) == 2:
            raise KeyboardInterrupt

    settings = NetworkSettings(**NARROW)
    whole = fit_network(rows(1, 9), targets(), settings, SEED, held_out=(rows(2, 9), targets()))
    with pytest.raises(KeyboardInterrupt):
        fit_network(
            rows(1, 9), targets(), settings, SEED, held_out=(rows(2, 9), targets()),
            on_epoch=on_epoch,
        )  # fmt: skip

    losses = zip(whole.training_loss[:2], whole.held_out_loss[:2], strict=True)
    assert told == [(number, *pair) for number, pair in enumerate(losses, start=1)]


def test_a_training_that_diverges_says_when_and_stops():
    settings = NetworkSettings(**NARROW | {"epochs": 50}, nonnegative="none", learning_rate=1e6)
    fitted = fit_network(rows(1, 9), targets(), settings, SEED, held_out=(rows(2, 9), targets()))

    assert 1 <= fitted.diverged_at < 50
    assert len(fitted.training_loss) == len(fitted.held_out_loss) == fitted.diverged_at
    last = [fitted.training_loss[-1], fitted.held_out_loss[-1]]
    assert not np.isfinite(last).all()
    assert np.isfinite(fitted.training_loss[:-1]).all()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_nan_does_not_become_a_zero_on_its_way(engine):
    settings = NetworkSettings(**NARROW | {"epochs": 2}, nonnegative="all", dropout=0.0)
    inputs = rows(1, 9)
    inputs[0, 0] = np.nan
    with training_with(engine):
        fitted = fit_network(inputs, targets(), settings, SEED)

    assert fitted.diverged_at == 1
    assert np.isnan(fitted.weights["encoder_1"][0]).any()


def test_weights_that_the_last_update_spoils_are_a_divergence_too():
    settings = NetworkSettings(
        widths=(2,), epochs=1, batch_size=20, dropout=0.0, nonnegative="none", learning_rate=3e38
    )
    fitted = fit_network(100 * rows(1, 9), targets(), settings, SEED)

    assert np.isfinite(fitted.training_loss).all()
    assert fitted.diverged_at == 1


_ON_JAX = """
import sys
sys.path.insert(0, sys.argv[1])
import test_fitting as shared
shared.save_fits(sys.argv[2], shared.NARROW, "cpu")
shared.save_fits(sys.argv[3], shared.NARROW, "jax")
shared.save_fits(sys.argv[4], shared.WIDE, "jax")
"""


def save_fits(path, shape, engine):
    """Fit both models, with dropout and constraints; save all their arrays, and return them."""
    arrays = {}
    n_genes = 9 if shape is NARROW else 2100
    with training_with(engine):
        coder = fit_autoencoder(
            rows(1, n_genes), AutoencoderSettings(**shape), SEED, held_out=rows(2, n_genes)
        )
        fits = {"coder": coder}
        for nonnegative in ("all", "output"):
            settings = NetworkSettings(**shape, nonnegative=nonnegative, learning_rate=0.05)
            fits[nonnegative] = fit_network(
                rows(1, n_genes), targets(), settings, SEED, encoder=coder.weights,
                held_out=(rows(2, n_genes), targets()),
            )  # fmt: skip
            arrays[f"{nonnegative} predicted"] = predict_network(
                fits[nonnegative].weights, settings, rows(2, n_genes)
            )
    for kind, fitted in fits.items():
        arrays[f"{kind} losses"] = fitted.training_loss
        arrays[f"{kind} held out"] = fitted.held_out_loss
        for name, pair in fitted.weights.items():
            for part, array in zip(("kernel", "bias"), pair, strict=True):
                arrays[f"{kind} {name} {part}"] = array
    np.savez(path, **arrays)
    return arrays


@pytest.mark.slow
def test_jax_trains_and_predicts_as_tensorflow_does(tmp_path):
    pytest.importorskip("jax")
    same, narrow, wide = (tmp_path / f"{name}.npz" for name in ("same", "narrow", "wide"))
    subprocess.run(
        [
            sys.executable,
            "-c",
            _ON_JAX,
            str(Path(__file__).parent),
            *map(str, (same, narrow, wide)),
        ],
        check=True,
        env={**os.environ, "KERAS_BACKEND": "jax"},
    )
    ours = save_fits(tmp_path / "ours.npz", NARROW, "cpu")

    with np.load(same) as theirs:
        for name, array in ours.items():
            if not name.endswith("predicted"):
                np.testing.assert_array_equal(theirs[name], array, err_msg=name)
    for path, expected in (
        (narrow, ours),
        (wide, save_fits(tmp_path / "ours.npz", WIDE, "cpu")),
    ):
        with np.load(path) as theirs:
            assert set(theirs) == set(expected)
            for name, array in expected.items():
                np.testing.assert_allclose(
                    theirs[name], array, rtol=0, atol=2e-5 * np.abs(array).max(), err_msg=name
                )
