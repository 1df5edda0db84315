"""From the feature table to targets, joined with expression."""

import dataclasses

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.expression import ExpressionMatrix
from radiogenomics.shape import FEATURE_NAMES
from radiogenomics.training.cohort import join, refuse_unscalable
from radiogenomics.training.folds import make_folds
from radiogenomics.training.targets import Dropped, read_targets


def expression(patient_ids):
    return ExpressionMatrix(tuple(patient_ids), ("g",), np.zeros((len(patient_ids), 1)), "e.csv")


def changed(rows, patient_id, roi, feature, **change):
    return [
        dataclasses.replace(row, **change)
        if (row.patient_id, row.roi, row.feature) == (patient_id, roi, feature)
        else row
        for row in rows
    ]


def test_the_targets_are_ten_features_of_two_rois_in_their_order(make):
    rows = make.rows(["p1"])
    read = read_targets(make.features(list(reversed(rows))))

    wanted = [(roi, feature) for roi in ("enhancing", "edema") for feature in FEATURE_NAMES]
    assert [(target.roi, target.feature) for target in read.targets] == wanted
    assert [target.unit for target in read.targets[:3]] == ["mm3", "mm2", "1/mm"]
    np.testing.assert_array_equal(read.values[0], [row.value for row in rows])


def test_a_patient_with_an_empty_roi_is_dropped_with_the_reason(make):
    rows = changed(make.rows(["p1", "p2"]), "p1", "edema", "sphericity", value=None)
    read = read_targets(make.features(rows))

    assert read.patient_ids == ("p2",)
    assert read.dropped == (Dropped("p1", "empty ROI: edema"),)


def test_a_patient_without_a_row_for_a_feature_is_dropped_with_the_reason(make):
    rows = [
        row
        for row in make.rows(["p1", "p2"])
        if (row.patient_id, row.roi, row.feature) != ("p2", "edema", "volume")
    ]

    assert read_targets(make.features(rows)).dropped == (Dropped("p2", "no row for edema volume"),)


def test_several_raters_are_refused_until_one_is_chosen(make):
    path = make.features(make.rows(["p1"], rater="ann") + make.rows(["p1"], rater="bob", seed=9))

    with pytest.raises(InputError, match=r"1 patients .*p1: 'ann', 'bob'.*--rater ann"):
        read_targets(path)
    np.testing.assert_array_equal(
        read_targets(path, "bob").values[0], [row.value for row in make.rows(["p1"], seed=9)]
    )


def test_raters_of_different_patients_may_differ(make):
    path = make.features(make.rows(["p1"], rater="ann") + make.rows(["p2"], rater="bob"))

    assert read_targets(path).patient_ids == ("p1", "p2")


def counting(rows, counts):
    return [dataclasses.replace(row, counts=counts) for row in rows]


def test_the_version_that_counts_is_learnt_and_patients_without_one_are_dropped(make):
    why = "several raters and no consensus"
    agreed = make.rows(["p1"], rater="consensus", seed=5)
    only = make.rows(["p3"], rater="bob", seed=7)
    rows = [
        *counting(make.rows(["p1"], rater="ann"), ""),
        *counting(agreed, "consensus"),
        *counting(make.rows(["p2"], rater="ann"), f"no: {why}"),
        *counting(make.rows(["p2"], rater="bob"), f"no: {why}"),
        *counting(only, "only rater"),
    ]
    read = read_targets(make.features(rows))
    assert read.patient_ids == ("p1", "p3")
    np.testing.assert_array_equal(
        read.values, [[row.value for row in agreed], [row.value for row in only]]
    )
    assert read.dropped == (Dropped("p2", f"no version that counts: {why}"),)

    cohort = join(expression(["p1", "p2", "p3", "x"]), read)
    assert cohort.versions == {"consensus": 1, "only rater": 1}
    assert cohort.dropped_by_reason() == {
        f"no version that counts: {why}": 1,
        "expression only": 1,
    }
    chosen = join(expression(["p2", "p3"]), read_targets(make.features(rows), "bob"))
    assert set(chosen.versions) == {"by bob"}


def test_a_table_in_which_no_version_counts_is_refused_until_a_rater_is_chosen(make):
    path = make.features(
        counting(make.rows(["p1"], rater="ann"), "no: returned to its rater")
        + counting(make.rows(["p2"], rater="bob"), "no: returned to its rater")
    )
    with pytest.raises(InputError, match=r"no version counts .*returned to its rater \(p1, p2\)"):
        read_targets(path)
    assert read_targets(path, "ann").patient_ids == ("p1",)


def test_of_a_chosen_rater_the_newest_version_is_learnt(make):
    newest = [dataclasses.replace(row, version=2) for row in make.rows(["p1"], seed=3)]
    rows = [*counting(make.rows(["p1"]), "approved"), *newest]
    read = read_targets(make.features(rows), "ann")
    np.testing.assert_array_equal(read.values[0], [row.value for row in newest])


def test_patients_of_other_raters_only_are_counted_as_such(make):
    rows = make.rows(["a", "b"], rater="ann") + make.rows(["b", "c", "d"], rater="bob")
    read = read_targets(make.features(rows), "ann")

    assert read.dropped == (
        Dropped("c", "not measured by ann"),
        Dropped("d", "not measured by ann"),
    )
    cohort = join(expression(["a", "b", "c", "x"]), read)
    assert cohort.patient_ids == ("a", "b")
    assert cohort.dropped_by_reason() == {"not measured by ann": 2, "expression only": 1}


def test_an_unknown_rater_is_refused_with_those_there_are(make):
    with pytest.raises(InputError, match=r"nothing by rater 'eve'; its raters are 'ann'"):
        read_targets(make.features(make.rows(["p1"])), "eve")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": -1.0}, r"edema volume of patient p1 is -1\.0"),
        ({"value": float("nan")}, r"edema volume of patient p1 is nan"),
        ({"unit": "cm3"}, r"edema volume is in cm3 and, for patient p2, in mm3"),
    ],
)
def test_impossible_values_are_refused_by_name(make, change, message):
    rows = changed(make.rows(["p1", "p2"]), "p1", "edema", "volume", **change)

    with pytest.raises(InputError, match=message):
        read_targets(make.features(rows))


def test_two_versions_of_one_segmentation_are_refused(make):
    rows = make.rows(["p1"])
    second = [dataclasses.replace(row, version=2) for row in rows]

    with pytest.raises(InputError, match=r"several values of enhancing volume by rater 'ann'"):
        read_targets(make.features(rows + second))


def test_a_table_without_a_complete_patient_is_refused(make):
    rows = [row for row in make.rows(["p1"]) if row.roi == "edema"]

    with pytest.raises(InputError, match=r"no patient has all 20 features .*no row for enhancing"):
        read_targets(make.features(rows))


def test_patients_are_joined_by_id_and_the_rest_is_counted_by_reason(make):
    rows = changed(make.rows(["a", "b", "c", "d"]), "d", "edema", "volume", value=None)
    cohort = join(expression(["x", "c", "a", "d", "y"]), read_targets(make.features(rows)))

    assert cohort.patient_ids == ("a", "c")
    assert cohort.dropped_by_reason() == {
        "empty ROI: edema": 1,
        "features only": 1,
        "expression only": 2,
    }


def test_no_patient_in_common_is_refused_with_an_id_of_each(make):
    features = read_targets(make.features(make.rows(["a", "b"])))

    with pytest.raises(
        InputError, match=r"No patient is in both e\.csv \(such as x\).*such as a\)"
    ):
        join(expression(["x"]), features)


def test_a_feature_that_is_0_in_all_a_fold_learns_from_is_refused_by_fold_and_name(make):
    patients = ["a", "b", "c", "d"]
    rows = make.rows(patients)
    for name in patients[:3]:
        rows = changed(rows, name, "edema", "minor_axis", value=0.0)
    cohort = join(expression(patients), read_targets(make.features(rows)))
    folds = make_folds(4, 4, seed=1)
    (fold,) = (fold for fold in folds if 3 in fold.held_out)

    with pytest.raises(InputError, match=rf"fold {fold.number} .*3 patients .*edema minor_axis"):
        refuse_unscalable(cohort, folds)
    refuse_unscalable(cohort, tuple(other for other in folds if other is not fold))


def test_a_constant_feature_is_refused_by_name(make):
    rows = make.rows(["a", "b"])
    rows = changed(rows, "a", "edema", "minor_axis", value=7.0)
    rows = changed(rows, "b", "edema", "minor_axis", value=7.0)

    with pytest.raises(InputError, match=r"same value in all 2 patients for edema minor_axis;"):
        join(expression(["a", "b"]), read_targets(make.features(rows)))
