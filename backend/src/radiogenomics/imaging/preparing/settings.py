"""What a preparation is asked for, and how it can end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.imaging.series import Contrast
from radiogenomics.study import Case


@dataclass(frozen=True)
class PrepareSettings:
    """What is to be done with the images of a case.

    Attributes
    ----------
    chosen
        For some contrasts the series that was chosen: its number, file or folder, or ``none``.
    skull_strip
        Name of the method of skull stripping; None for the best that is installed.
    brain_mask
        A brain mask to use instead; None to make one.
    bias_correction
        Whether the slow change of brightness is evened out first (N4).
    replace
        Whether images that the case has already may be replaced.
    accept_doubtful
        Whether images are taken whose registration or brain mask looks wrong.
    """

    chosen: Mapping[Contrast, str] = field(default_factory=dict)
    skull_strip: str | None = None
    brain_mask: Path | None = None
    bias_correction: bool = False
    replace: bool = False
    accept_doubtful: bool = False

    def __post_init__(self) -> None:
        if self.skull_strip is not None and self.brain_mask is not None:
            raise InputError(
                "Give either a method of skull stripping or a brain mask, not both: with "
                "--brain-mask nothing is left to strip."
            )

    @property
    def names_a_mask(self) -> bool:
        """Whether it is said where the brain mask comes from."""
        return self.skull_strip is not None or self.brain_mask is not None

    @property
    def asks_for_steps(self) -> bool:
        """Whether a step is asked for that images which are ready would not get."""
        return self.bias_correction or self.names_a_mask


class Outcome(StrEnum):
    """How a preparation ended."""

    PREPARED = "prepared"
    READY = "ready as given"
    UNCHANGED = "there already, unchanged"
    MASK_APPLIED = "brain mask applied anew"


@dataclass(frozen=True)
class Prepared:
    """A case with its images in the study.

    Attributes
    ----------
    case
        The case.
    outcome
        How it came to them.
    warnings
        What is doubtful about them.
    notes
        What was passed over in the source.
    """

    case: Case
    outcome: Outcome
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class DoubtfulError(InputError):
    """A registration or a brain mask looks wrong, and the images were not taken.

    Attributes
    ----------
    patient_id
        Of which patient.
    images
        The folder of the prepared images, to be looked at.
    """

    def __init__(self, patient_id: str, images: Path, doubts: tuple[str, ...]) -> None:
        super().__init__(
            f"The images of {patient_id} look wrong and were not taken into the study: "
            + " ".join(doubts)
            + " To take them nevertheless, run the same again with --accept-doubtful; nothing is "
            "computed twice."
        )
        self.patient_id = patient_id
        self.images = images
