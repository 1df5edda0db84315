"""From NIfTI, NRRD and MetaImage files to named series."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.itk_names import is_unicode
from radiogenomics.imaging.nifti_header import check_nifti
from radiogenomics.imaging.series.file_naming import name_file, stem_of, subject_of, visit_of
from radiogenomics.imaging.series.found import Format, Series
from radiogenomics.imaging.series.naming import Parameters, shows_agent
from radiogenomics.imaging.series.sidecars import Sidecar, read_sidecar
from radiogenomics.imaging.series.words import read_words
from radiogenomics.study.progress import Progress

_FORMATS = {".nii": Format.NIFTI, ".nrrd": Format.NRRD, ".nhdr": Format.NRRD}


def file_series(
    volumes: Sequence[Path], prefix: str, first_visit: int, progress: Progress
) -> list[Series]:
    """Name and number files; ``prefix`` begins every key, visits count from ``first_visit``."""
    sidecars = {path: sidecar for path in volumes if (sidecar := read_sidecar(path)) is not None}
    visits = {path: _visit(path, sidecars.get(path)) for path in volumes}
    different = sorted({visit for visit in visits.values() if visit is not None})
    numbers = {visit: number for number, visit in enumerate(different, start=first_visit)}
    parameters = _parameters(sidecars)
    found = []
    for number, path in enumerate(volumes, start=1):
        progress("headers", number - 1, len(volumes), "")
        named = name_file(path, parameters.get(path))
        visit = visits[path]
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
                visit=None if visit is None else numbers[visit],
            )
        )
    if volumes:
        progress("headers", len(volumes), len(volumes), "")
    return found


def _visit(path: Path, sidecar: Sidecar | None) -> tuple[str, str] | None:
    """Tell the examination of a file: by BIDS, by its side-car, or by its name and folder.

    The names of files with a side-car are made of a series' description, so they do not tell.
    """
    if sidecar is None or subject_of(path) is not None:
        return visit_of(path)
    return None if sidecar.study is None else ("study", sidecar.study)


def _parameters(sidecars: Mapping[Path, Sidecar]) -> dict[Path, Parameters]:
    """Say of every series whether it was taken before the first with contrast agent."""
    first: dict[tuple[Path, str | None], str] = {}
    for path, sidecar in sidecars.items():
        if sidecar.acquired is not None and shows_agent(sidecar.parameters):
            examination = path.parent, sidecar.study
            first[examination] = min(sidecar.acquired, first.get(examination, sidecar.acquired))
    parameters = {}
    for path, sidecar in sidecars.items():
        agent = first.get((path.parent, sidecar.study))
        is_before = agent is not None and sidecar.acquired is not None and sidecar.acquired < agent
        parameters[path] = replace(sidecar.parameters, is_before_agent=is_before)
    return parameters


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
