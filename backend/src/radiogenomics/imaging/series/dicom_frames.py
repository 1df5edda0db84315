"""Where the pictures in a DICOM file lie: one of them, or the frames of an enhanced image."""

from __future__ import annotations

from dataclasses import dataclass

from pydicom.dataset import Dataset

from radiogenomics.imaging.series.dicom_values import (
    item_of,
    items_of,
    number_of,
    numbers_of,
    text_of,
    texts_of,
)


@dataclass(frozen=True)
class Frame:
    """One picture.

    Attributes
    ----------
    position
        Centre of its first pixel (x, y, z) in mm; None where no tag tells.
    orientation
        Directions of its rows and of its columns, six numbers; None where no tag tells.
    spacing
        Distance of its rows and of its columns in mm; None where no tag tells.
    variant
        What is the same in all frames of one volume: stack, time, echo and type.
    rescale
        Slope and intercept.
    """

    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    spacing: tuple[float, ...] | None
    variant: tuple[str, ...] = ()
    rescale: tuple[float, float] = (1.0, 0.0)


def read_frames(dataset: Dataset) -> tuple[Frame, ...]:
    """Read the place of every picture in a file, in the order in which they are stored."""
    each = items_of(dataset, "PerFrameFunctionalGroupsSequence")
    if each:
        shared = item_of(dataset, "SharedFunctionalGroupsSequence")
        return tuple(_enhanced_frame(shared, own) for own in each)
    return (
        Frame(
            numbers_of(dataset, "ImagePositionPatient", 3),
            numbers_of(dataset, "ImageOrientationPatient", 6),
            numbers_of(dataset, "PixelSpacing", 2),
        ),
    )


def _enhanced_frame(shared: Dataset, own: Dataset) -> Frame:
    def group(sequence: str) -> Dataset:
        return item_of(own if sequence in own else shared, sequence)

    content = group("FrameContentSequence")
    values = group("PixelValueTransformationSequence")
    slope = number_of(values, "RescaleSlope")
    return Frame(
        position=numbers_of(group("PlanePositionSequence"), "ImagePositionPatient", 3),
        orientation=numbers_of(group("PlaneOrientationSequence"), "ImageOrientationPatient", 6),
        spacing=numbers_of(group("PixelMeasuresSequence"), "PixelSpacing", 2),
        variant=(
            text_of(content, "StackID"),
            text_of(content, "TemporalPositionIndex"),
            text_of(group("MREchoSequence"), "EffectiveEchoTime"),
            *texts_of(group("MRImageFrameTypeSequence"), "FrameType"),
        ),
        rescale=(1.0 if slope is None else slope, number_of(values, "RescaleIntercept") or 0.0),
    )
