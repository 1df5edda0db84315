"""The signed-rank test against R, against frozen values of R, and against all sign changes."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics.errors import InputError
from radiogenomics.evaluation.wilcoxon import (
    ALTERNATIVES,
    signed_rank_p_values,
    signed_rank_test,
)

from .reference import ask_r

# One line a case: V, then the p-values of the three alternatives.
R_SCRIPT = """
half <- length(rows) / 2
for (i in seq_len(half)) {
  x <- rows[[2 * i - 1]]
  y <- rows[[2 * i]]
  tests <- lapply(c("two.sided", "less", "greater"), function(side)
    suppressWarnings(wilcox.test(x, y, paired = TRUE, alternative = side)))
  cat(format(c(tests[[1]]$statistic, sapply(tests, function(t) t$p.value)), digits = 17), "\\n")
}
"""

# The numbers below are those of R 4.2.2, wilcox.test(x, y, paired = TRUE, alternative = ...).
# Hollander and Wolfe's depression scale, the example of R's own help page: exact.
DEPRESSION = (
    [1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30],
    [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
)
TIED = ([3, 5, 2, 8, 9, 4, 4], [1, 3, 4, 4, 3, 5, 2])
ZEROS = ([3.1, 5.2, 2.0, 8.4, 9.9, 4.0], [1.0, 5.2, 2.5, 4.0, 9.9, 7.1])
FIFTY = ([(i * 37 % 50) + 0.01 * i for i in range(50)], [24.0] * 50)


def random_cases(generator):
    """Pairs of every size from 1 to 60, plain, tied and with zeros, with and without a shift."""
    for n in range(1, 61):
        for shift in (0.0, 0.4):
            y = generator.lognormal(size=n)
            x = y + shift + generator.normal(size=n)
            yield x, y
            yield np.round(x, 1), np.round(y, 1)
            yield np.round(x), np.round(y)
            yield np.where(generator.random(n) < 0.2, y, x), y


def test_statistic_and_p_values_are_those_of_r(tmp_path, rng):
    cases = list(random_cases(rng))
    answers = ask_r(R_SCRIPT, tmp_path, [row for case in cases for row in case])

    assert len(answers) == len(cases) == 480
    methods = set()
    for (x, y), (statistic, *p_values) in zip(cases, answers, strict=True):
        for side, expected in zip(ALTERNATIVES, p_values, strict=True):
            found = signed_rank_test(x, y, side)
            methods.add((found.method, found.n_zero > 0))
            assert found.statistic == statistic
            assert found.p_value == pytest.approx(expected, rel=1e-12, nan_ok=True), (x, y, side)
    assert methods == {("exact", False), ("normal", False), ("normal", True)}


@pytest.mark.parametrize(
    ("pair", "statistic", "p_values", "method"),
    [
        (DEPRESSION, 40, (0.0390625, 0.986328125, 0.01953125), "exact"),
        (TIED, 23.5, (0.12133525035848211, 0.9574041517820603, 0.060667625179241055), "normal"),
        (ZEROS, 6, (0.8551321405847059, 0.7080587896148174, 0.42756607029235294), "normal"),
        (FIFTY, 675, (0.7209635618344732, 0.643125067770817, 0.3604817809172366), "normal"),
    ],
)
def test_frozen_values_of_r(pair, statistic, p_values, method):
    found = [signed_rank_test(*pair, side) for side in ALTERNATIVES]

    assert [each.method for each in found] == [method] * 3
    assert [each.statistic for each in found] == [statistic] * 3
    assert [each.p_value for each in found] == pytest.approx(p_values, rel=1e-12)


def test_the_exact_p_value_counts_sign_changes(rng):
    differences = rng.normal(0.5, 1, size=11)
    ranks = np.abs(differences).argsort().argsort() + 1
    signs = np.array(list(itertools.product((0, 1), repeat=11)))
    all_v = signs @ ranks
    v = ranks[differences > 0].sum()

    found = signed_rank_test(differences, np.zeros(11), "greater")

    assert found.p_value == pytest.approx((all_v >= v).mean(), abs=1e-15)


@pytest.mark.parametrize(("n", "method"), [(49, "exact"), (50, "normal")])
def test_fifty_differences_turn_to_the_normal_approximation(n, method, rng):
    assert signed_rank_test(rng.normal(size=n), np.zeros(n)).method == method


def test_differences_of_zero_are_dropped_and_counted():
    with_zeros = signed_rank_test([1, 2.5, 3, 7, 7], [0, 0, 0, 7, 7])

    assert (with_zeros.n_used, with_zeros.n_zero, with_zeros.statistic) == (3, 2, 6)
    assert with_zeros.method == "normal"


def test_nothing_but_zeros_has_no_two_sided_p_value():
    assert np.isnan(signed_rank_test([1, 2], [1, 2]).p_value)


@given(
    st.lists(
        st.lists(st.integers(-4, 4), min_size=9, max_size=9).filter(any), min_size=1, max_size=8
    )
)
def test_many_tests_at_once_are_the_tests_one_by_one(rows):
    differences = np.array(rows, dtype=float)
    for side in ALTERNATIVES:
        single = [signed_rank_test(row, np.zeros(9), side).p_value for row in differences]

        assert signed_rank_p_values(differences, side) == pytest.approx(single, abs=1e-15)


@given(st.lists(st.integers(-30, 30), min_size=1, max_size=60).filter(any))
def test_exchanging_x_and_y_exchanges_less_and_greater(differences):
    x, y = np.array(differences, dtype=float), np.zeros(len(differences))

    assert signed_rank_test(x, y, "less").p_value == signed_rank_test(y, x, "greater").p_value
    assert signed_rank_test(x, y).p_value == signed_rank_test(y, x).p_value <= 1


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [([], [], "same length"), ([1, 2], [1], "same length"), ([1, np.nan], [1, 2], "finite")],
)
def test_what_cannot_be_paired_is_refused(x, y, message):
    with pytest.raises(InputError, match=message):
        signed_rank_test(x, y)


def test_an_unknown_alternative_is_refused():
    with pytest.raises(InputError, match=r"use two\.sided, less, greater"):
        signed_rank_test([1], [2], "smaller")
