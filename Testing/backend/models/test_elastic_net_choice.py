"""The cell that wins, what comes of it, and how it is kept."""

import itertools
import json

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.models.elastic_net import ElasticNetGrid, ElasticNets, fit_elastic_nets
from radiogenomics.models.elastic_net.cells import Cells
from radiogenomics.models.elastic_net.choosing import Cell
from radiogenomics.models.elastic_net.problem import Problem

GRID = ElasticNetGrid(alphas=(0.0, 0.4, 1.0), n_lambdas=15)


def silent(_share, _what):
    pass


@pytest.fixture
def problem(rng):
    inputs = rng.normal(size=(32, 40)) * rng.uniform(0.5, 2, 40)
    signal = inputs[:, :4] @ rng.normal(size=(4, 3)) * [1, 0.3, 0]
    parts = np.array_split(rng.permutation(32), 4)
    folds = [(np.setdiff1d(np.arange(32), part), part) for part in parts]
    return inputs, 5 + signal + rng.normal(size=(32, 3)), folds


def r2_by_hand(inputs, targets, folds, grid):
    """Mean over folds of 1 - squares / squares about the fold's mean, and which are intercepts."""
    lambdas = grid.lambdas(Problem.of(inputs, targets).largest_gradients, *inputs.shape)
    r2, intercepts = np.zeros(lambdas.shape), np.zeros(lambdas.shape, dtype=bool)
    for learned, held_out in folds:
        cells = Cells(grid, lambdas, Problem.of(inputs[learned], targets[learned]))
        for alpha, place in itertools.product(range(len(grid.alphas)), range(15)):
            fitted = cells.fit([Cell(alpha, place, 0.0)] * 3)
            measured, predicted = targets[held_out], fitted.predict(inputs[held_out])
            squares = np.sum((measured - measured.mean(axis=0)) ** 2, axis=0)
            r2[:, alpha, place] += 1 - np.sum((measured - predicted) ** 2, axis=0) / squares
            intercepts[:, alpha, place] |= ~fitted.coefficients.any(axis=0)
    return lambdas, r2 / len(folds), intercepts


@pytest.mark.parametrize("alphas", [(0.0, 0.4, 1.0), (0.4, 1.0)], ids=["with ridge", "without"])
def test_the_cell_with_the_highest_mean_r2_wins_among_those_with_a_coefficient(problem, alphas):
    inputs, targets, folds = problem
    # In half of the folds a gene works the other way round, so that each fold is led astray by
    # the others and the mean would be the best prediction.
    targets[:, 2] = 2 * inputs[:, 0]
    targets[np.concatenate([held_out for _, held_out in folds[:2]]), 2] *= -1
    grid = ElasticNetGrid(alphas=alphas, n_lambdas=15)
    chosen = fit_elastic_nets(inputs, targets, folds, [0], silent, grid)
    lambdas, r2, intercepts = r2_by_hand(inputs, targets, folds, grid)
    if 0 not in alphas:
        # A cell with intercepts alone would win if it might.
        assert intercepts[2].flat[np.argmax(r2[2])]
    r2[intercepts] = np.nan
    for target, settings in enumerate(chosen.settings):
        alpha, place = np.unravel_index(np.nanargmax(r2[target]), r2[target].shape)
        assert settings["alpha"] == alphas[alpha]
        assert settings["lambda"] == lambdas[target, alpha, place]
        assert settings["r2"] == pytest.approx(r2[target, alpha, place], rel=1e-8)
        used = np.count_nonzero(chosen.final.coefficients[:, target])
        assert settings["n_coefficients"] == used > 0
    assert json.loads(json.dumps(chosen.settings)) == list(chosen.settings)


def test_the_choice_is_refitted_on_all_rows_and_on_those_of_each_fold(problem):
    inputs, targets, folds = problem
    chosen = fit_elastic_nets(inputs, targets, folds, [0], silent, GRID)
    lambdas = GRID.lambdas(Problem.of(inputs, targets).largest_gradients, *inputs.shape)
    cells = [
        Cell(
            GRID.alphas.index(each["alpha"]),
            int(
                np.argmin(
                    np.abs(lambdas[target, GRID.alphas.index(each["alpha"])] - each["lambda"])
                )
            ),
            0.0,
        )
        for target, each in enumerate(chosen.settings)
    ]
    rows = [*(learned for learned, _ in folds), np.arange(32)]
    for fitted, learned in zip([*chosen.by_fold, chosen.final], rows, strict=True):
        expected = Cells(GRID, lambdas, Problem.of(inputs[learned], targets[learned])).fit(cells)
        np.testing.assert_allclose(fitted.coefficients, expected.coefficients, atol=1e-12)
    for fitted, (_, held_out) in zip(chosen.by_fold, folds, strict=True):
        predicted = inputs[held_out] @ fitted.coefficients + fitted.intercepts
        np.testing.assert_allclose(chosen.out_of_fold[held_out], predicted, rtol=1e-12)


def test_rows_that_no_fold_holds_out_have_no_prediction(problem):
    inputs, targets, folds = problem
    chosen = fit_elastic_nets(inputs, targets, folds[:3], [0], silent, GRID)
    held_out = np.concatenate([part for _, part in folds[:3]])
    assert np.isfinite(chosen.out_of_fold[held_out]).all()
    assert np.isnan(chosen.out_of_fold[folds[3][1]]).all()


def test_each_patient_alone_in_a_fold_is_scored_over_all_folds_together(problem):
    inputs, targets, _ = problem
    folds = [(np.delete(np.arange(32), row), np.array([row])) for row in range(32)]
    chosen = fit_elastic_nets(inputs, targets[:, :1], folds, [0], silent, GRID)
    gaps = targets[:, 0] - chosen.out_of_fold[:, 0]
    expected = 1 - np.sum(gaps**2) / np.sum((targets[:, 0] - targets[:, 0].mean()) ** 2)
    assert chosen.settings[0]["r2"] == pytest.approx(expected, rel=1e-9)


def test_choices_are_the_same_whatever_is_chosen_beside_them(problem):
    inputs, targets, folds = problem
    together = fit_elastic_nets(inputs, targets, folds, [0], silent, GRID)
    alone = fit_elastic_nets(inputs, targets[:, 1:2], folds, [7], silent, GRID)
    np.testing.assert_allclose(alone.out_of_fold[:, 0], together.out_of_fold[:, 1], rtol=1e-11)
    assert alone.settings[0]["lambda"] == together.settings[1]["lambda"]


def test_nothing_given_is_changed(problem):
    inputs, targets, folds = problem
    copies = inputs.copy(), targets.copy()
    fit_elastic_nets(inputs, targets, folds, [0], silent, GRID)
    assert np.array_equal(inputs, copies[0])
    assert np.array_equal(targets, copies[1])


def test_progress_rises_to_one_and_raising_stops_the_work(problem):
    inputs, targets, folds = problem
    shares = []
    fit_elastic_nets(inputs, targets, folds, [0], lambda share, _: shares.append(share), GRID)
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == pytest.approx(1)
    assert len(shares) > len(folds)
    told = []

    def stop(share, what):
        told.append(what)
        if share > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_elastic_nets(inputs, targets, folds, [0], stop, GRID)
    assert len(told) == 2


def test_what_is_kept_predicts_the_same_and_holds_no_zeros(problem, tmp_path):
    inputs, targets, folds = problem
    grid = ElasticNetGrid(alphas=(1.0,), n_lambdas=15)
    final = fit_elastic_nets(inputs, targets, folds, [0], silent, grid).final
    np.savez(tmp_path / "model.npz", **final.to_arrays())
    with np.load(tmp_path / "model.npz", allow_pickle=False) as arrays:
        read = ElasticNets.from_arrays(arrays)
    assert np.array_equal(read.predict(inputs), final.predict(inputs))
    assert np.array_equal(read.coefficients, final.coefficients)
    assert len(read.columns) < 40
    assert read.values.any(axis=1).all()


def test_damaged_arrays_and_other_inputs_are_refused():
    coefficients = np.zeros((6, 2))
    coefficients[[1, 4], [0, 1]] = 1.0
    model = ElasticNets.of(np.array([1.0, 2.0]), coefficients)
    arrays = model.to_arrays()
    with pytest.raises(InputError, match="fitted to 6 inputs"):
        model.predict(np.zeros((3, 5)))
    with pytest.raises(InputError, match="lack values"):
        ElasticNets.from_arrays({name: arrays[name] for name in arrays if name != "values"})
    with pytest.raises(InputError, match="do not fit"):
        ElasticNets.from_arrays({**arrays, "values": np.zeros((3, 2))})
    with pytest.raises(InputError, match="do not fit"):
        ElasticNets.from_arrays({**arrays, "columns": np.array([1, 6])})
