"""The losses of a training, epoch by epoch, and ``history.csv``. Standard library only."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from radiogenomics.study.atomic import write_text


@dataclass(frozen=True)
class Epoch:
    """The losses of one epoch.

    Attributes
    ----------
    model
        ``autoencoder`` or ``network``.
    fold
        The fold that is held out; None for a training on all patients.
    number
        Counted from 1.
    training
        Mean loss of the epoch's batches, weighted by their patients, with dropout.
    validation
        Loss of the held-out patients after the epoch, without dropout; None where there are none.
    """

    model: str
    fold: int | None
    number: int
    training: float
    validation: float | None


def write_history(path: Path, epochs: Iterable[Epoch]) -> None:
    """Write the losses, one row an epoch: ``model, fold, epoch, training_loss, validation_loss``.

    ``fold`` is empty for a training on all patients.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(("model", "fold", "epoch", "training_loss", "validation_loss"))
    for epoch in epochs:
        cells = (epoch.model, epoch.fold, epoch.number, epoch.training, epoch.validation)
        writer.writerow(["" if cell is None else cell for cell in cells])
    write_text(path, buffer.getvalue())
