"""Choosing from a grid: which cell has the lowest mean loss on held-out patients."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Generic, TypeVar

from radiogenomics.errors import TrainingError
from radiogenomics.models.settings import AutoencoderSettings, NetworkSettings
from radiogenomics.study.atomic import write_text
from radiogenomics.training.folds import Fold
from radiogenomics.training.meter import Meter
from radiogenomics.training.shards import Shard, Shards
from radiogenomics.training.stacking import Stack, try_stacked

Settings = TypeVar("Settings", AutoencoderSettings, NetworkSettings)

_COLUMNS = ("learning_rate", "decay", "momentum", "activation", "dropout", "batch_size", "epochs")


@dataclass(frozen=True)
class Tried:
    """One fit of a search.

    Attributes
    ----------
    model
        ``autoencoder`` or the network that was searched.
    scope
        The fold whose held-out patients the search has not seen; 0 for all patients.
    cell
        Number of the grid's cell, from 1.
    settings
        Of the cell.
    fold
        The fold that was held out of the fit, from 1.
    loss
        On its held-out patients after the last epoch; infinite if the fit diverged.
    diverged_at
        The epoch whose loss was not finite; None if all were.
    chosen
        Whether the cell won in its scope.
    """

    model: str
    scope: int
    cell: int
    settings: AutoencoderSettings | NetworkSettings
    fold: int
    loss: float
    diverged_at: int | None
    chosen: bool


@dataclass(frozen=True)
class Chosen(Generic[Settings]):
    """The winner of a search, and every fit of it."""

    settings: Settings
    tried: tuple[Tried, ...]


def choose(
    model: str,
    scope: int,
    cells: Sequence[Settings],
    folds: Sequence[Fold],
    fit: Callable[[Settings, Fold, str], Shard],
    shards: Shards,
    meter: Meter,
    stack: Stack[Settings] | None = None,
) -> Chosen[Settings]:
    """Try every cell on every fold; the lowest mean loss wins, the first cell of a tie.

    A fit that diverges has an infinite loss, so its cell is never chosen.

    Parameters
    ----------
    model, scope
        For the names of the shards and the record.
    cells, folds
        The grid, and the folds that choose.
    fit
        Called with settings, fold and a label; returns the losses.
    shards, meter
        Where results are kept, and who is told.
    stack
        What trains many fits at once; None to train each alone, by ``fit``.

    Raises
    ------
    TrainingError
        If every cell diverges.
    """
    losses: list[list[Shard]] = []
    if stack is not None:
        attempts = [(settings, fold) for settings in cells for fold in folds]
        label = f"without fold {scope}, " if scope else ""
        name = f"choice-{model}/{scope:02d}-stack"
        stacked = try_stacked(name, attempts, stack, shards, meter, label)
        losses = [stacked[at : at + len(folds)] for at in range(0, len(stacked), len(folds))]
    for number, settings in enumerate(cells if stack is None else (), start=1):
        losses.append([])
        for fold in folds:
            name = f"choice-{model}/{scope:02d}-{number:03d}-{fold.number:02d}"
            label = f"cell {number} of {len(cells)}, fold {fold.number} of {len(folds)}"
            if scope:
                label = f"without fold {scope}, {label}"
            result = shards.result(name, partial(fit, settings, fold, label))
            losses[-1].append(result)
            meter.count(settings.epochs)
    means = [sum(map(_loss, of_cell)) / len(of_cell) for of_cell in losses]
    best = min(range(len(cells)), key=means.__getitem__)
    if not math.isfinite(means[best]):
        raise TrainingError(
            f"Every one of the {len(cells)} cells of the {model}'s grid diverged; its learning "
            "rates are too high for these data. Train anew with lower ones, such as --set "
            f"{'autoencoder' if model == 'autoencoder' else 'network'}.grid.learning_rate="
            "[0.001,0.01]."
        )
    tried = tuple(
        Tried(
            model,
            scope,
            cell + 1,
            cells[cell],
            fold.number,
            _loss(result),
            result.values["diverged_at"],
            cell == best,
        )
        for cell, of_cell in enumerate(losses)
        for fold, result in zip(folds, of_cell, strict=True)
    )
    return Chosen(cells[best], tried)


def write_search(path: Path, tried: Iterable[Tried]) -> None:
    """Write one row a fit of a search; columns as `Tried`, the settings one column each."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(
        ("model", "scope", "cell", *_COLUMNS, "fold", "held_out_loss", "diverged_at", "chosen")
    )
    for one in tried:
        settings = asdict(one.settings)
        writer.writerow(
            (
                one.model,
                one.scope,
                one.cell,
                *(settings.get(name, "") for name in _COLUMNS),
                one.fold,
                repr(one.loss),
                "" if one.diverged_at is None else one.diverged_at,
                int(one.chosen),
            )
        )
    write_text(path, buffer.getvalue())


def _loss(result: Shard) -> float:
    if result.values["diverged_at"] is not None:
        return math.inf
    loss = float(result.arrays["held_out_loss"][-1])
    return loss if math.isfinite(loss) else math.inf
