"""Which found series are the images of a case: the only candidate, or the one that was chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from radiogenomics.errors import InputError
from radiogenomics.imaging.series.found import Contrast, Found, Series

LEAVE_OUT = "none"
"""Chosen for a contrast, this leaves the image out."""

# A message is read on a terminal.
_MOST_LINES = 30


def choose_series(found: Found, chosen: Mapping[Contrast, str]) -> dict[Contrast, Series]:
    """Choose one series for each contrast; T1 with contrast is required, the others are not.

    A contrast with one candidate needs no choice. Where the examination (the visit) of T1 with
    contrast is known, the other images are looked for in it alone.

    Parameters
    ----------
    found
        What `find_series` found.
    chosen
        For some contrasts the key of a series (``5``), its file or folder, or ``none`` to leave
        the image out. A series may be chosen whatever it was named, unless it is refused.

    Returns
    -------
    dict
        The series by contrast, each with that contrast, in the order of `Contrast`.

    Raises
    ------
    InputError
        If there is no T1 with contrast, if there are several candidates and none was chosen, if a
        choice fits no series or a refused one, or if one series is chosen twice. The message lists
        the series and the option that chooses.
    """
    picked = {
        contrast: _picked(found, contrast, value)
        for contrast, value in chosen.items()
        if value != LEAVE_OUT
    }
    _refuse_twice(picked)
    taken = {series.key for series in picked.values()}
    if chosen.get(Contrast.T1C) == LEAVE_OUT:
        raise InputError("T1 with contrast cannot be left out: the case is drawn on it.")
    t1c = picked.get(Contrast.T1C) or _only(found, Contrast.T1C, taken)
    if t1c is None:
        raise InputError(_no_t1c(found))
    result = {Contrast.T1C: t1c}
    taken.add(t1c.key)
    for contrast in Contrast:
        if contrast in picked:
            result[contrast] = picked[contrast]
        elif contrast not in chosen and contrast is not Contrast.T1C:
            series = _of_the_same_visit(found, contrast, t1c, taken)
            if series is not None:
                result[contrast] = series
    return result


def _picked(found: Found, contrast: Contrast, value: str) -> Series:
    series = _find(found, contrast, value)
    if series.refused is not None:
        raise InputError(
            f"{found.source}: --{contrast} {value} cannot be used: {series.describe()}: "
            f"{series.refused}. Choose another."
        )
    return replace(
        series, contrast=contrast, reason=f"chosen with --{contrast}; without it: {series.reason}"
    )


def _find(found: Found, contrast: Contrast, value: str) -> Series:
    by_key = [series for series in found.series if series.key == value]
    if by_key:
        return by_key[0]
    for path in (Path(value), found.source / value):
        inside = [series for series in found.series if _lies_in(series, path)]
        if len(inside) == 1:
            return inside[0]
        if inside:
            raise InputError(
                f"--{contrast} {value} holds {len(inside)} series; choose one of them:\n"
                + _listed(contrast, inside)
            )
    raise InputError(
        f"{found.source}: --{contrast} {value} is no series, file or folder of what was found. "
        f"Choose one of:\n" + _listed(contrast, _usable(found))
    )


def _lies_in(series: Series, path: Path) -> bool:
    if not path.exists():
        return False
    whole = path.resolve()
    files = [file.resolve() for file in series.files]
    return whole in files or all(file.is_relative_to(whole) for file in files)


def _refuse_twice(picked: Mapping[Contrast, Series]) -> None:
    for contrast, series in picked.items():
        for other, same in picked.items():
            if contrast is not other and series.key == same.key:
                raise InputError(
                    f"--{contrast} and --{other} are the same {series.label}; one series is one "
                    "image. Choose another for one of them."
                )


def _only(found: Found, contrast: Contrast, taken: set[str]) -> Series | None:
    candidates = [series for series in found.candidates(contrast) if series.key not in taken]
    if len(candidates) > 1:
        raise InputError(_several(found, contrast, candidates))
    return candidates[0] if candidates else None


def _of_the_same_visit(
    found: Found, contrast: Contrast, t1c: Series, taken: set[str]
) -> Series | None:
    candidates = [series for series in found.candidates(contrast) if series.key not in taken]
    near = [one for one in candidates if t1c.visit is None or one.visit in {None, t1c.visit}]
    if len(near) > 1:
        raise InputError(_several(found, contrast, near))
    if near:
        return near[0]
    if candidates:
        raise InputError(
            f"{found.source}: {contrast.full_name} was found in another examination than T1 with "
            f"contrast ({t1c.label}), and images of two are not put together unasked. Choose it "
            f"with --{contrast} NUMBER, or leave it out with --{contrast} {LEAVE_OUT}:\n"
            + _listed(contrast, candidates)
        )
    broken = found.broken(contrast)
    if broken:
        raise InputError(
            f"{found.source}: {contrast.full_name} was found, but cannot be used. Choose another "
            f"with --{contrast} NUMBER, or leave it out with --{contrast} {LEAVE_OUT}:\n"
            + _why_refused(broken)
        )
    return None


def _several(found: Found, contrast: Contrast, candidates: list[Series]) -> str:
    visits = {series.visit for series in candidates}
    text = f"{found.source}: {len(candidates)} series can be {contrast.full_name}"
    if len(visits) > 1:
        text += f", from {len(visits)} examinations or patients"
    text += f". Choose one with --{contrast} NUMBER (or its file or folder)"
    if contrast is not Contrast.T1C:
        text += f", or leave it out with --{contrast} {LEAVE_OUT}"
    return text + ":\n" + _listed(contrast, candidates)


def _no_t1c(found: Found) -> str:
    broken, usable = found.broken(Contrast.T1C), _usable(found)
    if broken:
        return (
            f"{found.source}: T1 with contrast was found, but cannot be used. Mend it, or choose "
            "another with --t1c NUMBER (or its file or folder):\n" + _why_refused(broken)
        )
    if not usable:
        return (
            f"{found.source}: no series can be used, and T1 with contrast is required:\n"
            + _why_refused(found.series)
        )
    lines = [f"  {one.describe()}: {one.reason}" for one in usable]
    return (
        f"{found.source}: no series was found to be T1 with contrast, on which a case is drawn. "
        "If one of these is, choose it with --t1c NUMBER (or its file or folder):\n" + _cut(lines)
    )


def _why_refused(series: Iterable[Series]) -> str:
    return _cut([f"  {one.describe()}: {one.refused}" for one in series])


def _usable(found: Found) -> list[Series]:
    return [series for series in found.series if series.refused is None]


def _listed(contrast: Contrast, candidates: Iterable[Series]) -> str:
    return _cut(
        [f"  --{contrast} {one.key}: {one.describe()} ({one.reason})" for one in candidates]
    )


def _cut(lines: list[str]) -> str:
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"  and {len(lines) - _MOST_LINES} more"]
    return "\n".join(lines)
