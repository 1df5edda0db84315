"""The page of a case shows what was measured, where, and what to mind."""

import base64
import html
import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from radiogenomics.checking import CheckedCase, write_case_page
from radiogenomics.errors import InputError
from radiogenomics.shape.features import FEATURE_NAMES, measure_labelmap

LABELS = {"enhancing": 4, "edema": 2}
SPACING = (1.0, 1.5, 3.0)
REAL = Path(__file__).parents[4] / "shared" / "data" / "tcga_gbm" / "segmentations"


def box_labelmap():
    """A rod of enhancing along x, and a slab of edema."""
    labelmap = np.zeros((20, 40, 50), dtype=np.uint8)
    labelmap[5:15, 10:30, 8:20] = 2
    labelmap[8:12, 20, 25:41] = 4
    return labelmap


def checked(labelmap=None, **changes):
    labelmap = box_labelmap() if labelmap is None else labelmap
    values = {
        "patient_id": "P-01",
        "rater": "anna",
        "version": 3,
        "state": "submitted",
        "labelmap": labelmap,
        "spacing": SPACING,
        "axes": ("L", "P", "S"),
        "images": {},
        "labels": LABELS,
        "measurements": measure_labelmap(labelmap, SPACING, LABELS),
        "source": "anna.v03.seg.nrrd",
    }
    return CheckedCase(**{**values, **changes})


def page_of(case, tmp_path, **links):
    write_case_page(tmp_path / "page.html", case, **links)
    return (tmp_path / "page.html").read_text(encoding="utf-8")


def section_of(page, roi):
    return next(part for part in page.split("<section")[1:] if f">{roi.capitalize()}" in part)


def panels_of(page, roi):
    return re.findall(r"<figure>.*?</figure>", section_of(page, roi), flags=re.DOTALL)


def text_of(markup):
    return html.unescape(" ".join(re.sub(r"<[^>]*>", " ", markup).split()))


def line_of(panel, kind):
    found = re.search(
        rf'class="core {kind}[^"]*" x1="(.*?)" y1="(.*?)" x2="(.*?)" y2="(.*?)"', panel
    )
    return np.array([float(number) for number in found.groups()]).reshape(2, 2)


def frame_of(panel):
    """Left, top, width and height of the volume's border in the panel."""
    found = re.search(r'class="frame" x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"', panel)
    return np.array([float(number) for number in found.groups()])


def test_every_feature_of_both_rois_is_on_the_page_with_its_unit(tmp_path):
    case = checked()
    page = page_of(case, tmp_path)

    for roi in LABELS:
        features = case.measurements[roi].features
        text = text_of(section_of(page, roi))
        assert len(FEATURE_NAMES) == 10
        assert f"Volume {features['volume'] / 1000:#.4g} cm³" in text
        assert f"Surface area {features['surface_area'] / 100:#.4g} cm²" in text
        assert f"Surface to volume {features['surface_to_volume']:#.4g} 1/mm" in text
        for name in ("max_diameter", "major_axis", "minor_axis"):
            assert f"{name.replace('_', ' ').capitalize()} {features[name]:#.4g} mm" in text
        for name in ("sphericity", "spherical_disproportion", "compactness_1", "compactness_2"):
            assert f"{name.replace('_', ' ').capitalize()} {features[name]:#.4g}" in text


def test_the_rater_version_state_and_source_are_named_without_a_folder(tmp_path):
    page = page_of(checked(source="C:\\studies/secret/anna.v03.seg.nrrd"), tmp_path)

    assert "Rater anna · version 3 · submitted · anna.v03.seg.nrrd" in text_of(page)
    assert "secret" not in page


@pytest.mark.parametrize("axes", [("L", "P", "S"), ("R", "A", "I")])
def test_the_diameter_is_drawn_between_its_two_ends_in_every_plane(tmp_path, axes):
    case = checked(axes=axes)
    ends = np.array(case.measurements["edema"].diameter.ends_voxel)
    millimetres = (ends + 0.5) * SPACING
    if axes[0] == "R":
        millimetres = np.array([50, 40, 20]) * SPACING - millimetres
    x, y, z = millimetres.T
    height = 20 * SPACING[2]
    expected = [
        np.column_stack((x, y)),
        np.column_stack((y, height - z)),
        np.column_stack((x, height - z)),
    ]

    panels = panels_of(page_of(case, tmp_path), "edema")

    for panel, places in zip(panels, expected, strict=False):
        assert line_of(panel, "diameter") - frame_of(panel)[:2] == pytest.approx(places, abs=2e-3)


def test_the_axes_are_drawn_in_the_slice_where_they_were_found(tmp_path):
    case = checked()
    ellipse = case.measurements["enhancing"].ellipse

    panel = panels_of(page_of(case, tmp_path), "enhancing")[3]

    for kind, axis in (("major", ellipse.major), ("minor", ellipse.minor)):
        expected = (np.array(axis.ends_voxel)[:, :2] + 0.5) * SPACING[:2]
        drawn = line_of(panel, kind) - frame_of(panel)[:2]
        assert drawn == pytest.approx(expected, abs=2e-3)
        assert np.linalg.norm(drawn[1] - drawn[0]) == pytest.approx(axis.length, abs=5e-3)
    assert f"Slice {ellipse.slice_index + 1} of 20" in text_of(panel)
    assert "R L A P" in text_of(panel)


def test_pictures_keep_the_physical_proportion_of_anisotropic_voxels(tmp_path):
    panels = panels_of(page_of(checked(), tmp_path), "edema")

    sizes = [frame_of(panel)[2:].tolist() for panel in panels[:3]]
    assert sizes == [[50.0, 60.0], [60.0, 60.0], [50.0, 60.0]]


def test_the_slice_shown_is_the_one_where_the_roi_is_largest(tmp_path):
    labelmap = box_labelmap()
    labelmap[13, 10:30, 8:24] = 2
    case = checked(labelmap)

    axial = text_of(panels_of(page_of(case, tmp_path), "edema")[0])

    area = 20 * 16 * SPACING[0] * SPACING[1] / 100
    assert f"Slice 14 of 20, where edema is largest: {area:.2f} cm²" in axial


def test_the_caption_says_how_far_from_the_slice_the_ends_of_the_diameter_lie(tmp_path):
    labelmap = np.zeros((20, 40, 50), dtype=np.uint8)
    labelmap[4:15, 20, 20] = 4  # along z only; the largest axial slice is the first of equals
    labelmap[6, 20, 20:22] = 4

    axial = text_of(panels_of(page_of(checked(labelmap), tmp_path), "enhancing")[0])

    assert "6.0 mm inferior of it" in axial
    assert "24 mm superior of it" in axial


def test_enhancing_is_drawn_on_t1c_and_edema_on_flair(tmp_path):
    gradient = np.broadcast_to(np.linspace(0, 1, 50), (20, 40, 50))
    images = {"t1n": gradient, "FLAIR": gradient[..., ::-1], "t1c": gradient}

    page = page_of(checked(images=images), tmp_path)

    assert "on t1c" in text_of(section_of(page, "enhancing"))
    assert "on FLAIR" in text_of(section_of(page, "edema"))
    for roi, rises in (("enhancing", True), ("edema", False)):
        encoded = re.search(r"base64,([^\"]+)", panels_of(page, roi)[0])[1]
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
        assert (picture[0, -1] > picture[0, 0]) == rises


def test_the_image_lies_under_the_outline_that_was_drawn_on_it(tmp_path):
    labelmap = box_labelmap()
    image = (labelmap == 2).astype(float)

    panel = panels_of(page_of(checked(labelmap, images={"flair": image}), tmp_path), "edema")[0]

    place = re.search(r'<image x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"', panel)
    left, top, width, height = (float(number) for number in place.groups())
    encoded = re.search(r"base64,([^\"]+)", panel)[1]
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(encoded))))
    rows, columns = np.nonzero(picture)
    per_row, per_column = height / picture.shape[0], width / picture.shape[1]
    bright = [
        left + columns.min() * per_column,
        left + (columns.max() + 1) * per_column,
        top + rows.min() * per_row,
        top + (rows.max() + 1) * per_row,
    ]
    path = re.search(r'<path d="([^"]+)" data-roi="edema"', panel)[1]
    outline = np.array(re.findall(r"-?[\d.]+", path), dtype=float).reshape(-1, 2)
    around = [outline[:, 0].min(), outline[:, 0].max(), outline[:, 1].min(), outline[:, 1].max()]
    assert around == pytest.approx(bright, abs=0.02)


def test_an_empty_roi_says_so_and_shows_where_the_other_one_is(tmp_path):
    labelmap = box_labelmap()
    labelmap[labelmap == 2] = 0

    page = page_of(checked(labelmap), tmp_path)

    edema = text_of(section_of(page, "edema"))
    assert "Edema: empty no voxels" in edema
    assert "This ROI is empty: no voxel has the label 2." in edema
    assert "Volume 0 cm³" in edema
    assert "Max diameter — mm" in edema
    assert "where enhancing is largest" in edema
    assert 'class="core diameter' not in section_of(page, "edema")
    assert "empty" not in text_of(section_of(page, "enhancing"))


def test_a_labelmap_without_any_roi_and_without_images_has_no_picture_but_a_reason(tmp_path):
    page = page_of(checked(np.zeros((5, 6, 7), dtype=np.int16)), tmp_path)

    assert "<figure>" not in page
    assert page.count("No voxel is labelled and there is no image") == 2


def test_voxels_left_out_are_counted_with_their_share_and_dotted(tmp_path):
    labelmap = box_labelmap()
    labelmap[5, 35:37, 9:12] = 2  # 6 voxels beside 2400

    page = page_of(checked(labelmap), tmp_path)

    assert "6 voxels of 2,406 (0.25 %) lie in other pieces" in text_of(section_of(page, "edema"))
    assert "stroke-dasharray" in panels_of(page, "edema")[0]
    assert "lie in other pieces" not in page_of(checked(), tmp_path)


def test_a_small_roi_carries_a_warning_and_a_large_one_does_not(tmp_path):
    page = page_of(checked(), tmp_path)

    assert "Small ROI: 64 voxels." in text_of(section_of(page, "enhancing"))
    assert "sphericity may exceed 1" in section_of(page, "enhancing")
    assert "Small ROI" not in section_of(page, "edema")


@pytest.mark.parametrize(
    ("axes", "side"), [(("L", "P", "S"), "inferior side"), (("L", "P", "I"), "superior side")]
)
def test_a_roi_at_the_border_of_the_volume_is_named_with_its_side(tmp_path, axes, side):
    labelmap = box_labelmap()
    labelmap[0:6, 12, 12] = 2

    page = page_of(checked(labelmap, axes=axes), tmp_path)

    assert f"on the {side}:" in text_of(section_of(page, "edema"))
    assert "Touches the border" not in section_of(page, "enhancing")


def test_markup_in_names_is_escaped(tmp_path):
    script = "<script>alert('x')</script>"
    image = {f"t1c{script}": np.zeros((20, 40, 50))}

    page = page_of(
        checked(
            patient_id=f"Lékař{script}", rater=script, state=script, source=script, images=image
        ),
        tmp_path,
    )

    assert "<script" not in page
    assert f"Lékař{script}" in text_of(page.replace("<bdi>", "").replace("</bdi>", ""))


def test_the_page_refers_to_nothing_outside_but_its_neighbours(tmp_path):
    images = {"t1c": np.random.default_rng(5).random((20, 40, 50))}

    page = page_of(
        checked(images=images),
        tmp_path,
        index_name="index.html",
        previous="a b.html",
        following="č.html",
    )

    references = re.findall(r'(?:href|src)="([^"]*)"', page)
    assert {item for item in references if not item.startswith("data:image/png;base64,")} == {
        "index.html",
        "a%20b.html",
        "%C4%8D.html",
    }
    assert not re.search(r"https?://|file:|url\(|@import", page)
    assert str(tmp_path) not in page


def test_a_page_without_neighbours_has_no_links(tmp_path):
    assert "<nav>" not in page_of(checked(), tmp_path)


def test_the_same_case_gives_the_same_page(tmp_path):
    assert page_of(checked(), tmp_path) == page_of(checked(), tmp_path)


def test_an_image_of_another_grid_is_refused_with_both_shapes():
    with pytest.raises(InputError, match=r"'t1c' has the shape \(20, 40, 49\).*\(20, 40, 50\)"):
        checked(images={"t1c": np.zeros((20, 40, 49))})


def test_measurements_of_another_labelmap_are_refused_with_both_counts():
    other = box_labelmap()
    other[8, 20, 25] = 0

    with pytest.raises(InputError, match=r"has 63 voxels of enhancing .* measurement 64"):
        checked(other, measurements=checked().measurements)


def test_a_real_case_gives_a_page_of_modest_size(tmp_path):
    simpleitk = pytest.importorskip("SimpleITK")
    if not REAL.is_dir():
        pytest.skip("the real masks (../shared/data) are not here")
    image = simpleitk.ReadImage(str(REAL / "TCGA-02-0011_seg.nii.gz"))
    labelmap, spacing = simpleitk.GetArrayFromImage(image), image.GetSpacing()
    noise = np.random.default_rng(6).random(labelmap.shape)
    case = checked(
        labelmap,
        spacing=spacing,
        images={"t1c": noise, "flair": noise},
        measurements=measure_labelmap(labelmap, spacing, LABELS),
    )

    page = page_of(case, tmp_path)

    assert len(page) < 700_000
    assert page.count("<figure>") == 8
    assert "Volume 32.32 cm³" in text_of(page)
