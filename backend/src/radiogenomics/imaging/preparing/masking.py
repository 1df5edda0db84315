"""Where the brain mask of a case comes from: a file, the image itself, or a program."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.preparing.hashing import hash_of_files
from radiogenomics.imaging.preparing.settings import PrepareSettings
from radiogenomics.imaging.preparing.steps import Hashed, keep_mask
from radiogenomics.imaging.preparing.work import Result, WorkFolder
from radiogenomics.imaging.skull import (
    DEFAULT,
    BrainMask,
    brain_mask,
    mask_from_file,
    mask_of_stripped,
    methods,
)
from radiogenomics.study.progress import Progress


@dataclass(frozen=True)
class MaskSource:
    """Where the brain mask is to come from: a file, a program, or, with neither, the image.

    Attributes
    ----------
    file
        A mask of the user's.
    method, version
        A method of skull stripping that is installed.
    """

    file: Path | None = None
    method: str | None = None
    version: str | None = None

    @property
    def is_given(self) -> bool:
        """Whether a person answers for the mask."""
        return self.method is None


def mask_source(settings: PrepareSettings, *, stripped: bool) -> MaskSource:
    """Decide where the mask comes from, before the hours of work that need it.

    Parameters
    ----------
    settings
        What was asked for.
    stripped
        Whether T1 with contrast was stripped before.

    Raises
    ------
    InputError
        If there is no such method, or none is installed.
    """
    if settings.brain_mask is not None:
        check_mask(settings)
        return MaskSource(file=settings.brain_mask)
    if stripped and settings.skull_strip is None:
        return MaskSource()
    wanted = settings.skull_strip or DEFAULT
    known = methods()
    for one in known:
        if one.version is not None and wanted in (DEFAULT, one.name):
            return MaskSource(method=one.name, version=one.version)
    names = [one.name for one in known]
    what = (
        "No program for skull stripping is installed"
        if wanted == DEFAULT
        else f"The method of skull stripping {wanted!r} is not installed"
        if wanted in names
        else f"There is no method of skull stripping called {wanted!r}"
    )
    ways = "; ".join(f"{one.name}: {one.advice}" for one in known)
    raise InputError(f"{what}. Give a mask with --brain-mask FILE, or install one of: {ways}.")


def check_mask(settings: PrepareSettings) -> None:
    """Raise `InputError` if a brain mask is given and is not there."""
    if settings.brain_mask is not None and not settings.brain_mask.is_file():
        raise InputError(f"There is no brain mask {settings.brain_mask}.")


def make_mask(work: WorkFolder, source: MaskSource, t1c: Hashed, progress: Progress) -> Result:
    """Make the brain mask on the grid of the case, and keep it in the work folder."""
    inputs: dict[str, Any] = {"image": t1c.sha256}
    parameters: dict[str, Any] = {"method": source.method, "version": source.version}
    if source.file is not None:
        inputs["mask"] = hash_of_files([source.file])

    def make() -> BrainMask:
        progress("brain mask", 0, 0, source.method or "")
        if source.file is not None:
            return _nameless(mask_from_file(source.file, t1c.image), source.file)
        if source.method is None:
            return mask_of_stripped(t1c.image)
        return brain_mask(t1c.image, method=source.method, progress=progress)

    return keep_mask(work, inputs, parameters, make)


def mask_image(result: Result) -> Hashed:
    """Read the mask that a step left."""
    ((file, path),) = result.files.items()
    return Hashed(sitk.ReadImage(str(path)), result.hashes[file])


def _nameless(brain: BrainMask, file: Path) -> BrainMask:
    """Leave out the name of the user's file, which may hold a person's."""
    parameters = {key: value for key, value in brain.parameters.items() if key != "file"}
    warning = brain.warning and brain.warning.replace(f" {file.name} ", " that was given ")
    return replace(brain, parameters=parameters, warning=warning)
