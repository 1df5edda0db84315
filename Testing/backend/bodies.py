"""Bodies whose shape features are known without drawing them."""

import numpy as np


def shapes(volume, sphericity):
    """Ten features of a body of this volume and sphericity, whose length grows as it is ragged."""
    surface = (36 * np.pi * volume**2) ** (1 / 3) / sphericity
    diameter = 2 * (3 * volume / (4 * np.pi)) ** (1 / 3)
    return {
        "volume": volume,
        "surface_area": surface,
        "surface_to_volume": surface / volume,
        "sphericity": sphericity,
        "spherical_disproportion": 1 / sphericity,
        "max_diameter": diameter * sphericity**-0.5,
        "major_axis": diameter * sphericity**-0.4,
        "minor_axis": diameter,
        "compactness_1": volume / np.sqrt(np.pi * surface**3),
        "compactness_2": sphericity**3,
    }
