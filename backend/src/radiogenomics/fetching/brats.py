"""Taking the segmentations, or the images, out of TCIA's package BraTS-TCGA-GBM.

TCIA hands it out over IBM's Aspera, which needs a program of its own; a person downloads it, and
what was downloaded is read here. The package's names hold the date of the scan; the files taken out
of it are named by the patient alone.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from zipfile import BadZipFile

from radiogenomics.errors import InputError
from radiogenomics.fetching.errors import FetchError
from radiogenomics.fetching.packages import Package
from radiogenomics.fetching.partial import alone_in
from radiogenomics.fetching.provenance import about
from radiogenomics.fetching.sources import Source
from radiogenomics.fetching.space import check_space
from radiogenomics.study.atomic import replacing, write_json
from radiogenomics.study.case import sha256_of
from radiogenomics.study.progress import Progress, silent

PROVENANCE = "provenance.json"
"""The record of what was taken, in the folder of the files."""

_FILE = re.compile(
    r"(?P<patient>TCGA-[A-Z0-9]{2}-[A-Z0-9]{4})_[0-9.]+_(?P<what>[A-Za-z0-9_]+)\.nii(?:\.gz)?"
)
_IMAGES = {"t1Gd": "t1c", "flair": "flair", "t2": "t2", "t1": "t1"}
_CORRECTED, _AUTOMATIC = "GlistrBoost_ManuallyCorrected", "GlistrBoost"
_SUMS = re.compile(r"(?P<md5>[0-9a-fA-F]{32})[\s,*]+(?P<path>\S.*)")


@dataclass(frozen=True)
class Wanted:
    """A file of the package that is taken.

    Attributes
    ----------
    patient_id
        Whose it is.
    member
        Its path in the package.
    target
        Its path below the folder that it is written to.
    corrected
        Whether an expert corrected it; None for an image.
    """

    patient_id: str
    member: str
    target: str
    corrected: bool | None = None


@dataclass(frozen=True)
class Taken:
    """What was taken: how many files are new, and whose segmentation nobody corrected."""

    folder: Path
    patients: tuple[str, ...]
    new: int
    files: int
    automatic: tuple[str, ...]


def by_hand(source: Source, command: str) -> str:
    """Say how a person gets the package, and what to type then."""
    return (
        f"TCIA hands out this package over IBM Aspera alone, so a person must start the download:\n"
        f"  1. Open {source.page}\n"
        "     and, under Data Access, press Download beside the segmentations and images (NIfTI).\n"
        "     The browser asks to install IBM Aspera Connect. Without a browser, install IBM's\n"
        "     aspera-cli, copy the link of that button, and run:\n"
        "     ascli faspex5 packages receive --url='LINK' --to-folder=FOLDER\n"
        f"  2. Run: {command} --package FOLDER"
    )


def choose_masks(names: Collection[str], patients: Collection[str] = ()) -> list[Wanted]:
    """Choose one segmentation a patient: the one that an expert corrected where there is one.

    Parameters
    ----------
    names
        Paths in the package.
    patients
        Whose to take; empty for all.

    Raises
    ------
    InputError
        If there is none, or two of one patient.
    """
    found = _found(names)
    wanted = []
    for patient in sorted({patient for patient, _ in found}):
        corrected = found.get((patient, _CORRECTED))
        member = corrected or found.get((patient, _AUTOMATIC))
        if member is not None:
            target = f"{patient}_seg{_suffix(member)}"
            wanted.append(Wanted(patient, member, target, corrected is not None))
    return _of_patients(wanted, patients, "segmentations (..._GlistrBoost.nii.gz)")


def choose_images(names: Collection[str], patients: Collection[str] = ()) -> list[Wanted]:
    """Choose the four images of every patient; parameters and errors as `choose_masks`."""
    found = _found(names)
    wanted = [
        Wanted(patient, member, f"{patient}/{patient}_{_IMAGES[what]}{_suffix(member)}")
        for (patient, what), member in sorted(found.items())
        if what in _IMAGES
    ]
    return _of_patients(wanted, patients, "images (..._t1Gd.nii.gz)")


def take(
    package: Package,
    wanted: Sequence[Wanted],
    folder: Path,
    source: Source,
    progress: Progress = silent,
) -> Taken:
    """Write files of the package into a folder; those that are there already are left.

    Each is compared with TCIA's list of MD5 sums where the package holds one (``*.sums``), and with
    gzip's own checksum, before it gets its name.

    Raises
    ------
    FetchError
        If a file is damaged, or the disk is too small.
    InputError
        If another file has the name of one.
    """
    sizes = package.sizes()
    sums = _read_sums(package, sizes)
    new = 0
    hashes: dict[str, str] = {}
    with alone_in(folder):
        absent = [one for one in wanted if not (folder / one.target).exists()]
        check_space(folder, sum(sizes[one.member] for one in absent))
        for number, one in enumerate(wanted, start=1):
            content = _read(package, one.member, sums)
            sha256 = hashlib.sha256(content).hexdigest()
            new += _write(folder / one.target, content, sha256)
            hashes[one.target] = sha256
            progress("taking files", number, len(wanted), one.target)
        automatic = tuple(one.patient_id for one in wanted if one.corrected is False)
        record = {
            **about(source),
            "checked": ["MD5 sums of the publisher" if sums else "gzip's own checksum"],
            "not_corrected_by_an_expert": list(automatic),
            "sha256": hashes,
        }
        write_json(folder / PROVENANCE, record)
    patients = tuple(dict.fromkeys(one.patient_id for one in wanted))
    return Taken(folder, patients, new, len(wanted), automatic)


def _found(names: Collection[str]) -> dict[tuple[str, str], str]:
    """Return the package's paths by patient and what they hold."""
    found: dict[tuple[str, str], str] = {}
    for name in sorted(names):
        match = _FILE.fullmatch(PurePosixPath(name).name)
        if match is None:
            continue
        key = match["patient"], match["what"]
        if key in found:
            raise InputError(
                f"The package holds two files {match['what']} of {match['patient']}: {found[key]} "
                f"and {name}. Remove the one that does not count."
            )
        found[key] = name
    return found


def _of_patients(wanted: list[Wanted], patients: Collection[str], what: str) -> list[Wanted]:
    if not wanted:
        raise InputError(
            f"There are no {what} in the package. Name the folder that holds "
            "Pre-operative_TCGA_GBM_NIfTI_and_Segmentations."
        )
    absent = sorted(set(patients) - {one.patient_id for one in wanted})
    if absent:
        raise InputError(f"The package has no {what} of {', '.join(absent)}.")
    return [one for one in wanted if not patients or one.patient_id in patients]


def _suffix(member: str) -> str:
    return ".nii.gz" if member.endswith(".gz") else ".nii"


def _read_sums(package: Package, names: Collection[str]) -> dict[str, str]:
    """Return TCIA's MD5 of the package's files by their name; empty where it has no list."""
    sums: dict[str, str] = {}
    for name in names:
        if PurePosixPath(name).suffix != ".sums":
            continue
        with package.open(name) as file:
            text = file.read().decode("utf-8", errors="replace")
        for match in filter(None, map(_SUMS.fullmatch, text.splitlines())):
            sums[PurePosixPath(match["path"].strip()).name] = match["md5"].lower()
    return sums


def _read(package: Package, member: str, sums: Mapping[str, str]) -> bytes:
    """Return a file's bytes (at most a few MB), once they are known to be whole."""
    try:
        with package.open(member) as file:
            content = file.read()
        if member.endswith(".gz"):
            gzip.decompress(content)
    except (OSError, EOFError, zlib.error, BadZipFile) as error:
        raise FetchError(
            f"{member} in the package is damaged ({error}). Download the package again."
        ) from error
    expected = sums.get(PurePosixPath(member).name)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if expected is not None and md5 != expected:
        raise FetchError(
            f"{member} in the package is not what TCIA packed (MD5 {md5}, listed {expected}). "
            "Download the package again."
        )
    return content


def _write(target: Path, content: bytes, sha256: str) -> bool:
    """Write a file unless it is there; return whether it is new."""
    if target.exists():
        if sha256_of(target) != sha256:
            raise InputError(
                f"{target} is there already and is not the package's. Move it away, or choose "
                "another --out."
            )
        return False
    with replacing(target) as temporary:
        temporary.write_bytes(content)
    return True
