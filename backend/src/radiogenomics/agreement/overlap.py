"""How well two labelmaps of one case agree, one ROI at a time.

References
----------
Dice, "Measures of the amount of ecologic association between species", Ecology 26 (1945) 297-302.
For the distances see `radiogenomics.agreement.surfaces`; for what to report and where a value is
not defined, Maier-Hein et al., "Metrics reloaded: recommendations for image analysis validation",
Nature Methods 21 (2024) 195-212.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from radiogenomics.agreement.labelmaps import (
    Box,
    RaterLabelmap,
    box_of,
    check_same_grid,
    checked_rois,
    common_box,
)
from radiogenomics.agreement.surfaces import surface_distances


@dataclass(frozen=True)
class RoiAgreement:
    """How well two raters agree on one ROI. All its voxels count, not the largest component only.

    Only the signs of the two differences depend on which rater comes first.

    Attributes
    ----------
    roi : str
        The ROI.
    dice : float or None
        ``2 |A and B| / (|A| + |B|)``, in [0, 1]. None where both are empty: 0/0 is no agreement
        of outlines, and calling it 1 would raise a cohort's mean by cases without the ROI. 0
        where one is empty.
    volume_first, volume_second : float
        Volumes in mm3; voxels times the volume of one.
    volume_difference : float
        Second minus first in mm3.
    volume_difference_percent : float or None
        The difference in percent of the mean of both volumes, in [-200, 200]; None where both
        are empty.
    hausdorff_95, hausdorff, mean_surface_distance : float or None
        In mm, see `SurfaceDistances`. None where one or both are empty: an empty ROI has no
        surface.
    """

    roi: str
    dice: float | None
    volume_first: float
    volume_second: float
    volume_difference: float
    volume_difference_percent: float | None
    hausdorff_95: float | None
    hausdorff: float | None
    mean_surface_distance: float | None


def compare(first: RaterLabelmap, second: RaterLabelmap, rois: Sequence[str]) -> list[RoiAgreement]:
    """Compare two labelmaps of one case.

    The two may be of two raters, of a rater and the consensus, or of one rater who read twice.

    Parameters
    ----------
    first, second
        On the same grid. The same ROI may have another value in each.
    rois
        Names of the ROIs to compare, each declared by both.

    Returns
    -------
    list of RoiAgreement
        In the order of `rois`.

    Raises
    ------
    InputError
        If the grids differ, or a ROI is not declared by both.
    """
    names = checked_rois(rois)
    check_same_grid((first, second))
    for labelmap in (first, second):
        labelmap.require(names)
    box = common_box((first, second))
    return [_agreement(roi, first, second, box) for roi in names]


def _agreement(
    roi: str, first: RaterLabelmap, second: RaterLabelmap, box: Box | None
) -> RoiAgreement:
    if box is None:
        one = other = np.zeros((1, 1, 1), dtype=np.bool_)
    else:
        one, other = first.mask(roi, box), second.mask(roi, box)
    n_one, n_other = int(np.count_nonzero(one)), int(np.count_nonzero(other))
    dice = percent = hausdorff_95 = hausdorff = mean = None
    if n_one + n_other:
        dice = 2 * int(np.count_nonzero(one & other)) / (n_one + n_other)
        percent = 200 * (n_other - n_one) / (n_one + n_other)
    if n_one and n_other:
        one, other = _cropped(one, other)
        distances = surface_distances(one, other, first.spacing)
        hausdorff_95, hausdorff = distances.hausdorff_95, distances.hausdorff
        mean = distances.mean
    voxel = math.prod(first.spacing)
    return RoiAgreement(
        roi=roi,
        dice=dice,
        volume_first=n_one * voxel,
        volume_second=n_other * voxel,
        volume_difference=(n_other - n_one) * voxel,
        volume_difference_percent=percent,
        hausdorff_95=hausdorff_95,
        hausdorff=hausdorff,
        mean_surface_distance=mean,
    )


def _cropped(
    one: NDArray[np.bool_], other: NDArray[np.bool_]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    box = box_of(one | other)
    return (one, other) if box is None else (one[box], other[box])
