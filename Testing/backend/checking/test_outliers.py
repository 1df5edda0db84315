"""An outlier is found if, and only if, one was planted."""

import math

import numpy as np
import pytest

from radiogenomics.checking import OUTLIER_THRESHOLD, find_outliers
from radiogenomics.study.tables import FeatureRow


def rows_of(values, feature="volume", roi="edema"):
    return [
        FeatureRow(f"P{n:03}", "anna", 1, roi, feature, value, "mm3")
        for n, value in enumerate(values)
    ]


def spread_values(n=41):
    """Values whose logarithms are evenly spread: none of them is an outlier."""
    return np.exp(np.linspace(9, 11, n)).tolist()


@pytest.mark.parametrize("factor", [1e3, 1e-3])
def test_a_planted_value_far_above_or_below_is_the_only_outlier(factor):
    values = spread_values()
    values[7] *= factor

    found = find_outliers(rows_of(values))

    assert [outlier.patient_id for outlier in found] == ["P007"]
    assert math.copysign(1, found[0].robust_z) == math.copysign(1, math.log(factor))


def test_a_cohort_without_a_planted_value_has_no_outlier():
    assert find_outliers(rows_of(spread_values())) == []


def test_robust_z_is_the_distance_of_logarithms_in_scaled_mad():
    logarithms = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 60.0])
    # Median 3, absolute deviations 3 2 1 0 1 2 57 with the median 2.
    (found,) = find_outliers(rows_of(np.exp(logarithms).tolist()))

    assert found.robust_z == pytest.approx((60 - 3) / (1.4826 * 2))
    assert found.median == pytest.approx(math.exp(3))


def test_the_threshold_itself_is_not_beyond_the_threshold():
    logarithms = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    at_threshold = 3.0 + OUTLIER_THRESHOLD * 1.4826 * 2

    inside = find_outliers(rows_of(np.exp([*logarithms, at_threshold - 1e-6]).tolist()))
    outside = find_outliers(rows_of(np.exp([*logarithms, at_threshold + 1e-6]).tolist()))

    assert inside == []
    assert len(outside) == 1


def test_the_rois_are_judged_apart():
    large, small = spread_values(), [value / 1e4 for value in spread_values()]

    assert find_outliers([*rows_of(large, roi="edema"), *rows_of(small, roi="enhancing")]) == []


def test_empty_rois_neither_are_outliers_nor_shift_the_others():
    values = [*spread_values(21), *[0.0] * 30]

    assert find_outliers(rows_of(values)) == []


def test_a_diameter_of_zero_is_infinitely_far_below():
    (found,) = find_outliers(rows_of([*spread_values(), 0.0], feature="max_diameter"))

    assert found.value == 0.0
    assert found.robust_z == -math.inf


def test_one_value_that_differs_from_many_equal_ones_is_an_outlier():
    found = find_outliers(rows_of([5.0] * 30 + [6.0]))

    assert [outlier.value for outlier in found] == [6.0]


def test_equal_values_have_no_outlier():
    assert find_outliers(rows_of([*[0.3] * 20, 0.1 + 0.2])) == []


def test_four_values_are_too_few_to_judge():
    assert find_outliers(rows_of([1.0, 1.1, 1.2, 1e9])) == []


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_a_value_that_is_missing_or_not_finite_is_left_out_and_hides_no_other(value):
    found = find_outliers(rows_of([*spread_values(), value, 1e12]))

    assert [outlier.value for outlier in found] == [1e12]


def test_the_farthest_outlier_comes_first():
    values = [*spread_values(), 1e9, 1e12, 1e-6]

    distances = [abs(outlier.robust_z) for outlier in find_outliers(rows_of(values))]

    assert len(distances) == 3
    assert distances == sorted(distances, reverse=True)
