from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.phantom import PhantomCase, phantom_case
from radiogenomics.shape import shape_features

SEEDS = (0, 1, 2, 3)


@pytest.fixture(scope="module")
def cases() -> list[PhantomCase]:
    return [phantom_case(seed, spacing=2.0) for seed in SEEDS]


def features(case: PhantomCase, roi: str) -> dict[str, float | None]:
    return shape_features(case.labelmap == case.labels[roi], case.spacing)


def test_the_same_seed_gives_the_same_patient_and_another_seed_another(
    cases: list[PhantomCase],
) -> None:
    again = phantom_case(1, spacing=2.0)
    np.testing.assert_array_equal(again.labelmap, cases[1].labelmap)
    for name, image in again.images.items():
        np.testing.assert_array_equal(image, cases[1].images[name])
    for other in (0, 2, 3):
        assert np.any(cases[other].labelmap != again.labelmap)


def test_every_seed_has_a_tumour_of_typical_size_and_form(cases: list[PhantomCase]) -> None:
    # The medians of the published cohorts, as the simulation states them.
    for case in cases:
        for roi, volume, sphericity in (("enhancing", 22_000, 0.43), ("edema", 60_000, 0.38)):
            found = features(case, roi)
            assert found["volume"] == pytest.approx(volume, rel=0.15)
            assert found["sphericity"] == pytest.approx(sphericity, abs=0.1)


def test_the_patient_is_the_same_at_another_spacing(cases: list[PhantomCase]) -> None:
    fine = phantom_case(2, spacing=1.0)
    assert fine.labelmap.shape == (132, 168, 144)
    for roi in fine.labels:
        expected = features(cases[2], roi)["volume"]
        assert features(fine, roi)["volume"] == pytest.approx(expected, rel=0.08)


def test_images_show_what_the_labelmap_says(cases: list[PhantomCase]) -> None:
    for case in cases:
        assert list(case.images) == ["t1c", "flair", "t2"]
        assert set(np.unique(case.labelmap)) == {0, *case.labels.values()}
        region = {roi: case.labelmap == value for roi, value in case.labels.items()}
        brain = case.images["t1c"] > 0
        rest = brain & (case.labelmap == 0)
        assert np.all(brain[case.labelmap > 0])
        for image in case.images.values():
            assert image.dtype == np.int16
            np.testing.assert_array_equal(image > 0, brain)
        t1c, flair = case.images["t1c"], case.images["flair"]
        assert np.median(t1c[region["enhancing"]]) > 1.3 * np.median(t1c[rest])
        assert np.median(t1c[region["enhancing"]]) > 1.3 * np.median(t1c[region["necrosis"]])
        assert np.median(flair[region["edema"]]) > 1.3 * np.median(flair[rest])


def test_the_matrix_puts_voxels_where_itk_does_and_the_middle_at_zero(
    cases: list[PhantomCase],
) -> None:
    case = cases[0]
    image = sitk.GetImageFromArray(case.labelmap)
    image.SetSpacing(case.spacing)
    image.SetOrigin(case.origin)
    for index in ((0, 0, 0), (5, 17, 40)):
        left, posterior, superior = image.TransformIndexToPhysicalPoint(index)
        np.testing.assert_allclose(
            case.ijk_to_ras() @ (*index, 1.0), (-left, -posterior, superior, 1.0), atol=1e-6
        )
    middle = 0.5 * (np.array(case.labelmap.shape[::-1]) - 1.0)
    np.testing.assert_allclose((case.ijk_to_ras() @ (*middle, 1.0))[:3], 0.0, atol=1e-4)


@pytest.mark.parametrize("seed", [-1])
def test_a_negative_seed_is_refused(seed: int) -> None:
    with pytest.raises(InputError, match="must not be negative, and is -1"):
        phantom_case(seed)


@pytest.mark.parametrize("spacing", [0.4, 4.1, float("nan"), 0.0])
def test_a_spacing_outside_the_range_is_refused(spacing: float) -> None:
    with pytest.raises(InputError, match=r"0\.5 to 4\.0 mm, not"):
        phantom_case(1, spacing=spacing)
