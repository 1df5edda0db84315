"""The feature table beside predictions and the cohort, as people read it and as it is kept."""

import json
import time

import numpy as np
import pytest

from radiogenomics.errors import InputError
from radiogenomics.mrml.board import FeatureBoard
from radiogenomics.mrml.caselist import list_cases, neighbour, progress_words
from radiogenomics.mrml.comparison import compare_features
from radiogenomics.mrml.live import LiveRoi
from radiogenomics.mrml.predicted import find_runs, read_prediction_source
from radiogenomics.mrml.table import COLUMNS, OUTSIDE, FeatureTable, table_cells
from radiogenomics.shape import FEATURE_NAMES, measure_mask
from radiogenomics.study import FeatureRow, Role, State
from radiogenomics.study.predictions import Prediction, write_predictions
from radiogenomics.study.tables import write_features

from .conftest import SHAPE, ball


def live(radius=9.0):
    return LiveRoi("edema", measure_mask(ball(SHAPE, (20, 20, 20), radius), (1, 1, 1)))


def prediction(patient_id, feature="max_diameter", predicted=20.0, kind="out_of_fold", **given):
    values = {"measured": 18.0, "lower": 19.0, "upper": 21.0, "model": "network"} | given
    return Prediction(
        patient_id=patient_id,
        roi="edema",
        feature=feature,
        unit="mm",
        predicted=predicted,
        kind=kind,
        fold=1 if kind == "out_of_fold" else None,
        run_id="first",
        **values,
    )


def only(features, name):
    return next(one for one in features if one.feature == name)


def test_difference_is_predicted_less_measured_and_outside_is_marked():
    one = only(
        compare_features(
            [live()], predictions={("edema", "max_diameter"): prediction("P1", predicted=20.0)}
        ),
        "max_diameter",
    )
    assert one.measured == 18.0
    assert one.difference == pytest.approx(2.0)
    assert one.percent == pytest.approx(100 * 2 / 18)
    assert one.is_outside
    cells = dict(zip(COLUMNS, table_cells(one), strict=True))
    assert cells["Measured"] == "18.00"
    assert cells["Predicted"] == "20.00"
    assert cells["Difference"] == "+2.00"
    assert cells["Difference %"] == "+11.1"
    assert cells["Interval"] == "19.00 – 21.00"
    assert cells["Outside"] == OUTSIDE


def test_the_ends_of_the_interval_count_as_inside():
    ends = {("edema", "max_diameter"): prediction("P1", lower=18.0)}
    assert not only(compare_features([live()], predictions=ends), "max_diameter").is_outside


def test_people_read_cubic_centimetres():
    cells = table_cells(only(compare_features([live()]), "volume"))
    voxels = ball(SHAPE, (20, 20, 20), 9).sum()
    assert cells[2:4] == (f"{voxels / 1000:.3f}", "cm³")


def test_the_case_itself_is_no_part_of_the_cohort_it_is_compared_with():
    cohort = {("edema", "max_diameter"): {"P1": 18.0, "P2": 10.0, "P3": 30.0}}
    features = compare_features([live()], patient_id="P1", cohort=cohort)
    assert only(features, "max_diameter").percentile == 50
    assert only(features, "volume").percentile is None


def test_an_empty_region_has_volume_zero_and_empty_cells():
    features = compare_features([LiveRoi("edema", measure_mask(np.zeros(SHAPE), (1,) * 3))])
    assert table_cells(only(features, "volume"))[2] == "0"
    assert table_cells(only(features, "max_diameter"))[2] == ""


def test_a_percent_of_zero_is_no_number():
    one = only(
        compare_features(
            [LiveRoi("edema", measure_mask(ball((1, 1, 1), (0, 0, 0), 1), (1,) * 3))],
            predictions={("edema", "max_diameter"): prediction("P1")},
        ),
        "max_diameter",
    )
    assert (one.measured, one.percent) == (0.0, None)


def test_the_table_node_has_one_row_a_feature_and_is_used_again(scene):
    table = FeatureTable(scene)
    table.show(compare_features([live()]))
    node = table.node
    assert node.GetNumberOfRows() == len(FEATURE_NAMES)
    assert [node.GetColumnName(column) for column in range(node.GetNumberOfColumns())] == list(
        COLUMNS
    )
    assert node.GetCellText(5, 1) == "Max diameter"
    assert node.GetCellText(5, 2) == "18.00"
    table.show(compare_features([live(5.0)]))
    assert table.node is node
    assert node.GetCellText(5, 2) == "10.00"
    scene.RemoveNode(node)
    table.show(compare_features([live()]))
    assert table.node.GetCellText(5, 2) == "18.00"


def test_a_scene_that_holds_a_table_gets_no_second_one(scene):
    FeatureTable(scene).show(compare_features([live()]))
    FeatureTable(scene).show(compare_features([live(5.0)]))
    assert scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1


def test_only_a_change_of_a_table_is_told(scene):
    table = FeatureTable(scene)
    table.show(compare_features([live()]))
    told = []
    table.node.AddObserver("ModifiedEvent", lambda *_: told.append(1))
    table.show(compare_features([live(5.0)]))
    assert len(told) == 1


def test_a_trained_patient_is_shown_with_its_out_of_fold_prediction(tmp_path):
    path = tmp_path / "predictions.csv"
    write_predictions(
        path,
        [
            prediction("P1", predicted=1.0, kind="out_of_fold"),
            prediction("P1", predicted=2.0, kind="final"),
            prediction("P2", predicted=3.0, kind="final"),
            prediction("P1", predicted=4.0, model="median"),
        ],
    )
    source = read_prediction_source(path)
    assert source.models == ("network", "median")
    assert source.of_patient("P1", "network")["edema", "max_diameter"].predicted == 1.0
    assert source.of_patient("P2", "network")["edema", "max_diameter"].kind == "final"
    assert source.of_patient("P2", "median") == {}


def test_the_model_card_tells_of_the_run(study):
    run = study.root / "runs" / "first"
    write_predictions(run / "predictions.csv", [prediction("P1")])
    (run / "manifest.json").write_text(
        json.dumps({"seed": 7, "patients": {"trained": 60}, "methods": {"intervals": "conformal"}})
    )
    (run / "metrics.csv").write_text(
        "roi,feature,unit,model,mae_scaled,mape\ne,v,mm,network,0.2,20\n,average,,network,0.1,12\n"
    )
    assert find_runs(study) == [run]
    card = dict(read_prediction_source(run).model_card("network"))
    assert card["Trained on"] == "60 patients"
    assert card["Seed"] == "7"
    assert card["Average scaled MAE"] == "0.1000"
    assert card["Kind"] == "out-of-fold"


@pytest.mark.parametrize("content", [None, "", "a,b\n1,2\n"])
def test_a_file_without_predictions_is_refused_by_name(tmp_path, content):
    path = tmp_path / "predictions.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=r"predictions\.csv"):
        read_prediction_source(path)


def test_the_board_compares_with_the_studys_table_and_forgets_it(scene, study):
    rows = [
        FeatureRow(f"P{n}", "Eva", 1, "edema", "max_diameter", 10.0 * n, "mm") for n in (1, 2, 3)
    ]
    write_features(study.root / "features.csv", rows)
    board = FeatureBoard(scene)
    board.use_study(study)
    assert board.cohort["edema", "max_diameter"] == {"P1": 10.0, "P2": 20.0, "P3": 30.0}
    board.use_study(None)
    assert board.cohort == {}


def test_the_case_list_of_a_reader_is_about_the_own_work(study):
    case = study.case("P1")
    case.add_segmentation("Olga", lambda path: path.write_bytes(b"x"))
    case.review(State.SUBMITTED, who="Olga", role=Role.READER, rater="Olga", version=1)
    statuses = {role: list_cases(study, "Eva Nová", role)[0].status for role in Role}
    assert statuses == {Role.READER: "not begun", Role.REVIEWER: "submitted"}
    case.review(State.APPROVED, who="Jan Malý", role=Role.REVIEWER, rater="Olga", version=1)
    cases = list_cases(study, "Eva Nová", Role.READER)
    assert cases[0].status == "approved"
    assert progress_words(cases) == "1 of 3 approved"


def test_a_damaged_case_is_listed_as_such_with_the_reason(study):
    folder = study.case("P2").folder / "segmentations"
    folder.mkdir()
    (folder / "Eva Nová.v01.json").write_text("{")
    damaged = list_cases(study, "Eva Nová", Role.READER)[1]
    assert damaged.status == "damaged"
    assert "Eva Nová.v01.json is damaged" in damaged.note


def test_walking_the_list_stops_at_its_ends(study):
    cases = list_cases(study, None, None)
    assert neighbour(cases, None, 1) == "P1"
    assert neighbour(cases, "P1", 1) == "P2"
    assert neighbour(cases, "P3", 1) is None
    assert neighbour(cases, "P1", -1) is None
    assert neighbour([], "P1", 1) is None


@pytest.mark.parametrize("given", [{"predicted": float("nan")}, {"lower": float("nan")}])
def test_a_prediction_that_is_no_number_is_refused_with_its_line(tmp_path, given):
    path = tmp_path / "predictions.csv"
    write_predictions(path, [prediction("P1"), prediction("P2", **given)])
    with pytest.raises(InputError, match=r"line 3: the predicted value or its interval is no num"):
        read_prediction_source(path)


def test_predictions_in_another_unit_are_refused(tmp_path):
    path = tmp_path / "predictions.csv"
    write_predictions(path, [prediction("P1", "volume")])
    with pytest.raises(InputError, match="volume of P1 is in 'mm', and here it is measured in"):
        read_prediction_source(path)


def test_a_patient_among_many_is_found_without_a_search_each_time(tmp_path):
    path = tmp_path / "predictions.csv"
    write_predictions(path, [prediction(f"P{number}") for number in range(20_000)])
    source = read_prediction_source(path)
    source.of_patient("P1", "network")
    began = time.perf_counter()
    for number in range(1000):
        assert len(source.of_patient(f"P{number}", "network")) == 1
    assert time.perf_counter() - began < 0.5
