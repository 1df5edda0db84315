"""One training, from its data to the run folder."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import radiogenomics
from radiogenomics.models.backend import keras, tf
from radiogenomics.models.constants import CENTRES, ConstantPredictor
from radiogenomics.models.initial import Weights
from radiogenomics.models.network import build_network
from radiogenomics.models.settings import Nonnegative
from radiogenomics.study.atomic import replacing
from radiogenomics.study.predictions import Prediction, write_predictions
from radiogenomics.study.progress import Progress, silent
from radiogenomics.training import intervals, run_folder
from radiogenomics.training.cohort import Cohort, refuse_unscalable
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.cross_validation import MODELS, cross_validate, pretrain, train_final
from radiogenomics.training.data import TrainingData
from radiogenomics.training.folds import Fold, fold_numbers, make_folds
from radiogenomics.training.history import Epoch, write_history
from radiogenomics.training.predictions import prediction_rows

METHODS = {
    "folds": "shuffled k folds over the sorted patient ids (scikit-learn's KFold)",
    "gene_scaling": "(value - mean) / range per gene, fitted on all patients with expression, "
    "those held out included; no measured feature is seen",
    "pre_training": "autoencoder trained on all patients with expression, those held out "
    "included, as in the paper; no measured feature is seen",
    "no_pre_training": "none: the network starts from random weights",
    "target_scaling": "each feature divided by its maximum among the patients of the training fold",
    "protocol": "the paper's chosen hyperparameters where no other was given, without a search in "
    "this run; targets scaled per training fold; genes standardised, and the autoencoder "
    "trained where there is one, on all patients with expression",
    "output_layer": "linear, where the paper has ReLU, below which an output that has reached 0 "
    "never comes back",
    "decoder": "{activation} on every layer of the autoencoder, the last one too; the paper names "
    "one activation and leaves open whether the last layer has it",
    "missing_expression": "a missing value counts as its gene's mean",
    "intervals": intervals.METHOD,
}

_NONNEGATIVE: dict[Nonnegative, str] = {
    "all": "all weights and biases of the network, as in the paper",
    "output": "output layer only, where the paper holds all weights nonnegative",
    "none": "none, where the paper holds all weights nonnegative; predictions can be below 0",
}
Finish = Callable[[Path, tuple[Prediction, ...]], None]
"""Writes into the run folder what is made of the out-of-fold predictions, such as the metrics."""


@dataclass(frozen=True)
class RunResult:
    """What a training gives to whoever reports it.

    Attributes
    ----------
    path
        The run folder.
    predictions
        The out-of-fold predictions of all models.
    manifest
        As written to ``manifest.json``.
    """

    path: Path
    predictions: tuple[Prediction, ...]
    manifest: Mapping[str, Any]


def train(
    data: TrainingData,
    out: Path,
    config: TrainingConfig,
    progress: Progress = silent,
    finish: Finish | None = None,
) -> RunResult:
    """Cross-validate, train the final model, and write the run folder.

    All files are written at the end, each atomically, the settings first and the manifest last. A
    folder without a manifest is of a run that did not finish, and the same call starts it again.

    Parameters
    ----------
    data
        From `read_training_data`.
    out
        The run folder; its name becomes the run id.
    config
        Settings and seed.
    progress
        Told after each epoch.
    finish
        Called with the folder and the out-of-fold predictions before the manifest is written; a
        ``metrics.csv`` that it writes is sealed with the other files.

    Raises
    ------
    InputError
        If there are fewer patients than folds, a feature is 0 in all patients that a fold learns
        from, or ``out`` holds something.
    TrainingError
        If the training diverges.
    StudyError
        If the folder cannot be written.
    """
    folds = make_folds(len(data.cohort.patient_ids), config.folds, config.seed)
    refuse_unscalable(data.cohort, folds)
    run_folder.prepare(out)
    tf.config.experimental.enable_op_determinism()
    began = time.monotonic()
    seconds: dict[str, float] = {}

    encoder: dict[str, Weights] = {}
    history: list[Epoch] = []
    if config.autoencoder is not None:
        mark = time.monotonic()
        encoder, epochs = pretrain(data.everyone, config.autoencoder, config.seed, progress)
        history += epochs
        seconds["pre_training"] = time.monotonic() - mark
    mark = time.monotonic()
    validation = cross_validate(
        data.patients, data.cohort.measured, folds, config, encoder, progress
    )
    history += validation.history
    seconds["cross_validation"] = time.monotonic() - mark
    mark = time.monotonic()
    final, epochs = train_final(data.patients, data.cohort.measured, config, encoder, progress)
    history += epochs
    seconds["final_model"] = time.monotonic() - mark
    seconds["total"] = time.monotonic() - began

    run_id = out.resolve().name
    predictions = _predictions(data.cohort, folds, validation.predicted, config, run_id)
    run_folder.write_json(out / run_folder.CONFIG, config.to_json())
    run_folder.write_json(out / run_folder.FOLDS, _held_out(data.cohort, folds))
    write_history(out / run_folder.HISTORY, history)
    write_predictions(out / run_folder.PREDICTIONS, predictions)
    data.scaler.save(out / run_folder.SCALER)
    scales = _scales(data.cohort, validation.predicted, config)
    run_folder.write_json(out / run_folder.TARGETS, scales.to_json())
    _save_network(final, config, out / run_folder.NETWORK)
    if finish is not None:
        finish(out, predictions)
    manifest = _manifest(run_id, config, data, seconds)
    manifest["files"] = run_folder.seals(out)
    run_folder.write_json(out / run_folder.MANIFEST, manifest)
    return RunResult(out, predictions, manifest)


def methods_of(config: TrainingConfig) -> dict[str, str]:
    """Say in words what a run with these settings does, and where it departs from the paper."""
    methods = {**METHODS, "nonnegative_weights": _NONNEGATIVE[config.network.nonnegative]}
    if config.autoencoder is None:
        del methods["pre_training"], methods["decoder"]
    else:
        del methods["no_pre_training"]
        methods["decoder"] = methods["decoder"].format(activation=config.autoencoder.activation)
    return methods


def _predictions(
    cohort: Cohort,
    folds: tuple[Fold, ...],
    predicted: Mapping[str, NDArray[np.float64]],
    config: TrainingConfig,
    run_id: str,
) -> tuple[Prediction, ...]:
    fold_of = fold_numbers(folds)
    rows: list[Prediction] = []
    for model in MODELS:
        values = predicted[model]
        widths = intervals.half_width_of_other_folds(
            values - cohort.measured, fold_of, config.interval_level
        )
        rows += prediction_rows(
            cohort.patient_ids,
            cohort.targets,
            values,
            widths,
            model=model,
            run_id=run_id,
            measured=cohort.measured,
            fold_of=fold_of,
        )
    return tuple(rows)


def _held_out(cohort: Cohort, folds: tuple[Fold, ...]) -> dict[str, Any]:
    return {
        "held_out": {
            str(fold.number): [cohort.patient_ids[row] for row in fold.held_out] for fold in folds
        }
    }


def _scales(
    cohort: Cohort, predicted: Mapping[str, NDArray[np.float64]], config: TrainingConfig
) -> run_folder.TargetScales:
    return run_folder.TargetScales(
        targets=cohort.targets,
        maximum=cohort.measured.max(axis=0),
        constants={
            centre: ConstantPredictor.fit(cohort.measured, centre).values for centre in CENTRES
        },
        half_widths={
            model: intervals.half_width(predicted[model] - cohort.measured, config.interval_level)
            for model in MODELS
        },
    )


def _save_network(trained: keras.Model, config: TrainingConfig, path: Path) -> None:
    # A copy without the optimizer: its momentum would double the file.
    n_genes, n_targets = trained.input_shape[1], trained.output_shape[1]
    model = build_network(n_genes, n_targets, config.network, compiled=False)
    model.set_weights(trained.get_weights())
    with replacing(path) as temporary:
        model.save(temporary)


def _gpus() -> list[str]:
    devices = tf.config.list_physical_devices("GPU")
    details = map(tf.config.experimental.get_device_details, devices)
    return [
        detail.get("device_name", device.name)
        for device, detail in zip(devices, details, strict=True)
    ]


def _manifest(
    run_id: str,
    config: TrainingConfig,
    data: TrainingData,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    cohort, scaler = data.cohort, data.scaler
    packages = ("keras", "tensorflow", "numpy", "pandas", "scikit-learn")
    return {
        "format_version": run_folder.FORMAT_VERSION,
        "run_id": run_id,
        "seed": config.seed,
        "versions": {
            "radiogenomics": radiogenomics.__version__,
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in packages},
        },
        "machine": {
            "system": platform.platform(),
            "cpus": os.cpu_count(),
            "devices": [device.name for device in tf.config.list_physical_devices()],
            "gpus": _gpus(),
            "keras_backend": keras.backend.backend(),
        },
        "inputs": {role: dict(file) for role, file in data.inputs.items()},
        "patients": {
            "with_expression": len(data.everyone),
            "trained": len(cohort.patient_ids),
            "dropped_by_reason": cohort.dropped_by_reason(),
            "dropped": [
                asdict(dropped) for dropped in cohort.dropped if dropped.reason != "expression only"
            ],
        },
        "genes": {
            "used": len(scaler.genes),
            "dropped_by_reason": {
                "without values": len(scaler.without_values),
                "constant": len(scaler.constant),
            },
            "missing_values_filled": data.n_filled,
        },
        "methods": methods_of(config),
        "wall_time_s": {stage: round(value, 3) for stage, value in seconds.items()},
    }
