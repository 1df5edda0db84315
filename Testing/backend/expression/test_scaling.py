"""Standardisation of genes: values, gaps, alignment, saving."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radiogenomics.errors import InputError
from radiogenomics.expression import ExpressionMatrix, GeneScaler


def matrix(values, genes=None, patients=None):
    values = np.asarray(values, dtype=float)
    return ExpressionMatrix(
        tuple(patients or (f"p{row}" for row in range(values.shape[0]))),
        tuple(genes or (f"g{column}" for column in range(values.shape[1]))),
        values,
        "test.csv",
    )


def test_a_value_becomes_its_distance_from_the_mean_in_ranges():
    # By hand: mean 4, range 6.
    scaled, _ = GeneScaler.fit(matrix([[1], [4], [7]])).transform(matrix([[1], [5.5], [10]]))

    np.testing.assert_allclose(scaled[:, 0], [-0.5, 0.25, 1.0])


def test_a_missing_value_counts_as_the_mean_of_the_fit_and_is_counted():
    scaler = GeneScaler.fit(matrix([[1, 5], [np.nan, 6], [3, 10]]))
    scaled, alignment = scaler.transform(matrix([[np.nan, 6]]))

    np.testing.assert_allclose(scaler.mean, [2, 7])
    np.testing.assert_allclose(scaled, [[0, -0.2]])
    assert alignment.n_filled == 1


def test_genes_without_values_or_variation_are_left_out_and_named():
    scaler = GeneScaler.fit(matrix([[1, np.nan, 5], [2, np.nan, 5]], genes=["A", "B", "C"]))

    assert scaler.genes == ("A",)
    assert scaler.without_values == ("B",)
    assert scaler.constant == ("C",)


def test_a_matrix_of_zeros_is_refused():
    with pytest.raises(InputError, match="no gene varies"):
        GeneScaler.fit(matrix(np.zeros((3, 2))))


def test_reordered_genes_are_aligned_by_name_and_extra_ones_ignored():
    scaler = GeneScaler.fit(matrix([[0, 10], [1, 30]], genes=["A", "B"]))
    straight, _ = scaler.transform(matrix([[0.5, 20]], genes=["A", "B"]))
    shuffled, alignment = scaler.transform(matrix([[20, 99, 0.5]], genes=["B", "X", "A"]))

    np.testing.assert_array_equal(shuffled, straight)
    assert alignment.reordered
    assert alignment.n_extra == 1


def test_absent_genes_are_refused_by_name():
    scaler = GeneScaler.fit(matrix([[0, 10], [1, 30]], genes=["A", "B"]))

    with pytest.raises(InputError, match=r"test\.csv lacks 1 of the 2 genes .*\(B\)"):
        scaler.transform(matrix([[1]], genes=["A"]))


@given(arrays(float, (4, 3), elements=st.floats(-1e6, 1e6)))
def test_the_patients_of_the_fit_lie_within_one_range_and_average_zero(values):
    values[0] += 1.0  # at least something varies
    values[1] -= 1.0
    scaled, _ = GeneScaler.fit(matrix(values)).transform(matrix(values))

    assert np.abs(scaled).max() <= 1 + 1e-6
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)


def test_a_saved_scaler_reads_back_equal(tmp_path):
    scaler = GeneScaler.fit(matrix([[1, 2, 5], [2, 7, 5]], genes=["A", "Ž", "C"]))
    scaler.save(tmp_path / "scaler.npz")
    loaded = GeneScaler.load(tmp_path / "scaler.npz")

    assert (loaded.genes, loaded.constant) == (scaler.genes, scaler.constant)
    np.testing.assert_array_equal(loaded.mean, scaler.mean)
    np.testing.assert_array_equal(loaded.range, scaler.range)


def test_a_scaler_file_cut_short_is_refused(tmp_path):
    path = tmp_path / "scaler.npz"
    GeneScaler.fit(matrix([[1], [2]])).save(path)
    path.write_bytes(path.read_bytes()[:-30])

    with pytest.raises(InputError, match="not a saved gene scaler"):
        GeneScaler.load(path)


class _Trap:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


def test_a_scaler_file_with_a_pickle_in_it_is_refused_and_never_run(tmp_path):
    path = tmp_path / "scaler.npz"
    np.savez(path, genes=np.array([_Trap()], dtype=object), mean=[0.0], range=[1.0])

    with pytest.raises(InputError, match="not a saved gene scaler"):
        GeneScaler.load(path)


def profiles(n_patients, seed):
    """Counts per million as RNA sequencing gives them, (n_patients, 300); levels are the same."""
    levels = np.random.default_rng(0).normal(1.5, 2.0, 300)
    return np.exp(levels + np.random.default_rng(seed).normal(0, 0.5, (n_patients, 300)))


SCALES = {
    "linear": lambda counts: counts,
    "log": lambda counts: np.log2(counts + 1),
    "centred": lambda counts: np.log2(counts + 1) - np.log2(profiles(50, 9) + 1).mean(axis=0),
}


@pytest.mark.parametrize("n_patients", [1, 12])
@pytest.mark.parametrize("given", SCALES)
@pytest.mark.parametrize("fitted", SCALES)
def test_values_on_another_scale_than_the_training_are_refused(fitted, given, n_patients, tmp_path):
    path = tmp_path / "scaler.npz"
    GeneScaler.fit(matrix(SCALES[fitted](profiles(40, 1)))).save(path)
    scaler = GeneScaler.load(path)
    new = matrix(SCALES[given](profiles(n_patients, 2)))

    assert scaler.value_scale == fitted
    if given == fitted:
        scaler.transform(new)
    else:
        with pytest.raises(InputError, match=r"test\.csv is on another scale"):
            scaler.transform(new)


def test_a_shift_between_platforms_is_no_other_scale():
    scaler = GeneScaler.fit(matrix(profiles(40, 1)))

    scaled, _ = scaler.transform(matrix(1.8 * profiles(5, 2)))

    assert np.median(np.abs(scaled)) < 1


def test_a_scaler_saved_before_scales_were_recorded_still_loads(tmp_path):
    path = tmp_path / "scaler.npz"
    fitted = GeneScaler.fit(matrix([[1, 2], [3, 5]]))
    np.savez(path, genes=np.array(fitted.genes), mean=fitted.mean, range=fitted.range,
             without_values=np.array([], dtype=str), constant=np.array([], dtype=str))  # fmt: skip

    assert GeneScaler.load(path).value_scale == ""
