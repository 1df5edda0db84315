"""Where an elastic net has ties, constants, copies or too little: what happens is defined."""

import warnings

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.models.elastic_net import ElasticNetGrid, fit_elastic_nets
from radiogenomics.models.elastic_net.compiled import compiled

from .elastic_net_problems import cells_of, fit, stationarity, wavy

GRID = ElasticNetGrid(alphas=(0.0, 0.5, 1.0), n_lambdas=30)


def silent(_share, _what):
    pass


def folds_of(n, n_folds):
    parts = np.array_split(np.arange(n), n_folds)
    return [(np.setdiff1d(np.arange(n), part), part) for part in parts]


@pytest.mark.parametrize("alpha", [0.3, 0.95, 1.0])
def test_two_genes_that_tie_at_the_start_enter_together(alpha):
    # Orthogonal, and equally correlated with the target.
    inputs = np.array([[1, 1, 0], [1, -1, 0.5], [-1, 1, 0.5], [-1, -1, -1]], dtype=float)
    target = inputs[:, 0] + inputs[:, 1]
    cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=20)
    assert not fit(cells, 0)[1].any()
    for place in (1, 10, 19):
        assert stationarity(cells, place, inputs, target) < 1e-12
        _, coefficients = fit(cells, place)
        assert coefficients[0] == pytest.approx(coefficients[1], rel=1e-9)
        assert coefficients[0] > 0


def test_copies_of_a_gene_share_its_coefficient_and_in_the_lasso_the_first_has_it():
    inputs, target = wavy(25, 10)
    copied = np.column_stack([inputs, inputs])
    mixed = cells_of(copied, target, alphas=(0.5,), n_lambdas=20)
    lasso = cells_of(copied, target, alphas=(1.0,), n_lambdas=20)
    alone = cells_of(inputs, target, alphas=(1.0,), n_lambdas=20, smallest=1e-4)
    for place in (3, 12, 19):
        assert stationarity(mixed, place, copied, target) < 1e-11
        assert stationarity(lasso, place, copied, target) < 1e-11
        both = fit(mixed, place)[1]
        np.testing.assert_allclose(both[:10], both[10:], rtol=1e-8, atol=1e-10)
        together = fit(lasso, place)[1]
        np.testing.assert_allclose(
            together[:10] + together[10:], fit(alone, place)[1], rtol=1e-8, atol=1e-10
        )
        assert not (together[:10] * together[10:]).any()


def test_the_lasso_goes_on_where_a_gene_is_the_sum_of_others():
    inputs, target = wavy(30, 8)
    inputs = np.column_stack([inputs, inputs[:, :3].sum(axis=1)])
    target = inputs[:, 8] + 0.1 * target
    cells = cells_of(inputs, target, alphas=(1.0,), n_lambdas=200)
    for place in range(1, 200, 22):
        assert stationarity(cells, place, inputs, target) < 1e-11


def test_the_lasso_goes_on_where_it_interpolates():
    inputs, target = wavy(10, 60)
    cells = cells_of(inputs, target, alphas=(1.0,), n_lambdas=400, smallest=1e-6)
    for place in (100, 250, 399):
        assert stationarity(cells, place, inputs, target) < 1e-11
        assert np.count_nonzero(fit(cells, place)[1]) <= 9


@pytest.mark.parametrize("alpha", [0.0, 0.5, 1.0])
def test_constant_genes_have_no_coefficient_and_disturb_nothing(alpha):
    inputs, target = wavy(25, 12)
    with_constants = np.insert(inputs, [0, 5, 12], [7.1, 0.0, -1e9], axis=1)
    cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=20, smallest=0.01)
    others = cells_of(with_constants, target, alphas=(alpha,), n_lambdas=20, smallest=0.01)
    intercept, coefficients = fit(cells, 15)
    other_intercept, other = fit(others, 15)
    constant = [0, 6, 14]
    assert not other[constant].any()
    np.testing.assert_allclose(np.delete(other, constant), coefficients, rtol=1e-9, atol=1e-12)
    assert other_intercept == pytest.approx(intercept, rel=1e-9)


def test_a_gene_that_varies_only_in_rows_held_out_counts_as_constant_in_that_fold():
    inputs, targets = wavy(24, 9)
    folds = folds_of(24, 4)
    inputs[:, 4] = 0.0
    inputs[folds[0][1], 4] = 100.0
    chosen = fit_elastic_nets(inputs, targets[:, None], folds, [0], silent, GRID)
    assert chosen.by_fold[0].coefficients[4, 0] == 0
    assert np.isfinite(chosen.out_of_fold).all()


def test_a_target_that_does_not_vary_has_an_intercept_alone_and_says_so():
    inputs, target = wavy(24, 30)
    targets = np.column_stack([np.full(24, 0.3), target])
    chosen = fit_elastic_nets(inputs, targets, folds_of(24, 4), [0], silent, GRID)
    assert chosen.settings[0]["alpha"] is None
    assert chosen.settings[0]["lambda"] is None
    assert chosen.settings[0]["n_coefficients"] == 0
    assert "intercept only" in chosen.settings[0]["note"]
    np.testing.assert_allclose(chosen.out_of_fold[:, 0], 0.3, rtol=1e-14)
    assert not chosen.final.coefficients[:, 0].any()
    assert chosen.settings[1]["n_coefficients"] > 0


def test_a_target_that_does_not_vary_where_a_fold_learns_has_an_intercept_alone():
    inputs, _ = wavy(24, 30)
    folds = folds_of(24, 4)
    target = np.zeros((24, 1))
    target[folds[2][1]] = [[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]
    chosen = fit_elastic_nets(inputs, target, folds, [0], silent, GRID)
    assert "intercept only" in chosen.settings[0]["note"]
    np.testing.assert_allclose(chosen.final.predict(inputs), target.mean())


def test_inputs_that_are_all_constant_leave_an_intercept_alone():
    _, target = wavy(12, 3)
    chosen = fit_elastic_nets(np.ones((12, 3)), target[:, None], folds_of(12, 3), [0], silent, GRID)
    np.testing.assert_allclose(chosen.final.predict(np.ones((1, 3))), target.mean())


@pytest.mark.parametrize("alpha", [0.5, 0.999, 1.0])
def test_very_many_equal_pulls_are_parted(alpha):
    # A design of two values has ties at every step; at 0.999 this one is not followed at once, but
    # only in smaller steps.
    rng = np.random.default_rng(31)
    rng.integers(4, [40, 120])
    inputs, target = rng.choice([-1.0, 1.0], size=(23, 108)), rng.choice([-1.0, 1.0], size=23)
    cells = cells_of(inputs, target, alphas=(alpha,), n_lambdas=5)
    for place in (1, 2, 4):
        assert stationarity(cells, place, inputs, target) < 1e-9


def refuse(inputs, targets, folds, match):
    with pytest.raises(InputError, match=match):
        fit_elastic_nets(inputs, targets, folds, [0], silent, GRID)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_refused_with_their_place(bad):
    inputs, target = wavy(12, 5)
    inputs[2, 3] = bad
    refuse(inputs, target[:, None], folds_of(12, 3), f"input in row 3, column 4 is {bad}")
    inputs[2, 3], target[6] = 0.0, bad
    refuse(inputs, target[:, None], folds_of(12, 3), f"target in row 7, column 1 is {bad}")


def test_folds_that_do_not_fit_are_refused_with_numbers():
    inputs, target = wavy(6, 5)
    folds = folds_of(6, 3)
    refuse(inputs, target[:, None], folds * 3, "9 folds of 6 patients")
    refuse(inputs, target[:, None], [], "0 folds of 6 patients")
    few = [(np.array([0]), np.array([1, 2]))]
    refuse(inputs, target[:, None], few, "learns from 1 patients and holds out 2")
    refuse(inputs, target[:5, None], folds, r"shape \(6, 5\) and targets of shape \(5, 1\)")


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ({"alphas": ()}, "at least one"),
        ({"alphas": (0.5, 1.2)}, "1.2"),
        ({"alphas": (float("nan"),)}, "nan"),
        ({"n_lambdas": 1}, "1 lambdas"),
        ({"smallest": 1.0}, "1.0"),
        ({"smallest": 0.0}, "0.0"),
        ({"ridge": "other"}, "other"),
    ],
)
def test_a_grid_that_makes_no_paths_is_refused(given, match):
    with pytest.raises(InputError, match=match):
        ElasticNetGrid(**given)


def test_compiling_does_without_a_place_to_keep_machine_code():
    # What comes from no file has no folder to keep it in, as in an installation that is read only.
    scope = {}
    exec("def twice(x):\n    return 2 * x", scope)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert compiled(scope["twice"])(21) == 42
