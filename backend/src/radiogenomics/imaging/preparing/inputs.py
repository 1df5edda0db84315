"""The series of a case, read and hashed before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.preparing.hashing import (
    hash_of_files,
    hash_of_image,
    hash_of_values,
)
from radiogenomics.imaging.preparing.settings import PrepareSettings
from radiogenomics.imaging.series import Contrast, Series, read_series
from radiogenomics.imaging.volumes import grid_of
from radiogenomics.study.progress import Progress


@dataclass(frozen=True, eq=False)
class Input:
    """One series as read.

    Attributes
    ----------
    series
        Where it came from.
    image
        Its voxels.
    files_sha256, voxels_sha256
        Hashes of its files as they lie there, and of the voxels with their place.
    """

    series: Series
    image: sitk.Image
    files_sha256: str
    voxels_sha256: str

    def as_record(self) -> dict[str, Any]:
        """Plain values for ``provenance.json``: no path, no name, no date."""
        grid = grid_of(self.image)
        return {
            "label": self.series.label,
            "named": self.series.reason,
            "format": str(self.series.format),
            "files": len(self.series.files),
            "voxels_sha256": self.voxels_sha256,
            "size": list(grid.size),
            "spacing_mm": list(grid.spacing),
            "axes": "".join(grid.axes),
        }


def read_inputs(chosen: Mapping[Contrast, Series], progress: Progress) -> dict[Contrast, Input]:
    """Read every chosen series, so that one that cannot be read ends the work at its beginning.

    Raises
    ------
    InputError
        If a series cannot be read, or two of them are the same image.
    """
    inputs: dict[Contrast, Input] = {}
    for done, (contrast, series) in enumerate(chosen.items()):
        progress("read", done, len(chosen), series.label)
        image = read_series(series)
        read = Input(series, image, hash_of_files(series.files), hash_of_image(image))
        for other, before in inputs.items():
            if before.voxels_sha256 == read.voxels_sha256:
                raise InputError(
                    f"{before.series.label} and {series.label} hold the same voxels, and cannot "
                    f"be both {other.full_name} and {contrast.full_name}. Look at them, and choose "
                    f"with --{contrast}."
                )
        inputs[contrast] = read
    progress("read", len(chosen), len(chosen), "")
    return inputs


def key_of(inputs: Mapping[Contrast, Input], settings: PrepareSettings) -> str:
    """Return what is the same for two preparations of the same images in the same way.

    Versions are no part of it: a case that was prepared before an upgrade stays as it is.
    """
    mask = settings.brain_mask
    return hash_of_values(
        {
            "series": {str(contrast): one.voxels_sha256 for contrast, one in inputs.items()},
            "skull_strip": settings.skull_strip,
            "brain_mask": None if mask is None else hash_of_files([mask]),
            "bias_correction": settings.bias_correction,
        }
    )
