"""Whether a model predicts better than chance, by exchanging its predictions among patients.

See `METHOD` for what is exchanged, and what that takes for granted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from radiogenomics.errors import InputError
from radiogenomics.evaluation.aligned import Aligned, align
from radiogenomics.evaluation.multiplicity import Adjusted, adjust
from radiogenomics.evaluation.shared_training import variance_factor
from radiogenomics.study.predictions import Prediction

METHOD = (
    "All predictions of a patient are given together to another patient of the same fold, at "
    "random; p = (1 + permutations with a mean absolute error at most that observed) / (1 + "
    "permutations). Within a fold, because predictions of different folds come from different "
    "models, each of which saw the other folds' values; a model that gives all patients of a fold "
    "the same answer has p = 1. If the expression told nothing of the shapes, patients of one fold "
    "would be exchangeable given what the fold's model learned from. The models are not trained "
    "anew for each permutation, and folds share training patients, which makes p too small: on "
    "simulated cohorts with ridge models that learned from shuffled expression, 9 to 13 % of the "
    "tests had p at most 0.05. The cautious p takes the permutations' mean and standard deviation "
    "for a normal distribution with a variance larger by 1 + k / (k - 1) for k folds (Nadeau and "
    "Bengio 2003); of it 2 to 4 % were at most 0.05. Where the folds that report have also chosen "
    "the settings, as in the paper, neither allows for that: with a ridge penalty so chosen for "
    "each feature, the average had p at most 0.05 in half of the cohorts, and the cautious p in a "
    "quarter."
)

_CHUNK = 1000

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FeatureChance:
    """One feature's test against chance.

    Attributes
    ----------
    roi, feature, unit
        What was predicted, and the unit of the errors.
    mae
        Observed mean absolute error.
    mae_by_chance
        Mean over the permutations.
    p
        One-sided p-value and its corrections over the features.
    cautious
        The same, allowing for training patients that folds share; see `METHOD`.
    """

    roi: str
    feature: str
    unit: str
    mae: float
    mae_by_chance: float
    p: Adjusted
    cautious: Adjusted


@dataclass(frozen=True)
class Chance:
    """A model's tests against chance.

    Attributes
    ----------
    model
        Whose predictions.
    features
        In the order of the predictions.
    average
        Of the mean scaled error over the features, with no unit: one test, not corrected.
    permutations, seed
        How many were drawn, and from where.
    n_patients
        Patients with every feature measured; only their predictions are exchanged, and the errors
        are theirs.
    n_alone
        Of these, alone in their fold: their predictions stay.
    """

    model: str
    features: tuple[FeatureChance, ...]
    average: FeatureChance
    permutations: int
    seed: int
    n_patients: int
    n_alone: int


def better_than_chance(
    predictions: Iterable[Prediction] | Aligned,
    model: str = "network",
    *,
    permutations: int = 9999,
    seed: int = 0,
) -> Chance:
    """Test each feature, and the average over them, against predictions of other patients.

    Parameters
    ----------
    predictions
        Rows of a run, or the same aligned. Rows without a fold are taken as of one fold.
    model
        A model in them.
    permutations
        How many are drawn; no p-value is below 1 / (1 + permutations).
    seed
        What ``np.random.default_rng`` takes.

    Raises
    ------
    InputError
        If the model is not there, nothing can be exchanged or no permutation is wanted.
    """
    aligned = predictions if isinstance(predictions, Aligned) else align(predictions)
    if permutations < 1:
        raise InputError(f"A permutation test needs at least 1 permutation, not {permutations}.")
    residuals = aligned.residuals(model)
    whole, sizes = _whole(residuals), _fold_sizes(aligned, residuals)
    folds = aligned.folds[whole]
    if not (sizes > 1).any():
        raise InputError(
            "No fold has two patients with every feature measured; there is nothing to exchange."
        )
    observed = np.abs(residuals[whole]).mean(axis=0)
    measured, predicted = aligned.measured[whole], aligned.predicted[model][whole]
    drawn = _permuted_errors(measured, predicted, folds, permutations, np.random.default_rng(seed))
    features = tuple(
        FeatureChance(each.roi, each.feature, each.unit, float(mae), float(chance), p, cautious)
        for each, mae, chance, p, cautious in zip(
            aligned.features,
            observed,
            drawn.mean(axis=0),
            adjust(_p_values(observed, drawn)),
            adjust(_cautious(observed, drawn, folds)),
            strict=True,
        )
    )
    mean = (observed / aligned.scale).mean(keepdims=True)
    means = (drawn / aligned.scale).mean(axis=1, keepdims=True)
    (p,) = adjust(_p_values(mean, means))
    (cautious,) = adjust(_cautious(mean, means, folds))
    return Chance(
        model=model,
        features=features,
        average=FeatureChance("", "average", "", float(mean[0]), float(means.mean()), p, cautious),
        permutations=permutations,
        seed=seed,
        n_patients=len(folds),
        n_alone=int((sizes == 1).sum()),
    )


def can_be_exchanged(aligned: Aligned, model: str) -> bool:
    """Return whether some fold has two patients to exchange; leaving one out, none has.

    Raises
    ------
    InputError
        If the model is not there.
    """
    return bool((_fold_sizes(aligned, aligned.residuals(model)) > 1).any())


def _whole(residuals: Array) -> NDArray[np.bool_]:
    """Return which patients ``(n_patients,)`` have every feature measured."""
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(residuals).all(axis=1))
    return whole


def _fold_sizes(aligned: Aligned, residuals: Array) -> NDArray[np.intp]:
    return np.unique_counts(aligned.folds[_whole(residuals)]).counts


def _p_values(observed: Array, drawn: Array) -> Array:
    """Return p-values of ``(k,)`` observed errors among ``(n_permutations, k)`` drawn ones."""
    # Sums of the same errors in another order differ in the last digits.
    as_low = (drawn <= observed * (1 + 1e-12)).sum(axis=0)
    p_values: Array = (1 + as_low) / (1 + len(drawn))
    return p_values


def _cautious(observed: Array, drawn: Array, folds: NDArray[np.intp]) -> Array:
    """Return the p-values of a normal distribution with the larger variance."""
    excess, spread = observed - drawn.mean(axis=0), drawn.std(axis=0)
    # Where permutations change nothing but the last digits there is nothing to be better than.
    same = spread <= 1e-12 * observed
    z = np.divide(excess, spread, out=np.zeros_like(excess), where=~same)
    p_values: Array = ndtr(z / np.sqrt(variance_factor(folds)))
    return np.where(same, 1.0, p_values)


def _permuted_errors(
    measured: Array,
    predicted: Array,
    folds: NDArray[np.intp],
    permutations: int,
    generator: np.random.Generator,
) -> Array:
    """Return mean absolute errors ``(n_permutations, n_features)`` in the features' units."""
    # Of each feature, the error of each patient with each patient's prediction.
    pairs = np.abs(measured[:, np.newaxis] - predicted[np.newaxis])
    rows = np.arange(len(measured))
    errors = np.empty((permutations, measured.shape[1]))
    for start in range(0, permutations, _CHUNK):
        size = min(_CHUNK, permutations - start)
        for place, given in enumerate(_exchanged(folds, size, generator), start):
            errors[place] = pairs[rows, given].mean(axis=0)
    return errors


def _exchanged(
    folds: NDArray[np.intp], size: int, generator: np.random.Generator
) -> NDArray[np.intp]:
    """Return ``(size, n_patients)``: whose predictions each patient gets, from its own fold."""
    given = np.tile(np.arange(len(folds)), (size, 1))
    for fold in np.unique(folds):
        own = np.flatnonzero(folds == fold)
        given[:, own] = generator.permuted(given[:, own], axis=1)
    return given
