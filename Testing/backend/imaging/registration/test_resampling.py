"""The 1 mm grid of a case, and one linear interpolation onto it."""

import numpy as np
import pytest
import SimpleITK as sitk
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from radiogenomics.imaging import Grid
from radiogenomics.imaging.registration import one_mm_grid, resample


def image_of(size, spacing, origin=(0.0, 0.0, 0.0), direction=None):
    image = sitk.Image(size, sitk.sitkFloat32)
    image.SetSpacing(spacing)
    image.SetOrigin(origin)
    if direction is not None:
        image.SetDirection(np.asarray(direction, dtype=float).flatten().tolist())
    return image


def grid_of(image):
    return Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())


def places(grid):
    """Where the voxels [z, y, x] of a grid lie, (nz, ny, nx, 3) in mm."""
    x, y, z = np.meshgrid(*map(np.arange, grid.size), indexing="ij")
    index = np.stack((x, y, z), axis=-1).transpose(2, 1, 0, 3)
    return index @ grid.affine[:3, :3].T + grid.affine[:3, 3]


def filled(image, function):
    """An image whose values are a function of the place in mm."""
    values = function(places(grid_of(image)))
    result = sitk.GetImageFromArray(values.astype(np.float32))
    result.CopyInformation(image)
    return result


def turned(degrees, shift, centre=(0.0, 0.0, 0.0)):
    transform = sitk.Euler3DTransform()
    transform.SetCenter(centre)
    transform.SetRotation(*np.deg2rad(degrees).tolist())
    transform.SetTranslation(shift)
    return transform


directions = st.tuples(
    st.tuples(*[st.floats(-1, 1)] * 4).filter(lambda q: np.linalg.norm(q) > 0.1),
    st.permutations(range(3)),
    st.tuples(*[st.sampled_from([1.0, -1.0])] * 3),
).map(lambda drawn: Rotation.from_quat(drawn[0]).as_matrix()[:, drawn[1]] * drawn[2])
sizes = st.tuples(*[st.integers(5, 40)] * 3)
spacings = st.tuples(*[st.floats(0.3, 7)] * 3)


@given(directions, sizes, spacings)
def test_the_grid_covers_the_image_in_1_mm_right_handed_whatever_its_axes(direction, size, spacing):
    image = image_of(size, spacing, (10.0, -20.0, 30.0), direction)
    grid = one_mm_grid(image)
    assert grid.spacing == (1.0, 1.0, 1.0)
    axes = np.reshape(grid.direction, (3, 3))
    assert np.linalg.det(axes) == pytest.approx(1, abs=1e-6)
    assert (np.diag(axes) >= 0).all()
    # Its axes are the image's own, in another order.
    own = np.abs(axes.T @ np.asarray(direction))
    np.testing.assert_allclose(own.max(axis=0), 1, atol=1e-6)
    extent = own @ np.multiply(size, spacing)
    assert (np.array(grid.size) >= extent - 2e-3).all()
    assert (np.array(grid.size) < extent + 1).all()
    middle = grid.affine @ (*((np.array(grid.size) - 1) / 2), 1)
    expected = image.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in size])
    np.testing.assert_allclose(middle[:3], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("sagittal", [(0, 0, 1), (1, 0, 0), (0, -1, 0)]),
        ("coronal", [(1, 0, 0), (0, 0, 1), (0, -1, 0)]),
        ("axial, from right to left", [(-1, 0, 0), (0, -1, 0), (0, 0, 1)]),
        ("left-handed", [(1, 0, 0), (0, -1, 0), (0, 0, 1)]),
    ],
)
def test_every_acquisition_ends_in_axial_slices_with_the_same_picture(name, direction):
    image = filled(image_of((24, 22, 7), (0.9, 1.0, 4.0), (3.0, 5.0, -7.0), direction), ramp)
    grid = one_mm_grid(image)
    assert grid.axes == ("L", "P", "S"), name
    assert grid.direction == (1, 0, 0, 0, 1, 0, 0, 0, 1)
    values = sitk.GetArrayFromImage(resample(image, grid))
    inner = values[3:-3, 3:-3, 3:-3]
    np.testing.assert_allclose(inner, ramp(places(grid))[3:-3, 3:-3, 3:-3], atol=1e-3)


def test_an_oblique_acquisition_keeps_its_slices():
    tilt = Rotation.from_euler("x", 17, degrees=True).as_matrix()
    grid = one_mm_grid(image_of((240, 240, 24), (0.9, 0.9, 6.0), direction=tilt))
    np.testing.assert_allclose(np.reshape(grid.direction, (3, 3)), tilt, atol=1e-9)
    assert grid.size == (216, 216, 144)


def test_an_image_of_1_mm_keeps_its_voxels():
    image = image_of((24, 20, 15), (1.0, 1.0, 1.0), (-12.3, 40.0, 5.5))
    assert one_mm_grid(image).matches(grid_of(image))
    noise = sitk.AdditiveGaussianNoise(image, 100.0, 0.0, 3)
    kept = resample(noise, one_mm_grid(image))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(kept), sitk.GetArrayFromImage(noise))


def ramp(points):
    return points @ np.array((1.5, -0.7, 2.1)) + 400


def test_a_linear_ramp_survives_any_transform_exactly_and_outside_is_0():
    image = filled(image_of((50, 46, 12), (0.8, 0.9, 5.0), (-20.0, -18.0, -30.0)), ramp)
    transform = turned((12, -8, 25), (6.0, -4.0, 3.0), (1.0, 2.0, 3.0))
    grid = Grid((60, 60, 60), (1.0, 1.0, 1.0), (-30.0, -30.0, -30.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
    values = sitk.GetArrayFromImage(resample(image, grid, transform))
    matrix = np.reshape(transform.GetMatrix(), (3, 3))
    there = places(grid) @ matrix.T + transform.TransformPoint((0.0, 0.0, 0.0))
    index = (there - image.GetOrigin()) / image.GetSpacing()
    last = np.array(image.GetSize()) - 1
    inner = ((index > 0) & (index < last)).all(axis=-1)
    outer = ((index < -0.51) | (index > last + 0.51)).any(axis=-1)
    assert inner.sum() > 10_000
    np.testing.assert_allclose(values[inner], ramp(there)[inner], atol=2e-3)
    assert not values[outer].any()


def test_composed_transforms_are_one_interpolation():
    image = sitk.AdditiveGaussianNoise(image_of((20, 18, 16), (1.0, 1.0, 1.0)), 100.0, 0.0, 3)
    half = sitk.TranslationTransform(3, (0.5, -0.5, 0.5))
    values = sitk.GetArrayFromImage(resample(image, grid_of(image), [half, half]))
    noise = sitk.GetArrayFromImage(image)
    # Two half voxels are one whole one: interpolated twice, the noise would be smoothed away.
    np.testing.assert_array_equal(values[:-1, 1:, :-1], noise[1:, :-1, 1:])


def test_of_composed_transforms_the_last_meets_the_grid_first():
    image = filled(image_of((60, 60, 60), (1.0, 1.0, 1.0), (-30.0, -30.0, -30.0)), ramp)
    shift = sitk.TranslationTransform(3, (5.0, 0.0, 0.0))
    quarter = turned((0, 0, 90), (0.0, 0.0, 0.0))
    grid = Grid((5, 5, 5), (1.0, 1.0, 1.0), (1.0, 2.0, 3.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
    values = sitk.GetArrayFromImage(resample(image, grid, [quarter, shift]))
    x, y, z = np.moveaxis(places(grid), -1, 0)
    np.testing.assert_allclose(values, ramp(np.stack((-y, x + 5, z), axis=-1)), atol=1e-3)


def test_integers_as_read_become_floats_between_them():
    image = sitk.Cast(image_of((6, 6, 6), (1.0, 1.0, 1.0)), sitk.sitkInt16)
    image[2, 2, 2] = 101
    grid = Grid((1, 1, 1), (1.0, 1.0, 1.0), (2.5, 2.0, 2.0), (1, 0, 0, 0, 1, 0, 0, 0, 1))
    there = resample(image, grid)
    assert there.GetPixelID() == sitk.sitkFloat32
    assert there[0, 0, 0] == 50.5
