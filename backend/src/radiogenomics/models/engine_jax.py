"""Epochs of descent with JAX: a group of one fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radiogenomics.models.batches import EpochPlan
from radiogenomics.models.gram import Matrix, Rows
from radiogenomics.models.group_engine import FitIndex, GroupData, GroupEngine
from radiogenomics.models.group_plans import GroupPlan, packed
from radiogenomics.models.stack import Layer, Loss


class Engine:
    """Weights in training; see `radiogenomics.models.engine.start_engine`."""

    def __init__(
        self,
        layers: tuple[Layer, ...],
        loss: Loss,
        momentum: float,
        weights: Sequence[tuple[Matrix, Matrix]],
        rows: Rows,
        targets: Matrix,
        batch_size: int,
    ) -> None:
        kept = 1.0 - max(layer.dropout for layer in layers)
        none = np.zeros(1, np.int32)
        self._group = GroupEngine(
            layers,
            loss,
            momentum,
            [(kernel[None], bias[None]) for kernel, bias in weights],
            _data(rows, targets),
            FitIndex(none, none, np.array([1.0 / kept], np.float32)),
            batch_size,
        )

    def run_epoch(self, plan: EpochPlan) -> float:
        """Train for one epoch and return its mean loss."""
        patients = plan.patients[:, None]
        bits = packed([plan])
        of_group = GroupPlan(patients, patients, plan.weights[:, None], plan.rates[:, None], bits)
        losses, _ = self._group.start_epoch(of_group).losses()
        return plan.mean_of(losses[:, 0])

    def loss(self, rows: Rows, targets: Matrix) -> float:
        """Return the loss without dropout."""
        n_patients = len(targets)
        everyone = np.arange(n_patients, dtype=np.int32)[None]
        shares = np.full((1, n_patients, 1), 1.0 / n_patients, np.float32)
        data = _data(rows, targets)._replace(held_out=everyone, held_out_shares=shares)
        return float(self._group.loss(data)[0])

    def weights(self) -> list[tuple[Matrix, Matrix]]:
        """Return kernel and bias of each layer."""
        return self._group.weights(0)


def _data(rows: Rows, targets: Matrix) -> GroupData:
    in_row_space = rows.offset is not None
    return GroupData(
        rows.inputs,
        rows.inputs[None] if in_row_space else None,
        rows.offset[None] if rows.offset is not None else None,
        targets[None],
        None,
        None,
    )
