"""The steps of a preparation, each kept in the work folder: even out, register, resample, strip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import SimpleITK as sitk

from radiogenomics.imaging.preparing.work import IMAGES, Computed, Result, WorkFolder
from radiogenomics.imaging.registration import (
    QUALITY_THRESHOLD,
    BiasSettings,
    RigidSettings,
    correct_bias,
    register_rigid,
    resample,
)
from radiogenomics.imaging.series import Contrast
from radiogenomics.imaging.skull import BrainMask
from radiogenomics.imaging.volumes import Grid
from radiogenomics.study.brain_mask import MASK_NAME, UNSTRIPPED
from radiogenomics.study.progress import Progress

MakeMask = Callable[[], BrainMask]


@dataclass(frozen=True, eq=False)
class Hashed:
    """An image and what is the same for the same image."""

    image: sitk.Image
    sha256: str


def even_out(work: WorkFolder, contrast: Contrast, source: Hashed) -> Hashed:
    """Divide an image by its bias field."""
    settings = BiasSettings()
    file = f"even-{contrast}.nrrd"
    result = work.step(
        f"even-{contrast}",
        {"image": source.sha256},
        settings.as_record(),
        lambda: Computed({file: correct_bias(source.image, settings=settings)}),
    )
    return Hashed(sitk.ReadImage(str(result.files[file])), result.hashes[file])


def register(
    work: WorkFolder, contrast: Contrast, moving: Hashed, fixed: Hashed, progress: Progress
) -> Mapping[str, Any]:
    """Register an image to T1 with contrast; returns the record of `Registration`."""
    settings = RigidSettings()

    def compute() -> Computed:
        registration = register_rigid(
            moving.image, fixed.image, settings=settings, progress=told_of(contrast, progress)
        )
        return Computed(record=registration.as_record())

    return work.step(
        f"register-{contrast}",
        {"moving": moving.sha256, "fixed": fixed.sha256},
        {**settings.as_record(), "quality_threshold": QUALITY_THRESHOLD},
        compute,
    ).record


def lay_on_grid(
    work: WorkFolder,
    contrast: Contrast,
    source: Hashed,
    grid: Grid,
    registration: Mapping[str, Any] | None,
) -> Hashed:
    """Bring an image onto the grid of the case, in its one interpolation."""
    file = f"{IMAGES}/{UNSTRIPPED}/{contrast}.nii.gz"
    transforms = [] if registration is None else [transform_of(registration)]
    result = work.step(
        f"lay-{contrast}",
        {"image": source.sha256},
        {"grid": asdict(grid), "registration": registration and dict(registration)},
        lambda: Computed({file: resample(source.image, grid, transforms)}),
    )
    return Hashed(sitk.ReadImage(str(result.files[file])), result.hashes[file])


def transform_of(registration: Mapping[str, Any]) -> sitk.Euler3DTransform:
    """Return the transform that a record tells, exactly."""
    transform = sitk.Euler3DTransform()
    transform.SetCenter(registration["centre_mm"])
    transform.SetParameters([*registration["angles_radians"], *registration["translation_mm"]])
    return transform


def keep_mask(
    work: WorkFolder, inputs: Mapping[str, Any], parameters: Mapping[str, Any], make: MakeMask
) -> Result:
    """Make the brain mask of the case; the record tells how it was made."""
    file = f"{IMAGES}/{MASK_NAME}"

    def compute() -> Computed:
        brain = make()
        record = {
            "method": brain.method,
            "version": brain.version,
            "parameters": dict(brain.parameters),
            "warning": brain.warning,
        }
        return Computed({file: brain.mask}, record)

    return work.step("brain-mask", inputs, parameters, compute)


def strip_skull(work: WorkFolder, contrast: Contrast, unstripped: Hashed, mask: Hashed) -> Result:
    """Set to 0 what lies outside of the brain."""
    file = f"{IMAGES}/{contrast}.nii.gz"
    return work.step(
        f"strip-{contrast}",
        {"image": unstripped.sha256, "mask": mask.sha256},
        {},
        lambda: Computed({file: sitk.Mask(unstripped.image, mask.image)}),
    )


def take(work: WorkFolder, contrast: Contrast, source: Hashed) -> Result:
    """Take an image as it is, voxel for voxel."""
    file = f"{IMAGES}/{contrast}.nii.gz"
    return work.step(
        f"take-{contrast}", {"image": source.sha256}, {}, lambda: Computed({file: source.image})
    )


def told_of(contrast: Contrast, progress: Progress) -> Progress:
    """Return a progress that says which image a stage is about."""

    def tell(stage: str, done: int, total: int, message: str) -> None:
        progress(f"{stage} {contrast}", done, total, message)

    return tell
