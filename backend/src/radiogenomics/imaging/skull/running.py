"""Running a program that strips skulls: without a shell, in a folder of its own, not for ever."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import SimpleITK as sitk

from radiogenomics.errors import RadiogenomicsError
from radiogenomics.study.progress import Progress

STAGE = "brain mask"

_SECONDS_BETWEEN_LOOKS = 1.0
_LINES_SHOWN = 5


class StrippingError(RadiogenomicsError):
    """A program for skull stripping failed, ran too long, or gave no usable mask."""


def mask_by_program(
    image: sitk.Image,
    name: str,
    command: Callable[[Path, Path], Sequence[str]],
    *,
    written: Callable[[Path], Path] = lambda mask: mask,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    timeout_s: float,
    progress: Progress,
) -> sitk.Image:
    """Have a program make the brain mask of an image.

    Parameters
    ----------
    image
        The image; the program sees it as NIfTI with axes to the right, to the front and upwards
        and without anything else of its header.
    name
        Of the program, for messages.
    command
        Gives the command line for the paths of the image and of the mask, both ``.nii.gz``.
    written
        Gives the path at which the program leaves the mask, from the one that it was told.
    folder
        Where the program runs; a temporary folder if None.
    environment
        Variables for the program beside those of this process.
    timeout_s
        Seconds after which it is ended.
    progress
        Told each second how long it has run.

    Returns
    -------
    sitk.Image
        8-bit, 1 is brain, on the grid of ``image``.

    Raises
    ------
    StrippingError
        If the program cannot be started, fails, runs too long or leaves no usable mask.
    """
    with tempfile.TemporaryDirectory(prefix="radiogenomics-skull-") as temporary:
        image_path, mask_path = Path(temporary, "image.nii.gz"), Path(temporary, "brain.nii.gz")
        oriented = _without_header(sitk.DICOMOrient(image, "RAS"))
        sitk.WriteImage(oriented, str(image_path), useCompression=True)
        _run(
            name,
            command(image_path, mask_path),
            folder or Path(temporary),
            environment,
            Path(temporary, "output.txt"),
            timeout_s,
            progress,
        )
        mask = _read_mask(written(mask_path), oriented, name)
    return _back_on_grid(mask, image)


def binary(mask: sitk.Image) -> sitk.Image:
    """Return 1 where a mask is above 0, 8-bit."""
    ones: sitk.Image = sitk.Cast(sitk.Greater(mask, 0), sitk.sitkUInt8)
    return ones


def is_empty(mask: sitk.Image) -> bool:
    """Whether a binary mask has no voxel."""
    extremes = sitk.MinimumMaximumImageFilter()
    extremes.Execute(mask)
    return bool(extremes.GetMaximum() == 0)


def _without_header(image: sitk.Image) -> sitk.Image:
    """Copy voxels and grid only: what else a header says is nobody's business."""
    bare: sitk.Image = sitk.Cast(image, sitk.sitkFloat32)
    for key in bare.GetMetaDataKeys():
        bare.EraseMetaData(key)
    return bare


def _back_on_grid(mask: sitk.Image, image: sitk.Image) -> sitk.Image:
    """Turn the axes of a mask back to those of the image; no voxel changes."""
    axes = sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(image.GetDirection())
    turned: sitk.Image = sitk.DICOMOrient(mask, axes)
    turned.CopyInformation(image)
    return turned


def _run(
    name: str,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None,
    output: Path,
    timeout_s: float,
    progress: Progress,
) -> None:
    began = time.monotonic()
    with output.open("wb") as log, _started(name, command, folder, environment, log) as process:
        while True:
            elapsed = time.monotonic() - began
            progress(STAGE, int(elapsed), 0, f"{name} is running")
            try:
                code = process.wait(timeout=min(_SECONDS_BETWEEN_LOOKS, max(timeout_s, 0.01)))
            except subprocess.TimeoutExpired:
                if time.monotonic() - began < timeout_s:
                    continue
                raise StrippingError(
                    f"{name} was ended after {timeout_s:g} seconds without a brain mask. Give it "
                    "more time, or choose another method or a mask of yours."
                ) from None
            break
    if code != 0:
        raise StrippingError(
            f"{name} failed (exit status {code}) and made no brain mask. It said: "
            f"{_last_words(output)} Try it by itself, or choose another method or a mask of yours."
        )


@contextmanager
def _started(
    name: str,
    command: Sequence[str],
    folder: Path,
    environment: Mapping[str, str] | None,
    log: object,
) -> Iterator[subprocess.Popen[bytes]]:
    """Start a program, and end it with all that it started however this block ends."""
    try:
        process = subprocess.Popen(
            list(command),
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=log,  # type: ignore[call-overload]
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise StrippingError(
            f"{name} cannot be started ({command[0]}: {error.strerror or error}). Install it "
            "anew, or choose another method or a mask of yours."
        ) from error
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        # Its workers too, which outlive it otherwise.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _last_words(output: Path) -> str:
    lines = output.read_text(encoding="utf-8", errors="replace").split("\n")
    said = [line.strip() for line in lines if line.strip()]
    return " / ".join(said[-_LINES_SHOWN:]) + "." if said else "nothing."


def _read_mask(path: Path, image: sitk.Image, name: str) -> sitk.Image:
    advice = "Try it by itself, or choose another method or a mask of yours."
    if not path.is_file():
        raise StrippingError(f"{name} ended without writing a brain mask. {advice}")
    try:
        mask = sitk.ReadImage(str(path))
    except RuntimeError as error:
        raise StrippingError(f"{name} wrote a brain mask that cannot be read. {advice}") from error
    if mask.GetSize() != image.GetSize() or mask.GetNumberOfComponentsPerPixel() != 1:
        raise StrippingError(
            f"{name} wrote a brain mask of {mask.GetSize()} voxels for an image of "
            f"{image.GetSize()}. {advice}"
        )
    mask = binary(mask)
    if is_empty(mask):
        raise StrippingError(f"{name} found no brain: its mask is empty. {advice}")
    mask.CopyInformation(image)
    return mask
