"""Reading a series that was found: one volume with its place in space, or the reason why not."""

from __future__ import annotations

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.series.dicom_volume import read_dicom
from radiogenomics.imaging.series.file_reading import read_file
from radiogenomics.imaging.series.found import Format, Series
from radiogenomics.study.progress import Progress, silent


def read_series(series: Series, progress: Progress = silent) -> sitk.Image:
    """Read a series as one volume of three dimensions.

    Returns
    -------
    sitk.Image
        One value a voxel, in ITK's left-posterior-superior space, with no tag or text of the
        header. DICOM comes as float32, rescaled; files come in the type that they are stored in.

    Raises
    ------
    InputError
        If it cannot be read as one regular volume: missing or doubled slices, mixed spacing, a
        tilted gantry, several volumes, a damaged file. The message says which file and what to do.
    """
    if series.refused is not None:
        raise InputError(f"{series.describe()}: {series.refused}.")
    if series.format is Format.DICOM:
        try:
            return read_dicom(series.files, progress)
        except InputError as error:
            raise InputError(f"{series.describe()}: {error}") from None
    return read_file(series.files[0], series.format)
