"""What a training takes over from the reader of expression."""

from radiogenomics.training.data import read_training_data

NAMES = ("p1", "p2", "p3")


def test_patients_of_the_feature_table_tell_which_way_round_a_matrix_is(tmp_path, make):
    features = make.features(make.rows(NAMES))
    (tmp_path / "e.tsv").write_text("id\tp1\tp2\tp3\ng1\t1\t2\t3\ng2\t4\t5\t7\n")
    matrix = read_training_data(tmp_path / "e.tsv", features).matrix

    assert (matrix.patient_ids, matrix.genes) == (NAMES, ("g1", "g2"))
    assert matrix.report.rows_because == "3 of 3 column names are known patients"


def test_the_hash_of_a_folder_changes_with_any_file_that_was_read(tmp_path, make):
    features = make.features(make.rows(NAMES))
    folder = tmp_path / "gdc"
    folder.mkdir()
    sheet = "File ID\tFile Name\tCase ID\tSample ID\tSample Type\n"
    for number, name in enumerate(NAMES):
        sheet += f"f{number}\tf{number}.tsv\t{name}\t{name}-01\tPrimary Tumor\n"
        (folder / f"f{number}.tsv").write_text(f"EGFR\t{number}\nTP53\t2\n")
    (folder / "sheet.tsv").write_text(sheet)

    def given():
        return read_training_data(folder, features).inputs["expression"]

    before = given()
    (folder / "unread.tsv").write_text("not in the sheet")
    unchanged = given()
    (folder / "f2.tsv").write_text("EGFR\t9\nTP53\t2\n")

    assert before["file"] == "gdc"
    assert unchanged == before
    assert given()["sha256"] != before["sha256"]
