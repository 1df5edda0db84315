"""That the training works: on a cohort of which it is known what can be predicted.

Of real patients nobody knows whether expression says anything about shape, so a poor error there
shows nothing. Here genes carry three factors, and the factors carry the shapes.
"""

import dataclasses

import numpy as np
import pytest

from radiogenomics.expression import ExpressionMatrix
from radiogenomics.shape import FEATURE_NAMES, FEATURE_UNITS
from radiogenomics.simulation import simulate_cohort
from radiogenomics.simulation.latent import targets_of
from radiogenomics.training.cohort import Cohort
from radiogenomics.training.data import TrainingData
from radiogenomics.training.folds import make_folds
from radiogenomics.training.protocols import load_protocol
from radiogenomics.training.run import train
from radiogenomics.training.targets import Target

from ..bodies import shapes

pytestmark = pytest.mark.slow

N_PATIENTS, N_GENES, SEED = 300, 300, 5
# Of the variance that one who knew the factors could explain, the network explains at least this
# much in the mean over the driven features; in each undriven feature, at most that much.
MOST, NONE = 0.65, 0.05


@pytest.fixture(scope="module")
def simulated():
    return simulate_cohort(N_PATIENTS, N_GENES, SEED)


@pytest.fixture(scope="module")
def given(simulated):
    asked = [targets_of(factors) for factors in simulated.truth.factors]
    rois = [
        (
            shapes(each.enhancing_volume, each.enhancing_sphericity),
            shapes(each.edema_volume, each.edema_sphericity),
        )
        for each in asked
    ]
    measured = np.array([[roi[name] for roi in pair for name in FEATURE_NAMES] for pair in rois])
    targets = tuple(
        Target(roi, name, FEATURE_UNITS[name])
        for roi in ("enhancing", "edema")
        for name in FEATURE_NAMES
    )
    cohort = Cohort(simulated.patient_ids, targets, measured, ())
    matrix = ExpressionMatrix(
        simulated.patient_ids, simulated.genes, simulated.expression, "simulated"
    )
    return TrainingData(cohort, matrix, {})


def explained(measured, predicted):
    return 1 - ((measured - predicted) ** 2).sum(0) / ((measured - measured.mean(0)) ** 2).sum(0)


def by_one_who_knows_the_factors(factors, measured):
    """Held-out predictions of a regression on the factors that genes carry."""
    products = [factors[:, i] * factors[:, j] for i in range(3) for j in range(i, 3)]
    design = np.column_stack([np.ones(len(factors)), *factors[:, :3].T, *products])
    predicted = np.empty_like(measured)
    for fold in make_folds(len(measured), 10, 1):
        weights, *_ = np.linalg.lstsq(design[fold.train], measured[fold.train], rcond=None)
        predicted[fold.held_out] = design[fold.held_out] @ weights
    return predicted


def test_a_network_recovers_what_genes_drive_and_nothing_of_the_rest(simulated, given, tmp_path):
    config = load_protocol(
        "quick",
        ["widths=64,32", "network.epochs=150", "network.dropout=0.1", "autoencoder.epochs=20"],
        folds=5,
    )
    config = dataclasses.replace(
        config, expression_steps="training_fold", target_scaling="training_fold"
    )
    result = train(given, tmp_path / "run", config)
    measured, truth = given.cohort.measured, simulated.truth
    predicted = np.array(
        [row.predicted for row in result.predictions if row.model == "network"]
    ).reshape(measured.shape)
    network = explained(measured, predicted)
    possible = explained(measured, by_one_who_knows_the_factors(truth.factors, measured))
    names = [(target.roi, target.feature) for target in given.cohort.targets]
    driven, undriven = (
        [names.index((roi, name)) for roi, of_roi in which.items() for name in of_roi]
        for which in (truth.driven_features, truth.undriven_features)
    )

    assert possible[driven].min() > 0.3
    assert (network[driven] / possible[driven]).mean() >= MOST
    assert network[undriven].max() <= NONE
