"""Corrections against R's p.adjust, and against what must hold for any of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiogenomics.errors import InputError
from radiogenomics.evaluation.multiplicity import adjust, benjamini_hochberg, bonferroni, holm

from .reference import ask_r

R_SCRIPT = """
for (p in rows) for (method in c("bonferroni", "holm", "BH"))
  cat(format(p.adjust(p, method), digits = 17), "\\n")
"""


def test_corrections_are_those_of_r(tmp_path, rng):
    families = [rng.random(m) ** 3 for m in (1, 2, 5, 20, 20, 40)]
    families.append(np.round(families[-1], 1))  # ties, zeros
    answers = ask_r(R_SCRIPT, tmp_path, families)

    for i, family in enumerate(families):
        for correct, expected in zip(
            (bonferroni, holm, benjamini_hochberg), answers[3 * i : 3 * i + 3], strict=True
        ):
            assert correct(family) == pytest.approx(expected, rel=1e-14)


def test_frozen_values_of_r():
    # R 4.2.2: p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.8), method)
    family = [0.01, 0.04, 0.03, 0.005, 0.8]

    assert bonferroni(family) == pytest.approx([0.05, 0.2, 0.15, 0.025, 1.0])
    assert holm(family) == pytest.approx([0.04, 0.09, 0.09, 0.025, 0.8])
    assert benjamini_hochberg(family) == pytest.approx([0.025, 0.05, 0.05, 0.025, 0.8])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_no_correction_makes_a_p_value_smaller_and_bonferroni_is_the_strictest(family):
    for one in adjust(family):
        assert one.p_value <= one.benjamini_hochberg + 1e-15
        assert one.benjamini_hochberg <= one.holm + 1e-12
        assert one.holm <= one.bonferroni <= 1


@pytest.mark.parametrize("family", [[], [0.5, np.nan], [1.1], [-0.1]])
def test_what_is_no_p_value_is_refused(family):
    with pytest.raises(InputError, match="p-values from 0 to 1"):
        bonferroni(family)
