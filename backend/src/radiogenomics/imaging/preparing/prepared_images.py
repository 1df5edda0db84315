"""The images of a prepared case as they lie in the study, to be looked at."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray

from radiogenomics.errors import StudyError
from radiogenomics.imaging.preparing.provenance import BRAIN_MASK, PREPARATION, read_provenance
from radiogenomics.imaging.preparing.steps import transform_of
from radiogenomics.imaging.series import Contrast
from radiogenomics.imaging.volumes import Grid, grid_of
from radiogenomics.study.brain_mask import MASK_NAME, UNSTRIPPED
from radiogenomics.study.case import sha256_of


def is_prepared(images: Path) -> bool:
    """Whether a folder holds images that were prepared.

    Raises
    ------
    StudyError
        If its provenance cannot be read.
    """
    return PREPARATION in read_provenance(images)


@dataclass(frozen=True)
class PreparedImages:
    """A folder of prepared images; arrays are read when asked for.

    Attributes
    ----------
    folder
        ``images`` of a case, or of one that is not in the study yet.
    """

    folder: Path

    @cached_property
    def provenance(self) -> dict[str, Any]:
        """Entries by image, of the brain mask and of the case as a whole."""
        return read_provenance(self.folder)

    @property
    def contrasts(self) -> list[Contrast]:
        """The images that were prepared, T1 with contrast first; not one added afterwards."""
        return [contrast for contrast in Contrast if "source" in self.provenance.get(contrast, {})]

    @property
    def has_skull(self) -> bool:
        """Whether the images are there with the skull, too."""
        return "unstripped_sha256" in self.provenance[Contrast.T1C]

    @property
    def mask_changed(self) -> bool:
        """Whether somebody changed the brain mask since the images were stripped by it."""
        return self._mask_sha256() != str(self.provenance[BRAIN_MASK]["sha256"])

    @cached_property
    def grid(self) -> Grid:
        """Where the voxels lie."""
        return grid_of(self._read(f"{Contrast.T1C}.nii.gz"))

    def state(self) -> str:
        """Return what is the same as long as nothing that can be looked at changes."""
        try:
            provenance = (self.folder / "provenance.json").read_bytes()
        except OSError as error:
            raise StudyError(f"Cannot read {error.filename}: {error.strerror or error}.") from error
        return hashlib.sha256(provenance + self._mask_sha256().encode("ascii")).hexdigest()

    def stripped(self, contrast: Contrast) -> NDArray[Any]:
        """Return an image [z, y, x] as the case has it."""
        return sitk.GetArrayFromImage(self._read(f"{contrast}.nii.gz"))

    def whole(self, contrast: Contrast) -> NDArray[Any]:
        """Return a registered image [z, y, x] with the skull, where the case has it so."""
        return sitk.GetArrayFromImage(self._whole(contrast))

    def before(self, contrast: Contrast) -> NDArray[Any]:
        """Return an image [z, y, x] where its header had put it.

        For a picture: it is made from the registered image by the inverse of its transform.
        """
        registered = self._whole(contrast)
        registration = self.provenance[contrast].get("registration")
        if registration is None:
            return sitk.GetArrayFromImage(registered)
        back = transform_of(registration).GetInverse()
        return sitk.GetArrayFromImage(sitk.Resample(registered, registered, back))

    def brain_mask(self) -> NDArray[np.bool_]:
        """Return the brain [z, y, x].

        Raises
        ------
        StudyError
            If the mask is not there or does not lie on the grid of the images.
        """
        mask = self._read(MASK_NAME)
        if not grid_of(mask).matches(self.grid):
            raise StudyError(
                f"{self.folder / MASK_NAME} does not lie on the grid of the images. Apply it with: "
                "radiogenomics prepare --again"
            )
        inside: NDArray[np.bool_] = sitk.GetArrayViewFromImage(mask) != 0
        return inside

    def _whole(self, contrast: Contrast) -> sitk.Image:
        return self._read(
            f"{UNSTRIPPED}/{contrast}.nii.gz" if self.has_skull else f"{contrast}.nii.gz"
        )

    def _mask_sha256(self) -> str:
        path = self.folder / MASK_NAME
        return sha256_of(path) if path.is_file() else ""

    def _read(self, name: str) -> sitk.Image:
        path = self.folder / name
        try:
            image: sitk.Image = sitk.ReadImage(str(path))
        except RuntimeError as error:
            raise StudyError(
                f"{path} cannot be read. Restore it from a backup, or prepare the case anew with "
                "--replace."
            ) from error
        return image
