"""The record of what is true in a simulated cohort, to judge a model's findings by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.simulation import expression, raters
from radiogenomics.simulation.latent import (
    FACTOR_FEATURES,
    FACTORS,
    GENE_DRIVEN_FACTORS,
    parameters,
)


@dataclass(frozen=True)
class DrivingGene:
    """A gene that loads on a factor; `loading` is its correlation with it, of either sign."""

    gene: str
    factor: str
    loading: float


@dataclass(frozen=True)
class SimulatedTruth:
    """What drives what in a simulated cohort.

    Attributes
    ----------
    seed : int
        The cohort's seed.
    spacing : float
        Voxel size of the images, in mm.
    patient_ids : tuple of str
        The patients, in the order of the rows of `factors`.
    factor_names : tuple of str
        The factors, in the order of the columns of `factors`.
    factors : ndarray of float64, shape (n_patients, n_factors)
        Independent standard normal values.
    driving_genes : tuple of DrivingGene
        The genes that load on a factor, in the order of the matrix's columns; no other does.
    factor_features : dict
        For each factor, the shape features of each ROI that it is meant to move.
    """

    seed: int
    spacing: float
    patient_ids: tuple[str, ...]
    factor_names: tuple[str, ...]
    factors: NDArray[np.float64]
    driving_genes: tuple[DrivingGene, ...]
    factor_features: dict[str, dict[str, tuple[str, ...]]]

    @property
    def driven_features(self) -> dict[str, tuple[str, ...]]:
        """For each ROI, the shape features that genes can predict, wholly or in part."""
        return _features_of(tuple(GENE_DRIVEN_FACTORS))

    @property
    def undriven_features(self) -> dict[str, tuple[str, ...]]:
        """For each ROI, the shape features that only a factor without genes moves."""
        driven = self.driven_features
        others = tuple(name for name in FACTORS if name not in GENE_DRIVEN_FACTORS)
        moved = _features_of(others)
        return {
            roi: tuple(feature for feature in moved.get(roi, ()) if feature not in driven[roi])
            for roi in driven
        }

    def to_json_dict(self) -> dict[str, Any]:
        """Return the record as dictionaries, lists, strings and numbers, ready for `json.dump`."""
        return {
            "seed": self.seed,
            "spacing_mm": self.spacing,
            "factors": {
                name: {
                    "gene_driven": name in GENE_DRIVEN_FACTORS,
                    "features": {
                        roi: list(features) for roi, features in self.factor_features[name].items()
                    },
                }
                for name in self.factor_names
            },
            "driving_genes": [
                {"gene": entry.gene, "factor": entry.factor, "loading": entry.loading}
                for entry in self.driving_genes
            ],
            "driven_features": {roi: list(names) for roi, names in self.driven_features.items()},
            "undriven_features": {
                roi: list(names) for roi, names in self.undriven_features.items()
            },
            "patients": [
                {
                    "patient_id": patient_id,
                    "factors": dict(zip(self.factor_names, map(float, values), strict=True)),
                }
                for patient_id, values in zip(self.patient_ids, self.factors, strict=True)
            ],
            "parameters": parameters()
            | {
                "background_modules": expression.N_MODULES,
                "rater_boundary_sd_mm": dict(raters.BOUNDARY_SD),
                "rater_bias_sd_mm": dict(raters.BIAS_SD),
            },
        }


def truth_of(
    seed: int,
    spacing: float,
    patient_ids: tuple[str, ...],
    factors: NDArray[np.float64],
    genes: expression.GeneModel,
) -> SimulatedTruth:
    """Return the truth of a cohort whose patients have `factors`, (n_patients, n_factors)."""
    driving = tuple(
        DrivingGene(
            genes.names[column], FACTORS[genes.factor[column]], float(genes.loading[column])
        )
        for column in np.flatnonzero(genes.factor >= 0)
    )
    return SimulatedTruth(
        seed=seed,
        spacing=spacing,
        patient_ids=patient_ids,
        factor_names=FACTORS,
        factors=factors,
        driving_genes=driving,
        factor_features=FACTOR_FEATURES,
    )


def _features_of(factors: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Return, for each ROI, the features that any of `factors` moves, in the order first met."""
    features: dict[str, dict[str, None]] = {"enhancing": {}, "edema": {}}
    for name in factors:
        for roi, moved in FACTOR_FEATURES[name].items():
            features[roi].update(dict.fromkeys(moved))
    return {roi: tuple(names) for roi, names in features.items()}
