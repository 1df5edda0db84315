"""One training, from its data to the run folder."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Mapping
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
from radiogenomics.study.atomic import replacing
from radiogenomics.study.progress import Progress, silent
from radiogenomics.training import intervals, run_folder
from radiogenomics.training.cohort import Cohort
from radiogenomics.training.config import TrainingConfig
from radiogenomics.training.cross_validation import MODELS, cross_validate, pretrain, train_final
from radiogenomics.training.data import TrainingData
from radiogenomics.training.folds import Fold, fold_numbers, make_folds
from radiogenomics.training.history import Epoch, write_history
from radiogenomics.training.predictions import Prediction, write_predictions

METHODS = {
    "folds": "shuffled k folds over the sorted patient ids (scikit-learn's KFold)",
    "gene_scaling": "(value - mean) / range per gene, fitted on all patients with expression, "
    "those held out included; no measured feature is seen",
    "pre_training": "autoencoder trained on all patients with expression, those held out "
    "included, as in the paper; no measured feature is seen",
    "no_pre_training": "none: the network starts from random weights",
    "target_scaling": "each feature divided by its maximum among the patients of the training fold",
    "missing_expression": "a missing value counts as its gene's mean",
    "intervals": intervals.METHOD,
}


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
) -> RunResult:
    """Cross-validate, train the final model, and write the run folder.

    All files are written at the end, each atomically, the manifest last: an interruption before
    leaves no part of a run.

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

    Raises
    ------
    InputError
        If there are fewer patients than folds, or ``out`` holds something.
    TrainingError
        If the training diverges.
    StudyError
        If the folder cannot be written.
    """
    folds = make_folds(len(data.cohort.patient_ids), config.folds, config.seed)
    run_folder.prepare(out)
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
    manifest = _manifest(run_id, config, data, seconds)
    manifest["files"] = {name: run_folder.sha256(out / name) for name in run_folder.SEALED}
    run_folder.write_json(out / run_folder.MANIFEST, manifest)
    return RunResult(out, predictions, manifest)


def _predictions(
    cohort: Cohort,
    folds: tuple[Fold, ...],
    predicted: Mapping[str, NDArray[np.float64]],
    config: TrainingConfig,
    run_id: str,
) -> tuple[Prediction, ...]:
    fold_of = fold_numbers(folds)
    rows = []
    for model in MODELS:
        values = predicted[model]
        widths = intervals.half_width_of_other_folds(
            values - cohort.measured, fold_of, config.interval_level
        )
        rows += [
            Prediction(
                patient_id=patient_id,
                roi=target.roi,
                feature=target.feature,
                unit=target.unit,
                measured=float(cohort.measured[row, column]),
                predicted=float(values[row, column]),
                lower=max(0.0, float(values[row, column] - widths[row, column])),
                upper=float(values[row, column] + widths[row, column]),
                model=model,
                kind="out_of_fold",
                fold=int(fold_of[row]),
                run_id=run_id,
            )
            for row, patient_id in enumerate(cohort.patient_ids)
            for column, target in enumerate(cohort.targets)
        ]
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


def _manifest(
    run_id: str,
    config: TrainingConfig,
    data: TrainingData,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    cohort, scaler = data.cohort, data.scaler
    packages = ("keras", "tensorflow", "numpy", "pandas", "scikit-learn")
    methods = dict(METHODS)
    methods.pop("pre_training" if config.autoencoder is None else "no_pre_training")
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
            "keras_backend": keras.backend.backend(),
        },
        "inputs": {name: {"sha256": digest} for name, digest in data.sha256.items()},
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
        "methods": methods,
        "wall_time_s": {stage: round(value, 3) for stage, value in seconds.items()},
    }
