"""Reading the files of one DICOM series to one volume: pixels by GDCM, geometry by the tags."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.uid import UID

from radiogenomics.errors import InputError
from radiogenomics.imaging.itk_names import itk_name
from radiogenomics.imaging.series.dicom_grouping import Group, group_headers
from radiogenomics.imaging.series.dicom_headers import Header, holds_pixels, read_header
from radiogenomics.imaging.series.dicom_stack import Stack, stack_slices
from radiogenomics.study.progress import Progress, silent

# What GDCM reads: not compressed, deflated, RLE, JPEG, JPEG-LS and JPEG 2000.
_READ_SYNTAXES = {
    "",
    "1.2.840.10008.1.2",
    "1.2.840.10008.1.2.1",
    "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.2",
    "1.2.840.10008.1.2.5",
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
    "1.2.840.10008.1.2.4.90",
    "1.2.840.10008.1.2.4.91",
}


def read_dicom(files: Sequence[Path], progress: Progress = silent) -> sitk.Image:
    """Read the files of one series, as `find_series` grouped them, in any order.

    Returns
    -------
    sitk.Image
        float32, rescaled, without any tag.

    Raises
    ------
    InputError
        If a file is damaged, or the files are no regular volume.
    """
    headers = []
    for path in files:
        header = read_header(path) if path.is_file() else "is not there any more"
        if not isinstance(header, Header):
            raise InputError(
                f"{path} {header or 'holds no picture'}. Copy the series from the archive again."
            )
        headers.append(header)
    groups = group_headers(headers)
    if len(groups) != 1:
        raise InputError("Its files changed since they were found. Run again.")
    (group,) = groups
    refuse_unreadable(group)
    stack = stack_of(group)
    if group[0].is_multiframe:
        array = _pixels(group[0])[list(stack.order)]
    else:
        array = np.empty((len(group), group[0].rows, group[0].columns), np.float32)
        for place, which in enumerate(stack.order):
            progress("read", place, len(group), "")
            array[place] = _pixels(group[which])[0]
        progress("read", len(group), len(group), "")
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(stack.spacing)
    image.SetOrigin(stack.origin)
    image.SetDirection(stack.direction)
    return image


def stack_of(group: Group) -> Stack:
    """Sort the slices, or frames, of a group to a volume.

    Raises
    ------
    InputError
        If they are no regular volume.
    """
    if not group[0].is_multiframe:
        return stack_slices(
            [header.frames[0] for header in group], [str(header.path) for header in group]
        )
    frames = group[0].frames
    volumes = len({frame.variant for frame in frames})
    if volumes > 1:
        raise InputError(
            f"The multi-frame file {group[0].path} holds {volumes} volumes (stacks, echoes, times "
            "or types), and only files with one are read. Export its parts as series of their own."
        )
    return stack_slices(
        frames, [f"frame {number} of {group[0].path}" for number in range(1, len(frames) + 1)]
    )


def refuse_unreadable(group: Group) -> None:
    """Refuse what has no pixels that can be read, as far as the headers tell.

    Raises
    ------
    InputError
        For an unknown compression, colours, and multi-frame files that are parts of a whole.
    """
    first = group[0]
    for header in group:
        if header.syntax not in _READ_SYNTAXES:
            uid = UID(header.syntax, pydicom.config.IGNORE)
            name = uid.name if uid.is_transfer_syntax else "an unknown syntax"
            raise InputError(
                f"{header.path} is compressed as {name}, which is not read. Export the series "
                "without compression, or decompress it (gdcmconv --raw)."
            )
    if not first.is_grey:
        raise InputError(
            f"{first.path} is in colours or inverted, no image of intensities. Choose the series "
            "that it was made from."
        )
    if first.is_part:
        raise InputError(
            f"{first.path} is one of several multi-frame files that make up one (a concatenation), "
            "which are not read. Export the series as single slices."
        )
    if first.is_multiframe and first.frames[0].position is None:
        raise InputError(
            f"The multi-frame file {first.path} does not say where its frames lie. Export the "
            "series as enhanced MR or as single slices."
        )
    if len({frame.rescale for frame in first.frames}) > 1:
        raise InputError(
            f"The frames of {first.path} are scaled each in its own way, which is not read. Export "
            "the series as single slices."
        )


def _pixels(header: Header) -> np.ndarray:
    """Pixels [frame, row, column] of one file, rescaled."""
    reader = sitk.ImageFileReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetOutputPixelType(sitk.sitkFloat32)
    array: np.ndarray = np.empty(0)
    if holds_pixels(header.path):
        # GDCM does not say what is wrong, and what it does say may hold values of tags.
        with itk_name(header.path) as name, suppress(RuntimeError):
            reader.SetFileName(name)
            array = sitk.GetArrayFromImage(reader.Execute())
    frames = len(header.frames) if header.is_multiframe else 1
    if array.shape != (frames, header.rows, header.columns):
        raise InputError(
            f"The pixels of {header.path} cannot be read: the file is truncated or damaged. Copy "
            "the series from the archive again."
        )
    return array
