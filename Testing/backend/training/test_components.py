"""Principal components against scikit-learn's."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from radiogenomics.training.components import Components


@pytest.fixture
def inputs(rng):
    return rng.normal(size=(12, 40)).astype(np.float32)


def test_scores_are_scikit_learns_but_for_sign_and_scale(inputs):
    components = Components.fit(inputs, 5)
    expected = PCA(5).fit(inputs.astype(float)).transform(inputs.astype(float))
    scores = components.transform(inputs) * components.scale

    np.testing.assert_allclose(np.abs(scores), np.abs(expected), atol=1e-5)
    ranges = np.ptp(components.transform(inputs), axis=0)
    assert ranges[0] == pytest.approx(1)
    np.testing.assert_allclose(ranges / np.ptp(expected, axis=0) * np.ptp(expected[:, 0]), 1, 1e-4)


def test_there_are_at_most_one_less_than_the_patients(inputs):
    assert Components.fit(inputs, 500).directions.shape == (40, 11)


def test_the_sign_does_not_depend_on_the_solver(inputs):
    directions = Components.fit(inputs, 5).directions
    largest = np.abs(directions).argmax(axis=0)

    assert (directions[largest, np.arange(5)] > 0).all()
