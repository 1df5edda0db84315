"""The baselines by name: what each is, how it is chosen, and how it is read back.

Importing this module loads none of them; each loads its library when it is used.
"""

# ruff: noqa: PLC0415 - that is what the imports in functions are for

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from radiogenomics.errors import TrainingError
from radiogenomics.models.baseline_settings import BaselineSettings

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from radiogenomics.models.regression import Family, Regressor

    Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class Baseline:
    """One way to choose and fit a baseline.

    Attributes
    ----------
    what
        In words, for a reader.
    family
        Returns the `Family` with these settings.
    read
        Rebuilds a fit from its arrays.
    at_once
        Targets of one unit of work: many share what is computed once for all of them, few lose
        less when a run is killed.
    """

    what: str
    family: Callable[[BaselineSettings], Family]
    read: Callable[[Arrays], Regressor]
    at_once: int


def _linear(settings: BaselineSettings) -> Family:
    from radiogenomics.models.elastic_net import ElasticNetGrid, fit_elastic_nets

    own = settings.linear
    grid = ElasticNetGrid(own.alphas, own.n_lambdas, own.lambda_min_ratio)
    return partial(fit_elastic_nets, grid=grid)


def _read_linear(arrays: Arrays) -> Regressor:
    from radiogenomics.models.elastic_net import ElasticNets

    return ElasticNets.from_arrays(arrays)


def _ridge(settings: BaselineSettings) -> Family:
    from radiogenomics.models.ridge import fit_ridge

    return partial(fit_ridge, grid=settings.ridge)


def _pcr(settings: BaselineSettings) -> Family:
    from radiogenomics.models.pcr import fit_pcr

    return partial(fit_pcr, at_most=settings.pcr.most_components)


def _read_linear_models(arrays: Arrays) -> Regressor:
    from radiogenomics.models.linear import LinearModels

    return LinearModels.from_arrays(arrays)


def _trees(settings: BaselineSettings) -> Family:
    from radiogenomics.models.trees import fit_trees

    return partial(fit_trees, settings=settings.trees)


def _read_trees(arrays: Arrays) -> Regressor:
    from radiogenomics.models.forest import Forest

    return Forest.from_arrays(arrays)


def _absolute(settings: BaselineSettings) -> Family:
    from radiogenomics.models.absolute import fit_absolute

    return partial(fit_absolute, grid=settings.linear_absolute)


BASELINES: dict[str, Baseline] = {
    "linear": Baseline(
        "one elastic net a feature, alpha and lambda chosen by R2 on held-out patients among fits "
        "with a coefficient: the paper's linear model",
        _linear,
        _read_linear,
        5,
    ),
    "ridge": Baseline(
        "ridge regression, lambda chosen by R2 on held-out patients",
        _ridge,
        _read_linear_models,
        20,
    ),
    "pcr": Baseline(
        "least squares on the first principal components of the expression, their number chosen by "
        "R2 on held-out patients",
        _pcr,
        _read_linear_models,
        20,
    ),
    "trees": Baseline(
        "gradient-boosted trees (LightGBM) trained on absolute error, their number chosen by the "
        "absolute error on held-out patients",
        _trees,
        _read_trees,
        5,
    ),
    "linear_absolute": Baseline(
        "linear models trained on absolute error with a lasso or a ridge penalty, chosen by the "
        "absolute error on held-out patients",
        _absolute,
        _read_linear_models,
        5,
    ),
}


def family_of(model: str, settings: BaselineSettings) -> Family:
    """Return the family of a baseline with these settings; loads its library.

    Raises
    ------
    InputError
        If a setting is impossible.
    TrainingError
        If the library is not installed.
    """
    try:
        return BASELINES[model].family(settings)
    except ModuleNotFoundError as error:
        raise TrainingError(
            f"{error.name} is not installed; the baseline {model} needs it. In the folder of the "
            "sources: pip install './backend[train]'"
        ) from error
