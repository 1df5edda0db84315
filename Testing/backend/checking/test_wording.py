"""Numbers and links as people read them."""

import math

import pytest

from radiogenomics.checking.wording import link
from radiogenomics.shape.wording import in_shown_unit, shown_unit, significant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (29.4412, "29.44"),
        (9.99996, "10.00"),
        (123456.0, "123456"),
        (0.0123456, "0.01235"),
        (1.23e-9, "1.230e−09"),
        (0.0, "0"),
        (-3.456, "−3.456"),
        (-math.inf, "−∞"),
        (None, "—"),
    ],
)
def test_a_number_has_four_significant_digits(value, text):
    assert significant(value) == text


@pytest.mark.parametrize(
    ("unit", "shown", "value"),
    [("mm3", "cm³", 1.0), ("mm2", "cm²", 10.0), ("mm", "mm", 1000.0), ("1", "", 1000.0)],
)
def test_volumes_and_areas_are_shown_in_centimetres(unit, shown, value):
    assert shown_unit(unit) == shown
    assert in_shown_unit(1000.0, unit) == pytest.approx(value)


def test_a_link_keeps_its_folders_and_encodes_signs_with_a_meaning_once():
    assert link("cases/Lékař #1?.html") == "cases/L%C3%A9ka%C5%99%20%231%3F.html"
    assert link("L%C3%A9ka%C5%99.html") == "L%C3%A9ka%C5%99.html"
    assert link("javascript:alert(1)") == "javascript%3Aalert%281%29"
    assert link(None) is None
