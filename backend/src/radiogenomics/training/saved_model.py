"""A saved model: a folder with all that predicts from expression, and a model card.

Nothing in it is code: weights in Keras's format, loaded in safe mode, arrays without pickle, JSON.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from radiogenomics.errors import TrainingError
from radiogenomics.models.backend import keras
from radiogenomics.models.network import build_network, dense_layers
from radiogenomics.models.settings import NetworkSettings
from radiogenomics.study.atomic import replacing, write_json
from radiogenomics.training.components import Components
from radiogenomics.training.model_folder import read_object, read_scales, write_scales
from radiogenomics.training.run_folder import COMPONENTS, SETTINGS, WEIGHTS
from radiogenomics.training.targets import Target
from radiogenomics.training.trained import TrainedNetwork


def save_model(
    folder: Path, model: TrainedNetwork, targets: tuple[Target, ...], card: Mapping[str, Any]
) -> None:
    """Write a model's folder; each file appears whole.

    Raises
    ------
    StudyError
        If it cannot be written.
    """
    n_inputs = len(model.scaler.genes)
    if model.components is not None:
        n_inputs = model.components.directions.shape[1]
        with replacing(folder / COMPONENTS) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **vars(model.components))
    # Without the optimizer: its momentum would double the file.
    network = build_network(n_inputs, len(targets), model.settings, compiled=False)
    for layer in dense_layers(network):
        layer.set_weights(list(model.weights[layer.name]))
    with replacing(folder / WEIGHTS) as temporary:
        network.save(temporary)
    write_json(folder / SETTINGS, asdict(model.settings))
    write_scales(folder, model.scaler, targets, model.maximum, card)


def load_model(folder: Path) -> tuple[TrainedNetwork, tuple[Target, ...]]:
    """Read a model's folder; nothing in it is run, which Keras calls safe mode.

    Raises
    ------
    TrainingError
        If a file of it is absent, of another kind, or does not fit the others.
    """
    try:
        network = keras.saving.load_model(folder / WEIGHTS, compile=False, safe_mode=True)
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        raise TrainingError(f"{folder / WEIGHTS} is not a saved network: {error}") from error
    try:
        scaler, targets, maximum = read_scales(folder)
        settings = read_object(folder / SETTINGS)
        model = TrainedNetwork(
            settings=NetworkSettings(**{**settings, "widths": tuple(settings["widths"])}),
            weights={layer.name: tuple(layer.get_weights()) for layer in dense_layers(network)},
            scaler=scaler,
            components=_components(folder / COMPONENTS),
            maximum=maximum,
        )
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        raise TrainingError(f"The model {folder} cannot be read: {error}. Train anew.") from error
    _check_shapes(folder, model, len(targets))
    return model, targets


def _check_shapes(folder: Path, model: TrainedNetwork, n_targets: int) -> None:
    n_inputs = len(model.scaler.genes)
    if model.components is not None:
        n_inputs = model.components.directions.shape[1]
    widths = (n_inputs, *model.settings.widths, n_targets)
    names = [*(f"encoder_{n}" for n in range(1, len(model.settings.widths) + 1)), "features"]
    wanted = {name: (widths[at], widths[at + 1]) for at, name in enumerate(names)}
    found = {name: kernel.shape for name, (kernel, _) in model.weights.items()}
    if found != wanted:
        raise TrainingError(
            f"{folder / WEIGHTS} has the layers {found}, where genes, settings and features of the "
            f"model ask for {wanted}. Copy the run folder again, or train anew."
        )


def _components(path: Path) -> Components | None:
    if not path.exists():
        return None
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return Components(*(arrays[name] for name in ("mean", "directions", "scale")))
