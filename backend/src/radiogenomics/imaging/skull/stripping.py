"""The brain mask of an image: by a method that is installed, or from a file."""

from __future__ import annotations

from dataclasses import dataclass

import SimpleITK as sitk

from radiogenomics.errors import InputError
from radiogenomics.imaging.skull.mask import BrainMask
from radiogenomics.imaging.skull.plausibility import warning_about
from radiogenomics.imaging.skull.programs import DeepBet, HdBet, Method, Robex, SynthStrip
from radiogenomics.study.progress import Progress, silent

DEFAULT = "default"

# The best that is installed comes first: it is what `default` takes.
_METHODS: tuple[Method, ...] = (HdBet(), SynthStrip(), DeepBet(), Robex())

_PATIENCE_S = 1800.0


@dataclass(frozen=True)
class MethodState:
    """A method, and whether it is there.

    Attributes
    ----------
    name
        What `brain_mask` calls it.
    version
        None where it is not installed.
    advice
        How it is installed.
    """

    name: str
    version: str | None
    advice: str


def methods() -> list[MethodState]:
    """Return all methods, in the order in which `default` prefers them."""
    return [MethodState(way.name, way.version(), way.advice) for way in _METHODS]


def brain_mask(
    image_t1c: sitk.Image,
    *,
    method: str = DEFAULT,
    timeout_s: float = _PATIENCE_S,
    progress: Progress = silent,
) -> BrainMask:
    """Find the brain in an image of a head.

    Parameters
    ----------
    image_t1c
        T1 with contrast, with the skull; any spacing and orientation.
    method
        ``default`` for the first of `methods` that is installed, or one by name.
    timeout_s
        Seconds after which a method is ended.
    progress
        Told each second that it goes on.

    Returns
    -------
    BrainMask
        The same for the same image, method and version, bit for bit.

    Raises
    ------
    InputError
        If there is no such method, or it is not installed, with how to install one.
    StrippingError
        If the method fails. No other one takes its place.
    """
    way = _choose(method)
    mask = way.mask(image_t1c, timeout_s=timeout_s, progress=progress)
    return BrainMask(
        mask, way.name, way.version() or "unknown", way.parameters, warning_about(mask)
    )


def _choose(method: str) -> Method:
    by_name = {way.name: way for way in _METHODS}
    if method == DEFAULT:
        for way in _METHODS:
            if way.version() is not None:
                return way
        raise InputError(
            "No program for skull stripping is installed. Install one, or give a brain mask: "
            + "; ".join(f"{way.name}: {way.advice}" for way in _METHODS)
            + "."
        )
    if method not in by_name:
        raise InputError(
            f"There is no method of skull stripping called {method!r}; known are {DEFAULT}, "
            f"{', '.join(by_name)}."
        )
    way = by_name[method]
    if way.version() is None:
        raise InputError(
            f"{method} is not installed. {way.advice}. Or choose another method, or give a brain "
            "mask."
        )
    return way
