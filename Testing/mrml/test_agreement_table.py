"""What the command line found on the raters of a study, as Slicer shows it."""

import pytest

from radiogenomics.agreement import cohort_agreement
from radiogenomics.agreement.tables import FEATURES, FOLDER, write_feature_agreement
from radiogenomics.errors import InputError
from radiogenomics.mrml.agreement_table import COLUMNS, AgreementTable
from radiogenomics.study import FeatureRow


def write(study, offset):
    values = {"1": 10.0, "2": 20.0, "3": 35.0}
    found = cohort_agreement(
        FeatureRow(patient_id, rater, 1, roi, "max_diameter", value + gap, "mm")
        for patient_id, value in values.items()
        for rater, gap in (("A", 0.0), ("B", offset * value))
        for roi in ("enhancing", "edema")
    )
    write_feature_agreement(study.root / FOLDER / FEATURES, found.features)
    return found.features


def shown(node):
    table = node.GetTable()
    return [
        [table.GetValue(row, column).ToString() for column in range(table.GetNumberOfColumns())]
        for row in range(table.GetNumberOfRows())
    ]


def test_the_table_node_holds_the_studys_table(scene, study):
    features = write(study, 0.1)
    node = AgreementTable(scene).show(study)
    assert [node.GetColumnName(column) for column in range(len(COLUMNS))] == list(COLUMNS)
    rows = shown(node)
    assert [row[0] for row in rows] == ["Enhancing", "Edema"]
    single = features[0].correlation.single
    assert rows[0][1:5] == [
        "Max diameter",
        f"{single.value:.3f}",
        single.word,
        f"{single.low:.3f} to {single.high:.3f}".replace("-", "−"),
    ]
    assert rows[0][6] == "3"
    assert node.GetLocked()


def test_a_new_comparison_replaces_the_one_before_in_the_same_node(scene, study):
    table = AgreementTable(scene)
    write(study, 0.1)
    before = table.show(study)
    first = shown(before)
    write(study, 0.5)
    assert table.show(study) is before
    assert shown(before) != first
    assert len(shown(before)) == 2


def test_without_a_comparison_the_command_is_said_and_what_is_shown_stays(scene, study):
    table = AgreementTable(scene)
    with pytest.raises(InputError, match="radiogenomics agree"):
        table.show(study)
    assert table.node is None
    write(study, 0.1)
    rows = shown(table.show(study))
    (study.root / FOLDER / FEATURES).write_text("nonsense")
    with pytest.raises(InputError, match="lacks the columns"):
        table.show(study)
    assert shown(table.node) == rows


def test_the_table_leaves_the_scene_and_comes_again(scene, study):
    table = AgreementTable(scene)
    write(study, 0.1)
    node = table.show(study)
    table.remove()
    assert not scene.IsNodePresent(node)
    assert scene.IsNodePresent(table.show(study))
    scene.Clear(False)
    assert table.node is None
    assert scene.IsNodePresent(table.show(study))
