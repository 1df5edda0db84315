"""Whose data to fetch: as ids, as a list in a file, or as a folder of their segmentations."""

from __future__ import annotations

import re
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.study.names import check_patient_id

_SEGMENTATION = re.compile(r"(?P<patient>.+?)[_.-]seg(?:\.nii|\.nii\.gz|\.nrrd)", re.IGNORECASE)


def read_patients(text: str) -> tuple[str, ...]:
    """Return patient ids in order, each once.

    Parameters
    ----------
    text
        Ids separated by commas; or a text file with one a line; or a folder with segmentations
        named ``<patient>_seg.nii.gz``, whose patients are meant.

    Raises
    ------
    InputError
        If there is none, or one cannot be a patient id.
    """
    path = Path(text)
    if path.is_dir():
        matches = (_SEGMENTATION.fullmatch(entry.name) for entry in sorted(path.iterdir()))
        ids = [match["patient"] for match in matches if match]
    elif path.is_file():
        try:
            ids = path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"{path} is no text with one patient id a line.") from error
    else:
        ids = text.split(",")
    patients = tuple(dict.fromkeys(check_patient_id(one.strip()) for one in ids if one.strip()))
    if not patients:
        raise InputError(
            f"No patient is named by {text!r}. Give ids separated by commas, a text file with one "
            "a line, or a folder of files such as TCGA-02-0006_seg.nii.gz."
        )
    return patients
