"""The panel on real Qt in the imitation of Slicer's application (see the package pythonqt)."""

import pytest
from panelsteps import cells, draw


def test_the_panel_builds_and_says_that_no_study_is_open(panel):
    assert panel.study.ui.studyLabel.text == "No study is open."
    assert not panel.segment.ui.content.enabled


def test_a_study_lists_its_cases_with_status_filter_and_progress(working):
    ui = working.study.ui
    assert cells(ui.caseTable) == ["PHANTOM-1", "PHANTOM-2", "PHANTOM-3"]
    assert cells(ui.caseTable, 1) == ["not begun"] * 3
    assert ui.approvedBar.format == "0 of 3 approved"
    ui.filterEdit.text = "tom-2"
    assert cells(ui.caseTable) == ["PHANTOM-2"]
    ui.filterEdit.text = ""
    ui.statusBox.currentIndex = ui.statusBox.findData("approved")
    assert cells(ui.caseTable) == []


def test_no_rater_is_taken_from_the_system(panel, folder, slicerApplication):
    panel.study.openStudy(str(folder))
    panel.study.openCase("PHANTOM-1")
    assert panel.workplace.session.rater is None
    assert "Nobody is signed in" in slicerApplication.dialogs[0].text


def test_drawing_fills_the_table_and_a_row_selects_what_is_drawn(working, slicerApplication):
    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    table = working.workplace.session.board.table.node
    assert table.GetCellText(0, 2) not in ("", "0")
    working.features.selectRow(5)
    slicerApplication.processEvents()
    assert working.workplace.highlight.selected == ("enhancing", "max_diameter")
    assert working.segment.ui.savedLabel.text == "Not saved yet"
    working.segment.ui.saveButton.click()
    assert working.segment.ui.savedLabel.text == "Version 1 is saved"
    assert cells(working.study.ui.caseTable, 1)[0] == "draft"


def test_each_region_is_drawn_on_its_own_image_and_one_key_switches(working):
    working.study.openCase("PHANTOM-1")
    editor = working.segment.ui.editor
    assert editor.sourceVolumeNode().GetName() == "PHANTOM-1 t1c"
    assert editor.currentSegmentID() == "Segment_enhancing"
    working.segment.switchRoi()
    assert editor.sourceVolumeNode().GetName() == "PHANTOM-1 flair"
    assert editor.currentSegmentID() == "Segment_edema"
    assert working.segment.ui.edemaButton.checked
    overwrite = editor.mrmlSegmentEditorNode().GetOverwriteMode()
    import slicer

    assert overwrite == slicer.vtkMRMLSegmentEditorNode.OverwriteAllSegments


def test_necrosis_is_added_on_demand(working):
    working.study.openCase("PHANTOM-1")
    node = working.workplace.session.live.node
    assert node.GetSegmentation().GetNumberOfSegments() == 2
    working.segment.ui.necrosisButton.click()
    assert node.GetSegmentation().GetNumberOfSegments() == 3
    assert working.segment.ui.editor.currentSegmentID() == "Segment_necrosis"


def test_next_and_previous_walk_the_list_and_lose_nothing(working, slicerApplication):
    working.study.step(1)
    assert working.workplace.session.patient_id == "PHANTOM-1"
    draw(working, slicerApplication)
    measured = [one.measured for one in working.workplace.session.board.features]
    working.study.step(1)
    assert working.workplace.session.patient_id == "PHANTOM-2"
    working.study.step(-1)
    assert [one.measured for one in working.workplace.session.board.features] == measured
    assert "restored" in slicerApplication.dialogs[-1].text
    working.study.step(-1)
    assert working.workplace.session.patient_id == "PHANTOM-1"


def test_submit_makes_it_read_only_and_a_reviewer_returns_it(working, slicerApplication):
    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    working.review.ui.submitButton.click()
    assert working.segment.ui.editor.readOnly
    assert not working.review.ui.approveButton.enabled
    assert working.review.ui.withdrawButton.enabled
    working.rater.signIn("Jan Malý", "reviewer")
    working.study.openCase("PHANTOM-1")
    assert working.review.ui.raterBox.currentText == "Eva Nová"
    working.review.ui.openRaterButton.click()
    assert working.segment.ui.editor.readOnly
    working.review.ui.returnButton.click()
    assert "with a comment" in slicerApplication.dialogs[-1].text
    working.review.ui.commentEdit.text = "Thinner in front"
    working.review.ui.returnButton.click()
    assert "Thinner in front" in working.review.ui.logEdit.plainText
    assert cells(working.study.ui.caseTable, 1)[0] == "returned"


def test_a_reviewer_is_not_offered_to_approve_the_own_work(working, slicerApplication):
    working.rater.signIn("Jan Malý", "reviewer")
    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    working.review.ui.submitButton.click()
    assert working.workplace.session.open.state == "submitted"
    assert not working.review.ui.approveButton.enabled
    assert not working.review.ui.returnButton.enabled


def test_two_raters_are_compared_and_a_consensus_is_saved(working, slicerApplication, folder):
    from radiogenomics.study import Study

    for name in ("Eva Nová", "Olga"):
        working.rater.signIn(name, "reader")
        working.study.openCase("PHANTOM-1")
        draw(working, slicerApplication)
        working.review.take("submit")
    working.review.ui.raterBox.currentIndex = working.review.ui.raterBox.findData("Eva Nová")
    working.review.ui.compareButton.click()
    assert cells(working.review.ui.agreementTable) == ["Enhancing", "Edema"]
    assert cells(working.review.ui.agreementTable, 1) == ["1.00", "1.00"]
    working.review.ui.compareButton.click()
    assert not working.review.ui.compareButton.checked
    working.review.ui.consensusButton.click()
    assert slicerApplication.dialogs == []
    assert "consensus version 1" in working.review.ui.consensusLabel.text
    assert Study.open(folder).case("PHANTOM-1").latest("consensus").version == 1


def test_predictions_come_with_their_kind_and_card(working, slicerApplication, folder):
    from radiogenomics.study.predictions import Prediction, write_predictions

    rows = [
        Prediction(
            f"PHANTOM-{n}",
            "edema",
            "volume",
            "mm3",
            5e4 + n,
            6e4,
            5e4,
            7e4,
            "network",
            "out_of_fold",
            2,
            "first",
        )
        for n in (1, 2, 3)
    ]
    write_predictions(folder / "runs" / "first" / "predictions.csv", rows)
    working.study.openStudy(str(folder))
    working.rater.signIn("Eva Nová", "reader")
    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    ui = working.predictions.ui
    ui.runBox.currentIndex = ui.runBox.findText("first")
    assert ui.kindLabel.text.startswith("out-of-fold")
    assert "Kind: out-of-fold" in ui.cardBrowser.plainText
    table = working.workplace.session.board.table.node
    assert table.GetCellText(10, 4) == "60.00"
    working.features.selectRow(10)
    ui.plotFeatureButton.click()
    assert slicerApplication.dialogs == []
    assert working.workplace.highlight.plots.feature_chart is not None


def test_tables_and_the_page_are_exported(working, slicerApplication, tmp_path):
    from radiogenomics.study import read_features

    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    working.export.exportTable(str(tmp_path / "case.csv"), "case", False)
    assert len(read_features(tmp_path / "case.csv")) == 20
    working.segment.save()
    working.export.exportTable(str(tmp_path / "study.csv"), "study", False)
    exported = read_features(tmp_path / "study.csv")
    assert {row.rater for row in exported} == {"Eva Nová"}
    working.export.savePage(str(tmp_path / "page.html"))
    assert "PHANTOM-1" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert slicerApplication.dialogs == []


def test_any_segmentation_is_measured_without_a_study(panel, slicerApplication):
    import slicer

    from RadiogenomicsLib import SampleCase

    *_, node = SampleCase.addPhantom(spacing=3.0)
    panel.features.ui.segmentationBox.setCurrentNode(node)
    panel.features.ui.followButton.click()
    board = panel.workplace.session.board
    assert board.features[0].measured > 0
    assert slicerApplication.dialogs == []
    edema = panel.features.ui.enhancingBox
    edema.currentIndex = edema.findText("Edema")
    volume = board.features[10].measured
    panel.features.ui.followButton.click()
    assert board.features[0].measured == volume
    slicer.mrmlScene.Clear(False)
    assert panel.workplace.session.live is None


def test_closing_the_scene_keeps_work_and_the_panel_goes_on(working, slicerApplication):
    import slicer

    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    slicer.mrmlScene.Clear(False)
    slicerApplication.processEvents()
    assert working.workplace.session.open is None
    working.study.openCase("PHANTOM-1")
    assert working.workplace.session.board.features[0].measured > 0


def test_leaving_takes_back_keys_and_choices_and_entering_brings_them(working):
    import slicer

    working.study.openCase("PHANTOM-1")
    working.exit()
    assert working._shortcuts == []
    assert working._parameterNode is None
    working.enter()
    assert len(working._shortcuts) == 3
    slicer.app.processEvents()


def test_reload_keeps_work_and_builds_the_panel_anew(working, slicerApplication):
    import slicer

    working.study.openCase("PHANTOM-1")
    draw(working, slicerApplication)
    slicer.modules.RadiogenomicsWidget.onReload()
    slicerApplication.processEvents()
    fresh = slicer.modules.RadiogenomicsWidget.panel
    assert fresh is not working
    assert fresh.isEntered
    assert len(fresh._shortcuts) == 3
    assert fresh.workplace.session.study is None
    slicer.modules.RadiogenomicsWidget.cleanup()


@pytest.mark.usefixtures("module")
def test_sample_data_offers_the_phantom(others):
    import slicer

    (source,) = others.sources["Radiogenomics"]
    nodes = source.customDownloader(source)
    assert [node.GetClassName() for node in nodes] == ["vtkMRMLScalarVolumeNode"] * 3 + [
        "vtkMRMLSegmentationNode"
    ]
    assert slicer.mrmlScene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


@pytest.mark.usefixtures("panel")
def test_the_self_test_passes_as_far_as_it_runs_here(capsys, slicerApplication):
    from RadiogenomicsLib.SelfTest import VERDICT, SelfTest
    from RadiogenomicsLib.Settings import remember, remembered

    remember("rater", "Eva Nová")
    steps = []
    SelfTest(steps.append).run()
    assert "Draw in the panel" in steps
    assert VERDICT in capsys.readouterr().out
    assert slicerApplication.dialogs == []
    assert remembered("rater") == "Eva Nová"


@pytest.mark.parametrize("state", ["empty", "drawn"])
def test_pictures_of_the_panel_can_be_taken(working, slicerApplication, state, tmp_path):
    if state == "drawn":
        working.study.openCase("PHANTOM-1")
        draw(working, slicerApplication)
    picture = slicerApplication.grab(working.widget, tmp_path / "panel.png")
    assert picture.stat().st_size > 10_000


def test_the_agreement_over_the_study_is_shown_once_the_command_line_has_found_it(
    working, slicerApplication, folder
):
    from radiogenomics.agreement import cohort_agreement
    from radiogenomics.agreement.tables import FEATURES, FOLDER, write_feature_agreement
    from radiogenomics.study import FeatureRow

    ui = working.review.ui
    assert not ui.cohortView.visible
    ui.cohortButton.click()
    assert "radiogenomics agree" in slicerApplication.dialogs[-1].text
    assert not ui.cohortButton.checked

    found = cohort_agreement(
        FeatureRow(patient_id, rater, 1, "edema", "max_diameter", value + gap, "mm")
        for patient_id, value in (("1", 10.0), ("2", 20.0), ("3", 35.0))
        for rater, gap in (("A", 0.0), ("B", value / 50))
    )
    write_feature_agreement(folder / FOLDER / FEATURES, found.features)
    ui.cohortButton.click()
    node = working.workplace.agreement.node
    assert ui.cohortView.mrmlTableNode() is node
    assert node.GetTable().GetValue(0, 1).ToString() == "Max diameter"
    ui.cohortButton.click()
    assert working.workplace.agreement.node is None
    ui.cohortButton.click()
    working.study.openStudy(str(folder))
    assert not ui.cohortButton.checked
    assert working.workplace.agreement.node is None
