"""Cross-validation repeated with other folds: how much of a result is the luck of one split.

The spread over repeats is that of splits and trainings on the same patients. It is no standard
error of the result: new patients are not in it, and repeats share all theirs, so it does not shrink
with their number to anything about the population.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from radiogenomics.errors import InputError
from radiogenomics.evaluation.aligned import Aligned, align
from radiogenomics.evaluation.wilcoxon import signed_rank_test
from radiogenomics.study.predictions import Prediction

COLUMNS = ("patient_id", "roi", "feature", "model", "repeat", "fold", "measured", "predicted")


@dataclass(frozen=True)
class RepeatedPrediction:
    """A row of ``repeats.csv``: an out-of-fold prediction of one of the repeats, from 1."""

    patient_id: str
    roi: str
    feature: str
    model: str
    repeat: int
    fold: int
    measured: float
    predicted: float


@dataclass(frozen=True)
class ModelRepeats:
    """The averages over the features of one model, by repeat.

    Attributes
    ----------
    model
        Whose.
    mae_scaled, mape
        As in `metrics.Average`, one value a repeat.
    wins_mae, wins_mape
        Share of the repeats in which no other model is lower, and those that are as low count as
        parts: two that tie for the lowest get half a repeat each.
    """

    model: str
    mae_scaled: tuple[float, ...]
    mape: tuple[float, ...]
    wins_mae: float
    wins_mape: float

    @property
    def mean(self) -> tuple[float, float]:
        """Means of scaled MAE and MAPE over the repeats."""
        return float(np.mean(self.mae_scaled)), float(np.mean(self.mape))

    @property
    def spread(self) -> tuple[float, float]:
        """Standard deviations of scaled MAE and MAPE over the repeats; NaN for one repeat."""
        if len(self.mae_scaled) == 1:
            return np.nan, np.nan
        return float(np.std(self.mae_scaled, ddof=1)), float(np.std(self.mape, ddof=1))


@dataclass(frozen=True)
class RepeatedComparison:
    """One model against another, by repeat.

    Attributes
    ----------
    model, reference
        Who is compared.
    differences
        Of the average scaled MAE, model minus reference, one a repeat.
    p_values
        Of the signed-rank test of the patients' mean scaled errors, one a repeat. They are of the
        same patients and must not be combined as if they were independent.
    """

    model: str
    reference: str
    differences: tuple[float, ...]
    p_values: tuple[float, ...]

    @property
    def better(self) -> float:
        """Share of the repeats in which the model has the lower error."""
        return float(np.mean(np.array(self.differences) < 0))


@dataclass(frozen=True)
class Repeats:
    """All repeats of a run.

    Attributes
    ----------
    repeats
        Their numbers.
    models
        In the order of the rows.
    """

    repeats: tuple[int, ...]
    models: tuple[ModelRepeats, ...]
    _aligned: tuple[Aligned, ...]

    def compare(self, model: str, reference: str) -> RepeatedComparison:
        """Compare two models in every repeat.

        Raises
        ------
        InputError
            If one of them is not there.
        """
        p_values = []
        for aligned in self._aligned:
            errors = [aligned.scaled_errors(name) for name in (model, reference)]
            p_value = signed_rank_test(*(np.nanmean(each, axis=1) for each in errors)).p_value
            p_values.append(1.0 if np.isnan(p_value) else p_value)
        by_model = {each.model: each.mae_scaled for each in self.models}
        differences = np.subtract(by_model[model], by_model[reference])
        return RepeatedComparison(model, reference, tuple(map(float, differences)), tuple(p_values))


def summarise_repeats(rows: Iterable[RepeatedPrediction]) -> Repeats:
    """Return the errors of every model in every repeat, and who wins how often.

    Raises
    ------
    InputError
        If there are no rows, or the repeats differ in models, patients or features.
    """
    by_repeat: dict[int, list[Prediction]] = {}
    for row in rows:
        by_repeat.setdefault(row.repeat, []).append(_as_prediction(row))
    if not by_repeat:
        raise InputError("There are no repeats to summarise.")
    aligned = {repeat: align(own) for repeat, own in sorted(by_repeat.items())}
    (first, whole), *others = aligned.items()
    for repeat, one in others:
        for what in ("models", "patients", "features"):
            if set(getattr(one, what)) != set(getattr(whole, what)):
                raise InputError(
                    f"The repeats {first} and {repeat} are not of the same {what}; "
                    "take all from one run."
                )
    mae = {name: _averages(aligned, name)[0] for name in whole.models}
    mape = {name: _averages(aligned, name)[1] for name in whole.models}
    wins_mae, wins_mape = _wins(mae), _wins(mape)
    models = tuple(
        ModelRepeats(name, mae[name], mape[name], wins_mae[name], wins_mape[name])
        for name in whole.models
    )
    return Repeats(tuple(aligned), models, tuple(aligned.values()))


def read_repeats(path: Path) -> tuple[RepeatedPrediction, ...]:
    """Read ``repeats.csv``.

    Raises
    ------
    InputError
        If it is no such file or a value is no number; the message names the line.
    """
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the repeats {path}: {error}.") from error
    missing = set(COLUMNS) - set(reader.fieldnames or ())
    if missing:
        raise InputError(
            f"{path} is no file of repeats: it lacks the columns {', '.join(sorted(missing))}."
        )
    rows = []
    for record in reader:
        try:
            measured, predicted = float(record["measured"]), float(record["predicted"])
            if not (np.isfinite(measured) and np.isfinite(predicted)):
                raise ValueError("the measured or predicted value is not finite")
            rows.append(
                RepeatedPrediction(
                    record["patient_id"],
                    record["roi"],
                    record["feature"],
                    record["model"],
                    int(record["repeat"]),
                    int(record["fold"]),
                    measured,
                    predicted,
                )
            )
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}.") from error
    return tuple(rows)


def _as_prediction(row: RepeatedPrediction) -> Prediction:
    return Prediction(
        patient_id=row.patient_id,
        roi=row.roi,
        feature=row.feature,
        unit="",
        measured=row.measured,
        predicted=row.predicted,
        lower=row.predicted,
        upper=row.predicted,
        model=row.model,
        kind="out_of_fold",
        fold=row.fold,
        run_id="",
    )


def _averages(
    aligned: Mapping[int, Aligned], model: str
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return a model's average scaled MAE and MAPE in each repeat."""
    mae, mape = (
        tuple(
            float(np.nanmean(getattr(one, errors)(model), axis=0).mean())
            for one in aligned.values()
        )
        for errors in ("scaled_errors", "percentage_errors")
    )
    return mae, mape


def _wins(errors: Mapping[str, tuple[float, ...]]) -> dict[str, float]:
    table = np.array(list(errors.values()))
    lowest = table == table.min(axis=0)
    shares = (lowest / lowest.sum(axis=0)).mean(axis=1)
    return dict(zip(errors, map(float, shares), strict=True))
