"""What a run says about its leading model, in sentences that flatter nobody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from radiogenomics.evaluation.metrics import Average, averages, feature_errors
from radiogenomics.models.constants import CENTRES
from radiogenomics.study.predictions import Prediction

if TYPE_CHECKING:
    from radiogenomics.evaluation.comparison import Comparison
    from radiogenomics.evaluation.power import Power

_NETWORK = "network"
_LINEAR = "linear"
_NO_INTERVALS = 2  # the fewest draws: a verdict names no interval


def lead_of(models: Iterable[str]) -> str:
    """Return the model to speak of: the full network, else any network, else any that learns."""
    learnt = [model for model in models if model not in CENTRES]
    networks = [model for model in learnt if model.startswith(_NETWORK)]
    return _NETWORK if _NETWORK in networks else (networks or learnt)[0]


def reference_of(models: Iterable[str]) -> str:
    """Return whom the lead is compared with: the linear model as in the paper, or the median."""
    names = list(models)
    return _LINEAR if _LINEAR in names and lead_of(names) != _LINEAR else CENTRES[0]


def verdict_with_tests(
    predictions: Sequence[Prediction], *, reporting_folds_chose: bool = False
) -> str:
    """Test the lead of some predictions against constants and linear model, and say what came out.

    These are the report's tests; its simulation of what would have been found takes longer.

    Parameters
    ----------
    predictions
        Rows of a run, with a model that learns and at least one constant.
    reporting_folds_chose
        As in `verdict`.

    Raises
    ------
    InputError
        If the models predict different patients or features.
    """
    # Whoever only asks who leads a run does not wait for SciPy.
    from radiogenomics.evaluation.comparison import compare_with_each  # noqa: PLC0415

    means = averages(feature_errors(predictions))
    lead = lead_of(means)
    others = [model for model in means if model in (*CENTRES, _LINEAR) and model != lead]
    tested = compare_with_each(predictions, lead, others, resamples=_NO_INTERVALS)
    return verdict(means, tested, reporting_folds_chose=reporting_folds_chose)


def verdict(
    averages: Mapping[str, Average],
    comparisons: Mapping[str, Comparison] | None = None,
    power: Power | None = None,
    *,
    reporting_folds_chose: bool = False,
) -> str:
    """Compare the lead with the constants, with the linear model, and with whoever is best.

    Parameters
    ----------
    averages
        By model, from `averages`; with a model that learns and at least one constant.
    comparisons
        Of the lead with others, by their name, from `compare_with_each`; without them it is said
        that nothing was tested.
    power
        Of the lead against one of them, to stand where no feature differs significantly.
    reporting_folds_chose
        Whether the folds that report the errors also chose the settings, as in the paper.
    """
    lead = lead_of(averages)
    tested = comparisons or {}
    sentences = [_against_constants(lead, averages, tested)]
    if _LINEAR in averages and lead != _LINEAR:
        sentences.append(_against_linear(lead, averages, tested.get(_LINEAR)))
        if _LINEAR in tested:
            sentences.append(_features(tested[_LINEAR], power))
    sentences += _better_baselines(lead, averages)
    if reporting_folds_chose:
        sentences.append(
            "The folds that report these errors also chose the settings, as in the paper: the "
            "errors of models that were searched are optimistic, and no test here allows for that."
        )
    return " ".join(sentences)


def _against_constants(
    lead: str, averages: Mapping[str, Average], tested: Mapping[str, Comparison]
) -> str:
    name, own = _named(lead), averages[lead]
    constants = [average for model, average in averages.items() if model in CENTRES]
    by_mae = min(constants, key=lambda average: average.mae_scaled)
    by_mape = min(constants, key=lambda average: average.mape)
    wins_mae = own.mae_scaled < by_mae.mae_scaled
    wins_mape = own.mape < by_mape.mape
    numbers = (
        f"scaled MAE {own.mae_scaled:.4f} against {by_mae.mae_scaled:.4f} ({by_mae.model}), "
        f"MAPE {own.mape:.2f} % against {by_mape.mape:.2f} % ({by_mape.model})"
    )
    if not wins_mae and not wins_mape:
        return (
            f"On average {name} does not beat a constant: {numbers}. In this run the "
            "expression gave it nothing over answering every patient with the same value."
        )
    test = _average_test(tested.get(by_mae.model))
    if wins_mae and wins_mape:
        return f"On average {name} has lower errors than the best constant: {numbers}. {test}"
    better = "scaled MAE" if wins_mae else "MAPE"
    return f"On average {name} beats the best constant in {better} only: {numbers}. {test}"


def _average_test(comparison: Comparison | None) -> str:
    """Say what the test of the patients' mean scaled errors found."""
    if comparison is None:
        return "Whether the difference is more than chance is not tested here."
    pair = comparison.average.scaled
    plain, cautious = pair.significant(), pair.significant(cautious=True)
    found = {
        (True, True): "is more than chance gives",
        (True, False): "is more than chance gives by the paired test, which is too lenient, and no "
        "more than chance gives once training patients that folds share are allowed for",
        (False, False): "is no more than chance gives",
    }[plain, cautious]
    return (
        f"The difference in scaled MAE from {comparison.reference} {found} (paired signed-rank "
        f"test p = {pair.p.p_value:.2g}, allowing for shared patients "
        f"p = {pair.cautious.p_value:.2g})."
    )


def _against_linear(
    lead: str, averages: Mapping[str, Average], comparison: Comparison | None
) -> str:
    own, other = averages[lead], averages[_LINEAR]
    wins_mae, wins_mape = own.mae_scaled < other.mae_scaled, own.mape < other.mape
    said = {
        (True, True): "Both errors are lower than those of the linear model",
        (True, False): "Against the linear model only the scaled MAE is lower",
        (False, True): "Against the linear model only the MAPE is lower",
        (False, False): "The linear model is at least as good in both errors",
    }[wins_mae, wins_mape]
    numbers = f"its scaled MAE is {other.mae_scaled:.4f}, its MAPE {other.mape:.2f} %"
    return f"{said}: {numbers}. {_average_test(comparison)}"


def _features(comparison: Comparison, power: Power | None) -> str:
    """Count the features that differ; where none does, say what would have been found."""
    better, worse = comparison.significant("absolute")
    sure = sum(map(len, comparison.significant("absolute", cautious=True)))
    of = len(comparison.features)
    counts = (
        f"Its MAE is lower than that of {comparison.reference} in {comparison.n_better_mae} of "
        f"{of} features; significantly lower in {len(better)} and significantly higher in "
        f"{len(worse)} (Bonferroni; {sure or 'none'} of them once shared patients are allowed for)."
    )
    if better or worse:
        return counts
    if power is None:
        return f"{counts} That is no proof of equality; the report says what would have been found."
    # Needed only here, and it loads SciPy.
    from radiogenomics.evaluation.power import summary_in_words  # noqa: PLC0415

    return f"{counts} That is no proof of equality: {summary_in_words(power)}"


def _better_baselines(lead: str, averages: Mapping[str, Average]) -> list[str]:
    """Name the models, constants aside, that have a lower average error than the lead."""
    own = averages[lead]
    better = [
        f"{model} ({average.mae_scaled:.4f})"
        for model, average in averages.items()
        if model not in CENTRES and average.mae_scaled < own.mae_scaled
    ]
    if not better:
        return []
    return [f"Lower in scaled MAE than {_named(lead)}: {', '.join(better)}."]


def _named(model: str) -> str:
    return "the network" if model == _NETWORK else model
