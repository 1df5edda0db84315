"""What a case page shows: one rater's labelmap, its images and its measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from radiogenomics.errors import InputError
from radiogenomics.shape.features import RoiMeasurement


@dataclass(frozen=True)
class CheckedCase:
    """One segmentation of one case, ready to be drawn.

    Attributes
    ----------
    patient_id, rater, version, state
        Whose segmentation this is, and where it stands in the review, such as ``draft``.
    labelmap
        Integers indexed [z, y, x].
    spacing
        Voxel size (sx, sy, sz) in mm.
    axes
        The anatomical direction in which the array's x, y and z axes increase, one letter each of
        L, R, P, A, S, I: ``("L", "P", "S")`` for an image that SimpleITK reads with the identity
        direction. For an oblique image, the closest letters.
    images
        Arrays [z, y, x] on the labelmap's grid by name, such as ``t1c``; may be empty.
    labels
        Label value of each ROI by its name; the order is that of the page.
    measurements
        What was measured of each ROI in ``labels``, from this labelmap.
    source
        Name of the segmentation's file; of a path only the last part is shown.

    Raises
    ------
    InputError
        If the parts do not fit together; the message names the patient and the numbers of both.
    """

    patient_id: str
    rater: str
    version: int
    state: str
    labelmap: NDArray[np.integer[Any]]
    spacing: tuple[float, float, float]
    axes: tuple[str, str, str]
    images: Mapping[str, NDArray[Any]]
    labels: Mapping[str, int]
    measurements: Mapping[str, RoiMeasurement]
    source: str

    def __post_init__(self) -> None:
        if self.labelmap.ndim != 3 or 0 in self.labelmap.shape:
            raise InputError(
                f"{self.patient_id}: a labelmap needs three dimensions [z, y, x] with voxels in "
                f"each, not the shape {self.labelmap.shape}."
            )
        for name, image in self.images.items():
            if image.shape != self.labelmap.shape:
                raise InputError(
                    f"{self.patient_id}: the image {name!r} has the shape {image.shape} and the "
                    f"labelmap {self.labelmap.shape} [z, y, x]; resample one to the other's grid."
                )
        missing = [roi for roi in self.labels if roi not in self.measurements]
        if missing:
            raise InputError(
                f"{self.patient_id}: no measurement was given for {', '.join(missing)}."
            )
        for roi, value in self.labels.items():
            measured = self.measurements[roi].voxels + self.measurements[roi].voxels_left_out
            found = int(np.count_nonzero(self.labelmap == value))
            if measured != found:
                raise InputError(
                    f"{self.patient_id}: the labelmap has {found} voxels of {roi} (label {value}) "
                    f"and its measurement {measured}; measure this version again."
                )
