"""Intraclass correlations against R's psych and irr, pingouin, and what is known without either.

The frozen intervals are those of R 4.2.2 with psych 2.2.9, the single values beside them those of
pingouin 0.7.0, which rounds its intervals to two digits.
"""

import json
import math
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from radiogenomics.agreement import Estimate, intraclass_correlation
from radiogenomics.errors import InputError

# Table 2 of Shrout and Fleiss 1979: six targets by four judges.
SHROUT_AND_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], float
)


def wavy(n, k):
    i, j = np.arange(1, n + 1)[:, None], np.arange(1, k + 1)[None, :]
    return 40 + 15 * np.sin(1.7 * i) + 2 * np.cos(2.3 * i * j) + 0.8 * j


PROBLEMS = {
    "shrout and fleiss": SHROUT_AND_FLEISS,
    "wavy 30x2": wavy(30, 2),
    "wavy 12x5": wavy(12, 5),
    "noise 10x3": np.cos(3.1 * np.arange(1, 31) ** 2).reshape(10, 3),
}
OF_PINGOUIN = {
    "shrout and fleiss": (0.289764, 0.620051, [0.02, 0.76], [0.07, 0.93]),
    "wavy 30x2": (0.981048, 0.990433, [0.96, 0.99], [0.98, 1.0]),
    "wavy 12x5": (0.973068, 0.994495, [0.93, 0.99], [0.98, 1.0]),
    "noise 10x3": (-0.029644, -0.094538, [-0.3, 0.45], [-2.33, 0.71]),
}
OF_R = json.loads(Path(__file__).with_name("icc_of_r.json").read_text(encoding="utf-8"))
SCRIPTS = {
    "psych": """
        all <- psych::ICC(x, lmer = FALSE)$results
        for (row in c("Single_random_raters", "Average_random_raters"))
          cat(sprintf("%.17g", unlist(all[row, c("ICC", "lower bound", "upper bound")])), "")
    """,
    "irr": """
        for (unit in c("single", "average")) {
          found <- irr::icc(x, model = "twoway", type = "agreement", unit = unit)
          cat(sprintf("%.17g", c(found$value, found$lbound, found$ubound)), "")
        }
    """,
}


def ends(estimate):
    return [estimate.value, estimate.low, estimate.high]


def both(measured):
    found = intraclass_correlation(measured)
    return [ends(found.single), ends(found.average)]


@pytest.mark.parametrize("name", PROBLEMS)
def test_values_and_intervals_are_those_that_r_gave(name):
    np.testing.assert_allclose(both(PROBLEMS[name]), OF_R[name], rtol=1e-12)


@pytest.mark.parametrize("name", PROBLEMS)
def test_values_and_intervals_are_those_that_pingouin_gave(name):
    single, average, of_single, of_average = OF_PINGOUIN[name]
    found = intraclass_correlation(PROBLEMS[name])
    assert [found.single.value, found.average.value] == pytest.approx([single, average], abs=6e-7)
    assert [round(end, 2) for end in ends(found.single)[1:]] == of_single
    assert [round(end, 2) for end in ends(found.average)[1:]] == of_average


@pytest.mark.parametrize("package", SCRIPTS)
def test_values_and_intervals_are_those_of_r_as_it_is_installed(package, tmp_path):
    if shutil.which("Rscript") is None and not os.environ.get("CI"):
        pytest.skip("R is not installed")
    script = "".join(
        f'x <- as.matrix(read.csv("{number}.csv", header = FALSE))\n'
        f'{SCRIPTS[package]}\ncat("\\n")\n'
        for number in range(len(PROBLEMS))
    )
    for number, measured in enumerate(PROBLEMS.values()):
        np.savetxt(tmp_path / f"{number}.csv", measured, delimiter=",", fmt="%.17g")
    (tmp_path / "icc.R").write_text(script, encoding="utf-8")
    ran = subprocess.run(
        ["Rscript", "--vanilla", "icc.R"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    # Debian has psych, and irr only CRAN.
    if "there is no package called" in ran.stderr and (
        package == "irr" or not os.environ.get("CI")
    ):
        pytest.skip(f"R is installed without the package {package}")
    assert ran.returncode == 0, ran.stderr
    for line, measured in zip(ran.stdout.splitlines(), PROBLEMS.values(), strict=True):
        given_by_r = np.array(line.split(), dtype=float).reshape(2, 3)
        np.testing.assert_allclose(both(measured), given_by_r, rtol=1e-9)


def test_the_published_example_has_its_published_values():
    found = intraclass_correlation(SHROUT_AND_FLEISS)
    assert (found.cases, found.raters) == (6, 4)
    assert round(found.single.value, 2) == 0.29
    assert round(found.average.value, 2) == 0.62


blocks = arrays(
    np.float64,
    st.tuples(st.integers(3, 9), st.integers(2, 5)),
    elements=st.integers(-50, 50).map(float),
).filter(lambda block: np.ptp(block.mean(axis=1)) > 0 and np.ptp(block - block.mean(0)) > 0)


@given(blocks, st.floats(0.1, 100), st.integers(-100, 100), st.randoms())
def test_neither_unit_nor_origin_nor_the_order_of_cases_and_raters_matters(
    block, scale, origin, random
):
    cases, raters = list(range(block.shape[0])), list(range(block.shape[1]))
    random.shuffle(cases)
    random.shuffle(raters)
    moved = scale * block[np.ix_(cases, raters)] + origin
    np.testing.assert_allclose(both(moved), both(block), rtol=1e-6, atol=1e-6)


@given(blocks)
def test_the_interval_holds_the_value_and_one_is_never_exceeded(block):
    for value, low, high in both(block):
        assert low <= value + 1e-9
        assert value <= high + 1e-9
        assert high <= 1 + 1e-12


def test_raters_who_agree_to_the_last_bit_correlate_perfectly():
    measured = np.repeat(np.array([[1.0], [2.0], [4.5]]), 3, axis=1)
    assert both(measured) == [[1, 1, 1], [1, 1, 1]]


def test_raters_who_agree_but_for_rounding_have_a_narrow_interval():
    cases = np.array([0.1, 0.2, 0.7, 1.9]) / 3
    single, _ = both(np.stack([cases, cases * (1 + 1e-16), np.nextafter(cases, 1)], axis=1))
    assert single == pytest.approx([1, 1, 1], abs=1e-12)


def test_a_rater_who_measures_everything_larger_does_not_agree():
    cases = np.array([10.0, 12.0, 14.0, 16.0, 18.0])
    assert intraclass_correlation(np.stack([cases, cases + 0.01], 1)).single.value > 0.999
    # Spread 10 of the cases and 50 of the raters: the correlation of consistency would be 1.
    apart = intraclass_correlation(np.stack([cases, cases + 10], 1))
    assert apart.single.value == pytest.approx(10 / (10 + 50))
    assert 0 <= apart.single.low < apart.single.value < apart.single.high < 1


def test_a_correlation_below_what_an_average_can_have_has_no_lower_end():
    single, average = both([[1.0, -1.0], [-1.1, 1.0], [0.9, -1.0]])
    assert single[0] < -1
    assert (single[1], average[1]) == (-math.inf, -math.inf)


def test_values_that_are_all_the_same_tell_nothing():
    assert intraclass_correlation(np.full((4, 2), 3.0)) is None


@pytest.mark.parametrize(
    "measured", [[[1.0, 2.0]], [[1.0], [2.0]], [1.0, 2.0], [[1, 2], [3, np.nan]]]
)
def test_what_is_no_block_is_refused(measured):
    with pytest.raises(InputError, match="at least two cases"):
        intraclass_correlation(measured)


@pytest.mark.parametrize(
    ("low", "word"),
    [
        (0.95, "excellent"),
        (0.9, "good"),
        (0.76, "good"),
        (0.75, "moderate"),
        (0.5, "poor"),
        (-math.inf, "poor"),
    ],
)
def test_the_word_goes_by_the_lower_end(low, word):
    assert Estimate(0.99, low, 1.0).word == word
