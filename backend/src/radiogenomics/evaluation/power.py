"""What difference between two models a cohort of this size can show, by simulation from a run.

See `METHOD` for the simulated cohorts. The library's use: beside every "no difference" stands which
difference would have been found.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from radiogenomics.errors import InputError
from radiogenomics.evaluation.aligned import Aligned, Feature, align
from radiogenomics.evaluation.comparison import LEVEL
from radiogenomics.evaluation.gain import Gains, Partners
from radiogenomics.evaluation.wilcoxon import signed_rank_p_values
from radiogenomics.study.predictions import Prediction
from radiogenomics.study.progress import Progress, silent

METHOD = (
    "A simulated cohort draws patients of this run with replacement, each with the errors of both "
    "models, those of the model scaled to the reference's mean absolute error. Without any effect "
    "the two are exchangeable, which is what the test supposes: for each patient it is drawn at "
    "random which of the two errors is the reference's, so that the models disagree as they do in "
    "this run. An effect, such as 10 % less mean absolute error than the reference, is a model "
    "that explains a share r of what is left: its error becomes (1 - r) times what it was plus "
    "sqrt(r (1 - r)) times that of another patient (less the mean), r being solved for the effect. "
    "So no error is below 0, scatter goes as the effect grows, and at 100 % every error is 0. "
    "Every cohort gets the two-sided paired Wilcoxon test at the level over the number of features "
    "(Bonferroni); power is the share of cohorts in which it rejects and the mean error is the "
    "lower one. Disagreement that comes from a gain of the model in this run counts beside the "
    "gain that is simulated, which is cautious; that models learn more from more patients is left "
    "out. The test that allows for training patients that folds share (the cautious p) needs about "
    "twice the patients."
)

DEFAULT_EFFECT = 0.10
DEFAULT_TARGET = 0.80
DEFAULT_SIMULATIONS = 1000
MAX_PATIENTS = 5000
"""No more patients than this are simulated."""

_BLOCK = 200  # cohorts simulated at a time, which bounds the memory
_FEWEST = 6  # with fewer, no two-sided test reaches 0.05
_EFFECT_STEP = 0.005
_PATIENTS_STEP = 0.05
_STEPS = 8  # the search has met its goal long before
_TINY = 1e-6
_APART = 1e-9

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FeaturePower:
    """The power of the test on one feature, or on the average.

    Attributes
    ----------
    roi, feature, unit
        What is predicted; ``("", "average", "")`` for the patients' mean scaled error.
    n_patients
        Patients of this run with an error.
    reference_error
        The reference's mean absolute error, in ``unit``, or scaled for the average.
    level
        What the test's p-value is compared with, after the correction.
    power
        Share of simulated cohorts of this size that show the effect asked for.
    detectable
        The smallest relative reduction of the reference's error that a cohort of this size shows
        with the power wanted; None if not even a reduction to 0 is shown, as where patients are so
        few that no p-value reaches the level.
    patients_needed
        Patients to show the effect asked for with the power wanted, within about 5 %; None if more
        than `MAX_PATIENTS`.
    """

    roi: str
    feature: str
    unit: str
    n_patients: int
    reference_error: float
    level: float
    power: float
    detectable: float | None
    patients_needed: int | None


@dataclass(frozen=True)
class Power:
    """What a cohort of this size can show of one model against another.

    Attributes
    ----------
    model, reference
        Who is compared.
    effect
        The relative reduction of the reference's error that was asked about, such as 0.1.
    target
        The power wanted.
    level
        Of the family of tests, before the correction.
    simulations, seed
        Simulated cohorts an estimate, and where they start.
    features
        One a feature, each tested at the level over their number.
    average
        Of the patients' mean scaled error, which is one test, at the level itself.
    """

    model: str
    reference: str
    effect: float
    target: float
    level: float
    simulations: int
    seed: int
    features: tuple[FeaturePower, ...]
    average: FeaturePower

    @property
    def detectable(self) -> float | None:
        """The median over the features of the smallest effect shown; None as in a feature."""
        return _median([each.detectable for each in self.features])

    @property
    def patients_needed(self) -> float | None:
        """The median over the features of the patients needed; None as in a feature."""
        return _median([each.patients_needed for each in self.features])


def power_of(
    predictions: Iterable[Prediction] | Aligned,
    model: str = "network",
    reference: str = "linear",
    *,
    effect: float = DEFAULT_EFFECT,
    target: float = DEFAULT_TARGET,
    level: float = LEVEL,
    simulations: int = DEFAULT_SIMULATIONS,
    seed: int = 0,
    progress: Progress = silent,
) -> Power:
    """Simulate what the comparison of two models could show; see `METHOD`.

    Parameters
    ----------
    predictions
        Rows of a run, or the same aligned.
    model, reference
        Names of models in them.
    effect
        Relative reduction of the reference's mean absolute error, above 0 and at most 1.
    target
        The power wanted, between 0 and 1.
    level
        Of the family, between 0 and 1; each feature is tested at the level over their number.
    simulations
        Cohorts an estimate: 1000 give a power of 80 % to within 2.5 points.
    seed
        Not negative; the same seed gives the same result.
    progress
        Told feature by feature.

    Raises
    ------
    InputError
        If a model is not there or compared with itself, or a number is out of its range.
    """
    _check(effect, target, level, simulations, seed)
    if model == reference:
        raise InputError(f"{model} is compared with itself; name another model or reference.")
    aligned = predictions if isinstance(predictions, Aligned) else align(predictions)
    wanted = _Wanted(effect, target, simulations, seed)
    n_features = len(aligned.features)
    partners = Partners(len(aligned.patients), seed)
    own, residuals = (aligned.residuals(name) / aligned.scale for name in (model, reference))
    gains = [Gains(*columns, partners) for columns in zip(own.T, residuals.T, strict=True)]
    measured = np.isfinite(residuals)
    found = []
    for column, feature in enumerate(aligned.features):
        progress("power", column, n_features + 1, f"{feature.roi} {feature.feature}")
        cohort = _Cohort(measured[:, column], gains[column].table, level / n_features)
        error = np.nanmean(np.abs(residuals[:, column])) * aligned.scale[column]
        found.append(_power(cohort, feature, float(error), wanted))
    progress("power", n_features, n_features + 1, "average")
    overall = _Cohort(
        np.asarray(measured.all(axis=1)),
        lambda effect: np.mean([each.table(effect) for each in gains], axis=0),
        level,
    )
    average = _power(
        overall, Feature("", "average", ""), float(np.nanmean(np.abs(residuals))), wanted
    )
    progress("power", n_features + 1, n_features + 1, "")
    return Power(model, reference, effect, target, level, simulations, seed, tuple(found), average)


def share_from(text: str, name: str) -> float:
    """Read ``10%`` or ``0.1``.

    Raises
    ------
    InputError
        If it is neither; the message begins with the name of what was asked for.
    """
    number, percent = text.strip().removesuffix("%"), text.strip().endswith("%")
    try:
        value = float(number)
    except ValueError as error:
        raise InputError(f"{name} is {text!r}; give a share such as 10% or 0.1.") from error
    return value / 100 if percent else value


def in_words(found: FeaturePower, power: Power) -> str:
    """Say what would have been found, to stand beside "no difference"."""
    shown = (
        f"an error {found.detectable:.0%} lower than that of {power.reference}"
        if found.detectable is not None
        else "not even an error of 0"
    )
    needed = (
        f"about {found.patients_needed}"
        if found.patients_needed is not None
        else f"more than {MAX_PATIENTS}"
    )
    return (
        f"With {found.n_patients} patients the test shows {shown} with {power.target:.0%} power "
        f"at level {found.level:.2g}; {power.effect:.0%} needs {needed} patients."
    )


def summary_in_words(power: Power) -> str:
    """Say for all features together what would have been found."""
    n_patients = max(each.n_patients for each in power.features)
    shown = power.detectable
    needed = power.patients_needed
    return (
        f"in the middle one of the features, {n_patients} patients show "
        + (
            "no reduction of the error, however large,"
            if shown is None
            else f"an error at least {shown:.0%} lower than that of {power.reference}"
        )
        + f" with {power.target:.0%} power at the corrected level, and a reduction by "
        f"{power.effect:.0%} takes "
        + (f"more than {MAX_PATIENTS}" if needed is None else f"about {needed:.0f}")
        + " patients."
    )


@dataclass(frozen=True)
class _Wanted:
    effect: float
    target: float
    simulations: int
    seed: int


class _Cohort:
    """What simulated cohorts are drawn from.

    Parameters
    ----------
    measured
        Which patients can be drawn, ``(n_patients,)``.
    gains
        Of an effect, the table of `Gains.table`.
    level
        What each test's p-value is compared with.
    """

    def __init__(
        self, measured: NDArray[np.bool_], gains: Callable[[float], Array], level: float
    ) -> None:
        self._rows = np.flatnonzero(measured)
        if len(self._rows) < 2:
            raise InputError("A power needs at least two patients with a measured value.")
        self._gains = gains
        self.level = level

    @property
    def n_patients(self) -> int:
        """Patients to draw from."""
        return len(self._rows)

    def power(self, effect: float, n_patients: int, wanted: _Wanted) -> float:
        """Return the share of simulated cohorts that show the effect.

        Cohorts of every size begin with the same patients, and effects meet the same cohorts, so
        that a search is not led astray by chance.
        """
        gains = self._gains(effect)
        # A patient that is drawn twice stands for two, and two do not tie.
        apart = 1 + _APART * np.arange(n_patients)
        rejected = 0
        for block, start in enumerate(range(0, wanted.simulations, _BLOCK)):
            size = min(_BLOCK, wanted.simulations - start)
            who, partner, way = (
                np.random.default_rng((wanted.seed, block, stream)) for stream in range(3)
            )
            shape = (n_patients, size)
            drawn = self._rows[who.integers(len(self._rows), size=shape).T]
            partners = partner.integers(gains.shape[2], size=shape).T
            ways = way.integers(2, size=shape).T
            differences = gains[drawn, ways, partners] * apart
            p_values = signed_rank_p_values(differences)
            better = differences.mean(axis=1) < 0
            rejected += int(np.count_nonzero((p_values <= self.level) & better))
        return rejected / wanted.simulations


def _power(cohort: _Cohort, feature: Feature, error: float, wanted: _Wanted) -> FeaturePower:
    return FeaturePower(
        roi=feature.roi,
        feature=feature.feature,
        unit=feature.unit,
        n_patients=cohort.n_patients,
        reference_error=error,
        level=cohort.level,
        power=cohort.power(wanted.effect, cohort.n_patients, wanted),
        detectable=_detectable(cohort, wanted),
        patients_needed=_patients_needed(cohort, wanted),
    )


def _detectable(cohort: _Cohort, wanted: _Wanted) -> float | None:
    def shown(effect: float) -> bool:
        return cohort.power(effect, cohort.n_patients, wanted) >= wanted.target

    if not shown(1.0):
        return None
    too_small, enough = 0.0, 1.0
    while enough - too_small > _EFFECT_STEP:
        middle = (too_small + enough) / 2
        too_small, enough = (too_small, middle) if shown(middle) else (middle, enough)
    return enough


def _patients_needed(cohort: _Cohort, wanted: _Wanted) -> int | None:
    """Go from size to size by the normal theory, in which z grows with the root of the patients.

    Each step simulates where the last one pointed, so that theory only guides the search.
    """
    critical = ndtri(1 - cohort.level / 2)
    least = 0.5 / wanted.simulations
    n_patients = cohort.n_patients
    for _ in range(_STEPS):
        power = cohort.power(wanted.effect, n_patients, wanted)
        if n_patients == MAX_PATIENTS and power < wanted.target:
            return None
        reached = critical + ndtri(np.clip(power, least, 1 - least))
        ratio = ((critical + ndtri(wanted.target)) / max(reached, _TINY)) ** 2
        # Far from the goal the theory errs; no step goes beyond a factor of four.
        goal = math.ceil(n_patients * float(np.clip(ratio, 0.25, 4.0)))
        step = min(max(goal, _FEWEST), MAX_PATIENTS)
        if abs(step - n_patients) <= _PATIENTS_STEP * n_patients:
            return step
        n_patients = step
    return n_patients


def _median(values: list[float | None] | list[int | None]) -> float | None:
    """Return the median, counting None as larger than all numbers."""
    middle = float(np.median([math.inf if value is None else value for value in values]))
    return middle if math.isfinite(middle) else None


def _check(effect: float, target: float, level: float, simulations: int, seed: int) -> None:
    if not 0 < effect <= 1:
        raise InputError(
            f"The effect is {100 * effect:g} %; give a reduction of the error above 0 % and up to "
            "100 %, such as 10%."
        )
    if not 0 < target < 1 or not 0 < level < 1:
        raise InputError(
            f"The power wanted is {target:g} and the level {level:g}; both lie between 0 and 1."
        )
    if simulations < 1 or seed < 0:
        raise InputError(
            f"A power needs at least 1 simulation and a seed from 0, not {simulations} and {seed}."
        )
