"""From NIfTI, NRRD and MetaImage files to named series."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.nifti_header import check_nifti
from radiogenomics.imaging.series.file_naming import name_file, stem_of, subject_of, visit_of
from radiogenomics.imaging.series.found import Format, Series
from radiogenomics.imaging.series.itk_names import is_unicode
from radiogenomics.imaging.series.sidecars import read_sidecar
from radiogenomics.imaging.series.words import read_words

_FORMATS = {".nii": Format.NIFTI, ".nrrd": Format.NRRD, ".nhdr": Format.NRRD}


def file_series(volumes: Sequence[Path], prefix: str, first_visit: int) -> list[Series]:
    """Name and number files; ``prefix`` begins every key, visits count from ``first_visit``."""
    sidecars = {path: read_sidecar(path) for path in volumes}
    names = {path: name_file(path, sidecars[path]) for path in volumes}
    visits = {
        path: visit_of(path)
        for path in volumes
        if names[path].contrast and (subject_of(path) or not sidecars[path])
    }
    different = sorted(set(visits.values()))
    numbers = {visit: number for number, visit in enumerate(different, start=first_visit)}
    found = []
    for number, path in enumerate(volumes, start=1):
        named = names[path]
        shown = read_words(stem_of(path)).shown
        size, spacing, problem = _header(path)
        found.append(
            Series(
                key=f"{prefix}{number}",
                label=f"file {prefix}{number} ({shown})" if shown else f"file {prefix}{number}",
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
    if not is_unicode(path):
        return None, None, "its name or that of its folder is no Unicode; rename it"
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    try:
        reader.ReadImageInformation()
    except RuntimeError:
        return None, None, _why_unreadable(path)
    size, spacing = reader.GetSize(), reader.GetSpacing()
    if len(size) != 3 or reader.GetNumberOfComponents() != 1:
        shape = " x ".join(map(str, size))
        values = reader.GetNumberOfComponents()
        return None, None, f"not one volume: {shape} voxels of {values} value(s)"
    if min(size) == 1:
        return size, spacing, "a single slice"
    return size, spacing, None


def _why_unreadable(path: Path) -> str:
    if path.name.lower().endswith((".nii", ".nii.gz")):
        try:
            check_nifti(path, labels=False)
        except InputError as error:
            return str(error).rstrip(".")
    return "its header cannot be read: it is damaged or not what its name says"
