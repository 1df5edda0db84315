"""What is found in a source of images: one `Series` each, without anything of the patient."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Contrast(StrEnum):
    """The four images of a case; the value names its file in a study and its option."""

    T1C = "t1c"
    FLAIR = "flair"
    T2 = "t2"
    T1 = "t1"

    @property
    def full_name(self) -> str:
        """The name in a sentence."""
        return _FULL_NAMES[self]


_FULL_NAMES = {
    Contrast.T1C: "T1 with contrast",
    Contrast.FLAIR: "FLAIR",
    Contrast.T2: "T2",
    Contrast.T1: "T1 without contrast",
}


class Format(StrEnum):
    """How a series is stored."""

    DICOM = "dicom"
    NIFTI = "nifti"
    NRRD = "nrrd"
    METAIMAGE = "metaimage"


@dataclass(frozen=True)
class Series:
    """One volume that was found, and what it was named.

    Nothing here tells who the patient is, except that the paths in ``files`` are the user's own:
    they are for reading and for messages on the screen, not for what is written down.

    Attributes
    ----------
    key
        What chooses this series by an option, as in ``--t1c 5``: the series number of DICOM, with
        a part (``5.2``) where a number is not unique; for other files their place in the list.
    label
        Name without identity, such as ``series 5 (ax t1 post)``: of descriptions and file names
        only the words of a known vocabulary are shown.
    format
        How it is stored.
    files
        The files that hold it, sorted by path; one file for every format but DICOM.
    contrast
        Which image it is; None where that is not told, or where it is no image of a case.
    reason
        Why it was named so, or why it was not; without identity and without paths.
    refused
        Why it cannot be used at all, even when chosen, with the files; None for one that can be.
    size
        Voxels (nx, ny, nz); None where the header does not say.
    spacing
        Voxel size (sx, sy, sz) in mm; None where the header does not say.
    visit
        The same for series of one patient and one examination, as far as tags or names tell: a
        running number, no date. None where nothing tells.
    """

    key: str
    label: str
    format: Format
    files: tuple[Path, ...]
    contrast: Contrast | None
    reason: str
    refused: str | None = None
    size: tuple[int, int, int] | None = None
    spacing: tuple[float, float, float] | None = None
    visit: int | None = None

    def describe(self) -> str:
        """Label, slices and spacing for a message; the file, where it is one."""
        parts = [self.label]
        if self.format is not Format.DICOM:
            parts.append(self.files[0].name)
        if self.size is not None:
            slices = self.size[2]
            parts.append(f"{slices} slice{'s' if slices > 1 else ''}")
        if self.spacing is not None:
            parts.append(" x ".join(f"{size:.4g}" for size in self.spacing) + " mm")
        return ", ".join(parts)


@dataclass(frozen=True)
class Found:
    """All series of a source, by their numbers.

    Attributes
    ----------
    source
        The file or folder that was searched.
    series
        Every series, the refused ones too.
    notes
        What was passed over, and how much of it, in sentences.
    """

    source: Path
    series: tuple[Series, ...]
    notes: tuple[str, ...] = ()

    def candidates(self, contrast: Contrast) -> tuple[Series, ...]:
        """Return the usable series that were named so."""
        return tuple(
            series
            for series in self.series
            if series.contrast is contrast and series.refused is None
        )

    def broken(self, contrast: Contrast) -> tuple[Series, ...]:
        """Return the series that were named so and cannot be used."""
        return tuple(
            series
            for series in self.series
            if series.contrast is contrast and series.refused is not None
        )
