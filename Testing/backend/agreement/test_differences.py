"""Limits of agreement against the example that Bland and Altman published."""

import numpy as np
import pytest

from radiogenomics.agreement import limits_of_agreement
from radiogenomics.errors import InputError

# Peak flow of 17 people in l/min, first reading of each meter (Lancet 1986, table).
LARGE = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


def test_the_published_example_has_its_published_values():
    """Mean difference -2.1, s 38.8; interval of the mean -22.0 to 17.8 with t = 2.12."""
    found = limits_of_agreement(MINI, LARGE)
    assert found.cases == 17
    assert round(found.bias.value, 1) == -2.1
    assert round(found.sd, 1) == 38.8
    assert [round(end, 1) for end in (found.bias.low, found.bias.high)] == [-22.0, 17.8]
    # The paper rounds 1.96 to 2 for the limits: -79.7 and 75.5.
    assert found.lower.value == pytest.approx(-79.7 + 0.04 * 38.8, abs=0.1)
    assert found.upper.value == pytest.approx(75.5 - 0.04 * 38.8, abs=0.1)


def test_the_interval_of_a_limit_is_that_of_the_later_paper():
    """Half width t s sqrt(1/n + z^2 / (2 (n - 1))), with the quantiles of printed tables."""
    found = limits_of_agreement(MINI, LARGE)
    half = 2.119905 * found.sd * np.sqrt(1 / 17 + 1.959964**2 / 32)
    for limit in (found.lower, found.upper):
        assert limit.high - limit.value == pytest.approx(half, rel=1e-6)
        assert limit.value - limit.low == pytest.approx(half, rel=1e-6)


def test_exchanging_the_raters_mirrors_everything():
    there, back = limits_of_agreement(MINI, LARGE), limits_of_agreement(LARGE, MINI)
    assert back.bias.value == pytest.approx(-there.bias.value)
    assert (back.lower.value, back.upper.low) == pytest.approx(
        (-there.upper.value, -there.lower.high)
    )


def test_a_constant_difference_has_limits_without_width():
    found = limits_of_agreement([1.0, 2.0, 3.0], [1.5, 2.5, 3.5])
    assert (found.bias.value, found.lower.low, found.upper.high) == (0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("first", "second"), [([1.0], [2.0]), ([1, 2], [1, 2, 3]), ([1, np.nan], [1, 2])]
)
def test_what_cannot_be_compared_is_refused(first, second):
    with pytest.raises(InputError, match="Limits of agreement need"):
        limits_of_agreement(first, second)
