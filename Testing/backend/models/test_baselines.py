"""What every baseline owes its caller, whichever family it is of."""

import io
from functools import partial

import numpy as np
import pytest

from radiogenomics.errors import InputError, TrainingError
from radiogenomics.models.absolute import fit_absolute
from radiogenomics.models.baseline_settings import AbsoluteGrid, TreeSettings
from radiogenomics.models.forest import Forest
from radiogenomics.models.linear import LinearModels
from radiogenomics.models.pcr import fit_pcr
from radiogenomics.models.ridge import fit_ridge
from radiogenomics.models.trees import fit_trees

FEW_PENALTIES = AbsoluteGrid(lasso=(0.5, 0.2), ridge=(1.0, 0.1))
FEW_TREES = TreeSettings(most_trees=40, learning_rate=0.2)
FAMILIES = {
    "ridge": (fit_ridge, LinearModels),
    "pcr": (fit_pcr, LinearModels),
    "absolute": (partial(fit_absolute, grid=FEW_PENALTIES), LinearModels),
    "trees": (partial(fit_trees, settings=FEW_TREES), Forest),
}
SEED = [20180404, 3]
N_PATIENTS, N_GENES, N_TARGETS = 18, 30, 2


@pytest.fixture(params=sorted(FAMILIES))
def family(request):
    return FAMILIES[request.param][0]


@pytest.fixture(params=sorted(FAMILIES))
def family_and_fitted(request):
    return FAMILIES[request.param]


@pytest.fixture
def inputs(rng):
    return rng.normal(size=(N_PATIENTS, N_GENES))


@pytest.fixture
def targets(rng, inputs):
    return 0.5 + 0.1 * inputs[:, :N_TARGETS] + 0.02 * rng.normal(size=(N_PATIENTS, N_TARGETS))


def folds_of(n_patients, n_folds):
    parts = np.array_split(np.arange(n_patients), n_folds)
    return [(np.setdiff1d(np.arange(n_patients), part), part) for part in parts]


FOLDS = folds_of(N_PATIENTS, 3)


def silent(share, what):
    pass


def test_out_of_fold_predictions_are_those_of_the_folds_fits(family, inputs, targets):
    chosen = family(inputs, targets, FOLDS, SEED, silent)
    assert len(chosen.by_fold) == len(FOLDS)
    for fitted, (_, held_out) in zip(chosen.by_fold, FOLDS, strict=True):
        np.testing.assert_array_equal(
            chosen.out_of_fold[held_out], fitted.predict(inputs[held_out])
        )


def test_a_strong_signal_is_found(family, rng):
    hidden = rng.normal(size=(60, 2))
    inputs = np.repeat(hidden, 6, axis=1) + 0.1 * rng.normal(size=(60, 12))
    targets = 0.5 + 0.1 * hidden
    chosen = family(inputs, targets, folds_of(60, 5), SEED, silent)
    left = np.abs(chosen.out_of_fold - targets).mean(axis=0)
    assert np.all(left < 0.4 * np.abs(targets - np.median(targets, axis=0)).mean(axis=0))


def test_what_is_stored_predicts_the_same(family_and_fitted, inputs, targets):
    family, fitted = family_and_fitted
    final = family(inputs, targets, FOLDS, SEED, silent).final
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **final.to_arrays())
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        again = fitted.from_arrays(dict(stored))
    np.testing.assert_array_equal(again.predict(inputs), final.predict(inputs))


def test_an_array_that_is_missing_is_told(family_and_fitted, inputs, targets):
    family, fitted = family_and_fitted
    arrays = family(inputs, targets, FOLDS, SEED, silent).final.to_arrays()
    for name in arrays:
        rest = {key: value for key, value in arrays.items() if key != name}
        with pytest.raises(TrainingError, match=r"damaged.*Train anew"):
            fitted.from_arrays(rest)


def test_inputs_of_another_width_are_refused(family, inputs, targets):
    final = family(inputs, targets, FOLDS, SEED, silent).final
    with pytest.raises(InputError, match="fitted to 30 inputs"):
        final.predict(inputs[:, :-1])


def test_the_same_call_gives_the_same_bits(family, inputs, targets):
    one, other = (family(inputs, targets, FOLDS, SEED, silent) for _ in range(2))
    np.testing.assert_array_equal(one.out_of_fold, other.out_of_fold)
    np.testing.assert_array_equal(one.final.predict(inputs), other.final.predict(inputs))
    assert one.settings == other.settings


def test_inputs_and_targets_are_left_as_they_were(family, inputs, targets):
    before = inputs.copy(), targets.copy()
    family(inputs, targets, FOLDS, SEED, silent)
    np.testing.assert_array_equal(inputs, before[0])
    np.testing.assert_array_equal(targets, before[1])


def test_a_target_is_fitted_alike_alone_and_among_others(family, inputs, targets):
    together = family(inputs, targets, FOLDS, SEED, silent)
    alone = family(inputs, targets[:, :1], FOLDS, SEED, silent)
    np.testing.assert_allclose(alone.out_of_fold, together.out_of_fold[:, :1], rtol=1e-9)


def test_progress_rises_to_one(family, inputs, targets):
    told = []
    family(inputs, targets, FOLDS, SEED, lambda share, what: told.append((share, what)))
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert len(told) > len(FOLDS)
    assert all(what for _, what in told)


def test_an_exception_of_the_progress_stops_it(family, inputs, targets):
    class StopError(Exception):
        pass

    def stop(share, what):  # noqa: ARG001
        raise StopError

    with pytest.raises(StopError):
        family(inputs, targets, FOLDS, SEED, stop)


def test_a_constant_target_is_predicted_and_has_no_r2(family, inputs, targets):
    targets[:, 0] = 0.3
    chosen = family(inputs, targets, FOLDS, SEED, silent)
    np.testing.assert_allclose(chosen.out_of_fold[:, 0], 0.3, rtol=1e-12)
    np.testing.assert_allclose(chosen.final.predict(inputs)[:, 0], 0.3, rtol=1e-12)
    assert chosen.settings[0].get("r2") is None
    alone = family(inputs, targets[:, 1:], FOLDS, SEED, silent)
    assert chosen.settings[1] == pytest.approx(alone.settings[0])


def test_a_constant_gene_changes_nothing(family, inputs, targets):
    """Neither one that is constant everywhere, nor one that varies in held-out rows only."""
    plain = family(inputs, targets, FOLDS[:1], SEED, silent)
    learned, held_out = FOLDS[0]
    column = np.full((N_PATIENTS, 1), 0.1)
    column[held_out] = 1e6
    more = family(np.hstack([inputs[:, :-1], column]), targets, FOLDS[:1], SEED, silent)
    less = family(inputs[:, :-1], targets, FOLDS[:1], SEED, silent)
    assert np.abs(more.out_of_fold[held_out] - less.out_of_fold[held_out]).max() < 1
    assert np.isnan(plain.out_of_fold[learned]).all()


def test_genes_that_are_all_constant_leave_one_answer_for_everybody(family, targets):
    chosen = family(np.full((N_PATIENTS, 4), 0.1), targets, FOLDS, SEED, silent)
    for _, held_out in FOLDS:
        assert np.ptp(chosen.out_of_fold[held_out], axis=0) == pytest.approx(np.zeros(2), abs=1e-12)
    low, high = targets.min(axis=0), targets.max(axis=0)
    assert np.all((low < chosen.out_of_fold) & (chosen.out_of_fold < high))


def test_genes_given_twice_are_borne(family, inputs, targets):
    chosen = family(np.hstack([inputs, inputs]), targets, FOLDS, SEED, silent)
    assert np.abs(chosen.out_of_fold - targets).max() < 1


def test_one_fold_leaves_the_rows_that_it_does_not_hold_out_nan(family, inputs, targets):
    learned, held_out = FOLDS[1]
    chosen = family(inputs, targets, FOLDS[1:2], SEED, silent)
    assert np.isnan(chosen.out_of_fold[learned]).all()
    assert np.isfinite(chosen.out_of_fold[held_out]).all()
    assert np.isfinite(chosen.final.predict(inputs)).all()


def test_each_patient_may_be_held_out_alone(family, inputs, targets):
    chosen = family(inputs, targets, folds_of(N_PATIENTS, N_PATIENTS), SEED, silent)
    assert np.isfinite(chosen.out_of_fold).all()


def test_fewer_genes_than_patients_are_borne(family, inputs, targets):
    chosen = family(inputs[:, :2], targets, FOLDS, SEED, silent)
    left = np.abs(chosen.out_of_fold - targets).mean(axis=0)
    assert np.all(left < np.abs(targets - targets.mean(axis=0)).mean(axis=0))


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("name", ["input", "target"])
def test_what_is_no_finite_number_is_refused_with_its_place(family, name, value, inputs, targets):
    (inputs if name == "input" else targets)[2, 1] = value
    with pytest.raises(InputError, match=f"{name} in row 3, column 2 is {value}"):
        family(inputs, targets, FOLDS, SEED, silent)


@pytest.mark.parametrize(
    ("folds", "match"),
    [
        ([], "at least one"),
        ([(np.array([0]), np.array([1]))], "learns from 1 patients"),
        ([(np.array([0, 1]), np.array([], dtype=int))], "holds out 0"),
    ],
)
def test_folds_that_cannot_choose_are_refused(family, folds, match, inputs, targets):
    with pytest.raises(InputError, match=match):
        family(inputs, targets, folds, SEED, silent)


def test_tables_that_do_not_belong_together_are_refused(family, inputs, targets):
    with pytest.raises(InputError, match=r"\(18, 30\).*\(17, 2\)"):
        family(inputs, targets[:-1], FOLDS, SEED, silent)
