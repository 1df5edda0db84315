"""The two networks: layers, descent, constraints, weights carried over."""

import os
import subprocess
import sys

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.models.autoencoder import build_autoencoder
from radiogenomics.models.descent import decaying_descent
from radiogenomics.models.initial import dense_layers, draw_weights, start_from
from radiogenomics.models.network import build_network, encoder_weights, with_encoder
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings

WIDTHS = (6, 5, 4)
N_GENES, N_TARGETS = 8, 3


def rows(seed, columns, n=20):
    return np.random.default_rng(seed).uniform(0.1, 1, (n, columns)).astype(np.float32)


def started(model, seed=1):
    start_from(model, draw_weights(model, np.random.default_rng(seed)), dropout_seed=seed)
    return model


def widths(model):
    return [layer.units for layer in dense_layers(model)]


def test_the_autoencoder_mirrors_its_encoder_with_one_activation():
    model = build_autoencoder(N_GENES, AutoencoderSettings(widths=WIDTHS))

    assert widths(model) == [6, 5, 4, 5, 6, N_GENES]
    assert {layer.activation.__name__ for layer in dense_layers(model)} == {"tanh"}
    assert model.loss == "mean_squared_error"


def test_the_network_drops_out_before_every_weight_layer_and_ends_linear():
    model = build_network(N_GENES, N_TARGETS, NetworkSettings(widths=WIDTHS))
    kinds = [type(layer).__name__ for layer in model.layers]

    assert widths(model) == [6, 5, 4, N_TARGETS]
    assert kinds == ["InputLayer"] + ["Dropout", "Dense"] * 4
    assert {layer.rate for layer in model.layers if type(layer).__name__ == "Dropout"} == {0.25}
    assert [layer.activation.__name__ for layer in dense_layers(model)] == ["relu"] * 3 + ["linear"]


def test_the_decay_moves_the_rate_of_every_update():
    optimizer = decaying_descent(learning_rate=0.3, decay=0.5, momentum=0.0)
    schedule = optimizer.get_config()["learning_rate"]["config"]
    assert (schedule["decay_steps"], schedule["staircase"]) == (1, False)

    model = build_network(
        1, 1, NetworkSettings(widths=(1,), dropout=0.0, nonnegative="none", learning_rate=0.3,
                              decay=0.5, momentum=0.0),
    )  # fmt: skip
    start_from(model, [np.zeros(s, np.float32) for s in ((1, 1), (1,), (1, 1), (1,))], 0)
    biases = []
    for _ in range(3):
        model.train_on_batch(np.ones((2, 1), np.float32), np.full((2, 1), 9, np.float32))
        biases.append(float(model.get_weights()[-1][0]))

    # The gradient of |9 - bias| is -1, so each step is the rate itself: 0.3/1, 0.3/1.5, 0.3/2.
    np.testing.assert_allclose(np.diff([0, *biases]), [0.3, 0.2, 0.15], rtol=1e-6)


def test_momentum_carries_the_last_step_on():
    model = build_network(
        1, 1, NetworkSettings(widths=(1,), dropout=0.0, nonnegative="none", learning_rate=0.1,
                              decay=0.0, momentum=0.5),
    )  # fmt: skip
    start_from(model, [np.zeros(s, np.float32) for s in ((1, 1), (1,), (1, 1), (1,))], 0)
    for _ in range(2):
        model.train_on_batch(np.ones((2, 1), np.float32), np.full((2, 1), 9, np.float32))

    # Steps of 0.1 and 0.5 * 0.1 + 0.1.
    assert model.get_weights()[-1][0] == pytest.approx(0.25)


def test_the_encoder_starts_the_hidden_layers_of_its_name():
    # Biases are drawn as zeros, which could not be told from one another.
    generator = np.random.default_rng(2)
    autoencoder = build_autoencoder(N_GENES, AutoencoderSettings(widths=WIDTHS))
    network = build_network(N_GENES, N_TARGETS, NetworkSettings(widths=WIDTHS))
    trained, drawn = (
        [generator.uniform(size=array.shape).astype(np.float32) for array in model.get_weights()]
        for model in (autoencoder, network)
    )
    autoencoder.set_weights(trained)
    start_from(network, with_encoder(network, drawn, encoder_weights(autoencoder)), 0)

    for position in (1, 2, 3):
        name = f"encoder_{position}"
        for ours, theirs in zip(
            network.get_layer(name).get_weights(),
            autoencoder.get_layer(name).get_weights(),
            strict=True,
        ):
            np.testing.assert_array_equal(ours, theirs)
    for ours, theirs in zip(network.get_layer("features").get_weights(), drawn[-2:], strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert len(network.get_weights()) == 2 * (3 + 1)


def test_an_encoder_of_another_shape_is_refused():
    autoencoder = build_autoencoder(N_GENES, AutoencoderSettings(widths=(7, 5, 4)))
    network = build_network(N_GENES, N_TARGETS, NetworkSettings(widths=WIDTHS))

    with pytest.raises(ValueError, match="encoder_1 has the shape"):
        with_encoder(network, network.get_weights(), encoder_weights(autoencoder))


@pytest.mark.parametrize("nonnegative", ["all", "output", "none"])
def test_the_constraint_holds_where_it_is_asked_for_after_every_update(nonnegative):
    settings = NetworkSettings(widths=WIDTHS, nonnegative=nonnegative)
    model = started(build_network(N_GENES, N_TARGETS, settings))
    for step in range(5):
        model.train_on_batch(rows(step, N_GENES) - 0.5, rows(step + 9, N_TARGETS))
    lowest = [min(array.min() for array in layer.get_weights()) for layer in dense_layers(model)]
    hidden, output = min(lowest[:-1]), lowest[-1]

    assert (hidden >= 0) == (nonnegative == "all")
    assert (output >= 0) == (nonnegative in ("all", "output"))
    if output >= 0:
        assert model.predict_on_batch(rows(3, N_GENES) - 0.5).min() >= 0


def test_a_reset_model_trains_as_a_new_one():
    settings = NetworkSettings(widths=WIDTHS)
    reused = build_network(N_GENES, N_TARGETS, settings)
    results = []
    for model in (reused, reused, build_network(N_GENES, N_TARGETS, settings)):
        started(model, seed=4)
        for step in range(4):
            model.train_on_batch(rows(step, N_GENES), rows(step + 9, N_TARGETS))
        results.append(model.get_weights())

    for again in results[1:]:
        for first, second in zip(results[0], again, strict=True):
            np.testing.assert_array_equal(first, second)


def test_no_dropout_layer_repeats_the_masks_of_another():
    model = started(build_network(64, N_TARGETS, NetworkSettings(widths=(64, 64), dropout=0.5)))
    layers = [layer for layer in model.layers if type(layer).__name__ == "Dropout"]
    masks = [
        np.asarray(layer(np.ones((1, 64), np.float32), training=True)).tobytes()
        for _ in range(6)
        for layer in layers
    ]

    assert len(layers) == 3
    assert len(set(masks)) == len(masks)


def test_another_keras_backend_is_refused_by_name():
    done = subprocess.run(
        [sys.executable, "-c", "import radiogenomics.models.backend"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "KERAS_BACKEND": "torch"},
    )

    assert "TrainingError: KERAS_BACKEND is 'torch'; use tensorflow or jax" in done.stderr


def test_weights_are_drawn_within_the_limit_of_glorot():
    model = build_network(600, 300, NetworkSettings(widths=(300,)))
    kernel, bias, *_ = draw_weights(model, np.random.default_rng(0))
    limit = np.sqrt(6 / 900)

    assert limit * 0.99 < np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / np.sqrt(3), rel=0.01)
    assert not bias.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"widths": ()}, r"network\.widths"),
        ({"widths": (5, 0)}, r"network\.widths"),
        ({"learning_rate": 0.0}, r"network\.learning_rate"),
        ({"decay": -1.0}, r"network\.decay"),
        ({"momentum": 1.0}, r"network\.momentum"),
        ({"epochs": 0}, r"network\.epochs"),
        ({"dropout": 1.0}, r"network\.dropout"),
        ({"nonnegative": "some"}, r"network\.nonnegative"),
    ],
)
def test_impossible_settings_are_refused_by_name(change, message):
    with pytest.raises(InputError, match=message):
        NetworkSettings(**change)
