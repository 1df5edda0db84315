"""What the values of a labelmap and the segments of a segmentation mean.

A preset is chosen by the user or by the study, never guessed. Segments that Slicer saved carry
their meaning themselves, as terminology codes. Standard library only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from radiogenomics.errors import InputError, UnknownLabelError

ROIS = ("enhancing", "edema", "necrosis")
"""The regions of interest; the models use the first two."""

MEASURED_ROIS = ("enhancing", "edema")


@dataclass(frozen=True)
class Code:
    """A code of a terminology: scheme, value and meaning, such as SCT 79654002 Edema."""

    scheme: str
    value: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.scheme}^{self.value}^{self.meaning}"


CATEGORY = Code("SCT", "49755003", "Morphologically Altered Structure")
REGION = Code("SCT", "12738006", "Brain")
TERMINOLOGY = "Radiogenomics"
"""Name of our terminology, which Slicer shows beside its own; NCIt C113842 is in none of those."""
ROI_CODES = {
    "enhancing": Code("NCIt", "C113842", "Enhancing Lesion"),
    "edema": Code("SCT", "79654002", "Edema"),
    "necrosis": Code("SCT", "6574001", "Necrosis"),
}
ROI_COLOURS = {
    "enhancing": (0.910, 0.510, 0.047),
    "edema": (0.184, 0.561, 0.878),
    "necrosis": (0.0, 0.635, 0.478),
}
"""Red, green and blue from 0 to 1: told apart with any colour vision, on black and on white."""


def terminology_entry(roi: str) -> str:
    """Return the text by which Slicer's segments carry the meaning of an ROI.

    It has Slicer's seven parts: context, category, type, modifier, and for the anatomy context,
    region, modifier.
    """
    return (
        f"{TERMINOLOGY}~{CATEGORY}~{ROI_CODES[roi]}~^^"
        f"~Anatomic codes - DICOM master list~{REGION}~^^"
    )


def roi_of_terminology(entry: str) -> str | None:
    """Return the ROI whose code a terminology entry or a segment's tags hold, or None."""
    return next(
        (roi for roi, code in ROI_CODES.items() if f"~{code.scheme}^{code.value}^" in entry), None
    )


@dataclass(frozen=True)
class LabelPreset:
    """A convention for label values.

    Attributes
    ----------
    name
        As given on the command line.
    labels
        Value of each ROI.
    other
        Values that the convention knows but that are no ROI here, and what they are.
    """

    name: str
    labels: dict[str, int]
    other: dict[int, str]

    @property
    def values(self) -> frozenset[int]:
        """All values that the convention knows, without the background."""
        return frozenset(self.labels.values()) | frozenset(self.other)

    def describe(self) -> str:
        """Put the convention in a few words: ``1 necrosis, 2 edema, 4 enhancing``."""
        names = {value: roi for roi, value in self.labels.items()} | self.other
        return ", ".join(f"{value} {names[value]}" for value in sorted(names))


PRESETS = {
    preset.name: preset
    for preset in (
        LabelPreset("brats", {"necrosis": 1, "edema": 2, "enhancing": 4}, {}),
        LabelPreset("brats2023", {"necrosis": 1, "edema": 2, "enhancing": 3}, {}),
        LabelPreset("msd", {"edema": 1, "enhancing": 3}, {2: "non-enhancing"}),
    )
}


def find_preset(name: str) -> LabelPreset:
    """Return the preset of a name.

    Raises
    ------
    InputError
        If there is none; the message lists those there are.
    """
    if name not in PRESETS:
        raise InputError(f"There is no label preset {name!r}. Choose one of: {describe_presets()}.")
    return PRESETS[name]


def describe_presets(presets: Iterable[LabelPreset] = PRESETS.values()) -> str:
    """List presets in words: ``brats (1 necrosis, 2 edema, 4 enhancing); msd (...)``."""
    return "; ".join(f"{preset.name} ({preset.describe()})" for preset in presets)


def labels_for(values: Collection[int], preset: LabelPreset | None, where: str) -> dict[str, int]:
    """Return the value of each ROI, once the preset is known to cover the values found.

    Parameters
    ----------
    values
        Distinct values in the labelmap, the background left out.
    preset
        What the user or the study chose; None where nothing was chosen.
    where
        The file, for the message.

    Raises
    ------
    UnknownLabelError
        If nothing was chosen, or a value is unknown. The message has the values found and the
        presets that would fit.
    """
    if preset is not None and preset.values.issuperset(values):
        return dict(preset.labels)
    fitting = [p for p in PRESETS.values() if p.values.issuperset(values)]
    found = ", ".join(map(str, sorted(values))) or "none"
    advice = (
        f" Presets that would fit: {describe_presets(fitting)}. Confirm one with --labels; a study "
        "keeps the preset it was created with."
        if fitting
        else " No preset has all of these values. If this is a segmentation of the tumour, change "
        f"its values to those of one: {describe_presets()}."
    )
    if preset is None:
        raise UnknownLabelError(
            f"{where}: no label preset was chosen (values found: {found}).{advice}"
        )
    raise UnknownLabelError(
        f"{where} has label values that the preset {preset.name} ({preset.describe()}) "
        f"does not know (values found: {found}).{advice}"
    )
