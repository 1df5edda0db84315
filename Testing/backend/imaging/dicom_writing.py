"""Writes DICOM series for tests, with a patient's identity planted in every header."""

import itertools
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    EnhancedMRImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGLosslessSV1,
    MRImageStorage,
    RLELossless,
    generate_uid,
)

_NUMBERS = itertools.count(1)


def new_uid():
    """An identifier that no other has, and the same in every run."""
    return generate_uid(entropy_srcs=[str(next(_NUMBERS))])


# No output, message or name may hold any of these.
IDENTITY = {
    "PatientName": "Zweistein^Zacharias",
    "PatientID": "MRN7734551",
    "PatientBirthDate": "19340229",
    "PatientAddress": "Geheimgasse 13",
    "AccessionNumber": "ACC99182",
    "InstitutionName": "Klinikum Nirgendwo",
    "ReferringPhysicianName": "Quacksalber^Quentin",
    "OperatorsName": "Knopfdruck^Karla",
    "StudyID": "STID4711",
    "StudyDate": "20190817",
    "StudyTime": "081533",
    "SeriesDate": "20190817",
    "AcquisitionDate": "20190817",
    "StudyDescription": "MR Schaedel Zweistein",
    "PatientComments": "brother of Zenobia",
}
SECRETS = (
    *("zweistein", "zacharias", "mrn7734551", "19340229", "geheimgasse", "acc99182", "nirgendwo"),
    *("quacksalber", "quentin", "knopfdruck", "karla", "stid4711", "20190817", "081533", "zenobia"),
)

# How the four series of a case are acquired, as clinical scanners write it.
T1C = {
    "SeriesDescription": "AX T1 POST Zweistein",
    "ScanningSequence": "SE",
    "RepetitionTime": 500,
    "EchoTime": 14,
    "ContrastBolusAgent": "Gadovist",
    "AcquisitionTime": "090500",
}
T1 = {
    "SeriesDescription": "AX T1 Zweistein",
    "ScanningSequence": "SE",
    "RepetitionTime": 500,
    "EchoTime": 14,
    "AcquisitionTime": "081600",
}
T2 = {
    "SeriesDescription": "AX T2 TSE",
    "ScanningSequence": "SE",
    "RepetitionTime": 4500,
    "EchoTime": 98,
    "AcquisitionTime": "082000",
}
FLAIR = {
    "SeriesDescription": "AX FLAIR",
    "ScanningSequence": ["SE", "IR"],
    "RepetitionTime": 9000,
    "EchoTime": 110,
    "InversionTime": 2500,
    "AcquisitionTime": "082500",
}


@dataclass(frozen=True)
class Geometry:
    """Spacing (sx, sy, sz) in mm, centre of the first voxel, directions of x and of y."""

    spacing: tuple[float, float, float] = (0.9, 0.9, 5.0)
    origin: tuple[float, float, float] = (-20.5, -31.25, 7.75)
    rows: tuple[float, float, float] = (1.0, 0.0, 0.0)
    columns: tuple[float, float, float] = (0.0, 1.0, 0.0)
    # How far each slice slides sideways against the one before: a tilted gantry.
    slide: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def position(self, slice_number):
        normal = np.cross(self.rows, self.columns)
        step = normal * self.spacing[2] + np.array(self.slide)
        return (np.array(self.origin) + slice_number * step).tolist()


@dataclass
class Patient:
    """One patient in one examination; each has identifiers of its own."""

    identity: dict = field(default_factory=lambda: dict(IDENTITY))
    study: str = field(default_factory=new_uid)

    def series(self, number, volume, tags, geometry=None):
        """Return the slices of a series as pydicom data sets, ``volume`` being [z, y, x]."""
        geometry = geometry or Geometry()
        uid, frame_of_reference = new_uid(), new_uid()
        slices = []
        for place, picture in enumerate(volume):
            dataset = picture_of(picture)
            dataset.update(_elements(self.identity))
            dataset.StudyInstanceUID, dataset.SeriesInstanceUID = self.study, uid
            dataset.FrameOfReferenceUID = frame_of_reference
            dataset.Modality, dataset.Manufacturer = "MR", "SIEMENS"
            dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
            dataset.SeriesNumber, dataset.InstanceNumber = number, place + 1
            dataset.AcquisitionNumber = 1
            dataset.ImagePositionPatient = [f"{x:.10g}" for x in geometry.position(place)]
            dataset.ImageOrientationPatient = [
                f"{x:.10g}" for x in (*geometry.rows, *geometry.columns)
            ]
            dataset.PixelSpacing = [f"{x:.10g}" for x in geometry.spacing[1::-1]]
            dataset.SliceThickness = geometry.spacing[2]
            dataset.update(_elements(tags))
            slices.append(dataset)
        return slices


def _elements(values):
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return dataset


def picture_of(picture):
    """A data set with the pixels of one slice, 16 bits, signed or not."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = MRImageStorage
    dataset.SOPInstanceUID = new_uid()
    dataset.Rows, dataset.Columns = picture.shape
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = int(picture.dtype.kind == "i")
    dataset.PixelData = np.ascontiguousarray(picture, picture.dtype.newbyteorder("<")).tobytes()
    return dataset


def save(dataset, path, syntax=ExplicitVRLittleEndian):
    """Write one file in a transfer syntax."""
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    if syntax == RLELossless:
        dataset.compress(RLELossless)
    elif syntax in {JPEG2000Lossless, JPEGLosslessSV1}:
        _compress_with_gdcm(dataset, path, syntax)
    else:
        if syntax == ExplicitVRBigEndian:
            dataset.PixelData = np.frombuffer(dataset.PixelData, "<u2").astype(">u2").tobytes()
        assert syntax in {
            ExplicitVRLittleEndian,
            ImplicitVRLittleEndian,
            ExplicitVRBigEndian,
            DeflatedExplicitVRLittleEndian,
        }
        dataset.file_meta.TransferSyntaxUID = syntax
    dataset.save_as(path, enforce_file_format=True)


def _compress_with_gdcm(dataset, path, syntax):
    kind = "u2" if dataset.PixelRepresentation == 0 else "i2"
    pixels = np.frombuffer(dataset.PixelData, kind).reshape(1, dataset.Rows, dataset.Columns)
    writer = sitk.ImageFileWriter()
    writer.SetImageIO("GDCMImageIO")
    writer.UseCompressionOn()
    writer.SetCompressor("JPEG2000" if syntax == JPEG2000Lossless else "JPEG")
    writer.SetFileName(str(path))
    writer.Execute(sitk.GetImageFromArray(pixels))
    written = pydicom.dcmread(path)
    assert written.file_meta.TransferSyntaxUID == syntax
    set_compressed(dataset, written["PixelData"].value, syntax)


def set_compressed(dataset, encapsulated, syntax):
    """Put encapsulated pixels in place of what they were made of."""
    dataset.PixelData = encapsulated
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = syntax


def save_series(slices, folder, names="IM{:05d}", syntax=ExplicitVRLittleEndian):
    """Write the slices of a series into a folder; ``names`` is a format of the slice's place."""
    paths = []
    for place, dataset in enumerate(slices):
        paths.append(Path(folder) / names.format(place))
        save(dataset, paths[-1], syntax)
    return paths


def phantom(shape=(12, 20, 24), seed=0):
    """A head of smooth noise [z, y, x], 12 bits, no slice like another."""
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, count) for count in shape), indexing="ij")
    head = 1500 * (z**2 + (y / 0.9) ** 2 + (x / 0.8) ** 2 < 0.9)
    noise = np.random.default_rng(seed).integers(0, 400, shape)
    return (head + noise + 40 * np.arange(shape[0])[:, None, None]).astype(np.uint16)


def save_case(folder, patient=None, shape=(12, 20, 24)):
    """Write T1, T2, FLAIR and T1 with contrast of one patient, as series 2 to 5."""
    patient = patient or Patient()
    for number, tags in ((2, T1), (3, T2), (4, FLAIR), (5, T1C)):
        series = patient.series(number, phantom(shape, number), tags)
        save_series(series, Path(folder) / f"S{number}")
    return patient


def enhanced(slices, rescale=(1.0, 0.0)):
    """Return the slices of a series as one enhanced MR image, frames in the order given."""
    first = slices[0]
    dataset = picture_of(first.pixel_array)
    for keyword in (*IDENTITY, "StudyInstanceUID", "SeriesInstanceUID", "Modality"):
        if keyword in first:
            setattr(dataset, keyword, first[keyword].value)
    dataset.SOPClassUID = EnhancedMRImageStorage
    dataset.SeriesNumber, dataset.InstanceNumber = first.SeriesNumber, 1
    dataset.SeriesDescription = first.SeriesDescription
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "T1", "NONE"]
    dataset.EchoPulseSequence = "SPIN"
    agent = Dataset()
    agent.CodeValue, agent.CodingSchemeDesignator = "C-B0322", "SRT"
    agent.CodeMeaning = "Gadobutrol"
    dataset.ContrastBolusAgentSequence = [agent]
    dataset.NumberOfFrames = len(slices)
    dataset.PixelData = b"".join(one.PixelData for one in slices)
    dataset.SharedFunctionalGroupsSequence = [
        _elements(
            {
                "MRTimingAndRelatedParametersSequence": [
                    _elements({"RepetitionTime": first.RepetitionTime})
                ],
                "PlaneOrientationSequence": [
                    _elements({"ImageOrientationPatient": first.ImageOrientationPatient})
                ],
                "PixelMeasuresSequence": [
                    _elements(
                        {"PixelSpacing": first.PixelSpacing, "SliceThickness": first.SliceThickness}
                    )
                ],
                "PixelValueTransformationSequence": [
                    _elements(
                        {
                            "RescaleSlope": rescale[0],
                            "RescaleIntercept": rescale[1],
                            "RescaleType": "US",
                        }
                    )
                ],
            }
        )
    ]
    dataset.PerFrameFunctionalGroupsSequence = [
        _elements(
            {
                "PlanePositionSequence": [
                    _elements({"ImagePositionPatient": one.ImagePositionPatient})
                ],
                "MREchoSequence": [_elements({"EffectiveEchoTime": float(one.EchoTime)})],
                "FrameContentSequence": [_elements({"StackID": "1", "InStackPositionNumber": n})],
            }
        )
        for n, one in enumerate(slices, start=1)
    ]
    return dataset
