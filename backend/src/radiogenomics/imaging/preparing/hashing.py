"""Hashes of what goes into a step, by which its result is known again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.study.case import sha256_of


def hash_of_files(files: Sequence[Path]) -> str:
    """SHA-256 of a file, or of the sorted hashes of several, which does not depend on names.

    Raises
    ------
    InputError
        If one cannot be read.
    """
    try:
        hashes = sorted(sha256_of(path) for path in files)
    except OSError as error:
        raise InputError(
            f"{error.filename} cannot be read: {error.strerror or error}. Copy it again, or ask "
            "for permission to read it."
        ) from error
    if len(hashes) == 1:
        return hashes[0]
    return hashlib.sha256("\n".join(hashes).encode("ascii")).hexdigest()


def hash_of_image(image: sitk.Image) -> str:
    """SHA-256 of the voxels, their type and their place."""
    place = (image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())
    digest = hashlib.sha256(repr((image.GetPixelIDTypeAsString(), place)).encode("ascii"))
    digest.update(sitk.GetArrayViewFromImage(image).data)
    return digest.hexdigest()


def hash_of_values(values: Any) -> str:
    """SHA-256 of plain values, whatever the order of their keys."""
    text = json.dumps(values, sort_keys=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
