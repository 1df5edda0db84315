"""The header of a DICOM file: what tells how it was acquired and where it lies, and no identity.

Identity is read for one purpose only, to see whether two files are of one patient, and it leaves
this module as a digest.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pydicom
from pydicom.config import disable_value_validation
from pydicom.dataset import Dataset
from pydicom.encaps import generate_fragments
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.tag import Tag
from pydicom.uid import RLELossless

from radiogenomics.imaging.series.dicom_frames import Frame, read_frames
from radiogenomics.imaging.series.dicom_parameters import PARAMETER_TAGS, read_parameters
from radiogenomics.imaging.series.dicom_values import number_of, text_of, whole_of
from radiogenomics.imaging.series.naming import Parameters

_IDENTITY = ["PatientID", "PatientName", "PatientBirthDate"]
_TIMES = ["AcquisitionDateTime", "AcquisitionDate", "AcquisitionTime", "StudyDate", "StudyTime"]
_KEYWORDS = [
    *_IDENTITY,
    *_TIMES,
    *PARAMETER_TAGS,
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SOPInstanceUID",
    "Modality",
    "SeriesNumber",
    "InstanceNumber",
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "ConcatenationUID",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "PhotometricInterpretation",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]
# As tags once, not for every file again.
_TAGS = [Tag(keyword) for keyword in _KEYWORDS]

# A parser that meets damage fails in many ways; none of them may end the scan of a folder.
_DAMAGE = (
    InvalidDicomError,
    BytesLengthException,
    AttributeError,
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class Header:
    """What is kept of one DICOM file.

    Attributes
    ----------
    path
        The file.
    patient
        Digest of the patient's id, name and birth date: the same for files of one patient.
    study, series, instance
        Unique identifiers; they stay inside this package.
    begun
        When the examination began, to put several in their order.
    acquired
        When the image was taken; None where no tag tells.
    modality, number, syntax
        Modality, series number and transfer syntax (its UID).
    order
        Instance number, then what else brings the files into one order.
    repeat
        Acquisition number and temporal position, which tell repeated positions apart.
    parameters
        How it was acquired.
    rows, columns
        Size of the picture.
    is_grey
        Whether its pixels are one value each, brighter as it is larger.
    frames
        Where each picture in it lies; several in a multi-frame file.
    is_multiframe, is_part
        Whether the file is multi-frame, and whether it is one of several that belong together.
    """

    path: Path
    patient: str
    study: str
    series: str
    instance: str
    begun: str
    acquired: str | None
    modality: str
    number: int
    syntax: str
    order: int
    repeat: tuple[int, int]
    parameters: Parameters
    rows: int
    columns: int
    is_grey: bool
    frames: tuple[Frame, ...]
    is_multiframe: bool
    is_part: bool


def looks_like_dicom(start: bytes) -> bool:
    """Whether the first 132 bytes of a file are those of DICOM, with or without its preamble."""
    if start[128:132] == b"DICM":
        return True
    # Without a preamble, the file begins with an element of group 2 or 8.
    if len(start) < 8 or start[:2] not in {b"\x02\x00", b"\x08\x00"}:
        return False
    explicit = start[4:6].isalpha() and start[4:6].isupper()
    return explicit or struct.unpack("<I", start[4:8])[0] < 1024


def read_header(path: Path) -> Header | str | None:
    """Read a file's header.

    Returns
    -------
    Header, str or None
        The header; why the file is damaged; None for DICOM that is no image, as a report.
    """
    try:
        with _quiet():
            dataset = pydicom.dcmread(
                path, stop_before_pixels=True, force=True, specific_tags=_TAGS
            )
            return _header(path, dataset)
    except PermissionError:
        return "may not be read"
    except _DAMAGE:
        # What the parser says may repeat a value of the header.
        return "is damaged"


def holds_pixels(path: Path) -> bool:
    """Whether the pixels of a file are there to their end, as far as its structure tells.

    GDCM needs many seconds to give up on some damaged compressed files; pydicom tells at once.
    """
    try:
        with _quiet():
            dataset = pydicom.dcmread(path, force=True)
            syntax = dataset.file_meta.get("TransferSyntaxUID")
            if syntax == RLELossless:
                return bool(dataset.pixel_array.size)
            if syntax is not None and syntax.is_encapsulated:
                return sum(map(len, generate_fragments(dataset.PixelData))) > 0
            return "PixelData" in dataset
    except _DAMAGE:
        return False


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep pydicom from printing: what it warns of may hold values of the header."""
    logger = logging.getLogger("pydicom")
    was_disabled, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings(), disable_value_validation():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.disabled = was_disabled


def _header(path: Path, dataset: Dataset) -> Header | None:
    rows, columns = number_of(dataset, "Rows"), number_of(dataset, "Columns")
    if rows is None or columns is None or not text_of(dataset, "SeriesInstanceUID"):
        return None
    count = number_of(dataset, "NumberOfFrames")
    frames = read_frames(dataset)
    return Header(
        path=path,
        patient=_digest(dataset),
        study=text_of(dataset, "StudyInstanceUID"),
        series=text_of(dataset, "SeriesInstanceUID"),
        instance=text_of(dataset, "SOPInstanceUID"),
        begun=text_of(dataset, "StudyDate") + text_of(dataset, "StudyTime"),
        acquired=_acquired(dataset),
        modality=text_of(dataset, "Modality"),
        number=whole_of(dataset, "SeriesNumber"),
        syntax=str(dataset.file_meta.get("TransferSyntaxUID", "")),
        order=whole_of(dataset, "InstanceNumber"),
        repeat=(
            whole_of(dataset, "TemporalPositionIdentifier"),
            whole_of(dataset, "AcquisitionNumber"),
        ),
        parameters=read_parameters(dataset),
        rows=int(rows),
        columns=int(columns),
        is_grey=text_of(dataset, "PhotometricInterpretation") in {"", "MONOCHROME2"},
        frames=frames,
        is_multiframe=(count or 1) > 1 or len(frames) > 1,
        is_part=bool(text_of(dataset, "ConcatenationUID")),
    )


def _digest(dataset: Dataset) -> str:
    # The same name is written with and without commas, carets and capitals.
    name = "".join(filter(str.isalnum, text_of(dataset, "PatientName").casefold()))
    told = (text_of(dataset, "PatientID"), name, text_of(dataset, "PatientBirthDate"))
    return hashlib.sha256("\0".join(told).encode("utf-8", "surrogatepass")).hexdigest()


def _acquired(dataset: Dataset) -> str | None:
    """Date and time of the picture, which sort as texts."""
    whole = text_of(dataset, "AcquisitionDateTime")
    if whole:
        return whole
    time = text_of(dataset, "AcquisitionTime")
    date = text_of(dataset, "AcquisitionDate") or text_of(dataset, "StudyDate")
    return date + time if time else None
