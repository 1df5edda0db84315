"""From the headers of DICOM files to named series."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from radiogenomics.errors import InputError
from radiogenomics.imaging.series.dicom_grouping import Group, group_headers
from radiogenomics.imaging.series.dicom_headers import Header
from radiogenomics.imaging.series.dicom_volume import refuse_unreadable, stack_of
from radiogenomics.imaging.series.found import Format, Series
from radiogenomics.imaging.series.naming import Named, name_by_parameters, shows_agent
from radiogenomics.imaging.series.words import read_words

# Fewer millimetres than this along the slices hold no tumour as a whole: a localiser, a slab.
_SMALLEST_COVERAGE = 40.0


def dicom_series(headers: Iterable[Header]) -> list[Series]:
    """Group, name and number the series, ordered by examination and series number."""
    groups = group_headers(headers)
    visits = _visits(groups)
    first_agent = _first_agents(groups)
    groups.sort(key=lambda group: (visits[group[0].study], group[0].number, _rank(group)))
    keys = _keys([group[0].number for group in groups])
    return [
        _series(group, key, visits[group[0].study], first_agent.get(group[0].study))
        for group, key in zip(groups, keys, strict=True)
    ]


def _rank(group: Group) -> tuple[str, tuple[int, int], int, str]:
    first = group[0]
    return first.series, first.repeat, first.order, first.instance


def _visits(groups: Sequence[Group]) -> dict[str, int]:
    """Return the number of each examination, counted by their time."""
    studies = sorted({(group[0].begun, group[0].study) for group in groups})
    numbers: dict[str, int] = {}
    for _, study in studies:
        numbers.setdefault(study, len(numbers) + 1)
    return numbers


def _first_agents(groups: Iterable[Group]) -> dict[str, str]:
    """Return when the first series with contrast agent began, by examination."""
    first: dict[str, str] = {}
    for group in groups:
        begun = _begun(group)
        if begun is not None and shows_agent(group[0].parameters):
            study = group[0].study
            first[study] = min(begun, first.get(study, begun))
    return first


def _begun(group: Group) -> str | None:
    times = [header.acquired for header in group if header.acquired is not None]
    return min(times) if len(times) == len(group) else None


def _keys(numbers: Sequence[int]) -> list[str]:
    """Series numbers as texts, with a part where several have the same."""
    seen: dict[int, int] = {}
    keys = []
    for number in numbers:
        seen[number] = seen.get(number, 0) + 1
        keys.append(f"{number}.{seen[number]}" if numbers.count(number) > 1 else str(number))
    return keys


def _series(group: Group, key: str, visit: int, first_agent: str | None) -> Series:
    first = group[0]
    parameters = first.parameters
    shown = read_words(parameters.description or parameters.protocol).shown
    volume = _volume_of(group)
    named = _named(group, volume, first_agent)
    return Series(
        key=key,
        label=f"series {key} ({shown})" if shown else f"series {key}",
        format=Format.DICOM,
        files=tuple(sorted(header.path for header in group)),
        contrast=None if named.refused else named.contrast,
        reason=named.reason,
        refused=named.reason if named.refused else volume.problem,
        size=volume.size,
        spacing=volume.spacing,
        visit=visit,
    )


def _named(group: Group, volume: _Volume, first_agent: str | None) -> Named:
    if group[0].modality != "MR":
        modality = group[0].modality
        known = modality if modality.isalpha() and len(modality) == 2 else "another modality"
        return Named(None, f"{known}, not MR", refused=True)
    begun = _begun(group)
    is_before = first_agent is not None and begun is not None and begun < first_agent
    named = name_by_parameters(replace(group[0].parameters, is_before_agent=is_before))
    if named.contrast is not None and volume.coverage < _SMALLEST_COVERAGE:
        return Named(
            None, f"covers {volume.coverage:.0f} mm only, as a localiser or a slab ({named.reason})"
        )
    return named


@dataclass(frozen=True)
class _Volume:
    """Size and spacing of a group, how far its slices reach in mm, and why it is no volume."""

    size: tuple[int, int, int] | None
    spacing: tuple[float, float, float] | None
    coverage: float
    problem: str | None = None


def _volume_of(group: Group) -> _Volume:
    slices = sum(max(len(header.frames), 1) for header in group)
    size = (group[0].columns, group[0].rows, slices)
    try:
        refuse_unreadable(group)
        stack = stack_of(group)
    except InputError as error:
        # The coverage is not known; the problem refuses the series anyway.
        return _Volume(size, None, float("inf"), str(error).rstrip("."))
    return _Volume(size, stack.spacing, stack.spacing[2] * slices)
