"""A trained network with everything that it needs to predict from expression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import TrainingError
from radiogenomics.expression import Alignment, ExpressionMatrix, GeneScaler
from radiogenomics.models.fitting import predict_network
from radiogenomics.models.settings import NetworkSettings
from radiogenomics.training.components import Components
from radiogenomics.training.model_folder import scale_arrays, scales_of
from radiogenomics.training.shards import Shard

Matrix = NDArray[np.float32]
Layers = Mapping[str, tuple[Matrix, Matrix]]


@dataclass(frozen=True)
class TrainedNetwork:
    """A network, its scalers and its settings.

    Attributes
    ----------
    settings
        Of the network as it was trained.
    weights
        Kernel and bias by layer.
    scaler
        From expression to inputs.
    components
        From inputs to scores; None for a network on genes.
    maximum
        What each output is multiplied by, ``(n_targets,)``, in the target's unit.
    """

    settings: NetworkSettings
    weights: Layers
    scaler: GeneScaler
    components: Components | None
    maximum: NDArray[np.float64]

    def predict(self, expression: ExpressionMatrix) -> tuple[NDArray[np.float64], Alignment]:
        """Predict from expression as it was read, the genes found by name.

        Returns
        -------
        tuple
            ``(n_patients, n_targets)`` in the targets' units, and how the genes were aligned.

        Raises
        ------
        InputError
            If genes of the model are absent.
        TrainingError
            If a prediction is not a finite number.
        """
        inputs, alignment = self.scaler.transform(expression)
        return self.predict_scaled(inputs), alignment

    def predict_scaled(self, inputs: Matrix) -> NDArray[np.float64]:
        """Predict from standardised expression ``(n_patients, n_genes)``; see `predict`."""
        seen = inputs if self.components is None else self.components.transform(inputs)
        predicted = predict_network(self.weights, self.settings, seen) * self.maximum
        if not np.isfinite(predicted).all():
            raise TrainingError(
                "A network predicts values that are not finite: its training diverged; a lower "
                "learning rate may help."
            )
        return predicted

    def to_shard(self) -> Shard:
        """Return it as arrays and plain values."""
        arrays: dict[str, NDArray[Any]] = {
            **scale_arrays(self.scaler, self.maximum),
            **arrays_of(self.weights),
        }
        if self.components is not None:
            arrays |= {f"component:{name}": each for name, each in vars(self.components).items()}
        return Shard(arrays, {"settings": asdict(self.settings)})

    @classmethod
    def from_shard(cls, shard: Shard) -> TrainedNetwork:
        """Rebuild what `to_shard` returned.

        Raises
        ------
        KeyError
            If something of it is absent.
        """
        arrays, settings = shard.arrays, dict(shard.values["settings"])
        settings["widths"] = tuple(settings["widths"])
        components = None
        if "component:mean" in arrays:
            components = Components(
                *(arrays[f"component:{name}"] for name in ("mean", "directions", "scale"))
            )
        scaler, maximum = scales_of(arrays)
        return cls(NetworkSettings(**settings), layers_of(arrays), scaler, components, maximum)


def layers_of(arrays: Mapping[str, NDArray[Any]]) -> dict[str, tuple[Matrix, Matrix]]:
    """Return kernel and bias by layer from arrays named ``kernel:layer`` and ``bias:layer``."""
    return {
        name.partition(":")[2]: (kernel, arrays["bias:" + name.partition(":")[2]])
        for name, kernel in arrays.items()
        if name.startswith("kernel:")
    }


def arrays_of(weights: Layers) -> dict[str, Matrix]:
    """Return the arrays that `layers_of` reads."""
    return {
        name: array
        for layer, (kernel, bias) in weights.items()
        for name, array in ((f"kernel:{layer}", kernel), (f"bias:{layer}", bias))
    }
