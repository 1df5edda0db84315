"""Which versions prepare a case."""

from __future__ import annotations

import SimpleITK as sitk

from radiogenomics import __version__


def versions() -> dict[str, str]:
    """Return the version of each program that the voxels depend on."""
    return {"radiogenomics": __version__, "simpleitk": sitk.Version.VersionString()}
