"""Reading volumes and segmentations from NIfTI, NRRD and MetaImage files, through SimpleITK."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from radiogenomics.errors import InputError, LabelmapError, RadiogenomicsError, StudyError
from radiogenomics.imaging.itk_names import is_unicode, not_unicode
from radiogenomics.imaging.nifti_header import NOT_WHOLE, check_nifti
from radiogenomics.imaging.segments import is_segmentation, labels_by_terminology
from radiogenomics.study.labels import LabelPreset, labels_for

Box = tuple[slice, slice, slice]

VOLUME_SUFFIXES = (".nii.gz", ".nii", ".seg.nrrd", ".nrrd", ".nhdr", ".mha", ".mhd")

# Grids written by different programs agree to about the precision of 32-bit floats.
_GRID_TOLERANCE = 1e-3

sitk.ProcessObject.SetGlobalWarningDisplay(False)


@dataclass(frozen=True)
class Grid:
    """Where the voxels of a volume lie.

    Attributes
    ----------
    size
        Voxels (nx, ny, nz).
    spacing
        Voxel size (sx, sy, sz) in mm.
    origin
        Centre of voxel (0, 0, 0) in mm, in ITK's left-posterior-superior space.
    direction
        Unit vectors of the three axes, the columns of a (3, 3) matrix, row by row.
    """

    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]

    @property
    def affine(self) -> NDArray[np.float64]:
        """Matrix (4, 4) from voxel (x, y, z, 1) to left-posterior-superior space in mm."""
        matrix = np.eye(4)
        matrix[:3, :3] = np.reshape(self.direction, (3, 3)) * self.spacing
        matrix[:3, 3] = self.origin
        return matrix

    @property
    def axes(self) -> tuple[str, str, str]:
        """Anatomical direction in which each axis increases, such as ``("L", "P", "S")``."""
        columns = np.reshape(self.direction, (3, 3))
        letters = []
        for axis in range(3):
            along = int(np.abs(columns[:, axis]).argmax())
            letters.append(("LPS" if columns[along, axis] > 0 else "RAI")[along])
        return letters[0], letters[1], letters[2]

    def describe(self) -> str:
        """Size, spacing, origin and axes for a message."""

        def joined(numbers: tuple[float, ...]) -> str:
            return " x ".join(f"{number:g}" for number in numbers)

        text = f"{joined(self.size)} voxels of {joined(self.spacing)} mm from {self.origin}"
        text += f", axes towards {', '.join(self.axes)}"
        if not np.allclose(np.sort(np.abs(self.direction)), [0] * 6 + [1] * 3, atol=1e-6):
            columns = np.reshape(self.direction, (3, 3)).T.tolist()
            exactly = ("(" + ", ".join(f"{part:g}" for part in column) + ")" for column in columns)
            text += f", exactly {' '.join(exactly)}"
        return text

    def matches(self, other: Grid) -> bool:
        """Whether the voxels of both lie at the same places."""
        if self.size != other.size:
            return False
        # Two grids of one size agree everywhere if they agree at their corners.
        nx, ny, nz = (number - 1 for number in self.size)
        corners = np.array([[0, 0, 0, 1], [nx, 0, 0, 1], [0, ny, 0, 1], [0, 0, nz, 1]]).T
        apart = np.abs((self.affine - other.affine) @ corners).max()
        return bool(apart <= _GRID_TOLERANCE * min(self.spacing))


@dataclass(frozen=True)
class Volume:
    """A volume ``array`` [z, y, x] and its grid."""

    array: NDArray[Any]
    grid: Grid


@dataclass(frozen=True)
class Labelmap:
    """A segmentation.

    Attributes
    ----------
    array
        Integers [z, y, x]; 0 is background.
    grid
        Where the voxels lie.
    labels
        Value of each ROI by name.
    """

    array: NDArray[np.integer[Any]]
    grid: Grid
    labels: dict[str, int]


def read_labelmap(path: Path, preset: LabelPreset | None) -> Labelmap:
    """Read a segmentation.

    The segments of a ``.seg.nrrd`` are recognised by their terminology; where that does not say,
    and for every other format, the preset says what a value means.

    Parameters
    ----------
    path
        ``.nii``, ``.nii.gz``, ``.nrrd``, ``.nhdr``, ``.mha``, ``.mhd`` or Slicer's ``.seg.nrrd``.
    preset
        The label preset that was chosen, or None.

    Raises
    ------
    LabelmapError
        If the file is missing, damaged or not a three-dimensional labelmap, or a label is unknown.
    """
    image = _read(path, labels=True)
    labels = None
    if is_segmentation(image):
        image, labels = labels_by_terminology(image, path)
    grid = _grid(image, image.GetNumberOfComponentsPerPixel(), path)
    array = _as_integers(sitk.GetArrayFromImage(image), path)
    if labels is None:
        labels = labels_for(_values(array), preset, str(path))
    return Labelmap(array, grid, labels)


def read_volume(path: Path) -> Volume:
    """Read an image of intensities.

    Raises
    ------
    LabelmapError
        If the file is missing, damaged or not three-dimensional.
    """
    image = _read(path)
    grid = _grid(image, image.GetNumberOfComponentsPerPixel(), path)
    return Volume(sitk.GetArrayFromImage(image), grid)


def read_grid(path: Path) -> Grid:
    """Read where an image's voxels lie, from its header alone.

    Raises
    ------
    LabelmapError
        If the file is missing, damaged or not three-dimensional.
    """
    reader = _open(path)
    return _grid(reader, reader.GetNumberOfComponents(), path)


def find_inside(inner: Grid, inner_path: Path, outer: Grid, outer_path: Path) -> Box:
    """Find the voxels of an image that a segmentation covers.

    A segmentation lies on its image's grid, or on a part of it, as Slicer saves segmentations
    cropped.

    Returns
    -------
    tuple of slice
        The part of the image, indexed [z, y, x].

    Raises
    ------
    LabelmapError
        If the voxels do not lie on each other, with the numbers of both.
    """
    place = np.linalg.solve(outer.affine, inner.affine[:, 3])[:3]
    start = [round(float(number)) for number in place]
    corner = outer.affine @ (*start, 1)
    part = Grid(inner.size, outer.spacing, tuple(corner[:3].tolist()), outer.direction)
    stop = [first + count for first, count in zip(start, inner.size, strict=True)]
    fits = min(start) >= 0 and all(a <= b for a, b in zip(stop, outer.size, strict=True))
    if not fits or not part.matches(inner):
        raise LabelmapError(
            f"{inner_path} ({inner.describe()}) does not lie on the grid of its image "
            f"{outer_path} ({outer.describe()}). Resample one to the other first."
        )
    x, y, z = (slice(first, last) for first, last in zip(start, stop, strict=True))
    return z, y, x


def write_volume(path: Path, array: NDArray[Any], grid: Grid) -> None:
    """Write a volume [z, y, x], compressed; the format follows the suffix of the path."""
    image = sitk.GetImageFromArray(array)
    place(image, grid)
    write_image(path, image)


def write_image(path: Path, image: sitk.Image) -> None:
    """Write a SimpleITK image, compressed, and read it back: ITK does not notice a full disk.

    Raises
    ------
    StudyError
        If the path is no Unicode, the system refuses, or the file that came out is not whole.
    """
    if not is_unicode(path):
        raise StudyError(not_unicode(path))
    try:
        # ITK does not pass on why a file cannot be made; the system does.
        path.touch()
    except OSError as error:
        raise StudyError(
            f"Cannot write {path.parent}: {error.strerror or error}. What was there before is "
            "unchanged; choose a folder that you may write to, then run again."
        ) from error
    try:
        sitk.WriteImage(image, str(path), useCompression=True)
        _read(path)
    except (RuntimeError, RadiogenomicsError) as error:
        raise StudyError(
            f"Cannot write {path.parent}: the file that came out is not whole. Is the disk full? "
            "What was there before is unchanged; free some space, then run again."
        ) from error


def grid_of(image: sitk.Image) -> Grid:
    """Return where the voxels of an image lie."""
    return Grid(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())


def place(image: sitk.Image, grid: Grid) -> None:
    """Set the geometry of a SimpleITK image."""
    image.SetSpacing(grid.spacing)
    image.SetOrigin(grid.origin)
    image.SetDirection(grid.direction)


def strip_suffix(name: str) -> str | None:
    """File name without its volume suffix; None for a file that is no volume."""
    lower = name.lower()
    for suffix in VOLUME_SUFFIXES:
        if lower.endswith(suffix):
            return name[: -len(suffix)]
    return None


def _open(path: Path) -> sitk.ImageFileReader:
    """Return a reader that knows the file's header."""
    if not path.exists():
        raise InputError(f"There is no file {path}.")
    if not is_unicode(path):
        raise LabelmapError(not_unicode(path))
    if not path.is_file():
        raise LabelmapError(f"{path} is a folder, not a volume.")
    if path.stat().st_size == 0:
        raise LabelmapError(f"{path} is empty (0 bytes). Copy or export it again.")
    if strip_suffix(path.name) is None:
        raise LabelmapError(
            f"{path} is not a volume that can be read; known are {', '.join(VOLUME_SUFFIXES)}."
        )
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    with _refusing(path):
        reader.ReadImageInformation()
    return reader


def _read(path: Path, *, labels: bool = False) -> sitk.Image:
    if path.name.lower().endswith((".nii", ".nii.gz")) and path.is_file():
        check_nifti(path, labels=labels)
    reader = _open(path)
    with _refusing(path):
        image: sitk.Image = reader.Execute()
    return image


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Turn SimpleITK's errors into one that says what to do."""
    try:
        yield
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1].removeprefix("sitk::ERROR: ")
        raise LabelmapError(
            f"{path} cannot be read: it is truncated, damaged or not what its name says. "
            f"Copy or export it again. (SimpleITK: {reason})"
        ) from error


class _Placed(Protocol):
    """What an image and the reader of its header have in common."""

    def GetSize(self) -> tuple[int, int, int]: ...
    def GetSpacing(self) -> tuple[float, float, float]: ...
    def GetOrigin(self) -> tuple[float, float, float]: ...
    def GetDirection(self) -> tuple[float, ...]: ...


def _grid(source: _Placed, components: int, path: Path) -> Grid:
    size = source.GetSize()
    if len(size) != 3 or components != 1:
        shape = " x ".join(map(str, size))
        raise LabelmapError(
            f"{path} has {len(size)} dimensions ({shape}) and {components} value(s) a voxel; "
            "a volume with three dimensions and one value is needed. Export it as one such volume."
        )
    spacing, direction = source.GetSpacing(), source.GetDirection()
    if not np.isfinite(spacing).all() or min(spacing) <= 0:
        raise LabelmapError(
            f"{path} has a voxel size of {spacing} mm, which cannot be. Correct its header, or "
            "export it again."
        )
    matrix = np.reshape(direction, (3, 3))
    if not np.allclose(matrix.T @ matrix, np.eye(3), atol=_GRID_TOLERANCE):
        raise LabelmapError(
            f"{path} has a sheared affine (its axes are not at right angles). "
            "Resample it to a regular grid first."
        )
    return Grid(size, spacing, source.GetOrigin(), direction)


def _as_integers(array: NDArray[Any], path: Path) -> NDArray[np.integer[Any]]:
    """Labels as integers; whole numbers stored as floats are taken as what they are."""
    if array.dtype.kind in "ui":
        return array
    if not np.isfinite(array).all():
        raise LabelmapError(NOT_WHOLE.format(path=path))
    whole = np.rint(array)
    different = array != whole
    if different.any():
        raise LabelmapError(
            f"{path} holds fractions such as {float(array[different][0]):g} "
            f"({np.count_nonzero(different)} voxels); labels are whole numbers. "
            "Was it resampled with interpolation? Use nearest neighbour."
        )
    integers: NDArray[np.integer[Any]] = whole.astype(np.int32)
    return integers


def _values(array: NDArray[np.integer[Any]]) -> list[int]:
    return [int(value) for value in np.unique(array) if value != 0]
