"""A small cohort in files, and a quick run on it."""

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from radiogenomics.evaluation import averages, feature_errors, write_metrics
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study.tables import FeatureRow, write_features
from radiogenomics.training.config import TrainingConfig

N_PATIENTS, N_GENES = 24, 15
WIDTHS = (8, 6, 4)


def pytest_collection_modifyitems(items):
    # Saving a Keras 3.15 model meets numpy's new copy keyword; the rest of our warnings are errors.
    ignored = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(ignored)


@pytest.fixture(scope="session")
def quick():
    return TrainingConfig(
        autoencoder=AutoencoderSettings(widths=WIDTHS, epochs=3),
        network=NetworkSettings(widths=WIDTHS, epochs=4),
        models=("network", "network_pca"),
        folds=3,
        seed=5,
    )


@pytest.fixture(scope="session")
def searching(quick):
    """Chooses in inner folds among two cells, one of which diverges at once."""
    return dataclasses.replace(
        quick,
        protocol="searching",
        choice="inner_folds",
        inner_folds=2,
        expression_steps="training_fold",
        network_grid={"learning_rate": (1e30, 0.1)},
        models=("network",),
    )


def feature_rows(patient_ids, rater="ann", seed=0):
    generator = np.random.default_rng(seed)
    return [
        FeatureRow(patient_id, rater, 1, roi, feature, float(generator.uniform(5, 50)), unit)
        for patient_id in patient_ids
        for roi in ("enhancing", "edema")
        for feature, unit in FEATURE_UNITS.items()
    ]


def write_expression(path, patient_ids, genes, seed=1):
    values = np.random.default_rng(seed).normal(size=(len(patient_ids), len(genes)))
    lines = [",".join(("patient_id", *genes))]
    lines += [
        ",".join((name, *map(repr, row.tolist())))
        for name, row in zip(patient_ids, values, strict=True)
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def make(tmp_path):
    """Functions that write the input files of a test into its folder."""
    return SimpleNamespace(
        rows=feature_rows,
        features=lambda rows, name="features.csv": (
            write_features(tmp_path / name, rows),
            tmp_path / name,
        )[1],
        expression=lambda patient_ids, genes=None, name="expression.csv": write_expression(
            tmp_path / name, patient_ids, genes or [f"g{i}" for i in range(N_GENES)]
        ),
        patients=lambda n=N_PATIENTS: [f"p{i:02d}" for i in range(n)],
    )


@pytest.fixture(scope="session")
def finished(tmp_path_factory, quick):
    """A run: 24 patients with features, 2 of them without expression; 3 with expression only."""
    from radiogenomics.training.data import read_training_data
    from radiogenomics.training.run import train

    folder = tmp_path_factory.mktemp("cohort")
    measured = [f"p{i:02d}" for i in range(N_PATIENTS)]
    profiled = [*measured[2:], "x1", "x2", "x3"]
    rows = feature_rows(measured)
    write_features(folder / "features.csv", rows)
    write_expression(folder / "expression.csv", profiled, [f"g{i}" for i in range(N_GENES)])
    data = read_training_data(folder / "expression.csv", folder / "features.csv")
    result = train(data, folder / "first", quick, finish=finish)
    return SimpleNamespace(folder=folder, data=data, result=result, profiled=profiled, rows=rows)


def finish(path, predictions):
    errors = feature_errors(predictions)
    write_metrics(path / "metrics.csv", errors)
    return {
        model: {"mae_scaled": average.mae_scaled, "mape": average.mape}
        for model, average in averages(errors).items()
    }
