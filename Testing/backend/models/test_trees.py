"""Boosted trees: LightGBM's own predictions, the number that held-out rows choose, damage told."""

import os
import subprocess
import sys
from itertools import pairwise

import lightgbm
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.models.baseline_settings import TreeSettings
from radiogenomics.models.forest import Forest, Node
from radiogenomics.models.trees import fit_trees, parameters_of

SEED = [20180404, 3]
SETTINGS = TreeSettings(most_trees=25, learning_rate=0.2, least_inputs=10)
N_PATIENTS, N_GENES = 48, 60


def silent(share, what):
    assert 0 <= share <= 1
    assert what


def folds_of(n, n_folds):
    parts = np.array_split(np.arange(n), n_folds)
    return [(np.setdiff1d(np.arange(n), part), part) for part in parts]


FOLDS = folds_of(N_PATIENTS, 4)


@pytest.fixture
def inputs(rng):
    return rng.normal(size=(N_PATIENTS, N_GENES))


@pytest.fixture
def targets(rng, inputs):
    signal = np.column_stack([inputs[:, :20].sum(axis=1), inputs[:, 3] > 0])
    return 0.4 + 0.05 * signal + 0.02 * rng.normal(size=(N_PATIENTS, 2))


def by_lightgbm(inputs, target):
    """LightGBM by itself, from a fresh data set, with the parameters that are stated.

    Returns what its first trees predict for others.
    """
    drawn = int(np.random.default_rng(SEED).integers(2**31 - 1))
    parameters = parameters_of(SETTINGS, inputs.shape[1], drawn)
    centre = np.median(target)
    scale = np.abs(target - centre).mean()
    rows = lightgbm.Dataset(inputs, (target - centre) / scale, params=parameters)
    booster = lightgbm.train(parameters, rows, SETTINGS.most_trees)
    return lambda others, n_trees: centre + scale * booster.predict(others, num_iteration=n_trees)


def test_predictions_are_those_of_lightgbm(inputs, targets):
    chosen = fit_trees(inputs, targets, FOLDS, SEED, silent, SETTINGS)
    # Values at which a patient of the fit was, too: there "at most" and "below" differ.
    others = np.vstack([inputs, np.random.default_rng(8).permuted(inputs, axis=0)])
    for target, own in enumerate(chosen.settings):
        expected = by_lightgbm(inputs, targets[:, target])
        predicted = chosen.final.predict(others)[:, target]
        np.testing.assert_allclose(predicted, expected(others, own["n_trees"]), rtol=1e-12)
        assert np.ptp(predicted) > 0


def test_the_number_of_trees_with_the_lowest_held_out_error_is_chosen(inputs, targets):
    chosen = fit_trees(inputs, targets, FOLDS, SEED, silent, SETTINGS)
    for target, own in enumerate(chosen.settings):
        errors = np.zeros(SETTINGS.most_trees)
        for learned, held_out in FOLDS:
            model = by_lightgbm(inputs[learned], targets[learned, target])
            for place in range(SETTINGS.most_trees):
                off = model(inputs[held_out], place + 1) - targets[held_out, target]
                errors[place] += np.abs(off).sum() / N_PATIENTS
        assert own["n_trees"] == np.argmin(errors) + 1
        assert own["mae"] == pytest.approx(min(errors), rel=1e-9)
        assert np.abs(chosen.out_of_fold - targets)[:, target].mean() == pytest.approx(min(errors))
    counts = [own["n_trees"] for own in chosen.settings]
    assert len(set(counts)) == 2


def test_trees_are_small_and_see_a_share_of_the_genes(inputs, targets):
    settings = TreeSettings(most_trees=3, share_of_inputs=0.1, least_inputs=1)
    forest = fit_trees(inputs, targets, FOLDS, SEED, silent, settings).final
    bounds = [*forest.roots, len(forest.columns)]
    for first, end in pairwise(bounds):
        leaf = forest.columns[first:end] == -1
        assert 2 <= np.count_nonzero(leaf) <= 4
        assert len(set(forest.columns[first:end][~leaf])) <= 6


def test_every_leaf_holds_the_least_number_of_patients(inputs, targets):
    forest = fit_trees(inputs, targets, FOLDS, SEED, silent, SETTINGS).final
    for outputs in forest.outputs(inputs).T:
        assert np.unique(outputs, return_counts=True)[1].min() >= SETTINGS.least_patients


def test_another_seed_gives_other_trees(inputs, targets):
    one, other = (fit_trees(inputs, targets, FOLDS, seed, silent, SETTINGS) for seed in (SEED, [1]))
    assert np.abs(one.out_of_fold - other.out_of_fold).max() > 0


def test_too_few_patients_to_split_leave_the_median(rng):
    inputs, targets = rng.normal(size=(9, 20)), rng.normal(size=(9, 1))
    chosen = fit_trees(inputs, targets, folds_of(9, 3), SEED, silent, SETTINGS)
    for learned, held_out in folds_of(9, 3):
        np.testing.assert_allclose(chosen.out_of_fold[held_out], np.median(targets[learned]))


def test_predictions_follow_the_unit_of_the_target(inputs, targets):
    """Also where single precision could not hold the difference from one patient to the next."""
    moved = 1e-3 * targets + 1e5
    one, other = (
        fit_trees(inputs, each, FOLDS, SEED, silent, SETTINGS) for each in (targets, moved)
    )
    np.testing.assert_allclose((other.out_of_fold - 1e5) / 1e-3, one.out_of_fold, rtol=0, atol=1e-6)


SCRIPT = """
import hashlib, numpy as np
from radiogenomics.models.trees import fit_trees
rng = np.random.default_rng(5)
inputs = rng.normal(size=(40, 300))
targets = np.column_stack([inputs[:, 0] + rng.normal(size=40), np.ones(40)])
folds = [(np.arange(20), np.arange(20, 40)), (np.arange(8), np.arange(8, 40))]
chosen = fit_trees(inputs, targets, folds, [1, 2], lambda share, what: None)
print(hashlib.sha256(b"".join(a.tobytes() for a in chosen.final.to_arrays().values())).hexdigest())
"""


@pytest.mark.slow
def test_another_process_with_more_threads_gives_the_same_bits_and_nothing_is_written():
    said = []
    for threads in ("1", "2"):
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT],
            env={**os.environ, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stderr == ""
        said.append(ran.stdout)
    assert said[0] == said[1]
    assert len(said[0].strip()) == 64


@pytest.mark.parametrize(
    "wrong",
    [
        {"most_trees": 0},
        {"leaves": 1},
        {"least_patients": 0},
        {"learning_rate": 0.0},
        {"share_of_inputs": 1.5},
        {"least_inputs": 0},
    ],
)
def test_settings_that_grow_nothing_are_refused(wrong):
    with pytest.raises(InputError, match=rf"trees\.{next(iter(wrong))} is "):
        TreeSettings(**wrong)


def stump(column, threshold, below, above):
    return Node(column=column, threshold=threshold, below=Node(below), above=Node(above))


def small_forest():
    deep = Node(column=1, threshold=0.5, below=stump(0, -1.0, 1.0, 2.0), above=Node(4.0))
    return Forest.of([[stump(0, 0.0, 10.0, 20.0), deep], [], [Node(3.0)]], [0.5, 7.0, 0.0], 2)


def test_a_forest_sends_each_patient_down_to_a_leaf():
    inputs = np.array([[0.0, 0.5], [0.1, 0.6], [-1.0, 0.0], [-0.9, 0.0]])
    expected = [[0.5 + 10 + 2, 7, 3], [0.5 + 20 + 4, 7, 3], [0.5 + 10 + 1, 7, 3], [12.5, 7, 3]]
    np.testing.assert_array_equal(small_forest().predict(inputs), expected)


def test_a_forest_refuses_inputs_with_gaps():
    with pytest.raises(InputError, match="row 2, column 1 is missing"):
        small_forest().predict(np.array([[0.0, 0.0], [np.nan, 0.0]]))


@given(
    name=st.sampled_from(sorted(small_forest().to_arrays())),
    place=st.integers(0, 30),
    value=st.one_of(st.integers(-5, 40), st.sampled_from([2**62, -(2**62)])),
)
def test_a_damaged_number_is_told_or_does_no_harm(name, place, value):
    arrays = {key: array.copy() for key, array in small_forest().to_arrays().items()}
    arrays[name].reshape(-1)[place % arrays[name].size] = value
    try:
        forest = Forest.from_arrays(arrays)
    except TrainingError as error:
        assert "Train anew" in str(error)  # noqa: PT017
    else:
        inputs = np.array([[0.0, 0.5], [0.1, 0.6]])
        if forest.n_inputs == 2:
            assert forest.predict(inputs).shape == (2, 3)
        else:
            with pytest.raises(InputError):
                forest.predict(inputs)


@pytest.mark.parametrize(
    ("name", "value", "match"),
    [
        ("children", np.zeros((9, 2), dtype=int), "wrong order"),
        ("children", np.zeros((4, 2), dtype=int), "do not fit each other"),
        ("columns", np.zeros((10, 1), dtype=int), "wrong shape"),
        ("columns", np.full(9, 2), "inputs that there are not"),
        ("values", np.full(9, np.nan), "not finite"),
        ("ends", np.array([2, 1, 3]), "targets whose trees"),
        ("ends", np.array([2, 2, 9]), "targets whose trees"),
        ("roots", np.array([0, 3, 9]), "nodes that there are not"),
        ("columns", np.zeros(9), "whole ones"),
        ("thresholds", np.array(["text"] * 9), "cannot be read"),
    ],
)
def test_damaged_arrays_are_told(name, value, match):
    arrays = small_forest().to_arrays()
    with pytest.raises(TrainingError, match=match):
        Forest.from_arrays({**arrays, name: value})


def test_a_way_down_that_would_never_end_is_told():
    arrays = small_forest().to_arrays()
    inner = arrays["children"][arrays["roots"][1], 0]
    assert arrays["columns"][inner] == 0
    arrays["children"][inner, 0] = arrays["roots"][1]
    with pytest.raises(TrainingError, match="wrong order"):
        Forest.from_arrays(arrays)
