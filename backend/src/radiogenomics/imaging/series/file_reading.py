"""Reading one volume from a NIfTI, NRRD or MetaImage file, refusing what would be read wrongly."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import SimpleITK as sitk
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from radiogenomics.errors import InputError
from radiogenomics.imaging.nifti_header import check_nifti
from radiogenomics.imaging.series.found import Format
from radiogenomics.imaging.volumes import read_grid

# Two placements of one volume that agree better than this, in mm, are the same.
_SAME_PLACE = 0.1


def read_file(path: Path, stored: Format) -> sitk.Image:
    """Read a volume of intensities, without the texts that its header carries.

    Raises
    ------
    InputError
        If it is missing, damaged, not one volume of one value a voxel, has voxels that are no
        numbers, or says in two ways where it lies.
    """
    if stored is Format.NIFTI:
        check_nifti(path, labels=False)
        nifti = _open_nifti(path)
        _check_placements(path, nifti)
        _check_finite(path, nifti)
    read_grid(path)
    try:
        image = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise InputError(
            f"{path} cannot be read: it is truncated, damaged or not what its name says. Copy or "
            "export it again."
        ) from error
    array = sitk.GetArrayViewFromImage(image)
    if stored is not Format.NIFTI and not np.isfinite(array).all():
        raise InputError(_NOT_FINITE.format(path=path, count="some"))
    # A new image has none of the texts of the old, which may hold a name.
    plain = sitk.GetImageFromArray(array)
    plain.CopyInformation(image)
    return plain


_NOT_FINITE = (
    "{path} has {count} voxels that are not numbers (NaN or infinite). If they are the background, "
    "set them to 0 and save the file again."
)


def _open_nifti(path: Path) -> nibabel.Nifti1Image:
    try:
        return nibabel.Nifti1Image.from_filename(path)
    except (HeaderDataError, ImageFileError, ValueError) as error:
        raise InputError(
            f"{path} has a NIfTI header that makes no sense ({error}). Copy or export it again."
        ) from error


def _check_placements(path: Path, nifti: nibabel.Nifti1Image) -> None:
    """Refuse a file whose qform and sform place it differently: programs choose either."""
    header = nifti.header
    if int(header["qform_code"]) <= 0 or int(header["sform_code"]) <= 0:
        return
    size = header.get_data_shape()[:3]
    corners = np.array(
        [[x, y, z, 1] for x in (0, size[0]) for y in (0, size[1]) for z in (0, size[2])]
    )
    try:
        qform, sform = np.asarray(header.get_qform()), np.asarray(header.get_sform())
    except ValueError as error:
        raise InputError(
            f"{path} has a qform that is no rotation. Copy its sform over it (fslorient "
            "-copysform2qform), or export it again."
        ) from error
    difference = (qform - sform) @ corners.T
    apart = float(np.linalg.norm(difference[:3], axis=0).max())
    if apart > _SAME_PLACE:
        raise InputError(
            f"{path} says in two ways where it lies, up to {apart:.3g} mm apart (its qform and its "
            "sform). Decide which one holds, copy it over the other (fslorient "
            "-copysform2qform or -copyqform2sform), and run again."
        )


def _check_finite(path: Path, nifti: nibabel.Nifti1Image) -> None:
    # ITK turns NaN in NIfTI files into zeros without a word.
    if nifti.get_data_dtype().kind == "f":
        bad = np.count_nonzero(~np.isfinite(np.asanyarray(nifti.dataobj)))
        if bad:
            raise InputError(_NOT_FINITE.format(path=path, count=bad))
