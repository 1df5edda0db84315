"""A fitted baseline with everything that it needs to predict from expression. Imports no Keras."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import RadiogenomicsError, TrainingError
from radiogenomics.expression import Alignment, ExpressionMatrix, GeneScaler
from radiogenomics.models.regression import Regressor
from radiogenomics.study.atomic import replacing
from radiogenomics.training.families import BASELINES
from radiogenomics.training.model_folder import (
    read_scales,
    scale_arrays,
    scales_of,
    write_scales,
)
from radiogenomics.training.run_folder import ARRAYS
from radiogenomics.training.shards import Shard
from radiogenomics.training.targets import Target

Values = NDArray[np.float64]
Arrays = Mapping[str, NDArray[Any]]


@dataclass(frozen=True)
class TrainedBaseline:
    """A baseline, its scaler and the scale of its targets.

    Attributes
    ----------
    model
        Its name, one of `BASELINES`.
    parts
        The fits of successive groups of targets.
    scaler
        From expression to inputs.
    maximum
        What each prediction is multiplied by, ``(n_targets,)``, in the target's unit.
    """

    model: str
    parts: tuple[Regressor, ...]
    scaler: GeneScaler
    maximum: Values

    def predict(self, expression: ExpressionMatrix) -> tuple[Values, Alignment]:
        """Predict from expression as it was read, the genes found by name.

        Returns
        -------
        tuple
            ``(n_patients, n_targets)`` in the targets' units, and how the genes were aligned.

        Raises
        ------
        InputError
            If genes of the model are absent.
        """
        inputs, alignment = self.scaler.transform(expression)
        return self.predict_scaled(inputs), alignment

    def predict_scaled(self, inputs: NDArray[np.floating]) -> Values:
        """Predict from standardised expression ``(n_patients, n_genes)``; see `predict`."""
        wide = inputs.astype(np.float64)
        return np.hstack([part.predict(wide) for part in self.parts]) * self.maximum

    def to_shard(self) -> Shard:
        """Return it as arrays and plain values."""
        arrays = {**scale_arrays(self.scaler, self.maximum), **arrays_of(self.parts)}
        return Shard(arrays, {"baseline": self.model})

    @classmethod
    def from_shard(cls, shard: Shard) -> TrainedBaseline:
        """Rebuild what `to_shard` returned.

        Raises
        ------
        KeyError
            If something of it is absent.
        """
        arrays, model = shard.arrays, shard.values["baseline"]
        return cls(model, parts_of(model, arrays), *scales_of(arrays))


def arrays_of(parts: Sequence[Regressor], prefix: str = "part") -> dict[str, NDArray[Any]]:
    """Return the arrays that `parts_of` reads, named ``part0:name``, ``part1:name`` ..."""
    return {
        f"{prefix}{number}:{name}": array
        for number, part in enumerate(parts)
        for name, array in part.to_arrays().items()
    }


def parts_of(model: str, arrays: Arrays, prefix: str = "part") -> tuple[Regressor, ...]:
    """Rebuild the fits whose arrays `arrays_of` named."""
    own: dict[int, dict[str, NDArray[Any]]] = {}
    for name, array in arrays.items():
        part, colon, rest = name.partition(":")
        number = part.removeprefix(prefix)
        if colon and part.startswith(prefix) and number.isdecimal():
            own.setdefault(int(number), {})[rest] = array
    return tuple(BASELINES[model].read(own[number]) for number in sorted(own))


def save_baseline(
    folder: Path, baseline: TrainedBaseline, targets: tuple[Target, ...], card: Mapping[str, Any]
) -> None:
    """Write a baseline's folder; each file appears whole, and none holds a pickle.

    Raises
    ------
    StudyError
        If it cannot be written.
    """
    with replacing(folder / ARRAYS) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **arrays_of(baseline.parts))
    write_scales(folder, baseline.scaler, targets, baseline.maximum, card)


def load_baseline(model: str, folder: Path) -> tuple[TrainedBaseline, tuple[Target, ...]]:
    """Read a baseline's folder.

    Raises
    ------
    TrainingError
        If a file of it is absent, of another kind, or does not fit the others.
    """
    try:
        with (folder / ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            parts = parts_of(model, {name: arrays[name] for name in arrays.files})
        scaler, targets, maximum = read_scales(folder)
        baseline = TrainedBaseline(model, parts, scaler, maximum)
        predicted = baseline.predict_scaled(np.zeros((1, len(scaler.genes)), dtype=np.float32))
        if not len(targets) == len(maximum) == predicted.shape[1]:
            raise ValueError(f"it predicts {predicted.shape[1]} of {len(targets)} features")
    except (
        OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, RadiogenomicsError
    ) as error:  # fmt: skip
        raise TrainingError(f"The model {folder} cannot be read: {error}. Train anew.") from error
    return baseline, targets
