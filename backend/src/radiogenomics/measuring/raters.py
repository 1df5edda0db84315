"""The labelmaps of a case's raters, read from their files onto one grid."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from radiogenomics.agreement import RaterLabelmap
from radiogenomics.errors import LabelmapError
from radiogenomics.imaging import Grid, Labelmap, find_inside, find_preset, read_grid, read_labelmap
from radiogenomics.study import Case, Segmentation


def read_raters(case: Case, versions: Sequence[Segmentation], preset: str) -> list[RaterLabelmap]:
    """Read one version of each rater; voxels lie on each other afterwards.

    Slicer saves a segmentation cropped. Where the files' grids differ for that reason the labelmaps
    are put into the grid of the case's image; nothing is resampled.

    Parameters
    ----------
    case
        The case.
    versions
        One of each rater.
    preset
        The study's label preset.

    Raises
    ------
    StudyError
        If a file is not the one that was saved.
    LabelmapError
        If a file cannot be read, or the raters drew on different grids.
    """
    read = []
    for one in versions:
        one.verify()
        read.append(read_labelmap(one.path, find_preset(preset)))
    if not all(read[0].grid.matches(labelmap.grid) for labelmap in read[1:]):
        read = _on_the_image(case, versions, read)
    return [_as_rater(one.rater, labelmap) for one, labelmap in zip(versions, read, strict=True)]


def grid_of(labelmap: RaterLabelmap) -> Grid:
    """Return the grid of a labelmap that `read_raters` read, or of the consensus of several."""
    nz, ny, nx = labelmap.array.shape
    direction = labelmap.affine[:3, :3] / labelmap.spacing
    ox, oy, oz = labelmap.affine[:3, 3].tolist()
    return Grid((nx, ny, nz), labelmap.spacing, (ox, oy, oz), tuple(direction.ravel().tolist()))


def _on_the_image(
    case: Case, versions: Sequence[Segmentation], read: Sequence[Labelmap]
) -> list[Labelmap]:
    if not case.images:
        raise LabelmapError(
            f"The raters of {case.patient_id} drew on different grids: "
            + "; ".join(
                f"{one.rater} on {labelmap.grid.describe()}"
                for one, labelmap in zip(versions, read, strict=True)
            )
            + ". Add the image that they drew on to the case, or resample one to the other."
        )
    path = next(iter(case.images.values()))
    grid = read_grid(path)
    placed = []
    for one, labelmap in zip(versions, read, strict=True):
        box = find_inside(labelmap.grid, one.path, grid, path)
        whole = np.zeros(grid.size[::-1], dtype=labelmap.array.dtype)
        whole[box] = labelmap.array
        placed.append(Labelmap(whole, grid, labelmap.labels))
    return placed


def _as_rater(rater: str, labelmap: Labelmap) -> RaterLabelmap:
    # A preset may know values that are no ROI here; they are background to every comparison.
    known = np.isin(labelmap.array, list(labelmap.labels.values()))
    array = labelmap.array if known.all() else np.where(known, labelmap.array, 0)
    return RaterLabelmap(rater, array, labelmap.labels, labelmap.grid.spacing, labelmap.grid.affine)
