"""From a feature table to what raters agree on: the block, what is left out, the tables."""

import csv

import pytest

from radiogenomics.agreement import cohort_agreement, intraclass_correlation, largest_block
from radiogenomics.agreement.tables import (
    CASES,
    DICTIONARY,
    DIFFERENCES,
    FEATURES,
    read_feature_agreement,
    write_agreement_dictionary,
    write_cases,
    write_differences,
    write_feature_agreement,
)
from radiogenomics.agreement.wording import block_words
from radiogenomics.errors import InputError
from radiogenomics.study import CONSENSUS, FeatureRow


def row(patient_id, rater, value, feature="max_diameter", roi="edema"):
    return FeatureRow(patient_id, rater, 1, roi, feature, value, "mm")


def test_the_block_is_the_one_with_the_most_measurements():
    raters_of = {"1": "AB", "2": "AB", "3": "ABC", "4": "AC", "5": "C"}
    block = largest_block(raters_of)
    assert (block.cases, block.raters) == (("1", "2", "3"), ("A", "B"))
    assert (block.left_out_cases, block.left_out_raters) == (("4",), ("C",))
    # Three cases by two are as many as two by three: more cases win.
    assert largest_block({"1": "ABC", "2": "ABC", "3": "AB"}).raters == ("A", "B")
    assert largest_block({"1": "ABC", "2": "ABC"}).raters == ("A", "B", "C")


def test_of_equal_blocks_the_first_raters_by_name_are_taken():
    assert largest_block({"1": "BC", "2": "AB"}).raters == ("A", "B")


def test_without_a_pair_of_raters_there_is_no_block():
    block = largest_block({"1": "A", "2": "B"})
    assert (block.cases, block.raters, block.left_out_cases) == ((), (), ())


def test_many_raters_do_not_take_forever():
    names = [f"R{number:02}" for number in range(40)]
    assert len(largest_block(dict.fromkeys(map(str, range(5)), names)).raters) == 14


def test_the_correlation_is_over_the_block_and_differences_over_all_shared_cases():
    values = {"1": (10, 11, None), "2": (20, 19, None), "3": (30, 32, 31), "4": (40, None, 43)}
    rows = [
        row(patient_id, rater, float(value))
        for patient_id, three in values.items()
        for rater, value in zip("ABC", three, strict=True)
        if value is not None
    ]
    found = cohort_agreement([*rows, row("1", CONSENSUS, 99.0)])
    (feature,) = found.features
    assert (feature.cases, feature.raters) == (3, 2)
    assert feature.correlation == intraclass_correlation([[10, 11], [20, 19], [30, 32]])
    assert {one.raters: one.patients for one in found.differences} == {
        ("A", "B"): ("1", "2", "3"),
        ("A", "C"): ("3", "4"),
    }
    of_a_and_c = found.differences[1]
    assert of_a_and_c.values == ((30, 31), (40, 43))
    assert of_a_and_c.limits.bias.value == 2
    assert of_a_and_c.typical_percent == pytest.approx((100 / 30.5 + 300 / 41.5) / 2)


def test_a_case_with_an_empty_region_is_left_out_of_that_region_only():
    rows = []
    for patient_id, value in (("1", 10.0), ("2", 20.0), ("3", 35.0)):
        for rater in "AB":
            empty = (patient_id, rater) == ("2", "B")
            rows.append(row(patient_id, rater, 0.0 if empty else value, "volume"))
            rows.append(row(patient_id, rater, None if empty else value))
            rows.append(row(patient_id, rater, value, roi="enhancing"))
    found = {(one.roi, one.feature): one.cases for one in cohort_agreement(rows).features}
    assert found == {
        ("edema", "volume"): 2,
        ("edema", "max_diameter"): 2,
        ("enhancing", "max_diameter"): 3,
    }


def test_one_case_alone_has_no_correlation_and_no_limits():
    found = cohort_agreement([row("1", "A", 1.0), row("1", "B", 2.0)])
    assert found.features[0].correlation is None
    assert found.features[0].word == ""
    assert found.differences == ()


def cohort():
    return cohort_agreement(
        row(patient_id, rater, value + offset, roi=roi)
        for patient_id, value in (("1", 10.0), ("2", 20.0), ("3", 35.0))
        for rater, offset in (("A", 0.0), ("B", 0.1 * value))
        for roi in ("enhancing", "edema")
    )


def test_the_table_of_features_reads_back_to_the_last_bit(tmp_path):
    found = cohort()
    write_feature_agreement(tmp_path / FEATURES, found.features)
    assert read_feature_agreement(tmp_path / FEATURES) == list(found.features)
    alone = cohort_agreement([row("1", "A", 1.0), row("1", "B", 2.0)]).features
    write_feature_agreement(tmp_path / FEATURES, alone)
    assert read_feature_agreement(tmp_path / FEATURES) == list(alone)


def test_what_is_no_such_table_is_refused_with_its_place_and_the_command(tmp_path):
    path = tmp_path / FEATURES
    with pytest.raises(InputError, match="radiogenomics agree"):
        read_feature_agreement(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match=r"lacks the columns .*radiogenomics agree"):
        read_feature_agreement(path)
    write_feature_agreement(path, cohort().features)
    path.write_text(path.read_text().replace("edema,max_diameter,mm,3", "edema,max_diameter,mm,x"))
    with pytest.raises(InputError, match="line 3"):
        read_feature_agreement(path)


def test_the_dictionary_names_every_column_of_every_table(tmp_path):
    found = cohort()
    write_cases(tmp_path / CASES, [])
    write_feature_agreement(tmp_path / FEATURES, found.features)
    write_differences(tmp_path / DIFFERENCES, found.differences)
    write_agreement_dictionary(tmp_path / DICTIONARY)
    with (tmp_path / DICTIONARY).open(newline="", encoding="utf-8") as file:
        explained = {entry["name"] for entry in csv.DictReader(file)}
    columns = set()
    for name in (CASES, FEATURES, DIFFERENCES):
        header = (tmp_path / name).read_text().splitlines()[0]
        columns |= {f"{name}: {column}" for column in header.split(",")}
    assert explained == columns


def test_what_was_left_out_is_counted_and_told():
    block = largest_block({"1": "AB", "2": "AB", "3": "AC"})
    words = " ".join(block_words(block, 4, drafts=False))
    assert "3 compared; 4 left out, with fewer than two raters" in words
    assert "2 cases that A and B have all read" in words
    assert "Left out of it: 1 case with other raters, and C." in words
    assert "submitted and not returned" in words
    assert "drafts included" in " ".join(block_words(block, 0, drafts=True))
    assert "takes two cases" not in words
    alone = largest_block({"1": "AB"})
    assert "takes two cases or more" in " ".join(block_words(alone, 0, drafts=False))
