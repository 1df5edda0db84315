"""One model against another on the same patients: errors, differences, intervals and tests.

`compare_models` is the paper's comparison (Tables 2 to 4) with what was missing from it. A
difference is the model's error minus the reference's: below 0 the model is better. The tests are
two-sided paired Wilcoxon signed-rank tests of each patient's errors, one family of tests a measure,
corrected over the features. That is the paper's test, and it is too lenient, since the models of
the folds share most of their training patients (`shared_training`); beside it stands the same test
with a correction for that, called cautious. Neither tries other splits: repeated folds do
(`repeats`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from radiogenomics.evaluation.aligned import Aligned, align
from radiogenomics.evaluation.bootstrap import Estimate, PatientBootstrap
from radiogenomics.evaluation.multiplicity import Adjusted, adjust
from radiogenomics.evaluation.shared_training import corrected
from radiogenomics.evaluation.wilcoxon import SignedRankTest, signed_rank_test
from radiogenomics.study.predictions import Prediction

LEVEL = 0.05
"""The level that adjusted p-values are compared with."""

_DECIMALS = 12
"""Errors that differ by less than this, as a share of the largest, count as the same."""

Correction = Literal["bonferroni", "holm", "benjamini_hochberg"]


@dataclass(frozen=True)
class ErrorPair:
    """One measure of error of the model and of the reference.

    Attributes
    ----------
    model, reference
        The mean error over the patients, each with its bootstrap interval.
    difference
        Model minus reference, with its interval; below 0 the model is better.
    """

    model: Estimate
    reference: Estimate
    difference: Estimate

    @property
    def better(self) -> bool:
        """Whether the model's error is the lower one; a tie is not better."""
        return self.difference.value < 0

    @property
    def relative(self) -> float:
        """The difference over the reference's error: -0.1 is a tenth less; NaN over 0."""
        return self.difference.value / self.reference.value if self.reference.value else np.nan


@dataclass(frozen=True)
class JudgedPair(ErrorPair):
    """A measure with its test.

    Attributes
    ----------
    test
        Paired signed-rank test of the patients' errors.
    p
        Its p-value and the corrections over the features; 1 where all errors are the same.
    cautious
        The same with the correction of `shared_training`.
    """

    test: SignedRankTest
    p: Adjusted
    cautious: Adjusted

    def significant(
        self,
        correction: Correction = "bonferroni",
        level: float = LEVEL,
        *,
        cautious: bool = False,
    ) -> bool:
        """Whether the corrected test says that the errors differ, in whichever direction."""
        return float(getattr(self.cautious if cautious else self.p, correction)) <= level


@dataclass(frozen=True)
class FeatureComparison:
    """A model against a reference on one feature.

    Attributes
    ----------
    roi, feature, unit
        What was predicted, and the unit of ``absolute``.
    n_patients
        Patients with a measured value.
    n_zero
        Of these, measured as 0: they have no percentage error and are left out of it.
    n_near_zero
        Of these, measured as 0 or below 1 % of the median: they rule the percentage error.
    absolute
        Mean absolute errors in ``unit``, tested.
    scaled
        The same over the feature's largest measured value; the test is that of ``absolute``.
    percentage
        Mean absolute percentage errors, tested.
    """

    roi: str
    feature: str
    unit: str
    n_patients: int
    n_zero: int
    n_near_zero: int
    absolute: JudgedPair
    scaled: ErrorPair
    percentage: JudgedPair


@dataclass(frozen=True)
class AverageComparison:
    """The averages over all features, as in Table 2.

    Attributes
    ----------
    scaled, percentage
        Mean over the features of the scaled MAE and of the MAPE. The test takes each patient's mean
        error over the features; it is one test, so its corrections are the p-value itself.
    """

    scaled: JudgedPair
    percentage: JudgedPair


@dataclass(frozen=True)
class Comparison:
    """A model against a reference on every feature and on average.

    Attributes
    ----------
    model, reference
        Who is compared.
    n_patients
        Patients with a measured value of at least one feature.
    features
        In the order of the predictions.
    average
        Over the features.
    interval_level, resamples, seed
        Of the bootstrap intervals.
    """

    model: str
    reference: str
    n_patients: int
    features: tuple[FeatureComparison, ...]
    average: AverageComparison
    interval_level: float
    resamples: int
    seed: int

    @property
    def n_better_mae(self) -> int:
        """Features in which the model has the lower MAE (Table 2)."""
        return sum(each.absolute.better for each in self.features)

    @property
    def n_better_mape(self) -> int:
        """Features in which the model has the lower MAPE (Table 2)."""
        return sum(each.percentage.better for each in self.features)

    def significant(
        self,
        measure: Literal["absolute", "percentage"] = "absolute",
        correction: Correction = "bonferroni",
        level: float = LEVEL,
        *,
        cautious: bool = False,
    ) -> tuple[tuple[FeatureComparison, ...], tuple[FeatureComparison, ...]]:
        """Return the features in which the model, and those in which the reference, is better.

        Only those whose corrected test rejects; a feature in which the mean and the ranks point in
        different directions goes by the mean, which is what the tables show.
        """
        found = [
            each
            for each in self.features
            if getattr(each, measure).significant(correction, level, cautious=cautious)
        ]
        better = tuple(each for each in found if getattr(each, measure).better)
        return better, tuple(each for each in found if not getattr(each, measure).better)


def compare_models(
    predictions: Iterable[Prediction] | Aligned,
    model: str = "network",
    reference: str = "linear",
    *,
    interval_level: float = 0.95,
    resamples: int = 9999,
    seed: int = 0,
) -> Comparison:
    """Compare two models on their out-of-fold predictions of the same patients.

    Parameters
    ----------
    predictions
        Rows of a run (``SavedRun.predictions``), or several runs' rows with different model names;
        or the same already aligned.
    model, reference
        Names of models in them.
    interval_level, resamples, seed
        Of the bootstrap intervals.

    Raises
    ------
    InputError
        If a model is not there, or the models predict different patients or features.
    """
    aligned = predictions if isinstance(predictions, Aligned) else align(predictions)
    bootstrap = PatientBootstrap(len(aligned.patients), resamples, seed, interval_level)
    absolute, scaled, percentage = (
        _Errors(errors(model), errors(reference), aligned.folds)
        for errors in (
            aligned.absolute_errors,
            aligned.scaled_errors,
            aligned.percentage_errors,
        )
    )
    tested = zip(
        _tested(absolute, bootstrap),
        _tested(percentage, bootstrap),
        strict=True,
    )
    features = [
        FeatureComparison(
            roi=feature.roi,
            feature=feature.feature,
            unit=feature.unit,
            n_patients=int(aligned.n_measured[column]),
            n_zero=int(aligned.n_zero[column]),
            n_near_zero=int(aligned.n_near_zero[column]),
            absolute=of_absolute,
            scaled=of_scaled,
            percentage=of_percentage,
        )
        for column, (feature, of_scaled, (of_absolute, of_percentage)) in enumerate(
            zip(aligned.features, _pairs(scaled, bootstrap), tested, strict=True)
        )
    ]
    return Comparison(
        model=model,
        reference=reference,
        n_patients=len(aligned.patients),
        features=tuple(features),
        average=AverageComparison(
            _average(scaled, bootstrap),
            _average(percentage, bootstrap),
        ),
        interval_level=interval_level,
        resamples=resamples,
        seed=seed,
    )


def compare_with_each(
    predictions: Iterable[Prediction] | Aligned,
    model: str,
    references: Sequence[str] | None = None,
    *,
    resamples: int = 9999,
    seed: int = 0,
) -> dict[str, Comparison]:
    """Compare a model with each of several; None for all others there are, floors included."""
    aligned = predictions if isinstance(predictions, Aligned) else align(predictions)
    others = [name for name in aligned.models if name != model]
    return {
        reference: compare_models(aligned, model, reference, resamples=resamples, seed=seed)
        for reference in (others if references is None else references)
    }


@dataclass(frozen=True)
class _Errors:
    """Patients' errors of both models, ``(n_patients, n_features)``, NaN where there is none."""

    model: NDArray[np.float64]
    reference: NDArray[np.float64]
    folds: NDArray[np.intp]


def _pairs(errors: _Errors, bootstrap: PatientBootstrap) -> list[ErrorPair]:
    return [
        ErrorPair(model, reference, difference)
        for model, reference, difference in zip(
            bootstrap.mean(errors.model),
            bootstrap.mean(errors.reference),
            bootstrap.mean(errors.model - errors.reference),
            strict=True,
        )
    ]


def _tested(errors: _Errors, bootstrap: PatientBootstrap) -> list[JudgedPair]:
    tests = [
        _test(model, reference)
        for model, reference in zip(errors.model.T, errors.reference.T, strict=True)
    ]
    return [
        JudgedPair(pair.model, pair.reference, pair.difference, test, *judged)
        for pair, test, judged in zip(
            _pairs(errors, bootstrap), tests, _adjusted(tests, errors.folds), strict=True
        )
    ]


def _average(errors: _Errors, bootstrap: PatientBootstrap) -> JudgedPair:
    # A patient all of whose measured values are 0 has no percentage error.
    some = np.isfinite(errors.model).any(axis=1)
    test = _test(np.nanmean(errors.model[some], axis=1), np.nanmean(errors.reference[some], axis=1))
    ((p, cautious),) = _adjusted([test], errors.folds)
    return JudgedPair(
        bootstrap.average(errors.model),
        bootstrap.average(errors.reference),
        bootstrap.average(errors.model - errors.reference),
        test,
        p,
        cautious,
    )


def _adjusted(
    tests: Sequence[SignedRankTest], folds: NDArray[np.intp]
) -> list[tuple[Adjusted, Adjusted]]:
    """Return each test's p-values over the family, plain and cautious."""
    # Where all errors are the same R leaves the p-value undefined; nothing speaks for a difference.
    p_values = np.array([1.0 if np.isnan(test.p_value) else test.p_value for test in tests])
    return list(zip(adjust(p_values), adjust(corrected(p_values, folds)), strict=True))


def _test(model: NDArray[np.float64], reference: NDArray[np.float64]) -> SignedRankTest:
    there = np.isfinite(model)
    size = max(float(model[there].max()), float(reference[there].max())) or 1.0
    # Two constants err by the same difference in many patients, and two models may be the same one;
    # ranks must not go by how the last digits were rounded.
    differences = np.round((model[there] - reference[there]) / size, _DECIMALS)
    return signed_rank_test(differences, np.zeros_like(differences))
