"""Against SimpleITK and scikit-image on real masks, and on a ball where they are absent."""

import tracemalloc

import numpy as np
import pytest
import SimpleITK as sitk
from skimage.measure import label, regionprops

from radiogenomics.shape import measure_mask, shape_features
from radiogenomics.shape.runs import find_runs, largest_piece

PATIENTS = ("TCGA-02-0006", "TCGA-06-0119", "TCGA-76-6664")


def ball(radius, dtype=bool):
    grid = np.arange(-radius - 2, radius + 3)
    z, y, x = np.meshgrid(grid, grid, grid, indexing="ij", sparse=True)
    return ((x - 0.3) ** 2 + y**2 + z**2 <= radius**2).astype(dtype)


@pytest.fixture(params=[(patient, value) for patient in PATIENTS for value in (2, 4)])
def real_mask(request, shared_data):
    patient, value = request.param
    path = shared_data / "tcga_gbm" / "segmentations" / f"{patient}_seg.nii.gz"
    image = sitk.ReadImage(str(path)) == value
    parts = sitk.RelabelComponent(sitk.ConnectedComponent(image, True))
    return sitk.GetArrayFromImage(parts == 1).astype(bool), image.GetSpacing()


def itk_shape(mask, spacing):
    image = sitk.GetImageFromArray(mask.astype(np.uint8))
    image.SetSpacing(spacing)
    shape = sitk.LabelShapeStatisticsImageFilter()
    shape.ComputeFeretDiameterOn()
    shape.Execute(image)
    return shape


def assert_agrees_with_itk(mask, spacing):
    features = shape_features(mask, spacing)
    shape = itk_shape(mask, spacing)
    assert features["volume"] == pytest.approx(shape.GetPhysicalSize(1), rel=1e-12)
    assert features["max_diameter"] == pytest.approx(shape.GetFeretDiameter(1), rel=1e-12)


def test_volume_and_diameter_of_a_ball_are_those_of_simpleitk():
    assert_agrees_with_itk(ball(9), (1.0, 1.0, 1.0))


def test_volume_and_diameter_of_real_masks_are_those_of_simpleitk(real_mask):
    assert_agrees_with_itk(*real_mask)


def test_surface_on_isotropic_voxels_is_that_of_simpleitk(real_mask):
    mask, _ = real_mask
    # ITK uses the same 13 directions, with weights for isotropic voxels.
    perimeter = itk_shape(mask, (1.0, 1.0, 1.0)).GetPerimeter(1)
    assert shape_features(mask, (1, 1, 1))["surface_area"] == pytest.approx(perimeter, rel=1e-6)


def test_axes_are_those_of_scikit_image(real_mask):
    mask, _ = real_mask
    pieces = [
        (piece.axis_major_length, piece.axis_minor_length)
        for plane in mask
        for piece in regionprops(label(plane, connectivity=2))
    ]
    major, minor = max(pieces)
    # scikit-image takes pixels as points; MATLAB, and so the definition here, adds 1/12 for their
    # extent to both second moments, and an axis is four times the root of a moment.
    features = shape_features(mask, (1, 1, 1))
    assert features["major_axis"] ** 2 == pytest.approx(major**2 + 16 / 12, rel=1e-9)
    assert features["minor_axis"] ** 2 == pytest.approx(minor**2 + 16 / 12, rel=1e-9)


def test_component_is_that_of_simpleitk(shared_data):
    path = shared_data / "tcga_gbm" / "segmentations" / "TCGA-06-0119_seg.nii.gz"
    image = sitk.ReadImage(str(path)) == 4
    parts = sitk.RelabelComponent(sitk.ConnectedComponent(image, True))
    mask = sitk.GetArrayFromImage(image).astype(bool)
    runs = largest_piece(find_runs(mask))
    assert runs.n_voxels == (sitk.GetArrayFromImage(parts) == 1).sum()
    assert runs.n_voxels < mask.sum()


def test_surface_of_a_ball_is_close_to_the_formula_for_the_ball():
    features = shape_features(ball(30), (1, 1, 1))
    assert features["surface_area"] == pytest.approx(4 * np.pi * 30**2, rel=5e-3)
    assert features["sphericity"] == pytest.approx(1, abs=5e-3)


def test_memory_does_not_grow_with_the_square_of_the_surface():
    peaks = {}
    for radius in (20, 80):
        mask = ball(radius)
        measure_mask(mask, (1, 1, 1))
        tracemalloc.start()
        measure_mask(mask, (1, 1, 1))
        peaks[radius] = tracemalloc.get_traced_memory()[1] - 8 * 2**20
        tracemalloc.stop()
    # Voxels grow 64-fold, the surface 16-fold, its square 256-fold.
    assert peaks[80] < 64 * max(peaks[20], 2**20)
