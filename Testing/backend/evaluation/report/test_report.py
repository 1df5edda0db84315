"""The report of a run: its numbers are those of the run, and its page stands alone."""

import csv
import re
from html.parser import HTMLParser

import pytest

from radiogenomics.evaluation.report import write_report
from radiogenomics.training.run_folder import load_run


class Loads(HTMLParser):
    """What a browser would fetch while it shows the page."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag != "a":
            self.found += [
                values[k] for k in ("src", "href", "xlink:href", "data") if values.get(k)
            ]


def rows_of(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def written(run_path, tmp_path_factory):
    return write_report(load_run(run_path), tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def page(written):
    return written.page.read_text(encoding="utf-8")


def test_the_errors_of_table_3_and_4_are_those_of_the_metrics_file(run_path, written):
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
    for row in rows_of(written.folder / "table2_averages.csv"):
        for key in ("mae_scaled", "mape"):
            assert float(row[key]) == pytest.approx(float(averages[row["model"]][key]), rel=1e-12)


def test_the_page_loads_nothing(page):
    loads = Loads()
    loads.feed(page)

    assert [address for address in loads.found if not address.startswith(("#", "data:"))] == []
    assert "@import" not in page
    assert re.findall(r"url\((?!#)[^)]*\)", page) == []


def test_the_same_run_gives_the_same_bytes(run_path, written, tmp_path):
    again = write_report(load_run(run_path), tmp_path)

    files = sorted(path.name for path in written.folder.iterdir())
    assert files == sorted(path.name for path in again.folder.iterdir())
    for name in files:
        assert (written.folder / name).read_bytes() == (again.folder / name).read_bytes(), name
    assert written.page.read_bytes() == again.page.read_bytes()
