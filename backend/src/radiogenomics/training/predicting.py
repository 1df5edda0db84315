"""Predictions of a finished run for patients with expression."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from radiogenomics.errors import TrainingError
from radiogenomics.expression import Alignment, ExpressionMatrix
from radiogenomics.models.backend import keras
from radiogenomics.models.constants import CENTRES, ConstantPredictor
from radiogenomics.study.predictions import Prediction
from radiogenomics.training.cross_validation import NETWORK
from radiogenomics.training.fitting import predict
from radiogenomics.training.predictions import prediction_rows
from radiogenomics.training.run_folder import SavedRun


@dataclass(frozen=True)
class Predicted:
    """The predictions and how they came about.

    Attributes
    ----------
    predictions
        Of all patients of the matrix, in its order.
    trained
        Patients that the run was trained on: theirs are the out-of-fold predictions.
    new
        The other patients: theirs are the final model's.
    alignment
        How the genes of the new patients were aligned; None where there is none.
    """

    predictions: tuple[Prediction, ...]
    trained: tuple[str, ...]
    new: tuple[str, ...]
    alignment: Alignment | None


def predict_patients(run: SavedRun, expression: ExpressionMatrix) -> Predicted:
    """Predict the features of every patient in the matrix.

    A patient that the run was trained on gets its out-of-fold prediction back, never the final
    model's, which has seen its measurements.

    Raises
    ------
    InputError
        If the matrix lacks genes of the model.
    TrainingError
        If the saved network cannot be read.
    """
    saved: dict[str, list[Prediction]] = {}
    for prediction in run.predictions:
        saved.setdefault(prediction.patient_id, []).append(prediction)
    new = tuple(name for name in expression.patient_ids if name not in saved)
    final: dict[str, list[Prediction]] = {}
    alignment = None
    if new:
        final, alignment = _final(run, expression.rows(new))
    rows = [row for name in expression.patient_ids for row in (saved.get(name) or final[name])]
    trained = tuple(name for name in expression.patient_ids if name in saved)
    return Predicted(tuple(rows), trained, new, alignment)


def load_network(run: SavedRun) -> keras.Model:
    """Load the final network; nothing in the file is run, which Keras calls safe mode.

    Raises
    ------
    TrainingError
        If it is not a Keras model, or its shape does not fit the genes and targets of the run.
    """
    try:
        model = keras.saving.load_model(run.network_path, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise TrainingError(f"{run.network_path} is not a saved network: {error}") from error
    shape = (model.input_shape[-1], model.output_shape[-1])
    if shape != (len(run.scaler.genes), len(run.scales.targets)):
        raise TrainingError(
            f"{run.network_path} has {shape[0]} inputs and {shape[1]} outputs, the run "
            f"{len(run.scaler.genes)} genes and {len(run.scales.targets)} features."
        )
    return model


def _final(
    run: SavedRun, expression: ExpressionMatrix
) -> tuple[dict[str, list[Prediction]], Alignment]:
    inputs, alignment = run.scaler.transform(expression)
    values = {NETWORK: predict(load_network(run), inputs) * run.scales.maximum}
    for centre in CENTRES:
        constant = ConstantPredictor(np.asarray(run.scales.constants[centre]))
        values[centre] = constant.predict(len(inputs))
    rows: dict[str, list[Prediction]] = {name: [] for name in expression.patient_ids}
    for model, predicted in values.items():
        widths = run.scales.half_widths[model]
        for prediction in prediction_rows(
            expression.patient_ids,
            run.scales.targets,
            predicted,
            np.broadcast_to(widths, predicted.shape),
            model=model,
            run_id=run.run_id,
        ):
            rows[prediction.patient_id].append(prediction)
    return rows, alignment
