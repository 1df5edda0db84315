"""Finding the series in a folder or file, whatever it is called and however it is nested."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.series.file_naming import name_file, stem_of, subject_of, visit_of
from radiogenomics.imaging.series.found import Format, Found, Series
from radiogenomics.imaging.series.scanning import scan
from radiogenomics.imaging.series.sidecars import read_sidecar
from radiogenomics.imaging.series.words import read_words
from radiogenomics.study.progress import Progress, silent

_FORMATS = {".nii": Format.NIFTI, ".nrrd": Format.NRRD, ".nhdr": Format.NRRD}


def find_series(source: Path, progress: Progress = silent) -> Found:
    """Find and name the series of one patient.

    Parameters
    ----------
    source
        A folder of DICOM files (nested, with any names), of NIfTI, NRRD or MetaImage files, a BIDS
        folder, or one such file.
    progress
        Told while files are read.

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
    series = _file_series(scanned.volumes)
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


def _file_series(volumes: Sequence[Path]) -> list[Series]:
    sidecars = {path: read_sidecar(path) for path in volumes}
    names = {path: name_file(path, sidecars[path]) for path in volumes}
    visits = {
        path: visit_of(path)
        for path in volumes
        if names[path].contrast and (subject_of(path) or not sidecars[path])
    }
    numbers = {visit: number for number, visit in enumerate(sorted(set(visits.values())), start=1)}
    found = []
    for number, path in enumerate(volumes, start=1):
        named = names[path]
        shown = read_words(stem_of(path)).shown
        size, spacing, problem = _header(path)
        found.append(
            Series(
                key=str(number),
                label=f"file {number} ({shown})" if shown else f"file {number}",
                format=_FORMATS.get(path.suffix.lower().replace(".gz", ".nii"), Format.METAIMAGE),
                files=(path,),
                contrast=named.contrast,
                reason=named.reason,
                refused=named.reason if named.refused else problem,
                size=size,
                spacing=spacing,
                visit=numbers[visits[path]] if path in visits else None,
            )
        )
    return found


_Triple = tuple[float, float, float]


def _header(path: Path) -> tuple[tuple[int, int, int] | None, _Triple | None, str | None]:
    """Size, spacing and, where it is not one volume, why it is refused."""
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None, None, "its header cannot be read: it is damaged or not what its name says"
    size, spacing = reader.GetSize(), reader.GetSpacing()
    if len(size) != 3 or reader.GetNumberOfComponents() != 1:
        shape = " x ".join(map(str, size))
        values = reader.GetNumberOfComponents()
        return None, None, f"not one volume: {shape} voxels of {values} value(s)"
    if min(size) == 1:
        return size, spacing, "a single slice"
    return size, spacing, None
