"""How a DICOM image was acquired, from the tags of classic and of enhanced MR."""

from __future__ import annotations

from pydicom.dataset import Dataset

from radiogenomics.imaging.series.dicom_values import (
    item_of,
    items_of,
    number_of,
    text_of,
    texts_of,
)
from radiogenomics.imaging.series.naming import Parameters
from radiogenomics.imaging.series.sidecars import names_agent

PARAMETER_TAGS = [
    "SeriesDescription",
    "ProtocolName",
    "ImageType",
    "ScanningSequence",
    "RepetitionTime",
    "EchoTime",
    "InversionTime",
    "AngioFlag",
    "BodyPartExamined",
    "ContrastBolusAgent",
    "ContrastBolusVolume",
    "ContrastBolusAgentSequence",
    "EchoPulseSequence",
    "InversionRecovery",
    "EchoPlanarPulseSequence",
]


def read_parameters(dataset: Dataset) -> Parameters:
    """Read how an image was acquired; in an enhanced one, its first frame."""
    groups = [
        item_of(dataset, "SharedFunctionalGroupsSequence"),
        item_of(dataset, "PerFrameFunctionalGroupsSequence"),
    ]

    def grouped(sequence: str, keyword: str) -> float | None:
        numbers = (number_of(item_of(group, sequence), keyword) for group in groups)
        return next((number for number in numbers if number is not None), None)

    timing = "MRTimingAndRelatedParametersSequence"
    repetition = number_of(dataset, "RepetitionTime") or grouped(timing, "RepetitionTime")
    echo = number_of(dataset, "EchoTime")
    inversion = number_of(dataset, "InversionTime")
    return Parameters(
        description=text_of(dataset, "SeriesDescription"),
        protocol=text_of(dataset, "ProtocolName"),
        repetition_time=repetition,
        echo_time=grouped("MREchoSequence", "EffectiveEchoTime") if echo is None else echo,
        inversion_time=(
            grouped("MRModifierSequence", "InversionTimes") if inversion is None else inversion
        ),
        sequences=frozenset(texts_of(dataset, "ScanningSequence")) | _enhanced_sequences(dataset),
        image_type=texts_of(dataset, "ImageType"),
        agent=_agent_given(dataset),
        is_angiography=text_of(dataset, "AngioFlag").upper() == "Y",
        body_part=text_of(dataset, "BodyPartExamined"),
    )


def _agent_given(dataset: Dataset) -> bool:
    if names_agent(text_of(dataset, "ContrastBolusAgent")):
        return True
    if items_of(dataset, "ContrastBolusAgentSequence"):
        return True
    return (number_of(dataset, "ContrastBolusVolume") or 0) > 0


def _enhanced_sequences(dataset: Dataset) -> frozenset[str]:
    """Return the scanning sequence of an enhanced image in the words of the classic tag."""
    pulse = text_of(dataset, "EchoPulseSequence")
    told = {
        "SE": pulse in {"SPIN", "BOTH"},
        "GR": pulse in {"GRADIENT", "BOTH"},
        "IR": text_of(dataset, "InversionRecovery") == "YES",
        "EP": text_of(dataset, "EchoPlanarPulseSequence") == "YES",
    }
    return frozenset(name for name, is_told in told.items() if is_told)
