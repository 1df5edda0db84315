"""One rater's labelmap of one case, and what makes two of them comparable. numpy only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from radiogenomics.errors import InputError
from radiogenomics.study import CONSENSUS, check_rater

GRID_TOLERANCE = 1e-3
"""How far, in mm, the corners of two grids may lie apart and still be the same grid."""

# Cosine of the angle between two axes above which the spacing says nothing about distances.
_SKEW_TOLERANCE = 1e-3

Box = tuple[slice, slice, slice]
"""Slices along z, y and x."""


@dataclass(frozen=True, eq=False)
class RaterLabelmap:
    """One rater's segmentation of one case.

    The array is not copied; it is kept as a read-only view and must not be changed elsewhere.

    Attributes
    ----------
    rater : str
        The rater's name; ``consensus`` for a consensus, which may be compared with a rater.
    array : ndarray of int, shape (nz, ny, nx)
        Zero is background. Every other value that occurs must be declared in `labels`.
    labels : mapping of str to int
        ROI name to value, values positive and distinct. A ROI that is declared here and has no
        voxel was looked for and not found; one that is not declared was not looked for.
    spacing : tuple of 3 floats
        Voxel size (sx, sy, sz) in mm.
    affine : ndarray of float64, shape (4, 4)
        From voxel indices (x, y, z) to mm. RAS or LPS, as long as all raters use the same.

    Raises
    ------
    InputError
        For a name that is none, an array that is no labelmap, values that are not declared, and
        a spacing and an affine that do not fit together or whose axes are not perpendicular.
    """

    rater: str
    array: NDArray[Any]
    labels: Mapping[str, int]
    spacing: tuple[float, float, float]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        name = self.rater if self.rater == CONSENSUS else check_rater(self.rater)
        array = np.asarray(self.array).view()
        if array.ndim != 3 or array.size == 0 or array.dtype.kind not in "iu":
            raise InputError(
                f"The labelmap of {name} is an array of {array.dtype} of shape {array.shape}; "
                "give integers of shape (nz, ny, nx)."
            )
        array.flags.writeable = False
        object.__setattr__(self, "rater", name)
        object.__setattr__(self, "array", array)
        object.__setattr__(self, "labels", _checked_labels(name, self.labels))
        spacing, affine = _checked_grid(name, array.shape, self.spacing, self.affine)
        object.__setattr__(self, "spacing", spacing)
        object.__setattr__(self, "affine", affine)
        self._refuse_undeclared_values()

    @cached_property
    def box(self) -> Box | None:
        """The smallest box that holds every labelled voxel; None where there is none."""
        return box_of(self.array != 0)

    def mask(self, roi: str, box: Box) -> NDArray[np.bool_]:
        """Return the voxels of a declared ROI inside a box, in a new array."""
        mask: NDArray[np.bool_] = self.array[box] == self.labels[roi]
        return mask

    def require(self, rois: Sequence[str]) -> None:
        """Refuse ROIs that the rater did not declare.

        Raises
        ------
        InputError
            With the ROIs that are missing. An undeclared ROI is not the same as an empty one.
        """
        missing = [roi for roi in rois if roi not in self.labels]
        if missing:
            raise InputError(
                f"The labelmap of {self.rater} does not declare {', '.join(missing)} (it has "
                f"{', '.join(self.labels) or 'no ROI'}). Declare the ROI with its value if the "
                "rater looked for it and found none, or leave it out of the comparison."
            )

    def _refuse_undeclared_values(self) -> None:
        if self.box is None:
            return
        labelled = self.array[self.box]
        declared = sum(int(np.count_nonzero(labelled == value)) for value in self.labels.values())
        if declared != np.count_nonzero(labelled):
            found = np.setdiff1d(labelled, [0, *self.labels.values()]).tolist()
            raise InputError(
                f"The labelmap of {self.rater} has the values {found}, which no ROI declares "
                f"({dict(self.labels)}). Declare them, or set these voxels to 0."
            )


def box_of(mask: NDArray[np.bool_]) -> Box | None:
    """Return the smallest box that holds every voxel of a mask [z, y, x]; None if it is empty."""
    slabs = np.flatnonzero(mask.any(axis=(1, 2)))
    if slabs.size == 0:
        return None
    inside = mask[slabs[0] : slabs[-1] + 1]
    rows = np.flatnonzero(inside.any(axis=(0, 2)))
    columns = np.flatnonzero(inside.any(axis=(0, 1)))
    return _slices((slabs, rows, columns))


def common_box(labelmaps: Sequence[RaterLabelmap]) -> Box | None:
    """Return the smallest box that holds every labelled voxel of all the labelmaps, or None."""
    boxes = [labelmap.box for labelmap in labelmaps if labelmap.box is not None]
    if not boxes:
        return None
    ends = np.array([[(side.start, side.stop - 1) for side in box] for box in boxes])
    return _slices([ends[:, axis] for axis in range(3)])


def check_same_grid(labelmaps: Sequence[RaterLabelmap]) -> None:
    """Refuse labelmaps whose voxels are not the same places.

    Raises
    ------
    InputError
        Where shapes differ, or a corner of the grid lies more than `GRID_TOLERANCE` mm apart,
        with the numbers of both grids. Nothing is resampled here: that would change what a rater
        drew.
    """
    # In the order of their names, so that the message does not depend on the order given.
    for one, other in combinations(sorted(labelmaps, key=lambda labelmap: labelmap.rater), 2):
        if one.array.shape != other.array.shape:
            apart = "their shapes differ"
        else:
            gap = np.linalg.norm(_corners(one) - _corners(other), axis=1).max()
            if gap <= GRID_TOLERANCE:
                continue
            apart = f"corners lie up to {gap:.6g} mm apart"
        raise InputError(
            f"The labelmaps of {one.rater} and {other.rater} are on different grids ({apart}): "
            f"{one.rater} has {_grid_text(one)}; {other.rater} has {_grid_text(other)}. "
            "Resample one onto the grid of the other, or segment on the same image."
        )


def checked_rois(rois: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the ROIs to compare.

    Raises
    ------
    InputError
        If there is none, or one is named twice.
    """
    names = (rois,) if isinstance(rois, str) else tuple(rois)
    if not names or len(set(names)) != len(names):
        raise InputError(f"Name at least one ROI, each once; got {list(names)}.")
    return names


def _slices(indices: Sequence[NDArray[np.intp]]) -> Box:
    z, y, x = (slice(int(along.min()), int(along.max()) + 1) for along in indices)
    return z, y, x


def _checked_labels(rater: str, labels: Mapping[str, int]) -> Mapping[str, int]:
    values = {str(roi): int(value) for roi, value in labels.items()}
    if min(values.values(), default=1) < 1 or len(set(values.values())) != len(values):
        raise InputError(
            f"The labels of {rater} are {values}; give each ROI a positive value of its own."
        )
    return MappingProxyType(values)


def _checked_grid(
    rater: str, shape: tuple[int, ...], spacing: ArrayLike, affine: ArrayLike
) -> tuple[tuple[float, float, float], NDArray[np.float64]]:
    """Return the spacing and a read-only affine that agree with each other."""
    matrix = np.array(affine, dtype=np.float64)
    size = np.array(spacing, dtype=np.float64)
    if (
        matrix.shape != (4, 4)
        or size.shape != (3,)
        or not (np.isfinite(matrix).all() and np.isfinite(size).all() and (size > 0).all())
    ):
        raise InputError(
            f"The grid of {rater} has the spacing {size.tolist()} and the affine "
            f"{matrix.tolist()}; give three positive numbers of mm and a (4, 4) matrix."
        )
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    drift = np.abs(lengths - size) * shape[::-1]
    if drift.max() > GRID_TOLERANCE:
        raise InputError(
            f"The spacing {size.tolist()} of {rater} and its affine, whose steps are "
            f"{lengths.tolist()} mm long, do not belong together."
        )
    axes = matrix[:3, :3] / lengths
    if np.abs(axes.T @ axes - np.eye(3)).max() > _SKEW_TOLERANCE:
        raise InputError(
            f"The axes of the grid of {rater} are not perpendicular (affine {matrix.tolist()}): "
            "distances cannot be taken from the spacing. Resample to a rectangular grid."
        )
    matrix.flags.writeable = False
    sx, sy, sz = size.tolist()
    return (sx, sy, sz), matrix


def _corners(labelmap: RaterLabelmap) -> NDArray[np.float64]:
    """Return the eight outer corners of the grid in mm, shape (8, 3)."""
    ends = [(-0.5, n - 0.5) for n in labelmap.array.shape[::-1]]
    indices = np.array([(*corner, 1.0) for corner in product(*ends)])
    corners: NDArray[np.float64] = (indices @ labelmap.affine.T)[:, :3]
    return corners


def _grid_text(labelmap: RaterLabelmap) -> str:
    nz, ny, nx = labelmap.array.shape
    spacing = " x ".join(f"{size:.6g}" for size in labelmap.spacing)
    rows = "; ".join(
        " ".join(f"{number:.6g}" for number in row) for row in labelmap.affine[:3].tolist()
    )
    return f"{nx} x {ny} x {nz} voxels of {spacing} mm, affine [{rows}]"
