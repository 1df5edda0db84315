"""Against the original authors' software: shape_oracle in the shared data (see its README)."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from radiogenomics.shape import FEATURE_NAMES, measure_mask
from radiogenomics.shape.surface import direction_weights

# Octave printed 12 significant digits.
PRINTED = 1e-11

# Column of the oracle for each feature, and how often the printed surface enters it: a ratio that
# the oracle derived from the printed surface repeats that rounding (half a unit in the twelfth
# digit, up to 5e-12) as often.
REFERENCE = {
    "volume": ("volume", 0),
    "surface_area": ("sa13", 1),
    "surface_to_volume": ("sa_v", 1),
    "sphericity": ("sphericity", 1),
    "spherical_disproportion": ("disproportion", 1),
    "max_diameter": ("max_distance", 0),
    "major_axis": ("comp_major_px", 0),
    "minor_axis": ("comp_minor_px", 0),
    "compactness_1": ("compactness1", 1.5),
    "compactness_2": ("compactness2", 3),
}


@pytest.fixture(scope="module")
def oracle(shared_data: Path):
    folder = shared_data / "shape_oracle"
    described = json.loads((folder / "masks.json").read_text())
    masks = {}
    with np.load(folder / "masks.npz") as packed:
        for name, about in described.items():
            shape = about["shape_zyx"]
            bits = np.unpackbits(packed[name], count=int(np.prod(shape)))
            masks[name] = (bits.reshape(shape), about["spacing_xyz"])
    with (folder / "oracle.csv").open(newline="") as file:
        rows = {row["mask"]: row for row in csv.DictReader(file)}
    return masks, rows


def test_every_feature_has_a_reference_and_every_reference_a_feature():
    assert tuple(REFERENCE) == FEATURE_NAMES


def test_every_mask_has_a_row_and_every_row_a_mask(oracle):
    masks, rows = oracle
    assert set(masks) == set(rows)
    assert len(rows) == 44


@pytest.mark.parametrize("feature", FEATURE_NAMES)
def test_feature_equals_the_reference_on_every_mask(oracle, feature):
    masks, rows = oracle
    column, power = REFERENCE[feature]
    compared = 0
    for name, (mask, spacing) in masks.items():
        sx, sy, _ = spacing
        factor = 1.0
        if column.endswith("_px"):
            if sx != sy:
                continue
            factor = sx
        value = measure_mask(mask, spacing).features[feature]
        expected = float(rows[name][column]) * factor
        tolerance = max(PRINTED, power * 5e-12)
        assert value == pytest.approx(expected, rel=tolerance, abs=0), name
        compared += 1
    assert compared >= 40


def test_ellipse_lies_on_the_slice_of_the_reference(oracle):
    masks, rows = oracle
    for name, (mask, spacing) in masks.items():
        ellipse = measure_mask(mask, spacing).ellipse
        assert ellipse.slice_index == int(rows[name]["comp_z"]), name


def test_direction_weights_equal_the_reference_for_every_spacing(shared_data: Path):
    with (shared_data / "shape_oracle" / "legland_weights.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 25
    for row in rows:
        spacing = (float(row["sx"]), float(row["sy"]), float(row["sz"]))
        expected = [float(row[f"c{k}"]) for k in range(1, 14)]
        np.testing.assert_allclose(direction_weights(spacing), expected, rtol=0, atol=1e-12)
