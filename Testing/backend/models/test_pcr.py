"""Principal-component regression: scikit-learn's fit for every number of components."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from radiogenomics.errors import InputError
from radiogenomics.models.pcr import fit_pcr


def silent(share, what):
    assert 0 <= share <= 1
    assert what


def problem(rng, n, p):
    hidden = rng.normal(size=(n, 3))
    inputs = hidden @ rng.normal(size=(3, p)) + 0.5 * rng.normal(size=(n, p)) + 2
    return inputs, 0.4 + 0.1 * hidden[:, [2, 0, 1]] + 0.05 * rng.normal(size=(n, 3))


def folds_of(n, n_folds):
    parts = np.array_split(np.arange(n), n_folds)
    return [(np.setdiff1d(np.arange(n), part), part) for part in parts]


def by_scikit_learn(inputs, targets, n_components):
    return make_pipeline(PCA(n_components, svd_solver="full"), LinearRegression()).fit(
        inputs, targets
    )


@pytest.mark.parametrize(("n", "p"), [(24, 60), (40, 6)], ids=["n < p", "p < n"])
def test_the_chosen_numbers_and_fits_are_those_of_scikit_learn(rng, n, p):
    inputs, targets = problem(rng, n, p)
    folds = folds_of(n, 4)
    most = min(n - n // 4 - 1, p)
    r2, predicted = np.zeros((3, most)), np.empty((most, n, 3))
    for count in range(1, most + 1):
        for learned, held_out in folds:
            model = by_scikit_learn(inputs[learned], targets[learned], count)
            predicted[count - 1, held_out] = model.predict(inputs[held_out])
            off = np.sum((predicted[count - 1, held_out] - targets[held_out]) ** 2, axis=0)
            r2[:, count - 1] += (1 - off / (len(held_out) * targets[held_out].var(axis=0))) / 4
    chosen = fit_pcr(inputs, targets, folds, [1], silent)
    counts = r2.argmax(axis=1) + 1
    assert [own["n_components"] for own in chosen.settings] == counts.tolist()
    assert [own["r2"] for own in chosen.settings] == pytest.approx(r2.max(axis=1))
    for target, count in enumerate(counts):
        wanted = predicted[count - 1, :, target]
        np.testing.assert_allclose(chosen.out_of_fold[:, target], wanted, rtol=1e-9)
        final = by_scikit_learn(inputs, targets, count).predict(inputs)[:, target]
        np.testing.assert_allclose(chosen.final.predict(inputs)[:, target], final, rtol=1e-9)


@pytest.mark.parametrize("count", [1, 2, 5, 14])
def test_a_single_number_of_components_can_be_asked_for(rng, count):
    """Where only the first `count` are tried, no target uses more."""
    inputs, targets = problem(rng, 20, 50)
    chosen = fit_pcr(inputs, targets, folds_of(20, 4), [1], silent, at_most=count)
    assert max(own["n_components"] for own in chosen.settings) <= count


def test_components_are_those_of_the_learning_rows_alone(rng):
    """An outlier among the held-out rows moves their prediction, never the fit."""
    inputs, targets = problem(rng, 20, 50)
    folds = folds_of(20, 4)[:1]
    moved = inputs.copy()
    moved[folds[0][1]] += 100 * rng.normal(size=50)
    first, second = (
        fit_pcr(each, targets, folds, [1], silent, 1).by_fold[0] for each in (inputs, moved)
    )
    np.testing.assert_array_equal(first.coefficients, second.coefficients)


def test_duplicated_patients_and_genes_add_no_component(rng):
    inputs, targets = problem(rng, 6, 50)
    twice, twice_targets = np.tile(inputs, (2, 2)), np.tile(targets, (2, 1))
    folds = [(np.r_[0:5, 6:11], np.array([5, 11]))]
    chosen = fit_pcr(twice, twice_targets, folds, [1], silent)
    assert all(own["n_components"] <= 4 for own in chosen.settings)
    assert np.abs(chosen.out_of_fold[5]).max() < 100


def test_inputs_that_do_not_vary_leave_the_mean(rng):
    targets = rng.normal(size=(12, 2))
    chosen = fit_pcr(np.full((12, 5), 0.1), targets, folds_of(12, 3), [1], silent)
    assert [own["n_components"] for own in chosen.settings] == [0, 0]
    for learned, held_out in folds_of(12, 3):
        expected = np.tile(targets[learned].mean(axis=0), (4, 1))
        np.testing.assert_allclose(chosen.out_of_fold[held_out], expected)


def test_less_than_one_component_is_refused(rng):
    with pytest.raises(InputError, match="give 1 or more"):
        fit_pcr(*problem(rng, 12, 5), folds_of(12, 3), [1], silent, at_most=0)
