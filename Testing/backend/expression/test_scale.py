"""Linear values, logarithms and z-scores are told apart, and logarithms taken when asked."""

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.expression import read_expression
from radiogenomics.expression.scale import value_scale

GENERATOR = np.random.default_rng(3)
COUNTS = np.exp(GENERATOR.normal(3, 2, (20, 200)))


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        (COUNTS, "linear"),
        (np.exp(GENERATOR.normal(1, 1.3, (20, 200))), "linear"),  # few above 50, but skewed
        (np.log2(COUNTS + 1), "log"),
        (GENERATOR.normal(size=(20, 50)), "centred"),
        (GENERATOR.normal(size=(20, 50)) * 30, "centred"),  # z-scores with outliers, up to 90
        (np.array([[200.0, 210, 190, 205]]), "linear"),  # a small panel, not skewed
        (np.where(np.arange(1000) == 7, 99.0, 8.0), "log"),  # a code for a missing value
        (np.array([3.0, np.nan, 12.0]), "log"),
        (np.array([np.nan]), "log"),
    ],
)
def test_the_scale_is_told_from_the_values(values, scale):
    assert value_scale(values) == scale


def rows_of(values):
    genes = ["EGFR", *(f"G{number}" for number in range(1, values.shape[1]))]
    return [["patient", *genes], *([f"p{row}", *cells] for row, cells in enumerate(values))]


def test_linear_values_are_pointed_out_with_the_way_to_take_logarithms(write):
    report = read_expression(write(rows_of(COUNTS))).report

    assert report.looks_linear
    assert "Values look linear" in report.messages[-1]
    assert "Take log2(x + 1) first" in report.messages[-1]


def test_logarithms_are_taken_when_asked_and_said(write):
    matrix = read_expression(write(rows_of(COUNTS)), log2=True)

    np.testing.assert_allclose(matrix.values, np.log2(COUNTS + 1), rtol=1e-12)
    assert (matrix.report.transformed, matrix.report.value_scale) == ("log2(x + 1)", "log")
    assert "log2(x + 1) was taken of all values, as asked." in matrix.report.messages


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.log2(COUNTS + 1), "look like logarithms already"),
        (COUNTS - 1, "have negative ones among them"),
    ],
)
def test_logarithms_of_what_is_not_linear_are_refused(write, values, message):
    with pytest.raises(InputError, match=message):
        read_expression(write(rows_of(values)), log2=True)
