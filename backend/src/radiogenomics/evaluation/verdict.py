"""What the averages say about the network, in a sentence that does not flatter it."""

from __future__ import annotations

from collections.abc import Mapping

from radiogenomics.evaluation.metrics import Average
from radiogenomics.models.constants import CENTRES

_NETWORK = "network"


def lead_of(averages: Mapping[str, Average]) -> str:
    """Return the network to speak of: the full one, or the first where it was not trained."""
    others = [model for model in averages if model not in CENTRES]
    return _NETWORK if _NETWORK in averages else others[0]


def verdict(averages: Mapping[str, Average]) -> str:
    """Compare the network with the constant predictors on both average errors.

    Parameters
    ----------
    averages
        By model, from `averages`; with a network and at least one constant.
    """
    lead = lead_of(averages)
    name = "the network" if lead == _NETWORK else lead
    network = averages[lead]
    constants = [average for model, average in averages.items() if model in CENTRES]
    by_mae = min(constants, key=lambda average: average.mae_scaled)
    by_mape = min(constants, key=lambda average: average.mape)
    wins_mae = network.mae_scaled < by_mae.mae_scaled
    wins_mape = network.mape < by_mape.mape
    numbers = (
        f"scaled MAE {network.mae_scaled:.4f} against {by_mae.mae_scaled:.4f} ({by_mae.model}), "
        f"MAPE {network.mape:.2f} % against {by_mape.mape:.2f} % ({by_mape.model})"
    )
    if wins_mae and wins_mape:
        return (
            f"On average {name} has lower errors than the best constant: {numbers}. "
            "Whether the difference is more than chance is not tested here."
        )
    if not wins_mae and not wins_mape:
        return (
            f"On average {name} does not beat a constant: {numbers}. In this run the "
            "expression gave nothing over answering every patient with the same value."
        )
    better = "scaled MAE" if wins_mae else "MAPE"
    return f"On average {name} beats the best constant in {better} only: {numbers}."
