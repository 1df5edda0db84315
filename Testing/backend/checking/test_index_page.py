"""The page of the cohort: counts, cases, distributions, outliers, and what could not be read."""

import html
import re

import numpy as np
import pytest

from radiogenomics.checking import write_index_page
from radiogenomics.shape.features import FEATURE_UNITS
from radiogenomics.study.tables import FeatureRow

N_PATIENTS = 24


def case_rows(patient_id, scale=1.0, rater="anna", rois=("enhancing", "edema")):
    return [
        FeatureRow(patient_id, rater, 1, roi, feature, 1000.0 * scale, unit)
        for roi in rois
        for feature, unit in FEATURE_UNITS.items()
    ]


def cohort(planted="P-005"):
    """Scales spread evenly around 1, and one patient with an edema volume far outside."""
    scales = np.exp(np.linspace(-0.5, 0.5, N_PATIENTS))
    rows = []
    for n, scale in enumerate(scales):
        rows += case_rows(f"P-{n:03}", float(scale))
    return [
        FeatureRow(*[*vars(row).values()][:5], row.value * 100, row.unit)
        if (row.patient_id, row.roi, row.feature) == (planted, "edema", "volume")
        else row
        for row in rows
    ]


def page_of(tmp_path, rows, pages=None, problems=(), title="A cohort"):
    write_index_page(tmp_path / "index.html", rows, pages or {}, list(problems), title)
    return (tmp_path / "index.html").read_text(encoding="utf-8")


def part_of(page, heading):
    return next(part for part in page.split("<h2>") if part.startswith(heading))


def text_of(markup):
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", markup).split()))


def test_the_counts_are_those_of_the_table(tmp_path):
    rows = [*cohort(), *case_rows("P-000", rater="bob")]

    counts = text_of(re.search(r'<ul class="counts">.*?</ul>', page_of(tmp_path, rows), re.S)[0])

    assert counts == (
        "24 patients 2 raters 25 segmentations 0 empty ROIs 1 outlying value 0 files not read"
    )


def test_the_planted_outlier_is_listed_with_its_numbers_and_a_link_to_its_page(tmp_path):
    outliers = part_of(page_of(tmp_path, cohort(), {("P-005", "anna"): "cases/P 5.html"}), "Outl")

    assert re.findall(r'href="([^"]*)"', outliers) == ["cases/P%205.html"]
    assert "±3.5" in outliers
    assert re.search(
        r"P-005 anna v1 edema Volume 75\.\d cm³ \(median 1\.0\d, z \d", text_of(outliers)
    )


def test_the_outlier_is_marked_named_and_linked_in_its_strip_only(tmp_path):
    page = part_of(page_of(tmp_path, cohort(), {("P-005", "anna"): "P5.html"}), "Distributions")

    strips = re.findall(r'<div class="strip".*?</svg>', page, flags=re.S)
    marked = [strip for strip in strips if 'class="outlier"' in strip]
    assert len(strips) == 20
    (strip,) = marked
    assert 'aria-label="Volume of edema: 24 segmentations' in strip
    assert re.search(r'class="called"[^>]*>P-005</text>', strip)
    assert re.search(r'<a href="P5.html"><circle class="outlier"', strip)


def test_a_cohort_without_outliers_says_so(tmp_path):
    page = page_of(tmp_path, cohort(planted=None))

    assert "No value is marked." in page
    assert 'class="outlier"' not in page


def test_every_strip_names_its_feature_and_unit_and_has_a_dot_for_each_case(tmp_path):
    page = part_of(page_of(tmp_path, cohort(planted=None)), "Distributions")
    heads = [text_of(head) for head in re.findall(r"<div><strong>.*?</strong>", page)]

    assert heads[::2] == [
        "Volume, cm³",
        "Surface area, cm²",
        "Surface to volume, 1/mm",
        "Sphericity",
        "Spherical disproportion",
        "Max diameter, mm",
        "Major axis, mm",
        "Minor axis, mm",
        "Compactness 1",
        "Compactness 2",
    ]
    assert heads[::2] == heads[1::2]
    assert page.count('<circle class="dot"') == 20 * N_PATIENTS


def test_dots_lie_in_the_order_of_their_values_on_a_logarithmic_axis(tmp_path):
    values = [1.0, 10.0, 100.0, 1000.0, 10000.0]
    rows = [
        FeatureRow(f"P{n}", "anna", 1, "edema", "max_diameter", value, "mm")
        for n, value in enumerate(values)
    ]

    places = re.findall(r'<circle class="dot" cx="([\d.]+)"', page_of(tmp_path, rows))

    steps = np.diff([float(place) for place in places])
    assert len(places) == 5
    assert steps == pytest.approx([steps[0]] * 4, abs=0.2)
    assert steps[0] > 50


def test_the_table_has_a_sortable_row_for_each_segmentation_with_a_link_where_a_page_is(tmp_path):
    pages = {(f"P-{n:03}", "anna"): f"{n}.html" for n in range(N_PATIENTS - 1)}
    cases = part_of(page_of(tmp_path, cohort(), pages), "Cases")
    body = cases.split("<tbody>")[1].split("</tbody>")[0].strip().split("\n")

    assert len(body) == N_PATIENTS
    assert [re.findall(r'href="(.*?)"', row) for row in body] == [
        *([f"{n}.html"] for n in range(N_PATIENTS - 1)),
        [],
    ]
    assert cases.count("<th><button>") + cases.count('<th class="number"><button>') == 15
    volume = float(re.findall(r'data-value="(.*?)"', body[0])[1])
    assert volume == pytest.approx(np.exp(-0.5))


def test_an_empty_roi_is_counted_remarked_and_kept_out_of_the_distributions(tmp_path):
    rows = cohort(planted=None)
    rows += [
        FeatureRow("empty", "anna", 1, "edema", name, 0.0 if name == "volume" else None, unit)
        for name, unit in FEATURE_UNITS.items()
    ]

    page = page_of(tmp_path, rows)

    assert "1 empty ROI " in text_of(page)
    assert "edema empty" in text_of(part_of(page, "Cases"))
    assert "Volume of edema: 24 segmentations" in page


def test_a_roi_that_is_empty_everywhere_has_a_reason_in_place_of_a_strip(tmp_path):
    rows = [
        FeatureRow("P", "anna", 1, "edema", name, 0.0 if name == "volume" else None, unit)
        for name, unit in FEATURE_UNITS.items()
    ]

    assert page_of(tmp_path, rows).count("the ROI is empty in every segmentation") == 10


def test_files_that_could_not_be_read_are_listed_with_their_reasons(tmp_path):
    problems = [("a.nii.gz", "It ends early."), ("b.nii", "It has two dimensions.")]

    page = page_of(tmp_path, cohort(), problems=problems)

    listed = text_of(part_of(page, "Files that could not be read"))
    assert listed.endswith("a.nii.gz It ends early. b.nii It has two dimensions.")
    assert "Files that could not be read" not in page_of(tmp_path, cohort())


def test_a_cohort_without_a_row_says_that_nothing_was_measured(tmp_path):
    page = page_of(tmp_path, [], problems=[("a", "b")])

    assert page.count("No segmentation was measured.") == 2
    assert "0 patients" in text_of(page)


@pytest.mark.parametrize("n_patients", [1, 2, 300])
@pytest.mark.parametrize("value", [5.0, 0.0])
def test_equal_values_can_be_drawn(tmp_path, n_patients, value):
    rows = [
        FeatureRow(f"P{n}", "anna", 1, "edema", "max_diameter", value, "mm")
        for n in range(n_patients)
    ]

    page = page_of(tmp_path, rows)

    heights = [float(y) for y in re.findall(r'<circle class="dot" cx="[\d.]+" cy="([\d.]+)"', page)]
    assert len(heights) == n_patients
    assert all(31 < height < 77 for height in heights)


def test_markup_in_names_reasons_and_titles_is_escaped(tmp_path):
    script = "<script>alert('x')</script>"
    rows = [
        FeatureRow(f"{row.patient_id}{script}", script, 1, f"{row.roi}{script}", *vars_of(row))
        for row in cohort()
    ]

    page = page_of(tmp_path, rows, problems=[(script, script)], title=script)

    assert page.count("<script>") == 1  # the page's own, which sorts
    assert f"P-005{script}" in html.unescape(page)


def vars_of(row):
    return row.feature, row.value, row.unit


def test_a_name_in_any_script_is_kept(tmp_path):
    page = page_of(tmp_path, case_rows("Lékař žluťoučký 李 مريض"))

    assert "Lékař žluťoučký 李 مريض" in page


def test_two_raters_of_one_patient_are_told_apart(tmp_path):
    rows = [row for row in cohort() if row.patient_id != "P-005"]
    rows += [*case_rows("P-005", 100.0, rater="bob"), *case_rows("P-005", rater="anna")]

    page = part_of(page_of(tmp_path, rows), "Distributions")

    assert set(re.findall(r'class="called"[^>]*>(.*?)</text>', page)) == {"P-005 · bob v1"}


def test_the_page_refers_to_nothing_outside(tmp_path):
    page = page_of(tmp_path, cohort(), {("P-001", "anna"): "one.html"})

    assert set(re.findall(r'(?:href|src)="([^"]*)"', page)) == {"one.html"}
    assert not re.search(r"https?://|file:|url\(|@import", page)
    assert str(tmp_path) not in page
