"""Run folders as a training leaves them, with predictions whose errors are known."""

import csv
import dataclasses

import numpy as np
import pytest

from radiogenomics.evaluation import averages, feature_errors, write_metrics
from radiogenomics.evaluation.repeats import COLUMNS as REPEATS_COLUMNS
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.shape import FEATURE_UNITS
from radiogenomics.study.atomic import write_json
from radiogenomics.study.predictions import Prediction, write_predictions
from radiogenomics.training import run_folder
from radiogenomics.training.choices import BaselineChoice, write_choices
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.families import BASELINES
from radiogenomics.training.history import Epoch, write_history
from radiogenomics.training.manifest import versions
from radiogenomics.training.methods import methods_of
from radiogenomics.training.protocols import settings_of
from radiogenomics.training.run_folder import load_run
from radiogenomics.training.targets import Target
from radiogenomics.training.variants import VARIANTS

WIDTHS = (8, 6, 4)
CONFIG = TrainingConfig(
    autoencoder=AutoencoderSettings(widths=WIDTHS, epochs=5),
    network=NetworkSettings(widths=WIDTHS, epochs=5),
    models=("network",),
    folds=5,
    seed=3,
)
EPOCHS = 5

TARGETS = [
    Target(roi, feature, unit)
    for roi in ("enhancing", "edema")
    for feature, unit in FEATURE_UNITS.items()
]

# Size of each kind of value, so that units and digits differ as they do in life.
SIZES = {"mm3": 30_000.0, "mm2": 9_000.0, "1/mm": 0.4, "mm": 50.0, "1": 0.4}
# How much of the measured deviation a model tells; what is not here is given 0.
TELLS = {"network": 0.5, "linear": 0.2, "median": 0.0, "mean": 0.0, "least_mape": 0.0}
MODELS = ("network", "linear", "median", "mean", "least_mape")


def measured_values(n_patients, seed):
    """Values of 20 features, ``(n_patients, 20)``, positive and skewed."""
    generator = np.random.default_rng(seed)
    sizes = np.array([SIZES[unit] for unit in FEATURE_UNITS.values()] * 2)
    return sizes * generator.lognormal(0.0, 0.5, size=(n_patients, len(sizes)))


def prediction_rows(patients, models, run_id, tells, seed, n_folds=5):
    """Rows of predictions.csv; every model adds its own noise to what it tells."""
    measured = measured_values(len(patients), seed)
    centre = {"mean": measured.mean(axis=0), "least_mape": np.quantile(measured, 0.3, axis=0)}
    rows = []
    for number, model in enumerate(models):
        generator = np.random.default_rng([seed, number])
        middle = centre.get(model, np.median(measured, axis=0))
        share = tells.get(model, 0.0)
        predicted = middle + share * (measured - middle)
        if share:
            predicted = predicted + 0.03 * middle * generator.normal(size=measured.shape)
        half = np.quantile(np.abs(predicted - measured), 0.9, axis=0)
        rows += [
            Prediction(
                patient, target.roi, target.feature, target.unit, measured[i, j], predicted[i, j],
                max(0.0, predicted[i, j] - half[j]), predicted[i, j] + half[j],
                model, "out_of_fold", i % n_folds + 1, run_id,
            )
            for i, patient in enumerate(patients)
            for j, target in enumerate(TARGETS)
        ]  # fmt: skip
    return [
        dataclasses.replace(
            row,
            **{
                name: float(getattr(row, name))
                for name in ("measured", "predicted", "lower", "upper")
            },
        )
        for row in rows
    ]


def write_run(
    path,
    models=MODELS,
    *,
    n_patients=30,
    patients=None,
    config=CONFIG,
    tells=TELLS,
    seed=0,
    dropped=(),
    digest="data",
):
    """Write a finished run folder and return its path."""
    patients = patients or [f"TCGA-00-{i:04d}" for i in range(n_patients)]
    path.mkdir(parents=True)
    (path / run_folder.MODELS).mkdir()
    networks = tuple(name for name in models if name in VARIANTS)
    trained = tuple(name for name in models if name in VARIANTS or name in BASELINES)
    config = dataclasses.replace(config, models=trained or ("network",))
    rows = prediction_rows(patients, models, path.name, tells, seed)
    write_json(
        path / run_folder.CONFIG,
        {
            "format_version": run_folder.FORMAT_VERSION,
            "settings": settings_of(config),
            "data": {"sha256": digest, "patients": len(patients), "genes": 100},
        },
    )
    write_predictions(path / run_folder.PREDICTIONS, rows)
    baselines = [name for name in models if name in BASELINES]
    if baselines:
        write_choices(path / run_folder.CHOSEN, TARGETS, [(1, map(choice_of, baselines))])
    errors = feature_errors(rows)
    write_metrics(path / run_folder.METRICS, errors)
    if networks:
        write_history(path / run_folder.HISTORY, history(networks, config.folds))
    manifest = {
        "format_version": run_folder.FORMAT_VERSION,
        "run_id": path.name,
        "seed": config.seed,
        "versions": versions(),
        "machine": {
            "system": "Linux",
            "cpus": 2,
            "device": "cpu",
            "gpus": [],
            "keras_backend": "tensorflow",
        },
        "inputs": {
            "expression": {"file": "expression.csv", "sha256": "e" * 64},
            "features": {"file": "features.csv", "sha256": "f" * 64},
        },
        "expression": {"dropped": [], "messages": []},
        "data_sha256": digest,
        "patients": {
            "with_expression": len(patients) + 7,
            "trained": len(patients),
            "dropped_by_reason": {"expression only": 7, "features only": len(dropped)},
            "dropped": [{"patient_id": name, "reason": "features only"} for name in dropped],
        },
        "genes": {
            "used": 97,
            "dropped_by_reason": {"without values": 1, "constant": 2},
            "missing_values_filled": 4,
        },
        "models": list(config.models),
        "chosen": {
            "network": {
                "all patients": {"widths": [8, 6, 4], "learning_rate": 0.3, "dropout": 0.25}
            }
        }
        if networks
        else {},
        "repeats": {"number": config.repeats, "seeds": [config.seed]},
        "diverged_fits": 0,
        "methods": methods_of(config),
        "errors": {
            name: {"mae_scaled": each.mae_scaled, "mape": each.mape}
            for name, each in averages(errors).items()
        },
        "wall_time_s": {"total": 12.0},
    }
    manifest["files"] = run_folder.seals(path)
    write_json(path / run_folder.MANIFEST, manifest)
    return path


def choice_of(model):
    settings = [{"alpha": 0.05 * number, "r2": -0.0123} for number in range(len(TARGETS))]
    return BaselineChoice(model, 0, tuple(settings))


def history(networks, n_folds):
    epochs = [Epoch("autoencoder", None, n, 0.1 / n, None) for n in range(1, EPOCHS + 1)]
    for model in networks:
        for fold in range(1, n_folds + 1):
            epochs += [
                Epoch(model, fold, n, 0.3 / n + 0.01 * fold, 0.3 / n + 0.02 * fold)
                for n in range(1, EPOCHS + 1)
            ]
    return epochs


def write_repeats(run, models, told):
    """Write repeats.csv: in each repeat the models tell other shares."""
    patients = list(dict.fromkeys(one.patient_id for one in load_run(run).predictions))
    with (run / "repeats.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(REPEATS_COLUMNS)
        for repeat, tells in enumerate(told, start=1):
            for row in prediction_rows(patients, models, "run", tells, seed=0):
                writer.writerow(
                    (
                        row.patient_id, row.roi, row.feature, row.model, repeat, row.fold,
                        row.measured, row.predicted,
                    )
                )  # fmt: skip


@pytest.fixture(scope="session")
def make_run():
    return write_run


@pytest.fixture(scope="session")
def make_repeats():
    return write_repeats


@pytest.fixture(scope="session")
def run_path(tmp_path_factory):
    """A run with network, linear model and all floors, where the network tells most."""
    return write_run(tmp_path_factory.mktemp("runs") / "first", dropped=("TCGA-99-0001",))
