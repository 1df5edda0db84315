"""Which DICOM files make up one series: by its identifier, split where it holds several volumes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from radiogenomics.imaging.series.dicom_headers import Header
from radiogenomics.study.case import sha256_of

Group = tuple[Header, ...]
"""Headers of one volume, in an order that files and names have no part in."""

# Slices of one volume differ by no more in their direction cosines and in their echo time in ms.
_SAME_ORIENTATION = 0.01
_SAME_ECHO = 0.5


def group_headers(headers: Iterable[Header]) -> list[Group]:
    """Group headers by series, and split a series that mixes directions, sizes, types or echoes.

    Copies of one file count once.
    """
    series: dict[tuple[str, str], list[Header]] = {}
    for header in sorted(headers, key=_rank):
        series.setdefault((header.study, header.series), []).append(header)
    groups = []
    for members in series.values():
        for part in _split(_without_copies(members)):
            groups += _by_repeat(part)
    return groups


def _rank(header: Header) -> tuple[int, str, str]:
    return header.order, header.instance, str(header.path)


def _without_copies(members: Sequence[Header]) -> list[Header]:
    """Drop files with the same instance and the same bytes; others of one instance stay."""
    by_instance: dict[str, list[Header]] = {}
    for header in members:
        by_instance.setdefault(header.instance or str(header.path), []).append(header)
    kept = []
    for same in by_instance.values():
        if len(same) == 1:
            kept += same
        else:
            kept += {sha256_of(header.path): header for header in reversed(same)}.values()
    return sorted(kept, key=_rank)


def _split(members: list[Header]) -> list[list[Header]]:
    exact = _apart(
        members,
        lambda header: (
            # Every multi-frame file is a volume of its own.
            header.instance if header.is_multiframe else "",
            header.modality,
            header.rows,
            header.columns,
            header.is_grey,
            header.parameters.image_type,
        ),
    )
    parts = []
    for part in exact:
        for turned in _near(part, _orientation, _SAME_ORIENTATION):
            parts += _near(turned, _echo, _SAME_ECHO)
    return parts


def _apart(members: list[Header], key: Callable[[Header], object]) -> list[list[Header]]:
    parts: dict[object, list[Header]] = {}
    for header in members:
        parts.setdefault(key(header), []).append(header)
    return list(parts.values())


def _near(
    members: list[Header], numbers: Callable[[Header], tuple[float, ...]], tolerance: float
) -> list[list[Header]]:
    """Part headers whose numbers differ; rounding would part neighbours at the edge of a step."""
    parts: list[tuple[np.ndarray, list[Header]]] = []
    for header in members:
        mine = np.array(numbers(header))
        for others, part in parts:
            if others.shape == mine.shape and np.abs(others - mine).max(initial=0) <= tolerance:
                part.append(header)
                break
        else:
            parts.append((mine, [header]))
    return [part for _, part in parts]


def _orientation(header: Header) -> tuple[float, ...]:
    return (header.frames[0].orientation or ()) if header.frames else ()


def _echo(header: Header) -> tuple[float, ...]:
    echo = header.parameters.echo_time
    return () if echo is None else (echo,)


def _by_repeat(members: list[Header]) -> list[Group]:
    """Split repetitions apart, where that gives whole volumes without a doubled place."""
    places = [header.frames[0].position if header.frames else None for header in members]
    if None not in places and len(set(places)) < len(places):
        for parts in (_apart(members, _time), _apart(members, _acquisition)):
            volumes = [{header.frames[0].position for header in part} for part in parts]
            if all(
                len(volume) == len(part) and volume == volumes[0]
                for volume, part in zip(volumes, parts, strict=True)
            ):
                return [tuple(part) for part in parts]
    return [tuple(members)]


def _time(header: Header) -> int:
    return header.repeat[0]


def _acquisition(header: Header) -> int:
    return header.repeat[1]
