"""The report of a run: its numbers are those of the run, and its page stands alone."""

import csv
import dataclasses
import html
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from radiogenomics.errors import InputError
from radiogenomics.evaluation.comparison import compare_models
from radiogenomics.evaluation.report import write_report
from radiogenomics.evaluation.report.account import estimate_kind
from radiogenomics.evaluation.report.averages import averages_table
from radiogenomics.evaluation.report.evidence import Thoroughness, gather
from radiogenomics.evaluation.report.summary import summarise
from radiogenomics.training.run_folder import load_run

QUICK = Thoroughness(resamples=99, permutations=99, simulations=20)


class Reader(HTMLParser):
    """What a browser would fetch, and the cells of every table."""

    def __init__(self):
        super().__init__()
        self.loads, self.tables, self.ids, self._table = [], {}, [], None

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag != "a":
            keys = ("src", "href", "xlink:href", "data", "srcset", "poster")
            self.loads += [values[key] for key in keys if values.get(key)]
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "table":
            self._table = self.tables.setdefault(values["id"], [])
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("td", "th") and self._table:
            self._table[-1].append("")

    def handle_endtag(self, tag):
        if tag == "table":
            self._table = None

    def handle_data(self, data):
        if self._table and self._table[-1]:
            self._table[-1][-1] += data.strip()


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def report_of(path, out):
    return write_report(load_run(path), out, thoroughness=QUICK)


def read(page):
    reader = Reader()
    reader.feed(page)
    return reader


def text_of(markup):
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", markup).split()))


@pytest.fixture(scope="module")
def written(run_path, tmp_path_factory):
    return report_of(run_path, tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def page(written):
    return written.page.read_text(encoding="utf-8")


def test_the_errors_of_tables_3_and_4_are_those_of_the_metrics_file(run_path, written):
    factors = {"mm3": 1e-3, "mm2": 1e-2}
    metrics = {
        (row["roi"], row["feature"], row["model"]): row for row in rows_of(run_path / "metrics.csv")
    }
    mae = rows_of(written.folder / "table3_mae.csv")
    mape = rows_of(written.folder / "table4_mape.csv")

    assert len(mae) == len(mape) == 20
    for table, key in ((mae, "mae"), (mape, "mape")):
        for row in table:
            for model in ("network", "linear", "median", "mean", "least_mape"):
                expected = metrics[row["roi"], row["feature"], model]
                factor = factors.get(expected["unit"], 1.0) if key == "mae" else 1.0
                assert float(row[f"{key}_{model}"]) == pytest.approx(
                    factor * float(expected[key]), rel=1e-12
                )


def test_the_averages_of_table_2_are_those_of_the_metrics_file(run_path, written):
    averages = {
        row["model"]: row
        for row in rows_of(run_path / "metrics.csv")
        if row["feature"] == "average"
    }
    rows = rows_of(written.folder / "table2_averages.csv")
    assert {row["model"] for row in rows} == set(averages)
    for row in rows:
        for key in ("mae_scaled", "mape"):
            assert float(row[key]) == pytest.approx(float(averages[row["model"]][key]), rel=1e-12)


def test_the_page_shows_the_numbers_of_the_files(written, page):
    """Every number of the page's Tables 2 to 4 is that of the file, rounded."""
    tables = read(page).tables
    for name, key, digits in (
        ("table2_averages", "mae_scaled", 4),
        ("table4_mape", "mape_network", 1),
    ):
        shown = {cell for row in tables[name] for cell in row}
        for row in rows_of(written.folder / f"{name}.csv"):
            assert f"{float(row[key]):.{digits}f}" in {cell.rstrip("†‡") for cell in shown}


def test_the_paper_stands_beside_the_run(written):
    rows = {row["model"]: row for row in rows_of(written.folder / "table2_averages.csv")}

    assert (rows["network"]["mae_scaled_paper"], rows["network"]["mape_paper"]) == (
        "0.1342",
        "52.53",
    )
    assert rows["network"]["features_lower_mape_paper"] == "20"
    assert (rows["linear"]["mae_scaled_paper"], rows["linear"]["mape_paper"]) == (
        "0.1456",
        "69.51",
    )
    first = rows_of(written.folder / "table3_mae.csv")[0]
    assert (first["unit"], first["paper_measured_mean"]) == ("cm3", "29.3")


def test_p_values_are_those_of_the_comparison(run_path, written):
    comparison = compare_models(load_run(run_path).predictions, "network", "linear", resamples=99)
    rows = [
        row
        for row in rows_of(written.folder / "differences.csv")
        if (row["model"], row["reference"]) == ("network", "linear")
    ]

    assert len(rows) == 40
    for row, each in zip(rows[::2], comparison.features, strict=True):
        assert (row["measure"], row["feature"]) == ("mae", each.feature)
        assert float(row["p_bonferroni"]) == each.absolute.p.bonferroni
        assert float(row["cautious_p_bonferroni"]) == each.absolute.cautious.bonferroni


def test_a_dagger_marks_the_paper_s_test_and_a_double_one_also_the_cautious(run_path, page):
    cells = [cell for row in read(page).tables["table3_mae"] for cell in row]
    predictions = load_run(run_path).predictions
    features = [
        each.absolute
        for model in ("network", "median", "mean", "least_mape")
        for each in compare_models(predictions, model, "linear", resamples=99).features
    ]
    marked = sum(pair.significant() for pair in features)
    doubly = sum(pair.significant(cautious=True) for pair in features)

    assert 0 < doubly < marked
    assert sum(cell.endswith("‡") for cell in cells) == doubly
    assert sum(cell.endswith("†") for cell in cells) == marked - doubly


def test_the_page_loads_nothing(page):
    reader = read(page)

    assert [address for address in reader.loads if not address.startswith("#")] == []
    assert "@import" not in page
    assert "<script" not in page
    assert re.findall(r"url\((?!#)[^)]*\)", page) == []


def test_every_id_of_the_page_is_its_own_and_every_mark_is_drawn(page):
    ids = read(page).ids

    assert len(ids) == len(set(ids))
    used = set(re.findall(r'href="#([^"]+)"', page)) | set(re.findall(r"url\(#([^)]+)\)", page))
    assert used <= set(ids)


def test_figures_and_tables_are_told_to_who_cannot_see_them(page):
    assert len(re.findall(r'<svg role="img" aria-label="[^"]{20,}"', page)) == page.count("<svg")
    assert page.count("<caption>") == page.count("<table")


def test_the_same_run_gives_the_same_bytes_and_stays_as_it_was(run_path, written):
    before = load_run(run_path)

    again = report_of(run_path, None)

    assert again.page == run_path / "report.html"
    files = sorted(path.name for path in written.folder.iterdir())
    assert files == sorted(path.name for path in again.folder.iterdir())
    assert {"figure2_learning_curves.svg", "figure3_errors.png", "table3_mae.csv"} <= set(files)
    for name in files:
        assert (written.folder / name).read_bytes() == (again.folder / name).read_bytes(), name
    assert written.page.read_bytes() == again.page.read_bytes()
    assert load_run(run_path) == before


def test_a_network_that_wins_is_said_to_win(written):
    assert written.headline == (
        "The network beats every constant in both average errors, by more than chance. "
        "Its average errors are lower than those of the elastic net, by more than chance. "
        "The elastic net's settings were chosen by these very folds, which flatters it."
    )


def test_floors_that_win_are_shown_winning(make_run, tmp_path):
    path = make_run(tmp_path / "run", tells={"network": -0.3, "linear": -0.1})
    evidence = gather(load_run(path), thoroughness=QUICK)

    summary = summarise(evidence)

    assert summary.headline.startswith("The network does not beat a constant")
    # Against each floor and the linear model: own error, then the other's, which is the lower one.
    assert {row.cells[0].value for row in summary.glance.rows} >= {"median", "linear"}
    for row in summary.glance.rows:
        assert (row.cells[1].strong, row.cells[2].strong) == (False, True)
    assert summary.points[0].startswith("Lowest average MAE of the 5 models: training median")
    assert "does not tell patients apart better than chance" in summary.points[-1]
    assert any("What is smaller may be there" in point for point in summary.points)
    strong = [row.cells[0].value for row in averages_table(evidence).rows if row.cells[1].strong]
    assert strong == ["median"]


EVIL = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def odd(make_run, tmp_path_factory):
    """A run without the linear model, whose names mean something in HTML."""
    folder = tmp_path_factory.mktemp("odd")
    patients = [f"<b>{i}</b>{EVIL}" for i in range(12)]
    models = ("../a<i>b$^$", "median", "mean")
    return report_of(
        make_run(folder / "run", models, patients=patients, dropped=(EVIL,)), folder / "out"
    )


def test_without_the_linear_model_the_median_is_the_reference_and_that_is_said(odd):
    page = odd.page.read_text(encoding="utf-8")

    assert "The run holds no elastic net" in page
    assert "which is not in this run" in page
    rows = rows_of(odd.folder / "differences.csv")
    assert {row["reference"] for row in rows} == {"median", "mean"}


def test_names_with_a_meaning_in_html_do_nothing(odd):
    page = odd.page.read_text(encoding="utf-8")

    assert "<script" not in page
    assert "<i>b" not in page
    assert "&lt;b&gt;" in page
    assert page.count("alert(1)") > 2
    assert "a&lt;i&gt;b$^$" in page
    assert (odd.folder / "predicted____a_i_b___.svg").exists()


@pytest.fixture(scope="module")
def baselines(make_run, make_repeats, tmp_path_factory):
    """A run of baselines alone, repeated three times."""
    folder = tmp_path_factory.mktemp("baselines")
    models = ("linear", "ridge", "median", "mean", "least_mape")
    path = make_run(folder / "run", models, n_patients=12)
    make_repeats(path, models, [{"linear": share, "ridge": 0.2} for share in (0.1, 0.3, 0.5)])
    return report_of(path, folder / "out")


def test_a_run_of_baselines_alone_has_a_report_without_learning_curves(baselines):
    page = baselines.page.read_text(encoding="utf-8")

    assert baselines.headline.startswith("The elastic net ")
    assert baselines.headline.endswith(
        "Its settings were chosen by these very folds, which flatters it."
    )
    assert "The run holds no network" in page
    assert "Learning curves" not in page


def test_repeats_are_shown_where_there_are_some(baselines, page):
    assert "Average errors in 3 repeats" in baselines.page.read_text(encoding="utf-8")
    assert "Average errors in 3 repeats" not in page
    (row,) = [r for r in rows_of(baselines.folder / "repeats.csv") if r["model"] == "linear"]
    assert float(row["mae_scaled_lowest"]) < float(row["mae_scaled_mean"])
    assert float(row["mae_scaled_mean"]) < float(row["mae_scaled_highest"])
    # Told 0.1 it loses to ridge, which is told 0.2; with 0.3 and 0.5 it wins.
    assert float(row["mae_scaled_share_won"]) == pytest.approx(2 / 3)


def test_what_was_chosen_is_shown(page, baselines):
    settings = read(page).tables
    assert ["network", "all patients", "0.3", "0.25"] in settings["chosen_networks"]
    assert ["Sphericity", "alpha 0.15, R² −0.012"] in settings["chosen_baselines"]
    assert "chosen_networks" not in read(baselines.page.read_text(encoding="utf-8")).tables
    rows = rows_of(baselines.folder / "chosen_baselines.csv")
    assert rows[1]["ridge"] == "alpha=0.05; r2=-0.0123"


def test_leaving_one_patient_out_has_a_report_without_exchanges(make_run, tmp_path):
    models = ("linear", "ridge", "median", "mean", "least_mape")
    path = make_run(tmp_path / "run", models, n_patients=5)
    assert len({one.fold for one in load_run(path).predictions}) == 5

    written = report_of(path, tmp_path / "out")

    page = written.page.read_text(encoding="utf-8")
    assert "is not tested: no fold has two patients" in page
    assert "Better than chance?" not in page
    assert not (written.folder / "chance.csv").exists()
    assert not (written.folder / "chance_features.csv").exists()


def test_a_run_with_floors_alone_has_no_report(make_run, tmp_path):
    with pytest.raises(InputError, match=r"median, mean only; a report needs a model that learns"):
        report_of(make_run(tmp_path / "run", ("median", "mean")), tmp_path / "out")


@pytest.mark.parametrize(
    ("settings", "honest", "said"),
    [
        ({"protocol": "chosen"}, False, "the values that the paper chose"),
        ({"choice": "reporting_folds"}, False, "folds that chose the settings also report"),
        ({"target_scaling": "all_patients"}, False, "divided by its maximum among all"),
        ({"protocol": "own", "expression_steps": "all_patients"}, False, "Genes were standard"),
        ({"protocol": "nested", "choice": "inner_folds"}, True, "chosen by inner folds"),
        ({"protocol": "own", "models": ("network",)}, True, "Settings were fixed beforehand"),
        ({"protocol": "own", "models": ("linear",)}, True, "Settings were chosen by inner folds,"),
        (
            {"protocol": "own", "models": ("linear",), "expression_steps": "all_patients"},
            False,
            "settings of the baselines were chosen by the folds that report",
        ),
    ],
)
def test_what_flatters_an_estimate_is_said(run_path, settings, honest, said):
    run = load_run(run_path)
    steps = "all_patients" if settings.get("choice") == "reporting_folds" else "training_fold"
    given = {"target_scaling": "training_fold", "expression_steps": steps, **settings}
    run = dataclasses.replace(run, config=dataclasses.replace(run.config, **given))

    kind = estimate_kind(run)

    assert kind.honest is honest
    assert any(said in reason for reason in kind.reasons)


def test_the_kind_of_estimate_stands_at_the_head_of_the_page(page):
    head = text_of(page.split("<h2", maxsplit=1)[0])

    assert "Optimistic estimate, out of fold." in head
    assert "the protocol nested gives the honest estimate" in head


@pytest.mark.slow
def test_the_page_prints_without_a_network_or_a_complaint(written, tmp_path):
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("there is no Chromium here")
    printed = tmp_path / "report.pdf"
    subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
            f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={printed}",
            written.page.as_uri(),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )  # fmt: skip
    pages = printed.read_bytes().count(b"/Type /Page\n")
    assert 10 <= pages <= 25
