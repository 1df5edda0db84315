"""What the folders and shards of networks and baselines have in common. Imports no Keras."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.expression import GeneScaler
from radiogenomics.study.atomic import write_json
from radiogenomics.training.run_folder import CARD, FEATURES, SCALER
from radiogenomics.training.targets import Target

Values = NDArray[np.float64]


def scale_arrays(scaler: GeneScaler, maximum: Values) -> dict[str, NDArray[Any]]:
    """Return the arrays of a shard that `scales_of` reads."""
    return {
        "genes": np.asarray(scaler.genes, dtype=str),
        "gene_mean": scaler.mean,
        "gene_range": scaler.range,
        "maximum": maximum,
    }


def scales_of(arrays: Mapping[str, NDArray[Any]]) -> tuple[GeneScaler, Values]:
    """Return the scaler from expression to inputs, and what each output is multiplied by.

    Raises
    ------
    KeyError
        If something of it is absent.
    """
    scaler = GeneScaler(tuple(arrays["genes"].tolist()), arrays["gene_mean"], arrays["gene_range"])
    return scaler, arrays["maximum"]


def write_scales(
    folder: Path,
    scaler: GeneScaler,
    targets: tuple[Target, ...],
    maximum: Values,
    card: Mapping[str, Any],
) -> None:
    """Write the scaler, the features with their maxima, and the card of a model.

    Raises
    ------
    StudyError
        If one cannot be written.
    """
    scaler.save(folder / SCALER)
    write_json(
        folder / FEATURES,
        {"features": [vars(each) for each in targets], "maximum": maximum.tolist()},
    )
    write_json(folder / CARD, dict(card))


def read_scales(folder: Path) -> tuple[GeneScaler, tuple[Target, ...], Values]:
    """Read the scaler, the targets and their maxima.

    Raises
    ------
    InputError, OSError, ValueError, TypeError, KeyError
        If a file is absent or holds something else; the caller says of which model.
    """
    features = read_object(folder / FEATURES)
    targets = tuple(Target(**each) for each in features["features"])
    maximum = np.array(features["maximum"], dtype=np.float64)
    return GeneScaler.load(folder / SCALER), targets, maximum


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    OSError, ValueError, TypeError
        If the file is absent, no JSON, or something else than an object.
    """
    values = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise TypeError(f"{path.name} holds no object")
    return values
