"""``predictions.csv``: one row a patient, target and model. Standard library only."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

from radiogenomics.errors import InputError
from radiogenomics.study.atomic import write_text

Kind = Literal["out_of_fold", "final"]


@dataclass(frozen=True)
class Prediction:
    """One predicted value; the fields are the columns of the file.

    Attributes
    ----------
    patient_id, roi, feature, unit
        What is predicted, and the unit of all values.
    measured
        None where the patient was not measured.
    predicted, lower, upper
        The value and its interval.
    model
        ``network``, ``median`` or ``mean``.
    kind
        ``out_of_fold`` for a patient of the training, by the model that had not seen it; else
        ``final``.
    fold
        The fold that held the patient out, from 1; None for ``final``.
    run_id
        The run that predicts: the name of its folder.
    """

    patient_id: str
    roi: str
    feature: str
    unit: str
    measured: float | None
    predicted: float
    lower: float
    upper: float
    model: str
    kind: Kind
    fold: int | None
    run_id: str


COLUMNS = tuple(field.name for field in fields(Prediction))


def preferring_out_of_fold(predictions: Iterable[Prediction]) -> list[Prediction]:
    """Return one row a model, patient, ROI and feature: the out-of-fold one wherever there is one.

    A patient that a model was trained on is only ever shown so.
    """
    rows: dict[tuple[str, str, str, str], Prediction] = {}
    for one in predictions:
        key = (one.model, one.patient_id, one.roi, one.feature)
        if one.kind == "out_of_fold" or key not in rows:
            rows[key] = one
    return list(rows.values())


def write_predictions(path: Path, predictions: Iterable[Prediction]) -> None:
    """Write the file atomically; numbers read back as the same numbers.

    Raises
    ------
    StudyError
        If it cannot be written; an earlier file is unchanged.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for prediction in predictions:
        writer.writerow([_text(getattr(prediction, column)) for column in COLUMNS])
    write_text(path, buffer.getvalue())


def read_predictions(path: Path) -> tuple[Prediction, ...]:
    """Read the file.

    Raises
    ------
    InputError
        If it is no predictions file or a predicted value is no number; the message names the line.
    """
    try:
        reader = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig")))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the predictions {path}: {error}.") from error
    missing = set(COLUMNS) - set(reader.fieldnames or ())
    if missing:
        raise InputError(
            f"{path} is not a predictions file: it lacks the columns {', '.join(sorted(missing))}."
        )
    predictions = []
    for record in reader:
        try:
            kind = record["kind"]
            if kind not in ("out_of_fold", "final"):
                raise ValueError(f"the kind is {kind!r}, not out_of_fold or final")
            predicted, lower, upper = (
                float(record[name]) for name in ("predicted", "lower", "upper")
            )
            # An interval may be open; a value that is no number can be compared with nothing.
            if not math.isfinite(predicted) or math.isnan(lower) or math.isnan(upper):
                raise ValueError("the predicted value or its interval is no number")
            predictions.append(
                Prediction(
                    patient_id=record["patient_id"],
                    roi=record["roi"],
                    feature=record["feature"],
                    unit=record["unit"],
                    measured=float(record["measured"]) if record["measured"] else None,
                    predicted=predicted,
                    lower=lower,
                    upper=upper,
                    model=record["model"],
                    kind="final" if kind == "final" else "out_of_fold",
                    fold=int(record["fold"]) if record["fold"] else None,
                    run_id=record["run_id"],
                )
            )
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}, line {reader.line_num}: {error}.") from error
    return tuple(predictions)


def _text(value: object) -> str:
    if value is None:
        return ""
    return repr(float(value)) if isinstance(value, float) else str(value)
