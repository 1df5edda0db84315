"""A matrix that was written reads back the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radiogenomics.expression import ExpressionMatrix, read_expression, write_expression


def matrix(values):
    shape = zip("pg", values.shape, strict=True)
    names = [tuple(f"{letter}{i}" for i in range(n)) for letter, n in shape]
    return ExpressionMatrix(names[0], names[1], values, "test")


@pytest.mark.parametrize("name", ["e.csv", "e.csv.gz"])
def test_a_matrix_with_gaps_reads_back_equal(tmp_path, name):
    written = matrix(np.array([[1.5, np.nan], [1 / 3, -2e-9]]))
    write_expression(tmp_path / name, written)
    read = read_expression(tmp_path / name)

    assert (read.patient_ids, read.genes) == (written.patient_ids, written.genes)
    np.testing.assert_array_equal(read.values, written.values)
    assert read.report.rows_because == "the first column is named patient_id"
    assert ((tmp_path / name).read_bytes()[:2] == b"\x1f\x8b") == name.endswith(".gz")


@given(arrays(float, (3, 4), elements=st.floats(-1e9, 1e9)))
def test_values_read_back_to_the_last_bit(tmp_path_factory, values):
    values[0, 0] = 1.0  # not all zeros
    path = tmp_path_factory.mktemp("e") / "e.csv"
    write_expression(path, matrix(values))

    np.testing.assert_array_equal(read_expression(path).values, values)
