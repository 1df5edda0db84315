"""Names that become file names: patient ids, raters, images. Standard library only."""

from __future__ import annotations

import re
import unicodedata

from radiogenomics.errors import InputError

CONSENSUS = "consensus"
"""The rater name under which a consensus is kept; no person may have it."""

_LONGEST = 64
# File systems count bytes, and a version and a suffix follow the name.
_LONGEST_BYTES = 180
_PATIENT_ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
# Letters of any language: a rater may be called Lékař žluťoučký.
_PERSON = re.compile(r"\w(?:[\w .'-]*\w)?")
# Names that Windows keeps for devices, with any suffix.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def check_patient_id(patient_id: str) -> str:
    """Return the patient id if it can safely name a folder on every system.

    ASCII letters, digits, ``.``, ``_`` and ``-``, at most 64, the first and the last of them a
    letter or digit.

    Raises
    ------
    InputError
        Otherwise; in particular for anything that would lead out of the study folder.
    """
    if ".." in patient_id or not _is_safe(_PATIENT_ID, patient_id):
        raise InputError(
            f"{patient_id!r} cannot be a patient id: use a-z, A-Z, digits, '.', '_' and '-' "
            f"(no '..', at most {_LONGEST}), such as TCGA-02-0006."
        )
    return patient_id


def check_rater(name: str) -> str:
    """Return the rater's name in one Unicode form, if it can safely name a file.

    Raises
    ------
    InputError
        For an empty name, separators and control characters, or the name of the consensus.
    """
    normal = unicodedata.normalize("NFC", name.strip())
    if ".." in normal or not _is_safe(_PERSON, normal):
        raise InputError(
            f"{name!r} cannot be a rater's name: use letters, digits, spaces, '.', \"'\", '_' and "
            f"'-', beginning and ending in a letter or digit, at most {_LONGEST}."
        )
    if normal.casefold() == CONSENSUS:
        raise InputError(
            f"{name!r} is kept for the consensus of several raters; take another name."
        )
    return normal


def _is_safe(pattern: re.Pattern[str], name: str) -> bool:
    return (
        len(name) <= _LONGEST
        and len(name.encode("utf-8", errors="surrogatepass")) <= _LONGEST_BYTES
        and pattern.fullmatch(name) is not None
        and _RESERVED.fullmatch(name) is None
    )
