"""Turning a volume into pictures that a radiologist can read: which way is up, which side is which.

Axial and coronal pictures are in the radiological convention: the patient's right is on the left of
the picture. Anterior is up in axial pictures and left in sagittal ones; superior is up elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError

DIRECTIONS = {
    "L": "left",
    "R": "right",
    "P": "posterior",
    "A": "anterior",
    "S": "superior",
    "I": "inferior",
}
OPPOSITE = {"L": "R", "R": "L", "P": "A", "A": "P", "S": "I", "I": "S"}

# For the direction across the slices: the name of the plane, and the directions that the
# picture's right edge and its lower edge face.
_PLANES = {
    "S": ("axial", "L", "P"),
    "I": ("axial", "L", "P"),
    "L": ("sagittal", "P", "I"),
    "R": ("sagittal", "P", "I"),
    "P": ("coronal", "L", "I"),
    "A": ("coronal", "L", "I"),
}


@dataclass(frozen=True)
class View:
    """How the slices of a volume along one of its axes become pictures.

    Attributes
    ----------
    name
        ``axial``, ``sagittal`` or ``coronal``.
    normal, across, down
        The array's axes (0 x, 1 y, 2 z) across the slices, along the picture's width and along
        its height.
    across_forward, down_forward
        Whether the picture's right edge, or its lower edge, is the end of that axis.
    right, bottom
        The letters of the directions that these edges face.
    shape, spacing
        Voxels and voxel size in mm along the array's x, y and z.
    """

    name: str
    normal: int
    across: int
    down: int
    across_forward: bool
    down_forward: bool
    right: str
    bottom: str
    shape: tuple[int, int, int]
    spacing: tuple[float, float, float]

    @property
    def width(self) -> float:
        """Width of the whole picture in mm."""
        return self.shape[self.across] * self.spacing[self.across]

    @property
    def height(self) -> float:
        """Height of the whole picture in mm."""
        return self.shape[self.down] * self.spacing[self.down]

    @property
    def left(self) -> str:
        """Letter of the direction that the picture's left edge faces."""
        return OPPOSITE[self.right]

    @property
    def top(self) -> str:
        """Letter of the direction that the picture's upper edge faces."""
        return OPPOSITE[self.bottom]

    def picture(self, volume: NDArray[Any], index: int) -> NDArray[Any]:
        """Return one slice of a volume [z, y, x] as a picture (rows downwards, columns)."""
        plane: NDArray[Any] = np.moveaxis(volume.transpose(2, 1, 0), self.normal, 0)[index]
        if self.across < self.down:
            plane = plane.T
        return plane[:: 1 if self.down_forward else -1, :: 1 if self.across_forward else -1]

    def place(self, voxel: Sequence[float]) -> tuple[float, float]:
        """Project a point (x, y, z) in voxels to the picture.

        Returns
        -------
        tuple
            Millimetres to the right of and below the upper left corner of the corner pixel, so
            that the centre of that pixel lies half a pixel inside.
        """
        columns, rows = voxel[self.across] + 0.5, voxel[self.down] + 0.5
        if not self.across_forward:
            columns = self.shape[self.across] - columns
        if not self.down_forward:
            rows = self.shape[self.down] - rows
        return columns * self.spacing[self.across], rows * self.spacing[self.down]


def views_of(
    shape_zyx: Sequence[int], spacing: tuple[float, float, float], axes: Sequence[str]
) -> tuple[View, View, View]:
    """Return the views across the array's x, y and z axis.

    Parameters
    ----------
    shape_zyx
        Shape of the volume [z, y, x].
    spacing
        Voxel size (sx, sy, sz) in mm.
    axes
        Direction in which the x, y and z axes increase, one letter each.

    Raises
    ------
    InputError
        If the letters are not one of L and R, one of P and A, and one of S and I.
    """
    letters = tuple(axes)
    pairs = sorted("".join(sorted(letter + OPPOSITE.get(letter, "?"))) for letter in letters)
    if pairs != ["AP", "IS", "LR"]:
        raise InputError(
            f"The axes {letters} are not three anatomical directions: give one letter of L and R, "
            "one of P and A, and one of S and I, such as ('L', 'P', 'S')."
        )
    nz, ny, nx = shape_zyx

    def view(normal: int) -> View:
        name, right, bottom = _PLANES[letters[normal]]
        across, across_forward = _axis_along(letters, right)
        down, down_forward = _axis_along(letters, bottom)
        return View(
            name=name,
            normal=normal,
            across=across,
            down=down,
            across_forward=across_forward,
            down_forward=down_forward,
            right=right,
            bottom=bottom,
            shape=(nx, ny, nz),
            spacing=spacing,
        )

    return view(0), view(1), view(2)


def _axis_along(letters: tuple[str, ...], direction: str) -> tuple[int, bool]:
    """Return the axis along a direction, and whether it increases that way."""
    if direction in letters:
        return letters.index(direction), True
    return letters.index(OPPOSITE[direction]), False
