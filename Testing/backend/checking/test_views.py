"""Pictures are the right way round, whatever the array's orientation."""

import numpy as np
import pytest

from radiogenomics.checking.views import views_of
from radiogenomics.errors import InputError

SHAPE_ZYX = (4, 5, 6)
SPACING = (1.0, 2.0, 3.0)


def view(name, axes, shape=SHAPE_ZYX, spacing=SPACING):
    return next(view for view in views_of(shape, spacing, axes) if view.name == name)


@pytest.mark.parametrize(
    ("axes", "column"),
    [
        pytest.param(("L", "P", "S"), 0, id="x-to-left"),
        pytest.param(("R", "P", "S"), 5, id="x-to-right"),
    ],
)
@pytest.mark.parametrize("name", ["axial", "coronal"])
def test_the_first_voxel_along_x_is_on_the_side_of_the_patient_that_the_letters_say(
    axes, column, name
):
    volume = np.zeros(SHAPE_ZYX, dtype=np.uint8)
    volume[:, :, 0] = 1

    picture = view(name, axes).picture(volume, 1)

    assert np.unique(np.nonzero(picture)[1]).tolist() == [column]
    assert (view(name, axes).left, view(name, axes).right) == ("R", "L")


@pytest.mark.parametrize(
    ("name", "slab", "edge"),
    [
        ("axial", np.s_[:, 0, :], "top"),
        ("sagittal", np.s_[:, 0, :], "left"),
        ("sagittal", np.s_[-1, :, :], "top"),
        ("coronal", np.s_[-1, :, :], "top"),
    ],
)
def test_anterior_is_up_in_axial_and_left_in_sagittal_pictures_and_superior_is_up_elsewhere(
    name, slab, edge
):
    volume = np.zeros(SHAPE_ZYX, dtype=np.uint8)
    volume[slab] = 1  # the anterior end of y, or the superior end of z, for axes L, P, S

    picture = view(name, ("L", "P", "S")).picture(volume, 2)

    at_edge = picture[0] if edge == "top" else picture[:, 0]
    assert at_edge.all()
    assert picture.sum() == at_edge.size


@pytest.mark.parametrize("flipped", [(0,), (1,), (2,), (0, 1), (0, 1, 2)])
@pytest.mark.parametrize("name", ["axial", "sagittal", "coronal"])
def test_a_flipped_array_with_flipped_letters_gives_the_same_picture_and_places(flipped, name):
    volume = np.random.default_rng(1).integers(0, 255, SHAPE_ZYX)
    axes = ["L", "P", "S"]
    voxel = [2.0, 1.25, 3.0]
    index = {"axial": 3, "sagittal": 2, "coronal": 1}[name]
    reference = view(name, axes)
    other_axes, other_voxel, other_index = list(axes), list(voxel), index
    for axis in flipped:
        other_axes[axis] = {"L": "R", "P": "A", "S": "I"}[axes[axis]]
        other_voxel[axis] = SHAPE_ZYX[2 - axis] - 1 - voxel[axis]
        if axis == reference.normal:
            other_index = SHAPE_ZYX[2 - axis] - 1 - index
    other_volume = np.flip(volume, axis=[2 - axis for axis in flipped])
    other = view(name, other_axes)

    assert np.array_equal(
        other.picture(other_volume, other_index), reference.picture(volume, index)
    )
    assert other.place(other_voxel) == pytest.approx(reference.place(voxel))


def test_an_array_stored_in_sagittal_slices_gives_the_same_axial_picture():
    volume = np.random.default_rng(2).integers(0, 255, SHAPE_ZYX)
    sagittal = volume.transpose(2, 0, 1)  # z is now left, y superior, x posterior

    stored = view("axial", ("P", "S", "L"), sagittal.shape, (2.0, 3.0, 1.0))

    assert np.array_equal(
        stored.picture(sagittal, 3), view("axial", ("L", "P", "S")).picture(volume, 3)
    )
    assert stored.width == 6 * 1.0
    assert stored.height == 5 * 2.0


def test_a_voxel_lies_at_the_centre_of_its_pixel_in_millimetres():
    axial = view("axial", ("R", "P", "S"))

    # x increases to the right, which is the left of the picture: 0.5 voxel from the right edge.
    assert axial.place((0, 2, 1)) == pytest.approx((6 - 0.5, 2.5 * 2.0))


@pytest.mark.parametrize("axes", [("L", "R", "S"), ("L", "P", "X"), ("L", "P"), ("l", "p", "s")])
def test_letters_that_are_not_three_directions_are_refused_by_name(axes):
    with pytest.raises(InputError, match="anatomical directions") as refused:
        views_of(SHAPE_ZYX, SPACING, axes)
    assert str(axes) in str(refused.value)
