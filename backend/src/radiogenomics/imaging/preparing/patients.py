"""Which patient the images are of: as the user says, or as a public collection numbers them.

Never from the tags of DICOM, and not from names of files and folders in general: both may hold a
person's name.
"""

from __future__ import annotations

import re
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.imaging.series import Series
from radiogenomics.study import check_patient_id

_MOST_SUBJECTS = 20
# How public collections of gliomas number their patients, and the subjects of BIDS.
_NUMBERED = re.compile(
    r"(?:TCGA-[A-Z0-9]{2}-[A-Z0-9]{4}|BraTS[A-Za-z0-9]*(?:[-_][A-Za-z0-9]+)*?[-_]\d{3,}(?:[-_]\d+)*"
    r"|UPENN-GBM-\d{5}(?:_\d+)?|UCSF-PDGM-\d{3,4}|CPTAC?-[A-Z0-9-]*\d|sub-[A-Za-z0-9]+)"
    r"(?=[._-]|$)"
)


def folder_of(source: Path, patient_id: str | None) -> Path:
    """Return the folder of one subject of a BIDS folder; any other source as it is.

    Raises
    ------
    InputError
        If there are several subjects and the patient id is none of them, with their list.
    """
    if not source.is_dir():
        return source
    subjects = sorted(path.name for path in source.glob("sub-*") if path.is_dir())
    if not subjects:
        return source
    if patient_id in subjects:
        return source / patient_id
    if len(subjects) == 1:
        return source
    shown = ", ".join(subjects[:_MOST_SUBJECTS])
    if len(subjects) > _MOST_SUBJECTS:
        shown += f" and {len(subjects) - _MOST_SUBJECTS} more"
    raise InputError(
        f"{source} holds {len(subjects)} subjects, and a case is one: {shown}. Choose one, such as "
        f"--patient {subjects[0]}; run the command once for each."
    )


def patient_of(series: list[Series], source: Path) -> str:
    """Return the patient id that the names of the files say.

    Raises
    ------
    InputError
        If they do not say one as a public collection or BIDS numbers it.
    """
    ids = {
        match[0]
        for one in series
        for path in one.files
        if (match := _NUMBERED.match(path.name)) is not None
    }
    named = all(_NUMBERED.match(path.name) for one in series for path in one.files)
    if len(ids) == 1 and named:
        return check_patient_id(ids.pop())
    if len(ids) > 1:
        raise InputError(
            f"The files in {source} are named after several patients ({', '.join(sorted(ids))}). "
            "Give the folder of one, or say which patient they are of with --patient."
        )
    raise InputError(
        "Which patient the images are of is not taken from DICOM or from names that may be a "
        "person's. Give an id with --patient, such as --patient TCGA-02-0006."
    )
