"""The two Keras models: layers, descent, start, impossible settings."""

import os
import subprocess
import sys

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.models.autoencoder import build_autoencoder
from radiogenomics.models.batches import draw_start
from radiogenomics.models.descent import decaying_descent
from radiogenomics.models.network import build_network, dense_layers
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.models.stack import network_layers

WIDTHS = (6, 5, 4)
N_GENES, N_TARGETS = 8, 3


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
    model.set_weights([np.zeros(s, np.float32) for s in ((1, 1), (1,), (1, 1), (1,))])
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
    model.set_weights([np.zeros(s, np.float32) for s in ((1, 1), (1,), (1, 1), (1,))])
    for _ in range(2):
        model.train_on_batch(np.ones((2, 1), np.float32), np.full((2, 1), 9, np.float32))

    # Steps of 0.1 and 0.5 * 0.1 + 0.1.
    assert model.get_weights()[-1][0] == pytest.approx(0.25)


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
    layers = network_layers(300, NetworkSettings(widths=(300,)))
    (kernel, bias), _ = draw_start(layers, 600, np.random.default_rng(0))
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
