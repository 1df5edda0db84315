"""Finding the series in a folder or file, whatever it is called and however it is nested."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.imaging.series.dicom_headers import Header
from radiogenomics.imaging.series.dicom_series import dicom_series
from radiogenomics.imaging.series.file_naming import subject_of
from radiogenomics.imaging.series.file_series import file_series
from radiogenomics.imaging.series.found import Found
from radiogenomics.imaging.series.scanning import scan
from radiogenomics.study.progress import Progress, silent


def find_series(source: Path, progress: Progress = silent, *, patient: int | None = None) -> Found:
    """Find and name the series of one patient.

    Parameters
    ----------
    source
        A folder of DICOM files (nested, with any names), of NIfTI, NRRD or MetaImage files, a BIDS
        folder, or one such file.
    progress
        Told while files are read.
    patient
        Which patient, where a folder of DICOM holds several: the number in the message that
        refuses the folder. Numbers stay the same whatever the files are called.

    Returns
    -------
    Found
        Every series with its name and the reason; the refused ones too.

    Raises
    ------
    InputError
        If the source does not exist, holds no image, or holds those of several patients.
    """
    scanned = scan(source, progress)
    _refuse_several_subjects(source, scanned.volumes)
    headers = _of_one_patient(source, scanned.headers, patient)
    # Series numbers choose among DICOM; where there are both, files are f1, f2, ...
    series = dicom_series(headers)
    visits = 1 + max((one.visit or 0 for one in series), default=0)
    series += file_series(scanned.volumes, "f" if headers else "", visits, progress)
    if not series:
        raise InputError(
            f"{source} holds no image: {scanned.others} files, none of them DICOM, NIfTI, NRRD or "
            "MetaImage. Give the folder that holds the images of one patient."
        )
    return Found(source, tuple(series), scanned.notes)


def _refuse_several_subjects(source: Path, volumes: Sequence[Path]) -> None:
    subjects = sorted({subject for path in volumes if (subject := subject_of(path)) is not None})
    if len(subjects) > 1:
        raise InputError(
            f"{source} holds {len(subjects)} patients. Give the folder of one, such as "
            f"{source / subjects[0]}."
        )


def _of_one_patient(
    source: Path, headers: Sequence[Header], patient: int | None
) -> Sequence[Header]:
    """Return the headers of one patient: of the only one, or of the one that was chosen."""
    # Only what can be an image of a case counts: a disc may hold another patient's letter.
    patients = sorted({header.patient for header in headers if header.modality == "MR"})
    if patient is not None:
        if not 1 <= patient <= len(patients):
            raise InputError(
                f"{source} holds MR images of {len(patients)} patient(s); there is no patient "
                f"number {patient}."
            )
        patients = [patients[patient - 1]]
    if len(patients) > 1:
        lines = []
        for number, one in enumerate(patients, start=1):
            own = [header for header in headers if header.patient == one]
            count = len({header.series for header in own})
            lines.append(f"  {number}: {count} series, {len(own)} files, such as {own[0].path}")
        raise InputError(
            f"{source} holds MR images of {len(patients)} patients, and a case is one. Give the "
            "folder of one patient, or choose with --patient-number NUMBER:\n" + "\n".join(lines)
        )
    return [header for header in headers if not patients or header.patient in patients]
