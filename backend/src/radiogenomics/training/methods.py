"""What a run with certain settings does, in words, for its manifest. Standard library only."""

from __future__ import annotations

from radiogenomics.models.settings import Nonnegative
from radiogenomics.training import intervals
from radiogenomics.training.config import Choice, TrainingConfig
from radiogenomics.training.variants import what_is

_CHOICES: dict[Choice, str] = {
    "none": "no search in this run: the values of the protocol, or those given",
    "reporting_folds": "lowest mean held-out loss after the last epoch, over the same folds that "
    "report the errors, as in the paper; this is optimistic",
    "inner_folds": "lowest mean held-out loss after the last epoch, over inner folds among the "
    "patients that a fold learns from; the reported errors are of patients that chose nothing",
}
_NONNEGATIVE: dict[Nonnegative, str] = {
    "all": "all weights and biases of the network, as in the paper",
    "output": "output layer only, where the paper holds all weights nonnegative",
    "none": "none, where the paper holds all weights nonnegative; predictions can be below 0",
}
_CHOSEN_INSIDE = (
    "settings chosen for each feature by inner folds among the patients that a fold learns from; "
    "the reported errors are of patients that chose nothing"
)
_CHOSEN_BY_REPORTING = (
    "settings chosen for each feature by the same folds that report the errors, as in the paper; "
    "this is optimistic"
)
_REPEATS = (
    "the whole cross-validation again with other folds, initial weights, shuffles and dropout, the "
    "encoders trained anew; models for new patients are those of the first time"
)
_KEPT = (
    "; the networks keep the settings that the first time chose, which had seen all patients; the "
    "baselines choose anew"
)
_NO_NETWORK = {
    "choice": "none: no network is part of this run",
    "pre_training": "none: no network is part of this run",
}
_WITHOUT = "without the patients that a fold holds out"
_WITH = "those held out included, as in the paper; no measured feature is seen"


def methods_of(config: TrainingConfig) -> dict[str, str]:
    """Say in words what a run with these settings does, and where it departs from the paper."""
    per_fold = config.expression_steps == "training_fold"
    whom = f"all patients with expression, {_WITHOUT if per_fold else _WITH}"
    scaled = (
        "all patients, those held out included, as in the paper"
        if config.target_scaling == "all_patients"
        else "the patients of the training fold"
    )
    methods = {
        "protocol": f"{config.protocol}: {config.description}",
        "folds": "shuffled k folds over the sorted patient ids (scikit-learn's KFold)",
        "gene_scaling": f"(value - mean) / range per gene, fitted on {whom}",
        "target_scaling": f"each feature divided by its maximum among {scaled}",
        "missing_expression": "a missing value counts as its gene's mean",
        "intervals": intervals.METHOD
        + " "
        + (intervals.NEW_BY_FOLDS if config.keep_fold_models else intervals.NEW_BY_ERRORS),
        **{f"model_{name}": what_is(name) for name in config.models},
    }
    if config.baselines:
        methods["baselines"] = _baselines(config)
    if config.repeats > 1:
        methods["repeats"] = _REPEATS + (_KEPT if config.choice == "reporting_folds" else "")
    return methods | (_of_networks(config, whom) if config.networks else _NO_NETWORK)


def _of_networks(config: TrainingConfig, whom: str) -> dict[str, str]:
    methods = {
        "choice": _CHOICES[config.choice],
        "output_layer": "linear, where the paper has ReLU, below which an output that has reached "
        "0 never comes back",
        "nonnegative_weights": _NONNEGATIVE[config.network.nonnegative],
    }
    if config.pretrains:
        methods["pre_training"] = f"autoencoder trained on {whom}"
        methods["decoder"] = (
            f"{config.autoencoder.activation} on every layer of the autoencoder unless the grid "
            "chose otherwise, the last one too; the paper names one activation and leaves open "
            "whether the last layer has it"
        )
    else:
        methods["pre_training"] = "none: no network of this run starts from an autoencoder"
    if "network_pca" in config.models:
        methods["principal_components"] = f"fitted on {whom}"
    return methods


def _baselines(config: TrainingConfig) -> str:
    if config.baselines_choose_inside:
        return _CHOSEN_INSIDE
    if config.target_scaling == "all_patients":
        return _CHOSEN_BY_REPORTING
    return (
        f"{_CHOSEN_BY_REPORTING}; each feature divided by its maximum among all patients, since "
        "one choice serves all folds"
    )
